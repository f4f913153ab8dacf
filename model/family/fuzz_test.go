package family

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzConfig: any config.json is refused, or gives a network whose parameters all have a shape within the bounds.
func FuzzConfig(f *testing.F) {
	for _, name := range ModelTypes() {
		text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "tiny-"+name, configName))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := parse(text)
		if err != nil {
			return
		}
		network, err := New(c)
		if err != nil {
			t.Fatalf("%q is accepted, and has no network: %v", text, err)
		}
		for _, parameter := range network.Parameters {
			for _, size := range parameter.Shape {
				if size < 1 || size > 1<<24 {
					t.Fatalf("%q: %s %v", text, parameter.Name, parameter.Shape)
				}
			}
		}
	})
}
