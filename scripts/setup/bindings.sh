# Cuts gotch's bindings down to those that we use, and compiles them. Sourced after report.sh and flags.sh.

# trim_gotch: copies what internal/libtorch names of gotch from Go's module cache into .deps/gotch, and writes
# .deps/go.work, which replaces gotch with it. go.mod stays as it is. Each run copies anew, in less than a second: after
# internal/libtorch names another function ("undefined: lib.Atg…"), a set-up is all that is needed.
trim_gotch() {
	local gotch go_version
	# Without our settings: they replace gotch with what is made here.
	local -x GOWORK=off GOFLAGS='' CGO_ENABLED=0
	cd "$root"
	go mod download github.com/sugarme/gotch >&2 || fail 'gotch cannot be downloaded' 'The Go module proxy must be reachable: go env GOPROXY.'
	gotch=$(go list -m -f '{{.Dir}}' github.com/sugarme/gotch)
	go_version=$(go list -m -f '{{.GoVersion}}')
	trimmed=$(go run ./scripts/trimgotch -gotch "$gotch" -user internal/libtorch -out "$deps/gotch") ||
		fail "gotch's bindings could not be copied from $gotch" 'Does internal/libtorch name a function that gotch does not have?'
	write_if_changed "$deps/go.work" <<-WORK
		// Written by scripts/setup.sh, used by way of GOWORK: gotch's bindings, cut down to what we use.
		go $go_version

		use ..

		replace github.com/sugarme/gotch => ./gotch
	WORK
}

compile_bindings() {
	# shellcheck disable=SC1090
	. "$deps/env${CUDA:+-cuda}.sh"
	cd "$root"
	[[ -z $(go list -f '{{if .Stale}}stale{{end}}' github.com/sugarme/gotch/libtch) ]] ||
		step "compiling the bindings to libtorch: $trimmed of gotch"
	go build github.com/sugarme/gotch/libtch >&2 ||
		fail "gotch's bindings do not compile against $libtorch" "The flags are in .deps/env${CUDA:+-cuda}.sh."
}
