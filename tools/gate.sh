#!/bin/sh
# gate.sh BASE [LABELS] fails if the work tree is worse than BASE, or cannot be compared with it. LABELS are
# those of the pull request, as a JSON list; a person who sets one of these says that it may be so:
#   accept-regression    the scores may fall
#   accept-new-baseline  there is nothing to compare with: other data, other folds, no results yet
# No label lets a BASE through that cannot be read: empty, misspelt or not fetched. `make gate` calls it.
set -eu
cd "$(dirname "$0")/.."
base=${1-} labels=${2-}

# has_label LABEL: whether it is one of the labels, whole.
has_label() {
	"${PYTHON:-python3}" -c 'import json, sys
try:
    labels = json.loads(sys.argv[1] or "[]")
except ValueError:
    labels = None
if not isinstance(labels, list):
    print("gate: LABELS must be a JSON list, got", ascii(sys.argv[1]), file=sys.stderr)
    labels = []
sys.exit(sys.argv[2] not in labels)' "$labels" "$1"
}

status=0
bin/compare -- "$base" || status=$?
case $status in
0) exit ;;
1) label=accept-regression ;;
2) label=accept-new-baseline ;;
*)
	echo "gate: failed; BASE must name a revision that git can read here, and no label replaces it" >&2
	exit "$status"
	;;
esac
if has_label "$label"; then
	echo "gate: let through, as the pull request has the label $label"
else
	echo "gate: failed; if this is meant to be, give the pull request the label $label" >&2
	exit "$status"
fi
