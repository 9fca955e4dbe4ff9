#!/bin/sh
# gate.sh BASE [LABELS] fails where the work tree is worse than BASE, or cannot be compared with it. LABELS are
# those of the pull request, as a JSON list; a person who sets one of these says that it may be so:
#   accept-regression    the scores may fall
#   accept-new-baseline  there is nothing to compare with: other data, other folds, no results yet
# `make gate` calls it.
set -eu
cd "$(dirname "$0")/.."
base=$1 labels=${2-}

status=0
bin/compare "$base" || status=$?
case $status in
0) exit ;;
1) label=accept-regression ;;
2) label=accept-new-baseline ;;
*) exit "$status" ;;
esac
case $labels in
*"\"$label\""*) echo "gate: let through, as the pull request has the label $label" ;;
*)
	echo "gate: failed; if this is meant to be, give the pull request the label $label" >&2
	exit "$status"
	;;
esac
