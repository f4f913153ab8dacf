package tokenize

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// lineSets are the texts of identity_test.go's checksums. They are generated, so that none need be committed.
var lineSets = map[string]func(testing.TB) []string{"mixed": mixedLines, "ads": adLines}

// linesEnv names a folder for TestWriteLines.
const linesEnv = "SKILLSPACE_TOKENIZER_LINES"

// TestWriteLines writes the line sets for scripts/tokenizer-references/hash_lines.py.
func TestWriteLines(t *testing.T) {
	folder := os.Getenv(linesEnv)
	if folder == "" {
		t.Skipf("%s is not set: scripts/tokenizer-references/run.sh sets it", linesEnv)
	}
	for name, lines := range lineSets {
		t.Run(name, func(t *testing.T) {
			var file bytes.Buffer
			to := json.NewEncoder(&file)
			for _, line := range lines(t) {
				if err := to.Encode(line); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(filepath.Join(folder, name+".jsonl"), file.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// mixer draws from a fixed sequence of numbers (splitmix64): the same on every machine and with every Go version.
type mixer uint64

func (m *mixer) below(n int) int {
	*m += 0x9E3779B97F4A7C15
	z := uint64(*m)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return int((z ^ z>>31) % uint64(n))
}

func (m *mixer) of(list []string) string { return list[m.below(len(list))] }

var (
	sentences = []string{
		"You will negotiate contracts with suppliers and maintain customer relationships.", "We don't need 3+ years' experience, you'll learn on the job!",
		"负责公司核心产品的后端开发，熟练使用Go语言和数据库；三年以上相关工作经验。", "能够独立完成财务报表（含合并报表），英语读写流利者优先。",
		"Gestión de almacén e inventario.", "Vous gérez l'équipe à Besançon, où naît l'œuvre.", "Работа с клиентами, знание 1С.", "データ分析と機械学習の経験",
	}
	specials = []string{"<s>", "</s>", "<pad>", "<unk>", "<mask>", " <mask> ", "[MASK]", "[SEP]", "＜mask＞", "<mask", "##ing", "▁", "Ġ", "▁▁the"}
	numbers  = []string{"0", "42", "1,000.50", "24/7", "100%", "€99", "½", "١٢٣", "Ⅷ", "2026-03-01", "+49 30 1234567", "3.14159265358979", "１２３"}
	links    = []string{"https://example.org/jobs?id=17&lang=zh#apply", "user.name+tag@example.co.uk", "www.example.com/a_b-c", "C:\\temp\\x.txt", "#hiring", "@team"}
	breaks   = []string{" ", " ", " ", " ", " ", "  ", "   ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\u2003", "\u200b", "\x00", "\x1f", "\u2028", "\ufeff", "", ""}
)

// mixedLines returns the golden texts, and lines composed of their words and the lists above.
func mixedLines(t testing.TB) []string {
	lines := append(goldenTexts(t)[:400], "", " ", "  \t ", "'s", strings.Repeat("long", 200), strings.Repeat("漢", 700))
	words := strings.Fields(strings.Join(lines[:400], " "))
	from := mixer(5)
	for len(lines) < 5200 {
		var line strings.Builder
		for range 1 + from.below(20) {
			switch from.below(12) {
			case 0:
				line.WriteString(from.of(sentences))
			case 1:
				line.WriteString(from.of(specials))
			case 2:
				line.WriteString(from.of(numbers))
			case 3:
				line.WriteString(from.of(links))
			case 4:
				line.WriteString(strings.ToUpper(from.of(words[:50])) + strings.Repeat(from.of(words), 1+from.below(5)))
			case 5:
				if r := rune(from.below(0x32000)); r < 0xD800 || r > 0xDFFF {
					line.WriteRune(r)
				}
			default:
				line.WriteString(from.of(words))
			}
			line.WriteString(from.of(breaks))
		}
		lines = append(lines, line.String())
	}
	return lines
}

// adLines returns real sentences: those of the Chinese ads in ../shared, and 4,700 of SkillSpan.
func adLines(t testing.TB) (lines []string) {
	folder := filepath.Join(root, "..", "shared", "data")
	for _, record := range jsonLines(t, filepath.Join(folder, "zh-ads", "dev.jsonl")) {
		for _, sentence := range record.Sentences {
			lines = append(lines, sentence.Text)
		}
	}
	for _, record := range jsonLines(t, filepath.Join(folder, "skillspan", "train.json"))[:4700] {
		lines = append(lines, strings.Join(record.Tokens, " "))
	}
	return lines
}

type adRecord struct {
	Sentences []struct{ Text string }
	Tokens    []string
}

func jsonLines(t testing.TB, path string) (records []adRecord) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Skipf("%v (../shared is not part of the repository)", err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var record adRecord
		if err := json.Unmarshal(lines.Bytes(), &record); err != nil {
			t.Fatalf("%s:%d: %v", path, len(records)+1, err)
		}
		records = append(records, record)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return records
}
