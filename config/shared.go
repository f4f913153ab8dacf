package config

// The structs in this file are blocks of settings that several commands share. A command's struct embeds them with `yaml:",inline"`, so their
// keys are the command's own. Where a key means something else for a command, the comment on the embedded field says so as "key: description".

// Placement says which processor computes.
type Placement struct {
	// Where the computation runs: `auto` (CUDA if this build and this machine have it, else the CPU), `cpu`, `cuda` (the first CUDA device) or `cuda:N` (device N, from 0). A CUDA device that does not exist is an error.
	Device string `yaml:"device" choices:"auto,cpu,cuda,cuda:N"`
}

// Compute is what every command that computes, but does not train, has.
type Compute struct {
	Placement `yaml:",inline"`
	// CPU threads; 0 for all.
	Threads int `yaml:"threads"`
}

// SkillSource names the skills.
type SkillSource struct {
	// Folder with the skills: ESCO's CSV files or ZIP archives, or a list with its list.yaml. Required.
	Taxonomy string `yaml:"taxonomy" path:"taxonomy"`
	// Language of the skills' labels and descriptions, such as `zh` for skills_zh.csv. The hierarchy may stay English. Empty: English if the folder has it, else its only language.
	TaxonomyLanguage string `yaml:"taxonomy_language"`
}

// SkillIndex says how the skills are embedded.
type SkillIndex struct {
	// taxonomy: Folder with the skills: ESCO's CSV files or ZIP archives, or a list with its list.yaml. Empty: the skills stored with the checkpoint, if it was exported with a taxonomy.
	SkillSource `yaml:",inline"`
	// Texts that stand for a skill: `label` (its preferred label), `labels` (the mean of its preferred label and its best alternative label) or `all` (these and the description).
	Views string `yaml:"views" choices:"label,labels,all"`
	// Whether the skills' embeddings are kept in the checkpoint's folder for the next time.
	Cache bool `yaml:"cache"`
}

// Inference is what the commands share that find skills in sentences. Which bi-encoders they load, each says itself.
type Inference struct {
	// Checkpoint of the sentence filter. Empty: every sentence is searched for skills.
	Filter string `yaml:"filter" path:"folder"`
	// Lowest probability (0 to 1) at which the filter keeps a sentence; -1 for the threshold that was calibrated in training.
	FilterThreshold float64 `yaml:"filter_threshold"`
	SkillIndex      `yaml:",inline"`
	// Whether words that a sentence shares with a skill's labels raise the skill's score. With `views: labels` the preferred label then counts 0.6 and the best alternative label 0.4. Without it a score is a cosine.
	Lexical bool `yaml:"lexical"`
	// Precision of the forward passes: `fp32`, `bf16` (twice as fast where the processor computes in bf16) or `auto` (bf16 where that is so, else fp32).
	Precision string `yaml:"precision" choices:"fp32,bf16,auto"`
	Compute   `yaml:",inline"`
}

// ModelSource is everything that extract-skills and serve load.
type ModelSource struct {
	// Checkpoint of the bi-encoder. Required.
	Checkpoint string `yaml:"checkpoint" path:"folder"`
	Inference  `yaml:",inline"`
	// Which threshold of those measured in training is used where `threshold` is -2: `best_f1`, `precision=P` (the lowest that reaches the precision P) or `recall=R` (the highest that reaches the recall R), with P and R above 0 to 1.
	ThresholdFor string `yaml:"threshold_for"`
}

const (
	// StoredThreshold stands for the threshold that training chose and stored in the checkpoint.
	StoredThreshold = -2
	// FallbackThreshold is used for a checkpoint that stores none.
	FallbackThreshold = 0.5
	// DefaultViews are the views that training chooses the threshold with.
	DefaultViews = "labels"
)

// Reporting says which of the nearest skills are reported for a sentence.
type Reporting struct {
	// Largest number of skills reported for a sentence.
	TopK int `yaml:"top_k"`
	// Lowest score (-1 to 1) at which a skill is reported; -2 for the threshold that training chose and stored in the checkpoint, or 0.5 if it stores none.
	Threshold float64 `yaml:"threshold"`
}

func defaultCompute() Compute { return Compute{Placement: Placement{Device: "auto"}} }

func defaultInference() Inference {
	return Inference{FilterThreshold: -1, SkillIndex: SkillIndex{Views: DefaultViews, Cache: true}, Lexical: true, Precision: "fp32", Compute: defaultCompute()}
}

// The checks of blocks leave the choices of tags to the Validate of the struct that embeds the block.

func checkCompute(k *checker, c Compute) { k.between("threads", c.Threads, 0, 1024) }

func checkSkillSource(k *checker, s SkillSource) {
	k.required("taxonomy", s.Taxonomy, "the folder of ESCO (its CSV files or ZIP archives) or of a list with its list.yaml")
}

func checkInference(k *checker, i Inference) {
	if i.FilterThreshold != -1 {
		k.notNegative("filter_threshold", i.FilterThreshold)
		k.atMost("filter_threshold", i.FilterThreshold, 1)
	}
	checkCompute(k, i.Compute)
}

func checkModelSource(k *checker, m ModelSource) {
	k.required("checkpoint", m.Checkpoint, "the folder with the bi-encoder, such as RUN/checkpoints/best")
	if _, _, err := m.ThresholdTarget(); err != nil {
		k.fail("threshold_for", "is wrong: %v", err)
	}
	checkInference(k, m.Inference)
}

// checkThreshold refuses a rule for the stored threshold beside a threshold of one's own.
func checkThreshold(k *checker, m ModelSource, r Reporting) {
	if r.Threshold != StoredThreshold && m.ThresholdFor != "best_f1" {
		k.fail("threshold_for", "is %s, but threshold is set to %v: set only one of them", m.ThresholdFor, r.Threshold)
	}
}

func checkReporting(k *checker, r Reporting, most int) {
	k.between("top_k", r.TopK, 1, most)
	if r.Threshold != StoredThreshold {
		k.notBelow("threshold", r.Threshold, -1)
		k.atMost("threshold", r.Threshold, 1)
	}
}
