package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// client gives up a host that does not answer. A file of a few megabytes may take its time.
var client = &http.Client{Timeout: 10 * time.Minute, Transport: &http.Transport{
	Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: 30 * time.Second,
}}

// fetchSet puts a set's files into its folder.
func (f *fetcher) fetchSet(ctx context.Context, s set) error {
	folder := filepath.Join(f.folder, s.folder)
	if other := foreign(folder, s); other != "" {
		fmt.Fprintf(f.out, "%-28s kept: %s is not from here\n", s.folder, filepath.Join(folder, other))
		return nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	var from []string
	for _, file := range s.files {
		source, err := f.fetchFile(ctx, filepath.Join(folder, file.name), file)
		if err != nil {
			os.Remove(folder) // if it is empty
			if s.byHand != "" {
				return fmt.Errorf("%w; by hand: %s (%s)", err, s.byHand, folder)
			}
			return err
		}
		from = append(from, source)
	}
	fmt.Fprintf(f.out, "%-28s %d files, %s\n", s.folder, len(s.files), from[0])
	return nil
}

// foreign returns a file of ESCO that the user has put into a set's folder, such as another version; "" if there is none.
func foreign(folder string, s set) string {
	entries, err := os.ReadDir(folder)
	if err != nil || s.folder != "esco" {
		return ""
	}
	ours := map[string]bool{}
	for _, file := range s.files {
		ours[file.name] = true
	}
	for _, entry := range entries {
		name := entry.Name()
		if !ours[name] && (strings.HasPrefix(name, "skills") || strings.HasSuffix(strings.ToLower(name), ".zip")) {
			return name
		}
	}
	return ""
}

// fetchFile makes target the file that is pinned and says where it came from.
func (f *fetcher) fetchFile(ctx context.Context, target string, want file) (string, error) {
	if _, err := os.Stat(target); err == nil {
		if err := verify(target, want); err != nil {
			return "", fmt.Errorf("%w; remove it to fetch it again", err)
		}
		return "already there", nil
	}
	copied := filepath.Join(f.shared, filepath.FromSlash(want.shared))
	if source, err := os.Open(copied); err == nil {
		defer source.Close()
		return "copied from " + f.shared, save(target, source, want)
	}
	if want.url == "" {
		return "", fmt.Errorf("%s cannot be downloaded", want.name)
	}
	return "downloaded", f.download(ctx, target, want)
}

func (f *fetcher) download(ctx context.Context, target string, want file) error {
	address := f.host + "/" + (&url.URL{Path: want.url}).EscapedPath()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", address, response.Status)
	}
	return save(target, response.Body, want)
}

// save writes a file and gives it its name once it is verified. At most one byte more than the pinned size is read.
func save(target string, from io.Reader, want file) error {
	part, err := os.CreateTemp(filepath.Dir(target), ".datasets-*")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name()) // gone after the rename
	_, err = io.Copy(part, io.LimitReader(from, want.bytes+1))
	if err := errors.Join(err, part.Chmod(0o644), part.Close()); err != nil {
		return fmt.Errorf("%s: %w", want.name, err)
	}
	if err := verify(part.Name(), want); err != nil {
		return err
	}
	return os.Rename(part.Name(), target)
}

// verify compares a file with the sha256 that is pinned.
func verify(path string, want file) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != want.sha256 {
		return fmt.Errorf("%s is another file than the one pinned (sha256 %s, want %s)", want.name, got, want.sha256)
	}
	return nil
}

// linkModels links the models of ../shared.
func (f *fetcher) linkModels() {
	for _, name := range models {
		link := filepath.Join(f.folder, name)
		if _, err := os.Lstat(link); err == nil {
			continue
		}
		source, err := filepath.Abs(filepath.Join(f.shared, "models", name))
		if err == nil {
			_, err = os.Stat(source)
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			fmt.Fprintf(f.out, "%-28s is not public; fetch-model intfloat/multilingual-e5-small gets the original\n", name)
			continue
		case err == nil:
			err = os.Symlink(source, link)
		}
		if err != nil {
			fmt.Fprintf(f.out, "%-28s %v\n", name, err)
			continue
		}
		fmt.Fprintf(f.out, "%-28s linked to %s\n", name, source)
	}
}
