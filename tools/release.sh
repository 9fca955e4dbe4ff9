#!/bin/sh
# release.sh VERSION writes the programs to dist/, one archive for each platform, with SHA256SUMS. The same commit
# makes the same bytes: times are the commit's, owners are 0. It needs GNU tar.
set -eu
cd "$(dirname "$0")/.."
version=${1:?'the version is missing: make release VERSION=v1.2.3'}
name=sonar-${version#v}
when=$(git log -1 --format=%ct)

rm -rf dist
mkdir dist
for platform in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64; do
	os=${platform%/*} arch=${platform#*/}
	folder=dist/$name-$os-$arch
	mkdir "$folder"
	CGO_ENABLED=0 GOOS=$os GOARCH=$arch go build -trimpath -buildvcs=false -ldflags '-s -w -buildid=' \
		-o "$folder/" ./cmd/...
	cp LICENSE THIRD_PARTY_NOTICES README.md params.yaml "$folder/"
	tar -C dist --sort=name --format=ustar --owner=0 --group=0 --numeric-owner --mode=u+rw,go+r,go-w \
		--mtime="@$when" -cf - "${folder#dist/}" | gzip -n -9 >"$folder.tar.gz"
	rm -r "$folder"
done
(cd dist && sha256sum -- *.tar.gz >SHA256SUMS && cat SHA256SUMS)
