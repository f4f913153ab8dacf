package jobad

import (
	"slices"
	"strings"
)

// reading is what an ad says without its markup, and where each byte of it is in the ad. Each layer
// rewrites the text of the one before: escapes, tags, entities, Markdown.
type reading struct {
	text   string
	layers []layer
}

// layer tells where the bytes of a rewritten text are in the text that was rewritten.
type layer []piece

// piece is a stretch of a rewritten text that starts at byte at and ends where the next piece starts. It
// stands for the bytes from to to-1 of the text before.
type piece struct {
	at, from, to int
	verbatim     bool // both have the same bytes
}

// source returns the bytes of the ad that a span of the text stands for. The span begins and ends with a
// character that the ad has.
func (r *reading) source(s span) span {
	for _, l := range slices.Backward(r.layers) {
		s = l.source(s)
	}
	return s
}

func (l layer) source(s span) span {
	first, last := l.at(s.start), l.at(s.end-1)
	out := span{first.from, last.to}
	if first.verbatim {
		out.start += s.start - first.at
	}
	if last.verbatim {
		out.end = last.from + s.end - last.at
	}
	return out
}

// at returns the piece that holds byte i of the rewritten text.
func (l layer) at(i int) piece {
	next, _ := slices.BinarySearchFunc(l, i, func(p piece, i int) int {
		if p.at <= i {
			return -1
		}
		return 1
	})
	return l[next-1]
}

// rewriter writes a layer.
type rewriter struct {
	out    strings.Builder
	pieces layer
}

// keep copies text, which begins at from.
func (w *rewriter) keep(text string, from int) {
	if text == "" {
		return
	}
	to := from + len(text)
	if n := len(w.pieces); n > 0 && w.pieces[n-1].verbatim && w.pieces[n-1].to == from {
		w.pieces[n-1].to = to
	} else {
		w.pieces = append(w.pieces, piece{w.out.Len(), from, to, true})
	}
	w.out.WriteString(text)
}

// put writes text that stands for the bytes from to to-1.
func (w *rewriter) put(text string, from, to int) {
	if text == "" {
		return
	}
	w.pieces = append(w.pieces, piece{at: w.out.Len(), from: from, to: to})
	w.out.WriteString(text)
}

// rewriteAt rewrites a text at every mark. read gets the text from a mark on. It returns the number of bytes that it
// read, at least 1, and what replaces them, or false to keep them.
func rewriteAt(text string, mark byte, read func(rest string) (length int, replacement string, replace bool)) *rewriter {
	w := &rewriter{}
	for at := 0; at < len(text); {
		i := strings.IndexByte(text[at:], mark)
		if i < 0 {
			w.keep(text[at:], at)
			break
		}
		w.keep(text[at:at+i], at)
		at += i
		n, replacement, replace := read(text[at:])
		if replace {
			w.put(replacement, at, at+n)
		} else {
			w.keep(text[at:at+n], at)
		}
		at += n
	}
	return w
}

// apply makes the rewritten text that of the reading.
func (r *reading) apply(w *rewriter) {
	r.text = w.out.String()
	r.layers = append(r.layers, w.pieces)
}
