package family

import "skillspace/model/network"

// DistilBERT (Sanh et al., arXiv 1910.01108): BERT's layers under other names, without token types.
func init() {
	register(&Family{
		Keys: map[string]string{
			"hidden_size": "dim", "num_hidden_layers": "n_layers", "num_attention_heads": "n_heads", "intermediate_size": "hidden_dim",
			"hidden_act": "activation", "hidden_dropout_prob": "dropout", "attention_probs_dropout_prob": "attention_dropout",
		},
		Defaults: Config{Activation: "gelu", PositionEmbedding: "absolute", LayerNormEpsilon: 1e-12, TypeVocabSize: noTokenTypes},
		NoPooler: true, Network: distilBERT,
	}, "distilbert")
}

const distilBERTLayers = "transformer.layer."

func distilBERT(c Config) Network {
	embeddings := bertEmbeddings(c)
	embeddings.TokenType = ""
	var parameters shapes
	parameters.embeddings(embeddings, c, c.HiddenSize)
	layers := make([]*network.Layer, c.Layers)
	for i := range layers {
		prefix := inLayer(distilBERTLayers, int64(i))
		layers[i] = &network.Layer{
			Query: prefix + "attention.q_lin", Key: prefix + "attention.k_lin", Value: prefix + "attention.v_lin",
			AttentionOutput: prefix + "attention.out_lin", AttentionNorm: prefix + "sa_layer_norm",
			Intermediate: prefix + "ffn.lin1", Output: prefix + "ffn.lin2", OutputNorm: prefix + "output_layer_norm",
			Heads: c.Heads, HeadSize: c.HiddenSize / c.Heads, Activation: c.Activation, Epsilon: c.LayerNormEpsilon,
		}
		parameters.layer(layers[i], c)
	}
	return Network{
		Parameters: parameters, WordTable: embeddings.Word, LayerPrefix: distilBERTLayers, FusedLayers: layers,
		Forward: func(n network.Operations) network.Value {
			return forwardLayers(n, layers, embeddings.Forward(n), nil)
		},
	}
}
