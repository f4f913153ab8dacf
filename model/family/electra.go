package family

import "skillspace/model/network"

// ELECTRA's encoder (Clark et al., arXiv 2003.10555): BERT whose tables may be narrower than its layers. Its
// discriminator and its generator are stored in the same way.
func init() {
	register(&Family{Defaults: bertDefaults, NoPooler: true, Network: electra}, "electra")
}

const electraProjection = "embeddings_project"

func electra(c Config) Network {
	net := bert(c)
	if c.EmbeddingSize == c.HiddenSize {
		return net
	}
	embeddings, layers := bertEmbeddings(c), net.FusedLayers
	var parameters shapes
	parameters.embeddings(embeddings, c, c.EmbeddingSize)
	parameters.affine(electraProjection, c.HiddenSize, c.EmbeddingSize)
	for _, layer := range layers {
		parameters.layer(layer, c)
	}
	net.Parameters = parameters
	net.Forward = func(n network.Operations) network.Value {
		hidden := n.Linear(embeddings.Forward(n), electraProjection+".weight", electraProjection+".bias")
		return forwardLayers(n, layers, hidden, nil)
	}
	return net
}
