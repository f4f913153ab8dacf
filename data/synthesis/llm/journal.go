package llm

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/gofrs/flock"

	"skillspace/internal/atomicfile"
	"skillspace/internal/sealed"
)

// maxRecord bounds a line of the journal. A longer line is skipped.
const maxRecord = 16 << 20

// record is a line of the journal. It holds an answer under its request's key, a model whose server refuses JSON
// schemas, or a batch that was made or collected.
type record struct {
	Key     string  `json:"key,omitempty"`
	Refuses string  `json:"refuses_schema,omitempty"` // the model
	Answer  *answer `json:"answer,omitempty"`

	Batch     string   `json:"batch,omitempty"` // the identifier of a batch, with the keys of its requests
	Keys      []string `json:"keys,omitempty"`
	BatchDone string   `json:"batch_done,omitempty"`
}

// journal keeps every paid answer. An answer is on the disk before it is used. The journal is a cache by content:
// any number of corpora may share it. It is safe for concurrent use.
type journal struct {
	mu      sync.Mutex
	path    string
	file    *atomicfile.Appender // nil if the journal is only read
	lock    *flock.Flock
	answers map[string]*answer
	refuses map[string]bool
	tokens  int             // tokens of all answers
	batches []string        // batches made, in order
	done    map[string]bool // batches that were collected
	tried   map[string]bool // keys of requests that were in a batch
}

// readJournal reads a journal. A missing journal counts as empty. A line that a killed process left unfinished,
// or that was altered later, is skipped with a warning.
func readJournal(path string) (*journal, error) {
	j := &journal{path: path, answers: make(map[string]*answer), refuses: make(map[string]bool), done: make(map[string]bool), tried: make(map[string]bool)}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return j, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(make([]byte, 64<<10), maxRecord)
	for number := 1; lines.Scan(); number++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		var r record
		if err := errors.Join(sealed.Check(lines.Bytes()), json.Unmarshal(lines.Bytes(), &r)); err != nil || !j.learn(&r) {
			slog.Warn("journal: a line is not a record and is skipped", "line", fmt.Sprintf("%s:%d", path, number))
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read journal %s: %w", path, err)
	}
	return j, nil
}

// openJournal is readJournal for a run that adds answers. Only one process may have the journal open.
func openJournal(path string) (*journal, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	file, err := atomicfile.OpenAppender(path)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	lock := flock.New(path, flock.SetFlag(os.O_RDONLY))
	if held, err := lock.TryLock(); err != nil || !held {
		if err == nil {
			err = errors.New("another run is using it")
		}
		return nil, errors.Join(fmt.Errorf("lock journal %s: %w", path, err), file.Close())
	}
	j, err := readJournal(path)
	if err == nil {
		j.file, j.lock = file, lock
		err = j.endLine()
	}
	if err != nil {
		return nil, errors.Join(err, file.Close(), lock.Close())
	}
	return j, nil
}

// endLine ends a line that a killed process left unfinished, so that the next record begins a new line.
func (j *journal) endLine() error {
	file, err := os.Open(j.path)
	if err != nil {
		return fmt.Errorf("open journal: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	last := make([]byte, 1)
	if _, err := file.ReadAt(last, info.Size()-1); err != nil {
		return fmt.Errorf("read journal %s: %w", j.path, err)
	}
	if last[0] == '\n' {
		return nil
	}
	return j.file.Append([]byte("\n"))
}

// learn adds a record to memory and reports whether it is valid. The first of two answers to one question counts.
func (j *journal) learn(r *record) bool {
	switch {
	case r.Refuses != "":
		j.refuses[r.Refuses] = true
	case r.Batch != "":
		j.batches = append(j.batches, r.Batch)
		for _, key := range r.Keys {
			j.tried[key] = true
		}
	case r.BatchDone != "":
		j.done[r.BatchDone] = true
	case r.Key == "" || r.Answer == nil || r.Answer.PromptTokens < 0 || r.Answer.CompletionTokens < 0:
		return false
	case j.answers[r.Key] == nil:
		j.answers[r.Key] = r.Answer
		j.tokens += r.Answer.tokens()
	}
	return true
}

// find returns the answer with this key, or nil.
func (j *journal) find(key string) *answer {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.answers[key]
}

// spent returns the number of answers in the journal and their tokens.
func (j *journal) spent() (answers, tokens int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.answers), j.tokens
}

// waiting lists the batches that were made but not collected.
func (j *journal) waiting() (list []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, id := range j.batches {
		if !j.done[id] {
			list = append(list, id)
		}
	}
	return list
}

// refusesSchema reports whether the server of a model is known to refuse JSON schemas.
func (j *journal) refusesSchema(model string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.refuses[model]
}

// add writes a record to the disk first, and then makes it visible to find.
func (j *journal) add(r *record) error {
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write journal %s: %w", j.path, err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.file.Append(append(sealed.Seal(line), '\n')); err != nil {
		return fmt.Errorf("write journal %s: %w", j.path, err)
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("write journal %s: %w", j.path, err)
	}
	j.learn(r)
	return nil
}

// close releases the journal to other processes.
func (j *journal) close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	err := errors.Join(j.file.Close(), j.lock.Close())
	if err != nil {
		return fmt.Errorf("close journal %s: %w", j.path, err)
	}
	return nil
}
