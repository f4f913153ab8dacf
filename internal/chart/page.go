// Package chart draws the charts and gives the frame of the HTML pages that reports are: train's report.html and the report of a
// corpus. A page is one file that loads nothing and has no script. Each picture has a description for those who do not see it.
package chart

import (
	"embed"
	"html/template"
	"io/fs"
)

//go:embed chart.html.tmpl style.css
var files embed.FS

// Page parses all *.tmpl of a folder and returns the template called name. They may use the templates "head" (of a title),
// "curve", "histogram" and "plot", and the functions number, count and percent beside those of funcs.
func Page(folder fs.FS, name string, funcs template.FuncMap) *template.Template {
	t := template.New(name).Funcs(template.FuncMap{"number": Number, "count": Count, "percent": Percent, "style": style}).Funcs(funcs)
	return template.Must(template.Must(t.ParseFS(files, "*.tmpl")).ParseFS(folder, "*.tmpl"))
}

func style() (template.CSS, error) {
	text, err := files.ReadFile("style.css")
	return template.CSS(text), err // our own text, not a report's
}
