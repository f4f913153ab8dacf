package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// oldSuffix marks the previous version of a folder where the file system cannot exchange two folders in one step.
const oldSuffix = ".old"

// errNoExchange says that the file system or the kernel cannot exchange two folders in one step.
var errNoExchange = errors.New("exchange of two folders not supported")

// swap exchanges two existing folders in one step. A variable, so that a test can take it away.
var swap = exchange

// ReplaceDir fills a new folder beside dir and puts it at dir. fill gets the path of that empty folder and writes only below it.
// An error or a panic of fill leaves the old folder as it was. Every file is flushed to the disk before the folder appears.
//
// On Linux the two folders change places in one step, so dir holds a whole version at every moment. Where the file system cannot do that,
// the old folder is moved aside to dir+".old" for the instant between two renames; Recover repairs a crash in that instant, and
// ReplaceDir begins with it.
//
// A dir that exists and is no folder is refused. A symbolic link at dir is followed.
func ReplaceDir(dir string, fill func(tmp string) error) error {
	target, err := resolveDir(dir)
	if err != nil {
		return fmt.Errorf("replace folder %s: %w", dir, err)
	}
	var tmp string
	err = withTempName(target, func(name string) error {
		tmp = name
		return os.Mkdir(name, 0o777)
	})
	if err != nil {
		return fmt.Errorf("replace folder %s: temporary folder: %w", dir, err)
	}
	defer os.RemoveAll(tmp) // after a swap this is the old version; an error leaves a hidden leftover, not a broken folder
	if err := fill(tmp); err != nil {
		return fmt.Errorf("replace folder %s: %w", dir, err)
	}
	if err := syncTree(tmp); err != nil {
		return fmt.Errorf("replace folder %s: flush: %w", dir, err)
	}
	if err := swapIn(tmp, target); err != nil {
		return fmt.Errorf("replace folder %s: %w", dir, err)
	}
	if err := syncDir(filepath.Dir(target)); err != nil {
		return fmt.Errorf("replace folder %s: the folder is in place, but its parent could not be flushed: %w", dir, err)
	}
	return nil
}

// Recover finishes what a crash of ReplaceDir left half done: when dir is missing and dir+".old" exists, it moves that back.
// It does nothing when dir exists or neither does. Readers of a folder that ReplaceDir writes may call it before they open dir.
func Recover(dir string) error {
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	err := os.Rename(dir+oldSuffix, dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("recover folder %s: %w", dir, err)
	}
	return nil
}

// RemoveDir removes a folder in one step: it is whole or away, whenever the process is killed. What a kill leaves is hidden, for Sweep.
func RemoveDir(dir string) error {
	if dir == "" {
		return errors.New("remove folder: empty path")
	}
	var hidden string
	err := withTempName(filepath.Clean(dir), func(name string) error {
		hidden = name
		return os.Rename(dir, name)
	})
	if err == nil {
		err = os.RemoveAll(hidden)
	}
	if err != nil {
		return fmt.Errorf("remove folder %s: %w", dir, err)
	}
	return nil
}

// swapIn puts tmp at target. Afterwards the old version, if any, is at tmp or gone.
func swapIn(tmp, target string) error {
	if _, err := os.Lstat(target); errors.Is(err, fs.ErrNotExist) {
		return os.Rename(tmp, target)
	}
	err := swap(tmp, target)
	if !errors.Is(err, errNoExchange) {
		return err
	}
	old := target + oldSuffix
	if err := os.RemoveAll(old); err != nil {
		return fmt.Errorf("remove the version before last: %w", err)
	}
	if err := os.Rename(target, old); err != nil {
		return fmt.Errorf("move the old version aside: %w", err)
	}
	if err := os.Rename(tmp, target); err != nil {
		return errors.Join(err, os.Rename(old, target))
	}
	return os.RemoveAll(old)
}

// resolveDir follows a symbolic link and repairs an earlier crash.
func resolveDir(dir string) (string, error) {
	if dir == "" {
		return "", errors.New("empty path")
	}
	dir, err := filepath.Abs(dir) // "." has no sibling by its relative name
	if err != nil {
		return "", err
	}
	if err := Recover(dir); err != nil {
		return "", err
	}
	target, err := filepath.EvalSymlinks(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return dir, nil
	}
	if err != nil {
		return "", err
	}
	info, err := os.Stat(target)
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		return "", fmt.Errorf("exists and is not a folder (%s)", info.Mode())
	}
	return target, nil
}

// syncTree flushes every file and folder below root, and root itself.
func syncTree(root string) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch {
		case entry.IsDir():
			return syncDir(path)
		case entry.Type().IsRegular():
			return syncFile(path)
		}
		return nil // a link has no content of its own
	})
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
