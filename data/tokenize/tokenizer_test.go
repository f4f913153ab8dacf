package tokenize

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

func cased(t testing.TB) *Tokenizer {
	t.Helper()
	return referenceTokenizer(t, "cased")
}

func goldenTexts(t testing.TB) (texts []string) {
	t.Helper()
	for _, r := range readReference(t, filepath.Join("testdata", "golden.jsonl")) {
		texts = append(texts, r.Text)
	}
	return texts
}

// TestTruncation checks every length on every golden text. The special tokens stay, and tokens are dropped at the
// end.
func TestTruncation(t *testing.T) {
	tokenizer := cased(t)
	cls, _ := tokenizer.TokenID("[CLS]")
	sep, _ := tokenizer.TokenID("[SEP]")
	for _, text := range goldenTexts(t) {
		full := tokenizer.Encode(text, 0)
		for _, length := range []int{1, 2, 3, 4, 7, 16, len(full) - 1, len(full), len(full) + 1, noLimit} {
			want := full
			if length < len(full) {
				want = append(slices.Clone(full[:max(1, length-1)]), sep)
			}
			got := tokenizer.Encode(text, length)
			if !slices.Equal(got, want) {
				t.Fatalf("%.80q cut to %d: %v, want %v", text, length, got, want)
			}
			if got[0] != cls {
				t.Fatalf("%.80q cut to %d starts with %d, want [CLS]", text, length, got[0])
			}
		}
	}
	if negative := tokenizer.Encode("a b c d", -5); !slices.Equal(negative, tokenizer.Encode("a b c d", 0)) {
		t.Errorf("a negative length gives %v, want no limit", negative)
	}
}

// TestTruncationStopsEarly checks that a huge text is not read to its end.
func TestTruncationStopsEarly(t *testing.T) {
	tokenizer := cased(t)
	huge := strings.Repeat("[MASK]", 10<<20)
	start := time.Now()
	if got := len(tokenizer.Encode(huge, truncated)); got != truncated {
		t.Errorf("%d ids, want %d", got, truncated)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("60 MB cut to %d ids took %v", truncated, took)
	}
}

func TestInvalidUTF8(t *testing.T) {
	tokenizer := cased(t)
	for _, text := range []string{"a\xffb", "\xc3", "\xed\xa0\x80", "a [MASK]\xe2\x82 b", "\xf4\x90\x80\x80"} {
		got, want := tokenizer.Encode(text, 0), tokenizer.Encode(strings.ToValidUTF8(text, "\uFFFD"), 0)
		if !slices.Equal(got, want) {
			t.Errorf("%q gives %v, want %v as with U+FFFD", text, got, want)
		}
	}
}

func TestEncodeOwnsItsResult(t *testing.T) {
	tokenizer := cased(t)
	first := tokenizer.Encode("welding", 0)
	kept := slices.Clone(first)
	tokenizer.Encode("Python negotiates customer relationships", 0)
	if !slices.Equal(first, kept) {
		t.Errorf("a later Encode changed an earlier result: %v, was %v", first, kept)
	}
}

// TestConcurrent encodes the same texts on many goroutines, also for the race detector.
func TestConcurrent(t *testing.T) {
	tokenizer, texts := cased(t), goldenTexts(t)
	want := make([][]int32, len(texts))
	for i, text := range texts {
		want[i] = tokenizer.Encode(text, 0)
	}
	var group sync.WaitGroup
	for start := range 8 {
		group.Go(func() {
			for i := range texts {
				i = (i + start*50) % len(texts)
				if got := tokenizer.Encode(texts[i], 0); !slices.Equal(got, want[i]) {
					t.Errorf("%.80q gives %v beside others, want %v", texts[i], got, want[i])
					return
				}
			}
		})
	}
	group.Wait()
}

func TestEncodeBatch(t *testing.T) {
	tokenizer, texts := cased(t), goldenTexts(t)
	for _, length := range []int{0, truncated} {
		batch, err := tokenizer.EncodeBatch(context.Background(), texts, length)
		if err != nil {
			t.Fatal(err)
		}
		for i, text := range texts {
			if want := tokenizer.Encode(text, length); !slices.Equal(batch[i], want) {
				t.Fatalf("text %d of the batch gives %v, alone %v", i, batch[i], want)
			}
		}
	}
	if batch, err := tokenizer.EncodeBatch(context.Background(), nil, 0); err != nil || len(batch) != 0 {
		t.Errorf("an empty batch gives %v, %v", batch, err)
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	if batch, err := tokenizer.EncodeBatch(cancelled, texts, 0); !errors.Is(err, context.Canceled) || batch != nil {
		t.Errorf("cancelled: %d rows, %v", len(batch), err)
	}
}

func TestTokenID(t *testing.T) {
	tokenizer := cased(t)
	for _, name := range []string{"[PAD]", "[MASK]", "##b", "<both>", "Zoë\tUnion"} {
		if _, ok := tokenizer.TokenID(name); !ok {
			t.Errorf("no id for %q", name)
		}
	}
	if id, ok := tokenizer.TokenID("no such token"); ok {
		t.Errorf("an unknown token has id %d", id)
	}
}

// FuzzEncode checks properties of every text: ids are inside the vocabulary, special tokens are at the ends, a
// truncated result is a prefix of the whole, and invalid bytes count as U+FFFD.
func FuzzEncode(f *testing.F) {
	for _, text := range []string{"", "welding Zoë 漢字 [MASK]", " <both> \u0301İ\x00", "naïve\xff", strings.Repeat("é", 101), "<left><right>  <both>est"} {
		f.Add(text, uint8(5))
	}
	tokenizer := cased(f)
	f.Fuzz(func(t *testing.T, text string, length uint8) {
		full := tokenizer.Encode(text, 0)
		for _, id := range full {
			if id < 0 || int(id) >= tokenizer.VocabSize() {
				t.Fatalf("%q: id %d outside the vocabulary of %d", text, id, tokenizer.VocabSize())
			}
		}
		if len(full) < 2 || full[0] != tokenizer.prefix[0] || full[len(full)-1] != tokenizer.suffix[0] {
			t.Fatalf("%q: no special tokens around %v", text, full)
		}
		limit := int(length) + 2
		if cut := tokenizer.Encode(text, limit); len(cut) != min(limit, len(full)) || !slices.Equal(cut[:len(cut)-1], full[:len(cut)-1]) {
			t.Fatalf("%q cut to %d: %v, whole %v", text, limit, cut, full)
		}
		if !utf8.ValidString(text) && !slices.Equal(full, tokenizer.Encode(strings.ToValidUTF8(text, "\uFFFD"), 0)) {
			t.Fatalf("%q: invalid bytes are not U+FFFD", text)
		}
	})
}

// BenchmarkEncode reports the tokens per second of one thread on plain English and Chinese job ads, and on the
// golden lines.
func BenchmarkEncode(b *testing.B) {
	english := strings.Fields("You will negotiate contracts with suppliers, maintain customer relationships and supervise a team of twelve welders. Experience with Python, SQL and cloud-based systems is an advantage; fluent written English is required.")
	chinese := "负责公司核心产品的后端开发，熟练使用Go语言和数据库，具备良好的沟通能力和团队合作精神；三年以上相关工作经验，英语读写流利者优先。"
	for name, texts := range map[string][]string{"english": {strings.Join(english, " ")}, "chinese": {chinese}, "golden": goldenTexts(b)} {
		for _, tokenizer := range []string{"minilm", "bge", "cased", "e5", "roberta"} {
			b.Run(tokenizer+"/"+name, func(b *testing.B) {
				t := referenceTokenizer(b, tokenizer)
				b.ReportAllocs()
				tokens := 0
				for i := 0; b.Loop(); i++ {
					tokens += len(t.Encode(texts[i%len(texts)], 0))
				}
				b.ReportMetric(float64(tokens)/b.Elapsed().Seconds(), "tokens/s")
			})
		}
	}
}
