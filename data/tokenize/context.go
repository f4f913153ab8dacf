package tokenize

import (
	"context"
	"slices"
)

// InContext is [Tokenizer.EncodeBatch] with context: the end of before[i] follows each texts[i]. The ids of
// texts[i] come first. The last tokens of before[i] and the closing special tokens follow, at most contextTokens
// in total. own[i] is the number of ids of texts[i] itself. No context follows if before[i] is empty or
// contextTokens leaves no room. Both lists have the same length.
func (t *Tokenizer) InContext(ctx context.Context, texts, before []string, maxLength, contextTokens int) (ids [][]int32, own []int, err error) {
	if ids, err = t.EncodeBatch(ctx, texts, maxLength); err != nil {
		return nil, nil, err
	}
	own, err = t.AppendContext(ctx, ids, before, contextTokens)
	return ids, own, err
}

// AppendContext adds context as [Tokenizer.InContext] does to existing ids. Each row of ids includes its special
// tokens.
func (t *Tokenizer) AppendContext(ctx context.Context, ids [][]int32, before []string, contextTokens int) (own []int, err error) {
	own = make([]int, len(ids))
	for i := range ids {
		own[i] = len(ids[i])
	}
	room := contextTokens - len(t.suffix)
	if room <= 0 {
		return own, nil
	}
	contexts, err := t.EncodeBatch(ctx, before, 0)
	if err != nil {
		return nil, err
	}
	for i, c := range contexts {
		c = c[len(t.prefix):]
		if tokens := len(c) - len(t.suffix); tokens > 0 {
			ids[i] = slices.Concat(ids[i], c[max(tokens-room, 0):]) // rows of ids may share one array
		}
	}
	return own, nil
}
