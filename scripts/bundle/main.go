// Command bundle writes the release archive: the commands of bin/ with the libraries that they need, presets, the sample ontology and
// licences, as dist/skillspace-VERSION-linux-ARCH.tar.zst. The commands in it find the libraries beside them, wherever it is unpacked.
//
//	go run ./scripts/bundle                    after make build; run in the repository's root (make bundle)
//	go run ./scripts/bundle -unpack FILE DIR   unpacks an archive where tar knows no zstd
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"skillspace"
)

func main() {
	unpacking := flag.Bool("unpack", false, "unpack FILE into DIR")
	flag.Parse()
	if err := run(*unpacking, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(unpacking bool, args []string) error {
	switch {
	case unpacking && len(args) == 2:
		return unpack(args[0], args[1])
	case unpacking || len(args) > 0:
		return errors.New("usage: bundle, or bundle -unpack FILE DIR")
	case os.Getenv("CUDA") != "":
		return errors.New("there is no bundle with CUDA, which would be 4 GB: use the container image of Dockerfile.cuda")
	}
	return write()
}

// write makes the archive of the current directory's tree and prints its path.
func write() error {
	name := fmt.Sprintf("skillspace-%s-%s-%s", skillspace.Version(), runtime.GOOS, runtime.GOARCH)
	commands, err := readCommands("bin")
	if err != nil {
		return err
	}
	libraries, needs, err := collectLibraries(commands)
	if err != nil {
		return err
	}
	licences, err := collectLicences(libraries)
	if err != nil {
		return err
	}
	files := append(commands, libraries...)
	files = append(files, licences...)
	if files, err = appendPapers(files, needs); err != nil {
		return err
	}
	path := filepath.Join("dist", name+".tar.zst")
	if err := writeArchive(path, name, files); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := writeChecksum(path); err != nil {
		return err
	}
	fmt.Println(path)
	return nil
}

// writeChecksum writes PATH.sha256 in the form that sha256sum --check reads.
func writeChecksum(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	line := hex.EncodeToString(sum.Sum(nil)) + "  " + filepath.Base(path) + "\n"
	return os.WriteFile(path+".sha256", []byte(line), 0o644)
}
