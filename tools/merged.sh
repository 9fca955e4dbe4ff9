#!/bin/sh
# merged.sh finishes a merge of branches that both ran the pipeline. What the pipeline writes cannot be merged line
# by line: so dvc.lock is this branch's, DVC runs the stages that are stale by that, and what they wrote is added
# to the merge. Any other file in conflict comes first, by hand. `make merged` calls it.
set -eu
cd "$(dirname "$0")/.."

conflicts() { git diff --name-only --diff-filter=U --relative -- "$@"; }

if [ -z "$(conflicts .)" ] && ! git rev-parse -q --verify MERGE_HEAD >/dev/null; then
	echo 'merged: no merge is under way' >&2
	exit 1
fi
by_hand=$(conflicts . ':!dvc.lock' ':!experiments')
if [ -n "$by_hand" ]; then
	printf 'merged: resolve these by hand and "git add" them, then run it again:\n%s\n' "$by_hand" >&2
	exit 1
fi
if [ -n "$(conflicts dvc.lock)" ]; then
	git checkout -q --ours -- dvc.lock
fi
"${DVC:-.venv/bin/dvc}" repro
git add -u -- dvc.lock experiments
echo 'merged: look at the metrics, then "git commit"'
