package main

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
)

// entry is a file of the archive: its path below the archive's folder, and its content on the disk or in memory.
type entry struct {
	name    string
	source  string // file on the disk, if content is nil
	content []byte
	mode    fs.FileMode
}

// writeArchive writes the files below a folder of the archive, sorted by name, with one owner and one time, so that the
// same files give the same archive. An unfinished archive has another name, so the archive at path is always complete.
func writeArchive(path, folder string, files []entry) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	out, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, out.Close())
		if err != nil {
			os.Remove(path + ".part")
			return
		}
		err = os.Rename(path+".part", path)
	}()
	compressed, err := zstd.NewWriter(out, zstd.WithEncoderLevel(zstd.SpeedBetterCompression))
	if err != nil {
		return err
	}
	archive := tar.NewWriter(compressed)
	slices.SortFunc(files, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	for _, f := range files {
		if err := add(archive, folder, f); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return errors.Join(archive.Close(), compressed.Close())
}

func add(archive *tar.Writer, folder string, f entry) error {
	var reader io.Reader = strings.NewReader(string(f.content))
	size := int64(len(f.content))
	if f.content == nil {
		file, err := os.Open(f.source)
		if err != nil {
			return err
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			return err
		}
		reader, size = file, info.Size()
	}
	header := &tar.Header{Name: folder + "/" + f.name, Mode: int64(f.mode), Size: size, ModTime: time.Unix(0, 0), Format: tar.FormatPAX}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	_, err := io.Copy(archive, reader)
	return err
}

// unpack writes the files of an archive below a folder.
func unpack(path, folder string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	compressed, err := zstd.NewReader(file)
	if err != nil {
		return err
	}
	defer compressed.Close()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(folder) // no name of the archive leaves it
	if err != nil {
		return err
	}
	defer root.Close()
	archive := tar.NewReader(compressed)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		if err := extract(root, header, archive); err != nil {
			return fmt.Errorf("unpack %s: %w", header.Name, err)
		}
	}
}

func extract(root *os.Root, header *tar.Header, content io.Reader) error {
	if err := root.MkdirAll(filepath.Dir(header.Name), 0o755); err != nil {
		return err
	}
	out, err := root.OpenFile(header.Name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, header.FileInfo().Mode())
	if err != nil {
		return err
	}
	_, err = io.Copy(out, content)
	return errors.Join(err, out.Close())
}
