// Trimgotch copies the part of gotch's package libtch that our code uses: the Go functions that it names, and the C++
// functions that those call. gotch binds 2,600 functions of libtorch, which take minutes to compile; we use about 45.
//
//	trimgotch -gotch FOLDER -user FOLDER -out FOLDER
//
// -gotch is gotch's folder in Go's module cache, -user the package that imports libtch, -out the module to write: it
// has gotch's module path, so that a replace directive can put it in gotch's place. A file that would not change is left
// alone, so that a second run does not compile anything again. Whatever is missing or not understood is an error.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	gotch := flag.String("gotch", "", "gotch's `folder`")
	user := flag.String("user", "", "`folder` of the package that imports gotch's libtch")
	out := flag.String("out", "", "`folder` of the module to write")
	flag.Parse()
	if *gotch == "" || *user == "" || *out == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	summary, err := trim(*gotch, *user, *out)
	if err != nil {
		fmt.Fprintln(os.Stderr, "error: trim gotch:", err)
		os.Exit(1)
	}
	fmt.Println(summary)
}
