package summary

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"skillspace/data/taxonomy"
	"skillspace/data/textfile"
)

func record(ad string, skills ...string) *Record {
	r := &Record{File: "ads.csv", Ad: ad, Skills: []Skill{}}
	for _, s := range skills {
		r.Skills = append(r.Skills, Skill{URI: "u:" + s, Label: s, Score: 0.7})
	}
	return r
}

func add(t *testing.T, c *Counter, records ...*Record) {
	t.Helper()
	for _, r := range records {
		if err := c.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
}

func near(a, b float64) bool { return math.Abs(a-b) < 5e-5 }

// The published examples of both intervals.
func TestIntervals(t *testing.T) {
	z := deviates(0.05)
	if !near(z, 1.95996) {
		t.Errorf("z = %g", z)
	}
	for _, test := range []struct {
		k, n      int
		low, high float64
	}{{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}, {20, 20, 0.8389, 1}} { // Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I
		if low, high := wilson(test.k, test.n, z); !near(low, test.low) || !near(high, test.high) {
			t.Errorf("wilson(%d, %d) = %.4f, %.4f; want %.4f, %.4f", test.k, test.n, low, high, test.low, test.high)
		}
	}
	for _, test := range []struct {
		k1, n1, k2, n2 int
		low, high      float64
	}{{48, 80, 56, 70, 0.0524, 0.3339}, {0, 10, 10, 10, 0.6075, 1}, {0, 29, 5, 56, -0.0381, 0.1926}} { // Newcombe 1998, the paper on differences, table II, method 10, sides exchanged
		if low, high := newcombe(test.k1, test.n1, test.k2, test.n2, z); math.Abs(low-test.low) > 2e-4 || math.Abs(high-test.high) > 2e-4 {
			t.Errorf("newcombe(%d/%d, %d/%d) = %.4f, %.4f; want %.4f, %.4f", test.k1, test.n1, test.k2, test.n2, low, high, test.low, test.high)
		}
	}
}

// A skill that several sentences of an ad name counts once.
func TestAnAdCountsOnce(t *testing.T) {
	c := NewCounter(Options{Pairs: true, MinScore: -1})
	add(t, c, record("1", "weld", "bake"), record("1", "weld"), record("2", "weld"), record("3"))
	if c.Totals.Ads != 3 || c.Totals.AdsWithSkill != 2 || c.Totals.Records != 4 {
		t.Errorf("%+v", c.Totals)
	}
	skills := c.Skills()
	if len(skills) != 2 || skills[0].Label != "weld" || skills[0].Ads != 2 || skills[1].Ads != 1 || !near(skills[0].Share, 2.0/3) {
		t.Errorf("%+v", skills)
	}
	pairs := c.Pairs(10)
	if len(pairs) != 1 || pairs[0].Ads != 1 || pairs[0].LabelA != "bake" || !near(pairs[0].Lift, 1.5) {
		t.Errorf("%+v", pairs)
	}
}

func TestScoresBelowTheLowestDoNotCount(t *testing.T) {
	c := NewCounter(Options{MinScore: 0.7001})
	add(t, c, record("1", "weld"))
	if len(c.Skills()) != 0 || c.Totals.LowScore != 1 || c.Totals.Ads != 1 {
		t.Errorf("%+v %+v", c.Skills(), c.Totals)
	}
}

func TestRepeatedAds(t *testing.T) {
	for repeated, want := range map[Repeated]int{RefuseRepeated: -1, SkipRepeated: 2, CountRepeated: 3} {
		c := NewCounter(Options{Repeated: repeated})
		var err error
		for _, r := range []*Record{record("1", "weld"), record("2", "weld"), record("1", "bake")} {
			err = errors.Join(err, c.Add(r))
		}
		err = errors.Join(err, c.Flush())
		if want < 0 {
			if !errors.Is(err, ErrRepeated) {
				t.Errorf("%s: %v", repeated, err)
			}
			continue
		}
		if err != nil || c.Totals.Ads != want || c.Totals.Repeated != 1 {
			t.Errorf("%s: %+v, %v", repeated, c.Totals, err)
		}
	}
	// The same identifier in another file is another ad.
	c, other := NewCounter(Options{}), record("1", "bake")
	other.File = "more.csv"
	add(t, c, record("1", "weld"), other)
	if c.Totals.Ads != 2 {
		t.Errorf("%+v", c.Totals)
	}
}

func TestGroups(t *testing.T) {
	tax, err := taxonomy.Load("../examples/ontology")
	if err != nil {
		t.Fatal(err)
	}
	c := NewCounter(Options{Taxonomy: tax})
	skill := tax.Skills()[0]
	known := &Record{Ad: "1", Skills: []Skill{{URI: skill.URI, Label: skill.PreferredLabel}}}
	add(t, c, known, record("2", "of no taxonomy"))
	if c.Totals.Unknown != 1 {
		t.Errorf("%+v", c.Totals)
	}
	var want []string
	for g, group := range tax.Groups() {
		if slices.Contains(tax.Members(g), 0) {
			want = append(want, group.URI)
		}
	}
	var got []string
	for _, g := range c.Groups() {
		got = append(got, g.URI)
		if g.Ads != 1 || !near(g.Share, 0.5) {
			t.Errorf("%+v", g)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) || len(want) < 3 {
		t.Errorf("groups %v, want %v", got, want)
	}
}

func TestColumnsAndChanges(t *testing.T) {
	columns := NewColumns([]string{"region", "date"}, []Unit{"", Quarter})
	c := NewCounter(Options{Columns: columns})
	for i := range 400 {
		date, region := "2024-02-11", "north"
		if i >= 200 {
			date = "2024-05-01T08:00:00Z"
		}
		if i%2 == 1 {
			region = " south "
		}
		if err := columns.Add(fmt.Sprint(i), []string{region, date}); err != nil {
			t.Fatal(err)
		}
		skills := []string{"weld"}
		if i < 100 {
			skills = append(skills, "type") // vanishes
		}
		if i >= 300 {
			skills = append(skills, "prompt") // is new
		}
		if i == 399 {
			skills = append(skills, "rare") // one ad shows nothing
		}
		add(t, c, record(fmt.Sprint(i), skills...))
	}
	if got := c.Periods("date"); !slices.Equal(got, []string{"2024-Q1", "2024-Q2"}) {
		t.Errorf("%v", got)
	}
	changes, err := c.Changes("date", ParseSpan("2024-Q1"), ParseSpan("2024-Q2"))
	if err != nil {
		t.Fatal(err)
	}
	status := map[string]Status{}
	for _, r := range changes {
		status[r.Label] = r.Status
		if r.Label == "prompt" && (r.LaterAds != 100 || !near(r.Difference, 0.5) || r.Low > 0.5 || r.Low < 0.4) {
			t.Errorf("%+v", r)
		}
	}
	if want := map[string]Status{"weld": NotShown, "type": Vanished, "prompt": New, "rare": NotShown}; !reflect.DeepEqual(status, want) {
		t.Errorf("%v", status)
	}
	if _, err := c.Changes("date", ParseSpan("2023-Q1"), ParseSpan("2024-Q2")); err == nil || !strings.Contains(err.Error(), "2024-Q1, 2024-Q2") {
		t.Errorf("%v", err)
	}
	south := 0
	for v := range c.Values() {
		if v.Column == "region" && v.Value == "south" && v.Label == "type" {
			south = v.Ads
			if v.ValueAds != 200 || !near(v.Share, 0.25) {
				t.Errorf("%+v", v)
			}
		}
	}
	if south != 50 {
		t.Errorf("%d ads of the south with type", south)
	}
	if trends := c.Trends("date", 1); len(trends) != 1 || trends[0].Label != "weld" || trends[0].Periods[1].Of != 200 || trends[0].Periods[1].Ads != 200 {
		t.Errorf("%+v", trends)
	}
}

func TestColumnsRefuseWhatCannotBeTold(t *testing.T) {
	columns := NewColumns([]string{"region"}, []Unit{""})
	if err := errors.Join(columns.Add("1", []string{"north"}), columns.Add("1", []string{"north"})); err != nil || columns.Repeated != 1 {
		t.Errorf("%v", err)
	}
	if err := columns.Add("1", []string{"south"}); err == nil {
		t.Error("an identifier with two values is accepted")
	}
	var err error
	for i := range MaxValues + 1 {
		err = errors.Join(err, columns.Add(fmt.Sprint("x", i), []string{fmt.Sprint(i)}))
	}
	if !errors.Is(err, ErrTooManyValues) {
		t.Errorf("%v", err)
	}
}

func TestPeriods(t *testing.T) {
	for _, test := range []struct {
		unit       Unit
		date, want string
	}{
		{Month, "2024-03-17", "2024-03"}, {Month, "2024-03", "2024-03"}, {Month, "2024-03-17 10:00", "2024-03"}, {Day, "2024-03-17T10:00:00+02:00", "2024-03-17"},
		{Week, "2024-12-30", "2025-W01"}, {Quarter, "2024-03", "2024-Q1"}, {Quarter, "2024-10-01", "2024-Q4"}, {Year, "2024", "2024"}, {AsIs, " winter ", "winter"},
		{Month, "2024", ""}, {Week, "2024-03", ""}, {Month, "17.03.2024", ""}, {Month, "2024-13-01", ""}, {Year, "", ""}, {Month, "2024-03-17x", ""},
	} {
		got, err := test.unit.of(test.date)
		if got != test.want || (err != nil) != (test.want == "") {
			t.Errorf("%s of %q: %q, %v; want %q", test.unit, test.date, got, err, test.want)
		}
	}
}

// Where pairs are forgotten, a count with what it may have missed is at least the true one, and what was not forgotten is exact.
func TestPairsUnderPressure(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	p, exact := pairCounter{most: 200}, map[uint64]uint32{}
	for range 5000 {
		a := int32(random.IntN(60) * random.IntN(60) / 60)
		b := a + 1 + int32(random.IntN(60)*random.IntN(60)/60)
		p.add([]int32{a, b})
		exact[uint64(a)<<32|uint64(b)]++
	}
	if len(p.counts) > 200 || p.floor == 0 {
		t.Errorf("%d pairs, floor %d", len(p.counts), p.floor)
	}
	for key, held := range p.counts {
		if want := exact[key]; held.count > want || held.count+held.missed < want {
			t.Errorf("counted %d, missed at most %d, true %d", held.count, held.missed, want)
		}
	}
	if p.add(make([]int32, maxPairSkills+1)) {
		t.Error("a crowded ad is counted")
	}
}

func TestSquarifyFillsThePlace(t *testing.T) {
	sizes, area := []float64{6, 6, 4, 3, 2, 2, 1}, 0.0
	for i, r := range squarify(sizes, rect{0, 0, 6, 4}) {
		area += r.Width * r.Height
		if !near(r.Width*r.Height, sizes[i]) {
			t.Errorf("%v has the size %g", r, sizes[i])
		}
		if ratio := max(r.Width/r.Height, r.Height/r.Width); ratio > 3.1 {
			t.Errorf("%v is too long", r)
		}
	}
	if !near(area, 24) {
		t.Errorf("area %g", area)
	}
}

const lines = `{"file":"a","ad":"1","sentence":"x","kept":true,"skills":[{"uri":"u:1","label":"weld","score":0.5}]}

{"file":"a","ad":"1","sentence":"y","kept":false,"skills":[]}
{"file":"a","ad":"2","sent
{"file":"a","ad":"3"}
{"ad":"5","error":"the line is blank"}
{"ad":"4","sentences":[{"sentence":"x","skills":[{"uri":"u:1","label":"weld","score":0.5}]},{"sentence":"y","skills":[]}]}
{"file":"a","ad":"6","sentences":2,"skills":[]}`

func TestReadLines(t *testing.T) {
	var got []Record
	rejects, err := ReadLines(t.Context(), "in", strings.NewReader(lines), func(r *Record) error { got = append(got, *r); return nil })
	if err != nil || len(got) != 4 || got[0].Skills[0] != (Skill{"u:1", "weld", 0.5}) || got[2].Ad != "4" || got[2].Skills[0].Label != "weld" || got[3].Ad != "6" {
		t.Errorf("%+v, %v", got, err)
	}
	if rejects.Rows != 3 || !strings.Contains(rejects.Named[2], "ad \"5\" could not be read: the line is blank") || !strings.HasPrefix(rejects.Named[0], "in:4: ") || !strings.HasPrefix(rejects.Named[1], "in:5: ") {
		t.Errorf("%v", rejects)
	}
	if _, err := ReadLines(t.Context(), "in", strings.NewReader("id,text\n1,x\n"), func(*Record) error { return nil }); err == nil {
		t.Error("a CSV file is accepted")
	}
	stop := errors.New("stop")
	if _, err := ReadLines(t.Context(), "in", strings.NewReader(lines), func(*Record) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
}

// Blocks end at the ends of lines, wherever these fall, and lines keep their order and numbers.
func TestReadLinesOverManyBlocks(t *testing.T) {
	var text strings.Builder
	const n = 30_000
	for i := range n {
		fmt.Fprintf(&text, `{"file":"a","ad":"%d","sentence":%q,"skills":[]}`+"\n", i, strings.Repeat("x", i%500))
	}
	text.WriteString("broken\n")
	if text.Len() < 3*blockBytes {
		t.Fatal("too short for the test")
	}
	next := 0
	rejects, err := ReadLines(t.Context(), "in", strings.NewReader(text.String()), func(r *Record) error {
		if r.Ad != fmt.Sprint(next) {
			return fmt.Errorf("ad %s, want %d", r.Ad, next)
		}
		next++
		return nil
	})
	if err != nil || next != n || len(rejects.Named) != 1 || !strings.HasPrefix(rejects.Named[0], fmt.Sprintf("in:%d: ", n+1)) {
		t.Errorf("%d records, %v, %v", next, rejects, err)
	}
}

// Ctrl-C ends the reading of a pipe in which nothing comes.
func TestReadLinesEndsWhileItWaits(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := ReadLines(ctx, "in", r, func(*Record) error { return nil })
		done <- err
	}()
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it waits for the pipe")
	}
}

// Rows of Parquet are checked as lines are, and a footer that is longer than the file is refused before room is made for it.
func TestReadParquet(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "skills.parquet")
	rows := []Record{{Ad: "1", Skills: []Skill{{"u:1", "weld", 0.5}}}, {Ad: "2"}, {Skills: []Skill{{"u:1", "weld", 0.5}}}, {Ad: "3", Skills: []Skill{{Label: "weld"}}}}
	if err := parquet.WriteFile(path, rows); err != nil {
		t.Fatal(err)
	}
	var got []string
	rejects, err := ReadFile(t.Context(), path, func(r *Record) error { got = append(got, r.Ad); return nil })
	if err != nil || !slices.Equal(got, []string{"1", "2"}) || rejects.Rows != 2 || !strings.Contains(rejects.Named[0], "skills.parquet:3: ") {
		t.Errorf("%v, %v, %v", got, rejects, err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, damaged := range map[string][]byte{"cut": text[:len(text)-9], "footer": append(slices.Clone(text[:len(text)-8]), 0xff, 0xff, 0xff, 0x7f, 'P', 'A', 'R', '1')} {
		if err := os.WriteFile(path, damaged, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadFile(t.Context(), path, func(*Record) error { return nil }); err == nil || !strings.Contains(err.Error(), "skills.parquet") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadCSV(t *testing.T) {
	path := filepath.Join(t.TempDir(), "skills.csv")
	const text = "file,ad,sentence,uri,label,score\na,1,x,u:1,weld,0.5\na,1,x,u:2,bake,0.4\na,2,y,,,\na,3,y,u:1,weld,high\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	var got []Record
	rejects, err := ReadFile(t.Context(), path, func(r *Record) error { got = append(got, *r); return nil })
	if err != nil || len(got) != 3 || got[1].Skills[0] != (Skill{"u:2", "bake", 0.4}) || len(got[2].Skills) != 0 || rejects.Rows != 1 {
		t.Errorf("%+v, %v, %v", got, rejects, err)
	}
}

func TestFindResults(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"part-1.jsonl", "part-0.parquet", "_progress.json", ".hidden.jsonl", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	files, other, err := FindResults(dir)
	if err != nil || len(files) != 2 || filepath.Base(files[0]) != "part-0.parquet" || len(other) != 1 || filepath.Base(other[0]) != "notes.txt" {
		t.Errorf("%v, %v, %v", files, other, err)
	}
	if _, _, err := FindResults(t.TempDir()); err == nil {
		t.Error("an empty folder is accepted")
	}
}

func TestReadColumns(t *testing.T) {
	dir := t.TempDir()
	type row struct {
		ID     int64  `parquet:"id"`
		Region string `parquet:"region,optional"`
		Date   int32  `parquet:"date,date"`
		Text   string `parquet:"text"`
	}
	var file bytes.Buffer
	writer := parquet.NewGenericWriter[row](&file)
	if _, err := writer.Write([]row{{1, "north", 19800, "x"}, {2, "", 19830, "y"}}); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"ads.csv":     "id,text,region,date\n1,x,north,2024-03-18\n2,y,,2024-04-17\n",
		"semi.csv":    "id;text;region;date\r\n1;x;north;2024-03-18\r\n2;\"y\n;\";;2024-04-17\r\n",
		"ads.tsv":     "id\ttext\tregion\tdate\n1\tx\tnorth\t2024-03-18\n2\ty\t\t2024-04-17\n",
		"ads.jsonl":   `{"id":1,"region":"north","date":"2024-03-18"}` + "\n" + `{"id":"2","region":null,"date":"2024-04-17"}` + "\n",
		"ads.parquet": file.String(),
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		c := NewColumns([]string{"region", "date"}, []Unit{"", Month})
		rejects, err := c.ReadColumns(t.Context(), path, "", textfile.Encoding{})
		if err != nil || rejects.Rows > 0 {
			t.Errorf("%s: %v, %v", name, err, rejects)
			continue
		}
		for id, want := range map[string][]string{"1": {"north", "2024-03"}, "2": {"", "2024-04"}} {
			values, found := c.of(id)
			if !found {
				t.Errorf("%s: no ad %s", name, id)
				continue
			}
			if got := []string{c.values[0].texts[values[0]], c.values[1].texts[values[1]]}; !slices.Equal(got, want) {
				t.Errorf("%s: ad %s: %q, want %q", name, id, got, want)
			}
		}
		if _, err := NewColumns([]string{"employer"}, []Unit{""}).ReadColumns(t.Context(), path, "", textfile.Encoding{}); name != "ads.jsonl" && (err == nil || !strings.Contains(err.Error(), "region")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func smallSummary(t *testing.T) *Summary {
	c := NewCounter(Options{Pairs: true, MinScore: -1})
	add(t, c, record("1", "weld", "<b>bake"), record("2", "weld"))
	return &Summary{Title: "A <title>", Totals: c.Totals, Skills: c.Skills(), Pairs: c.Pairs(10), Notes: []string{"A & B."}}
}

// The three formats hold the same rows, and the page escapes what ads may say.
func TestWrite(t *testing.T) {
	s := smallSummary(t)
	for _, format := range []Format{CSV, JSON, Parquet} {
		dir := filepath.Join(t.TempDir(), "market")
		if err := s.Write(dir, format); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, "skills."+string(format)))
		if err != nil {
			t.Fatal(err)
		}
		var rows []SkillRow
		switch format {
		case CSV:
			cells, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
			if want := [][]string{{"uri", "label", "ads", "share", "low", "high"}, {"u:weld", "weld", "2", "1", "0.34238", "1"}, {"u:<b>bake", "<b>bake", "1", "0.5", "0.0945312", "0.905469"}}; err != nil || !reflect.DeepEqual(cells, want) {
				t.Errorf("%q, %v", cells, err)
			}
			rows = s.Skills
		case JSON:
			err = json.Unmarshal(text, &rows)
		case Parquet:
			rows, err = parquet.Read[SkillRow](bytes.NewReader(text), int64(len(text)))
			file, openErr := parquet.OpenFile(bytes.NewReader(text), int64(len(text)))
			if openErr != nil {
				t.Fatal(openErr)
			}
			if _, flat := file.Schema().Lookup("share"); !flat {
				t.Errorf("columns are not at the top level: %s", file.Schema())
			}
		}
		if err != nil || !reflect.DeepEqual(rows, s.Skills) {
			t.Errorf("%s: %+v, %v", format, rows, err)
		}
		if _, err := os.Stat(filepath.Join(dir, "changes."+string(format))); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("an empty table is written: %v", err)
		}
		page, err := os.ReadFile(filepath.Join(dir, "report.html"))
		if err != nil || bytes.Contains(page, []byte("<b>bake")) || !bytes.Contains(page, []byte("A &lt;title&gt;")) || !bytes.Contains(page, []byte("A &amp; B.")) {
			t.Errorf("%v", err)
		}
	}
}

func TestTextHasNoControlCharacters(t *testing.T) {
	s := smallSummary(t)
	s.Skills[0].Label = "we\x1b[31mld"
	var out bytes.Buffer
	if err := s.WriteText(&out, 1); err != nil || strings.Contains(out.String(), "\x1b") || !strings.Contains(out.String(), "and 1 more") {
		t.Errorf("%q, %v", out.String(), err)
	}
}
