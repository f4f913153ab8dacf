package jobad

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden file anew")

const goldenFile = "testdata/segments.jsonl"

// goldenAd is an ad of ../shared/data as the repository may hold it: a hash of its text and the byte offsets
// of its segments.
type goldenAd struct {
	ID       string   `json:"id"`
	SHA256   string   `json:"sha256"` // the first 16 digits
	Segments [][2]int `json:"segments"`
}

// TestSegmentsStayAsTheyWere compares the segments of 58 English and 20 Chinese ads with those that a person
// has read. Each ad is split twice: with one sentence a line, and run together. Read every difference before
// you write the file anew with -update.
func TestSegmentsStayAsTheyWere(t *testing.T) {
	texts := map[string]string{}
	readSkillSpan(t, texts)
	readChinese(t, texts)
	if *update {
		writeGolden(t, texts)
		return
	}
	content, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for line := range bytes.Lines(content) {
		var want goldenAd
		if err := json.Unmarshal(line, &want); err != nil {
			t.Fatal(err)
		}
		ad, known := texts[want.ID]
		if !known || hashOf(ad) != want.SHA256 {
			t.Fatalf("%s: ../shared/data holds another text", want.ID)
		}
		seen++
		if got := offsets(ad); !slices.Equal(got, want.Segments) {
			t.Errorf("%s: segments differ\n%s", want.ID, difference(ad, got, want.Segments))
		}
	}
	if seen != len(texts) {
		t.Errorf("the golden file has %d ads, ../shared/data %d", seen, len(texts))
	}
}

func offsets(ad string) [][2]int {
	list := [][2]int{}
	for _, s := range Split(ad) {
		list = append(list, [2]int{s.Start, s.End})
	}
	return list
}

func hashOf(ad string) string {
	sum := sha256.Sum256([]byte(ad))
	return hex.EncodeToString(sum[:8])
}

// difference lists the segments that only one side has, in order.
func difference(ad string, got, want [][2]int) string {
	var b strings.Builder
	for len(got) > 0 || len(want) > 0 {
		switch {
		case len(got) > 0 && len(want) > 0 && got[0] == want[0]:
			got, want = got[1:], want[1:]
		case len(want) == 0 || len(got) > 0 && got[0][0] < want[0][0] || len(got) > 0 && got[0][0] == want[0][0] && got[0][1] < want[0][1]:
			fmt.Fprintf(&b, "  + %q\n", ad[got[0][0]:got[0][1]])
			got = got[1:]
		default:
			fmt.Fprintf(&b, "  - %q\n", ad[want[0][0]:want[0][1]])
			want = want[1:]
		}
	}
	return b.String()
}

func writeGolden(t *testing.T, texts map[string]string) {
	t.Helper()
	ids := make([]string, 0, len(texts))
	for id := range texts {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var out bytes.Buffer
	for _, id := range ids {
		line, err := json.Marshal(goldenAd{id, hashOf(texts[id]), offsets(texts[id])})
		if err != nil {
			t.Fatal(err)
		}
		out.Write(append(line, '\n'))
	}
	if err := os.WriteFile(goldenFile, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// readSkillSpan reads the postings of SkillSpan's development set, whose tokens are put together again.
func readSkillSpan(t *testing.T, texts map[string]string) {
	t.Helper()
	postings := map[int][]string{}
	for lines := sharedLines(t, "skillspan/dev.json"); lines.Scan(); {
		var row struct {
			Idx    int
			Tokens []string
		}
		unmarshalLine(t, lines, &row)
		postings[row.Idx] = append(postings[row.Idx], joinTokens.Replace(strings.Join(row.Tokens, " ")))
	}
	for idx, sentences := range postings {
		texts[fmt.Sprintf("skillspan-%04d-lines", idx)] = strings.Join(sentences, "\n")
		texts[fmt.Sprintf("skillspan-%04d-flat", idx)] = strings.Join(sentences, " ")
	}
}

func readChinese(t *testing.T, texts map[string]string) {
	t.Helper()
	for lines := sharedLines(t, "zh-ads/dev.jsonl"); lines.Scan(); {
		var ad struct {
			ID        string
			Sentences []struct{ Text string }
		}
		unmarshalLine(t, lines, &ad)
		var sentences []string
		for _, s := range ad.Sentences {
			sentences = append(sentences, s.Text)
		}
		texts[ad.ID+"-lines"] = strings.Join(sentences, "\n")
		texts[ad.ID+"-flat"] = strings.Join(sentences, "")
	}
}

func unmarshalLine(t *testing.T, lines *bufio.Scanner, to any) {
	t.Helper()
	if err := json.Unmarshal(lines.Bytes(), to); err != nil {
		t.Fatal(err)
	}
}
