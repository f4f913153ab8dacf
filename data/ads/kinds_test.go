package ads

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/net/html/charset"

	"skillspace/data/textfile"
)

// readFile returns "id=text" of every ad of a file with a name, the name left out, and what was rejected.
func readFile(t *testing.T, name, content string, o Layout) (ads []string, rejects string, err error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	if o.Format, err = FormatOf(path); err != nil {
		return nil, "", err
	}
	o.TextColumn = "text"
	r, err := StreamFile(t.Context(), path, o, func(ad Ad) error {
		ads = append(ads, strings.ReplaceAll(ad.ID, path, "")+"="+ad.Text)
		return nil
	})
	if r != nil && r.Rows > 0 {
		rejects = strings.ReplaceAll(r.String(), path, "")
	}
	return ads, rejects, err
}

func encode(t *testing.T, encoding, text string) string {
	t.Helper()
	e, _ := charset.Lookup(encoding)
	out, err := e.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func zipped(t *testing.T, content string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := io.WriteString(w, content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func zstandard(t *testing.T, content string) string {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(w.EncodeAll([]byte(content), nil))
}

// Each kind is known by its name and, where the name says nothing, by its content, also compressed.
func TestKinds(t *testing.T) {
	markup := "<!DOCTYPE html>\n<p>You bake.</p>\n"
	for ending, c := range map[string]struct{ content, want string }{
		"txt":     {"You bake.\r\n", "=You bake.\r\n"},
		"html":    {markup, "=" + markup},
		"jsonl":   {`{"id":1,"text":"You bake."}` + "\n" + `{"text":"You weld."}` + "\n", "1=You bake.|:2=You weld."},
		"json":    {`[{"id":1,"text":"You bake."},` + "\n " + `{"text":"You weld."}]` + "\n", "1=You bake.|:2=You weld."},
		"csv":     {"id,text\n1,You bake.\n", "1=You bake."},
		"tsv":     {"id\ttext\n1\tYou, \"often\", bake.\n", "1=You, \"often\", bake."},
		"parquet": {string(parquetFile(t, 2)), ""},
	} {
		for compression, compress := range map[string]func(*testing.T, string) string{
			"": func(_ *testing.T, content string) string { return content }, ".gz": zipped, ".zst": zstandard,
		} {
			for _, name := range []string{"ads." + ending + compression, "ads" + compression, "ads.txt"} {
				got, rejected, err := readFile(t, name, compress(t, c.content), Layout{})
				if ending == "parquet" {
					if !errors.As(err, new(*MissingColumnError)) || !strings.Contains(err.Error(), "there are id, body, ref") {
						t.Errorf("%s: %v", name, err)
					}
					continue
				}
				if err != nil || strings.Join(got, "|") != c.want || rejected != "" {
					t.Errorf("%s of %s: %q %s %v, want %q", name, ending, got, rejected, err, c.want)
				}
			}
		}
	}
}

// A table's delimiter is found. A row that the delimiter cuts is refused, not cut.
func TestDelimiters(t *testing.T) {
	for name, c := range map[string]struct{ content, want, rejected string }{
		"semicolons":      {"id;text\n1;You bake, often.\n", "1=You bake, often.", ""},
		"tabs":            {"id\ttext;de\ttext\n1\t\tYou bake; you fry.\n", "1=You bake; you fry.", ""},
		"bars":            {"id|text\n1|You bake.\n", "1=You bake.", ""},
		"header in lines": {"id;\"my\n,,,notes\";text\r\n1;;\"You bake.\"\r\n", "1=You bake.", ""},
		"one column":      {"text\nYou bake.\nYou fry, often.\n", ":2=You bake.", "1 row rejected: :3: the row has 2 cells, the header 1; a text with the delimiter in it must stand in quotes"},
		"empty cells":     {"id,text\n1,You bake.,,\n2,\"You\r\nfry.\"\r\n", "1=You bake.|2=You\r\nfry.", ""},
		"quotes":          {"id,text\n1,\"A \"\"good\"\" cook\"\n2,a 5\" pipe\n3,\"x\" y\n4,\"open\n5,lost\n", `1=A "good" cook|2=a 5" pipe`, "2 rows rejected\n  :4: text after a closing quote; a quote inside a quoted cell is written twice\n  :5: a quote is never closed: the row goes on to line 6, the last"},
	} {
		got, rejected, err := readFile(t, "ads.csv", c.content, Layout{})
		if err != nil || strings.Join(got, "|") != c.want || rejected != c.rejected {
			t.Errorf("%s: %q %v\n%s\nwant %q\n%s", name, got, err, rejected, c.want, c.rejected)
		}
	}
	if _, _, err := readFile(t, "ads.csv", "text;text\na;b\n", Layout{}); err == nil || !strings.Contains(err.Error(), `the column "text" is there twice`) {
		t.Errorf("two columns of the name: %v", err)
	}
}

// archive is a ZIP archive of one file.
func archive(t *testing.T, name string) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	if _, err := w.Create(name); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// A kind that cannot be read is refused by its name or by its first bytes, and named.
func TestRefusedKinds(t *testing.T) {
	for name, c := range map[string]struct{ content, want string }{
		"ad.pdf":    {"%PDF-1.7\n", "a .pdf file cannot be read; convert it to"},
		"scan.txt":  {"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a .pdf file (application/pdf) cannot be read; convert it to"},
		"letter":    {`{\rtf1\ansi You bake.}`, "a .rtf file"},
		"feed":      {`<?xml version="1.0"?><jobs><job/></jobs>`, "a .xml file"},
		"old.txt":   {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600), "a .doc or .xls file (application/x-ole-storage) cannot be read"},
		"mail.docx": {"PK\x03\x04", "a .docx file cannot be read"},
		"other.csv": {archive(t, "word/document.xml"), "a .docx file"},
		"some.txt":  {archive(t, "a.txt"), "a .zip file (application/zip) cannot be read"},
	} {
		if _, _, err := readFile(t, name, c.content, Layout{}); !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	for _, text := range []string{"BMW seeks a welder.", "MZ Ltd seeks a cook.", "GIF89a is an old format.", "[Our team] bakes.", "{name} bakes.", "id,description\nYou bake."} {
		if got, _, err := readFile(t, "ad.txt", text, Layout{}); err != nil || len(got) != 1 || got[0] != "="+text {
			t.Errorf("%q became %q, %v", text, got, err)
		}
	}
}

// A byte order mark tells the encoding, and else the user. Without either, the rows that are lost name the likely one.
func TestEncodings(t *testing.T) {
	western := "id,text\n1,We’re a crew – you bake.\n2,You fry.\n3,It’s you who welds.\n"
	chinese := "id,text\n1,你驾驶卡车。\n2,You fry.\n3,你负责焊接管道。\n"
	for name, c := range map[string]struct {
		content, encoding, want string
		lost                    int
		likely                  string
	}{
		"UTF-8 with mark":        {"\ufeff" + western, "", "1=We’re a crew – you bake.|2=You fry.|3=It’s you who welds.", 0, ""},
		"UTF-16 with mark":       {encode(t, "utf-16le", "\ufeff"+western), "", "1=We’re a crew – you bake.|2=You fry.|3=It’s you who welds.", 0, ""},
		"big-endian":             {encode(t, "utf-16be", "\ufeff"+chinese), "gbk", "1=你驾驶卡车。|2=You fry.|3=你负责焊接管道。", 0, ""},
		"windows-1252":           {encode(t, "windows-1252", western), "CP1252", "1=We’re a crew – you bake.|2=You fry.|3=It’s you who welds.", 0, ""},
		"windows-1252, not told": {encode(t, "windows-1252", western), "", "2=You fry.", 2, "windows-1252"},
		"GBK":                    {encode(t, "gbk", chinese), "gbk", "1=你驾驶卡车。|2=You fry.|3=你负责焊接管道。", 0, ""},
		"GBK, not told":          {encode(t, "gbk", chinese), "", "2=You fry.", 2, "gbk"},
		"told wrongly":           {encode(t, "windows-1252", "id,text\n1,Gr\u00fc\u00dfe \u00fc.\n2,You fry.\n"), "gbk", "2=You fry.", 1, ""},
	} {
		encoding, err := textfile.FindEncoding(c.encoding)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		rejects, err := Stream(t.Context(), "in", strings.NewReader(c.content), Layout{Format: CSV, TextColumn: "text", Encoding: encoding}, func(ad Ad) error {
			got = append(got, ad.ID+"="+ad.Text)
			return nil
		})
		if err != nil || strings.Join(got, "|") != c.want || rejects.Rows != c.lost || rejects.LikelyEncoding() != c.likely {
			t.Errorf("%s: %q, %v, likely %q, %v", name, got, rejects, rejects.LikelyEncoding(), err)
		}
	}
	rejects, err := Stream(t.Context(), "in", strings.NewReader(encode(t, "utf-16le", western)), Layout{Format: CSV, TextColumn: "text"}, func(Ad) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "seems to be utf-16le without a byte order mark") || rejects.LikelyEncoding() != "utf-16le" {
		t.Errorf("UTF-16 without a mark: %v, %v", rejects, err)
	}
	page := encode(t, "gbk", "<html><head><meta charset=gbk></head><body><p>你驾驶卡车。</p></body></html>")
	if got, _, err := readFile(t, "ad.html", page, Layout{}); err != nil || !strings.Contains(got[0], "你驾驶卡车。") {
		t.Errorf("HTML that declares its encoding: %q %v", got, err)
	}
}

// A JSON file ends with an error where it is not JSON, and loses a row where only that is wrong.
func TestJSONArrays(t *testing.T) {
	got, rejected, err := readFile(t, "ads.json", "[{\"text\":\"a\"},\n3,{\"text\":\"\xff\"},{\"id\":\"x\",\"text\":\"b\"}]", Layout{})
	if err != nil || strings.Join(got, "|") != ":1=a|x=b" || !strings.Contains(rejected, ":2: not a JSON object") || !strings.Contains(rejected, ":3: not UTF-8") {
		t.Errorf("%q %s %v", got, rejected, err)
	}
	if got, _, err := readFile(t, "ad.json", "{\n \"text\": \"a\"\n}\n{\"text\":\"b\"}", Layout{}); err != nil || strings.Join(got, "|") != ":1=a|:2=b" {
		t.Errorf("objects one after the other: %q %v", got, err)
	}
	if got, _, err := readFile(t, "ads.jsonl", "[\n{\"text\":\"a\"}\n]", Layout{}); err != nil || strings.Join(got, "|") != ":1=a" {
		t.Errorf("an array under the name of lines: %q %v", got, err)
	}
	for content, want := range map[string]string{
		`[{"text":"a"}`:         "the array does not end",
		`[{"text":"a"},{"te`:    "object 2: unexpected EOF",
		`[{"text":"a"}] x`:      "something follows the array",
		`[{"text":"a"} "b"]`:    "object 2",
		"[]":                    "it is empty",
		`{"data":[{"text":1}]}`: `no key "text"; there are data`,
	} {
		if _, _, err := readFile(t, "ads.json", content, Layout{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", content, err, want)
		}
	}
	long := `[{"text":"` + strings.Repeat("a", 2*textfile.MaxRow) + `"}]`
	if _, _, err := readFile(t, "ads.json", long, Layout{}); err == nil || !strings.Contains(err.Error(), "longer than 1 MiB") {
		t.Errorf("a huge object: %v", err)
	}
}

// A file that is damaged or cut off ends with an error, whatever was read before.
func TestDamagedCompression(t *testing.T) {
	content := strings.Repeat(`{"text":"You bake."}`+"\n", 5000)
	for name, whole := range map[string]string{"gzip": zipped(t, content), "zstd": zstandard(t, content)} {
		if _, _, err := readFile(t, "ads.jsonl", whole[:len(whole)-5], Layout{}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A line on a pipe is read before the next one is sent, also where the content decides the format.
func TestStreamReadsLinesAsTheyCome(t *testing.T) {
	for _, format := range []Format{Auto, JSONL} {
		reader, writer := io.Pipe()
		seen := make(chan string)
		go func() {
			defer close(seen)
			_, err := Stream(context.Background(), "in", reader, Layout{Format: format, TextColumn: "text"}, func(ad Ad) error {
				seen <- ad.Text
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		}()
		for _, text := range []string{`a 5\" pipe`, "b", "c"} {
			if _, err := io.WriteString(writer, `{"text":"`+text+`"}`+"\n"); err != nil {
				t.Fatal(err)
			}
			if got := <-seen; got != strings.ReplaceAll(text, `\`, "") {
				t.Errorf("%q came as %q", text, got)
			}
		}
		writer.Close()
		<-seen
	}
}
