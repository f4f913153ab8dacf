package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// build compiles a library and a program that needs it, in folders of their own, and returns the program and the library.
func build(t *testing.T, declarations string) (program, library string) {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("gcc is not installed")
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	compile := func(args ...string) {
		if out, err := exec.Command("gcc", args...).CombinedOutput(); err != nil {
			t.Fatalf("gcc %v: %v\n%s", args, err, out)
		}
	}
	library = filepath.Join(dir, "built", "lib", "libanswer.so")
	compile("-shared", "-fPIC", "-Wl,-soname,libanswer.so", "-o", library, write("built/lib/answer.c", "int answer(void) { return 42; }\n"))
	program = filepath.Join(dir, "program")
	source := write("main.c", declarations+"int answer(void);\nint main(void) { return answer() - 42; }\n")
	compile("-rdynamic", "-o", program, source, library, "-Wl,-rpath,"+filepath.Dir(library))
	return program, library
}

func TestProgramFindsTheLibraryBesideIt(t *testing.T) {
	program, library := build(t, "")
	content, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	moved, err := withLibraryPath(content, beside)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(moved, []byte(filepath.Dir(library))) {
		t.Error("the old library path is still in the program")
	}
	elsewhere := t.TempDir()
	for folder, from := range map[string]string{"bin": "", "lib": library} {
		if err := os.Mkdir(filepath.Join(elsewhere, folder), 0o755); err != nil {
			t.Fatal(err)
		}
		if from != "" {
			if err := os.Rename(from, filepath.Join(elsewhere, folder, filepath.Base(from))); err != nil {
				t.Fatal(err)
			}
		}
	}
	path := filepath.Join(elsewhere, "bin", "program")
	if err := os.WriteFile(path, moved, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(path).CombinedOutput(); err != nil {
		t.Errorf("the program does not run beside its library: %v\n%s", err, out)
	}
	if err := exec.Command(program).Run(); err == nil {
		t.Error("the program as it was built still finds a library that is gone")
	}
}

func TestLibraryPathThatCannotBeReplaced(t *testing.T) {
	for name, c := range map[string]struct{ declarations, path, want string }{
		"too short":            {"", strings.Repeat("long/", 100), "too short"},
		"a symbol shares it":   {"int b(void) { return 0; }\n", beside, "the symbol b shares its name"},
		"another name is fine": {"int other(void) { return 0; }\n", beside, ""},
	} {
		t.Run(name, func(t *testing.T) {
			program, _ := build(t, c.declarations)
			content, err := os.ReadFile(program)
			if err != nil {
				t.Fatal(err)
			}
			_, err = withLibraryPath(content, c.path)
			switch {
			case err == nil && c.want != "":
				t.Errorf("no error, want %q", c.want)
			case err != nil && (c.want == "" || !strings.Contains(err.Error(), c.want)):
				t.Errorf("error %q, want %q", err, c.want)
			}
		})
	}
}

func TestCollectLibraries(t *testing.T) {
	program, library := build(t, "")
	found, want, err := collectLibraries([]entry{{name: "bin/program", source: program}})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || found[0].name != "lib/libanswer.so" || found[0].source != library {
		t.Errorf("found %+v, want %s alone", found, library)
	}
	if want.GLIBC == "" {
		t.Error("no version of the C library")
	}
	if err := os.Remove(library); err != nil {
		t.Fatal(err)
	}
	if _, _, err := collectLibraries([]entry{{source: program}}); err == nil || !strings.Contains(err.Error(), "needs libanswer.so") {
		t.Errorf("a library that is gone: error %v", err)
	}
}

func TestNewer(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{{"2.34", "2.4", true}, {"2.4", "2.34", false}, {"2.4", "", true}, {"2.2.5", "2.2", true}, {"PRIVATE", "2.2", false}} {
		if got := newer(c.a, c.b); got != c.want {
			t.Errorf("newer(%q, %q) = %v", c.a, c.b, got)
		}
	}
}

func TestArchive(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "source")
	if err := os.WriteFile(source, []byte("on the disk"), 0o644); err != nil {
		t.Fatal(err)
	}
	files := []entry{{name: "z/disk", source: source, mode: 0o644}, {name: "a", content: []byte("in memory"), mode: 0o755}}
	var archives [][]byte
	for _, name := range []string{"first", "second"} {
		path := filepath.Join(dir, name)
		if err := writeArchive(path, "folder", slices.Clone(files)); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		archives = append(archives, content)
		slices.Reverse(files)
	}
	if !bytes.Equal(archives[0], archives[1]) {
		t.Error("the same files gave two archives")
	}
	out := filepath.Join(dir, "out")
	if err := unpack(filepath.Join(dir, "first"), out); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"folder/z/disk": "on the disk", "folder/a": "in memory"} {
		got, err := os.ReadFile(filepath.Join(out, name))
		if err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if info, err := os.Stat(filepath.Join(out, "folder/a")); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("mode of an executable: %v, %v", info.Mode(), err)
	}
	if err := writeArchive(filepath.Join(dir, "third"), "folder", []entry{{name: "gone", source: filepath.Join(dir, "gone")}}); err == nil {
		t.Error("no error for a file that is not there")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "third*")); len(left) > 0 {
		t.Errorf("a failed archive leaves %v", left)
	}
}

func TestUnpackStaysInItsFolder(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "archive")
	if err := writeArchive(path, "..", []entry{{name: "escaped", content: []byte("x")}}); err != nil {
		t.Fatal(err)
	}
	if err := unpack(path, filepath.Join(dir, "out")); err == nil || exists(filepath.Join(dir, "escaped")) {
		t.Errorf("an archive wrote outside its folder: %v", err)
	}
}
