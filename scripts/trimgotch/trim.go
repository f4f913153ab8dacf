package main

import (
	"bytes"
	"fmt"
	"go/format"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	modulePath = "github.com/sugarme/gotch"
	importPath = modulePath + "/libtch"
	notice     = "// Copied from " + importPath + " by scripts/trimgotch. Run `make setup` to renew it; do not edit.\n"
)

// The link flags are those of the CPU libraries alone: libtorch_cuda registers itself where a build links it.
const linkFile = notice + `
package libtch

// #cgo CXXFLAGS: -O2 -w -I${SRCDIR}
// #cgo CFLAGS: -I${SRCDIR}
// #cgo LDFLAGS: -lstdc++ -lc10 -ltorch_cpu
import "C"
`

// The head of torch_api.h: gotch's own includes all of libtorch's C++ interface, which takes most of the time to compile.
const headerHead = `#ifndef __TORCH_API_H__
#define __TORCH_API_H__
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
#include <cstring>
#include <stdexcept>
#include <torch/cuda.h>
#include <torch/types.h>
extern "C" {
typedef torch::Tensor *tensor;
typedef torch::Scalar *scalar;
#else
typedef void *tensor;
typedef void *scalar;
#endif

`

const headerEnd = `
#ifdef __cplusplus
}
#endif
#endif
`

// The head of torch_api.cpp. Every exception becomes a message, without its C++ stack.
const sourceHead = `#include "torch_api.h"
using namespace std;
thread_local char *torch_last_err = nullptr;
#define PROTECT(x) \
  try { \
    x \
  } catch (const c10::Error &e) { \
    torch_last_err = strdup(e.what_without_backtrace()); \
  } catch (const std::exception &e) { \
    torch_last_err = strdup(e.what()); \
  } catch (...) { \
    torch_last_err = strdup("libtorch threw something that is not a std::exception"); \
  }

`

// headIdentifiers are declared by the heads above.
var headIdentifiers = []string{"PROTECT", "torch_last_err", "tensor", "scalar"}

// foreignTypes are the types of gotch's interface that the head of torch_api.h leaves out.
var foreignTypes = []string{"optimizer", "module", "ivalue"}

// cgoNames are what Go files may name of C besides gotch's functions: types, and functions of cgo and the C library.
var cgoNames = []string{"tensor", "scalar", "bool", "char", "double", "float", "int", "uint", "long", "ulong", "size_t",
	"int8_t", "uint8_t", "int16_t", "uint16_t", "int32_t", "uint32_t", "int64_t", "uint64_t",
	"malloc", "free", "CBytes", "CString", "GoBytes", "GoString", "GoStringN"}

// trim writes the module out and returns what it holds, in a line.
func trim(gotch, user, out string) (summary string, err error) {
	names, err := namedBy(user, importPath)
	if err != nil {
		return "", err
	}
	folder := filepath.Join(gotch, "libtch")
	goCode, err := parsePackage(folder)
	if err != nil {
		return "", err
	}
	kept, err := goCode.closure(names)
	if err != nil {
		return "", err
	}
	bindings, err := readBindings(folder)
	if err != nil {
		return "", err
	}
	files := map[string]string{
		"go.mod":        notice + "module " + modulePath + "\n\ngo 1.20\n",
		"libtch/lib.go": linkFile,
	}
	functions, err := goFiles(goCode, kept, bindings, files)
	if err != nil {
		return "", err
	}
	header, source, err := bindings.trimmed(functions)
	if err != nil {
		return "", err
	}
	files["libtch/torch_api.h"], files["libtch/torch_api.cpp"] = header, source
	licence, err := os.ReadFile(filepath.Join(gotch, "LICENSE"))
	if err != nil {
		return "", err
	}
	files["LICENSE"] = string(licence)
	if err := writeModule(out, files); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d of %d Go declarations, %d of %d C++ functions", len(kept), len(goCode.declarations), len(functions), len(bindings.prototypes)), nil
}

// goFiles adds the trimmed Go files to files, by their paths in the module, and returns the C++ functions that they call.
func goFiles(code *goPackage, kept []*declaration, b *bindings, files map[string]string) ([]string, error) {
	functions := map[string]bool{"get_and_reset_last_err": true}
	bodies := map[*goFile]*bytes.Buffer{}
	used := map[*goFile]map[string]bool{} // the imports' names
	for _, d := range kept {
		if bodies[d.file] == nil {
			bodies[d.file], used[d.file] = &bytes.Buffer{}, map[string]bool{}
		}
		fmt.Fprintf(bodies[d.file], "\n%s\n", code.text(d.file, d.node))
		for name := range selectorsOf(d.node, "C") {
			used[d.file]["C"] = true
			if b.prototypes[name] != nil {
				functions[name] = true
			} else if err := checkType(d.file, name); err != nil {
				return nil, err
			}
		}
		for name := range d.file.imports {
			if len(selectorsOf(d.node, name)) > 0 {
				used[d.file][name] = true
			}
		}
	}
	for file, body := range bodies {
		var text strings.Builder
		text.WriteString(notice + "\npackage libtch\n\n")
		if used[file]["C"] {
			text.WriteString(file.preamble + "\nimport \"C\"\n\n")
		}
		for _, name := range slices.Sorted(maps.Keys(file.imports)) {
			if used[file][name] || name == "_" {
				text.WriteString("import " + file.imports[name] + "\n")
			}
		}
		text.Write(body.Bytes())
		formatted, err := format.Source([]byte(text.String()))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file.name, err)
		}
		files["libtch/"+file.name] = string(formatted)
	}
	return slices.Sorted(maps.Keys(functions)), nil
}

// checkType returns an error unless name, which is no function of gotch's, can be named by a trimmed file.
func checkType(file *goFile, name string) error {
	switch {
	case slices.Contains(foreignTypes, name):
		return foreign(file.name, name)
	case slices.Contains(cgoNames, name), strings.Contains(file.preamble, name):
		return nil
	}
	return fmt.Errorf("%s names C.%s, which gotch's headers do not declare", file.name, name)
}

// bindings are gotch's C++ functions.
type bindings struct {
	prototypes  map[string]*item
	definitions map[string][]*item // overloads under one name; helpers, types and macros too
	order       []*item            // all definitions, in the order of the source
}

func readBindings(folder string) (*bindings, error) {
	b := &bindings{prototypes: map[string]*item{}, definitions: map[string][]*item{}}
	for _, name := range []string{"torch_api.h", "torch_api_generated.h", "torch_api.cpp", "torch_api_generated.cpp.h"} {
		if err := b.read(filepath.Join(folder, name)); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// read adds what a C++ file declares and defines.
func (b *bindings) read(name string) error {
	source, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	items, err := parseCpp(string(source))
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(name), err)
	}
	for _, i := range items {
		switch {
		case slices.Contains(headIdentifiers, i.name):
		case i.definition:
			b.definitions[i.name] = append(b.definitions[i.name], &i)
			b.order = append(b.order, &i)
		default:
			b.prototypes[i.name] = &i
		}
	}
	return nil
}

// trimmed returns torch_api.h and torch_api.cpp with the given functions and what they need.
func (b *bindings) trimmed(functions []string) (header, source string, err error) {
	kept := map[*item]bool{}
	var keep func(name string)
	keep = func(name string) {
		for _, d := range b.definitions[name] {
			if kept[d] {
				continue
			}
			kept[d] = true
			for _, w := range d.words {
				keep(w)
			}
		}
	}
	var h, cpp strings.Builder
	h.WriteString(notice + headerHead)
	for _, name := range functions {
		p := b.prototypes[name]
		switch {
		case p == nil:
			return "", "", fmt.Errorf("gotch's headers do not declare %s", name)
		case len(b.definitions[name]) == 0:
			return "", "", fmt.Errorf("gotch's sources do not define %s", name)
		}
		for _, typ := range foreignTypes {
			if slices.Contains(p.words, typ) {
				return "", "", foreign(name, typ)
			}
		}
		h.WriteString(p.source + "\n")
		keep(name)
	}
	h.WriteString(headerEnd)
	cpp.WriteString(notice + sourceHead)
	for _, d := range b.order {
		if kept[d] {
			cpp.WriteString(d.source + "\n\n")
		}
	}
	return h.String(), cpp.String(), nil
}

func foreign(user, typ string) error {
	return fmt.Errorf("%s uses gotch's type %s: only tensors and scalars are supported", user, typ)
}

// writeModule makes folder hold exactly files. One that is as it should be keeps its time.
func writeModule(folder string, files map[string]string) error {
	for name, content := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if old, err := os.ReadFile(path); err == nil && string(old) == content {
			continue
		}
		if err := os.WriteFile(path+".new", []byte(content), 0o644); err != nil {
			return err
		}
		if err := os.Rename(path+".new", path); err != nil {
			return err
		}
	}
	return filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if name, err := filepath.Rel(folder, path); err != nil || files[name] == "" {
			return os.Remove(path)
		}
		return nil
	})
}
