package serve

import (
	_ "embed" // the description
	"net/http"
)

// openAPIJSON describes the routes and the bodies. Tests compare it with both.
//
//go:embed openapi.json
var openAPIJSON []byte

func openAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(openAPIJSON)
}
