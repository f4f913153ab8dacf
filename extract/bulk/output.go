package bulk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"skillspace/extract/render"
	"skillspace/internal/atomicfile"
)

// A part ends between two groups of ads, once it holds this many ads or bytes. Both limits bound memory.
const (
	partAds   = 2000
	partBytes = 32 << 20
)

// Options describe an output.
type Options struct {
	Encoding Encoding
	Render   render.Options
	Shard    Shard
	Settings map[string]string // settings that change the results, by name; a run with other settings cannot continue this one
	Resume   bool              // continue where an earlier run stopped, if there is one
}

// ErrBegun means that a folder holds the output of an earlier run, which Options.Resume continues.
var ErrBegun = errors.New("it holds what an earlier run of this shard wrote; --resume continues that run")

// Output writes results into the part files of a folder, each atomically. If the process dies, the run that
// continues extracts every ad again that is not in a complete part. Output is not safe for concurrent use.
// Shards may share a folder.
type Output struct {
	dir      string
	o        Options
	progress progress
	encoder  partEncoder
	buffer   bytes.Buffer
	open     Total // of the part that is not written yet
	failed   bool  // a part could not be written; the run that continues extracts its ads again
}

// Open makes or opens the folder. An earlier run of the shard is an error that wraps ErrBegun unless o.Resume is set.
func Open(dir string, o Options) (*Output, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("output: %w", err)
	}
	out := &Output{dir: dir, o: o}
	path := progressPath(dir, o.Shard)
	if err := renameOldProgress(path); err != nil {
		return nil, fmt.Errorf("output: %w", err)
	}
	earlier, err := readProgress(path)
	switch {
	case errors.Is(err, errNone):
		out.progress = progress{Version: progressVersion, Shard: o.Shard.String(), Settings: o.Settings}
	case err != nil:
		return nil, fmt.Errorf("output: %w", err)
	case !o.Resume:
		return nil, fmt.Errorf("output %s: %w", dir, ErrBegun)
	default:
		if err := earlier.sameRun(o.Settings); err != nil {
			return nil, fmt.Errorf("output %s: %w", dir, err)
		}
		if err := out.checkParts(earlier.Parts); err != nil {
			return nil, err
		}
		out.progress = *earlier
	}
	return out, out.begin()
}

// checkParts returns an error if a part of an earlier run is missing.
func (out *Output) checkParts(parts int) error {
	for part := range parts {
		if _, err := os.Stat(out.partPath(part)); err != nil {
			return fmt.Errorf("output: a part of the earlier run is missing: %w", err)
		}
	}
	return nil
}

// Done reports whether an earlier run was completed.
func (out *Output) Done() bool { return out.progress.Done }

// Position returns where to continue.
func (out *Output) Position() Position { return out.progress.Position }

// Total counts the content of the complete parts, including those of earlier runs.
func (out *Output) Total() Total { return out.progress.Total }

// Write adds an ad to the current part.
func (out *Output) Write(r render.Result) error {
	out.open.Ads++
	out.open.Sentences += len(r.Found)
	for _, f := range r.Found {
		out.open.Skills += len(f.Skills)
	}
	return out.encoder.Write(r)
}

// Advance records that everything before p has been written. It ends the current part if it is large enough.
func (out *Output) Advance(p Position) error {
	if out.open.Ads < partAds && out.buffer.Len() < partBytes {
		return nil
	}
	return out.endPart(p)
}

// Close writes the last part, up to p. done says that nothing is left to write.
func (out *Output) Close(p Position, done bool) error {
	if out.failed {
		return nil // Advance returned the error
	}
	out.progress.Done = done
	if out.open.Ads > 0 {
		return out.endPart(p)
	}
	out.progress.Position = p
	return out.saveProgress()
}

func (out *Output) begin() error {
	out.buffer.Reset()
	out.open = Total{}
	var err error
	out.encoder, err = newPartEncoder(out.o.Encoding, out.o.Render, &out.buffer)
	return err
}

func (out *Output) endPart(p Position) (err error) {
	defer func() { out.failed = err != nil }()
	if err := out.encoder.close(); err != nil {
		return fmt.Errorf("output: %w", err)
	}
	err = atomicfile.Write(out.partPath(out.progress.Parts), func(w io.Writer) error {
		_, err := w.Write(out.buffer.Bytes())
		return err
	})
	if err != nil {
		return fmt.Errorf("output: %w", err)
	}
	out.progress.Parts++
	out.progress.Position = p
	total := &out.progress.Total
	total.Ads, total.Sentences, total.Skills = total.Ads+out.open.Ads, total.Sentences+out.open.Sentences, total.Skills+out.open.Skills
	if err := out.saveProgress(); err != nil {
		return err
	}
	return out.begin()
}

func (out *Output) saveProgress() error {
	if err := out.progress.write(progressPath(out.dir, out.o.Shard)); err != nil {
		return fmt.Errorf("output: %w", err)
	}
	return nil
}

func (out *Output) partPath(part int) string {
	name := fmt.Sprintf("part-%06d.%s", part, out.o.Encoding)
	if out.o.Shard.Count > 1 {
		name = fmt.Sprintf("shard-%05d-of-%05d-%s", out.o.Shard.Index, out.o.Shard.Count, name)
	}
	return filepath.Join(out.dir, name)
}
