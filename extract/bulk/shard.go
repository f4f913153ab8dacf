// Package bulk writes the skills of many ads to a folder of part files. A run that was stopped can continue,
// and several machines can share the work. The package extracts nothing and reads no ads.
package bulk

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// Shard is one of Count shards, counted from 0. A hash of its identifier assigns an ad to a shard.
type Shard struct{ Index, Count int }

// maxShards bounds the shards of a run.
const maxShards = 100_000

// ParseShard reads "2/16", the third of sixteen.
func ParseShard(text string) (Shard, error) {
	index, count, found := strings.Cut(text, "/")
	i, err := strconv.Atoi(index)
	n, err2 := strconv.Atoi(count)
	if !found || err != nil || err2 != nil || n < 1 || n > maxShards || i < 0 || i >= n {
		return Shard{}, fmt.Errorf("shard %q: want I/N with I from 0 to N-1, such as 0/16", text)
	}
	return Shard{i, n}, nil
}

// String returns the shard as [ParseShard] reads it.
func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Count) }

// Has reports whether an ad belongs to the shard. The answer is the same on every machine and in every version.
func (s Shard) Has(id string) bool {
	if s.Count == 1 {
		return true
	}
	hash := sha256.Sum256([]byte(id))
	return binary.BigEndian.Uint64(hash[:8])%uint64(s.Count) == uint64(s.Index)
}
