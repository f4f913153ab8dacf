package quality

import (
	"context"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"

	"skillspace/data/corpus"
	"skillspace/data/synthesis"
	"skillspace/data/synthesis/chinese"
	"skillspace/data/synthesis/neardup"
	"skillspace/data/taxonomy"
)

// Sampled is a sentence of a corpus. Its skills are indices into the taxonomy.
type Sampled struct {
	Text     string
	Skills   []int
	Repeated bool // nearly the same as an earlier sentence of the corpus, or identical to one
	Group    int  // the Level-2 group that its skills share, else the first group of its first skill; -1 for none
}

// Corpus holds the data of a corpus file that the measures need: its report and a sample of its sentences.
type Corpus struct {
	Path       string
	Language   string // synthesis.English or synthesis.Chinese, by the majority of the sample
	Statistics *synthesis.Statistics
	Sentences  []Sampled // the sample, in the file's order
	Near       int       // sentences of the file that nearly repeat an earlier one
	Unknown    int       // skills of the file that are missing from the taxonomy
	Rejects    *corpus.Rejects

	quota map[int]int // sentences of each Level-2 group for discriminability; nil uses all groups that are large enough
}

// Read counts the sentences of a corpus file and keeps a random sample up to a maximum size. The sample depends
// only on the seed and the file.
func Read(ctx context.Context, path string, tax *taxonomy.Taxonomy, sample int, seed uint64) (*Corpus, error) {
	c := &Corpus{Path: path}
	var positives, negatives reservoir
	positives, negatives = newReservoir(sample, seed), newReservoir(sample/4, seed+1)
	tally := synthesis.NewTally(tax, synthesis.Spec{})
	han, seen, index := 0, map[uint64]bool{}, neardup.New(nearlySame)
	key := maphash.MakeSeed()
	rejects, err := corpus.Stream(ctx, path, func(e corpus.Example) error {
		s := c.sentence(tax, e)
		if chinese.HasHan(e.Text) {
			han++
		} else {
			han--
		}
		text := maphash.String(key, strings.ToLower(e.Text))
		tally.Recount(synthesis.Set{Skills: s.Skills, Group: s.Group}, e.Text, seen[text])
		if s.Repeated = seen[text] || !index.Add(neardup.Normalise(e.Text)); s.Repeated {
			c.Near++
		}
		seen[text] = true
		if len(s.Skills) > 0 {
			positives.offer(s)
		} else if len(e.Skills) == 0 {
			negatives.offer(s)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("measure corpus: %w", err)
	}
	if c.Language = synthesis.English; han > 0 {
		c.Language = synthesis.Chinese
	}
	c.Statistics, c.Rejects = tally.StatisticsIn(c.Language), rejects
	c.Sentences = append(positives.kept(), negatives.kept()...)
	if len(positives.list) < 2 {
		return nil, fmt.Errorf("measure corpus %s: %d of its sentences name a skill of the taxonomy, want two at least", path, len(positives.list))
	}
	return c, nil
}

func (c *Corpus) sentence(tax *taxonomy.Taxonomy, e corpus.Example) Sampled {
	s := Sampled{Text: e.Text, Group: -1}
	for _, uri := range e.Skills {
		if i, known := tax.Index(uri); known {
			s.Skills = append(s.Skills, i)
		} else {
			c.Unknown++
		}
	}
	if group, known := tax.GroupIndex(e.Level2); known {
		s.Group = group
	} else if len(s.Skills) > 0 {
		if groups := tax.Level2(s.Skills[0]); len(groups) > 0 {
			s.Group = groups[0]
		}
	}
	return s
}

// named returns the sampled sentences that name a skill.
func (c *Corpus) named() []Sampled {
	return slices.DeleteFunc(slices.Clone(c.Sentences), func(s Sampled) bool { return len(s.Skills) == 0 })
}

// reservoir keeps a uniform sample of the offered items (Vitter 1985, algorithm R).
type reservoir struct {
	size, offered int
	random        *rand.Rand
	list          []Sampled
	at            []int // place in the file
}

func newReservoir(size int, seed uint64) reservoir {
	return reservoir{size: size, random: rand.New(rand.NewPCG(seed, 0x5a3b1e))}
}

func (r *reservoir) offer(s Sampled) {
	r.offered++
	if len(r.list) < r.size {
		r.list, r.at = append(r.list, s), append(r.at, r.offered)
	} else if i := r.random.IntN(r.offered); i < r.size {
		r.list[i], r.at[i] = s, r.offered
	}
}

func (r *reservoir) kept() []Sampled {
	order := make([]int, len(r.list))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return r.at[a] - r.at[b] })
	kept := make([]Sampled, len(order))
	for i, from := range order {
		kept[i] = r.list[from]
	}
	return kept
}

// tokens splits a text into lower-case words. Each Chinese character is a word.
func tokens(text string) (list []string) {
	word := ""
	flush := func() {
		if word != "" {
			list, word = append(list, word), ""
		}
	}
	for _, r := range strings.ToLower(text) {
		switch {
		case unicode.Is(unicode.Han, r):
			flush()
			list = append(list, string(r))
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			word += string(r)
		default:
			flush()
		}
	}
	flush()
	return list
}
