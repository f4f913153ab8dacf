package trainer

import (
	"context"

	"skillspace/config"
	"skillspace/embedding"
	"skillspace/index"
	"skillspace/train"
)

// miner finds hard negatives with the model as it is.
type miner struct {
	cfg               config.Negatives
	data              *pairs
	sentences, skills *embedding.Embedder
	negatives         *train.HardNegatives
	named             []bool // skills that training sentences name: the others, held out, must not be learnt as negatives alone
}

// minedAtOnce bounds the sentences whose embeddings are in memory.
const minedAtOnce = 4096

// mining returns the search for hard negatives, and gives the task what it finds; nil where there is none.
func (m *miner) mining(task *train.BiEncoderTask) *train.Mining {
	if m.cfg.MineEverySteps == 0 {
		return nil
	}
	ofSkills := m.cfg.NearestTo == "skill"
	m.negatives = &train.HardNegatives{PerSentence: m.cfg.PerSentence, Relatives: m.data.taxonomy.Relatives(), OfSkills: ofSkills}
	task.Negatives = m.negatives
	m.named = make([]bool, len(m.data.taxonomy.Skills()))
	for _, e := range m.data.training {
		for _, skill := range e.Skills {
			m.named[skill] = true
		}
	}
	if ofSkills {
		return &train.Mining{Every: m.cfg.MineEverySteps, Rows: len(m.data.taxonomy.Skills()), Negatives: m.negatives, Mine: m.nearSkills}
	}
	return &train.Mining{Every: m.cfg.MineEverySteps, Rows: len(m.data.training), Negatives: m.negatives, Mine: m.nearSentences}
}

// index embeds all skills' labels and pins them where the model is; the caller closes it.
func (m *miner) index(ctx context.Context) (*index.Index, error) {
	labels, err := index.Build(ctx, m.skills, m.data.taxonomy.Skills(), index.LabelsOnly, nil)
	if err != nil {
		return nil, err
	}
	labels.Pin(m.skills.Tower.Device())
	return labels, nil
}

// nearSkills returns each skill's neighbours.
func (m *miner) nearSkills(ctx context.Context) (train.Neighbours, error) {
	table := train.Neighbours{Length: m.cfg.Pool}
	labels, err := m.index(ctx)
	if err != nil {
		return table, err
	}
	defer labels.Close()
	nearest, err := labels.Nearest(ctx, labels.Rows(), m.cfg.Pool, func(skill, other int) bool {
		return m.named[other] && m.negatives.Allowed([]int{skill}, other)
	})
	appendRows(&table, nearest)
	return table, err
}

// nearSentences returns the skills near each training sentence.
func (m *miner) nearSentences(ctx context.Context) (train.Neighbours, error) {
	table := train.Neighbours{Length: m.cfg.Pool}
	labels, err := m.index(ctx)
	if err != nil {
		return table, err
	}
	defer labels.Close()
	for from := 0; from < len(m.data.training); from += minedAtOnce {
		part := m.data.training[from:min(from+minedAtOnce, len(m.data.training))]
		ids := make([][]int32, len(part))
		for i, e := range part {
			ids[i] = e.Tokens
		}
		queries, err := m.sentences.EmbedTokens(ctx, ids, nil)
		if err != nil {
			return table, err
		}
		nearest, err := labels.Nearest(ctx, queries, m.cfg.Pool, func(sentence, skill int) bool {
			return m.named[skill] && m.negatives.Allowed(part[sentence].Skills, skill)
		})
		if err != nil {
			return table, err
		}
		appendRows(&table, nearest)
	}
	return table, nil
}

// appendRows fills the table's next rows, each with -1 at its end where it is short.
func appendRows(table *train.Neighbours, rows [][]int) {
	for _, row := range rows {
		for i := range table.Length {
			skill := int32(-1)
			if i < len(row) {
				skill = int32(row[i])
			}
			table.Skills = append(table.Skills, skill)
		}
	}
}
