package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// declaration is a function or method, or a group of types, variables or constants.
type declaration struct {
	file    *goFile
	node    ast.Decl
	methods []*declaration // of the group's types
}

// goFile is one file of the package.
type goFile struct {
	name     string
	source   []byte
	syntax   *ast.File
	preamble string            // the comment before import "C"
	imports  map[string]string // by the name that the file uses: the import's text
}

// goPackage is what the trimmer knows of a Go package.
type goPackage struct {
	files        *token.FileSet
	declarations map[string]*declaration
	inits        []*declaration
}

// namedBy returns what a folder's Go files name of an imported package, tests included.
func namedBy(folder, importPath string) ([]string, error) {
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			return nil, err
		}
		for _, i := range file.Imports {
			if importedPath(i) == importPath {
				for selected := range selectorsOf(file, importName(i)) {
					found[selected] = true
				}
			}
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("the Go files in %s name nothing of %s", folder, importPath)
	}
	return slices.Sorted(maps.Keys(found)), nil
}

func importedPath(i *ast.ImportSpec) string {
	value, err := strconv.Unquote(i.Path.Value)
	if err != nil {
		return ""
	}
	return value
}

func importName(i *ast.ImportSpec) string {
	if i.Name != nil {
		return i.Name.Name
	}
	return path.Base(importedPath(i))
}

// selectorsOf returns the names X of all expressions pkg.X below a node.
func selectorsOf(n ast.Node, pkg string) map[string]bool {
	found := map[string]bool{}
	ast.Inspect(n, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == pkg {
				found[s.Sel.Name] = true
			}
		}
		return true
	})
	return found
}

// parsePackage reads the Go files of a folder, tests excluded.
func parsePackage(folder string) (*goPackage, error) {
	p := &goPackage{files: token.NewFileSet(), declarations: map[string]*declaration{}}
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	methods := map[string][]*declaration{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := p.parseFile(name)
		if err != nil {
			return nil, err
		}
		for _, node := range f.syntax.Decls {
			d := &declaration{file: f, node: node}
			switch node := node.(type) {
			case *ast.FuncDecl:
				switch {
				case node.Recv != nil:
					receiver := receiverOf(node)
					methods[receiver] = append(methods[receiver], d)
				case node.Name.Name == "init":
					p.inits = append(p.inits, d)
				default:
					p.declarations[node.Name.Name] = d
				}
			case *ast.GenDecl:
				for _, name := range declaredNames(node) {
					p.declarations[name] = d
				}
			}
		}
	}
	for receiver, list := range methods {
		d, ok := p.declarations[receiver]
		if !ok {
			return nil, fmt.Errorf("methods of %s, which is not declared", receiver)
		}
		d.methods = append(d.methods, list...)
	}
	return p, nil
}

func (p *goPackage) parseFile(name string) (*goFile, error) {
	source, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	syntax, err := parser.ParseFile(p.files, name, source, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	f := &goFile{name: filepath.Base(name), source: source, syntax: syntax, imports: map[string]string{}}
	for _, d := range syntax.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.IMPORT {
			continue
		}
		for _, s := range g.Specs {
			i := s.(*ast.ImportSpec)
			if importedPath(i) == "C" {
				if g.Doc != nil {
					f.preamble = p.text(f, g.Doc)
				}
				continue
			}
			f.imports[importName(i)] = p.text(f, i)
		}
	}
	return f, nil
}

// declaredNames returns the package-level names of a type, var or const declaration.
func declaredNames(d *ast.GenDecl) []string {
	var names []string
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			names = append(names, s.Name.Name)
		case *ast.ValueSpec:
			for _, n := range s.Names {
				names = append(names, n.Name)
			}
		}
	}
	return names
}

func receiverOf(d *ast.FuncDecl) string {
	kind := d.Recv.List[0].Type
	if pointer, ok := kind.(*ast.StarExpr); ok {
		kind = pointer.X
	}
	if name, ok := kind.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

func (p *goPackage) text(f *goFile, n ast.Node) string {
	return string(f.source[p.files.Position(n.Pos()).Offset:p.files.Position(n.End()).Offset])
}

// closure returns the declarations of names and of all that they name, in the order of the source.
func (p *goPackage) closure(names []string) ([]*declaration, error) {
	kept := map[*declaration]bool{}
	var keep func(d *declaration)
	keep = func(d *declaration) {
		if kept[d] {
			return
		}
		kept[d] = true
		for _, method := range d.methods {
			keep(method)
		}
		for name := range identifiersOf(d.node) {
			if named, ok := p.declarations[name]; ok {
				keep(named)
			}
		}
		for _, init := range p.inits { // one may set a variable of d
			if group, ok := d.node.(*ast.GenDecl); ok && group.Tok == token.VAR && slices.ContainsFunc(declaredNames(group), func(name string) bool {
				return identifiersOf(init.node)[name]
			}) {
				keep(init)
			}
		}
	}
	for _, name := range names {
		d, ok := p.declarations[name]
		if !ok {
			return nil, fmt.Errorf("gotch's libtch has no %s", name)
		}
		keep(d)
	}
	return slices.SortedFunc(maps.Keys(kept), func(a, b *declaration) int { return int(a.node.Pos() - b.node.Pos()) }), nil
}

func identifiersOf(n ast.Node) map[string]bool {
	found := map[string]bool{}
	ast.Inspect(n, func(x ast.Node) bool {
		if i, ok := x.(*ast.Ident); ok {
			found[i.Name] = true
		}
		return true
	})
	return found
}
