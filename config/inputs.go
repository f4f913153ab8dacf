package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
)

// checkInputs reports the first file or folder that the config names as an input and that is not there.
// Relative paths are looked up from the working folder, wherever the config file lies.
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
				return &KeyError{Key: f.key, Reason: reason}
			}
		}
	}
	return nil
}

func pathsOf(v reflect.Value) []string {
	if list, ok := v.Interface().([]string); ok {
		return list
	}
	if v.String() == "" {
		return nil // Validate has already refused what is required
	}
	return []string{v.String()}
}

// missing says why path is not a file or folder, or "" if it is one.
func missing(path, kind string) string {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) || path == "":
		return fmt.Sprintf("no such %s: %q", kind, path)
	case err != nil:
		return err.Error()
	case kind == "folder" && !info.IsDir():
		return fmt.Sprintf("want a folder, but %q is a file", path)
	case kind == "file" && info.IsDir():
		return fmt.Sprintf("want a file, but %q is a folder", path)
	}
	return ""
}
