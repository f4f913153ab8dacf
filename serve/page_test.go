package serve

import (
	"regexp"
	"strings"
	"testing"
)

func TestPageFiles(t *testing.T) {
	f := start(t, false, func(s *Settings) { s.Token = "secret" }) // the page itself needs none
	for path, media := range map[string]string{"/": "text/html", "/style.css": "text/css", "/app.js": "text/javascript", "/samples.js": "text/javascript", "/skills.js": "text/javascript", "/icon.svg": "image/svg+xml"} {
		r := f.do(t, "GET", path, "")
		if r.status != 200 || !strings.HasPrefix(r.header.Get("Content-Type"), media) || r.header.Get("Content-Security-Policy") != pagePolicy {
			t.Errorf("%s: %d %v", path, r.status, r.header)
		}
		// The page works offline. Its only addresses are a link to ESCO and namespaces, which are not loaded.
		for _, address := range regexp.MustCompile(`(?:https?:)?//[a-z][^\s"')>]*`).FindAllString(string(r.body), -1) {
			if address != "https://esco.ec.europa.eu" && address != "http://www.w3.org/2000/svg" {
				t.Errorf("%s names %s", path, address)
			}
		}
		if again := f.do(t, "GET", path, "", "If-None-Match", r.header.Get("ETag")); again.status != 304 {
			t.Errorf("%s: asked again: %d", path, again.status)
		}
	}
	wantProblem(t, "a file beside", f.do(t, "GET", "/page/app.js", ""), 404, "not_found", "")
}
