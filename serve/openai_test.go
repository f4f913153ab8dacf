package serve

import (
	"math"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

// OpenAI's client reads the embeddings.
func TestOpenAIClient(t *testing.T) {
	f := start(t, false, func(s *Settings) { s.Token = "secret" })
	client := openai.NewClient(option.WithBaseURL(f.URL+"/v1"), option.WithAPIKey("secret"))
	texts := []string{"You drive trucks.", "你会开车。"}
	got, err := client.Embeddings.New(t.Context(), openai.EmbeddingNewParams{
		Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: texts}, Model: openai.EmbeddingModelTextEmbedding3Small,
	})
	if err != nil {
		t.Fatal(err)
	}
	want, err := f.extractor.Embedder.Embed(t.Context(), texts, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Data) != 2 || got.Model != "test" || got.Usage.TotalTokens < 6 {
		t.Fatalf("%+v", got)
	}
	for i, e := range got.Data {
		if len(e.Embedding) != want.Dimension {
			t.Fatalf("%d values", len(e.Embedding))
		}
		for k, v := range e.Embedding {
			if math.Abs(v-float64(want.Row(i)[k])) > 1e-6 {
				t.Fatalf("text %d, value %d: %v, want %v", i, k, v, want.Row(i)[k])
			}
		}
	}
}
