#!/usr/bin/env bash
# Sets up what `make test-image` needs and this machine lacks, in .lab (ignored by git) or $SONAR_LAB:
#   packages      buildah, podman, runc, qemu and what they use, by apt-get, on Debian or Ubuntu
#   compose       Docker Compose, built from its module at the version and hashes of tools/compose
#   builder       an image with Go to build in: this machine's Debian, by debootstrap, and its Go. If a registry can
#                 be reached, GO_IMAGE may name an existing image instead.
# Images and containers are there too, apart from those of the machine.
set -euo pipefail
cd "$(dirname "$0")/../.."
lab=${SONAR_LAB:-$PWD/.lab}
mkdir -p "$lab"

say() { echo "lab: $*" >&2; }

[ "$(id -u)" = 0 ] || { say 'this needs root: it mounts, and runs containers as several users'; exit 1; }

packages=(buildah podman runc netavark aardvark-dns iptables skopeo debootstrap qemu-user-static binfmt-support)
missing=()
for package in "${packages[@]}"; do
	dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
	say "installing ${missing[*]}"
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$lab/apt.log"
fi

cat >"$lab/containers.conf" <<END
[containers]
default_ulimits = ["nofile=$(ulimit -Hn):$(ulimit -Hn)", "nproc=32768:32768"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
END
cat >"$lab/storage.conf" <<END
[storage]
driver = "overlay"
graphroot = "$lab/storage"
runroot = "$lab/run"
END
export CONTAINERS_CONF="$lab/containers.conf" CONTAINERS_STORAGE_CONF="$lab/storage.conf"

mkdir -p "$lab/docker"
echo '{}' >"$lab/docker/config.json" # podman and buildah look for it among Docker's settings
compose=$lab/docker-compose
if [ ! -x "$compose" ] || [ tools/compose/go.sum -nt "$compose" ]; then
	say 'building Docker Compose (two to three minutes)'
	version=$(go list -modfile=tools/compose/go.mod -m -f '{{.Version}}' github.com/docker/compose/v2)
	go build -modfile=tools/compose/go.mod -trimpath -buildvcs=false -o "$compose" \
		-ldflags "-s -w -X github.com/docker/compose/v2/internal.Version=$version" github.com/docker/compose/v2/cmd
fi

if [ -z "${GO_IMAGE:-}" ] && ! buildah images -q localhost/sonar-go:lab >/dev/null 2>&1; then
	say 'making the builder image'
	rootfs=$lab/rootfs
	rm -rf "$rootfs"
	# shellcheck disable=SC2016 # apt's own variable
	mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | head -n 1)
	codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	debootstrap --variant=minbase --include=ca-certificates,git "$codename" "$rootfs" "$mirror" >"$lab/debootstrap.log"
	cp -L /etc/ssl/certs/ca-certificates.crt "$rootfs/etc/ssl/certs/"
	container=$(buildah from scratch)
	buildah add -q "$container" "$rootfs" / >/dev/null
	buildah add -q "$container" "$(go env GOROOT)" /usr/local/go >/dev/null
	buildah config --env GOTOOLCHAIN=local --env GOPATH=/go \
		--env PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		--workingdir /go --cmd bash "$container"
	buildah commit -q --rm "$container" localhost/sonar-go:lab >/dev/null
	rm -rf "$rootfs"
fi
