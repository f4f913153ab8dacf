package libtorch_test

import (
	"runtime"
	"testing"

	"skillspace/internal/libtorch"
)

// A thread's share is its own: it neither comes from another thread's nor changes it.
func TestShareThreadsIsTheThreadsOwn(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := libtorch.Threads()
	if err := libtorch.ShareThreads(before + 1); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := libtorch.ShareThreads(before); err != nil {
			t.Error(err)
		}
	}()
	elsewhere := make(chan [2]int)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		first := libtorch.Threads()
		if err := libtorch.ShareThreads(before + 2); err != nil {
			t.Error(err)
		}
		elsewhere <- [2]int{first, libtorch.Threads()}
	}()
	if got := <-elsewhere; got != [2]int{before, before + 2} {
		t.Errorf("another thread had %d and then %d, want %d and %d", got[0], got[1], before, before+2)
	}
	if got := libtorch.Threads(); got != before+1 {
		t.Errorf("this thread has %d, want %d", got, before+1)
	}
	// The results do not depend on it.
	s := libtorch.NewScope()
	defer s.Close()
	sum, err := s.Sum(s.MatMul(s.Normal(0, 1, 64, 64), s.Zeros(libtorch.Float32, libtorch.CPU, 64, 64))).Float32s()
	if err != nil || len(sum) != 1 || sum[0] != 0 {
		t.Errorf("%v, %v", sum, err)
	}
}
