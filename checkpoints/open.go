package checkpoints

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"

	"skillspace/internal/atomicfile"
	"skillspace/internal/folder"
)

// Checkpoint is an open checkpoint: a folder with the files that its manifest names. It stays the version that was
// opened, also where a trainer saves another one at its path.
type Checkpoint struct {
	Manifest *Manifest
	folder   *folder.Folder
	verified map[string]bool // the files whose checksum was compared
}

// openAttempts bounds how often a checkpoint that is replaced while it is opened is opened again.
const openAttempts = 100

// Open opens a checkpoint of one of the wanted kinds, or of any. It reads the manifest and opens the files that it
// names. It does not read them: [Checkpoint.Verify] does, and so does loading.
func Open(dir string, want ...Kind) (*Checkpoint, error) {
	if err := atomicfile.Recover(dir); err != nil {
		return nil, fmt.Errorf("checkpoint %s: %w", dir, err)
	}
	for attempt := 1; ; attempt++ {
		in, err := folder.Open(dir)
		if err != nil {
			return nil, fmt.Errorf("checkpoint: %w (a checkpoint is a folder with a %s, such as RUN/checkpoints/best)", err, manifestName)
		}
		m, err := pinned(in)
		if err == nil && len(want) > 0 && !slices.Contains(want, m.Kind) {
			err = fmt.Errorf("checkpoint %s: it holds a %s, want a %s", dir, m.Kind, want[0])
		}
		if err == nil {
			return &Checkpoint{Manifest: m, folder: in, verified: map[string]bool{}}, nil
		}
		// A save that replaces the folder removes the old files, maybe before all of them are open.
		again := errors.Is(err, fs.ErrNotExist) && in.Moved() && attempt < openAttempts
		if err := errors.Join(err, in.Close()); !again {
			return nil, err
		}
	}
}

// pinned reads the manifest and opens the files that it names.
func pinned(in *folder.Folder) (*Manifest, error) {
	m, err := readManifest(in)
	if err != nil {
		return nil, err
	}
	if err := in.Pin(slices.Sorted(maps.Keys(m.Files))); err != nil {
		return nil, fmt.Errorf("checkpoint %s: %w: %w", in.Path(), ErrDamaged, err)
	}
	return m, nil
}

// Path returns the path at which the checkpoint was opened.
func (c *Checkpoint) Path() string { return c.folder.Path() }

// Folder returns the open folder. It has no files but those that the manifest names.
func (c *Checkpoint) Folder() *folder.Folder { return c.folder }

// Close closes the files. A loaded model does not need them.
func (c *Checkpoint) Close() error { return c.folder.Close() }

// Verify compares every file with the manifest. Errors name the file.
func (c *Checkpoint) Verify() error {
	for _, name := range slices.Sorted(maps.Keys(c.Manifest.Files)) {
		if err := c.VerifyFile(name); err != nil {
			return err
		}
	}
	return nil
}

// VerifyFile compares one file with the manifest, once. A file that the manifest does not name is an error that wraps
// [fs.ErrNotExist].
func (c *Checkpoint) VerifyFile(name string) error {
	if c.verified[name] {
		return nil
	}
	content, size, err := c.folder.Content(name)
	if err != nil {
		return fmt.Errorf("checkpoint %s: %w: %w", c.Path(), ErrDamaged, err)
	}
	if err := compare(name, content, size, c.Manifest.Files[name]); err != nil {
		return fmt.Errorf("checkpoint %s: %w", c.Path(), err)
	}
	c.verified[name] = true
	return nil
}

func compare(name string, content io.Reader, size int64, want File) error {
	if size != want.Bytes {
		return fmt.Errorf("%w: %s has %d bytes, want %d", ErrDamaged, name, size, want.Bytes)
	}
	hash := sha256.New()
	if n, err := io.Copy(hash, content); err != nil || n != size {
		return fmt.Errorf("%w: %s: %d of %d bytes are readable: %w", ErrDamaged, name, n, size, errors.Join(err, io.ErrUnexpectedEOF))
	}
	if hex.EncodeToString(hash.Sum(nil)) != want.SHA256 {
		return fmt.Errorf("%w: %s has another checksum than the one saved (altered or corrupt)", ErrDamaged, name)
	}
	return nil
}

// Verify opens the checkpoint at dir, compares every file with its manifest, and returns the manifest. Errors name the
// file.
func Verify(dir string) (*Manifest, error) {
	c, err := Open(dir)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := c.Verify(); err != nil {
		return nil, err
	}
	return c.Manifest, nil
}

// Peek reads a folder's manifest and checks its kind. It reads no other file, so a wrong folder is refused before long
// work; loading verifies the rest.
func Peek(dir string, want ...Kind) (*Manifest, error) {
	c, err := Open(dir, want...)
	if err != nil {
		return nil, err
	}
	return c.Manifest, c.Close()
}
