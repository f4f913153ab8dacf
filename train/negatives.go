package train

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"

	"skillspace/internal/libtorch"
	"skillspace/model/safetensors"
)

// HardNegatives adds skills to a batch: skills that the model scores high for a sentence that does not name them. A relative of a
// sentence's skill in the taxonomy (ancestor, descendant, equal label) is never its negative; a sibling may be.
type HardNegatives struct {
	PerSentence int     // drawn for each sentence
	Relatives   [][]int // for each skill, the skills that are never negatives of a sentence that names it, ascending
	OfSkills    bool    // whether the table has a row for each skill instead of each training sentence
	table       Neighbours
}

// Neighbours is the result of mining: rows of skills to draw from, all of one length, padded with -1.
type Neighbours struct {
	Length int
	Skills []int32 // row-major
}

// row returns a row's skills.
func (n Neighbours) row(i int) []int32 {
	row := n.Skills[i*n.Length : (i+1)*n.Length]
	if end := slices.Index(row, -1); end >= 0 {
		return row[:end]
	}
	return row
}

// add appends rows and pads short ones with -1.
func (n *Neighbours) add(rows [][]int) {
	for _, row := range rows {
		for i := range n.Length {
			skill := int32(-1)
			if i < len(row) {
				skill = int32(row[i])
			}
			n.Skills = append(n.Skills, skill)
		}
	}
}

// broadcast returns rank 0's table.
func (n Neighbours) broadcast(world *libtorch.Group) (Neighbours, error) {
	data, err := binary.Append(nil, binary.LittleEndian, append([]int32{int32(n.Length)}, n.Skills...))
	if err != nil {
		return n, err
	}
	if data, err = world.BroadcastBytes(data); err != nil {
		return n, err
	}
	numbers := make([]int32, len(data)/4)
	_, err = binary.Decode(data, binary.LittleEndian, numbers)
	return Neighbours{Length: int(numbers[0]), Skills: numbers[1:]}, err
}

// candidates returns the skills to draw from for a training sentence that names gold, without repetition. It leaves out
// the skills in gold and their relatives.
func (h *HardNegatives) candidates(sentence int, gold []int) (skills []int) {
	rows := []int{sentence}
	if h.OfSkills {
		rows = gold
	}
	for _, row := range rows {
		for _, neighbour := range h.table.row(row) {
			skill := int(neighbour)
			if h.Allowed(gold, skill) && !slices.Contains(skills, skill) {
				skills = append(skills, skill)
			}
		}
	}
	return skills
}

// Allowed tells whether a skill may be a negative of a sentence that names gold.
func (h *HardNegatives) Allowed(gold []int, skill int) bool {
	return !slices.ContainsFunc(gold, func(named int) bool {
		_, related := slices.BinarySearch(h.Relatives[named], skill)
		return related || named == skill
	})
}

// extend draws hard negatives for the sentences of a batch, adds a column for each new skill, and records which columns each
// sentence ignores. column maps the skills of the batch to their columns.
func (h *HardNegatives) extend(p *pairs, t *BiEncoderTask, sentences []int, column map[int]int, random *rand.Rand) {
	for _, sentence := range sentences {
		skills := h.candidates(sentence, t.Examples[sentence].Skills)
		for drawn := range min(h.PerSentence, len(skills)) {
			other := drawn + random.IntN(len(skills)-drawn)
			skills[drawn], skills[other] = skills[other], skills[drawn]
			t.column(p, skills[drawn], column, random)
		}
	}
	p.pairing.Skills = len(p.skills)
	p.pairing.Ignored = make([][]int, len(sentences))
	for row, sentence := range sentences {
		for _, skill := range t.Examples[sentence].Skills {
			for _, relative := range h.Relatives[skill] {
				at, present := column[relative]
				if present && !slices.Contains(p.pairing.Positive[row], at) && !slices.Contains(p.pairing.Ignored[row], at) {
					p.pairing.Ignored[row] = append(p.pairing.Ignored[row], at)
				}
			}
		}
	}
}

// State describes the table.
func (h *HardNegatives) State() ([]safetensors.Tensor, map[string]string) {
	rows := len(h.table.Skills) / max(h.table.Length, 1)
	return []safetensors.Tensor{{Name: "negatives.skills", DType: "I32", Shape: []int64{int64(rows), int64(h.table.Length)},
		Data: func() ([]byte, error) { return binary.Append(nil, binary.LittleEndian, h.table.Skills) }}}, nil
}

// Restore reads a state written from State.
func (h *HardNegatives) Restore(file *safetensors.File) error {
	info, data, found := file.Tensor("negatives.skills")
	if !found || info.DType != "I32" || len(info.Shape) != 2 {
		return fmt.Errorf("%s: no table negatives.skills of whole numbers", file.Path)
	}
	table := Neighbours{Length: int(info.Shape[1]), Skills: make([]int32, len(data)/4)}
	if _, err := binary.Decode(data, binary.LittleEndian, table.Skills); err != nil {
		return fmt.Errorf("%s: negatives.skills: %w", file.Path, err)
	}
	return h.replace(table, int(info.Shape[0]))
}

// replace sets the table, which has a number of rows. The loop must not be reading it.
func (h *HardNegatives) replace(table Neighbours, rows int) error {
	if table.Length < 1 || len(table.Skills) != rows*table.Length {
		return fmt.Errorf("hard negatives: %d skills in %d rows of %d", len(table.Skills), rows, table.Length)
	}
	for _, skill := range table.Skills {
		if skill < -1 || int(skill) >= len(h.Relatives) {
			return fmt.Errorf("hard negatives: there is no skill %d", skill)
		}
	}
	h.table = table
	return nil
}
