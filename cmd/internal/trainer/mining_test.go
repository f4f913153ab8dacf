package trainer

import (
	"slices"
	"testing"

	"skillspace/embedding"
	"skillspace/internal/libtorch"
	"skillspace/train"
)

// Both searches must return allowed skills in every row, and the same ones every time. That they are the nearest is tested in index.
func TestMiningFindsAllowedSkills(t *testing.T) {
	cfg := biencoderConfig(t, writeCorpus(t))
	err := libtorch.Do(func(*libtorch.Scope) error {
		data, err := readBiEncoder(t.Context(), cfg)
		if err != nil {
			return err
		}
		biencoder, err := newBiEncoder(cfg, libtorch.CPU)
		if err != nil {
			return err
		}
		defer biencoder.Close()
		relatives := data.Taxonomy.Relatives()
		skills := data.Taxonomy.Skills()
		for near, queries := range map[string]int{"skill": len(skills), "sentence": len(data.Training)} {
			e := &embedding.Embedder{Tower: biencoder.Skill, Tokenizer: data.Tokenizer, MaxLength: 48, Precision: libtorch.Float32}
			task := &train.BiEncoderTask{Examples: data.Training}
			mining := train.NewMining(train.MiningOptions{Every: 1, PerSentence: 1, Pool: 6, OfSkills: near == "skill"}, task, data.Taxonomy, e, e)
			table, err := mining.Mine(t.Context())
			if err != nil {
				return err
			}
			again, err := mining.Mine(t.Context())
			if err != nil {
				return err
			}
			if len(table.Skills) != 6*queries || !slices.Equal(table.Skills, again.Skills) {
				t.Fatalf("near %s: %d skills, %d rows of 6 wanted", near, len(table.Skills), queries)
			}
			for row := range queries {
				gold := []int{row}
				if near == "sentence" {
					gold = data.Training[row].Skills
				}
				for _, found := range table.Skills[6*row : 6*row+6] {
					if found >= 0 && (slices.Contains(gold, int(found)) || slices.Contains(relatives[gold[0]], int(found))) {
						t.Errorf("near %s, row %d: %q is a negative of %q", near, row, skills[found].PreferredLabel, skills[gold[0]].PreferredLabel)
					}
				}
			}
			if table.Skills[0] < 0 {
				t.Errorf("near %s: nothing found", near)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
