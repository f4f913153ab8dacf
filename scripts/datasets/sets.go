package main

// set is a public data set: a folder below datasets/.
type set struct {
	folder string
	files  []file
	// byHand says how the set is had without a download.
	byHand string
}

// file is one file of a set, pinned by its sha256.
type file struct {
	name   string
	url    string // below the host: OWNER/REPOSITORY/COMMIT/PATH; "" if the file cannot be downloaded
	shared string // below ../shared
	sha256 string
	bytes  int64
}

// Commits of the repositories.
const (
	esco      = "tabiya-tech/tabiya-esco-datasets-and-tools/1a8a32efb786c7f72052c893b144beb911fa7db1/datasets/esco/v1.1.0/"
	benchmark = "jensjorisdecorte/Skill-Extraction-benchmark/7fccacd13ddb49fa3e8214a1e7e883d5f445980f/"
	skillSpan = "kris927b/SkillSpan/9ed0462630447fa731c47090c45b44a097c00acb/data/json/"
	skape     = "magantoine/JobSkape/801a03b8d790d81d2a6e0d6ab171ada2f1a24ee6/jobskape/SkillSkape/"
)

const (
	languageZIP  = "ESCO dataset - v1.1.0 - classification - en - csv.zip"
	relationsZIP = "ESCO dataset - v1.1.0 - classification -  - csv.zip"
)

// sets are the data sets that the presets and the documentation name. docs/data.md describes them. The benchmark's test files are not
// among them: they are for a final measurement only.
var sets = []set{
	{folder: "esco", byHand: "download ESCO (CSV, English, classification) from https://esco.ec.europa.eu/en/use-esco/download and put the ZIP archives there", files: []file{
		{languageZIP, esco + languageZIP, "data/esco-1.1.0-official/" + languageZIP, "dd11b53cd0bb2a7dc83faa786bae337fdedefb3cf46c0918e87bea9ba15f2d99", 3507146},
		{relationsZIP, esco + relationsZIP, "data/esco-1.1.0-official/" + relationsZIP, "4876891b51e0adae2a120091bc18aac9a7fe718deda4721d86fb166fd695659a", 3964133},
	}},
	{folder: "skill-extraction-benchmark", files: []file{
		{"tech_validation_annotations.csv", benchmark + "tech_validation_annotations.csv", "data/skill-extraction-benchmark/tech_validation_annotations.csv", "3a436122f22ebf193193f6592cc2139fedc65d04a8b346f8b9b906e7d438ee3f", 44559},
		{"house_validation_annotations.csv", benchmark + "house_validation_annotations.csv", "data/skill-extraction-benchmark/house_validation_annotations.csv", "4cc21f54af010c73e2f8696ed55a7ae4b8389552573dd79185d666dd2047bfe4", 78452},
	}},
	{folder: "skillspan", files: []file{
		{"train.json", skillSpan + "train.json", "data/skillspan/train.json", "5e884c3426087d14fc437d328eb72132082edbfe1e776292ae0e6e9b36c1e1f6", 2207996},
		{"dev.json", skillSpan + "dev.json", "data/skillspan/dev.json", "3732937c6869fe191c749b4efe7ffd597ce84eea1192f09b7fe3bd1eb459e2b4", 1036099},
	}},
	{folder: "skillskape", files: []file{
		{"train.csv", skape + "train.csv", "data/skillskape/train.csv", "d1f512e3d5ccdc4cea471d48819491e4cd7836618c09117d0ee82ea9a043d815", 1870931},
		{"dev.csv", skape + "dev.csv", "data/skillskape/dev.csv", "23dc30d9f42b923c00883176aee1bf0c2dacdcd455787decce45ead3e5d88519", 359554},
	}},
	{folder: "zh-ads", byHand: "it is not public; any file of the benchmark formats in docs/evaluation.md does in its place", files: []file{
		{name: "dev.jsonl", shared: "data/zh-ads/dev.jsonl", sha256: "0c8881f35bc86b714d52262b5a6287c2ca9a41a7f63eb977527c135b359681c0", bytes: 90684},
	}},
}

// models are folders that are linked from ../shared where it has them. They cannot be downloaded.
var models = []string{"e5-small-zh-en", "e5-small-zh-en-roberta"}
