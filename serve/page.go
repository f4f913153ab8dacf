package serve

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"mime"
	"net/http"
	"path"
	"time"
)

// pageFiles are the files of the page at /. They need no build step and load nothing from other servers.
//
//go:embed page
var pageFiles embed.FS

// pagePolicy allows the page to load its own files only.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func pageRoutes() []route {
	return []route{
		{method: "GET", path: "/", handler: pageFile("index.html"), page: true},
		{method: "GET", path: "/style.css", handler: pageFile("style.css"), page: true},
		{method: "GET", path: "/app.js", handler: pageFile("app.js"), page: true},
		{method: "GET", path: "/skills.js", handler: pageFile("skills.js"), page: true},
		{method: "GET", path: "/samples.js", handler: pageFile("samples.js"), page: true},
		{method: "GET", path: "/icon.svg", handler: pageFile("icon.svg"), page: true},
	}
}

// pageFile serves one file. A browser loads it again only if it has changed.
func pageFile(name string) http.Handler {
	content, err := pageFiles.ReadFile("page/" + name)
	if err != nil {
		panic(err) // cannot happen: the file is embedded
	}
	sum := sha256.Sum256(content)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", tag)
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
	})
}
