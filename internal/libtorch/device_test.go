package libtorch_test

import (
	"strings"
	"testing"

	"skillspace/internal/libtorch"
)

func TestZeroDeviceIsTheCPU(t *testing.T) {
	var device libtorch.Device
	if device != libtorch.CPU || device.IsCUDA() || device.String() != "cpu" {
		t.Errorf("the zero device is %v", device)
	}
	err := libtorch.Do(func(s *libtorch.Scope) error {
		_, err := s.Zeros(libtorch.Float32, device, 2).Float32s()
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		name    string
		devices int
		want    string // a device, or a part of the error
	}{
		{"cpu", 2, "cpu"},
		{"auto", 0, "cpu"},
		{"auto", 2, "cuda:0"},
		{"cuda", 1, "cuda:0"},
		{"cuda:0", 1, "cuda:0"},
		{"cuda:1", 2, "cuda:1"},
		{"cuda", 0, "cuda is set, but libtorch " + libtorch.Version() + " finds no CUDA device"},
		{"cuda:1", 0, "cuda:1 is set, but libtorch " + libtorch.Version() + " finds no CUDA device"},
		{"cuda:2", 2, "cuda:2 is set, but there are only 2 CUDA devices: the last one is cuda:1"},
		{"cuda:-1", 2, "is not one of auto, cpu, cuda, cuda:N"},
		{"cuda:01", 2, "is not one of auto, cpu, cuda, cuda:N"},
		{"cuda:", 2, "is not one of auto, cpu, cuda, cuda:N"},
		{"cuda1", 2, "is not one of auto, cpu, cuda, cuda:N"},
		{"1", 2, "is not one of auto, cpu, cuda, cuda:N"},
		{"", 2, "is not one of auto, cpu, cuda, cuda:N"},
	} {
		device, err := libtorch.ChooseAmong(c.name, func() int { return c.devices })
		if err == nil && device.String() != c.want || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q of %d devices: %v, %v; want %s", c.name, c.devices, device, err, c.want)
		}
	}
}
