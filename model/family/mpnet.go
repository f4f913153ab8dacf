package family

import (
	"fmt"
	"math"

	"skillspace/model/network"
)

// MPNet (Song et al., arXiv 2004.09297): BERT's layers under other names, without token types, and with a bias on
// attention scores that depends on the distance between two tokens. All layers share the bias, after T5 (Raffel et al.,
// arXiv 1910.10683).
func init() {
	register(&Family{
		Defaults: Config{Activation: "gelu", PositionEmbedding: "absolute", LayerNormEpsilon: 1e-12, TypeVocabSize: noTokenTypes, Buckets: mpnetBuckets},
		Complete: completeMPNet, Network: mpnet,
	}, "mpnet")
}

const (
	mpnetBuckets       = 32
	mpnetFarthest      = 128 // distances from here on share the last bucket
	mpnetFirstPosition = 2   // whatever pad_token_id says
	mpnetPositionBias  = "encoder.relative_attention_bias.weight"
)

func completeMPNet(c *Config) error {
	if c.Buckets != mpnetBuckets {
		return fmt.Errorf("relative_attention_num_buckets: %d is not supported (%d is)", c.Buckets, mpnetBuckets)
	}
	c.FirstPosition = mpnetFirstPosition
	return nil
}

func mpnet(c Config) Network {
	embeddings := bertEmbeddings(c)
	embeddings.TokenType = ""
	var parameters shapes
	parameters.embeddings(embeddings, c, c.HiddenSize)
	parameters.add(mpnetPositionBias, c.Buckets, c.Heads)
	layers := make([]*network.Layer, c.Layers)
	for i := range layers {
		prefix := inLayer(bertLayers, int64(i))
		layers[i] = &network.Layer{
			Query: prefix + "attention.attn.q", Key: prefix + "attention.attn.k", Value: prefix + "attention.attn.v",
			AttentionOutput: prefix + "attention.attn.o", AttentionNorm: prefix + "attention.LayerNorm",
			Intermediate: prefix + "intermediate.dense", Output: prefix + "output.dense", OutputNorm: prefix + "output.LayerNorm",
			Heads: c.Heads, HeadSize: c.HiddenSize / c.Heads, Activation: c.Activation, Epsilon: c.LayerNormEpsilon,
		}
		parameters.layer(layers[i], c)
	}
	return Network{
		Parameters: parameters, WordTable: embeddings.Word, LayerPrefix: bertLayers,
		Forward: func(n network.Operations) network.Value {
			hidden := embeddings.Forward(n)
			return forwardLayers(n, layers, hidden, n.PositionBias(mpnetPositionBias, c.LongestInput(), mpnetBucket))
		},
	}
}

// mpnetBucket returns the row of the bias table for a key that comes distance tokens after its query. Half of the rows
// are for keys before the query, half for keys after it. In each half, the first rows are for single distances and the
// others for ranges that grow with the distance.
func mpnetBucket(distance int64) int64 {
	const half, single = mpnetBuckets / 2, mpnetBuckets / 4
	first := int64(0)
	if distance > 0 {
		first = half
	} else {
		distance = -distance
	}
	if distance < single {
		return first + distance
	}
	// In float32, as transformers computes it: at powers of two the bucket depends on the rounding.
	ratio := float32(math.Log(float64(float32(distance)/single))) / float32(math.Log(mpnetFarthest/single)) * (half - single)
	return first + min(single+int64(ratio), half-1)
}
