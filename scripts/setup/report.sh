# How the set-up scripts talk: everything goes to stderr, so that a script's
# stdout (make env) stays machine-readable. Sourced, never run.

if [[ -t 2 && -z ${NO_COLOR:-} ]]; then
	bold=$'\033[1m' dim=$'\033[2m' red=$'\033[31m' yellow=$'\033[33m' plain=$'\033[0m'
else
	bold='' dim='' red='' yellow='' plain=''
fi

# step TEXT: a heading, one a phase.
step() { printf '\n%s==> %s%s\n' "$bold" "$*" "$plain" >&2; }

# note TEXT: one line of detail below a heading.
note() { printf '    %s%s%s\n' "$dim" "$*" "$plain" >&2; }

# timed NAME COMMAND...: runs the command and remembers how long it took, for report_times.
timed() {
	local name=$1 started=$SECONDS
	shift
	"$@"
	times_taken+=("$name $((SECONDS - started)) s")
}
times_taken=()

# report_times: one line of what took how long, or nothing where all was in place.
report_times() {
	((SECONDS < 5)) || note "took $SECONDS s: $(printf '%s, ' "${times_taken[@]}" | sed 's/, $//')"
}

# warn TEXT: something the reader should know, though the work goes on.
warn() { printf '%swarning:%s %s\n' "$yellow" "$plain" "$*" >&2; }

# fail WHAT [ADVICE...]: says what failed and what to do, a line each, and ends the script.
fail() {
	printf '%serror:%s %s\n' "$red" "$plain" "$1" >&2
	shift
	local line
	for line in "$@"; do printf '       %s\n' "$line" >&2; done
	exit 1
}
