#!/usr/bin/env bash
# slurm.sh PROGRAM [FLAG...] runs crossvalidate or tune as a Slurm job array, on a login node, from a folder that all
# nodes share: it submits the shards that are missing, waits for them, and merges their records into the outputs
# that PROGRAM alone would have written. If it is stopped or fails, call it again. See docs/cluster.md.
set -euo pipefail
cd "$(dirname "$0")/.."

# ==== Edit this for your site ====================================================================================

# What sbatch needs to know: your account, the partition, and what one task takes.
options=(--partition=main --cpus-per-task=1 --mem=1G --time=01:00:00)
# options+=(--account=NAME)

# How many parts the work is cut into. A part is what a lost node costs, and should take a minute or more. What tune
# divides are its outer folds, so more parts than these are of no use to it.
shards=100

# Where the programs come from. Empty: the Go of this machine builds them. Otherwise an image that Apptainer runs,
# made of the project's: apptainer pull sonar.sif docker://NAME@sha256:...
image=

# What the results depend on, besides the program and its flags. If any of it changes, all shards are run again.
inputs=(params.yaml data/sonar.all-data)

# =================================================================================================================

fail() {
	echo "slurm.sh: $*" >&2
	exit 1
}

# run runs a program of the project, on any node.
run() {
	if [ -n "$image" ]; then
		apptainer exec --bind "$PWD" --pwd "$PWD" "$image" "$@"
	else
		"bin/$1" "${@:2}"
	fi
}

# expand prints each number of an array expression: 3,7-9 is 3 7 8 9.
expand() {
	local range
	for range in ${1//,/ }; do
		seq "${range%-*}" "${range#*-}"
	done
}

# A task of the array: every shard that has its index when the shards are dealt to width tasks in turn.
if [ "${1-}" = --task ]; then
	folder=$2 count=$3 width=$4
	shift 4
	export GOMAXPROCS="${SLURM_CPUS_PER_TASK:-1}"
	echo "task $SLURM_ARRAY_TASK_ID on $SLURMD_NODENAME"
	status=0
	for ((shard = SLURM_ARRAY_TASK_ID; shard < count; shard += width)); do
		run "$@" -log '' -shards "$folder" -shard "$shard/$count" || status=$?
	done
	exit "$status"
fi

case ${1-} in
crossvalidate | tune) program=$1 ;;
*) fail "usage: cluster/slurm.sh crossvalidate|tune [FLAG...], got '${1-}'" ;;
esac
[ "$program" != tune ] || inputs+=(tuning/params.yaml)
for command in sbatch squeue scontrol scancel; do
	command -v "$command" >/dev/null || fail "there is no $command here: run this on a login node of the cluster"
done
if [ -n "$image" ]; then
	[ -f "$image" ] || fail "$image: there is no such image"
else
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -o bin/ "./cmd/$program"
fi

key=$({
	printf '%q ' "$shards" "$@"
	for input in "${image:-bin/$program}" "${inputs[@]}"; do
		[ ! -f "$input" ] || sha256sum "$input"
	done
} | sha256sum | cut -c 1-16)
folder=shards/$program-$key
name=sonar-$program-$key
logs=experiments/logs/$name
mkdir -p "$logs"

# find_missing sets missing to an array expression of the shards that are not done, or to nothing.
find_missing() {
	local status=0
	missing=$(run "$@" -shards "$folder" -missing "$shards") || status=$?
	[ "$status" = 0 ] || [ "$status" = 3 ] || exit "$status"
}

width=$(scontrol show config | sed -n 's/^MaxArraySize *= *//p')
[ "$width" -lt "$shards" ] || width=$shards

mine=(--user="$(id -un)" --name="$name")
wait_for_tasks() { # not by sbatch --wait, which after a while looks every 32 s only
	local queued
	until queued=$(squeue -h "${mine[@]}") && [ -z "$queued" ]; do
		sleep 5
	done
}

trap 'scancel "${mine[@]}"; exit 130' INT
trap 'scancel "${mine[@]}"; exit 143' TERM
wait_for_tasks # of an earlier call
find_missing "$@"
while [ -n "$missing" ]; do
	before=$missing
	tasks=$missing
	[ "$width" = "$shards" ] ||
		tasks=$(for shard in $(expand "$missing"); do echo $((shard % width)); done | sort -nu | paste -sd , -)
	echo "slurm.sh: submitting the shards $missing of $shards"
	sbatch --requeue --open-mode=append --array="$tasks" --job-name="$name" --output="$logs/%a.log" \
		"${options[@]}" --wrap="$(printf '%q ' cluster/slurm.sh --task "$folder" "$shards" "$width" "$@")"
	wait_for_tasks
	find_missing "$@"
	[ "$missing" != "$before" ] || fail "none of the shards $missing has succeeded; the logs of the tasks are in $logs"
done
trap - INT TERM
run "$@" -shards "$folder" -merge
