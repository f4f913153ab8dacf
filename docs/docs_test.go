// Package docs has no code. Its tests hold the Markdown pages of the whole repository to what they promise.
package docs

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = ".."

var (
	update = flag.Bool("update", false, "wrap the prose of pages that have lines that are too long")
	only   = flag.String("page", "", "with -update: the one page to wrap, such as docs/training.md")
)

// pages returns every Markdown page by its path from the root, with its text.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(path, root+"/")
		if entry.IsDir() {
			if slices.Contains([]string{".git", ".deps", "bin", "dist", "runs", "datasets"}, name) {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(name) != ".md" {
			return nil
		}
		text, err := os.ReadFile(path)
		found[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 20 {
		t.Fatalf("found %d pages, want at least 20", len(found))
	}
	return found
}

var (
	fence    = regexp.MustCompile("(?ms)^```.*?^```$")
	span     = regexp.MustCompile("`[^`\n]+`")
	link     = regexp.MustCompile(`\[[^\]]*\]\(([^)\s]+)\)`)
	heading  = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	unslug   = regexp.MustCompile(`[^\p{L}\p{N}\- _]`)
	external = regexp.MustCompile(`^(https?:|mailto:|<)`)
)

// anchors returns the fragments that the headings of a page have on a hosting site.
func anchors(text string) []string {
	var all []string
	for _, h := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		plain := unslug.ReplaceAllString(strings.ToLower(strings.TrimSpace(h[1])), "")
		all = append(all, strings.ReplaceAll(plain, " ", "-"))
	}
	return all
}

func TestLinksLeadSomewhere(t *testing.T) {
	all := pages(t)
	for page, text := range all {
		prose := span.ReplaceAllString(fence.ReplaceAllString(text, ""), "code")
		for _, l := range link.FindAllStringSubmatch(prose, -1) {
			if external.MatchString(l[1]) {
				continue
			}
			file, fragment, _ := strings.Cut(l[1], "#")
			target := page
			if file != "" {
				target = filepath.Join(filepath.Dir(page), file)
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s links to %s: %v", page, l[1], err)
			} else if fragment != "" && !slices.Contains(anchors(all[target]), fragment) {
				t.Errorf("%s links to %s: %s has no such heading", page, l[1], target)
			}
		}
	}
}

// Every page below docs is reached by links from the README.
func TestEveryPageIsLinked(t *testing.T) {
	all := pages(t)
	reached := map[string]bool{}
	var visit func(page string)
	visit = func(page string) {
		if reached[page] {
			return
		}
		reached[page] = true
		for _, l := range link.FindAllStringSubmatch(fence.ReplaceAllString(all[page], ""), -1) {
			file, _, _ := strings.Cut(l[1], "#")
			if target := filepath.Join(filepath.Dir(page), file); file != "" && all[target] != "" {
				visit(target)
			}
		}
	}
	visit("README.md")
	for page := range all {
		if !reached[page] {
			t.Errorf("no link leads from README.md to %s", page)
		}
	}
}

// A path in code quotes names a file or folder that exists: it has no placeholder and begins in a folder of the repository.
func TestPathsExist(t *testing.T) {
	path := regexp.MustCompile("^(?:\\.ci|bench|checkpoints|cmd|config|data|docs|embedding|evaluate|examples|extract|index|internal|lexical|model|" +
		"scripts|serve|testdata|train)/[a-z0-9_./-]+$")
	for page, text := range pages(t) {
		if page == "CHANGELOG.md" || strings.HasPrefix(page, "docs/decisions/") {
			continue // they speak of what was
		}
		for _, s := range span.FindAllString(fence.ReplaceAllString(text, ""), -1) {
			name := strings.Trim(s, "`")
			if !path.MatchString(name) {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, name)); err != nil {
				t.Errorf("%s names %s: %v", page, name, err)
			}
		}
	}
}

// docs/dependencies.md has a row for each module that go.mod requires directly, with its version, and no other.
func TestDependenciesAreListed(t *testing.T) {
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	page := pages(t)["docs/dependencies.md"]
	table, _, _ := strings.Cut(page, "Considered and left out")
	required := regexp.MustCompile(`(?m)^(?:require )?\s*([a-z][^\s]+/[^\s]+) (v[^\s]+)$`).FindAllStringSubmatch(string(mod), -1)
	if len(required) < 10 {
		t.Fatalf("go.mod: found %d direct requirements", len(required))
	}
	var names []string
	for _, r := range required {
		names = append(names, r[1])
		if !strings.Contains(table, "`"+r[1]+"` "+r[2]) {
			t.Errorf("docs/dependencies.md lacks `%s` %s", r[1], r[2])
		}
	}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z.]+\\.[a-z]+/[^`]+)`").FindAllStringSubmatch(table, -1) {
		if !slices.Contains(names, row[1]) {
			t.Errorf("docs/dependencies.md lists %s, which go.mod does not require", row[1])
		}
	}
}
