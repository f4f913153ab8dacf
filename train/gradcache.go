package train

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"skillspace/internal/libtorch"
	"skillspace/model"
	"skillspace/model/loss"
)

// chunkedBatch is a micro-batch that needs memory only for one chunk and the embeddings (GradCache, Gao et al., arXiv
// 2101.06983). First all chunks are embedded without a graph. Then the loss is differentiated with respect to the embeddings.
// Last, each chunk is embedded again with the same dropout, to carry its embeddings' gradient to the weights.
type chunkedBatch struct {
	task              *BiEncoderTask
	sentences, skills []chunk   // of this process
	rows, columns     *division // nil for a process alone
	terms             []loss.Term[loss.Embeddings]
}

// chunk is some consecutive rows of a batch, of similar length.
type chunk struct {
	tower *model.Tower
	batch *model.Batch
	from  int    // first row
	seed  uint64 // of the generators before each of its two passes, so that dropout is the same
}

// chunked sorts sentences and skills by length, so that a chunk has little padding, and cuts them into chunks.
func (t *BiEncoderTask) chunked(p pairs, random *rand.Rand) (Batch, error) {
	byLength := func(sequences [][]int32) []int {
		order := make([]int, len(sequences))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(sequences[a]), len(sequences[b])) })
		return order
	}
	rows, columns := byLength(p.sentences), byLength(p.skills)
	terms, err := t.Loss.Terms(p.pairing.Reordered(rows, columns))
	if err != nil {
		return nil, err
	}
	b := &chunkedBatch{task: t, terms: terms}
	if !t.World.Alone() {
		b.rows, b.columns = inTurn(t.World, len(rows)), inTurn(t.World, len(columns))
		rows, columns = pick(b.rows, rows), pick(b.columns, columns)
		random = rand.New(rand.NewPCG(random.Uint64(), uint64(t.World.Rank()))) // the chunks' dropout differs between ranks
	}
	if b.sentences, err = cut(t.Model.Sentence, p.sentences, rows, t.ChunkSize, random); err != nil {
		return nil, err
	}
	b.skills, err = cut(t.Model.Skill, p.skills, columns, t.ChunkSize, random)
	return b, err
}

// cut packs the sequences, taken in the given order, into chunks of size.
func cut(tower *model.Tower, sequences [][]int32, order []int, size int, random *rand.Rand) ([]chunk, error) {
	var chunks []chunk
	for part := range slices.Chunk(order, size) {
		members := make([][]int32, len(part))
		for i, sequence := range part {
			members[i] = sequences[sequence]
		}
		packed, err := model.NewBatch(members)
		if err != nil {
			return nil, err
		}
		chunks = append(chunks, chunk{tower: tower, batch: packed, from: len(chunks) * size, seed: random.Uint64()})
	}
	return chunks, nil
}

// Accumulate returns the loss over the whole batch; only one chunk's graph exists at a time.
func (b *chunkedBatch) Accumulate(scale float64) (float64, error) {
	s := libtorch.NewScope()
	defer s.Close()
	sentencesBD, skillsSD := b.embeddings(s, b.sentences, b.rows), b.embeddings(s, b.skills, b.columns)
	outputs, total := b.task.outputs(s, sentencesBD, skillsSD), 0.0
	for _, term := range b.terms {
		s.Within(func(in *libtorch.Scope) {
			value, err := backward(in, term(in, outputs), scale)
			in.Fail(err)
			total += value
		})
	}
	b.replay(s, b.sentences, sentencesBD, b.rows)
	b.replay(s, b.skills, skillsSD, b.columns)
	return total, s.Err()
}

// embeddings returns all chunks' embeddings [rows, D], and those of the other ranks, without their graph, as a leaf that takes
// a gradient.
func (b *chunkedBatch) embeddings(s *libtorch.Scope, chunks []chunk, d *division) libtorch.Tensor {
	var all libtorch.Tensor
	libtorch.NoGrad(func() {
		s.Within(func(parts *libtorch.Scope) {
			rows := make([]libtorch.Tensor, len(chunks))
			for i, c := range chunks {
				parts.Within(func(in *libtorch.Scope) { rows[i] = in.Move(c.embed(in, b.task.Precision), parts) })
			}
			all = parts.Move(parts.Cat(0, rows...), s)
		})
	})
	if s.Err() != nil {
		return all
	}
	if d != nil {
		return d.gather(s, all, b.task.Model.Sentence.Device())
	}
	s.Fail(libtorch.Parameter(all, true))
	return all
}

// replay embeds each chunk again and runs the backward pass from its rows of the embeddings' gradient.
func (b *chunkedBatch) replay(s *libtorch.Scope, chunks []chunk, embeddings libtorch.Tensor, d *division) {
	if s.Err() != nil {
		return
	}
	gradient := s.Gradient(embeddings)
	if d != nil {
		gradient = d.gradient(s, embeddings, b.task.Model.Sentence.Device())
	}
	for i, c := range chunks {
		s.Within(func(in *libtorch.Scope) {
			rows := in.Narrow(gradient, 0, int64(c.from), int64(c.batch.Size()))
			_, err := backward(in, carried(in, c.embed(in, b.task.Precision), rows), 1)
			in.Fail(err)
		})
		if i%coalesceEvery == coalesceEvery-1 {
			s.Fail(libtorch.CoalesceGradients(b.task.tensors()))
		}
	}
}

// coalesceEvery is the number of chunks after which the rows of the word table's sparse gradient are summed.
const coalesceEvery = 16

func (t *BiEncoderTask) tensors() []libtorch.Tensor {
	var all []libtorch.Tensor
	for _, p := range model.AllParameters(t.ParameterGroups()) {
		all = append(all, p.Tensor)
	}
	return all
}

// embed returns the chunk's embeddings [size, D]. Every call with the same weights returns the same.
func (c chunk) embed(s *libtorch.Scope, precision libtorch.DType) libtorch.Tensor {
	s.Fail(libtorch.Seed(c.seed))
	return c.tower.Embed(s, c.batch, precision, true)
}
