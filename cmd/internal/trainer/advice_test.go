package trainer

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"skillspace/config"
	"skillspace/embedding"
	"skillspace/internal/libtorch"
)

// TestMemoryAdviceNamesSettings: the settings that an out-of-memory error names must exist in the command that prints it.
func TestMemoryAdviceNamesSettings(t *testing.T) {
	key := regexp.MustCompile(`[a-z]+\.[a-z_]+|(?:device|views)\b`)
	for _, c := range []struct {
		schema config.Schema
		advice string
		want   int // keys named
	}{
		{&config.TrainBiencoder{}, memoryAdvice, 5},
		{&config.TrainFilter{}, memoryAdvice, 5},
		{&config.ExtractSkills{}, embedding.MemoryAdvice, 2},
		{&config.Evaluate{}, embedding.MemoryAdvice, 2},
		{&config.Serve{}, embedding.MemoryAdvice, 2},
		{&config.ExportCheckpoint{}, embedding.MemoryAdvice, 2},
	} {
		text, err := config.Dump(c.schema)
		if err != nil {
			t.Fatal(err)
		}
		var tree map[string]any
		if err := yaml.Unmarshal(text, &tree); err != nil {
			t.Fatal(err)
		}
		keys := key.FindAllString(c.advice, -1)
		if len(keys) < c.want {
			t.Errorf("%T: %q names %v, want %d keys at least", c.schema, c.advice, keys, c.want)
		}
		for _, k := range keys {
			section, name, nested := strings.Cut(k, ".")
			value, found := tree[section]
			if nested {
				inner, _ := value.(map[string]any)
				_, found = inner[name]
			}
			if !found {
				t.Errorf("%T has no setting %s, which %q names", c.schema, k, c.advice)
			}
		}
	}
	err := interrupted(fmt.Errorf("step 3: %w", libtorch.ErrOutOfMemory), "run")
	if !errors.Is(err, libtorch.ErrOutOfMemory) || !strings.Contains(err.Error(), "train.batch_size") {
		t.Errorf("a trainer's error: %v", err)
	}
}
