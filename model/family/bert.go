package family

import (
	"strings"

	"skillspace/model/network"
)

// BERT (Devlin et al., arXiv 1810.04805), without its pooler.
func init() {
	register(&Family{Defaults: bertDefaults, Network: bert}, "bert")
}

var bertDefaults = Config{Activation: "gelu", PositionEmbedding: "absolute", LayerNormEpsilon: 1e-12}

// bertLayers precedes a layer's number in BERT's names.
const bertLayers = "encoder.layer."

func bert(c Config) Network {
	embeddings := bertEmbeddings(c)
	var parameters shapes
	parameters.embeddings(embeddings, c, c.HiddenSize)
	layers := make([]*network.Layer, c.Layers)
	for i := range layers {
		layers[i] = bertLayer(c, inLayer(bertLayers, int64(i)))
		parameters.layer(layers[i], c)
	}
	return Network{
		Parameters: parameters, WordTable: embeddings.Word, LayerPrefix: bertLayers, Alias: firstReleaseName, FusedLayers: layers,
		Forward: func(n network.Operations) network.Value {
			return forwardLayers(n, layers, embeddings.Forward(n), nil)
		},
	}
}

// bertEmbeddings are BERT's tables.
func bertEmbeddings(c Config) *network.Embeddings {
	return &network.Embeddings{
		Word: "embeddings.word_embeddings.weight", Position: "embeddings.position_embeddings.weight",
		TokenType: "embeddings.token_type_embeddings.weight", Norm: "embeddings.LayerNorm",
		FirstPosition: c.FirstPosition, Epsilon: c.LayerNormEpsilon,
	}
}

// bertLayer is BERT's layer, whose parameters' names begin with prefix.
func bertLayer(c Config, prefix string) *network.Layer {
	return &network.Layer{
		Query: prefix + "attention.self.query", Key: prefix + "attention.self.key", Value: prefix + "attention.self.value",
		AttentionOutput: prefix + "attention.output.dense", AttentionNorm: prefix + "attention.output.LayerNorm",
		Intermediate: prefix + "intermediate.dense", Output: prefix + "output.dense", OutputNorm: prefix + "output.LayerNorm",
		Heads: c.Heads, HeadSize: c.HiddenSize / c.Heads, Activation: c.Activation, Epsilon: c.LayerNormEpsilon,
	}
}

// firstReleaseName returns the name of a norm's parameter in BERT's first release. It returns other names unchanged.
func firstReleaseName(name string) string {
	name = strings.Replace(name, "LayerNorm.weight", "LayerNorm.gamma", 1)
	return strings.Replace(name, "LayerNorm.bias", "LayerNorm.beta", 1)
}
