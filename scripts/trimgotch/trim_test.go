package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const userPackage = "../../internal/libtorch"

// gotchFolder returns the folder of the gotch that go.mod requires, in Go's module cache.
func gotchFolder(t *testing.T) string {
	t.Helper()
	command := exec.Command("go", "list", "-m", "-f", "{{.Version}} {{.Dir}}", modulePath)
	command.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	version, folder, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	if version != "v0.9.1" || folder == "" {
		t.Fatalf("go.mod requires gotch %s, in the module cache at %q; this program is tested with v0.9.1", version, folder)
	}
	return folder
}

// trimmedFiles trims and returns the files written, by their paths in the module.
func trimmedFiles(t *testing.T, gotch, user string) map[string]string {
	t.Helper()
	out := t.TempDir()
	if _, err := trim(gotch, user, out); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, name := range []string{"go.mod", "LICENSE", "libtch/lib.go", "libtch/tensor.go", "libtch/torch_api.h", "libtch/torch_api.cpp"} {
		files[name] = read(t, filepath.Join(out, name))
	}
	return files
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// user writes a package with one file that names functions of libtch.
func user(t *testing.T, functions ...string) string {
	t.Helper()
	folder := t.TempDir()
	source := "package p\n\nimport lib \"" + importPath + "\"\n\nvar _ = []any{lib." + strings.Join(functions, ", lib.") + "}\n"
	if err := os.WriteFile(filepath.Join(folder, "p.go"), []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	return folder
}

// What internal/libtorch names is there, declared and defined, and little else.
func TestTrimForOurPackage(t *testing.T) {
	gotch := gotchFolder(t)
	out := t.TempDir()
	if _, err := trim(gotch, userPackage, out); err != nil {
		t.Fatal(err)
	}
	names, err := namedBy(userPackage, importPath)
	if err != nil {
		t.Fatal(err)
	}
	code, err := parsePackage(filepath.Join(out, "libtch"))
	if err != nil {
		t.Fatal(err)
	}
	var calls []string // of C functions
	for _, name := range names {
		d := code.declarations[name]
		if d == nil {
			t.Errorf("%s is missing", name)
			continue
		}
		calls = append(calls, slices.Collect(maps.Keys(selectorsOf(d.node, "C")))...)
	}
	if len(code.declarations) > len(names)+5 {
		t.Errorf("%d declarations for %d names", len(code.declarations), len(names))
	}
	kept := &bindings{prototypes: map[string]*item{}, definitions: map[string][]*item{}}
	for _, name := range []string{"torch_api.h", "torch_api.cpp"} {
		if err := kept.read(filepath.Join(out, "libtch", name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range calls {
		if slices.Contains(cgoNames, name) {
			continue
		}
		if kept.prototypes[name] == nil || len(kept.definitions[name]) != 1 {
			t.Errorf("%s: declared %v, defined %d times", name, kept.prototypes[name] != nil, len(kept.definitions[name]))
		}
	}
	for name := range kept.prototypes {
		if name != "get_and_reset_last_err" && !slices.Contains(calls, name) {
			t.Errorf("%s is declared, but nothing calls it", name)
		}
	}
}

// Every function of gotch's on tensors and scalars can be copied.
func TestAllNamesOfGotchAreKnown(t *testing.T) {
	folder := filepath.Join(gotchFolder(t), "libtch")
	code, err := parsePackage(folder)
	if err != nil {
		t.Fatal(err)
	}
	b, err := readBindings(folder)
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, d := range code.declarations {
		for name := range selectorsOf(d.node, "C") {
			if b.prototypes[name] != nil {
				checked++
				if len(b.definitions[name]) != 1 {
					t.Errorf("%s is defined %d times", name, len(b.definitions[name]))
				}
				continue
			}
			if err := checkType(d.file, name); err != nil && !strings.Contains(err.Error(), "only tensors and scalars") {
				t.Error(err)
			}
		}
	}
	if checked < 2600 {
		t.Errorf("only %d calls", checked)
	}
}

func TestHelpersComeAlong(t *testing.T) {
	files := trimmedFiles(t, gotchFolder(t), user(t, "AtgIndex", "AtgCat", "AtgTo"))
	for _, helper := range []string{"of_carray_tensor(", "of_carray_tensor_opt(", "device_of_int("} {
		if !strings.Contains(files["libtch/torch_api.cpp"], helper) {
			t.Errorf("%s is missing", helper)
		}
	}
	if strings.Contains(files["libtch/torch_api.cpp"], "set_lr") {
		t.Error("a helper that nothing calls was copied")
	}
	if !strings.Contains(files["LICENSE"], "Apache License") {
		t.Error("gotch's licence is not copied")
	}
}

// Other white space and comments do not change what is copied.
func TestFormattingDoesNotMatter(t *testing.T) {
	gotch := gotchFolder(t)
	other := t.TempDir()
	if err := os.Mkdir(filepath.Join(other, "libtch"), 0o755); err != nil {
		t.Fatal(err)
	}
	sources, err := filepath.Glob(filepath.Join(gotch, "libtch", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(sources, filepath.Join(gotch, "LICENSE")) {
		text := read(t, name)
		to := filepath.Join(other, "libtch", filepath.Base(name))
		switch {
		case filepath.Base(name) == "LICENSE":
			to = filepath.Join(other, "LICENSE")
		case strings.HasPrefix(filepath.Base(name), "torch_api"):
			tokens, err := lexCpp(text)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			var reformatted strings.Builder
			for _, token := range tokens {
				if token.kind == directive {
					reformatted.WriteString("\n" + token.text + "\n")
					continue
				}
				reformatted.WriteString(token.text + "\t/* } \" */\n  ")
			}
			text = reformatted.String()
		}
		if err := os.WriteFile(to, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, got := trimmedFiles(t, gotch, userPackage), trimmedFiles(t, other, userPackage)
	space := regexp.MustCompile(`\s+|/\*.*?\*/|//[^\n]*`)
	for name := range want {
		if space.ReplaceAllString(want[name], "") != space.ReplaceAllString(got[name], "") {
			t.Errorf("%s differs", name)
		}
	}
}

func TestMissingOrForeignIsAnError(t *testing.T) {
	gotch := gotchFolder(t)
	empty := t.TempDir()
	for _, c := range []struct{ gotch, user, want string }{
		{gotch, user(t, "AtgAdd", "AtgNothing"), "gotch's libtch has no AtgNothing"},
		{gotch, user(t, "AtoStep"), "uses gotch's type optimizer: only tensors and scalars are supported"},
		{gotch, user(t, "AtmLoad"), "uses gotch's type module: only tensors and scalars are supported"},
		{gotch, empty, "name nothing of github.com/sugarme/gotch/libtch"},
		{empty, user(t, "AtgAdd"), "gotch's libtch has no AtgAdd"},
		{changed(t, "torch_api_generated.cpp.h", "void atg_add(", "void atg_other("), user(t, "AtgAdd"), "gotch's sources do not define atg_add"},
		{changed(t, "torch_api_generated.h", "void atg_add(", "void atg_other("), user(t, "AtgAdd"), "names C.atg_add, which gotch's headers do not declare"},
		{changed(t, "torch_api.cpp", "/*index=*/d);\n}", "/*index=*/d);\n"), user(t, "AtgAdd"), "torch_api.cpp: line"},
	} {
		_, err := trim(c.gotch, c.user, t.TempDir())
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %s", err, c.want)
		}
	}
}

// changed returns a copy of gotch's libtch with one text of one file replaced.
func changed(t *testing.T, file, before, after string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(gotchFolder(t))); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(folder, "libtch", file)
	text := read(t, name)
	if strings.Count(text, before) != 1 {
		t.Fatalf("%s has %q %d times", file, before, strings.Count(text, before))
	}
	if err := os.Chmod(name, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(strings.Replace(text, before, after, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	return folder
}

// A second run writes nothing, and removes what does not belong there.
func TestSecondRunLeavesFilesAlone(t *testing.T) {
	gotch, out := gotchFolder(t), t.TempDir()
	if _, err := trim(gotch, userPackage, out); err != nil {
		t.Fatal(err)
	}
	source, stray := filepath.Join(out, "libtch", "torch_api.cpp"), filepath.Join(out, "libtch", "device.go")
	before, err := os.Stat(source)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(stray, []byte("package libtch\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := trim(gotch, userPackage, out); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(source); err != nil || !os.SameFile(before, after) {
		t.Errorf("%s was written again (%v)", source, err)
	}
	if _, err := os.Stat(stray); !os.IsNotExist(err) {
		t.Error("a file of an earlier trim is still there")
	}
}

func TestParseCpp(t *testing.T) {
	const source = `
#define LIMIT 3 \
  + 4
extern "C" {
/* void commented(int); */ void declared(int a, // }
  char c);
};
template <class T, int N = (3 > 2)> T twice(T x) { return x + x; }
static const char *text = "} \" {", quote = '}';
struct Pair { int a, b; };
using std::vector;
std::map<int, std::vector<int>> lookup() { auto f = [](int n) { return n ? '"' : '\''; }; return {}; }
const char *raw() { return R"x(} )" )x"; }
int big() { return 1'000; }
`
	items, err := parseCpp(source)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, i := range items {
		kind := "declares"
		if i.definition {
			kind = "defines"
		}
		got = append(got, kind+" "+i.name)
	}
	want := []string{"defines LIMIT", "declares declared", "defines twice", "defines text", "defines Pair", "defines lookup", "defines raw", "defines big"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for _, broken := range []string{"int f() {", "int f() { return ')'; ) }", "/* no end", `char *s = "no end`, "namespace n { int f(); }", "int f() {\n#if 1\n}"} {
		if items, err := parseCpp(broken); err == nil {
			t.Errorf("%q was read as %v", broken, items)
		}
	}
	if !strings.Contains(items[5].source, "return {};") {
		t.Errorf("lookup ends early: %s", items[5].source)
	}
}
