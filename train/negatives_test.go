package train

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"skillspace/model/safetensors"
)

// family is a table over the 28 skills of tinyPairs: skill 0 is an ancestor of 1 and 2, which are siblings.
func family(ofSkills bool, rows int) *HardNegatives {
	h := &HardNegatives{PerSentence: 2, OfSkills: ofSkills, Relatives: make([][]int, 28)}
	h.Relatives[0], h.Relatives[1], h.Relatives[2] = []int{1, 2}, []int{0}, []int{0}
	table := Neighbours{Length: 5}
	for range rows {
		table.Skills = append(table.Skills, 0, 1, 2, 27, -1)
	}
	if err := h.replace(table, rows); err != nil {
		panic(err)
	}
	return h
}

func TestRelativesAreNoNegatives(t *testing.T) {
	for _, ofSkills := range []bool{true, false} {
		h := family(ofSkills, 40)
		for _, c := range []struct{ gold, want []int }{
			{[]int{1}, []int{2, 27}},
			{[]int{0}, []int{27}},
			{[]int{1, 2}, []int{27}},
			{[]int{5, 27}, []int{0, 1, 2}},
		} {
			if got := h.candidates(3, c.gold); !slices.Equal(got, c.want) {
				t.Errorf("of skills %v: a sentence of %v draws from %v, want %v", ofSkills, c.gold, got, c.want)
			}
		}
	}
}

// The sentences 0, 1 and 2 name the skills 0 (and 23), 1 and 2. The batch must get the drawn columns. Each sentence
// must ignore its relatives, in-batch ones included, and no other column.
func TestBatchWithHardNegatives(t *testing.T) {
	task := tinyPairs(t, true, 0)
	task.Negatives = family(true, 28)
	b, err := task.Prepare([]int{0, 1, 2}, Position{})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.(*wholeBatch).skills.Size(); got != 5 {
		t.Fatalf("%d skills, want 0, 23, 1, 2 and the drawn 27", got)
	}
	p := task.pair([]int{0, 1, 2}, rand.New(rand.NewPCG(5, 0)))
	if want := [][]int{{0, 1}, {2}, {3}}; !slices.EqualFunc(p.pairing.Positive, want, slices.Equal[[]int]) {
		t.Errorf("positives %v, want %v", p.pairing.Positive, want)
	}
	if want := [][]int{{2, 3}, {0}, {0}}; !slices.EqualFunc(p.pairing.Ignored, want, slices.Equal[[]int]) {
		t.Errorf("ignored %v, want %v", p.pairing.Ignored, want)
	}
}

func TestNegativesTableIsRestored(t *testing.T) {
	saved := family(true, 28)
	tensors, metadata := saved.State()
	file := stored(t, tensors, metadata)
	restored := &HardNegatives{Relatives: make([][]int, 28)}
	if err := restored.Restore(file); err != nil {
		t.Fatal(err)
	}
	if restored.table.Length != 5 || !slices.Equal(restored.table.Skills, saved.table.Skills) {
		t.Errorf("restored %+v", restored.table)
	}
	smaller := &HardNegatives{Relatives: make([][]int, 27)}
	if err := smaller.Restore(file); err == nil {
		t.Error("a table with a skill that does not exist was accepted")
	}
}

// stored writes a state and opens it again.
func stored(t *testing.T, tensors []safetensors.Tensor, metadata map[string]string) *safetensors.File {
	t.Helper()
	var content bytes.Buffer
	if err := safetensors.Write(&content, tensors, metadata); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "state.safetensors")
	if err := os.WriteFile(path, content.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	file, err := safetensors.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}
