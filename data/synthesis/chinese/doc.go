// Package chinese knows the little Chinese grammar that writing a job ad needs: which phrases begin with a verb, how names are listed, where
// spaces and punctuation go. It holds no sentences and no skills.
package chinese
