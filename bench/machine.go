package main

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"skillspace/internal/libtorch"
)

// Machine is where a run was made.
type Machine struct {
	CPU      string `json:"cpu"`
	Flags    string `json:"cpu_flags"`
	Cores    int    `json:"cores"`
	MemoryMB int64  `json:"memory_mb"`
	System   string `json:"system"`
}

func thisMachine() Machine {
	return Machine{CPU: cpuInfo("model name"), Flags: cpuInfo("flags"), Cores: runtime.NumCPU(),
		MemoryMB: statusBytes("/proc/meminfo", "MemTotal:") >> 20, System: runtime.GOOS + "/" + runtime.GOARCH + " " + firstLine("/proc/sys/kernel/osrelease")}
}

// cpuInfo returns a field of the first processor, "" where the system has no such file.
func cpuInfo(key string) string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == key {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func firstLine(path string) string {
	text, _ := os.ReadFile(path)
	line, _, _ := strings.Cut(string(text), "\n")
	return line
}

// ownVersions names what our side is made of. The commit ends in + where the working tree differs from it.
func ownVersions(ctx context.Context) map[string]string {
	git := func(args ...string) string {
		out, _ := exec.CommandContext(ctx, "git", args...).Output() // an archive of the sources has no commit
		return strings.TrimSpace(string(out))
	}
	commit := git("rev-parse", "--short=12", "HEAD")
	if git("status", "--porcelain", "--untracked-files=no") != "" {
		commit += "+"
	}
	return map[string]string{"skillspace": commit, "go": runtime.Version(), "libtorch": libtorch.Version()}
}
