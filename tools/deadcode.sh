#!/bin/sh
# Fails if a function is dead: nothing calls it, or only tests do. The functions of test/ and of packages
# whose names end in test, as httptest's does, are for tests.
set -eu

deadcode() {
	go tool -modfile=tools/lint/go.mod deadcode -tags pipeline,arches,image,cluster,browser "$@" ./...
}

by_none=$(deadcode -test)
not_by_programs=$(deadcode)
dead=$({
	printf '%s\n' "$by_none"
	printf '%s\n' "$not_by_programs" | grep -vE '^(test/|[^:]*test/[^/:]*:)'
} | sort -u | grep .) || exit 0
printf '%s\n' "$dead" >&2
exit 1
