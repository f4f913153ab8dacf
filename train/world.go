package train

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"

	"skillspace/internal/libtorch"
	"skillspace/internal/usage"
	"skillspace/model"
)

// This file holds what several processes (ranks) agree on. In a process alone its functions change nothing.

// ErrRanksDiffer marks ranks that do not train the same model on the same data.
var ErrRanksDiffer = errors.New("the processes differ")

// leads reports whether this process validates, writes and logs.
func (r *Run) leads() bool { return r.Options.World.Rank() == 0 }

// stopped returns ctx's error. Ranks stop together: the first one that is told to stop stops all of them at the same step.
func (l *Loop) stopped(ctx context.Context) error {
	world := l.options.World
	if world.Alone() {
		return ctx.Err()
	}
	stop := int64(0)
	if ctx.Err() != nil {
		stop = 1
	}
	all, err := world.Gather(stop)
	if err != nil {
		return err
	}
	for rank, told := range all {
		if told != 0 {
			return fmt.Errorf("rank %d was told to stop: %w", rank, context.Canceled)
		}
	}
	return nil
}

// whileStopping returns err, or ctx's error if a stop explains it: the other ranks have left because they were told to stop too.
func whileStopping(ctx context.Context, err error) error {
	if errors.Is(err, libtorch.ErrGroup) && ctx.Err() != nil {
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return err
}

// seed makes a micro-batch's dropout depend on its position and the rank alone, so that a run of several ranks resumes exactly
// without every rank's generator.
func (l *Loop) seed(at Position) error {
	world := l.options.World
	if world.Alone() {
		return nil
	}
	random := rand.New(rand.NewPCG(l.options.Seed<<20|uint64(world.Rank()), uint64(at.Epoch)<<32|uint64(at.Batch)))
	return libtorch.Seed(random.Uint64())
}

// agree returns rank 0's decision.
func agree(world *libtorch.Group, decision bool) (bool, error) {
	if world.Alone() {
		return decision, nil
	}
	mine := int64(0)
	if decision {
		mine = 1
	}
	all, err := world.Gather(mine)
	return err == nil && all[0] != 0, err
}

// common is the state of a run that rank 0 gives to the others, besides tensors.
type common struct {
	Position Position          `json:"position"`
	Pending  *Step             `json:"pending"`
	Adam     int64             `json:"adam"`
	Scaling  map[string]string `json:"scaling"`
}

// share gives all ranks rank 0's weights, moments and position, after a check that they have the same data.
func (r *Run) share(l *Loop) error {
	world := r.Options.World
	if world.Alone() {
		return nil
	}
	if err := r.sameData(); err != nil {
		return err
	}
	o := l.Optimizer
	state := common{Position: l.Position, Pending: l.Pending, Adam: o.step}
	if o.scaling != nil {
		state.Scaling = o.scaling.state()
	}
	text, err := json.Marshal(state)
	if err != nil {
		return err
	}
	if text, err = world.BroadcastBytes(text); err != nil {
		return err
	}
	if err := json.Unmarshal(text, &state); err != nil {
		return err
	}
	l.Position, l.Pending, o.step = state.Position, state.Pending, state.Adam
	if o.scaling != nil {
		if err := o.scaling.set("rank 0", state.Scaling); err != nil {
			return err
		}
	}
	for _, t := range r.trained(l) {
		if err := world.Broadcast(t, 0); err != nil {
			return err
		}
	}
	return r.sameWeights(l)
}

// trained lists the weights, frozen ones included, and the moments.
func (r *Run) trained(l *Loop) []libtorch.Tensor {
	var all []libtorch.Tensor
	for _, p := range model.AllParameters(r.Task.ParameterGroups()) {
		all = append(all, p.Tensor)
	}
	return append(append(all, l.Optimizer.expAvg...), l.Optimizer.expAvgSq...)
}

// sameWeights checks that all ranks have the same bits.
func (r *Run) sameWeights(l *Loop) error {
	sum, err := libtorch.Checksum(r.trained(l))
	if err != nil {
		return err
	}
	return r.same(sum, fmt.Sprintf("weights or moments after step %d", l.Position.Step))
}

// sameData checks that all ranks have the same configuration and batches.
func (r *Run) sameData() error {
	plan, err := r.Task.Plan(0)
	if err != nil {
		return err
	}
	hash := fnv.New64a()
	hash.Write([]byte(r.Folder.hash))
	for _, batch := range plan {
		for _, example := range batch {
			hash.Write(binary.LittleEndian.AppendUint64(nil, uint64(example)))
		}
		hash.Write([]byte{0})
	}
	return r.same(int64(hash.Sum64()), "a configuration or training data")
}

func (r *Run) same(value int64, what string) error {
	all, err := r.Options.World.Gather(value)
	if err != nil {
		return err
	}
	for rank, other := range all {
		if other != all[0] {
			return fmt.Errorf("%w: rank %d has %s that are not those of rank 0; start all with one build, one configuration and one copy of the data",
				ErrRanksDiffer, rank, what)
		}
	}
	return nil
}

// watchWeights checks the ranks' weights at the steps after which a checkpoint is written, before it is.
func (r *Run) watchWeights() Hook {
	return Hook{Name: "ranks", Priority: RanksPriority, Step: func(_ context.Context, l *Loop, step Step) error {
		if r.Options.World.Alone() || !(step.EpochEnds || step.RunEnds || (r.SaveEvery > 0 && step.Step%r.SaveEvery == 0)) {
			return nil
		}
		return r.sameWeights(l)
	}}
}

// sameRanks refuses to continue a run with another number of processes than it was trained with: dropout and the order of sums
// would differ.
func (r *Run) sameRanks(folder string, ranks int) error {
	if before, now := max(ranks, 1), r.Options.World.Size(); before != now {
		return usage.Errorf("--resume: %s was trained by %d processes, and there are %d now: a run continues exactly with as many as it began with. "+
			"Start %d, or start another run with its weights as model.encoder", folder, before, now, before)
	}
	return nil
}
