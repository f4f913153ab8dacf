package atomicfile

import (
	"errors"
	"syscall"
)

// unsupportedSync reports whether err says that a folder cannot be flushed on this file system, which some network mounts answer.
// There is nothing better to do on them, and the rename itself has succeeded.
func unsupportedSync(err error) bool {
	return errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP)
}
