//go:build !unix

package main

import "log/slog"

// connectionLimit knows no limit of open files on this system.
func connectionLimit(_ *slog.Logger, wanted int) int { return wanted }
