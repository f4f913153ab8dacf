package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"skillspace/config"
	"skillspace/data/synthesis/fluency"
	"skillspace/data/synthesis/quality"
	"skillspace/data/taxonomy"
	"skillspace/embedding"
	"skillspace/internal/atomicfile"
	"skillspace/internal/command"
	"skillspace/internal/libtorch"
	"skillspace/internal/progress"
)

// meter measures corpora as a configuration asks, with one encoder and one language model for all of them.
type meter struct {
	cfg       *config.MeasureCorpus
	tax       *taxonomy.Taxonomy
	embedder  *embedding.Embedder
	scorer    *fluency.Scorer
	reference *quality.Reference
}

// openMeter opens what a configuration names.
func openMeter(ctx context.Context, cfg *config.MeasureCorpus) (*meter, error) {
	tax, err := taxonomy.LoadLanguage(cfg.Taxonomy, cfg.TaxonomyLanguage)
	if err != nil {
		return nil, command.Usage(err)
	}
	m := &meter{cfg: cfg, tax: tax}
	if cfg.Encoder != "" {
		err = m.openEncoder()
	}
	if err == nil && cfg.Fluency.BaseURL != "" {
		err = m.openModel(ctx)
	}
	if err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

func (m *meter) close() {
	if m.embedder != nil {
		m.embedder.Close()
	}
}

func (m *meter) openEncoder() error {
	device, err := libtorch.Choose(m.cfg.Device)
	if err != nil {
		return command.Usage(err)
	}
	if m.cfg.Threads > 0 {
		if err := libtorch.SetThreads(m.cfg.Threads); err != nil {
			return fmt.Errorf("threads: %w", err)
		}
	}
	maxLength, err := embedding.StockMaxLength(m.cfg.Encoder)
	if err != nil {
		return command.Usage(err)
	}
	embedder, err := embedding.LoadStock(m.cfg.Encoder, maxLength, device)
	if err != nil {
		return err
	}
	embedder.Prefix = m.cfg.EncoderPrefix
	m.embedder = embedder
	return nil
}

func (m *meter) openModel(ctx context.Context) error {
	f := m.cfg.Fluency
	var texts []string
	if f.Reference != "" {
		var err error
		if texts, err = referenceTexts(f.Reference, f.Sentences); err != nil {
			return command.Usage(err)
		}
	}
	scorer, err := fluency.New(ctx, fluency.Model{BaseURL: f.BaseURL, Name: f.Model, Key: os.Getenv(f.KeyEnv), Top: f.Top,
		Concurrency: f.Concurrency, Timeout: seconds(f.TimeoutSeconds)})
	if err != nil {
		return fmt.Errorf("fluency: %w", err)
	}
	m.scorer = scorer
	if len(texts) == 0 {
		return nil
	}
	perplexity, beyond, err := m.perplexity(ctx, texts, "scoring "+filepath.Base(f.Reference))
	if err != nil {
		return err
	}
	perplexity.Note += m.tooLow(beyond)
	m.reference = &quality.Reference{Name: filepath.Base(f.Reference), Perplexity: perplexity}
	return nil
}

// measure measures a corpus file.
func (m *meter) measure(ctx context.Context, path string) (*quality.Measurements, error) {
	c, err := m.read(ctx, path)
	if err != nil {
		return nil, err
	}
	return m.judge(ctx, c)
}

func (m *meter) read(ctx context.Context, path string) (*quality.Corpus, error) {
	return quality.Read(ctx, path, m.tax, m.cfg.Sample, m.cfg.Seed)
}

// judge measures a corpus that was read.
func (m *meter) judge(ctx context.Context, c *quality.Corpus) (*quality.Measurements, error) {
	r := &quality.Measurements{Corpus: c, Measures: c.TextMeasures(m.tax), Reference: m.reference, Seed: m.cfg.Seed}
	if m.embedder != nil {
		more, err := c.Discriminability(ctx, m.embed, m.cfg.Seed)
		if err != nil {
			return nil, err
		}
		r.Measures = append(r.Measures, more...)
		r.Facts = append(r.Facts, quality.Fact{Name: "Encoder", Value: m.cfg.Encoder + ", mean pooling, not trained"})
	}
	if m.scorer != nil {
		perplexity, beyond, err := m.perplexity(ctx, c.Texts(m.cfg.Fluency.Sentences), "scoring "+filepath.Base(c.Path))
		if err != nil {
			return nil, err
		}
		perplexity.Note += m.tooLow(beyond)
		r.Measures = append(r.Measures, perplexity)
		r.Facts = append(r.Facts, quality.Fact{Name: "Language model", Value: fmt.Sprintf("%s, its log-probabilities read as %s", m.cfg.Fluency.Model, m.scorer.Alignment)})
	}
	return r, nil
}

// compare measures two corpora and, if reports is set, writes their reports.
func (m *meter) compare(ctx context.Context, a, b string, reports bool) (*quality.Comparison, error) {
	first, err := m.read(ctx, a)
	if err != nil {
		return nil, err
	}
	second, err := m.read(ctx, b)
	if err != nil {
		return nil, err
	}
	groups := quality.Level(first, second)
	var both []*quality.Measurements
	for _, c := range []*quality.Corpus{first, second} {
		r, err := m.judge(ctx, c)
		if err != nil {
			return nil, err
		}
		if m.embedder != nil {
			r.Facts = append(r.Facts, quality.Fact{Name: "Level-2 groups compared", Value: levelled(groups)})
		}
		if reports {
			if _, _, err := m.writeReport(r); err != nil {
				return nil, err
			}
		}
		both = append(both, r)
	}
	return quality.Compare(both[0], both[1]), nil
}

// levelled describes the groups on which a comparison measures silhouette and probe.
func levelled(groups int) string {
	if groups < 2 {
		return fmt.Sprintf("%d; a group needs %d sentences in both samples. Silhouette and probe need two groups and are left out: raise the sample or write more sentences", groups, quality.LeastOfGroup)
	}
	return fmt.Sprintf("%d, each with at least %d sentences in both samples; both samples use equally many sentences of each group", groups, quality.LeastOfGroup)
}

func (m *meter) embed(ctx context.Context, texts []string) ([][]float32, error) {
	bar := progress.NewUnit(int64(len(texts)), "embedding", "sentences")
	defer bar.Finish()
	vectors, err := m.embedder.Embed(ctx, texts, bar.Add)
	if err != nil {
		return nil, err
	}
	rows := make([][]float32, vectors.Len())
	for i := range rows {
		rows[i] = vectors.Row(i)
	}
	return rows, nil
}

// tooLow says by how many tokens a perplexity is too low.
func (m *meter) tooLow(beyond float64) string {
	if m.scorer.Alignment != fluency.OffByOne {
		return ""
	}
	return fmt.Sprintf("; too low, as %.1f%% of the tokens were not among the %d likely ones and count as the last of these", 100*beyond, m.cfg.Fluency.Top)
}

// perplexity also returns the share of the tokens that were beyond those that the server lists.
func (m *meter) perplexity(ctx context.Context, texts []string, what string) (perplexity quality.Measure, beyond float64, err error) {
	bar := progress.NewUnit(int64(len(texts)), what, "texts")
	defer bar.Finish()
	scores, err := m.scorer.Score(ctx, texts, func() { bar.Add(1) })
	if err != nil {
		return perplexity, 0, fmt.Errorf("fluency: %w", err)
	}
	costs, tokens, unlisted := make([]quality.Cost, len(scores)), 0, 0
	for i, s := range scores {
		tokens, unlisted = tokens+s.Tokens, unlisted+s.Beyond
		costs[i] = quality.Cost{Negative: -s.LogProbability, Tokens: s.Tokens}
	}
	return quality.Perplexity(costs), float64(unlisted) / float64(max(tokens, 1)), nil
}

// referenceTexts reads a text a line, or JSON lines with "text"; of the first most lines, those with at least three words or characters.
func referenceTexts(path string, most int) (texts []string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() && len(texts) < most {
		text := strings.TrimSpace(lines.Text())
		var row struct {
			Text string `json:"text"`
		}
		if strings.HasPrefix(text, "{") && json.Unmarshal([]byte(text), &row) == nil {
			text = strings.TrimSpace(row.Text)
		}
		if len(text) >= 12 {
			texts = append(texts, text)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(texts) < 2 {
		return nil, fmt.Errorf("%s: %d texts, want two at least", path, len(texts))
	}
	return texts, nil
}

// writeReport writes a corpus's report and page beside it, and returns where.
func (m *meter) writeReport(r *quality.Measurements) (reportPath, pagePath string, err error) {
	reportPath, pagePath = beside(r.Corpus.Path, ".report.json"), beside(r.Corpus.Path, ".report.html")
	writers, err := os.ReadFile(reportPath)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", "", fmt.Errorf("write the report: %w", err)
	}
	summary := r.Summary()
	joined, err := r.Joined(summary, writers)
	if err != nil {
		return "", "", fmt.Errorf("write the report: %s: %w", reportPath, err)
	}
	if err := writeJSON(reportPath, joined); err != nil {
		return "", "", err
	}
	err = atomicfile.Write(pagePath, func(w io.Writer) error {
		return r.WritePage(w, summary, func(skill int) string { return m.tax.Skills()[skill].PreferredLabel })
	})
	return reportPath, pagePath, err
}

func writeJSON(path string, content any) error {
	if err := atomicfile.Write(path, func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(content)
	}); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}
