package serve

// ModelsResponse has the fields of OpenAI's list of models.
type ModelsResponse struct {
	Object string       `json:"object"` // list
	Data   []ModelEntry `json:"data"`
}

// ModelEntry is a model in OpenAI's form.
type ModelEntry struct {
	ID      string `json:"id"`
	Object  string `json:"object"`  // model
	Created int    `json:"created"` // when the server loaded it, in seconds since 1970
	OwnedBy string `json:"owned_by"`
}

// models answers GET /v1/models: the server has one.
func (s *service) models(c call) (any, error) {
	return ModelsResponse{"list", []ModelEntry{{c.settings.ModelName, "model", int(s.since.Unix()), "skillspace"}}}, nil
}
