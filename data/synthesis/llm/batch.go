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

// Limits of the number of requests in a batch and of its file size. They are half of OpenAI's limits.
const (
	batchRequests = 25_000
	batchBytes    = 90 << 20
)

// batchAnswerBytes bounds a file of answers. Each request has a short answer and the fields that servers add.
const batchAnswerBytes = 1 << 30

// batchMark is a metadata key. It finds a batch again if the process was killed before it wrote down the
// identifier.
const batchMark = "skillspace"

// batches asks by OpenAI's Batch API, which is cheaper and answers within a day. The journal holds a batch's
// identifier before the wait for the batch begins.
type batches struct {
	asker *asker
	files openai.FileService
	batch openai.BatchService
}

func newBatches(a *asker) *batches {
	// Repeating a request that the server may have accepted could pay twice. Read-only requests are repeated by
	// wait.
	options := append(modelserver.Options(a.o.BaseURL, a.o.Key, batchAnswerBytes), option.WithMaxRetries(0), option.WithRequestTimeout(max(a.o.Timeout, time.Minute)))
	return &batches{asker: a, files: openai.NewFileService(options...), batch: openai.NewBatchService(options...)}
}

// ask adds the answers of a round to the journal. It first finishes batches of an earlier run, then sends new
// ones. Questions that exceed the budget or that a batch leaves unanswered are asked individually later.
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

// open returns the requests of the next batch, without repetitions. They have no answer and have not been in a
// batch.
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

// send reserves the cost of the requests, makes a batch of them and waits for it.
func (b *batches) send(ctx context.Context, requests []*request) error {
	defer func() {
		for _, r := range requests {
			b.asker.budget.settle(r.tokens(), nil) // the cost is booked when the answers arrive
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

// find looks for a batch of the same requests whose identifier an earlier process could not write down.
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

// finish waits for all pending batches in the journal and adds their answers to it.
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

// wait polls a batch until it ends. It retries when the server cannot be reached.
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

// collect adds the answers of a file to the journal. It counts the lines that are not answers and names the
// first.
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

// take adds one answer to the journal, or says why the line has none. The error is the journal's.
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

// plainly shortens an error of the client to the server's message.
func plainly(err error) error {
	if api, ok := errors.AsType[*openai.Error](err); ok {
		return errors.New(short(fmt.Sprintf("%d: %s", api.StatusCode, api.RawJSON()), 300))
	}
	return err
}
