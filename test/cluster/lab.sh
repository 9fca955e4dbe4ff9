#!/usr/bin/env bash
# Installs what `make test-cluster` needs and this machine lacks: a real Slurm, on Debian or Ubuntu. The tests run its
# daemons themselves, with settings and state in a temporary folder and ports of this machine alone.
set -euo pipefail

say() { echo "lab: $*" >&2; }

[ "$(id -u)" = 0 ] || { say 'this needs root: each node of the cluster is a PID namespace'; exit 1; }

packages=(slurmctld slurmd slurm-client munge slurm-wlm-basic-plugins)
missing=()
for package in "${packages[@]}"; do
	dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
	command -v apt-get >/dev/null || { say "install ${missing[*]}: there is no apt-get here"; exit 1; }
	say "installing ${missing[*]}"
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
