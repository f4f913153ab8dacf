package checkpoints

import (
	"fmt"

	"skillspace/internal/libtorch"
	"skillspace/model"
	"skillspace/model/safetensors"
)

// LoadBiEncoder verifies the checkpoint and loads its bi-encoder onto device. It may be called inside or outside
// [libtorch.Do].
func (c *Checkpoint) LoadBiEncoder(device libtorch.Device) (*model.BiEncoder, error) {
	if err := c.verifyKind(BiEncoder); err != nil {
		return nil, err
	}
	var biencoder *model.BiEncoder
	err := libtorch.Do(func(*libtorch.Scope) (err error) {
		biencoder, err = c.buildBiEncoder(device)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("checkpoint %s: %w", c.Path(), err)
	}
	return biencoder, nil
}

// LoadBiEncoder opens the checkpoint at dir and loads its bi-encoder onto device.
func LoadBiEncoder(dir string, device libtorch.Device) (*model.BiEncoder, *Manifest, error) {
	c, err := Open(dir, BiEncoder)
	if err != nil {
		return nil, nil, err
	}
	defer c.Close()
	biencoder, err := c.LoadBiEncoder(device)
	return biencoder, c.Manifest, err
}

func (c *Checkpoint) buildBiEncoder(device libtorch.Device) (*model.BiEncoder, error) {
	m := c.Manifest
	sentence, err := c.loadTower(encoderName, device)
	if err != nil {
		return nil, err
	}
	skill := sentence
	if !m.Model.Shared {
		if skill, err = c.loadTower(skillEncoderName, device); err != nil {
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
	if err := c.assignHead(biencoder.ParameterGroups()); err != nil {
		biencoder.Close()
		return nil, err
	}
	return biencoder, nil
}

func (c *Checkpoint) loadTower(file string, device libtorch.Device) (*model.Tower, error) {
	encoder, err := c.loadEncoder(file, device)
	if err != nil {
		return nil, err
	}
	tower, err := model.NewTower(encoder, c.Manifest.Model.Head)
	if err != nil {
		encoder.Close()
		return nil, err
	}
	return tower, nil
}

// loadEncoder loads the encoder whose weights lie in file. Its table of positions must hold the manifest's longest text.
func (c *Checkpoint) loadEncoder(file string, device libtorch.Device) (*model.Encoder, error) {
	encoder, err := model.LoadEncoderIn(c.folder, file, device)
	if err != nil {
		return nil, err
	}
	if longest := encoder.Config.LongestInput(); int64(c.Manifest.Model.MaxLength) > longest {
		encoder.Close()
		return nil, fmt.Errorf("max_length: %d tokens, but the encoder has %d positions", c.Manifest.Model.MaxLength, longest)
	}
	return encoder, nil
}

// LoadFilter verifies the checkpoint and loads its filter onto device.
func (c *Checkpoint) LoadFilter(device libtorch.Device) (*model.Filter, error) {
	if err := c.verifyKind(Filter); err != nil {
		return nil, err
	}
	var filter *model.Filter
	err := libtorch.Do(func(*libtorch.Scope) (err error) {
		filter, err = c.buildFilter(device)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("checkpoint %s: %w", c.Path(), err)
	}
	return filter, nil
}

// LoadFilter opens the checkpoint at dir and loads its filter onto device.
func LoadFilter(dir string, device libtorch.Device) (*model.Filter, *Manifest, error) {
	c, err := Open(dir, Filter)
	if err != nil {
		return nil, nil, err
	}
	defer c.Close()
	filter, err := c.LoadFilter(device)
	return filter, c.Manifest, err
}

func (c *Checkpoint) buildFilter(device libtorch.Device) (*model.Filter, error) {
	encoder, err := c.loadEncoder(encoderName, device)
	if err != nil {
		return nil, err
	}
	filter, err := model.NewFilter(encoder, c.Manifest.Model.Head.Pooling, 0)
	if err != nil {
		encoder.Close()
		return nil, err
	}
	if err := c.assignHead(filter.ParameterGroups()); err != nil {
		filter.Close()
		return nil, err
	}
	return filter, nil
}

func (c *Checkpoint) verifyKind(want Kind) error {
	if c.Manifest.Kind != want {
		return fmt.Errorf("checkpoint %s: it holds a %s, want a %s", c.Path(), c.Manifest.Kind, want)
	}
	return c.Verify()
}

// assignHead reads the parameters of all groups but the encoders.
func (c *Checkpoint) assignHead(groups []model.ParameterGroup) error {
	file, err := safetensors.OpenIn(c.folder, headName)
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

// Resume verifies the checkpoint at dir, overwrites the groups' parameters with its own, and calls restore with the
// optimiser's file.
func Resume(dir string, groups []model.ParameterGroup, restore func(*safetensors.File) error) error {
	c, err := Open(dir)
	if err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	defer c.Close()
	if err := c.resume(groups, restore); err != nil {
		return fmt.Errorf("resume from %s: %w", dir, err)
	}
	return nil
}

func (c *Checkpoint) resume(groups []model.ParameterGroup, restore func(*safetensors.File) error) error {
	if err := c.Verify(); err != nil {
		return err
	}
	if err := c.assignHead(groups); err != nil {
		return err
	}
	for _, group := range groups {
		name := map[string]string{"encoder": encoderName, "skill_encoder": skillEncoderName}[group.Name]
		if name == "" {
			continue
		}
		if err := c.withFile(name, func(f *safetensors.File) error { return group.Parameters.Assign(f, "") }); err != nil {
			return err
		}
	}
	return c.withFile(optimizerName, restore)
}

func (c *Checkpoint) withFile(name string, use func(*safetensors.File) error) error {
	file, err := safetensors.OpenIn(c.folder, name)
	if err != nil {
		return err
	}
	defer file.Close()
	return use(file)
}
