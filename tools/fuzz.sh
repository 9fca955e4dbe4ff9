#!/bin/sh
# Explores every fuzz target of the module for so long each, with so many workers or as many as there are processors:
# tools/fuzz.sh 30s [workers]. It ends with the number of executions of each and of all. With "list" it names the targets.
# An input that fails is written to the package's testdata/fuzz, to be committed with what mends it.
set -eu

targets() {
	grep -rE --include='*_test.go' --exclude-dir='.?*' '^func Fuzz[A-Za-z0-9_]*\(' . |
		sed -E 's|^(.*)/[^/]*:func (Fuzz[A-Za-z0-9_]*).*|\1 \2|' | LC_ALL=C sort
}

if [ "$1" = list ]; then
	targets
	exit
fi
output=$(mktemp)
trap 'rm -f "$output"' EXIT
failed='' all=0 counts=''
for target in $(targets | tr ' ' ':'); do
	package=${target%:*} name=${target#*:}
	# Without a limit, minimizing one input takes the time that is for exploring.
	# At the end of the time Go may report its own deadline as a failure, without an input: that is none.
	go test -run '^$' -fuzz "^$name\$" -fuzztime "$1" -fuzzminimizetime 10x ${2:+-parallel "$2"} "$package" >"$output" 2>&1 ||
		grep -qx '    context deadline exceeded' "$output" || failed="$failed $package:$name"
	cat "$output"
	executions=$(sed -n 's/^fuzz: elapsed: .*execs: \([0-9]*\) .*/\1/p' "$output" | tail -n 1)
	all=$((all + ${executions:-0}))
	counts="$counts$(printf '%12d  %s %s' "${executions:-0}" "$package" "$name")
"
done
printf '%s%12d  executions in all\n' "$counts" "$all"
[ -z "$failed" ] || { echo "failed:$failed" >&2; exit 1; }
