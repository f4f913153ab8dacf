package checkpoints

import (
	"fmt"
	"math"
)

// Bounds of the numbers in a manifest. They refuse what no trainer writes, before anything is allocated.
const (
	maxFiles         = 1000
	maxPrefix        = 4096    // bytes
	maxTokens        = 1 << 14 // of a text
	maxStep          = 1 << 40
	maxThreshold     = 1e6
	maxTemperature   = 1e6
	maxGeneratorSize = 1 << 20 // bytes; libtorch's takes 5056
)

// validate checks every number of a manifest that is used. Errors name the key.
func (m *Manifest) validate() error {
	if m.Kind != BiEncoder && m.Kind != Filter {
		return fmt.Errorf("kind %q is unknown", m.Kind)
	}
	if len(m.Files) > maxFiles {
		return fmt.Errorf("files: it names %d, at most %d are possible", len(m.Files), maxFiles)
	}
	for name, file := range m.Files {
		if file.Bytes < 0 {
			return fmt.Errorf("files: %s: %d bytes are not possible", name, file.Bytes)
		}
	}
	if err := m.Model.validate(); err != nil {
		return err
	}
	if m.Step < 0 || m.Step > maxStep {
		return fmt.Errorf("step: %d is out of range", m.Step)
	}
	if m.Training == nil {
		return nil
	}
	return m.Training.validate()
}

func (i ModelInfo) validate() error {
	if err := i.Head.Validate(); err != nil {
		return fmt.Errorf("head: %w", err)
	}
	if i.MaxLength < 1 || i.MaxLength > maxTokens {
		return fmt.Errorf("max_length: %d is not between 1 and %d", i.MaxLength, maxTokens)
	}
	if i.ContextTokens < 0 || i.ContextTokens > maxTokens {
		return fmt.Errorf("context_tokens: %d is out of range", i.ContextTokens)
	}
	if len(i.SentencePrefix) > maxPrefix || len(i.SkillPrefix) > maxPrefix {
		return fmt.Errorf("sentence_prefix and skill_prefix: at most %d bytes are possible", maxPrefix)
	}
	if math.Abs(i.Threshold) > maxThreshold {
		return fmt.Errorf("threshold: %v is out of range", i.Threshold)
	}
	if i.Temperature < 0 || i.Temperature > maxTemperature {
		return fmt.Errorf("temperature: %v, want above 0", i.Temperature)
	}
	if i.Reporting != nil {
		return i.Reporting.validate()
	}
	return nil
}

func (s *State) validate() error {
	for key, value := range map[string]int{"epoch": s.Epoch, "batch": s.Batch, "step": s.Step, "ranks": s.Ranks, "best_step": s.BestStep} {
		if value < 0 || value > maxStep {
			return fmt.Errorf("training: %s: %d is out of range", key, value)
		}
	}
	if len(s.Generator) > maxGeneratorSize {
		return fmt.Errorf("training: generator: %d bytes are too many", len(s.Generator))
	}
	return nil
}

// modelFiles lists the files that a checkpoint of this kind cannot do without.
func (m *Manifest) modelFiles() []string {
	files := []string{encoderConfigName, headName}
	for _, tower := range m.Towers() {
		files = append(files, tower.file)
	}
	if m.Training != nil {
		files = append(files, optimizerName)
	}
	return files
}
