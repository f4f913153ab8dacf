// Package deploy holds files that run skillspace in containers. These tests check their flags and their restrictions.
package deploy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"skillspace/config"
)

// commands are the commands that the files start. Each function checks settings.
var commands = map[string]func(set []string) error{
	"serve": func(set []string) error {
		_, err := config.Load[config.Serve](config.Sources{Set: set, SkipInputs: true})
		return err
	},
	"train-biencoder": func(set []string) error {
		_, err := config.Load[config.TrainBiencoder](config.Sources{File: "preset:biencoder-minilm", Set: set, SkipInputs: true})
		return err
	},
	"extract-skills": func(set []string) error {
		_, err := config.Load[config.ExtractSkills](config.Sources{Set: set, SkipInputs: true})
		return err
	},
}

// starts finds the lists of words that begin with a command.
func starts(value any, use func(words []string)) {
	switch v := value.(type) {
	case map[string]any:
		for _, inner := range v {
			starts(inner, use)
		}
	case []any:
		var words []string
		for _, inner := range v {
			if word, ok := inner.(string); ok {
				words = append(words, word)
			}
			starts(inner, use)
		}
		if len(words) == len(v) && len(words) > 1 && commands[words[0]] != nil {
			use(words)
		}
	}
}

// settings converts flags to settings.
func settings(t *testing.T, words []string) (set []string) {
	t.Helper()
	for i := 1; i < len(words); i++ {
		flag, found := strings.CutPrefix(words[i], "--")
		if !found || flag == "resume" {
			continue
		}
		name, value, joined := strings.Cut(flag, "=")
		if !joined {
			if i++; i == len(words) {
				t.Fatalf("--%s has no value", name)
			}
			value = strings.ReplaceAll(words[i], "$(JOB_COMPLETION_INDEX)", "3")
		}
		set = append(set, strings.ReplaceAll(name, "-", "_")+"="+value)
	}
	return set
}

// documents returns the YAML documents of a file.
func documents(t *testing.T, path string) (all []any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for decoder := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var document any
		if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, document)
	}
}

func TestFlagsExist(t *testing.T) {
	found := map[string]int{}
	for _, path := range []string{"compose.yaml", "kubernetes.yaml"} {
		for _, document := range documents(t, path) {
			starts(document, func(words []string) {
				found[path+" "+words[0]]++
				if err := commands[words[0]](settings(t, words)); err != nil {
					t.Errorf("%s: %s: %v", path, words[0], err)
				}
			})
		}
	}
	if found["compose.yaml serve"] != 1 || found["kubernetes.yaml serve"] != 1 || found["kubernetes.yaml extract-skills"] != 1 {
		t.Errorf("commands found: %v", found)
	}
}

// scriptWords returns the words of a script's line that starts a trainer.
func scriptWords(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) > 0 && strings.HasPrefix(words[0], "train-") {
			return words
		}
	}
	t.Fatalf("%s starts no trainer", path)
	return nil
}

// The files that start several processes of a trainer set flags that it has, and resume.
func TestTrainersAreStarted(t *testing.T) {
	check := func(path string, words []string) {
		if words[0] != "train-biencoder" || !slices.Contains(words, "--resume") || !slices.Contains(words, "--config") {
			t.Errorf("%s: %v", path, words)
		}
		if i := slices.Index(words, "--config"); i >= 0 { // its file is not here
			words = slices.Delete(slices.Clone(words), i, i+2)
		}
		if err := commands[words[0]](settings(t, words)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	check("torchrun.sh", scriptWords(t, "torchrun.sh"))
	check("train.slurm", scriptWords(t, "train.slurm"))
	job := documents(t, "trainjob.yaml")[0]
	trainer := at(job, "spec", "trainer")
	words := []string{fmt.Sprint(at(trainer, "command", 0))}
	arguments, _ := at(trainer, "args").([]any)
	for _, argument := range arguments {
		words = append(words, fmt.Sprint(argument))
	}
	check("trainjob.yaml", words)
	want(t, "trainjob.yaml", job, map[string]any{"kind": "TrainJob", "spec.runtimeRef.name": "torch-distributed", "spec.trainer.numProcPerNode": 1,
		"spec.trainer.numNodes": 2})
	for _, path := range []string{"torchrun.sh", "train.slurm"} {
		if out, err := exec.Command("bash", "-n", path).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", path, err, out)
		}
	}
}

// at returns the value at a path of keys, or of an index in a list; nil if there is none.
func at(value any, path ...any) any {
	for _, key := range path {
		switch v := value.(type) {
		case map[string]any:
			name, _ := key.(string)
			value = v[name]
		case []any:
			i, ok := key.(int)
			if !ok || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

// want checks the values at paths.
func want(t *testing.T, name string, value any, wanted map[string]any) {
	t.Helper()
	for path, w := range wanted {
		var keys []any
		for key := range strings.SplitSeq(path, ".") {
			keys = append(keys, key)
		}
		if got := at(value, keys...); got == nil || w != nil && fmt.Sprint(got) != fmt.Sprint(w) {
			t.Errorf("%s: %s is %v, want %v", name, path, got, w)
		}
	}
}

// Every pod has the same restrictions. Every kind of pod has a network policy, and the deployment survives the drain of a node.
func TestPodsAreRestricted(t *testing.T) {
	pods, policies, budgets := map[string]bool{}, map[string]bool{}, 0
	for _, document := range documents(t, "kubernetes.yaml") {
		kind := fmt.Sprint(at(document, "kind"))
		switch kind {
		case "Deployment", "Job":
			spec := at(document, "spec", "template", "spec")
			want(t, kind, spec, map[string]any{"automountServiceAccountToken": false, "enableServiceLinks": false, "securityContext.runAsNonRoot": true,
				"securityContext.runAsUser": 10001, "securityContext.seccompProfile.type": "RuntimeDefault"})
			containers, _ := at(spec, "containers").([]any)
			for _, container := range containers {
				want(t, kind, container, map[string]any{"securityContext.allowPrivilegeEscalation": false, "securityContext.readOnlyRootFilesystem": true,
					"securityContext.capabilities.drop": "[ALL]", "resources.limits.memory": nil, "resources.limits.ephemeral-storage": nil,
					"resources.requests.memory": nil, "resources.requests.cpu": nil, "resources.requests.ephemeral-storage": nil})
			}
			pods[fmt.Sprint(at(document, "spec", "template", "metadata", "labels", "app"))] = true
		case "NetworkPolicy":
			want(t, kind, document, map[string]any{"spec.policyTypes": "[Ingress Egress]"})
			policies[fmt.Sprint(at(document, "spec", "podSelector", "matchLabels", "app"))] = true
		case "PodDisruptionBudget":
			budgets++
		}
	}
	if len(pods) != 2 || !maps.Equal(pods, policies) || budgets != 1 {
		t.Errorf("pods %v, with network policies %v; %d disruption budgets", pods, policies, budgets)
	}
	service := at(documents(t, "compose.yaml")[0], "services", "skillspace")
	want(t, "compose", service, map[string]any{"read_only": true, "cap_drop": "[ALL]", "security_opt": "[no-new-privileges:true]", "mem_limit": nil, "pids_limit": nil})
	if tmp := fmt.Sprint(at(service, "tmpfs", 0)); !strings.Contains(tmp, "size=") {
		t.Errorf("compose: tmpfs %s has no size", tmp)
	}
}
