package checkpoints

import (
	"fmt"
	"path/filepath"

	"skillspace/internal/libtorch"
	"skillspace/model"
	"skillspace/model/safetensors"
)

// LoadBiEncoder verifies dir and loads its bi-encoder onto device. It may be called inside or outside [libtorch.Do].
func LoadBiEncoder(dir string, device libtorch.Device) (*model.BiEncoder, *Manifest, error) {
	m, err := verifyKind(dir, BiEncoder)
	if err != nil {
		return nil, nil, err
	}
	var biencoder *model.BiEncoder
	err = libtorch.Do(func(*libtorch.Scope) error {
		biencoder, err = buildBiEncoder(dir, m, device)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("checkpoint %s: %w", dir, err)
	}
	return biencoder, m, nil
}

func buildBiEncoder(dir string, m *Manifest, device libtorch.Device) (*model.BiEncoder, error) {
	sentence, err := loadTower(dir, encoderName, m.Model.Head, device)
	if err != nil {
		return nil, err
	}
	skill := sentence
	if !m.Model.Shared {
		if skill, err = loadTower(dir, skillEncoderName, m.Model.Head, device); err != nil {
			sentence.Close()
			return nil, err
		}
	}
	biencoder, err := model.NewBiEncoder(sentence, skill, 1)
	if err != nil {
		sentence.Close()
		if skill != sentence {
			skill.Close()
		}
		return nil, err
	}
	if err := assignHead(dir, biencoder.ParameterGroups()); err != nil {
		biencoder.Close()
		return nil, err
	}
	return biencoder, nil
}

func loadTower(dir, file string, head model.HeadConfig, device libtorch.Device) (*model.Tower, error) {
	encoder, err := model.LoadEncoderFile(dir, file, device)
	if err != nil {
		return nil, err
	}
	tower, err := model.NewTower(encoder, head)
	if err != nil {
		encoder.Close()
		return nil, err
	}
	return tower, nil
}

// LoadFilter verifies dir and loads its filter onto device.
func LoadFilter(dir string, device libtorch.Device) (*model.Filter, *Manifest, error) {
	m, err := verifyKind(dir, Filter)
	if err != nil {
		return nil, nil, err
	}
	var filter *model.Filter
	err = libtorch.Do(func(*libtorch.Scope) error {
		filter, err = buildFilter(dir, m, device)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("checkpoint %s: %w", dir, err)
	}
	return filter, m, nil
}

func buildFilter(dir string, m *Manifest, device libtorch.Device) (*model.Filter, error) {
	encoder, err := model.LoadEncoderFile(dir, encoderName, device)
	if err != nil {
		return nil, err
	}
	filter, err := model.NewFilter(encoder, m.Model.Head.Pooling, 0)
	if err != nil {
		encoder.Close()
		return nil, err
	}
	if err := assignHead(dir, filter.ParameterGroups()); err != nil {
		filter.Close()
		return nil, err
	}
	return filter, nil
}

func verifyKind(dir string, want Kind) (*Manifest, error) {
	m, err := Verify(dir)
	if err != nil {
		return nil, err
	}
	if m.Kind != want {
		return nil, fmt.Errorf("checkpoint %s: it holds a %s, want a %s", dir, m.Kind, want)
	}
	if m.Model.ContextTokens < 0 || m.Model.ContextTokens > 1<<14 {
		return nil, fmt.Errorf("checkpoint %s: context_tokens %d is out of range", dir, m.Model.ContextTokens)
	}
	if m.Model.Temperature < 0 {
		return nil, fmt.Errorf("checkpoint %s: temperature %v, want above 0", dir, m.Model.Temperature)
	}
	return m, nil
}

// assignHead reads the parameters of all groups but the encoders.
func assignHead(dir string, groups []model.ParameterGroup) error {
	file, err := safetensors.Open(filepath.Join(dir, headName))
	if err != nil {
		return err
	}
	defer file.Close()
	for _, group := range groups {
		if group.Name == "encoder" || group.Name == "skill_encoder" {
			continue
		}
		if err := group.Parameters.Assign(file, group.Name+"."); err != nil {
			return err
		}
	}
	return nil
}

// Resume overwrites the groups' parameters with those of a verified checkpoint, and calls restore with the optimiser's
// file.
func Resume(dir string, groups []model.ParameterGroup, restore func(*safetensors.File) error) error {
	if err := assignHead(dir, groups); err != nil {
		return fmt.Errorf("resume from %s: %w", dir, err)
	}
	for _, group := range groups {
		name := map[string]string{"encoder": encoderName, "skill_encoder": skillEncoderName}[group.Name]
		if name == "" {
			continue
		}
		if err := withFile(filepath.Join(dir, name), func(f *safetensors.File) error { return group.Parameters.Assign(f, "") }); err != nil {
			return fmt.Errorf("resume from %s: %w", dir, err)
		}
	}
	if err := withFile(filepath.Join(dir, optimizerName), restore); err != nil {
		return fmt.Errorf("resume from %s: %w", dir, err)
	}
	return nil
}

func withFile(path string, use func(*safetensors.File) error) error {
	file, err := safetensors.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return use(file)
}
