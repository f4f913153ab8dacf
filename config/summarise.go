package config

import (
	"slices"
	"strings"

	"skillspace/data/textfile"
)

// SummariseSkills configures summarise-skills.
type SummariseSkills struct {
	// Folder with the taxonomy, for the groups of skills. Empty: groups are not counted.
	Taxonomy string `yaml:"taxonomy" path:"taxonomy"`
	// Language of the groups' labels. Empty: English if the folder has it, else its only language.
	TaxonomyLanguage string `yaml:"taxonomy_language"`
	// Files of the ads that were extracted (CSV, JSON lines or Parquet), for their columns. Required with by and period.
	Ads []string `yaml:"ads" path:"file"`
	// Column of the ads with their identifiers, as it was for extract-skills. Empty: `id` if there is such a column, else the file's name and line.
	IDColumn string `yaml:"id_column"`
	// Encoding of the files of the ads, where they are text without a byte order mark, such as `windows-1252` or `gbk`. Empty: UTF-8.
	Encoding string `yaml:"encoding"`
	// Columns of the ads to count by, such as region or employer. Each is counted by itself.
	By []string `yaml:"by"`
	// Column of the ads with a date such as 2024-03-17, for trends and changes.
	Period string `yaml:"period"`
	// Length of a period: `day`, `week`, `month`, `quarter`, `year`, or `as-is` for columns that hold names of periods.
	PeriodUnit string `yaml:"period_unit" choices:"day,week,month,quarter,year,as-is"`
	// Period to compare from, such as `2024-01` or `2024-01..2024-03`. Empty: the first.
	Earlier string `yaml:"earlier"`
	// Period to compare with earlier. Empty: the last.
	Later string `yaml:"later"`
	// Lowest score at which a skill counts (-1 to 1). -1: every skill that was reported.
	MinScore float64 `yaml:"min_score"`
	// What to do with an ad whose records come back after those of other ads: `refuse` (an error), `skip` (only its first records count) or `count` (as an ad of its own).
	RepeatedAds string `yaml:"repeated_ads" choices:"refuse,skip,count"`
	// Largest number of pairs of skills to report; 0 to count none, which is faster.
	Pairs int `yaml:"pairs"`
	// Number of skills printed on stdout.
	Top int `yaml:"top"`
	// Folder for the tables and the page report.html. A summary that is there already is replaced. Empty: only stdout.
	Output string `yaml:"output" output:"folder"`
	// Format of the tables: `csv`, `parquet` or `json`.
	Format string `yaml:"format" choices:"csv,parquet,json"`
	// Title of the page.
	Title string `yaml:"title"`
}

// Defaults overwrites every field with its default.
func (c *SummariseSkills) Defaults() {
	*c = SummariseSkills{PeriodUnit: "month", MinScore: -1, RepeatedAds: "refuse", Pairs: 1000, Top: 20, Format: "csv", Title: "Skills of the labour market"}
}

// Validate returns the first value that cannot work, as a *KeyError.
func (c *SummariseSkills) Validate() error {
	var k checker
	k.choices("", c)
	columns := slices.Clone(c.By)
	if c.Period != "" {
		columns = append(columns, c.Period)
	}
	switch {
	case len(columns) > 0 && len(c.Ads) == 0:
		k.lacks("ads", "; the files of the ads hold the columns %s", strings.Join(columns, ", "))
	case len(columns) == 0 && len(c.Ads) > 0:
		k.lacks("by", ", nor is period: there is no column to count the ads by")
	case c.Period == "" && c.Earlier+c.Later != "":
		k.lacks("period", "; it names the column with the dates that earlier and later are about")
	}
	slices.Sort(columns)
	for i, name := range columns {
		if strings.TrimSpace(name) == "" {
			k.fail("by", "has an empty name of a column")
		}
		if i > 0 && name == columns[i-1] {
			k.fail("by", "names %q twice, or it is period too", name)
		}
	}
	if _, err := textfile.FindEncoding(c.Encoding); err != nil {
		k.fail("encoding", "is wrong: %v", err)
	}
	k.notBelow("min_score", c.MinScore, -1)
	k.atMost("min_score", c.MinScore, 1)
	k.between("pairs", c.Pairs, 0, 1000000)
	k.between("top", c.Top, 0, 100000)
	k.required("title", c.Title, "the title of the page")
	return k.result()
}
