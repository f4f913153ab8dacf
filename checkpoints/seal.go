package checkpoints

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

// The manifest has checksums of the other files. Its own checksum finds damage to the manifest, for instance to a
// threshold or to the position of a run.

const checksumKey = `"checksum": "`

var noChecksum = strings.Repeat("0", 2*sha256.Size)

// writeManifest writes m in this package's format, with the checksum of its text.
func writeManifest(dir string, m *Manifest) error {
	text, err := sealed(m)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, manifestName), text, 0o644)
}

// sealed returns the manifest's text with its checksum.
func sealed(m *Manifest) ([]byte, error) {
	c := *m
	c.Format, c.Checksum = Format, noChecksum
	text, err := json.MarshalIndent(&c, "", "  ")
	if err != nil {
		return nil, err
	}
	text = append(text, '\n')
	sum := sha256.Sum256(text)
	hex.Encode(checksumIn(text), sum[:])
	return text, nil
}

// sealIntact reports whether a manifest's text is unchanged since it was written.
func sealIntact(text []byte) bool {
	text = bytes.Clone(text)
	place := checksumIn(text)
	if place == nil {
		return false
	}
	claimed := string(place)
	copy(place, noChecksum)
	sum := sha256.Sum256(text)
	return claimed == hex.EncodeToString(sum[:])
}

// checksumIn returns the checksum inside a manifest's text, nil if there is none.
func checksumIn(text []byte) []byte {
	at := bytes.Index(text, []byte(checksumKey))
	if at < 0 || len(text) < at+len(checksumKey)+len(noChecksum) {
		return nil
	}
	return text[at+len(checksumKey):][:len(noChecksum)]
}
