// Package chart draws the charts of HTML reports and provides the frame of their pages. A page is one file that loads
// nothing and has no script. Each picture has a text description for screen readers.
package chart

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"math"
	"strconv"
	"strings"
	"time"
)

//go:embed chart.html.tmpl style.css
var files embed.FS

// Page parses all *.tmpl of a folder and returns the template called name. The templates may use "head" (its argument is
// the title), "curve", "histogram" and "plot", the functions number, count and percent, and those of funcs.
func Page(folder fs.FS, name string, funcs template.FuncMap) *template.Template {
	t := template.New(name).Funcs(template.FuncMap{"number": Number, "count": Count, "percent": Percent, "style": style}).Funcs(funcs)
	return template.Must(template.Must(t.ParseFS(files, "*.tmpl")).ParseFS(folder, "*.tmpl"))
}

func style() (template.CSS, error) {
	text, err := files.ReadFile("style.css")
	return template.CSS(text), err // the text is our own, so it needs no escaping
}

// Number formats a value with about three significant digits: 0.534, 5e-5, 1,234.
func Number(v float64) string {
	switch size := math.Abs(v); {
	case size != 0 && (size < 1e-3 || size >= 1e9):
		mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'e', 2, 64), "e")
		mantissa = strings.TrimSuffix(strings.TrimRight(mantissa, "0"), ".")
		power, _ := strconv.Atoi(exponent)
		return mantissa + "e" + strconv.Itoa(power)
	case size >= 1000:
		return Count(int(math.Round(v)))
	case size >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case size >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	default:
		return strconv.FormatFloat(v, 'f', 3, 64)
	}
}

// Count groups an integer's digits by thousands.
func Count(n int) string {
	if n < 0 {
		return "-" + Count(-n)
	}
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return Count(n/1000) + "," + fmt.Sprintf("%03d", n%1000)
}

// Duration formats seconds as 1 h 02 min, 4 min 05 s or 12 s.
func Duration(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second)).Round(time.Second)
	hours, minutes, rest := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case hours > 0:
		return fmt.Sprintf("%d h %02d min", hours, minutes)
	case minutes > 0:
		return fmt.Sprintf("%d min %02d s", minutes, rest)
	default:
		return fmt.Sprintf("%d s", rest)
	}
}

// Percent formats a share as 12.3%.
func Percent(share float64) string { return strconv.FormatFloat(100*share, 'f', 1, 64) + "%" }
