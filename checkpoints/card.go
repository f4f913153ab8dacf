package checkpoints

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"skillspace/model"
)

// cardText is the model card: what the model is, its training, its figures, and code that computes the same embeddings
// in PyTorch.
//
//go:embed card.md.tmpl
var cardText string

var cardTemplate = template.Must(template.New("card").Parse(cardText))

// CardOptions are what a model card says besides the manifest.
type CardOptions struct {
	Skills    int    // number of skills stored with the model
	SkillRows int    // their embeddings
	Layout    string // what the folder holds: "safetensors" (also ""), "onnx" or "torchscript"
	Precision string // of an ONNX model: "fp32" or "int8"
}

// card is what the template reads.
type card struct {
	*Manifest
	CardOptions
	Encoder              model.EncoderConfig
	State, Dimension     int64
	SentenceTransformers bool // its own modules compute the head
	CustomHead           bool // skillspace_head.py computes the head
	Pooler               bool // transformers' bare model has a pooler, which the card leaves out
	Figures              []figure
	Config               string
}

type figure struct {
	Name  string
	Value float64
}

// maxRunConfig bounds the run's configuration quoted in a card.
const maxRunConfig = 1 << 16

// Card returns the README.md of an exported checkpoint.
func Card(source *Checkpoint, o CardOptions) (ExtraFile, error) {
	m := source.Manifest
	encoder, err := model.ReadEncoderConfigIn(source.folder)
	if err != nil {
		return ExtraFile{}, err
	}
	c := card{Manifest: m, CardOptions: o, Encoder: encoder, SentenceTransformers: m.InSentenceTransformers() && m.plainHead(), CustomHead: m.InSentenceTransformers() && !m.plainHead(), Pooler: encoder.HasPooler()}
	c.State, c.Dimension = m.Model.Head.State(encoder.HiddenSize), m.Model.Head.Dimension(encoder.HiddenSize)
	for _, name := range slices.Sorted(maps.Keys(m.Metrics)) {
		if _, overall, one := strings.Cut(name, "."); one && m.Metrics[overall] == m.Metrics[name] {
			continue // validated on one set: its figures are the overall ones
		}
		c.Figures = append(c.Figures, figure{name, m.Metrics[name]})
	}
	if c.Config, err = runConfig(source.Path()); err != nil {
		return ExtraFile{}, err
	}
	return ExtraFile{"README.md", func(w io.Writer) error { return cardTemplate.Execute(w, c) }}, nil
}

// runConfig returns RUN/config.yaml for a checkpoint RUN/checkpoints/NAME, or "" if there is none.
func runConfig(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if filepath.Base(filepath.Dir(dir)) != "checkpoints" {
		return "", nil
	}
	file, err := os.Open(filepath.Join(dir, "..", "..", "config.yaml"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the run's configuration: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxRunConfig+1))
	if err != nil {
		return "", fmt.Errorf("read the run's configuration: %w", err)
	}
	if len(text) > maxRunConfig || strings.Contains(string(text), "```") {
		return "", nil // not a configuration that train-biencoder or train-filter wrote
	}
	return strings.TrimSpace(string(text)), nil
}
