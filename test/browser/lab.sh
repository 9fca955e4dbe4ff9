#!/usr/bin/env bash
# Installs Chromium, which `make test-page` looks at the page with, if this machine has none: by apt-get, on Debian or
# Ubuntu, as root.
set -euo pipefail

for name in chromium chromium-browser google-chrome; do
	if command -v "$name" >/dev/null; then
		exit
	fi
done
[ "$(id -u)" = 0 ] || { echo 'lab: this needs Chromium, and root to install it' >&2; exit 1; }
echo 'lab: installing chromium' >&2
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
