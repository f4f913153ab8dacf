package tokenize

import (
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestIdentity compares the ids of thousands of lines with checksums of Hugging Face's ids.
// scripts/tokenizer-references/hash_lines.py wrote the checksums. TestParityFull shows the ids that it compares.
func TestIdentity(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("testdata", "hashes", "*.crc32"))
	if err != nil || len(paths) < 10 {
		t.Fatalf("%d files of checksums, want at least 10: %v", len(paths), err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".crc32")
		t.Run(name, func(t *testing.T) {
			set, tokenizer, _ := strings.Cut(name, "-")
			compareChecksums(t, referenceTokenizer(t, tokenizer), lineSets[set](t), path)
		})
	}
}

// leastLines is the minimum number of lines of each set.
var leastLines = map[string]int{"mixed": 5000, "ads": 4900}

func compareChecksums(t *testing.T, tokenizer *Tokenizer, lines []string, path string) {
	sums, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if least := leastLines[filepath.Base(path)[:strings.Index(filepath.Base(path), "-")]]; len(sums) != 4*len(lines) || len(lines) < least {
		t.Fatalf("%s has %d bytes for %d lines, want 4 a line and %d lines", path, len(sums), len(lines), least)
	}
	different := 0
	for i, line := range lines {
		full, short := tokenizer.Encode(line, 0), tokenizer.Encode(line, truncated)
		if checksum(full, short) == binary.LittleEndian.Uint32(sums[4*i:]) {
			continue
		}
		if different++; different <= 5 {
			t.Errorf("line %d: %.200q\n gives other ids than Hugging Face: %.60v, cut %v", i+1, line, full, short)
		}
	}
	if different > 0 {
		t.Errorf("%d of %d lines differ", different, len(lines))
	}
}

// checksum computes the same checksum as hash_lines.py.
func checksum(full, short []int32) uint32 {
	raw := make([]byte, 0, 4*(len(full)+len(short)+1))
	for _, ids := range [][]int32{full, {-1}, short} {
		for _, id := range ids {
			raw = binary.LittleEndian.AppendUint32(raw, uint32(id))
		}
	}
	return crc32.ChecksumIEEE(raw)
}
