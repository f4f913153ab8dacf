package config

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// checker collects complaints. A Validate is then a plain list of rules.
type checker struct {
	wrong   *KeyError // the first wrong value
	missing []*KeyError
}

// result returns the first wrong value, or else what is missing. A missing key must not hide a mistake in what was written.
func (k *checker) result() error {
	switch {
	case k.wrong != nil:
		return k.wrong
	case len(k.missing) == 0:
		return nil
	}
	first := k.missing[0]
	for _, other := range k.missing[1:] {
		first.AlsoMissing = append(first.AlsoMissing, other.Key)
	}
	return first
}

// fail complains about a value. A key that is missing has no value to complain about.
func (k *checker) fail(key, format string, args ...any) {
	if k.wrong == nil && !k.isMissing(key) {
		k.wrong = &KeyError{Key: key, Reason: fmt.Sprintf(format, args...)}
	}
}

// lacks complains about a key that is not set and has to be.
func (k *checker) lacks(key, format string, args ...any) {
	if !k.isMissing(key) {
		k.missing = append(k.missing, &KeyError{Key: key, Reason: "is not set" + fmt.Sprintf(format, args...)})
	}
}

func (k *checker) isMissing(key string) bool {
	return slices.ContainsFunc(k.missing, func(e *KeyError) bool { return e.Key == key })
}

func (k *checker) required(key, value, what string) {
	if strings.TrimSpace(value) == "" {
		k.lacks(key, "; it names %s", what)
	}
}

// numbered matches a word with an index, such as cuda:1.
var numbered = regexp.MustCompile(`^(.+):(0|[1-9][0-9]{0,2})$`)

// oneOf allows the words listed. One that ends in ":N" stands for any index.
func (k *checker) oneOf(key, value string, allowed ...string) {
	if slices.Contains(allowed, value) && !strings.HasSuffix(value, ":N") {
		return
	}
	if m := numbered.FindStringSubmatch(value); m != nil && slices.Contains(allowed, m[1]+":N") {
		return
	}
	k.fail(key, "is %q; want %s", value, alternatives(allowed))
}

// choices checks the fields of a struct that have a tag with choices. The struct is a command's, or a section of it whose keys start with prefix.
// Sections inside it are left out.
func (k *checker) choices(prefix string, block any) {
	root := reflect.ValueOf(block).Elem()
	for _, f := range layoutOf(block).fields {
		if f.choices != nil && !strings.Contains(f.key, ".") {
			k.oneOf(prefix+f.key, root.FieldByIndex(f.index).String(), f.choices...)
		}
	}
}

func (k *checker) atLeast(key string, value, low int) {
	if value < low {
		k.fail(key, "is %d; want %d or above", value, low)
	}
}

func (k *checker) between(key string, value, low, high int) {
	if value < low || value > high {
		k.fail(key, "is %d; want %d to %d", value, low, high)
	}
}

func (k *checker) positive(key string, value float64) {
	if !(value > 0) { // written so that NaN fails too
		k.fail(key, "is %v; want above 0", value)
	}
}

func (k *checker) atMost(key string, value, high float64) {
	if !(value <= high) {
		k.fail(key, "is %v; want at most %v", value, high)
	}
}

func (k *checker) notBelow(key string, value, low float64) {
	if !(value >= low) {
		k.fail(key, "is %v; want %v or above", value, low)
	}
}

func (k *checker) notNegative(key string, value float64) {
	if !(value >= 0) {
		k.fail(key, "is %v; want 0 or above", value)
	}
}

func (k *checker) share(key string, value float64) {
	if !(value >= 0 && value < 1) {
		k.fail(key, "is %v; want 0 to below 1", value)
	}
}

// day bounds durations in seconds.
const day = 86400

func (k *checker) seconds(key string, value float64) {
	k.positive(key, value)
	k.atMost(key, value, day)
}

// checkAddress allows HOST:PORT; the host may be empty, the port 0.
func checkAddress(k *checker, key, address string) {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		k.fail(key, "is %q; want HOST:PORT, such as 127.0.0.1:8080", shorten(address))
	}
}

// alternatives joins words as "a, b or c".
func alternatives(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// checkInputs reports the first file or folder that a setting names as an input and that is not there.
// Relative paths start from the working folder, wherever the config file lies.
func checkInputs(schema Schema, l *layout) error {
	root := reflect.ValueOf(schema).Elem()
	for _, f := range l.fields {
		if f.path == "" {
			continue
		}
		for _, path := range pathsOf(root.FieldByIndex(f.index)) {
			kind := f.path
			if kind == "named-folder" {
				_, path = NamedCheckpoint(path)
				kind = "folder"
			}
			if reason := missing(path, kind); reason != "" {
				return &KeyError{Key: f.key, Reason: reason + hubHint(f.key, path)}
			}
		}
	}
	return nil
}

// hubName matches the name of a model on the hub, such as bert-base-chinese or intfloat/e5-small.
var hubName = regexp.MustCompile(`^[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?$`)

// hubHint points from an encoder that is no folder to the command that fetches it, if it could be a name on the hub.
func hubHint(key, path string) string {
	if !strings.HasSuffix(key, "encoder") || !hubName.MatchString(path) {
		return ""
	}
	if _, err := os.Stat(path); err == nil {
		return ""
	}
	return fmt.Sprintf(" (if it is the name of a model on the hub, get it with: fetch-model %s --output DIR)", path)
}

func pathsOf(v reflect.Value) []string {
	if list, ok := reflect.TypeAssert[[]string](v); ok {
		return list
	}
	if v.String() == "" {
		return nil // Validate has already refused what is required
	}
	return []string{v.String()}
}

// missing says why a path is not of the kind, or "" if it is.
func missing(path, kind string) string {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) || path == "":
		if kind == "taxonomy" {
			kind = "folder"
		}
		return fmt.Sprintf("no such %s: %q%s", kind, path, datasetHint(path))
	case err != nil:
		return err.Error()
	case kind == "folder" && !info.IsDir():
		return fmt.Sprintf("want a folder, but %q is a file", path)
	case kind == "taxonomy" && !info.IsDir() && !strings.EqualFold(filepath.Ext(path), ".zip"):
		return fmt.Sprintf("want a folder, but %q is a file", path)
	case kind == "file" && info.IsDir():
		return fmt.Sprintf("want a file, but %q is a folder", path)
	}
	return ""
}
