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

// A part ends, between two groups of ads, when it holds this many ads or bytes: both bound memory.
const (
	partAds   = 2000
	partBytes = 32 << 20
)

// Options say what an output is.
type Options struct {
	Encoding Encoding
	Filtered bool // a filter scores the sentences
	Shard    Shard
	Settings map[string]string // by name, what decides the results: another run with other ones does not go on here
	Resume   bool              // go on where an earlier run stopped, if there is one
}

// ErrBegun says that a folder holds the output of an earlier run, which Resume goes on with.
var ErrBegun = errors.New("it holds what an earlier run of this shard wrote; --resume goes on with it")

// Output writes results into the part files of a folder, each in one step. Everything that Advance has passed when the process dies
// is either in a whole part or done again. It is not safe for concurrent use; shards may share a folder.
type Output struct {
	dir      string
	o        Options
	progress progress
	encoder  partEncoder
	buffer   bytes.Buffer
	open     Total // of the part that is not written yet
	failed   bool  // a part could not be written: what it held is done again by the run that goes on
}

// Open makes or opens the folder. An earlier run of the shard is an error that wraps ErrBegun unless o.Resume is set.
func Open(dir string, o Options) (*Output, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("output: %w", err)
	}
	out := &Output{dir: dir, o: o}
	earlier, err := readProgress(progressPath(dir, o.Shard))
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

// checkParts wants the parts of an earlier run to be there.
func (out *Output) checkParts(parts int) error {
	for part := range parts {
		if _, err := os.Stat(out.partPath(part)); err != nil {
			return fmt.Errorf("output: a part of the earlier run is away: %w", err)
		}
	}
	return nil
}

// Done tells that an earlier run came to the end.
func (out *Output) Done() bool { return out.progress.Done }

// Position is where to go on.
func (out *Output) Position() Position { return out.progress.Position }

// Total counts what is in whole parts, earlier runs' included.
func (out *Output) Total() Total { return out.progress.Total }

// Write adds an ad to the part that is being made.
func (out *Output) Write(r render.Result) error {
	out.open.Ads++
	out.open.Sentences += len(r.Found)
	for _, f := range r.Found {
		out.open.Skills += len(f.Skills)
	}
	return out.encoder.write(r)
}

// Advance says that everything before p has been written, and ends the part if it is large enough.
func (out *Output) Advance(p Position) error {
	if out.open.Ads < partAds && out.buffer.Len() < partBytes {
		return nil
	}
	return out.endPart(p)
}

// Close writes what Advance left, up to p; done says that nothing is to come.
func (out *Output) Close(p Position, done bool) error {
	if out.failed {
		return nil // told by Advance
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
	out.encoder, err = newPartEncoder(out.o.Encoding, out.o.Filtered, &out.buffer)
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
