package serve

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

type schema struct {
	Ref        string            `json:"$ref"`
	Type       string            `json:"type"`
	Properties map[string]schema `json:"properties"`
	Required   []string          `json:"required"`
	Items      *schema           `json:"items"`
	OneOf      []schema          `json:"oneOf"`
	Enum       []string          `json:"enum"`
}

type document struct {
	OpenAPI string `json:"openapi"`
	Paths   map[string]map[string]struct {
		OperationID string                     `json:"operationId"`
		Responses   map[string]json.RawMessage `json:"responses"`
	} `json:"paths"`
	Components struct {
		Schemas map[string]schema `json:"schemas"`
	} `json:"components"`
}

func description(t *testing.T) document {
	t.Helper()
	var d document
	if err := json.Unmarshal(openAPIJSON, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// The description has every route and no other.
func TestDescriptionHasTheRoutes(t *testing.T) {
	d := description(t)
	var described, served []string
	operations := map[string]bool{}
	for path, methods := range d.Paths {
		for method, operation := range methods {
			described = append(described, strings.ToUpper(method)+" "+path)
			if operations[operation.OperationID] {
				t.Errorf("two operations are %q", operation.OperationID)
			}
			operations[operation.OperationID] = true
		}
	}
	for _, r := range New(testSettings(os.Stderr)).routes() {
		if !r.page {
			served = append(served, r.method+" "+r.path)
		}
	}
	slices.Sort(described)
	slices.Sort(served)
	if d.OpenAPI != "3.1.0" || !slices.Equal(described, served) {
		t.Errorf("%s: described\n%s\nserved\n%s", d.OpenAPI, strings.Join(described, "\n"), strings.Join(served, "\n"))
	}
}

// The description of a body has the names, the types and the optional fields of its struct.
func TestDescriptionHasTheStructs(t *testing.T) {
	d := description(t)
	described := slices.Sorted(maps.Keys(d.Components.Schemas))
	bodies := []any{ExtractRequest{}, Ad{}, ExtractResponse{}, AdResult{}, SentenceResult{}, SkillMatch{}, AdSkill{}, Mention{}, Group{}, SkillGroups{}, RankRequest{}, RankResponse{}, RankResult{}, RerankRequest{}, CohereRequest{}, CohereResponse{}, CohereResult{}, ModelsResponse{}, ModelEntry{}, Usage{}, EmbedRequest{}, EmbedResponse{}, Embedding{},
		SkillsResponse{}, SkillHit{}, ModelResponse{}, StatusResponse{}, ErrorResponse{}, Problem{}}
	var built []string
	for _, body := range bodies {
		typ := reflect.TypeOf(body)
		built = append(built, typ.Name())
		s := d.Components.Schemas[typ.Name()]
		var required, names []string
		for field := range typ.Fields() {
			name, rest, _ := strings.Cut(field.Tag.Get("json"), ",")
			names = append(names, name)
			if rest == "" {
				required = append(required, name)
			}
			compareType(t, typ.Name()+"."+name, field.Type, s.Properties[name])
		}
		slices.Sort(names)
		slices.Sort(required)
		slices.Sort(s.Required)
		if got := slices.Sorted(maps.Keys(s.Properties)); !slices.Equal(got, names) || !slices.Equal(s.Required, required) {
			t.Errorf("%s: described %v, of which %v are required; want %v, %v", typ.Name(), got, s.Required, names, required)
		}
	}
	slices.Sort(built)
	if !slices.Equal(described, built) {
		t.Errorf("described %v, want %v", described, built)
	}
}

func compareType(t *testing.T, name string, typ reflect.Type, s schema) {
	t.Helper()
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if typ.Kind() == reflect.Interface || typ == reflect.TypeFor[Inputs]() {
		if len(s.OneOf) != 2 {
			t.Errorf("%s: want oneOf two types", name)
		}
		return
	}
	want := map[reflect.Kind]string{reflect.String: "string", reflect.Int: "integer", reflect.Float32: "number", reflect.Float64: "number",
		reflect.Bool: "boolean", reflect.Slice: "array"}[typ.Kind()]
	if typ.Kind() == reflect.Struct {
		if s.Ref != "#/components/schemas/"+typ.Name() {
			t.Errorf("%s: described as %q, want %s", name, s.Ref, typ.Name())
		}
		return
	}
	if s.Type != want {
		t.Errorf("%s: described as %q, want %q", name, s.Type, want)
	}
	if typ.Kind() == reflect.Slice {
		if s.Items == nil {
			t.Errorf("%s: no items", name)
			return
		}
		compareType(t, name+"[]", typ.Elem(), *s.Items)
	}
}

// The description has every error code of the source.
func TestDescriptionHasTheCodes(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile(`^"[a-z]+(_[a-z]+)*"$`)
	codes := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if f, ok := call.Fun.(*ast.Ident); !ok || f.Name != "problem" && f.Name != "retryProblem" {
				return true
			}
			if literal, ok := call.Args[1].(*ast.BasicLit); ok && code.MatchString(literal.Value) {
				codes[strings.Trim(literal.Value, `"`)] = true
			}
			return true
		})
	}
	delete(codes, "client_gone") // is never sent
	described := description(t).Components.Schemas["Problem"].Properties["code"].Enum
	slices.Sort(described)
	if want := slices.Sorted(maps.Keys(codes)); len(want) < 10 || !slices.Equal(described, want) {
		t.Errorf("described %v\nwant      %v", described, want)
	}
}

func TestDescriptionIsServed(t *testing.T) {
	f := start(t, false, nil)
	r := f.do(t, "GET", "/openapi.json", "")
	if r.status != 200 || !strings.HasPrefix(r.header.Get("Content-Type"), "application/json") || !json.Valid(r.body) || r.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %v", r.status, r.header)
	}
}
