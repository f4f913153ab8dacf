package tensorboard

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"math"
	"math/bits"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"skillspace/train"
)

// python has the tensorboard package; scripts/parity/setup.sh makes it.
var python = filepath.Join(cmp.Or(os.Getenv("PARITY_VENV"), "../../.deps/parity"), "bin", "python")

// takeSteps writes steps from to to, with a validation at every fifth. The loss tells which process wrote it.
func takeSteps(t *testing.T, folder string, from, to int, process float64) {
	t.Helper()
	w, err := Create(folder, from-1)
	if err != nil {
		t.Fatal(err)
	}
	hook := w.Hook()
	for n := from; n <= to; n++ {
		step := train.Step{Position: train.Position{Step: n}, Loss: process + 1/float64(n), LearningRate: 1e-5 * float64(n),
			GradientNorm: float64(n) / 3, Examples: 64, Elapsed: 2 * time.Second}
		if n%5 == 0 {
			if err := w.Validated(n, map[string]float64{"mrr": process + 0.5, "rp@5": 1 / float64(n)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := hook.Step(t.Context(), nil, step); err != nil {
			t.Fatal(err)
		}
	}
	if err := hook.End(nil, nil); err != nil {
		t.Fatal(err)
	}
}

// killedRun is a run killed at step 13 while it wrote, and resumed from its checkpoint of step 10.
func killedRun(t *testing.T) (folder string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "tensorboard")
	takeSteps(t, folder, 1, 13, 100)
	files, err := filepath.Glob(filepath.Join(folder, filePrefix+"*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	content, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files[0], content[:len(content)-9], 0o644); err != nil {
		t.Fatal(err)
	}
	takeSteps(t, folder, 11, 20, 200)
	return folder
}

func TestParityWithTensorBoard(t *testing.T) {
	if err := exec.CommandContext(t.Context(), python, "-c", "import tensorboard").Run(); err != nil {
		t.Skipf("%s has no tensorboard (make parity installs it): %v", python, err)
	}
	cmd := exec.CommandContext(t.Context(), python, "../../scripts/parity/tensorboard_scalars.py", killedRun(t))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	var shown map[string][][2]float64
	if err := json.Unmarshal(out, &shown); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	process := func(n int) float64 {
		if n > 10 {
			return 200
		}
		return 100
	}
	wanted := map[string]func(n int) float64{
		"loss":                func(n int) float64 { return process(n) + 1/float64(n) },
		"learning_rate":       func(n int) float64 { return 1e-5 * float64(n) },
		"gradient_norm":       func(n int) float64 { return float64(n) / 3 },
		"examples_per_second": func(int) float64 { return 32 },
		"validation/mrr":      func(n int) float64 { return process(n) + 0.5 },
		"validation/rp@5":     func(n int) float64 { return 1 / float64(n) },
	}
	if len(shown) != len(wanted) {
		t.Errorf("TensorBoard shows %d tags, want %d: %s", len(shown), len(wanted), out)
	}
	for tag, value := range wanted {
		every := 1
		if strings.HasPrefix(tag, "validation/") {
			every = 5
		}
		if len(shown[tag]) != 20/every {
			t.Errorf("%s: %d points, want %d: %v", tag, len(shown[tag]), 20/every, shown[tag])
			continue
		}
		for i, point := range shown[tag] {
			n := (i + 1) * every
			if point != [2]float64{float64(n), float64(float32(value(n)))} {
				t.Errorf("%s, point %d: %v, want step %d and %v", tag, i, point, n, value(n))
			}
		}
	}
}

// TestChecksum compares the record checksum with the known CRC-32C of "123456789", masked as TFRecord's definition says.
func TestChecksum(t *testing.T) {
	crc := uint32(0xe3069283)
	if got, want := masked([]byte("123456789")), bits.RotateLeft32(crc, -15)+0xa282ead8; got != want {
		t.Errorf("%#x, want %#x", got, want)
	}
}

// TestFilesSortInOrder: TensorBoard reads the files of a folder by name, so the later one must have the later name, even
// within one second and after the clock went back.
func TestFilesSortInOrder(t *testing.T) {
	folder := t.TempDir()
	var last string
	for _, at := range []int64{2000, 2000, 1500, 3000} {
		name, err := fileName(folder, time.Unix(at, 0))
		if err != nil {
			t.Fatal(err)
		}
		if name <= last {
			t.Errorf("%s does not sort after %s", name, last)
		}
		last = name
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEveryStepIsOnDisk: a process that dies by SIGKILL has lost nothing it recorded.
func TestEveryStepIsOnDisk(t *testing.T) {
	folder := t.TempDir()
	w, err := Create(folder, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.file.Close()
	for n := 1; n <= 3; n++ {
		if err := w.Scalars(n, map[string]float64{"loss": 0.25}); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(w.path)
		if err != nil {
			t.Fatal(err)
		}
		events := 0
		for len(content) > 0 {
			size := binary.LittleEndian.Uint64(content)
			if binary.LittleEndian.Uint32(content[8:]) != masked(content[:8]) ||
				binary.LittleEndian.Uint32(content[12+size:]) != masked(content[12:12+size]) {
				t.Fatal("a checksum is wrong")
			}
			content = content[16+size:]
			events++
		}
		if events != 2+n {
			t.Fatalf("after step %d the file holds %d events, want version, start and %d steps", n, events, n)
		}
	}
	value := math.Float32bits(0.25)
	if content, _ := os.ReadFile(w.path); !bytes.Contains(content, binary.LittleEndian.AppendUint32(nil, value)) {
		t.Error("the value is not in the file")
	}
}
