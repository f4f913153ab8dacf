package taxonomy

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds on what is read. The largest official file, skills_en.csv, has 9 MB; other languages have up to twice that. Its archive is
// 7 times smaller.
const (
	maxFileBytes  = 256 << 20 // of one file, uncompressed
	maxZIPEntries = 10_000
	maxZIPRatio   = 200     // of an entry's size to its compressed size
	freeZIPBytes  = 1 << 20 // an entry up to this size may have any ratio
)

// source is the files of a taxonomy: those of a folder and those in the ZIP archives of the folder, or those of one archive. Folders
// inside an archive do not count.
type source struct {
	path     string
	files    map[string][]place // by base name
	archives []*zip.ReadCloser
}

// place is where a file of a source lies.
type place struct {
	path  string    // for messages: the file, or archive.zip/entry
	entry *zip.File // nil for a file of the folder
}

// openSource opens a folder or a ZIP archive. Close releases the archives.
func openSource(path string) (*source, error) {
	s := &source{path: path, files: map[string][]place{}}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("load taxonomy: %w", err)
	}
	if !info.IsDir() {
		if !isZIP(path) {
			return nil, fmt.Errorf("load taxonomy: %s is a file; want a folder or a ZIP archive of ESCO (docs/taxonomy.md says how a list of one's own is read)", path)
		}
		err = s.addArchive(path)
	} else {
		err = s.addFolder()
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func isZIP(name string) bool { return strings.EqualFold(filepath.Ext(name), ".zip") }

func (s *source) addFolder() error {
	entries, err := os.ReadDir(s.path)
	if err != nil {
		return fmt.Errorf("load taxonomy: %w", err)
	}
	for _, entry := range entries {
		if entry.IsDir() {
			continue
		}
		full := filepath.Join(s.path, entry.Name())
		if !isZIP(entry.Name()) {
			s.files[entry.Name()] = append(s.files[entry.Name()], place{path: full})
			continue
		}
		if err := s.addArchive(full); err != nil {
			return err
		}
	}
	return nil
}

func (s *source) addArchive(file string) error {
	archive, err := zip.OpenReader(file)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return fmt.Errorf("load taxonomy: %s: %w", file, err)
	}
	s.archives = append(s.archives, archive)
	return s.addEntries(file, &archive.Reader)
}

// addEntries lists the files of an archive. Nothing is read yet.
func (s *source) addEntries(file string, archive *zip.Reader) error {
	if len(archive.File) > maxZIPEntries {
		return fmt.Errorf("load taxonomy: %s has %d entries, at most %d are read", file, len(archive.File), maxZIPEntries)
	}
	for _, entry := range archive.File {
		if !fs.ValidPath(strings.TrimSuffix(entry.Name, "/")) || strings.Contains(entry.Name, `\`) || !utf8.ValidString(entry.Name) {
			return fmt.Errorf("load taxonomy: %s: the name %q of an entry is no path inside the archive", file, entry.Name)
		}
		if entry.FileInfo().IsDir() || strings.HasPrefix(entry.Name, "__MACOSX/") {
			continue
		}
		name := path.Base(entry.Name)
		s.files[name] = append(s.files[name], place{path: file + "/" + entry.Name, entry: entry})
	}
	return nil
}

func (s *source) close() {
	for _, archive := range s.archives {
		archive.Close() // it was only read
	}
}

// names returns the base names of all files, sorted.
func (s *source) names() []string {
	names := make([]string, 0, len(s.files))
	for name := range s.files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (s *source) has(name string) bool { return len(s.files[name]) > 0 }

// read returns a file's path for messages and its text: bounded, without byte order mark, every line end a line feed. A file that is
// there more than once, such as in an archive and beside it, must have the same bytes everywhere.
func (s *source) read(name string) (path string, text []byte, err error) {
	places := s.files[name]
	if len(places) == 0 {
		return "", nil, fmt.Errorf("load taxonomy: %s: no %s: %w", s.path, name, fs.ErrNotExist)
	}
	for i, p := range places {
		bytesOf, err := p.read()
		if err != nil {
			return "", nil, err
		}
		if i > 0 && !bytes.Equal(bytesOf, text) {
			return "", nil, fmt.Errorf("load taxonomy: %s and %s differ; keep the one that is to be read", places[0].path, p.path)
		}
		text = bytesOf
	}
	return places[0].path, clean(text), nil
}

func (p place) read() ([]byte, error) {
	if p.entry != nil {
		return readEntry(p.path, p.entry)
	}
	file, err := os.Open(p.path)
	if err != nil {
		return nil, fmt.Errorf("read taxonomy: %w", err)
	}
	defer file.Close()
	return readBounded(p.path, file, maxFileBytes)
}

// readEntry reads an entry of an archive. The sizes that the archive states are not trusted: the bytes are counted.
func readEntry(path string, entry *zip.File) ([]byte, error) {
	if entry.Flags&1 != 0 {
		return nil, fmt.Errorf("read taxonomy: %s is encrypted", path)
	}
	most := uint64(freeZIPBytes)
	if entry.CompressedSize64 > freeZIPBytes/maxZIPRatio {
		most = min(entry.CompressedSize64, maxFileBytes) * maxZIPRatio
	}
	reader, err := entry.Open()
	if err != nil {
		return nil, fmt.Errorf("read taxonomy: %s: %w", path, err)
	}
	defer reader.Close()
	text, err := readBounded(path, reader, int(min(most, maxFileBytes)))
	if err != nil && most < maxFileBytes {
		return nil, fmt.Errorf("%w; it is compressed to less than 1/%d of its size, or damaged", err, maxZIPRatio)
	}
	return text, err
}

func readBounded(path string, from io.Reader, most int) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(from, int64(most)+1))
	if err != nil {
		return nil, fmt.Errorf("read taxonomy: %s: %w", path, err)
	}
	if len(text) > most {
		return nil, fmt.Errorf("read taxonomy: %s is larger than %d MiB", path, most>>20)
	}
	return text, nil
}
