package loss

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-viper/mapstructure/v2"
)

// Registry holds the losses of one kind of model by name. Names are registered in init functions.
type Registry[L any] struct{ makers map[string]func() L }

var (
	// ContrastiveLosses are the losses of the bi-encoder.
	ContrastiveLosses Registry[Contrastive]
	// BinaryLosses are the losses of the filter.
	BinaryLosses Registry[Binary]
)

// Register adds a loss. newLoss returns a pointer to a struct with the loss's default settings; a field that is a setting
// has its key as tag, such as `setting:"margin"`. A name that is taken is a programming error and panics.
func (r *Registry[L]) Register(name string, newLoss func() L) {
	if _, taken := r.makers[name]; taken {
		panic("loss " + name + " is registered twice")
	}
	if r.makers == nil {
		r.makers = map[string]func() L{}
	}
	r.makers[name] = newLoss
}

// Names returns the registered names in order.
func (r *Registry[L]) Names() []string { return slices.Sorted(maps.Keys(r.makers)) }

// New makes the loss of a name. It takes the shared settings that it has a field for, and all of its own ones, which are texts
// such as "margin=0.5". A loss with bounds on its settings has a method Check() error.
func (r *Registry[L]) New(name string, shared map[string]any, own []string) (L, error) {
	var none L
	maker, found := r.makers[name]
	if !found {
		return none, &Error{"kind", fmt.Sprintf("is %q; want %s", name, alternatives(r.Names()))}
	}
	made := maker()
	if err := decode(made, shared, false); err != nil {
		return none, fmt.Errorf("loss %s: %w", name, err)
	}
	settings := map[string]any{}
	for _, assignment := range own {
		key, value, ok := strings.Cut(assignment, "=")
		if key = strings.TrimSpace(key); !ok || key == "" {
			return none, &Error{"options", fmt.Sprintf("has %q; want NAME=VALUE", assignment)}
		}
		if _, known := shared[key]; known {
			return none, &Error{"options", fmt.Sprintf("has %q; set loss.%s itself", assignment, key)}
		}
		settings[key] = strings.TrimSpace(value)
	}
	if err := decode(made, settings, true); err != nil {
		return none, &Error{"options", fmt.Sprintf("does not suit %s: %s", name, firstLine(err))}
	}
	if bounded, ok := any(made).(interface{ Check() error }); ok {
		if err := bounded.Check(); err != nil {
			return none, &Error{"options", err.Error()}
		}
	}
	return made, nil
}

// Error says which setting of a loss is wrong: `kind`, or `options`.
type Error struct{ Key, Reason string }

// Error returns "key: reason".
func (e *Error) Error() string { return e.Key + ": " + e.Reason }

// decode fills the tagged fields of a loss. If the settings are the loss's own, one without a field is an error.
func decode(into any, settings map[string]any, own bool) error {
	decoder, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{Result: into, TagName: "setting", WeaklyTypedInput: own,
		ErrorUnused: own, IgnoreUntaggedFields: true, MatchName: func(key, field string) bool { return key == field }})
	if err != nil {
		return err
	}
	return decoder.Decode(settings)
}

// firstLine returns the first message of a decoder's error, which may list several.
func firstLine(err error) string {
	lines := strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' })
	if len(lines) > 1 {
		lines = lines[1:] // the first one announces the list
	}
	return strings.TrimLeft(lines[0], "* ")
}

// alternatives joins names as "a, b or c".
func alternatives(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
