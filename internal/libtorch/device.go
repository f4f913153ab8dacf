package libtorch

import "fmt"

// Choose resolves a configured device: "cpu", "cuda" (an error without one) or "auto" (CUDA where there is one, else the CPU).
func Choose(name string) (Device, error) {
	switch name {
	case "cpu":
		return CPU, nil
	case "auto", "cuda":
		if CUDADevices() > 0 {
			return Device(0), nil
		}
		if name == "cuda" {
			return CPU, fmt.Errorf("device: cuda was demanded, but libtorch %s finds no CUDA device "+
				"(a CPU build, or no driver; build with `make build CUDA=1`, or set device: cpu)", Version())
		}
		return CPU, nil
	}
	return CPU, fmt.Errorf("device: %q is not one of auto, cpu, cuda", name)
}
