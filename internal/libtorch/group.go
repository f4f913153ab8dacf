package libtorch

/*
#cgo CXXFLAGS: -I${SRCDIR}/gloo_headers
#include <stdlib.h>
#include "bridge.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"time"
	"unsafe"

	lib "github.com/sugarme/gotch/libtch"
)

// ErrGroup marks the failure of an operation over several processes: one has ended, does not answer, or was not reached.
var ErrGroup = errors.New("process group")

// Group is the processes that compute together; each has a rank, from 0. The nil Group is a process alone: rank 0 of 1, whose
// operations do nothing. All ranks must call the same operations in the same order, with tensors of one shape and type. An
// operation blocks until the others have called it. It returns [ErrGroup] if one has ended, or at the time limit. The
// group cannot be used after that. Tensors on CUDA go through the host's memory.
type Group struct {
	c          C.ss_group
	rank, size int
}

// GroupOptions say where the ranks of a group meet.
type GroupOptions struct {
	Host        string // where the rendezvous store is
	Port        int
	Rank, Size  int
	StoreExists bool          // a launcher holds the store; otherwise rank 0 does
	Prefix      string        // of the store's keys: different for each group that meets at one store
	Network     string        // network interface, such as "eth0"; "" for that of the machine's name
	JoinTimeout time.Duration // until all ranks have joined
	Timeout     time.Duration // of one operation
}

// JoinGroup waits until all ranks have joined. A missing rank, an address that cannot be reached and a port that is taken are
// [ErrGroup]. The caller closes the group.
func JoinGroup(o GroupOptions) (*Group, error) {
	switch {
	case o.Size < 1 || o.Rank < 0 || o.Rank >= o.Size:
		return nil, fmt.Errorf("join group: there is no rank %d among %d processes", o.Rank, o.Size)
	case o.Port < 1 || o.Port > 65535:
		return nil, fmt.Errorf("join group: %d is not a port", o.Port)
	case o.JoinTimeout < time.Millisecond || o.Timeout < time.Millisecond:
		return nil, fmt.Errorf("join group: time limits of %v and %v; at least 1ms is needed", o.JoinTimeout, o.Timeout)
	}
	texts := [...]*C.char{C.CString(o.Host), C.CString(o.Prefix), C.CString(o.Network)}
	defer func() {
		for _, text := range texts {
			C.free(unsafe.Pointer(text))
		}
	}()
	options := C.ss_group_options{host: texts[0], prefix: texts[1], network: texts[2], port: C.int(o.Port), rank: C.int(o.Rank), size: C.int(o.Size),
		serves: C.int(boolean(o.Rank == 0 && !o.StoreExists)), join_timeout: C.int64_t(o.JoinTimeout.Milliseconds()), timeout: C.int64_t(o.Timeout.Milliseconds())}
	g := &Group{rank: o.Rank, size: o.Size}
	if err := bridgeError(C.ss_group_join(&options, &g.c)); err != nil {
		if o.StoreExists {
			err = fmt.Errorf("%w (the launcher holds the store, and other releases of PyTorch than %s may speak another protocol: "+
				"start torchrun with TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1)", err, Version())
		}
		return nil, fmt.Errorf("%w: rank %d of %d cannot join at %s port %d: %w", ErrGroup, o.Rank, o.Size, o.Host, o.Port, err)
	}
	return g, nil
}

// Close leaves the group. Operations of other ranks that wait for this one fail. It may be called twice.
func (g *Group) Close() {
	if g == nil || g.c == nil {
		return
	}
	C.ss_group_leave(g.c)
	g.c = nil
}

// Rank returns this process's number, from 0.
func (g *Group) Rank() int {
	if g == nil {
		return 0
	}
	return g.rank
}

// Size returns the number of processes.
func (g *Group) Size() int {
	if g == nil {
		return 1
	}
	return g.size
}

// Alone reports whether the group is this process only.
func (g *Group) Alone() bool { return g.Size() == 1 }

// do runs an operation unless the process is alone.
func (g *Group) do(operation string, f func() *C.char) error {
	if g.Alone() {
		return nil
	}
	if g.c == nil {
		return fmt.Errorf("%w: %s: rank %d has left the group", ErrGroup, operation, g.rank)
	}
	if err := bridgeError(f()); err != nil {
		return fmt.Errorf("%w: %s on rank %d of %d: %w", ErrGroup, operation, g.rank, g.size, err)
	}
	return nil
}

// AllReduce replaces t by its sum over the ranks. All ranks get the same bits.
func (g *Group) AllReduce(t Tensor) error {
	return g.do("all-reduce", func() *C.char { return C.ss_group_all_reduce(g.c, t.bridge()) })
}

// Broadcast replaces t by that of a rank.
func (g *Group) Broadcast(t Tensor, from int) error {
	return g.do("broadcast", func() *C.char { return C.ss_group_broadcast(g.c, t.bridge(), C.int(from)) })
}

// Barrier waits until all ranks have called it.
func (g *Group) Barrier() error {
	return g.do("barrier", func() *C.char { return C.ss_group_barrier(g.c) })
}

// SumGradients replaces each parameter's gradient by its sum over the ranks. A rank without a gradient counts as zeros. A
// gradient that no rank has stays undefined. A sparse gradient stays sparse, and only its rows are sent.
func (g *Group) SumGradients(parameters []Tensor) error {
	return g.do("sum gradients", func() *C.char {
		return C.ss_group_sum_gradients(g.c, handles(parameters), C.size_t(len(parameters)))
	})
}

// AllGather returns x [n, …] of all ranks, in the order of the ranks, as [Size·n, …] without a graph.
func (s *Scope) AllGather(g *Group, x Tensor) Tensor {
	if !s.ready("all-gather", x) {
		return Tensor{}
	}
	if g.Alone() {
		return s.Detach(x)
	}
	var out C.ss_tensor
	if err := g.do("all-gather", func() *C.char { return C.ss_group_all_gather(g.c, x.bridge(), &out) }); err != nil {
		s.Fail(err)
		return Tensor{}
	}
	return s.adopt(lib.Ctensor(unsafe.Pointer(out)), "all-gather")
}

// BroadcastBytes returns rank 0's data on all ranks.
func (g *Group) BroadcastBytes(data []byte) ([]byte, error) {
	if g.Alone() {
		return data, nil
	}
	s := NewScope()
	defer s.Close()
	length := s.Int64s([]int64{int64(len(data))}, 1)
	s.Fail(g.broadcastWithin(s, length))
	sizes, err := length.Int64s()
	if s.err != nil || err != nil {
		return nil, errors.Join(s.err, err)
	}
	if sizes[0] == 0 {
		return nil, nil
	}
	if g.rank != 0 {
		data = make([]byte, sizes[0])
	}
	content := s.New(data, Uint8, sizes[0])
	if s.Fail(g.broadcastWithin(s, content)); s.err != nil {
		return nil, s.err
	}
	return content.Bytes()
}

func (g *Group) broadcastWithin(s *Scope, t Tensor) error {
	if s.err != nil {
		return s.err
	}
	return g.Broadcast(t, 0)
}

// Gather returns a number of every rank, in the order of the ranks.
func (g *Group) Gather(value int64) ([]int64, error) {
	s := NewScope()
	defer s.Close()
	all := s.AllGather(g, s.Int64s([]int64{value}, 1))
	if s.err != nil {
		return nil, s.err
	}
	return all.Int64s()
}

// Checksum returns a hash of the bytes of tensors whose elements have 32 bits.
func Checksum(tensors []Tensor) (int64, error) {
	var out C.int64_t
	if err := bridgeError(C.ss_checksum(handles(tensors), C.size_t(len(tensors)), &out)); err != nil {
		return 0, fmt.Errorf("checksum: %w", err)
	}
	return int64(out), nil
}
