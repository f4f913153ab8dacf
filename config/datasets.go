package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
)

// datasetsVariable names the folder that replaces datasets at the start of an input's path.
const datasetsVariable = "SKILLSPACE_DATASETS"

// datasets is the folder of the public data sets in the presets and the documentation. `make datasets` fills it.
const datasets = "datasets"

// inDatasets returns what follows datasets/ in a path.
func inDatasets(path string) (rest string, ok bool) {
	return strings.CutPrefix(filepath.ToSlash(path), datasets+"/")
}

// placeDatasets lets paths that begin with datasets/ begin with the folder that SKILLSPACE_DATASETS names. The value is a path or a
// list of paths.
func placeDatasets(v reflect.Value) {
	folder := os.Getenv(datasetsVariable)
	if folder == "" {
		return
	}
	if list, ok := reflect.TypeAssert[[]string](v); ok {
		placed := make([]string, len(list))
		for i, path := range list {
			placed[i] = inFolder(folder, path)
		}
		v.Set(reflect.ValueOf(placed))
		return
	}
	v.SetString(inFolder(folder, v.String()))
}

func inFolder(folder, path string) string {
	if rest, ok := inDatasets(path); ok {
		return filepath.Join(folder, rest)
	}
	return path
}

// datasetHint says how a data set that is missing is had, "" for other paths.
func datasetHint(path string) string {
	_, ours := inDatasets(path)
	folder := os.Getenv(datasetsVariable)
	if folder != "" && strings.HasPrefix(path, filepath.Clean(folder)+string(filepath.Separator)) {
		ours = true
	}
	if !ours {
		return ""
	}
	return "; `make datasets` gets the public data sets (docs/data.md)"
}
