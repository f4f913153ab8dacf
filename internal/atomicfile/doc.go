// Package atomicfile replaces files and folders so that a crash, a full disk or Ctrl-C leaves either the old content or the new one.
// It holds no file format and takes no lock: two writers of the same path are safe, and the last to commit wins.
package atomicfile
