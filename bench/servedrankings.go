package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"

	"skillspace/serve"
)

// rankedSkills are asked for to measure a ranking.
const rankedSkills = 5

// ourRankings starts our server and asks it for each text's skills, so that what is measured is what is served, in its precision.
func (b *bench) ourRankings(ctx context.Context, s server, texts []string) ([]ranking, error) {
	rankings := make([]ranking, len(texts))
	_, err := b.serve(ctx, s, func(ctx context.Context, r running) error {
		for i := range texts {
			top, all := rankedSkills, -1.0
			ranked, err := askExtract(ctx, r.url+s.path, serve.ExtractRequest{Text: &texts[i], TopK: &top, Threshold: &all})
			if err != nil {
				return err
			}
			answered, err := askExtract(ctx, r.url+s.path, serve.ExtractRequest{Text: &texts[i]})
			if err != nil {
				return err
			}
			rankings[i] = ranking{Ranked: ranked[:min(rankedSkills, len(ranked))], Answered: answered}
		}
		return nil
	})
	return rankings, err
}

// askExtract sends one ad and returns its skills.
func askExtract(ctx context.Context, url string, request serve.ExtractRequest) ([]string, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	post, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	post.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(post)
	if err != nil {
		return nil, fmt.Errorf("ask for skills: %w", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, fmt.Errorf("ask for skills: %w", err)
	}
	var response serve.ExtractResponse
	if err := json.Unmarshal(text, &response); err != nil || answer.StatusCode != http.StatusOK || len(response.Ads) != 1 {
		return nil, fmt.Errorf("ask for skills: %s: %.300s", answer.Status, text)
	}
	return skillsOf(response.Ads[0]), nil
}

// skillsOf returns an ad's skills, best first: a skill counts once, by its best sentence.
func skillsOf(ad serve.AdResult) []string {
	best := map[string]float32{}
	var uris []string
	for _, sentence := range ad.Sentences {
		for _, skill := range sentence.Skills {
			score, seen := best[skill.URI]
			if !seen {
				uris = append(uris, skill.URI)
			}
			if !seen || skill.Score > score {
				best[skill.URI] = skill.Score
			}
		}
	}
	slices.SortStableFunc(uris, func(a, b string) int { return cmp.Compare(best[b], best[a]) })
	return uris
}
