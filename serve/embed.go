package serve

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// maxInputs of one request is OpenAI's.
const maxInputs = 2048

// EmbedRequest is that of OpenAI's embeddings API.
type EmbedRequest struct {
	Input          Inputs `json:"input"`
	Model          string `json:"model,omitempty"`           // any: there is one
	EncodingFormat string `json:"encoding_format,omitempty"` // float, the default, or base64
	Dimensions     *int   `json:"dimensions,omitempty"`      // that of the model, or nothing
	User           string `json:"user,omitempty"`            // not used
}

// Inputs are texts, in JSON one text or a list of them.
type Inputs []string

// UnmarshalJSON reads either form.
func (in *Inputs) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*in = Inputs{one}
		return nil
	}
	var many []string
	if json.Unmarshal(raw, &many) != nil {
		return invalid("input", "want a text or a list of texts (tokens are not read)")
	}
	*in = many
	return nil
}

// EmbedResponse is that of OpenAI's embeddings API.
type EmbedResponse struct {
	Object string      `json:"object"` // list
	Data   []Embedding `json:"data"`
	Model  string      `json:"model"`
	Usage  Usage       `json:"usage"`
}

// Embedding is one text's unit vector.
type Embedding struct {
	Object    string `json:"object"` // embedding
	Index     int    `json:"index"`
	Embedding any    `json:"embedding"` // []float32, or its bytes (little-endian) in base64
}

// embed answers POST /v1/embed.
func (s *service) embed(c call) (any, error) {
	var request EmbedRequest
	if err := decode(c.Request, &request); err != nil {
		return nil, err
	}
	if err := request.check(int(s.extractor.Embedder.Tower.Dimension())); err != nil {
		return nil, err
	}
	texts, err := s.extractor.Embedder.Tokens(c.Context(), request.Input)
	if err != nil {
		return nil, err
	}
	tokens := 0
	for _, ids := range texts {
		tokens += len(ids)
	}
	count(c.Request, tokens)
	vectors, err := s.queue.Embed(c.Context(), texts)
	if err != nil {
		return nil, err
	}
	response := EmbedResponse{Object: "list", Data: make([]Embedding, len(vectors)), Model: c.settings.ModelName, Usage: Usage{tokens, tokens}}
	for i, vector := range vectors {
		response.Data[i] = Embedding{Object: "embedding", Index: i, Embedding: vector}
		if request.EncodingFormat == "base64" {
			response.Data[i].Embedding = floatsBase64(vector)
		}
	}
	return response, nil
}

func (r *EmbedRequest) check(dimension int) error {
	switch {
	case len(r.Input) == 0:
		return invalid("input", "is missing; it holds a text or a list of texts")
	case len(r.Input) > maxInputs:
		return invalid("input", "has %d texts; want at most %d", len(r.Input), maxInputs)
	case r.EncodingFormat != "" && r.EncodingFormat != "float" && r.EncodingFormat != "base64":
		return invalid("encoding_format", "is %q; want float or base64", r.EncodingFormat)
	case r.Dimensions != nil && *r.Dimensions != dimension:
		return invalid("dimensions", "is %d; this model has %d", *r.Dimensions, dimension)
	}
	for i, text := range r.Input {
		if strings.TrimSpace(text) == "" {
			return invalid(fmt.Sprintf("input[%d]", i), "is empty")
		}
	}
	return nil
}

func floatsBase64(values []float32) string {
	raw := make([]byte, 0, 4*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return base64.StdEncoding.EncodeToString(raw)
}
