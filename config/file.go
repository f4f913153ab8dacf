package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"regexp"
	"strings"

	yaml "go.yaml.in/yaml/v3"
)

// maxFileBytes is the largest config file. People write small ones, and YAML is slow to parse.
const maxFileBytes = 1 << 20

// readFileValues returns the values of a config file by key; none if name is "".
func readFileValues(name string, l *layout) (map[string]value, error) {
	if name == "" {
		return nil, nil
	}
	if preset, ok := strings.CutPrefix(name, presetPrefix); ok {
		return presetValues(preset, l)
	}
	text, err := readFile(name)
	if err != nil {
		return nil, err
	}
	return parseFile(name, text, l)
}

// readFile returns the text of a config file.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("config %s: no such file%s", name, presetHint(name))
		}
		return nil, fmt.Errorf("read config: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("config %s is a folder, want a YAML file", name)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read config: %w", err)
	}
	if len(text) > maxFileBytes {
		return nil, fmt.Errorf("config %s: larger than %d bytes", name, maxFileBytes)
	}
	return text, nil
}

// parseFile checks every key of a YAML text against the layout and returns the values by key.
func parseFile(name string, text []byte, l *layout) (map[string]value, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil, nil // empty, or only comments
	} else if err != nil {
		return nil, syntaxError(name, err)
	}
	if err := decoder.Decode(new(yaml.Node)); err == nil {
		return nil, fmt.Errorf("%s holds more than one YAML document", name)
	} else if !errors.Is(err, io.EOF) {
		return nil, syntaxError(name, err)
	}
	reader := fileReader{name: name, layout: l, values: map[string]value{}}
	if len(document.Content) != 1 {
		return reader.values, nil
	}
	return reader.values, reader.section(document.Content[0], "")
}

var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

// syntaxError rewrites the parser's "yaml: line 3: …" to "file:3: …".
func syntaxError(name string, err error) error {
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		return fmt.Errorf("%s:%s: not valid YAML: %s", name, m[1], err.Error()[len(m[0]):])
	}
	return fmt.Errorf("%s: not valid YAML: %s", name, strings.TrimPrefix(err.Error(), "yaml: "))
}

// fileReader walks a YAML tree. It follows known keys only, so its depth is that of the struct.
type fileReader struct {
	name   string
	layout *layout
	values map[string]value
}

func (r *fileReader) errorf(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s:%d: "+format, append([]any{r.name, n.Line}, args...)...)
}

func (r *fileReader) section(n *yaml.Node, prefix string) error {
	n = aliased(n)
	if isNull(n) {
		return nil // a section whose keys are all commented out
	}
	if n.Kind != yaml.MappingNode {
		if prefix == "" {
			return r.errorf(n, "want keys with values, such as \"%s: …\"", r.layout.fields[0].key)
		}
		return r.errorf(n, "%s is a section, want keys below it: %s", strings.TrimSuffix(prefix, "."),
			strings.Join(r.layout.below(strings.TrimSuffix(prefix, ".")), ", "))
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, child := n.Content[i], n.Content[i+1]
		key := prefix + name.Value
		if line, twice := seen[key]; twice {
			return r.errorf(name, "%s: set twice, first on line %d", key, line)
		}
		seen[key] = name.Line
		if err := r.entry(name, child, key); err != nil {
			return err
		}
	}
	return nil
}

func (r *fileReader) entry(name, child *yaml.Node, key string) error {
	if r.layout.sections[key] {
		return r.section(child, key+".")
	}
	f, ok := r.layout.byKey[key]
	if !ok || name.Kind != yaml.ScalarNode {
		return r.errorf(name, "%s: unknown key%s", shorten(key), hint(key, r.layout.keys()))
	}
	v, err := nodeValue(aliased(child), f.typ)
	if err != nil {
		return r.errorf(child, "%s", about(key, err.Error()))
	}
	r.values[key] = value{v, fmt.Sprintf("%s:%d", r.name, child.Line)}
	return nil
}

// aliased returns what an alias stands for, or the node itself.
func aliased(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// nodeValue turns a YAML value into the field's type. It is stricter than YAML, which takes 1.7 for a whole number and yes for true.
func nodeValue(n *yaml.Node, t reflect.Type) (any, error) {
	if isNull(n) {
		return nil, errors.New("has no value; remove the key to keep the default")
	}
	if t.Kind() == reflect.Slice {
		return nodeList(n)
	}
	if n.Kind != yaml.ScalarNode {
		return nil, fmt.Errorf("want %s, got %s", wanted(t), kindName(n))
	}
	if t.Kind() == reflect.String {
		return n.Value, nil
	}
	out := reflect.New(t)
	if !tagFits(n.ShortTag(), t.Kind()) || n.Decode(out.Interface()) != nil {
		return nil, fmt.Errorf("want %s, got %q", wanted(t), shorten(n.Value))
	}
	if t.Kind() == reflect.Float64 && !finite(out.Elem().Float()) {
		return nil, fmt.Errorf("want %s, got %q", wanted(t), shorten(n.Value))
	}
	return out.Elem().Interface(), nil
}

func tagFits(tag string, kind reflect.Kind) bool {
	switch kind {
	case reflect.Bool:
		return tag == "!!bool"
	case reflect.Float64:
		return tag == "!!float" || tag == "!!int"
	default:
		return tag == "!!int"
	}
}

// nodeList reads a list of texts. A single text is a list of one.
func nodeList(n *yaml.Node) ([]string, error) {
	if n.Kind == yaml.ScalarNode {
		return []string{n.Value}, nil
	}
	if n.Kind != yaml.SequenceNode {
		return nil, fmt.Errorf("want a list of texts, got %s", kindName(n))
	}
	list := make([]string, 0, len(n.Content))
	for _, item := range n.Content {
		item = aliased(item)
		if item.Kind != yaml.ScalarNode || isNull(item) {
			return nil, fmt.Errorf("want a list of texts, but an element (line %d) is %s", item.Line, kindName(item))
		}
		list = append(list, item.Value)
	}
	return list, nil
}

func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys with values"
	case yaml.SequenceNode:
		return "a list"
	default:
		return "empty"
	}
}
