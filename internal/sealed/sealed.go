// Package sealed gives a JSON object a checksum of its own text, as its last key. The object stays JSON that any program
// reads.
package sealed

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
)

// ErrDamaged means that a text was altered after it was sealed.
var ErrDamaged = errors.New("its checksum does not match: it was altered or is corrupt")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

const (
	before = `,"crc32c":"`
	after  = `"}`
	digits = 8
)

// Seal returns the text of a non-empty JSON object with the key crc32c added: the CRC-32C of all text before it.
func Seal(object []byte) []byte {
	body := bytes.TrimRight(bytes.TrimSuffix(bytes.TrimSpace(object), []byte("}")), " \n")
	return fmt.Appendf(bytes.Clone(body), "%s%0*x%s", before, digits, crc32.Checksum(body, castagnoli), after)
}

// Check returns an error that wraps [ErrDamaged] where a sealed text was altered. A text without a seal passes: earlier
// versions wrote none.
func Check(object []byte) error {
	object = bytes.TrimSpace(object)
	at := len(object) - len(before) - digits - len(after)
	if at < 0 || !bytes.HasPrefix(object[at:], []byte(before)) || !bytes.HasSuffix(object, []byte(after)) {
		if bytes.Contains(bytes.ToLower(object), []byte(`"crc32c":`)) {
			return ErrDamaged // of the seal itself
		}
		return nil
	}
	if string(object[at+len(before):][:digits]) != fmt.Sprintf("%0*x", digits, crc32.Checksum(object[:at], castagnoli)) {
		return ErrDamaged
	}
	return nil
}
