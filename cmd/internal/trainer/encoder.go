package trainer

import (
	"log/slog"

	"skillspace/config"
	"skillspace/internal/libtorch"
	"skillspace/model"
)

// loadEncoder loads a pretrained encoder for training; a dropout below 0 stands for what its config.json says.
func loadEncoder(folder string, dropout float64, t config.Train, device libtorch.Device) (*model.Encoder, error) {
	encoder, err := model.LoadEncoder(folder, device)
	if err != nil {
		return nil, err
	}
	if dropout >= 0 {
		encoder.SetDropout(dropout)
	}
	encoder.Recompute = t.GradientCheckpointing
	if t.GradientCheckpointing && device.IsCUDA() {
		slog.Warn("train.gradient_checkpointing works on the CPU only; this run goes on without it (train.chunk_size saves memory on CUDA)")
	}
	return encoder, nil
}
