package loss

import (
	"slices"
	"testing"
)

// Every registered loss can be made without a setting, and takes the shared settings that it has.
func TestRegisteredLosses(t *testing.T) {
	if got := ContrastiveLosses.Names(); !slices.Equal(got, []string{"infonce", "margin"}) {
		t.Errorf("contrastive losses %v", got)
	}
	if got := BinaryLosses.Names(); !slices.Equal(got, []string{"bce", "focal"}) {
		t.Errorf("binary losses %v", got)
	}
	shared := map[string]any{"symmetric": true, "margin": 0.25}
	for _, name := range ContrastiveLosses.Names() {
		plain, err := ContrastiveLosses.New(name, nil, nil)
		if err != nil || plain == nil {
			t.Errorf("%s: %v", name, err)
		}
		made, err := ContrastiveLosses.New(name, shared, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		switch l := made.(type) {
		case *InfoNCE:
			if !l.Symmetric {
				t.Errorf("%s: %+v", name, l)
			}
		case *Margin:
			if l.Margin != 0.25 {
				t.Errorf("%s: %+v", name, l)
			}
		}
	}
	made, err := BinaryLosses.New("focal", map[string]any{"focal_gamma": 3.0}, nil)
	if l, ok := made.(*Focal); err != nil || !ok || l.Gamma != 3 {
		t.Errorf("%+v, %v", made, err)
	}
}

// A name that two losses register is reported when the program starts.
func TestNamesAreTakenOnce(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a name was registered twice")
		}
	}()
	BinaryLosses.Register("bce", func() Binary { return &BCE{} })
}
