// Package launcher reads what torchrun, Slurm and Kubernetes tell a process about the other processes of its training. It holds
// no tensor and opens no connection.
package launcher

import (
	"os"
	"strconv"
	"time"

	"skillspace/internal/usage"
)

// Place is a process's place among those that train together.
type Place struct {
	Rank        int    // from 0; 0 validates, writes and logs
	Size        int    // number of processes; 1 for a process alone, which has no Host
	LocalRank   int    // among the processes of its machine, from 0
	Host        string // where rank 0, or the launcher, listens
	Port        int
	StoreExists bool          // the launcher holds the rendezvous store; otherwise rank 0 does
	Attempt     string        // different for each start by the launcher
	Network     string        // network interface; "" to choose by the machine's name
	Timeout     time.Duration // of a wait for the other processes
}

// TimeoutVariable is the environment variable that sets [Place.Timeout].
const TimeoutVariable = "SKILLSPACE_RANK_TIMEOUT"

// defaultTimeout is PyTorch's for Gloo. The other ranks wait for rank 0 while it validates.
const defaultTimeout = 30 * time.Minute

// Environment is [FromVariables] with the process's environment.
func Environment() (Place, error) { return FromVariables(os.LookupEnv) }

// names are the variables in which a launcher gives a place.
type names struct{ rank, size, local, host, port string }

var (
	torchrunNames = names{"RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"}
	slurmNames    = names{"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID", "MASTER_ADDR", "MASTER_PORT"}
	kubeflowNames = names{"PET_NODE_RANK", "PET_NNODES", "LOCAL_RANK", "PET_MASTER_ADDR", "PET_MASTER_PORT"}
)

// FromVariables returns the place that a launcher's variables give. torchrun sets RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and
// MASTER_PORT, and these go first. srun sets SLURM_PROCID, SLURM_STEP_NUM_TASKS and SLURM_LOCALID, which count if the script sets
// MASTER_ADDR. Kubeflow's TrainJob gives each pod PET_NODE_RANK, PET_NNODES, PET_MASTER_ADDR and PET_MASTER_PORT, which are
// meant for torchrun, and are read here for one process a pod. Without them the process is alone. An error names the variable.
func FromVariables(lookup func(name string) (string, bool)) (Place, error) {
	v := variables{lookup: lookup}
	var from names
	switch {
	case v.has("RANK") || v.has("WORLD_SIZE"):
		from = torchrunNames
	case v.has("SLURM_STEP_NUM_TASKS") && v.has("MASTER_ADDR"):
		from = slurmNames
	case v.has("PET_NNODES"):
		from = kubeflowNames
		v.oneProcess("PET_NPROC_PER_NODE")
	default:
		return Place{Size: 1}, nil
	}
	p := Place{Size: v.number(from.size, 1, 1<<20)}
	if v.err != nil || p.Size == 1 {
		p.Size = 1
		return p, v.err
	}
	p.Rank = v.number(from.rank, 0, p.Size-1)
	if v.has(from.local) {
		p.LocalRank = v.number(from.local, 0, p.Size-1)
	}
	p.Host, p.Port = v.text(from.host), v.number(from.port, 1, 65535)
	p.Timeout = v.duration(TimeoutVariable, defaultTimeout)
	p.Network, _ = lookup("GLOO_SOCKET_IFNAME")
	agent, _ := lookup("TORCHELASTIC_USE_AGENT_STORE") // "True" or "False", as Python writes them
	p.StoreExists = agent == "True"
	run, _ := lookup("TORCHELASTIC_RUN_ID")
	restarts, _ := lookup("TORCHELASTIC_RESTART_COUNT") // the agent's store still holds the keys of the attempt before
	p.Attempt = run + "/" + restarts
	return p, v.err
}

// variables reads variables and remembers the first error.
type variables struct {
	lookup func(string) (string, bool)
	err    error
}

func (v *variables) has(name string) bool { _, set := v.lookup(name); return set }

func (v *variables) fail(format string, args ...any) {
	if v.err == nil {
		v.err = usage.Errorf(format, args...)
	}
}

func (v *variables) text(name string) string {
	value, _ := v.lookup(name)
	if value == "" {
		v.fail("%s is not set, but the launcher started several processes: set it to the host of rank 0", name)
	}
	return value
}

func (v *variables) number(name string, low, high int) int {
	value, set := v.lookup(name)
	n, err := strconv.Atoi(value)
	switch {
	case !set:
		v.fail("%s is not set; start several processes with torchrun or srun (docs/distributed.md), or unset RANK and WORLD_SIZE to train with one", name)
	case err != nil || n < low || n > high:
		v.fail("%s is %q; want a number from %d to %d", name, value, low, high)
	}
	return n
}

// oneProcess refuses a pod that is meant for several processes.
func (v *variables) oneProcess(name string) {
	if value, set := v.lookup(name); set && value != "1" {
		v.fail("%s is %q; a pod trains with one process: set numProcPerNode: 1, and numNodes to the number of processes, or start torchrun in the pod", name, value)
	}
}

func (v *variables) duration(name string, otherwise time.Duration) time.Duration {
	value, set := v.lookup(name)
	if !set {
		return otherwise
	}
	d, err := time.ParseDuration(value)
	if err != nil || d < time.Second {
		v.fail("%s is %q; want a time of at least 1s, such as 45m", name, value)
	}
	return d
}
