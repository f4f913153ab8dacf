package textfile

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLikelyEncoding(t *testing.T) {
	for _, c := range []struct{ encoding, text string }{
		{"windows-1252", "We’re a crew."},
		{"windows-1252", "Sie führen Gespräche. Größe"},
		{"windows-1252", "Diseño y gestión"},
		{"gbk", "熟悉Java"},
		{"gbk", "岗位职责：负责后台开发，参与需求分析。"},
		{"big5", "負責後台開發,參與需求分析,熟悉資料庫"},
		{"shift_jis", "バックエンドの開発を担当します。"},
		{"euc-kr", "백엔드 개발을 담당합니다."},
		{"windows-1251", "Вы водите грузовики. Опыт работы"},
		{"utf-16le", "You bake."},
		{"utf-16be", "You bake."},
	} {
		e, err := FindEncoding(c.encoding)
		if err != nil {
			t.Fatal(err)
		}
		sample, err := e.decoder.NewEncoder().String(c.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := LikelyEncoding([]byte(sample)); got != c.encoding {
			t.Errorf("%q in %s seems to be in %q", c.text, c.encoding, got)
		}
	}
	for _, text := range []string{"", "plain", "grün", "\x00"} {
		if got := LikelyEncoding([]byte(text)); got != "" {
			t.Errorf("%q seems to be in %s", text, got)
		}
	}
	if _, err := FindEncoding("klingon"); err == nil || !strings.Contains(err.Error(), "windows-1252, ") {
		t.Errorf("an unknown encoding: %v", err)
	}
}

// A caller that has only a name gets the text, without its mark.
func TestDecoder(t *testing.T) {
	for content, want := range map[string]string{"\xef\xbb\xbfa": "a", "\xff\xfea\x00\xfc\x00": "aü", "gr\xfcn": "grün", "": ""} {
		r, err := Decoder(strings.NewReader(content), "windows-1252")
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(r); err != nil || string(text) != want {
			t.Errorf("%q became %q, %v", content, text, err)
		}
	}
}

func FuzzLikelyEncoding(f *testing.F) {
	f.Add([]byte("We\x92re a crew \x96 you bake."))
	f.Add([]byte("\xca\xec\xcf\xa4Java"))
	f.Add([]byte("Y\x00o\x00u\x00"))
	f.Fuzz(func(t *testing.T, sample []byte) {
		name := LikelyEncoding(sample)
		if name == "" {
			return
		}
		e, err := FindEncoding(name)
		if err != nil {
			t.Fatal(err)
		}
		if !e.Unicode() {
			if text, err := e.decoder.NewDecoder().Bytes(sample); err != nil || strings.ContainsRune(string(text), utf8.RuneError) {
				t.Errorf("%q is not in %s", sample, name)
			}
		}
	})
}

// Whatever the bytes, the header is found without reading past it, a row is cells or an error, and rows written with a
// delimiter are read back with it.
func FuzzDelimiter(f *testing.F) {
	f.Add("id;text\n1;You bake.\n", "You, \"often\";\tbake|\r\n")
	f.Add("id,\"te\r\nxt\"\r\n\"1\",\"a \"\"b\"\"\"\r\n", "")
	f.Add("\n\n a|b\n\"c", "\"")
	f.Fuzz(func(t *testing.T, content, cell string) {
		buffered := Buffer(strings.NewReader(content))
		header := Header(buffered)
		if !strings.HasPrefix(content, string(header)) || buffered.Buffered() < len(header) {
			t.Fatalf("the header of %q is %q", content, header)
		}
		table := NewTable(buffered, Delimiter(header, "text"))
		for {
			_, _, err := table.Read()
			if err != nil && !errors.As(err, new(*RowError)) {
				break
			}
		}
		quoted := `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		for _, d := range delimiters {
			file := "id" + string(d) + "text\n1" + string(d) + quoted + "\r\n2" + string(d) + quoted
			r := Buffer(strings.NewReader(file))
			found := Delimiter(Header(r), "text")
			if found != byte(d) {
				t.Fatalf("the delimiter of %q is %q", file, found)
			}
			for rows, table := 0, NewTable(r, found); rows < 3; rows++ {
				cells, _, err := table.Read()
				if err != nil || len(cells) != 2 || rows > 0 && cells[1] != cell {
					t.Fatalf("%q, row %d: %q, %v", file, rows, cells, err)
				}
			}
		}
	})
}

func TestTableEndsWithTheRow(t *testing.T) {
	table := NewTable(bufio.NewReader(strings.NewReader("a\n\"b\"\r\n\r\n\"c\rd\"\ne\rf\n\"")), ',')
	var got []string
	for {
		cells, line, err := table.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			cells = []string{err.Error()}
		}
		got = append(got, string(rune('0'+line))+":"+strings.Join(cells, "|"))
	}
	want := "1:a 2:b 4:c\rd 5:a carriage return without a line feed, outside quotes 6:a quote is never closed: the row goes on to line 6, the last"
	if strings.Join(got, " ") != want {
		t.Errorf("got %q", got)
	}
}
