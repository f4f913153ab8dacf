//go:build unix

package main

import (
	"log/slog"

	"golang.org/x/sys/unix"
)

// reservedFiles are the file descriptors that the server keeps for itself: the listeners, the model's files, the log.
const reservedFiles = 64

// connectionLimit returns the number of connections that the limit of open files allows. It warns if that is fewer than wanted, and if
// the address space is limited.
func connectionLimit(log *slog.Logger, wanted int) int {
	var files, space unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_AS, &space); err == nil && space.Cur != unix.RLIM_INFINITY {
		log.Warn("the address space is limited (ulimit -v): the process can end without an error message, because libtorch and Go reserve more "+
			"addresses than they use; limit the memory with a cgroup instead", "bytes", space.Cur)
	}
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files); err != nil || files.Cur >= uint64(wanted+reservedFiles) {
		return wanted
	}
	allowed := max(int(files.Cur)-reservedFiles, 1)
	log.Warn("the limit of open files lowers max_connections", "max_connections", allowed, "files", files.Cur)
	return allowed
}
