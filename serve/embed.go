package serve

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// maxInputs is the limit of OpenAI's API.
const maxInputs = 2048

// EmbedRequest has the fields of OpenAI's embeddings API.
type EmbedRequest struct {
	Input          Inputs `json:"input"`
	Model          string `json:"model,omitempty"`           // ignored: the server has one model
	EncodingFormat string `json:"encoding_format,omitempty"` // float (the default) or base64
	Dimensions     *int   `json:"dimensions,omitempty"`      // absent, or the model's dimension
	User           string `json:"user,omitempty"`            // ignored
}

// Inputs are texts. In JSON they are one string or a list of strings.
type Inputs []string

// UnmarshalJSON reads both forms.
func (in *Inputs) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*in = Inputs{one}
		return nil
	}
	var many []string
	if json.Unmarshal(raw, &many) != nil {
		return invalid("input", "want a text or a list of texts. Token ids of another tokenizer mean nothing here: send the texts (LangChain: check_embedding_ctx_length=False)")
	}
	*in = many
	return nil
}

// EmbedResponse has the fields of OpenAI's embeddings API.
type EmbedResponse struct {
	Object string      `json:"object"` // list
	Data   []Embedding `json:"data"`
	Model  string      `json:"model"`
	Usage  Usage       `json:"usage"`
}

// Embedding is the unit vector of one text.
type Embedding struct {
	Object    string `json:"object"` // embedding
	Index     int    `json:"index"`
	Embedding any    `json:"embedding"`     // []float32, or its little-endian bytes in base64
	Cut       bool   `json:"cut,omitempty"` // the text is longer than the model reads, and its end is not in the vector
}

// embed answers POST /v1/embed.
func (s *service) embed(c call) (any, error) {
	var request EmbedRequest
	if err := decode(c.body, &request); err != nil {
		return nil, err
	}
	dimension := int(s.extractor.Embedder.Tower.Dimension())
	if err := request.check(dimension); err != nil {
		return nil, err
	}
	n := int64(len(request.Input))
	if err := checkResponse(n*(vectorBytes+floatBytes*int64(dimension)), c.settings.MaxResponseBytes, "send fewer texts"); err != nil {
		return nil, err
	}
	if err := c.held.growTo(bodyMemory(len(c.body)) + n*(sentenceMemory+4*int64(dimension)+tokenMemory*int64(s.extractor.Embedder.MaxLength))); err != nil {
		return nil, err
	}
	texts, err := s.extractor.Embedder.Tokens(c.Context(), request.Input)
	if err != nil {
		return nil, err
	}
	tokens := 0
	cut := make([]bool, len(texts))
	for i, ids := range texts {
		tokens += len(ids)
		if cut[i] = !s.extractor.Embedder.Whole(request.Input[i], ids); cut[i] {
			countCut(c.Request)
		}
	}
	countTokens(c.Request, tokens)
	vectors, err := s.queue.Embed(c.Context(), texts)
	if err != nil {
		return nil, err
	}
	return &embedAnswer{vectors, cut, request.EncodingFormat == "base64", c.settings.ModelName, Usage{tokens, tokens}}, nil
}

// embedAnswer writes an EmbedResponse without building it.
type embedAnswer struct {
	vectors [][]float32
	cut     []bool
	base64  bool
	model   string
	usage   Usage
}

func (a *embedAnswer) writeTo(s *stream) {
	s.raw(`{"object":"list","data":`)
	s.list(len(a.vectors), func(i int) {
		e := Embedding{Object: "embedding", Index: i, Embedding: a.vectors[i], Cut: a.cut[i]}
		if a.base64 {
			e.Embedding = floatsBase64(a.vectors[i])
		}
		s.value(e)
	})
	s.raw(`,"model":`)
	s.value(a.model)
	s.raw(`,"usage":`)
	s.value(a.usage)
	s.raw("}")
}

func (r *EmbedRequest) check(dimension int) error {
	switch {
	case len(r.Input) == 0:
		return invalid("input", "is missing; set it to a text or a list of texts")
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
