package family

// RoBERTa (Liu et al., arXiv 1907.11692), XLM-RoBERTa (Conneau et al., arXiv 1911.02116) and CamemBERT (Martin et al.,
// arXiv 1911.03894) are BERT with positions counted from the row after the padding token's id.
func init() {
	register(&Family{Defaults: bertDefaults, Complete: countAfterPadding, Network: bert}, "roberta", "xlm-roberta", "camembert")
}

func countAfterPadding(c *Config) error {
	c.FirstPosition = c.PadID + 1
	if c.PadID == -1 {
		c.FirstPosition = 2 // transformers' default, padding token 1
	}
	return nil
}
