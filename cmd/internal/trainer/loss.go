package trainer

import (
	"errors"

	"skillspace/config"
	"skillspace/model/loss"
)

// CheckBiEncoder checks what config cannot know: the registered losses and their settings.
func CheckBiEncoder(cfg *config.TrainBiencoder) error {
	_, err := contrastiveLoss(cfg.Loss)
	return err
}

// CheckFilter is [CheckBiEncoder] for the filter.
func CheckFilter(cfg *config.TrainFilter) error {
	_, err := binaryLoss(cfg.Loss)
	return err
}

// contrastiveLoss makes the bi-encoder's loss, and returns a *config.KeyError where it is not a loss or its settings are wrong.
func contrastiveLoss(l config.Loss) (loss.Contrastive, error) {
	made, err := loss.ContrastiveLosses.New(l.Kind, map[string]any{"symmetric": l.Symmetric, "margin": l.Margin}, l.Options)
	return made, keyError(err)
}

// binaryLoss is contrastiveLoss for the filter.
func binaryLoss(l config.FilterLoss) (loss.Binary, error) {
	made, err := loss.BinaryLosses.New(l.Kind, map[string]any{"focal_gamma": l.FocalGamma}, l.Options)
	return made, keyError(err)
}

// keyError names the key of the configuration that a loss's error is about.
func keyError(err error) error {
	if wrong := (*loss.Error)(nil); errors.As(err, &wrong) {
		return &config.KeyError{Key: "loss." + wrong.Key, Reason: wrong.Reason}
	}
	return err
}
