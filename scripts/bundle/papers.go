package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"skillspace"
)

//go:embed README.tmpl
var readme string

// appendPapers appends the bundle's README, our licence and notices, the presets and the examples.
func appendPapers(files []entry, want needs) ([]entry, error) {
	var commands []string
	for _, f := range files {
		if name, ok := strings.CutPrefix(f.name, "bin/"); ok {
			commands = append(commands, name)
		}
	}
	slices.Sort(commands)
	var text bytes.Buffer
	err := template.Must(template.New("README").Parse(readme)).Execute(&text, map[string]any{
		"Version": skillspace.Version(), "Commands": commands, "Needs": want,
	})
	if err != nil {
		return nil, err
	}
	files = append(files, entry{name: "README.md", content: text.Bytes(), mode: 0o644})
	for _, name := range []string{"LICENSE", "NOTICE", "CHANGELOG.md", "SECURITY.md"} {
		files = append(files, entry{name: name, source: name, mode: 0o644})
	}
	for from, to := range map[string]string{"config/presets": "presets", "examples": "examples"} {
		if files, err = appendFolder(files, from, to); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// appendFolder appends the files below a folder, without Go files, as entries below another folder.
func appendFolder(files []entry, from, to string) ([]entry, error) {
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && filepath.Ext(path) != ".go" {
			files = append(files, entry{name: to + strings.TrimPrefix(path, from), source: path, mode: 0o644})
		}
		return err
	})
	return files, err
}

// module is the output of `go list` for one module.
type module struct {
	Path, Version, Dir string
	Main               bool
	Replace            *module
}

var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|copyright|patents)([-.].*)?$`)

// collectLicences returns the licences of the modules that the commands contain, of Go and of the libraries, as entries below licences.
func collectLicences(libraries []entry) ([]entry, error) {
	modules, err := linkedModules()
	if err != nil {
		return nil, err
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env GOROOT: %w", err)
	}
	folders := map[string]string{"go": strings.TrimSpace(string(goroot))}
	for _, m := range modules {
		folders[m.Path+"@"+m.Version] = m.Dir
	}
	// The licences of libtorch's packages are in folders beside them, those of the official archive in its own folder.
	for _, l := range libraries {
		for folder := filepath.Dir(l.source); folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
			infos, err := filepath.Glob(filepath.Join(folder, "*.dist-info"))
			if err != nil {
				return nil, err
			}
			for _, info := range infos {
				folders[strings.TrimSuffix(filepath.Base(info), ".dist-info")] = info
			}
		}
	}
	var all []entry
	var missing []string
	for name, folder := range folders {
		files, err := os.ReadDir(folder)
		if err != nil {
			return nil, err
		}
		before := len(all)
		for _, f := range files {
			if f.Type().IsRegular() && licenceFile.MatchString(f.Name()) {
				all = append(all, entry{name: "licences/" + name + "/" + f.Name(), source: filepath.Join(folder, f.Name()), mode: 0o644})
			}
		}
		if len(all) == before {
			missing = append(missing, name)
		}
	}
	if slices.ContainsFunc(libraries, func(l entry) bool { return strings.Contains(l.source, "/nvidia/") }) && !hasPrefix(folders, "nvidia") {
		fmt.Fprintln(os.Stderr, "warning: the licence of NVIDIA's libraries is not below .deps: make distclean setup bundle adds it")
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return nil, fmt.Errorf("no licence found of %s", strings.Join(missing, ", "))
	}
	return all, nil
}

func hasPrefix(folders map[string]string, prefix string) bool {
	for name := range folders {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// linkedModules returns the modules whose packages the commands contain, without our own.
func linkedModules() ([]module, error) {
	list := exec.Command("go", "list", "-deps", "-json=Module", "./cmd/...")
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var all []module
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct{ Module *module }
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		m := p.Module
		if m == nil || m.Main {
			continue
		}
		if m.Replace != nil {
			m.Dir = m.Replace.Dir
		}
		if !slices.ContainsFunc(all, func(o module) bool { return o.Path == m.Path }) {
			all = append(all, *m)
		}
	}
}
