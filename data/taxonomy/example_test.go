package taxonomy_test

import (
	"fmt"
	"log"

	"skillspace/data/taxonomy"
)

func ExampleLoad() {
	tax, err := taxonomy.Load("testdata/bakery")
	if err != nil {
		log.Fatal(err)
	}
	skill, _ := tax.ByPreferredLabel("bake rye bread")
	for _, above := range tax.Broader(skill) {
		fmt.Println("broader:", tax.Skills()[above].PreferredLabel)
	}
	for _, group := range tax.Level2(skill) {
		fmt.Println("Level 2:", tax.Groups()[group].Code)
	}
	fmt.Println(tax.Findings())
	// Output:
	// broader: bake bread
	// Level 2: S1.0
	// 1 concepts that only the broader file names
}

func ExampleNew() {
	tax, err := taxonomy.New([]taxonomy.Skill{
		{URI: "https://example.org/skills/1", PreferredLabel: "plan routes", AltLabels: []string{"route planning"}},
		{URI: "https://example.org/skills/2", PreferredLabel: "SQL", Type: "knowledge"},
	})
	if err != nil {
		log.Fatal(err)
	}
	skill, found := tax.ByPreferredLabel("sql")
	fmt.Println(skill, found)
	// Output: 1 true
}
