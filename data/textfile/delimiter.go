package textfile

import (
	"bufio"
	"bytes"
	"slices"
	"strings"
)

// delimiters are those of tables, the most frequent first.
const delimiters = ",;\t|"

// Delimiter returns the delimiter of a table that begins with a header: comma, semicolon, tab or bar. It is the one
// that divides the header into the wanted columns. Where several do or none does, it is the one that makes the most
// columns, and a comma in doubt.
func Delimiter(header []byte, wanted ...string) byte {
	best, bestColumns, bestHas := delimiters[0], 0, false
	for _, d := range []byte(delimiters) {
		columns, _, err := NewTable(bufio.NewReader(bytes.NewReader(header)), d).Read()
		if err != nil {
			continue
		}
		has := true
		for _, name := range wanted {
			has = has && slices.ContainsFunc(columns, func(column string) bool { return strings.TrimSpace(column) == name })
		}
		if has && !bestHas || has == bestHas && len(columns) > bestColumns {
			best, bestColumns, bestHas = d, len(columns), has
		}
	}
	return best
}

// Header returns the first line of r that is not blank, with the lines that its quoted cells go on to, without reading
// past them. It returns less than a line where the line is longer than 64 KiB. An error of r comes with the next read.
func Header(r *bufio.Reader) []byte {
	for {
		head, err := r.Peek(r.Buffered())
		if err == nil && len(head) > 0 && headerEnds(head) {
			return head
		}
		if _, err := r.Peek(r.Buffered() + 1); err != nil {
			head, _ = r.Peek(r.Buffered())
			return head
		}
	}
}

// headerEnds reports whether a line feed after text stands outside quotes.
func headerEnds(head []byte) bool {
	quotes, text := 0, false
	for _, b := range head {
		switch {
		case b == '"':
			quotes++
			text = true
		case b == '\n' && text && quotes%2 == 0:
			return true
		case b > ' ':
			text = true
		}
	}
	return false
}
