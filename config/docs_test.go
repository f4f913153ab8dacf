package config

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the tables of docs/configuration.md")

const (
	docs       = "../docs/configuration.md"
	tableBegin = "<!-- keys of %s: written by `go test ./config -run TestDocsTablesAgree -update` -->\n"
	tableEnd   = "<!-- end -->\n"
)

// The tables of docs/configuration.md are the structs' doc comments, defaults and types, so they cannot disagree for long.
func TestDocsTablesAgree(t *testing.T) {
	written, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	comments := fieldComments(t)
	text := string(written)
	for command, schema := range map[string]Schema{
		"train-biencoder": new(TrainBiencoder), "train-filter": new(TrainFilter), "generate-corpus": new(GenerateCorpus),
		"evaluate": new(Evaluate), "extract-skills": new(ExtractSkills), "serve": new(Serve), "export-checkpoint": new(ExportCheckpoint),
		"fetch-model": new(FetchModel), "generate-corpus report": new(MeasureCorpus),
	} {
		begin := fmt.Sprintf(tableBegin, command)
		before, rest, ok := strings.Cut(text, begin)
		_, after, closed := strings.Cut(rest, tableEnd)
		if !ok || !closed {
			t.Fatalf("%s lacks %q or %q after it", docs, begin, tableEnd)
		}
		text = before + begin + table(t, schema, comments) + tableEnd + after
	}
	if text == string(written) {
		return
	}
	if !*update {
		t.Fatalf("%s disagrees with the structs: run go test ./config -run TestDocsTablesAgree -update", docs)
	}
	if err := os.WriteFile(docs, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func table(t *testing.T, schema Schema, comments map[string]string) string {
	var out strings.Builder
	out.WriteString("| key | type | default | what it is |\n| --- | --- | --- | --- |\n")
	schema.Defaults()
	root := reflect.ValueOf(schema).Elem()
	for _, f := range layoutOf(schema).fields {
		owner := root.Type()
		for _, i := range f.index[:len(f.index)-1] {
			owner = owner.Field(i).Type
		}
		name := owner.Name() + "." + owner.Field(f.index[len(f.index)-1]).Name
		if comments[name] == "" {
			t.Errorf("%s has no doc comment", name)
		}
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s |\n", f.key, typeName(f.typ), defaultText(root.FieldByIndex(f.index)), comments[name])
	}
	return out.String()
}

func typeName(t reflect.Type) string {
	return map[reflect.Kind]string{reflect.Int: "whole number", reflect.Int64: "whole number", reflect.Uint64: "whole number",
		reflect.Float64: "number", reflect.Bool: "true, false", reflect.String: "text", reflect.Slice: "list of texts"}[t.Kind()]
}

func defaultText(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Float64:
		return "`" + strconv.FormatFloat(v.Float(), 'g', -1, 64) + "`"
	case reflect.Slice:
		return "none"
	case reflect.String:
		if v.String() == "" {
			return "none"
		}
	}
	return fmt.Sprintf("`%v`", v.Interface())
}

// fieldComments returns the doc comments of this package's struct fields by "Struct.Field", each on one line.
func fieldComments(t *testing.T) map[string]string {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	comments := map[string]string{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if s, ok := spec.Type.(*ast.StructType); ok {
				for _, f := range s.Fields.List {
					for _, id := range f.Names {
						comments[spec.Name.Name+"."+id.Name] = strings.Join(strings.Fields(f.Doc.Text()), " ")
					}
				}
			}
			return true
		})
	}
	return comments
}
