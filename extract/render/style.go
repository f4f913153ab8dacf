package render

import "os"

// style colours texts if color is set.
type style struct{ color bool }

func (s style) in(code, text string) string {
	if !s.color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s style) heading(text string) string { return s.in("1;36", text) }
func (s style) dim(text string) string     { return s.in("2", text) }
func (s style) strong(text string) string  { return s.in("1", text) }
func (s style) plain(text string) string   { return text }
func (s style) bar(text string) string     { return s.in("32", text) }

// UseColor resolves auto, always or never. auto means a terminal without NO_COLOR (https://no-color.org) whose TERM has colours.
func UseColor(choice string, terminal bool) bool {
	switch choice {
	case "always":
		return true
	case "never":
		return false
	}
	return terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
