package trainer

import (
	"log/slog"

	"skillspace/config"
	"skillspace/internal/command"
	"skillspace/internal/libtorch"
	"skillspace/model"
)

// loadEncoder loads a pretrained encoder for training, or so many of its layers; a dropout below 0 stands for what its config.json says.
func loadEncoder(folder string, layers int, dropout float64, t config.Train, device libtorch.Device) (*model.Encoder, error) {
	stored, err := model.ReadEncoderConfig(folder)
	if err != nil {
		return nil, err
	}
	if int64(layers) > stored.Layers {
		return nil, command.Usagef("model.layers: is %d; the encoder %s has %d", layers, folder, stored.Layers)
	}
	encoder, err := model.LoadEncoderLayers(folder, int64(layers), device)
	if err != nil {
		return nil, err
	}
	if dropout >= 0 {
		encoder.SetDropout(dropout)
	}
	encoder.Recompute = t.GradientCheckpointing
	if t.GradientCheckpointing && !encoder.CanRecompute() {
		slog.Warn("train.gradient_checkpointing has no effect with this encoder family or device (it works on the CPU, with families other than mpnet); "+
			"train.chunk_size saves memory", "family", stored.ModelType, "device", device)
	}
	return encoder, nil
}
