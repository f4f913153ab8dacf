package serve

import "net/http"

// StatusResponse is the answer to /healthz and /readyz.
type StatusResponse struct {
	Status string `json:"status"`
}

// ModelResponse describes the model, and the settings for values that a request does not set.
type ModelResponse struct {
	Model           string   `json:"model"`
	Dimension       int      `json:"dimension"`
	MaxLength       int      `json:"max_length"` // tokens; a longer sentence is cut
	Skills          int      `json:"skills"`
	TopK            int      `json:"top_k"`
	Threshold       float32  `json:"threshold"`
	FilterThreshold *float64 `json:"filter_threshold,omitempty"` // absent without a filter
}

// healthz answers as long as the process lives.
func (s *Server) healthz(http.ResponseWriter, *http.Request) (any, error) {
	return StatusResponse{"ok"}, nil
}

// readyz reports whether the server accepts requests.
func (s *Server) readyz(http.ResponseWriter, *http.Request) (any, error) {
	switch {
	case s.stopping.Load():
		return nil, retryProblem(http.StatusServiceUnavailable, "stopping", 5, "the server is stopping")
	case s.loaded.Load() == nil:
		return nil, retryProblem(http.StatusServiceUnavailable, "loading", 5, "the model is being loaded")
	}
	return StatusResponse{"ready"}, nil
}

// model answers GET /v1/model.
func (s *service) model(c call) (any, error) {
	response := ModelResponse{
		Model: c.settings.ModelName, Dimension: int(s.extractor.Embedder.Tower.Dimension()), MaxLength: s.extractor.Embedder.MaxLength,
		Skills: len(s.extractor.Index.Skills), TopK: c.settings.Extract.TopK, Threshold: c.settings.Extract.Threshold,
	}
	if s.extractor.Filter != nil {
		response.FilterThreshold = &s.extractor.Filter.Threshold
	}
	return response, nil
}
