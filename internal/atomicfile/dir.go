package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

// oldSuffix marks the previous version of a folder on file systems that cannot exchange two folders in one step.
const oldSuffix = ".old"

// errNoExchange means that the file system or the kernel cannot exchange two folders in one step.
var errNoExchange = errors.New("exchange of two folders not supported")

// swap exchanges two existing folders in one step. It is a variable so that tests can replace it.
var swap = exchange

// ReplaceDir fills a new folder beside dir and moves it to dir. The function fill gets the path of the new, empty folder and writes
// only below it. If fill returns an error or panics, the old folder stays as it was. ReplaceDir flushes every file to the disk
// before the folder appears.
//
// On Linux the two folders are exchanged in one step, so dir holds a complete version at every moment. A file system that cannot
// exchange folders gets two renames, with the old folder at dir+".old" between them. Recover repairs a crash between the two
// renames, and ReplaceDir calls it first.
//
// ReplaceDir follows a symbolic link at dir. It refuses a dir that exists and is not a folder.
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
	defer os.RemoveAll(tmp) // after the swap tmp is the old version; a folder that cannot be removed is hidden and harmless
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

// Recover repairs a crash in ReplaceDir: if dir is missing and dir+".old" exists, it renames that back to dir. Otherwise it does
// nothing. Readers of a folder that ReplaceDir writes may call it before they open dir.
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

// RemoveDir removes a folder in one step: a killed process leaves it complete or gone. Its hidden remains are removed by Sweep.
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

// swapIn moves tmp to target. The old version, if there was one, is then at tmp or removed.
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

// resolveDir returns the absolute path behind dir, with symbolic links resolved. It first repairs an earlier crash.
func resolveDir(dir string) (string, error) {
	if dir == "" {
		return "", errors.New("empty path")
	}
	dir, err := filepath.Abs(dir) // the relative name "." has no siblings
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
		return nil // a symbolic link has no content
	})
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// leftover matches the temporary names that withTempName makes.
var leftover = regexp.MustCompile(`^\..+` + regexp.QuoteMeta(tempMark) + `[A-Z2-7]{26}$`)

// Sweep removes the temporary files and folders that killed writers left in a folder. They can be as large as the data being
// written. Call it only while no other process writes to the folder, because it would remove that process's pending version.
// Sweep of a folder that does not exist does nothing.
func Sweep(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("sweep leftovers: %w", err)
	}
	var all error
	for _, entry := range entries {
		if leftover.MatchString(entry.Name()) {
			all = errors.Join(all, os.RemoveAll(filepath.Join(dir, entry.Name())))
		}
	}
	if all != nil {
		return fmt.Errorf("sweep leftovers: %w", all)
	}
	return nil
}
