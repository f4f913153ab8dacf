package train

import (
	"errors"
	"fmt"
)

// feed prepares micro-batches in its own goroutine, in order and one ahead of the loop, so that the loop does not wait for
// drawing, pairing and packing. A micro-batch depends on its position alone, so preparing it early changes no number.
type feed struct {
	ready chan prepared
	stop  chan struct{}
}

// prepared is a micro-batch, or the error of preparing it.
type prepared struct {
	batch    Batch
	at       Position
	examples int
	ofEpoch  int // micro-batches of its epoch
	err      error
}

// newFeed prepares the micro-batches from a position to the end of the last epoch.
func newFeed(task Task, from Position, o LoopOptions) *feed {
	f := &feed{ready: make(chan prepared, 1), stop: make(chan struct{})}
	go func() {
		defer close(f.ready)
		if err := f.run(task, from, o); err != nil {
			f.send(prepared{err: err})
		}
	}()
	return f
}

// run prepares until the end, an error or close. It turns a panic of the task into an error.
func (f *feed) run(task Task, at Position, o LoopOptions) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("prepare batch: %v", p)
		}
	}()
	for ; at.Epoch < o.Epochs; at.Epoch, at.Batch = at.Epoch+1, 0 {
		plan, err := task.Plan(at.Epoch)
		if err != nil {
			return err
		}
		for at.Batch < len(plan) {
			batch, err := task.Prepare(plan[at.Batch], at)
			if err != nil {
				return err
			}
			if !f.send(prepared{batch: batch, at: at, examples: len(plan[at.Batch]), ofEpoch: len(plan)}) {
				return nil
			}
			at.Batch++
			if at.Batch%o.Accumulation == 0 || at.Batch == len(plan) {
				at.Step++
			}
		}
	}
	return nil
}

// send waits until the loop has taken the previous micro-batch. It returns false once the feed is closed.
func (f *feed) send(p prepared) bool {
	select {
	case f.ready <- p:
		return true
	case <-f.stop:
		return false
	}
}

// next returns the micro-batch at a position. Calls must ask for consecutive positions.
func (f *feed) next(at Position) (prepared, error) {
	p, open := <-f.ready
	switch {
	case !open:
		return p, errors.New("prepare batch: there is none left")
	case p.err != nil:
		return p, p.err
	case p.at != at:
		return p, fmt.Errorf("prepare batch: the plan has no batch %d of epoch %d", at.Batch, at.Epoch+1)
	}
	return p, nil
}

// close ends the goroutine and waits for it.
func (f *feed) close() {
	close(f.stop)
	for range f.ready { // until it is closed
	}
}

// Unprepared runs change while no micro-batch is being prepared, and drops those that are ready. A hook that changes data
// which [Task.Prepare] reads must change it this way.
func (l *Loop) Unprepared(change func() error) error {
	if l.feed != nil {
		l.feed.close()
		l.feed = nil
	}
	return change()
}

// next returns the micro-batch at a position.
func (l *Loop) next(at Position) (prepared, error) {
	if l.feed == nil {
		l.feed = newFeed(l.task, at, l.options)
	}
	return l.feed.next(at)
}
