package terminal

import "testing"

func TestColumns(t *testing.T) {
	for text, want := range map[string]int{"": 0, "abc": 3, "精通Java": 8, "e\u0301": 1, "ｗ": 2} {
		if got := Columns(text); got != want {
			t.Errorf("%q takes %d columns, want %d", text, got, want)
		}
	}
}

func TestUseColor(t *testing.T) {
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "")
	for _, c := range []struct {
		choice            string
		terminal, noColor bool
		want              bool
	}{
		{"auto", true, false, true}, {"auto", false, false, false}, {"auto", true, true, false},
		{"always", false, true, true}, {"never", true, false, false},
	} {
		if c.noColor {
			t.Setenv("NO_COLOR", "1")
		} else {
			t.Setenv("NO_COLOR", "")
		}
		if got := UseColor(c.choice, c.terminal); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
	t.Setenv("TERM", "dumb")
	if UseColor("auto", true) {
		t.Error("a dumb terminal got colours")
	}
}

func TestCountIsSingularForOneOnly(t *testing.T) {
	for n, want := range map[int]string{0: "0 ads", 1: "1 ad", 2: "2 ads"} {
		if got := Count(n, "ad", "ads"); got != want {
			t.Errorf("Count(%d) is %q, want %q", n, got, want)
		}
	}
}
