package trainer

import (
	"strings"
	"testing"

	"skillspace/config"
	"skillspace/internal/libtorch"
)

// device: auto may end on the CPU, which only the run can know.
func TestHalfPrecisionNeedsCUDA(t *testing.T) {
	if libtorch.CUDADevices() > 0 {
		t.Skip("this machine has a CUDA device")
	}
	if _, err := prepare("auto", config.Run{Threads: 1}, "fp16"); err == nil || !strings.Contains(err.Error(), "train.precision: fp16 needs a CUDA device") {
		t.Errorf("error %v", err)
	}
}
