package main

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"skillspace/config"
	"skillspace/data/corpus"
	"skillspace/internal/atomicfile"
)

// writeLines writes JSON values, one a line, and returns the file's SHA-256.
func writeLines[T any](path string, values []T) (string, error) {
	sum := sha256.New()
	err := atomicfile.Write(path, func(w io.Writer) error {
		encoder := json.NewEncoder(io.MultiWriter(w, sum))
		encoder.SetEscapeHTML(false)
		for _, value := range values {
			if err := encoder.Encode(value); err != nil {
				return err
			}
		}
		return nil
	})
	return hex.EncodeToString(sum.Sum(nil)), err
}

// The names of what writeTraining puts into a folder.
const (
	pairsFile    = "pairs.jsonl" // for the peers
	corpusFile   = "corpus.jsonl"
	taxonomyName = "taxonomy"
	queryFile    = "query.jsonl" // what a run of ours is validated on when it ends: a single sentence
)

// writeTraining writes the pairs into folder for all sides: as they are for the peers, and for ours as a corpus over a taxonomy
// of their distinct skill texts, so that train-biencoder as it is trains on exactly these pairs.
func writeTraining(folder string, pairs []pair) error {
	if err := os.MkdirAll(filepath.Join(folder, taxonomyName), 0o755); err != nil {
		return fmt.Errorf("write the training data: %w", err)
	}
	if _, err := writeLines(filepath.Join(folder, pairsFile), pairs); err != nil {
		return err
	}
	uris := map[string]string{}
	rows := [][]string{{"conceptType", "conceptUri", "skillType", "reuseLevel", "preferredLabel", "altLabels", "description"}}
	examples := make([]corpus.Example, len(pairs))
	for i, p := range pairs {
		uri, known := uris[p.Positive]
		if !known {
			uri = fmt.Sprintf("urn:bench:skill:%d", len(uris))
			uris[p.Positive] = uri
			rows = append(rows, []string{"KnowledgeSkillCompetence", uri, "skill/competence", "", p.Positive, "", ""})
		}
		examples[i] = corpus.Example{Text: p.Anchor, Skills: []string{uri}}
	}
	if err := writeCorpus(filepath.Join(folder, corpusFile), examples); err != nil {
		return err
	}
	if err := writeCorpus(filepath.Join(folder, queryFile), examples[:1]); err != nil {
		return err
	}
	return writeTaxonomy(filepath.Join(folder, taxonomyName), rows)
}

func writeCorpus(path string, examples []corpus.Example) error {
	file, err := corpus.Create(path)
	if err != nil {
		return err
	}
	defer file.Abort()
	for _, e := range examples {
		if err := file.Write(e); err != nil {
			return err
		}
	}
	return file.Commit()
}

// writeTaxonomy writes ESCO's three files: the skills, and one group above them all.
func writeTaxonomy(folder string, skills [][]string) error {
	const group = "urn:bench:group"
	hierarchy := [][]string{
		{"Level 0 URI", "Level 0 preferred term", "Level 1 URI", "Level 1 preferred term", "Level 2 URI", "Level 2 preferred term",
			"Level 3 URI", "Level 3 preferred term"},
		{group, "benchmark", "", "", "", "", "", ""},
	}
	relations := [][]string{{"conceptUri", "broaderUri"}}
	for _, row := range skills[1:] {
		relations = append(relations, []string{row[1], group})
	}
	for name, rows := range map[string][][]string{"skills_en.csv": skills, "skillsHierarchy_en.csv": hierarchy, "broaderRelationsSkillPillar.csv": relations} {
		if err := atomicfile.Write(filepath.Join(folder, name), func(w io.Writer) error {
			return csv.NewWriter(w).WriteAll(rows)
		}); err != nil {
			return fmt.Errorf("write the taxonomy of the benchmark: %w", err)
		}
	}
	return nil
}

// writeConfig writes the configuration of a run of ours.
func writeConfig(path string, c *config.TrainBiencoder) error {
	text, err := config.Dump(c)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return fmt.Errorf("write a configuration of the benchmark: %w", err)
	}
	return nil
}
