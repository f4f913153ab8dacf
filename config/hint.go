package config

import "strings"

// hint returns ` (did you mean "x"?)` with the candidate that is most like a mistyped word, or "" if none is like it.
func hint(word string, candidates []string) string {
	best, bestCost := "", 0
	for _, c := range candidates {
		cost := costOf(word, c)
		if best == "" || cost < bestCost {
			best, bestCost = c, cost
		}
	}
	if best == "" || bestCost > max(2, len(word)/3) {
		return ""
	}
	return ` (did you mean "` + best + `"?)`
}

// costOf is the edit distance of two keys. For a key in the wrong section the last names count: a top-level "learning_rate" finds
// "optimizer.learning_rate".
func costOf(word, candidate string) int {
	cost := distance(word, candidate)
	lastWord := word[strings.LastIndexByte(word, '.')+1:]
	lastCandidate := candidate[strings.LastIndexByte(candidate, '.')+1:]
	if moved := distance(lastWord, lastCandidate) + 1; moved < cost {
		return moved
	}
	return cost
}

// distance is the Levenshtein distance in bytes. Only the first 128 bytes count, since a key may be hostile.
func distance(a, b string) int {
	a, b = strings.ToLower(a[:min(len(a), 128)]), strings.ToLower(b[:min(len(b), 128)])
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := diagonal
			if a[i-1] != b[j-1] {
				change++
			}
			diagonal = row[j]
			row[j] = min(change, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
