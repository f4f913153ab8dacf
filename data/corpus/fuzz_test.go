package corpus

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzReadLines checks that no input makes a reader panic and that all accepted rows are usable.
func FuzzReadLines(f *testing.F) {
	f.Add("\ufeff{\"text\":\"a\",\"skills\":[\"u:a\"]}\r\n\n{\"text\":\"b\",\"label\":1}\n")
	f.Add("{\"tokens\":[\"a\"],\"tags_skill\":[\"B\"]}\n{\"sentences\":[{\"text\":\"x\",\"skill\":true}]}\n\xff\n[[[")
	f.Fuzz(func(t *testing.T, text string) {
		rejects := &Rejects{}
		lines := 0
		err := eachLine(t.Context(), "fuzz", strings.NewReader(text), rejects, func(_ int, line []byte) error {
			lines++
			if e, err := exampleOfJSON(line); err == nil && (strings.TrimSpace(e.Text) == "" || !utf8.ValidString(e.Text) || e.Skills == nil) {
				t.Fatalf("accepted %+v", e)
			}
			if all, _, err := labelledOfJSON(line); err == nil {
				checkLabelled(t, all)
			}
			return nil
		})
		if err != nil || lines+rejects.Rows > 1+strings.Count(text, "\n") {
			t.Fatalf("%d lines, %d rejects, %v", lines, rejects.Rows, err)
		}
	})
}

func FuzzReadRecords(f *testing.F) {
	f.Add("\ufefftext,skills\r\na,u:a|u:b\n\"b\nc\",\"[\"\"u:a\"\"]\"\n")
	f.Add("label,text\n1,a\nx\"y\n\"")
	f.Fuzz(func(t *testing.T, text string) {
		rejects := &Rejects{}
		eachRecord(t.Context(), "fuzz", strings.NewReader(text), rejects, []string{"text"}, func(line int, r record) error {
			if e, err := exampleOfRecord(r); err == nil && (e.check() != nil || line < 2) {
				t.Fatalf("accepted %+v on line %d", e, line)
			}
			if all, err := labelledOfRecord(r); err == nil {
				checkLabelled(t, all)
			}
			return nil
		})
	})
}

func checkLabelled(t *testing.T, all []Labelled) {
	for _, l := range all {
		if l.Text == "" || strings.TrimSpace(l.Text) != l.Text || !utf8.ValidString(l.Text) {
			t.Fatalf("accepted %+v", l)
		}
	}
}
