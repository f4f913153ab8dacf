package ads

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// read returns "id=text" of every ad.
func read(t *testing.T, content string, o Layout) (ads []string, rejects string, err error) {
	t.Helper()
	r, err := Stream(t.Context(), "in", strings.NewReader(content), o, func(ad Ad) error {
		ads = append(ads, ad.ID+"="+ad.Text)
		return nil
	})
	if r != nil && r.Rows > 0 {
		rejects = strings.Join(r.Named, "|")
	}
	return ads, rejects, err
}

func TestStream(t *testing.T) {
	for name, c := range map[string]struct {
		content       string
		options       Layout
		ads, rejected string
	}{
		"text":         {"Line one.\n\nLine two.\n", Layout{Format: Text}, "in=Line one.\n\nLine two.\n", ""},
		"json":         {`{"text":"a"}` + "\n" + `{"text":"b","id":"x"}` + "\n" + `{"text":"c","id":7}` + "\n\n", Layout{Format: JSONL, TextColumn: "text"}, "in:1=a;x=b;7=c", ""},
		"json columns": {`{"ad":" a ","ref":"r1"}` + "\n" + `{"ad":"b"}`, Layout{Format: JSONL, TextColumn: "ad", IDColumn: "ref"}, "r1= a ", `in:2: "ref" is neither a text nor a number`},
		"json odd id":  {`{"text":"a","id":{"x":1}}`, Layout{Format: JSONL, TextColumn: "text"}, "in:1=a", ""},
		"json bad rows": {"{\"text\":\"ok\"}\nnot json\n[1]\n{\"text\":3}\n{\"text\":null}\n{\"body\":\"x\",\"a\":1}\n{\"text\":\" \"}\n{\"text\":\"\\u0000\"}\n{\"text\":\"\xff\"}",
			Layout{Format: JSONL, TextColumn: "text"}, "in:1=ok",
			`in:2: not a JSON object: invalid character 'o' in literal null (expecting 'u')|in:3: not a JSON object: json: cannot unmarshal array into Go value of type map[string]json.RawMessage` +
				`|in:4: "text" is not a text|in:5: "text" is not a text|in:6: no key "text"; there are a, body|in:7: the text is empty|in:8: holds zero bytes: a binary file, not text|in:9: not UTF-8 text`},
		"csv": {"id,text\n1,\"a, b\nc\"\n,d\n3\n4, e \n", Layout{Format: CSV, TextColumn: "text"}, "1=a, b\nc;in:4=d;4= e ", "in:5: the row is too short to have a text"},
	} {
		ads, rejected, err := read(t, c.content, c.options)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := strings.Join(ads, ";"); got != c.ads {
			t.Errorf("%s: ads %q, want %q", name, got, c.ads)
		}
		if rejected != c.rejected {
			t.Errorf("%s: rejected\n%s\nwant\n%s", name, rejected, c.rejected)
		}
	}
}

func TestNothingToRead(t *testing.T) {
	for content, want := range map[string]string{
		"":              "read in: it is empty",
		"{\"a\":1}\n[]": `read in: no row is an ad (rows: 2); the first: in:1: no key "text"; there are a`,
	} {
		if _, _, err := read(t, content, Layout{Format: JSONL, TextColumn: "text"}); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", content, err, want)
		}
	}
	for content, want := range map[string]string{"": "empty", "\x00\x01\x02": "binary", "caf\xe9": "UTF-8"} {
		if _, _, err := read(t, content, Layout{Format: Text}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", content, err, want)
		}
	}
	if _, _, err := read(t, "a,b\n1,2\n", Layout{Format: CSV, TextColumn: "text"}); err == nil || !strings.Contains(err.Error(), "missing column text") {
		t.Errorf("CSV without the column: %v", err)
	}
	if _, _, err := read(t, strings.Repeat("x ", maxText), Layout{Format: Text}); err == nil || !strings.Contains(err.Error(), "larger than 16 MiB") {
		t.Errorf("a huge text: %v", err)
	}
}

func TestFormatOf(t *testing.T) {
	for path, want := range map[string]Format{
		"a.txt": Auto, "a": Auto, "x/a.JSONL": JSONL, "a.ndjson": JSONL, "a.json": JSON, "a.csv": CSV, "a.tsv": TSV, "a.md": Auto, "a.parquet": Parquet, "a.HTM": HTML,
		"a.jsonl.gz": JSONL, "a.csv.zst": CSV, "a.gz": Auto, "b.parquet.gz": Parquet,
	} {
		if got, err := FormatOf(path); got != want || err != nil {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	for _, path := range []string{"a.pdf", "a.docx", "a.pdf.gz", "feed.xml", "a.jsonl.xz"} {
		if _, err := FormatOf(path); !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "convert it to") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestInterruptible(t *testing.T) {
	reader, writer := io.Pipe()
	defer writer.Close()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, err := io.ReadAll(Interruptible(ctx, reader)); !errors.Is(err, context.Canceled) {
		t.Errorf("a read that waits ended with %v", err)
	}
	text, err := io.ReadAll(Interruptible(t.Context(), strings.NewReader(strings.Repeat("ab", 100_000))))
	if err != nil || len(text) != 200_000 {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}

func FuzzStream(f *testing.F) {
	f.Add("text", "Line one.\n\nLine two.\n")
	f.Add("jsonl", `{"text":"a","id":1}`)
	f.Add("csv", "id,text\n1,\"a, b\nc\"\n")
	f.Fuzz(func(t *testing.T, format, content string) {
		_, _ = Stream(context.Background(), "in", strings.NewReader(content), Layout{Format: Format(format), TextColumn: "text"}, func(ad Ad) error {
			if ad.ID == "" || check(ad.Text) != nil {
				t.Errorf("ad %q has the text %q", ad.ID, ad.Text)
			}
			return nil
		})
	})
}
