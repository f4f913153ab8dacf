package lexical

import (
	"slices"
	"testing"
)

func TestWords(t *testing.T) {
	cases := map[string][]string{
		"C++, C# and .NET":        {"c++", "c#", "and", "net"},
		"3+ years, 10 + 2":        {"3", "years", "10", "2"},
		"c++11":                   {"c++", "11"},
		"熟练CAD软件":                 {"熟", "练", "cad", "软", "件"},
		"Ｊａｖａ　Café":               {"java", "café"},
		"हिन्दी भाषा":             {"हिन्दी", "भाषा"},
		" \t++ # ":                nil,
		"bad\xffbytes":            {"bad", "bytes"},
		"snake_case e-mail don't": {"snake_case", "e", "mail", "don", "t"},
	}
	for text, want := range cases {
		if got := Words(text); !slices.Equal(got, want) {
			t.Errorf("Words(%q) = %q, want %q", text, got, want)
		}
	}
	if got, want := Characters(" a\n\tÉ "), []string{"a", " ", "é"}; !slices.Equal(got, want) {
		t.Errorf("characters %q, want %q", got, want)
	}
}

func TestInitialsAreOneWord(t *testing.T) {
	cases := map[string]string{
		"R&D, r & d; M&A":        "R_D, r_d; M_A",
		"food&drink R&D2 C++&C#": "food&drink R&D2 C++&C#",
		"(P&L)":                  "(P_L)",
		"&":                      "&",
	}
	for text, want := range cases {
		if got := joinInitials(text); got != want {
			t.Errorf("joinInitials(%q) = %q, want %q", text, got, want)
		}
	}
}

func FuzzWords(f *testing.F) {
	for _, seed := range []string{"", "C++ and C#", "熟练CAD", "\xff+", "İstanbul ﷺ", "a+b#c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, word := range Words(text) {
			if word == "" {
				t.Fatalf("Words(%q) has an empty word", text)
			}
		}
		Characters(text)
	})
}
