// Command market writes 2,000 made-up job ads with a date, a region and an employer, and the skills that each of them names, for trying
// summarise-skills. The same seed gives the same ads.
package main

import (
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"skillspace/data/taxonomy"
)

func main() {
	n := flag.Int("ads", 2000, "number of ads")
	seed := flag.Uint64("seed", 1, "seed of the random numbers")
	ontology := flag.String("taxonomy", "examples/ontology", "folder with the skills")
	output := flag.String("output", "runs/market", "folder for ads.csv and skills.jsonl")
	flag.Parse()
	tax, err := taxonomy.Load(*ontology)
	if err == nil {
		err = write(*output, newMarket(tax, *seed), *n)
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("written: %s, %s\n", filepath.Join(*output, "ads.csv"), filepath.Join(*output, "skills.jsonl"))
}

var regions = []string{"north", "south", "east", "west"}

var employers = []string{"Alder Works", "Birch Clinic", "Cedar Logistics", "Dogwood Studio", "Elm & Sons", "Fir Energy", "Gorse Foods", "Hazel Bank"}

// frames are sentences with a place for a skill.
var frames = []string{
	"What counts here: %s.", "Part of the work: %s.", "We ask for the following: %s.", "Welcome in this job: %s.", "You bring along: %s.",
}

// fillers name no skill.
var fillers = []string{
	"We look forward to your letter.", "The job starts in autumn.", "Our canteen is open until two.", "Thirty days of holiday a year.", "Working hours are agreed with the team.",
}

// market draws ads. A third of the skills rise over the year and a third fall.
type market struct {
	random *rand.Rand
	skills []taxonomy.Skill
}

func newMarket(tax *taxonomy.Taxonomy, seed uint64) *market {
	m := &market{random: rand.New(rand.NewPCG(seed, 0)), skills: append([]taxonomy.Skill(nil), tax.Skills()...)}
	m.random.Shuffle(len(m.skills), func(i, k int) { m.skills[i], m.skills[k] = m.skills[k], m.skills[i] })
	return m
}

// ad is one made-up ad.
type ad struct {
	date             time.Time
	region, employer string
	text             string
	skills           []taxonomy.Skill
}

func (m *market) draw() ad {
	day := m.random.IntN(365)
	a := ad{
		date:   time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, day),
		region: regions[m.random.IntN(len(regions))], employer: employers[m.random.IntN(len(employers))],
	}
	sentences := []string{a.employer + " is hiring."}
	for range 3 + m.random.IntN(5) {
		i := m.random.IntN(min(len(m.skills), 10+m.random.IntN(len(m.skills)))) // the first skills are the frequent ones
		year := float64(day) / 365
		if keep := []float64{1, 0.2 + 0.8*year, 1 - 0.8*year}[i%3]; m.random.Float64() > keep {
			sentences = append(sentences, fillers[m.random.IntN(len(fillers))])
			continue
		}
		a.skills = append(a.skills, m.skills[i])
		sentences = append(sentences, fmt.Sprintf(frames[m.random.IntN(len(frames))], m.skills[i].PreferredLabel))
	}
	a.text = strings.Join(sentences, " ")
	return a
}

// write writes n ads, and the skills in the form of extract-skills.
func write(dir string, m *market, n int) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	ads, err := os.Create(filepath.Join(dir, "ads.csv"))
	if err != nil {
		return err
	}
	defer ads.Close()
	skills, err := os.Create(filepath.Join(dir, "skills.jsonl"))
	if err != nil {
		return err
	}
	defer skills.Close()
	rows := csv.NewWriter(ads)
	if err := rows.Write([]string{"id", "date", "region", "employer", "text"}); err != nil {
		return err
	}
	for i := range n {
		a := m.draw()
		id := fmt.Sprintf("%04d", i)
		if err := rows.Write([]string{id, a.date.Format(time.DateOnly), a.region, a.employer, a.text}); err != nil {
			return err
		}
		if err := writeSkills(skills, id, a.skills); err != nil {
			return err
		}
	}
	rows.Flush()
	return rows.Error()
}

func writeSkills(w io.Writer, id string, skills []taxonomy.Skill) error {
	type skill struct {
		URI   string  `json:"uri"`
		Label string  `json:"label"`
		Score float64 `json:"score"`
	}
	record := struct {
		File   string  `json:"file"`
		Ad     string  `json:"ad"`
		Skills []skill `json:"skills"`
	}{"ads.csv", id, []skill{}}
	for _, s := range skills {
		record.Skills = append(record.Skills, skill{s.URI, s.PreferredLabel, 1})
	}
	return json.NewEncoder(w).Encode(record)
}
