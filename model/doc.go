// Package model holds the networks: the BERT encoder, BiLSTM, pooling, the bi-encoder, the sentence filter and their losses.
// It does not read text, choose batches or train; parameters carry their Hugging Face names.
//
// Shape letters in names: B sequences, T padded time, N packed tokens (no padding), H hidden size, S skills, D embedding size.
package model
