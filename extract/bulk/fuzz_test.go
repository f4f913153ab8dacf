package bulk

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzProgress: any progress file is refused, or has numbers from which a run can continue.
func FuzzProgress(f *testing.F) {
	f.Add([]byte(`{"version":1,"parts":2,"position":{"input":1,"ads":3},"total":{"ads":5}}`))
	f.Add([]byte(`{"version":1,"parts":-2}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "_progress.json")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := readProgress(path)
		if err == nil && (p.Version != progressVersion || p.Parts < 0 || p.Position.Input < 0 || p.Position.Ads < 0) {
			t.Fatalf("%q: %+v", text, p)
		}
	})
}
