package ads

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

type parquetAd struct {
	ID     int64    `parquet:"id"`
	Body   *string  `parquet:"body,optional,zstd"`
	Ref    string   `parquet:"ref,dict"`
	Tags   []string `parquet:"tags"`
	Weight float64  `parquet:"weight"`
}

// parquetFile holds n ads in groups of 70 rows, so that groups, pages and buffers end at different rows.
func parquetFile(t testing.TB, n int) []byte {
	t.Helper()
	var out bytes.Buffer
	w := parquet.NewGenericWriter[parquetAd](&out, parquet.MaxRowsPerRowGroup(70), parquet.PageBufferSize(512))
	for i := range n {
		ad := parquetAd{ID: int64(i), Ref: fmt.Sprintf("r%d", i%7), Tags: []string{"a", "b"}}
		if text := fmt.Sprintf("You weld part %d.", i); i%10 != 3 {
			ad.Body = &text
		}
		if _, err := w.Write([]parquetAd{ad}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// readParquet returns "id=text" of every ad.
func readParquet(ctx context.Context, file []byte, o Layout) (all []string, rejected int, err error) {
	rejects, err := StreamParquet(ctx, "in", bytes.NewReader(file), int64(len(file)), o, func(ad Ad) error {
		all = append(all, ad.ID+"="+ad.Text)
		return nil
	})
	return all, rejects.Rows, err
}

func TestStreamParquet(t *testing.T) {
	file := parquetFile(t, 300)
	for column, id := range map[string]func(i int) string{
		"":    func(i int) string { return fmt.Sprint(i) },
		"ref": func(i int) string { return fmt.Sprintf("r%d", i%7) },
	} {
		all, rejected, err := readParquet(t.Context(), file, Layout{Format: Parquet, TextColumn: "body", IDColumn: column})
		if err != nil || rejected != 30 || len(all) != 270 {
			t.Fatalf("%d ads, %d rejected, %v", len(all), rejected, err)
		}
		next := 0
		for i := range 300 {
			if i%10 == 3 {
				continue
			}
			if want := fmt.Sprintf("%s=You weld part %d.", id(i), i); all[next] != want {
				t.Fatalf("ad %d is %q, want %q", next, all[next], want)
			}
			next++
		}
	}
	for name, c := range map[string]struct {
		options Layout
		want    string
	}{
		"no text":          {Layout{TextColumn: "text"}, `no column "text"; there are id, body, ref, tags, weight`},
		"text is a number": {Layout{TextColumn: "id"}, `column "id" is INT64, want one text a row`},
		"text is a list":   {Layout{TextColumn: "tags"}, `column "tags"`},
		"no id":            {Layout{TextColumn: "body", IDColumn: "x"}, `no column "x"`},
		"id is a float":    {Layout{TextColumn: "body", IDColumn: "weight"}, `column "weight" is DOUBLE, want one text or whole number a row`},
	} {
		if _, _, err := readParquet(t.Context(), file, c.options); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, _, err := readParquet(t.Context(), parquetFile(t, 0), Layout{TextColumn: "body"}); err == nil || !strings.Contains(err.Error(), "it is empty") {
		t.Errorf("no row: %v", err)
	}
	stop := errors.New("stop")
	_, err := StreamParquet(t.Context(), "in", bytes.NewReader(file), int64(len(file)), Layout{TextColumn: "body"}, func(Ad) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("the caller's error became %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := readParquet(ctx, file, Layout{TextColumn: "body"}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// Whatever byte is wrong, the result is an error or ads, never a panic.
func TestDamagedParquet(t *testing.T) {
	file := parquetFile(t, 120)
	o := Layout{TextColumn: "body"}
	for _, cut := range []int{0, 3, 100, len(file) / 2, len(file) - 9, len(file) - 1} {
		if _, _, err := readParquet(t.Context(), file[:cut], o); err == nil || !strings.Contains(err.Error(), "read in: ") {
			t.Errorf("cut to %d of %d bytes: %v", cut, len(file), err)
		}
	}
	failed := 0
	for i := 0; i < len(file); i += 3 {
		damaged := bytes.Clone(file)
		damaged[i] ^= 0xff
		if _, _, err := readParquet(t.Context(), damaged, o); err != nil {
			failed++
		}
	}
	if failed == 0 {
		t.Error("no damage was noticed")
	}
}

func FuzzStreamParquet(f *testing.F) {
	f.Add(parquetFile(f, 5))
	f.Add(parquetFile(f, 150))
	f.Add([]byte("PAR1"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if len(file) > 1<<16 {
			t.Skip()
		}
		_, _, _ = readParquet(t.Context(), file, Layout{TextColumn: "body"})
	})
}
