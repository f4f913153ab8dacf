package launcher

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"skillspace/internal/usage"
)

var torchrun = map[string]string{"RANK": "3", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "MASTER_ADDR": "node1", "MASTER_PORT": "29500",
	"TORCHELASTIC_USE_AGENT_STORE": "False", "TORCHELASTIC_RUN_ID": "job", "TORCHELASTIC_RESTART_COUNT": "2"}

var slurm = map[string]string{"SLURM_PROCID": "3", "SLURM_STEP_NUM_TASKS": "8", "SLURM_LOCALID": "1", "MASTER_ADDR": "node1", "MASTER_PORT": "29500"}

var kubeflow = map[string]string{"PET_NODE_RANK": "3", "PET_NNODES": "8", "PET_NPROC_PER_NODE": "1", "PET_MASTER_ADDR": "node1", "PET_MASTER_PORT": "29500"}

func with(base map[string]string, changes ...string) func(string) (string, bool) {
	all := maps.Clone(base)
	for i := 0; i < len(changes); i += 2 {
		all[changes[i]] = changes[i+1]
		if changes[i+1] == "-" {
			delete(all, changes[i])
		}
	}
	return func(name string) (string, bool) { value, set := all[name]; return value, set }
}

func TestPlaces(t *testing.T) {
	place := Place{Rank: 3, Size: 8, LocalRank: 1, Host: "node1", Port: 29500, Attempt: "job/2", Timeout: 30 * time.Minute}
	slurmPlace := place
	slurmPlace.Attempt = "/"
	podPlace := slurmPlace
	podPlace.LocalRank = 0
	agent, limited := place, place
	agent.StoreExists = true
	limited.Timeout, limited.Network = 90*time.Second, "eth1"
	for name, test := range map[string]struct {
		lookup func(string) (string, bool)
		want   Place
	}{
		"nothing":                   {with(nil), Place{Size: 1}},
		"torchrun":                  {with(torchrun), place},
		"its agent holds the store": {with(torchrun, "TORCHELASTIC_USE_AGENT_STORE", "True"), agent},
		"limit and network":         {with(torchrun, TimeoutVariable, "90s", "GLOO_SOCKET_IFNAME", "eth1"), limited},
		"a world of one":            {with(torchrun, "WORLD_SIZE", "1", "RANK", "0"), Place{Size: 1}},
		"srun":                      {with(slurm), slurmPlace},
		"srun of independent runs":  {with(slurm, "MASTER_ADDR", "-"), Place{Size: 1}},
		"a pod of a TrainJob":       {with(kubeflow), podPlace},
		"torchrun in a pod":         {with(torchrun, "PET_NNODES", "2", "PET_NPROC_PER_NODE", "auto"), place},
		"torchrun under srun":       {with(torchrun, "SLURM_PROCID", "0", "SLURM_STEP_NUM_TASKS", "2"), place},
	} {
		if got, err := FromVariables(test.lookup); err != nil || got != test.want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, test.want)
		}
	}
}

func TestErrorsNameTheVariable(t *testing.T) {
	for want, lookup := range map[string]func(string) (string, bool){
		"WORLD_SIZE is not set":             with(torchrun, "WORLD_SIZE", "-"),
		"WORLD_SIZE is \"many\"":            with(torchrun, "WORLD_SIZE", "many"),
		"WORLD_SIZE is \"0\"":               with(torchrun, "WORLD_SIZE", "0"),
		"RANK is not set":                   with(torchrun, "RANK", "-"),
		"RANK is \"8\"; want a number from": with(torchrun, "RANK", "8"),
		"LOCAL_RANK is \"-1\"":              with(torchrun, "LOCAL_RANK", "-1"),
		"MASTER_ADDR is not set":            with(torchrun, "MASTER_ADDR", "-"),
		"MASTER_PORT is not set":            with(torchrun, "MASTER_PORT", "-"),
		"MASTER_PORT is \"70000\"":          with(torchrun, "MASTER_PORT", "70000"),
		"SLURM_PROCID is not set":           with(slurm, "SLURM_PROCID", "-"),
		"PET_NPROC_PER_NODE is \"auto\"":    with(kubeflow, "PET_NPROC_PER_NODE", "auto"),
		"PET_NNODES is \"1:4\"":             with(kubeflow, "PET_NNODES", "1:4"),
		"PET_MASTER_ADDR is not set":        with(kubeflow, "PET_MASTER_ADDR", "-"),
		"SKILLSPACE_RANK_TIMEOUT is \"5\"":  with(torchrun, TimeoutVariable, "5"),
	} {
		_, err := FromVariables(lookup)
		var wrong *usage.Error
		if err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, &wrong) {
			t.Errorf("error %v, want %q as wrong use", err, want)
		}
	}
}
