package tokencache

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"skillspace/data/tokenize"
)

const encoder = "../../testdata/tiny-bert"

func load(t testing.TB, path string) *tokenize.Tokenizer {
	t.Helper()
	tokenizer, err := tokenize.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return tokenizer
}

func sentences(n int) []string {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = fmt.Sprintf("you maintain %d machines, and %s", i, strings.Repeat("drive trucks ", i%7))
	}
	texts[0] = ""
	return texts
}

func cacheFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// logged collects what is logged while f runs.
func logged(t *testing.T, f func()) string {
	t.Helper()
	var out bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&out, nil)))
	defer slog.SetDefault(before)
	f()
	return out.String()
}

func mustEncode(t *testing.T, dir string, tokenizer *tokenize.Tokenizer, texts []string, maxLength int) [][]int32 {
	t.Helper()
	ids, err := encode(context.Background(), dir, tokenizer, texts, maxLength)
	if err != nil {
		t.Fatal(err)
	}
	want, err := tokenizer.EncodeBatch(context.Background(), texts, maxLength)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(ids, want) {
		t.Fatal("the ids are not those that the tokenizer gives")
	}
	return ids
}

func TestHitGivesWhatTheTokenizerGives(t *testing.T) {
	dir, tokenizer, texts := filepath.Join(t.TempDir(), "a", "b"), load(t, encoder), sentences(300)
	mustEncode(t, dir, tokenizer, texts, 16)
	files := cacheFiles(t, dir)
	if len(files) != 1 {
		t.Fatalf("the cache holds %v", files)
	}
	key, err := keyOf(tokenizer, texts, 16)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := read(files[0], key, tokenizer, texts, 16); err != nil {
		t.Fatalf("no hit: %v", err)
	}
	mustEncode(t, dir, tokenizer, texts, 16)

	// Another length, other texts and other boundaries between the same texts have their own files.
	mustEncode(t, dir, tokenizer, texts, 12)
	mustEncode(t, dir, tokenizer, texts[1:], 16)
	mustEncode(t, dir, tokenizer, []string{"ab", "c"}, 16)
	mustEncode(t, dir, tokenizer, []string{"a", "bc"}, 16)
	if files := cacheFiles(t, dir); len(files) != 5 {
		t.Errorf("the cache holds %v", files)
	}
}

func TestAnotherTokenizerIsNoHit(t *testing.T) {
	texts := sentences(10)
	first, err := keyOf(load(t, encoder), texts, 16)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for _, path := range load(t, encoder).Files() {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(path) == "tokenizer_config.json" {
			content = append(content, '\n')
		}
		if err := os.WriteFile(filepath.Join(folder, filepath.Base(path)), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	second, err := keyOf(load(t, folder), texts, 16)
	if err != nil {
		t.Fatal(err)
	}
	if first == second {
		t.Error("a changed tokenizer has the same key")
	}
}

// TestDamageIsIgnoredAndMended flips bits and truncates a file at many positions.
func TestDamageIsIgnoredAndMended(t *testing.T) {
	dir, tokenizer, texts := t.TempDir(), load(t, encoder), sentences(9)
	mustEncode(t, dir, tokenizer, texts, 16)
	path := cacheFiles(t, dir)[0]
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damaged := [][]byte{nil, whole[:len(whole)-1], whole[:len(whole)/2], append(bytes.Clone(whole), 0, 0, 0, 0)}
	for i := range whole {
		flipped := bytes.Clone(whole)
		flipped[i] ^= 0x10
		damaged = append(damaged, flipped)
	}
	for i, content := range damaged {
		if _, err := decode(bytes.NewReader(content), int64(len(content)), keyFor(t, tokenizer, texts), len(texts), tokenizer.VocabSize()); !errors.Is(err, errDamaged) {
			t.Fatalf("damage %d: %v", i, err)
		}
	}
	for _, content := range [][]byte{damaged[1], damaged[len(damaged)/2]} {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		if out := logged(t, func() { mustEncode(t, dir, tokenizer, texts, 16) }); !strings.Contains(out, path) || !strings.Contains(out, "damaged") {
			t.Errorf("no warning that names the file: %q", out)
		}
		if mended, err := os.ReadFile(path); err != nil || !bytes.Equal(mended, whole) {
			t.Errorf("the file was not written again: %v", err)
		}
	}
}

func keyFor(t *testing.T, tokenizer *tokenize.Tokenizer, texts []string) [sha256.Size]byte {
	t.Helper()
	key, err := keyOf(tokenizer, texts, 16)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestOtherCodeIsFoundOut uses a file with the right key and checksum whose ids the tokenizer no longer produces.
func TestOtherCodeIsFoundOut(t *testing.T) {
	dir, tokenizer, texts := t.TempDir(), load(t, encoder), sentences(200)
	ids := mustEncode(t, dir, tokenizer, texts, 16)
	path := cacheFiles(t, dir)[0]
	for _, row := range ids {
		row[len(row)/2] = 1
	}
	if err := write(path, keyFor(t, tokenizer, texts), ids); err != nil {
		t.Fatal(err)
	}
	if out := logged(t, func() { mustEncode(t, dir, tokenizer, texts, 16) }); !strings.Contains(out, "otherwise") {
		t.Errorf("no warning: %q", out)
	}
}

func TestWithoutAFolderTextsAreEncoded(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	tokenizer, texts := load(t, encoder), sentences(20)
	if out := logged(t, func() { mustEncode(t, filepath.Join(file, "cache"), tokenizer, texts, 16) }); out == "" {
		t.Error("nothing is said of a cache that cannot be written")
	}
}

func TestOldFilesGo(t *testing.T) {
	dir, tokenizer := t.TempDir(), load(t, encoder)
	other := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(other, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var first string
	for n := range kept + 2 {
		mustEncode(t, dir, tokenizer, sentences(3+n), 16)
		if n == 0 {
			first = cacheFiles(t, dir)[0]
		}
		for _, path := range cacheFiles(t, dir) { // as if they were written a second apart
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(path, time.Time{}, info.ModTime().Add(-time.Second)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if files := cacheFiles(t, dir); len(files) != kept+1 {
		t.Errorf("%d files, want %d and the one that is not ours", len(files), kept)
	}
	if _, err := os.Stat(first); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the oldest file is still there: %v", err)
	}
}

func TestFewTextsAreNotCached(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	if _, err := Encode(t.Context(), dir, load(t, encoder), sentences(20), 16); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a cache for 20 texts: %v", err)
	}
}

func TestInterruptedEncodingLeavesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := encode(ctx, dir, load(t, encoder), sentences(20), 16); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a cache of an interrupted encoding: %v", err)
	}
}
