// Command screenshot takes the picture of serve's page that the README shows:
//
//	bin/serve --checkpoint ... --filter ... --taxonomy examples/ontology --top-k 3 &
//	sed -n '6p;9,13p' examples/ads/care-nurse.txt | go run ./scripts/screenshot http://127.0.0.1:8080/ docs/images/page.png
//
// It reads the ad from stdin and needs chromium, with a font that has Chinese characters.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/chromedp/chromedp"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return errors.New("usage: screenshot URL FILE.png <ad.txt")
	}
	ad, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	browser, err := exec.LookPath("chromium")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.WindowSize(1000, 700))
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	set := func(id, to string) chromedp.Action[chromedp.Void] {
		return chromedp.Evaluate[chromedp.Void](fmt.Sprintf(
			`{ const e = document.getElementById(%q); e.value = %q; e.dispatchEvent(new Event("input", { bubbles: true })); }`, id, to))
	}
	err = chromedp.Do(ctx, chromedp.Navigate(args[0]), chromedp.WaitVisible("#form"), set("ad", string(ad)),
		chromedp.Click("#find"), chromedp.WaitVisible("#result"), chromedp.Click(".choose"),
		chromedp.Evaluate[chromedp.Void](`document.getElementById("ad").rows = 6; document.activeElement.blur()`))
	if err != nil {
		return fmt.Errorf("open %s: %w", args[0], err)
	}
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		return err
	}
	return writeSmaller(args[1], picture)
}

// writeSmaller writes a PNG of at most 256 colours, the most frequent ones: a page has few but for the edges of its letters.
func writeSmaller(path string, picture []byte) error {
	pixels, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return err
	}
	bounds := pixels.Bounds()
	counts := map[color.Color]int{}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			counts[pixels.At(x, y)]++
		}
	}
	palette := slices.SortedFunc(maps.Keys(counts), func(a, b color.Color) int { return counts[b] - counts[a] })
	few := image.NewPaletted(bounds, palette[:min(len(palette), 256)])
	draw.Draw(few, bounds, pixels, bounds.Min, draw.Src)
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, few); err != nil {
		return err
	}
	return os.WriteFile(path, out.Bytes(), 0o644)
}
