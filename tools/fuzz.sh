#!/bin/sh
# Explores every fuzz target of the module for so long each: tools/fuzz.sh 30s. With "list" it names them.
# An input that fails is written to the package's testdata/fuzz, to be committed with what mends it.
set -eu

targets() {
	grep -rE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*\(' . |
		sed -E 's|^(.*)/[^/]*:func (Fuzz[A-Za-z0-9_]*).*|\1 \2|' | LC_ALL=C sort
}

if [ "$1" = list ]; then
	targets
	exit
fi
failed=
for target in $(targets | tr ' ' ':'); do
	package=${target%:*} name=${target#*:}
	# Without a limit, minimizing one input takes the time that is for exploring.
	go test -run '^$' -fuzz "^$name\$" -fuzztime "$1" -fuzzminimizetime 10x "$package" || failed="$failed $package:$name"
done
[ -z "$failed" ] || { echo "failed:$failed" >&2; exit 1; }
