package main

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// beside is the library path of a bundle's commands: the folder lib next to their own folder.
const beside = "$ORIGIN/../lib"

// system are the libraries that a bundle takes from the machine: the C and C++ runtimes.
var system = []string{
	"ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "libc.so.6", "libdl.so.2", "libgcc_s.so.1", "libm.so.6", "libpthread.so.0", "librt.so.1",
	"libstdc++.so.6", "libutil.so.1",
}

// readCommands returns the commands of a folder as entries below bin, with their library path set to beside.
func readCommands(folder string) ([]entry, error) {
	found, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("%w: run make build first", err)
	}
	var all []entry
	for _, f := range found {
		path := filepath.Join(folder, f.Name())
		program, err := stripped(path)
		if err != nil {
			return nil, err
		}
		if program, err = withLibraryPath(program, beside); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, entry{name: "bin/" + f.Name(), source: path, content: program, mode: 0o755})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s is empty: run make build first", folder)
	}
	return all, nil
}

// stripped returns a program without its debugging data. Go's stack traces do not need that data.
func stripped(path string) ([]byte, error) {
	folder, err := os.MkdirTemp("", "skillspace-bundle")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	result := filepath.Join(folder, "program")
	if out, err := exec.Command("strip", "-o", result, path).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("strip %s: %w: %s", path, err, out)
	}
	return os.ReadFile(result)
}

// withLibraryPath returns an ELF program whose library path (DT_RUNPATH or DT_RPATH) is replaced, in place, by a shorter
// one. A program without a library path is returned unchanged if it needs only the system's libraries.
func withLibraryPath(program []byte, path string) ([]byte, error) {
	file, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		return nil, err
	}
	old, err := libraryPath(file)
	if err != nil {
		return nil, err
	}
	if old == "" {
		needed, err := file.ImportedLibraries()
		for _, name := range needed {
			if !slices.Contains(system, name) {
				return nil, fmt.Errorf("it needs %s and has no library path", name)
			}
		}
		return program, err
	}
	if len(old) < len(path) {
		return nil, fmt.Errorf("its library path %s is too short to be replaced by %s: build with libtorch in a folder of a longer name", old, path)
	}
	// The linker shares the storage of a string with another string that ends with it.
	symbols, err := file.DynamicSymbols()
	if err != nil {
		return nil, err
	}
	for _, s := range symbols {
		if s.Name != "" && strings.HasSuffix(old, s.Name) {
			return nil, fmt.Errorf("the symbol %s shares its name with the end of the library path %s", s.Name, old)
		}
	}
	table := file.Section(".dynstr")
	if table == nil {
		return nil, errors.New("it has no section .dynstr")
	}
	start, end := int(table.Offset), int(table.Offset+table.Size)
	at := bytes.Index(program[start:end], append([]byte(old), 0))
	if at < 0 || bytes.Count(program[start:end], []byte(old)) > 1 {
		return nil, fmt.Errorf("its library path %s is not found exactly once among its strings", old)
	}
	program = slices.Clone(program)
	field := program[start+at : start+at+len(old)]
	clear(field)
	copy(field, path)
	return program, nil
}

// libraryPath returns the DT_RUNPATH of an ELF file, else its DT_RPATH, else "".
func libraryPath(file *elf.File) (string, error) {
	for _, tag := range []elf.DynTag{elf.DT_RUNPATH, elf.DT_RPATH} {
		if values, err := file.DynString(tag); err != nil || len(values) > 0 {
			return strings.Join(values, ":"), err
		}
	}
	return "", nil
}

// needs are the newest versions of the C and C++ runtimes that a bundle's files require.
type needs struct{ GLIBC, GLIBCXX string }

// collectLibraries returns, as entries below lib, the libraries that the commands load directly or indirectly, without
// the system's. Like the loader, it searches each file's own library path.
func collectLibraries(commands []entry) ([]entry, needs, error) {
	var found []entry
	var want needs
	queue := slices.Clone(commands)
	for len(queue) > 0 {
		current := queue[0]
		queue = queue[1:]
		file, err := elf.Open(current.source)
		if err != nil {
			return nil, want, err
		}
		paths, err := findNeeded(file, current.source)
		if err == nil {
			err = want.raise(file)
		}
		file.Close()
		if err != nil {
			return nil, want, fmt.Errorf("%s: %w", current.source, err)
		}
		for _, path := range paths {
			library := entry{name: "lib/" + filepath.Base(path), source: path, mode: 0o755}
			if !slices.ContainsFunc(found, func(e entry) bool { return e.name == library.name }) {
				found = append(found, library)
				queue = append(queue, library)
			}
		}
	}
	return found, want, nil
}

// findNeeded returns the paths of the libraries that an ELF file names, without the system's.
func findNeeded(file *elf.File, source string) ([]string, error) {
	needed, err := file.ImportedLibraries()
	if err != nil {
		return nil, err
	}
	search, err := libraryPath(file)
	if err != nil {
		return nil, err
	}
	origin, err := filepath.EvalSymlinks(source)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, name := range needed {
		if slices.Contains(system, name) {
			continue
		}
		path := ""
		for folder := range strings.SplitSeq(strings.ReplaceAll(search, "$ORIGIN", filepath.Dir(origin)), ":") {
			if candidate := filepath.Join(folder, name); path == "" && exists(candidate) {
				path = candidate
			}
		}
		if path == "" {
			return nil, fmt.Errorf("needs %s, which is neither one of the system's libraries nor in its library path %s", name, search)
		}
		found = append(found, path)
	}
	return found, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// raise raises n to the versions of the C and C++ runtimes that an ELF file requires.
func (n *needs) raise(file *elf.File) error {
	symbols, err := file.ImportedSymbols()
	if err != nil {
		return err
	}
	for _, s := range symbols {
		for prefix, most := range map[string]*string{"GLIBC_": &n.GLIBC, "GLIBCXX_": &n.GLIBCXX} {
			if version, ok := strings.CutPrefix(s.Version, prefix); ok && newer(version, *most) {
				*most = version
			}
		}
	}
	return nil
}

// newer reports whether version a, numbers separated by points, is newer than b. Any other text, such as GLIBC_PRIVATE,
// is older than all versions.
func newer(a, b string) bool {
	return slices.Compare(numbers(a), numbers(b)) > 0
}

func numbers(version string) []int {
	var all []int
	for part := range strings.SplitSeq(version, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil
		}
		all = append(all, n)
	}
	return all
}
