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
	cfg.Negatives.MineEverySteps, cfg.Negatives.Pool = 1, 6
	err := libtorch.Do(func(*libtorch.Scope) error {
		data, err := readPairs(t.Context(), cfg)
		if err != nil {
			return err
		}
		biencoder, err := newBiEncoder(cfg, libtorch.CPU)
		if err != nil {
			return err
		}
		defer biencoder.Close()
		relatives := data.taxonomy.Relatives()
		skills := data.taxonomy.Skills()
		for near, queries := range map[string]int{"skill": len(skills), "sentence": len(data.training)} {
			cfg.Negatives.NearestTo = near
			e := &embedding.Embedder{Tower: biencoder.Skill, Tokenizer: data.tokenizer, MaxLength: 48, Precision: libtorch.Float32}
			task := &train.BiEncoderTask{}
			mining := (&miner{cfg: cfg.Negatives, data: data, sentences: e, skills: e}).mining(task)
			table, err := mining.Mine(t.Context())
			if err != nil {
				return err
			}
			again, err := mining.Mine(t.Context())
			if err != nil {
				return err
			}
			if mining.Rows != queries || len(table.Skills) != 6*queries || !slices.Equal(table.Skills, again.Skills) {
				t.Fatalf("near %s: %d rows, %d skills", near, mining.Rows, len(table.Skills))
			}
			for row := range queries {
				gold := []int{row}
				if near == "sentence" {
					gold = data.training[row].Skills
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
