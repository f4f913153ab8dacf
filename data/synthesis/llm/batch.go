package llm

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"skillspace/data/synthesis/modelserver"
)

// Limits of the requests in a batch and of the bytes in its file. They are half of what OpenAI allows.
const (
	batchRequests = 25_000
	batchBytes    = 90 << 20
)

// batchAnswerBytes bounds a file of answers: a short one for each request, with what servers repeat beside it.
const batchAnswerBytes = 1 << 30

// batchMark is the metadata by which a batch is found again whose identifier a killed process did not get to write down.
const batchMark = "skillspace"

// batches asks by OpenAI's Batch API: cheaper, and answered within a day. An identifier is in the journal before a batch is waited for.
type batches struct {
	asker *asker
	files openai.FileService
	batch openai.BatchService
}

func newBatches(a *asker) *batches {
	// Sending twice what may have been taken would pay twice; what only reads is repeated by wait.
	options := append(modelserver.Options(a.o.BaseURL, a.o.Key, batchAnswerBytes), option.WithMaxRetries(0), option.WithRequestTimeout(max(a.o.Timeout, time.Minute)))
	return &batches{asker: a, files: openai.NewFileService(options...), batch: openai.NewBatchService(options...)}
}

// ask gets the answers of a round into the journal: first those of a batch that an earlier run left, then those of new ones. What the
// budget has no room for, and what a batch leaves unanswered, stays to be asked for one by one.
func (b *batches) ask(ctx context.Context, jobs []*job) error {
	if err := b.finish(ctx); err != nil {
		return err
	}
	for {
		requests, err := b.open(jobs)
		if err != nil || len(requests) == 0 {
			return err
		}
		if err := b.send(ctx, requests); err != nil {
			return err
		}
	}
}

// batchLine is a line of a batch's input.
type batchLine struct {
	ID     string                         `json:"custom_id"`
	Method string                         `json:"method"`
	URL    string                         `json:"url"`
	Body   openai.ChatCompletionNewParams `json:"body"`
}

// open takes the requests of the next batch, each once: those without an answer that no batch has tried.
func (b *batches) open(jobs []*job) (requests []*request, err error) {
	seen, bytes := map[string]bool{}, 0
	for _, j := range jobs {
		known, err := b.asker.known(j.question)
		if err != nil {
			return nil, err
		}
		r := j.question.first()
		if j.question.text != nil && b.asker.journal.refusesSchema(r.Model) {
			r = j.question.text
		}
		key, err := r.key()
		if err != nil {
			return nil, err
		}
		if known != nil || seen[key] || b.asker.journal.tried[key] {
			continue
		}
		size := 0
		for _, m := range r.Messages {
			size += len(m.Content)
		}
		if len(requests) == batchRequests || bytes+size > batchBytes || !b.asker.budget.reserveNow(r.tokens()) {
			break
		}
		seen[key], bytes, requests = true, bytes+size, append(requests, r)
	}
	return requests, nil
}

// send makes a batch of requests, whose cost is reserved, and waits for it.
func (b *batches) send(ctx context.Context, requests []*request) error {
	defer func() {
		for _, r := range requests {
			b.asker.budget.settle(r.tokens(), nil) // what was spent is booked as the answers come
		}
	}()
	var keys []string
	var input bytes.Buffer
	encoder := json.NewEncoder(&input)
	for _, r := range requests {
		key, err := r.key()
		if err != nil {
			return err
		}
		keys = append(keys, key)
		if err := encoder.Encode(batchLine{key, "POST", "/v1/chat/completions", b.asker.server.params(r)}); err != nil {
			return fmt.Errorf("write a batch: %w", err)
		}
	}
	slices.Sort(keys)
	sum := sha256.Sum256([]byte(strings.Join(keys, "\n")))
	mark := hex.EncodeToString(sum[:16])
	id, err := b.find(ctx, mark)
	if err == nil && id == "" {
		id, err = b.create(ctx, mark, &input)
	}
	if err != nil {
		return fmt.Errorf("batch of %d requests: %w", len(requests), err)
	}
	if err := b.asker.journal.add(&record{Batch: id, Keys: keys}); err != nil {
		return err
	}
	slog.Info("a batch is on its way; a run that is stopped goes on waiting when it is started again", "batch", id, "requests", len(requests))
	return b.finish(ctx)
}

// find looks for a batch of the same requests that a process made and could not write down.
func (b *batches) find(ctx context.Context, mark string) (string, error) {
	page, err := b.batch.List(ctx, openai.BatchListParams{Limit: openai.Int(100)})
	if err != nil {
		return "", fmt.Errorf("list batches: %w", plainly(err))
	}
	for _, known := range page.Data {
		gone := known.Status == openai.BatchStatusFailed || known.Status == openai.BatchStatusCancelled || known.Status == openai.BatchStatusCancelling
		if known.Metadata[batchMark] == mark && !gone && !b.asker.journal.done[known.ID] {
			return known.ID, nil
		}
	}
	return "", nil
}

func (b *batches) create(ctx context.Context, mark string, input io.Reader) (string, error) {
	file, err := b.files.New(ctx, openai.FileNewParams{File: openai.File(input, "skillspace-"+mark+".jsonl", "application/jsonl"), Purpose: openai.FilePurposeBatch})
	if err != nil {
		return "", fmt.Errorf("upload: %w", plainly(err))
	}
	made, err := b.batch.New(ctx, openai.BatchNewParams{InputFileID: file.ID, Endpoint: openai.BatchNewParamsEndpointV1ChatCompletions,
		CompletionWindow: openai.BatchNewParamsCompletionWindow24h, Metadata: map[string]string{batchMark: mark}})
	if err != nil {
		return "", fmt.Errorf("create: %w", plainly(err))
	}
	return made.ID, nil
}

// finish waits for the batches that the journal knows to be on their way, and journals their answers.
func (b *batches) finish(ctx context.Context) error {
	for _, id := range b.asker.journal.waiting() {
		ended, err := b.wait(ctx, id)
		if err != nil {
			return err
		}
		for _, file := range []string{ended.OutputFileID, ended.ErrorFileID} {
			if file == "" {
				continue
			}
			if err := b.collect(ctx, file); err != nil {
				return fmt.Errorf("batch %s: %w", id, err)
			}
		}
		if ended.Status != openai.BatchStatusCompleted {
			slog.Warn("a batch ended early; what it left is asked for one by one", "batch", id, "status", ended.Status, "reason", complaints(ended))
		}
		if err := b.asker.journal.add(&record{BatchDone: id}); err != nil {
			return err
		}
	}
	return nil
}

func complaints(b *openai.Batch) string {
	var all []string
	for _, e := range b.Errors.Data {
		all = append(all, short(e.Message, 200))
	}
	return strings.Join(all, "; ")
}

// wait asks for a batch's state until it has ended. A server that cannot be reached is asked again.
func (b *batches) wait(ctx context.Context, id string) (*openai.Batch, error) {
	for failures := 0; ; {
		got, err := b.batch.Get(ctx, id)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			if failures++; failures > b.asker.o.Retries {
				return nil, fmt.Errorf("batch %s: %w", id, plainly(err))
			}
		default:
			failures = 0
			switch got.Status {
			case openai.BatchStatusCompleted, openai.BatchStatusFailed, openai.BatchStatusExpired, openai.BatchStatusCancelled:
				return got, nil
			}
		}
		if err := sleep(ctx, b.asker.o.BatchPoll); err != nil {
			return nil, err
		}
	}
}

// batchAnswer is a line of a batch's output.
type batchAnswer struct {
	ID       string `json:"custom_id"`
	Response *struct {
		Status int             `json:"status_code"`
		Body   json.RawMessage `json:"body"`
	} `json:"response"`
	Error *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// collect journals the answers of a file. A line that is no answer is counted and named.
func (b *batches) collect(ctx context.Context, file string) error {
	response, err := b.files.Content(ctx, file)
	if err != nil {
		return fmt.Errorf("download %s: %w", file, plainly(err))
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(make([]byte, 64<<10), maxRecord)
	number, failed, first := 0, 0, ""
	for lines.Scan() {
		if number++; len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		if why, err := b.take(lines.Bytes()); err != nil {
			return err
		} else if why != "" {
			if failed++; first == "" {
				first = fmt.Sprintf("line %d: %s", number, short(why, 200))
			}
		}
	}
	if failed > 0 {
		slog.Warn("requests of a batch got no answer", "requests", failed, "first", first)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("download %s: %w", file, err)
	}
	return nil
}

// take journals one answer, or says why there is none. The error is the journal's.
func (b *batches) take(line []byte) (why string, err error) {
	var got batchAnswer
	if err := json.Unmarshal(line, &got); err != nil || got.ID == "" {
		return "not an answer", nil //nolint:nilerr // the text says why; the error is the journal's
	}
	switch {
	case !b.asker.journal.tried[got.ID]:
		return "an answer to a question that was not asked", nil
	case got.Error != nil:
		return got.Error.Message, nil
	case got.Response == nil || got.Response.Status != 200:
		status, body := 0, json.RawMessage(nil)
		if got.Response != nil {
			status, body = got.Response.Status, got.Response.Body
		}
		return fmt.Sprintf("status %d: %s", status, body), nil
	case b.asker.journal.find(got.ID) != nil:
		return "", nil // from an earlier download
	}
	var completion openai.ChatCompletion
	if err := json.Unmarshal(got.Response.Body, &completion); err != nil || len(completion.Choices) == 0 {
		return "the answer holds no choices", nil //nolint:nilerr // as above
	}
	said := answerOf(&completion, &request{})
	if err := b.asker.journal.add(&record{Key: got.ID, Answer: said}); err != nil {
		return "", err
	}
	b.asker.budget.book(said)
	b.asker.facts.asked.Add(1)
	b.asker.facts.tokens.Add(int64(said.tokens()))
	return "", nil
}

// plainly shortens an error of the client to what the server said.
func plainly(err error) error {
	if api, ok := errors.AsType[*openai.Error](err); ok {
		return errors.New(short(fmt.Sprintf("%d: %s", api.StatusCode, api.RawJSON()), 300))
	}
	return err
}
