package tokenize

import (
	"iter"
	"sync"
	"unicode/utf8"
)

// span is a range of code points: every step-th from lo to hi.
type span struct{ lo, hi, step rune }

// class is a set of bits. Each bit tells what one step does with a code point. The bits below are BERT's.
type class uint8

const (
	classRemoved     class = 1 << iota // clean_text drops it
	classSpace                         // clean_text makes it a space, the pre-tokenizer splits there
	classPadded                        // handle_chinese_chars puts it between spaces
	classMark                          // strip_accents drops it
	classLowered                       // lowercase changes it
	classDecomposed                    // canonical decomposition changes it
	classReordered                     // canonical ordering may move it
	classPunctuation                   // the pre-tokenizer makes it a word
)

// classTable holds the class of every code point in a flat megabyte, so that a look-up is one load.
type classTable [utf8.MaxRune + 1]class

// add adds a class to the code points of spans.
func (t *classTable) add(c class, points []span) {
	for r := range each(points) {
		t[r] |= c
	}
}

// each yields the code points of spans.
func each(points []span) iter.Seq[rune] {
	return func(yield func(rune) bool) {
		for _, s := range points {
			for r := s.lo; r <= s.hi; r += s.step {
				if !yield(r) {
					return
				}
			}
		}
	}
}

// classes builds BERT's table on first use, since most commands never tokenize.
var classes = sync.OnceValue(func() *classTable {
	table := new(classTable)
	for _, set := range []struct {
		class  class
		points []span
	}{
		{classRemoved, removedPoints}, {classSpace, spacesPoints}, {classPadded, paddedPoints}, {classMark, marksPoints},
		{classLowered, loweredPoints}, {classDecomposed, decomposedPoints}, {classReordered, reorderedPoints},
		{classPunctuation, punctuationPoints},
	} {
		table.add(set.class, set.points)
	}
	return table
})
