package checkpoints

import (
	"os"
	"path/filepath"
	"testing"

	"skillspace/internal/folder"
)

// FuzzManifest: any checkpoint.json is refused, or passes every bound and names the model's files.
func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"format":1,"kind":"filter","model":{"head":{"pooling":"mean"},"max_length":32},"files":{"config.json":{},"head.safetensors":{},"model.safetensors":{}}}`))
	f.Add([]byte(`{"format":1,"kind":"biencoder","model":{"head":{"pooling":"cls","projection":8},"max_length":-1},"files":{}}`))
	f.Add([]byte(`{"format":2,"checksum":"00"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, manifestName), text, 0o600); err != nil {
			t.Fatal(err)
		}
		in, err := folder.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		m, err := readManifest(in)
		if err != nil {
			return
		}
		if err := m.validate(); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		for _, name := range m.modelFiles() {
			if _, named := m.Files[name]; !named {
				t.Fatalf("%q does not name %s", text, name)
			}
		}
		m.Identity()
	})
}
