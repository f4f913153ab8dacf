package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"skillspace/data/ads"
	"skillspace/data/corpus"
)

// exampleAds are sent where there are no others.
var exampleAds = []string{"examples/ads/backend-developer.txt", "examples/ads/care-nurse.txt", "examples/ads/warehouse-team-lead.txt"}

// postings returns the ads of a file of labelled sentences that stand in their order, as SkillSpan's do: an ad a text, a sentence a line.
func postings(path string) ([]string, error) {
	sentences, rejects, err := corpus.ReadLabelled(path)
	if err != nil {
		return nil, err
	}
	if rejects.Rows > 0 { // a sentence that is missing would part its ad in two
		return nil, fmt.Errorf("ads of %s: %s", path, rejects)
	}
	var texts []string
	var ad []string
	end := func() {
		if len(ad) > 0 {
			texts = append(texts, strings.Join(ad, "\n"))
		}
		ad = nil
	}
	for _, sentence := range sentences {
		if sentence.Before == "" { // nothing stands before an ad's first
			end()
		}
		ad = append(ad, sentence.Text)
	}
	end()
	return texts, nil
}

// readAds returns the texts of files of ads, as extract-skills reads them.
func readAds(ctx context.Context, files []string) ([]string, error) {
	var texts []string
	for _, path := range files {
		format, err := ads.FormatOf(path)
		if err != nil {
			return nil, err
		}
		file, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("read ads: %w", err)
		}
		_, err = ads.Stream(ctx, path, file, ads.Layout{Format: format, TextColumn: "text"}, func(ad ads.Ad) error {
			texts = append(texts, ad.Text)
			return nil
		})
		file.Close()
		if err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// extractBody is a request of /v1/extract for one ad.
func extractBody(ad string) any { return map[string]string{"text": ad} }

// bodiesOf returns a request for each ad.
func bodiesOf(texts []string, body func(ad string) any) ([][]byte, error) {
	bodies := make([][]byte, len(texts))
	for i, text := range texts {
		var err error
		if bodies[i], err = json.Marshal(body(text)); err != nil {
			return nil, fmt.Errorf("write a request: %w", err)
		}
	}
	return bodies, nil
}
