package serve

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

var screenshots = flag.String("screenshots", "", "folder for pictures of the page")

// chromium is a tab of a real browser with its requests and its error messages.
type chromium struct {
	context.Context
	mu         sync.Mutex
	requests   []string
	complaints []string
}

// openChromium starts a browser with a new profile. It skips the test if this machine has no browser.
func openChromium(t *testing.T) *chromium {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		found, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		// Ubuntu's package is a script that needs another package manager.
		if version, err := exec.CommandContext(t.Context(), found, "--version").Output(); err == nil && strings.Contains(string(version), "Chrom") {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("no chromium on this machine (Debian: apt-get install chromium)")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.WindowSize(1280, 900))
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	tab, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	c := &chromium{Context: tab}
	if err := chromedp.Listen(tab, c.listen); err != nil { // starts the browser, which lives as long as this context
		t.Fatal(err)
	}
	limited, cancel := context.WithTimeout(tab, time.Minute)
	t.Cleanup(cancel)
	c.Context = limited
	command(t, c, network.Enable, network.EnableParams{})
	command(t, c, log.Enable, cdp.Empty{})
	command(t, c, runtime.Enable, cdp.Empty{})
	return c
}

func (c *chromium) listen(event any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		c.requests = append(c.requests, e.Request.Method+" "+e.Request.URL)
	case *runtime.EventExceptionThrown:
		c.complaints = append(c.complaints, e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		c.complaints = append(c.complaints, e.Entry.Text)
	}
}

func (c *chromium) run(t *testing.T, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(c, actions...); err != nil {
		t.Fatalf("%v (the browser says %v)", err, c.said())
	}
}

// command sends a command of the protocol.
func command[P, R any](t *testing.T, c *chromium, cmd cdp.Command[P, R], params P) R {
	t.Helper()
	result, err := chromedp.Call(c, cmd, params)
	if err != nil {
		t.Fatalf("%s: %v", cmd.Method, err)
	}
	return result
}

func (c *chromium) said() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.complaints
}

func (c *chromium) asked() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.requests...)
}

// value evaluates JavaScript.
func value[T any](t *testing.T, c *chromium, expression string) T {
	t.Helper()
	v, err := chromedp.Run(c, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// do evaluates JavaScript for its effect.
func do(script string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](script)
}

// until waits until a JavaScript expression is true.
func until(expression string) chromedp.Action[chromedp.Void] {
	return chromedp.Poll[chromedp.Void](expression)
}

// set changes the value of a control and sends the event that a user would cause.
func set(id, to string) chromedp.Action[chromedp.Void] {
	return do(fmt.Sprintf(`{ const e = document.getElementById(%q); e.value = %q; e.dispatchEvent(new Event("input", { bubbles: true })); }`, id, to))
}

func (c *chromium) picture(t *testing.T, name string) {
	t.Helper()
	if *screenshots == "" {
		return
	}
	png, err := chromedp.Run(c, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*screenshots, name+".png"), png, 0o644); err != nil {
		t.Fatal(err)
	}
}

// visibleSkills counts the skills of the view by sentence, visibleAdSkills those of the view by ad.
const visibleSkills = `[...document.querySelectorAll(".skill")].filter((e) => e.offsetParent).length`
const visibleAdSkills = `[...document.querySelectorAll(".ad-skill")].filter((e) => e.offsetParent).length`

func TestPage(t *testing.T) {
	c := openChromium(t)
	f := start(t, true, func(s *Settings) { s.Extract.Threshold = 0 })
	c.run(t, chromedp.Navigate(f.URL+"/"), chromedp.WaitVisible("#form"), until(`document.getElementById("model").textContent != ""`))
	c.run(t, chromedp.Click(`[data-sample="zh"]`), chromedp.SendKeys("#ad", " "), // the sample has the focus
		do(`document.getElementById("ad").dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true, cancelable: true }))`),
		chromedp.WaitVisible("#result"))
	if focus := value[string](t, c, `document.activeElement.id`); focus != "result-title" {
		t.Errorf("after the answer the focus is on %q", focus)
	}
	if top := value[int](t, c, `Math.round(document.getElementById("result").getBoundingClientRect().top)`); top < 0 || top > 200 {
		t.Errorf("the result begins %d pixels below the top of the window", top)
	}
	c.run(t, chromedp.Click("#view-sentence"), do(`document.getElementById("settings").open = true`))
	sentences := value[[]string](t, c, `[...document.querySelectorAll(".sentence .said")].map((e) => e.textContent)`)
	if len(sentences) != 9 || !strings.HasPrefix(sentences[3], "评估中风患者") {
		t.Errorf("sentences: %q", sentences)
	}
	if lang := value[string](t, c, `document.querySelector(".said").lang`); lang != "zh" {
		t.Errorf("a Chinese sentence is marked %q", lang)
	}
	shown := value[int](t, c, visibleSkills)
	if shown != 9*3 {
		t.Errorf("%d skills are shown, want 3 a sentence", shown)
	}
	if links := value[[]string](t, c, `[...document.querySelectorAll(".skill a")].map((e) => e.href)`); len(links) < shown || !strings.HasPrefix(links[0], "http://data.europa.eu/esco/") {
		t.Errorf("links: %q", links)
	}
	c.run(t, chromedp.Click(`[data-sample="en"]`), chromedp.Click("#find"), until(`document.querySelector(".said").textContent.startsWith("Maintenance")`))
	t.Run("by ad", func(t *testing.T) { testByAd(t, c) })
	t.Run("export", func(t *testing.T) { testExport(t, c) })
	t.Run("controls", func(t *testing.T) { testControls(t, c) })
	t.Run("copy", func(t *testing.T) { testCopy(t, c, f.URL) })
	c.run(t, chromedp.Click("#view-ad"))
	t.Run("keyboard", func(t *testing.T) { testKeyboard(t, c) })
	t.Run("names", func(t *testing.T) { testNames(t, c) })
	t.Run("looks", func(t *testing.T) { testLooks(t, c) })
	for _, request := range c.asked() {
		if _, url, _ := strings.Cut(request, " "); !strings.HasPrefix(url, f.URL+"/") {
			t.Errorf("the page sends a request elsewhere: %s", request)
		}
	}
	if said := c.said(); len(said) > 0 {
		t.Errorf("the browser complains: %q", said)
	}
}

// englishSentences are those of the English sample. One is longer than the 64 tokens of the test's model and has three clauses.
const englishSentences = 12

// The view by ad has each skill of the sentences once. A chosen skill marks its sentences.
func testByAd(t *testing.T, c *chromium) {
	c.run(t, chromedp.Click("#view-ad"))
	uris := value[[]string](t, c, `[...new Set([...document.querySelectorAll(".sentence .skill:not([hidden]) a")].map((e) => e.href))].sort()`)
	listed := value[[]string](t, c, `[...document.querySelectorAll(".ad-skill a")].map((e) => e.href).sort()`)
	if len(uris) < 5 || strings.Join(uris, " ") != strings.Join(listed, " ") {
		t.Errorf("listed %q, the sentences have %q", listed, uris)
	}
	scores := `[...document.querySelectorAll(".ad-skill .score")].map((e) => Number(e.textContent))`
	if !value[bool](t, c, scores+`.every((v, i, all) => i === 0 || all[i - 1] >= v)`) {
		t.Errorf("scores are not in order: %v", value[[]float64](t, c, scores))
	}
	c.run(t, set("sort", "label"))
	if !value[bool](t, c, `[...document.querySelectorAll(".choose")].map((e) => e.textContent).every((v, i, all) => i === 0 || all[i - 1].localeCompare(v) <= 0)`) {
		t.Error("names are not in order")
	}
	c.run(t, set("sort", "mentions"), chromedp.Click(".choose"))
	named := value[int](t, c, `document.querySelectorAll(".text .is-named").length`)
	if said := value[string](t, c, `document.querySelector(".ad-skill .quiet").textContent`); named < 1 || !strings.HasPrefix(said, fmt.Sprintf("%d sentence", named)) {
		t.Errorf("%d sentences are marked, the skill has %q", named, said)
	}
	c.run(t, chromedp.Click(".choose"))
	if named := value[int](t, c, `document.querySelectorAll(".is-named").length`); named != 0 {
		t.Errorf("%d sentences stay marked", named)
	}
	c.run(t, set("group", "1"))
	if headings := value[int](t, c, `document.querySelectorAll("#skills h3").length`); headings < 2 {
		t.Errorf("%d groups of Level 1", headings)
	}
	c.run(t, set("group", "0"), set("sort", "score"), set("threshold", "1"))
	if below := value[int](t, c, `document.querySelectorAll(".is-below .ad-skill").length`); below < 1 || below > 5 || !value[bool](t, c, `document.getElementById("below").textContent.includes("1.00")`) {
		t.Errorf("%d skills below the threshold are shown", below)
	}
	if summary := value[string](t, c, `document.getElementById("summary").textContent`); !strings.HasPrefix(summary, "0 skills in ") {
		t.Errorf("summary %q", summary)
	}
	c.run(t, set("threshold", "0"))
}

// What is saved is what is shown.
func testExport(t *testing.T, c *chromium) {
	saved := func(id string) string {
		return value[string](t, c, `new Promise((done) => {
  const make = URL.createObjectURL;
  URL.createObjectURL = (blob) => { blob.text().then(done); URL.createObjectURL = make; return "#"; };
  const click = HTMLAnchorElement.prototype.click;
  HTMLAnchorElement.prototype.click = function () { HTMLAnchorElement.prototype.click = click; };
  document.getElementById("`+id+`").click();
})`)
	}
	shown := value[int](t, c, visibleAdSkills)
	var got ExtractResponse
	if text := saved("save-json"); json.Unmarshal([]byte(text), &got) != nil || len(got.Ads) != 1 || len(got.Ads[0].Skills) != shown || len(got.Ads[0].Skills[0].Mentions) == 0 || len(got.Ads[0].Skills[0].Groups) == 0 || *got.Ads[0].SentenceCount != englishSentences {
		t.Errorf("%d skills are shown, saved: %s", shown, text)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(saved("save-csv"), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != shown+1 || !slices.Equal(rows[0][:3], []string{"label", "uri", "score"}) || rows[0][3] != "level_1" || rows[1][0] != got.Ads[0].Skills[0].Label || rows[1][3] == "" {
		t.Errorf("%v: %d rows for %d skills, %q", err, len(rows), shown, rows)
	}
	c.run(t, chromedp.Click("#view-sentence"))
	if text := saved("save-json"); json.Unmarshal([]byte(text), &got) != nil || len(got.Ads[0].Sentences) != englishSentences {
		t.Errorf("by sentence: %s", text)
	}
}

// The controls filter the answer without a request.
func testControls(t *testing.T, c *chromium) {
	before := len(c.asked())
	all := value[int](t, c, visibleSkills)
	c.run(t, set("top", "1"))
	if one := value[int](t, c, visibleSkills); one != all/3 {
		t.Errorf("%d skills with one a sentence, want %d", one, all/3)
	}
	c.run(t, set("top", "20"), set("threshold", "0.9"))
	some := value[int](t, c, `[...document.querySelectorAll(".sentence .score")].filter((e) => Number(e.textContent) >= 0.9).length`)
	if got := value[int](t, c, visibleSkills); got != some {
		t.Errorf("%d skills from 0.9 on, want %d", got, some)
	}
	c.run(t, set("threshold", "1"))
	if got := value[int](t, c, visibleSkills); got != 0 {
		t.Errorf("%d skills from 1 on", got)
	}
	c.run(t, set("threshold", "0"), set("filter", "1"))
	if dropped := value[int](t, c, `document.querySelectorAll(".sentence.is-dropped").length`); dropped != value[int](t, c, `document.querySelectorAll(".sentence").length`) {
		t.Errorf("%d sentences are dropped", dropped)
	}
	c.run(t, until(fmt.Sprintf(`document.getElementById("live").textContent === "0 skills in 0 of %d sentences."`, englishSentences)), chromedp.Click("#dropped"))
	if n := value[int](t, c, `[...document.querySelectorAll(".sentence")].filter((e) => e.offsetParent).length`); n != 0 {
		t.Errorf("%d dropped sentences are shown", n)
	}
	c.run(t, chromedp.Click("#dropped"), set("filter", "0"), set("top", "3"))
	if after := len(c.asked()); after != before {
		t.Errorf("the controls asked %d times", after-before)
	}
}

func testCopy(t *testing.T, c *chromium, origin string) {
	for _, name := range []string{"clipboard-write", "clipboard-read"} {
		command(t, c, browser.SetPermission, browser.SetPermissionParams{Permission: &browser.PermissionDescriptor{Name: name}, Setting: browser.PermissionSettingGranted, Origin: origin})
	}
	c.run(t, set("top", "2"), chromedp.Click("#copy"), until(`document.getElementById("copy").textContent == "Copied"`))
	var got ExtractResponse
	text := value[string](t, c, `navigator.clipboard.readText()`)
	if err := json.Unmarshal([]byte(text), &got); err != nil || len(got.Ads) != 1 || len(got.Ads[0].Sentences) != englishSentences || len(got.Ads[0].Sentences[0].Skills) != 2 {
		t.Errorf("%v in %s", err, text)
	}
	c.run(t, set("top", "3"))
}

// Tab reaches every control, the skip link first, and the focus is visible.
func testKeyboard(t *testing.T, c *chromium) {
	c.run(t, do(`document.activeElement.blur(); window.scrollTo(0, 0)`), do(`document.body.tabIndex = -1; document.body.focus()`))
	var reached []string
	links := value[int](t, c, `2 * document.querySelectorAll(".ad-skill").length`) // a button and a link each
	for range 20 + links {
		c.run(t, chromedp.KeyEvent(kb.Tab))
		reached = append(reached, value[string](t, c, `document.activeElement.id || document.activeElement.className || document.activeElement.dataset.sample || document.activeElement.tagName`))
		if outline := value[string](t, c, `getComputedStyle(document.activeElement).outlineStyle`); outline == "none" {
			t.Errorf("nothing shows that %s has the focus", reached[len(reached)-1])
		}
	}
	want := "skip plain plain ad find copy save-csv save-json view-ad view-sentence sort group " + strings.Repeat("choose A ", links/2) + "text SUMMARY threshold filter top dropped A A"
	if got := strings.Join(reached, " "); !strings.HasPrefix(got, want) {
		t.Errorf("Tab reaches %s, want %s", got, want)
	}
	c.run(t, chromedp.Focus("#threshold"), chromedp.KeyEvent(kb.ArrowRight))
	if v := value[string](t, c, `document.getElementById("threshold-value").textContent`); v != "0.01" {
		t.Errorf("the arrow key moves the threshold to %s", v)
	}
	c.run(t, set("threshold", "0.5374")) // the server's threshold has four digits
	if v := value[string](t, c, `document.getElementById("threshold").value`); v != "0.5374" {
		t.Errorf("the threshold 0.5374 becomes %s", v)
	}
	c.run(t, set("threshold", "0"))
}

// Every control has a name for screen readers.
func testNames(t *testing.T, c *chromium) {
	usable := map[string]bool{"textbox": true, "button": true, "slider": true, "spinbutton": true, "checkbox": true, "link": true, "RootWebArea": true}
	counted := map[string]int{}
	for _, n := range command(t, c, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
		if n.Ignored || n.Role == nil {
			continue
		}
		role := said(n.Role)
		counted[role]++
		if usable[role] && said(n.Name) == "" {
			t.Errorf("a %s has no name", role)
		}
	}
	if counted["slider"] != 2 || counted["button"] < 4 || counted["textbox"] < 1 || counted["link"] < 20 || counted["status"] != 3 {
		t.Errorf("%v", counted)
	}
}

func said(v *accessibility.Value) string {
	var s string
	if v != nil {
		_ = json.Unmarshal(v.Value, &s)
	}
	return s
}

// faint lists texts whose contrast with their background is below 4.5 (WCAG 2, AA).
const faint = `(() => {
  const channels = (c) => c.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => { for (; e; e = e.parentElement) { const c = channels(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] === 1) return c; } return [255, 255, 255]; };
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !e.offsetParent || e.closest("script")) continue;
    const [a, b] = [luminance(channels(getComputedStyle(e).color)), luminance(behind(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) found.add(e.tagName + "." + e.className + " " + ((a + 0.05) / (b + 0.05)).toFixed(2));
  }
  return [...found];
})()`

// In light and dark, wide and narrow windows, texts have enough contrast and the page needs no horizontal scrolling.
func testLooks(t *testing.T, c *chromium) {
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{1280, 390, 320} {
			command(t, c, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
			command(t, c, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 844, DeviceScaleFactor: 1, Mobile: width < 500})
			name := fmt.Sprintf("%s-%d", scheme, width)
			if texts := value[[]string](t, c, faint); len(texts) > 0 {
				t.Errorf("%s: too faint: %q", name, texts)
			}
			if over := value[int](t, c, `document.scrollingElement.scrollWidth - innerWidth`); over > 0 {
				t.Errorf("%s: %d pixels wider than the window", name, over)
			}
			c.picture(t, name)
		}
	}
}

// The page asks for the token of a server.
func TestPageAsksForToken(t *testing.T) {
	c := openChromium(t)
	f := start(t, false, func(s *Settings) { s.Token = "secret" })
	c.run(t, chromedp.Navigate(f.URL+"/"), chromedp.WaitVisible("#form"), chromedp.Click("#find"), until(`document.getElementById("problem").textContent == "Paste an ad first."`),
		chromedp.SendKeys("#ad", "You drive."), chromedp.Click("#find"), chromedp.WaitVisible("#token"))
	if focus := value[string](t, c, `document.activeElement.id`); focus != "token" {
		t.Errorf("the focus is on %q", focus)
	}
	c.run(t, chromedp.SendKeys("#token", "wrong"+kb.Enter), until(`document.getElementById("problem").textContent == "The token is wrong."`),
		set("token", ""), chromedp.SendKeys("#token", "secret"+kb.Enter), chromedp.WaitVisible("#result"))
	if n := value[int](t, c, `document.querySelectorAll(".sentence").length`); n != 1 {
		t.Errorf("%d sentences", n)
	}
	if visible := value[bool](t, c, `!document.getElementById("filter-control").hidden`); visible {
		t.Error("there is a control for a filter that is not there")
	}
}
