package tokenize

import (
	"sync"
	"unicode/utf8"
)

// span is a range of code points, every step-th from lo to hi.
type span struct{ lo, hi, step rune }

// class says what the BERT steps do with a code point, as a set of bits.
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

// classTable holds the class of every code point: a flat megabyte, so that a look-up is one load.
type classTable [utf8.MaxRune + 1]class

// classes builds the table on first use, since most commands never tokenize.
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
		for _, s := range set.points {
			for r := s.lo; r <= s.hi; r += s.step {
				table[r] |= set.class
			}
		}
	}
	return table
})
