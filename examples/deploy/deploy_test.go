// Package deploy holds files to run skillspace in containers; this test keeps their flags those of the commands.
package deploy

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"skillspace/config"
)

// commands are those that the files start, with a configuration to hold their flags against.
var commands = map[string]func(set []string) error{
	"serve": func(set []string) error {
		_, err := config.Load[config.Serve](config.Sources{Set: set, SkipInputs: true})
		return err
	},
	"extract-skills": func(set []string) error {
		_, err := config.Load[config.ExtractSkills](config.Sources{Set: set, SkipInputs: true})
		return err
	},
}

// starts finds the lists of words that begin with one of the commands.
func starts(value any, use func(words []string)) {
	switch v := value.(type) {
	case map[string]any:
		for _, inner := range v {
			starts(inner, use)
		}
	case []any:
		var words []string
		for _, inner := range v {
			if word, ok := inner.(string); ok {
				words = append(words, word)
			}
			starts(inner, use)
		}
		if len(words) == len(v) && len(words) > 1 && commands[words[0]] != nil {
			use(words)
		}
	}
}

// settings turns flags into settings.
func settings(t *testing.T, words []string) (set []string) {
	t.Helper()
	for i := 1; i < len(words); i++ {
		flag, found := strings.CutPrefix(words[i], "--")
		if !found || flag == "resume" {
			continue
		}
		name, value, joined := strings.Cut(flag, "=")
		if !joined {
			if i++; i == len(words) {
				t.Fatalf("--%s has no value", name)
			}
			value = strings.ReplaceAll(words[i], "$(JOB_COMPLETION_INDEX)", "3")
		}
		set = append(set, strings.ReplaceAll(name, "-", "_")+"="+value)
	}
	return set
}

func TestFlagsExist(t *testing.T) {
	found := map[string]int{}
	for _, path := range []string{"compose.yaml", "kubernetes.yaml"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for decoder := yaml.NewDecoder(bytes.NewReader(text)); ; {
			var document any
			if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			starts(document, func(words []string) {
				found[path+" "+words[0]]++
				if err := commands[words[0]](settings(t, words)); err != nil {
					t.Errorf("%s: %s: %v", path, words[0], err)
				}
			})
		}
	}
	if found["compose.yaml serve"] != 1 || found["kubernetes.yaml serve"] != 1 || found["kubernetes.yaml extract-skills"] != 1 {
		t.Errorf("commands found: %v", found)
	}
}
