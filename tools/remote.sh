#!/bin/sh
# remote.sh [URL [ENDPOINT]] points this clone's DVC remote to URL, in .dvc/config.local, which git ignores, and
# installs into .venv what DVC needs for it, by hash. Without URL: to the project's own, that of .dvc/config.
# Nothing is changed unless all of it is accepted, and nothing that was given is printed: it may hold a secret.
# `make setup` and `make remote` call it.
set -eu
cd "$(dirname "$0")/.."
url=${1-} endpoint=${2-}
venv=${VENV:-.venv}
dvc=$venv/bin/dvc
case $dvc in
/*) ;;
*) dvc=$PWD/$dvc ;;
esac

own=$("$dvc" config --project remote.origin.url) # absolute, in the words of DVC
case ${url:-$own} in
s3://*@* | gdrive://*@* | ssh://*:*@*)
	echo 'remote: the URL must have no key or password in it: put that into the environment, or into .dvc/config.local' >&2
	exit 1
	;;
s3://*) kind=s3 ;;
gdrive://*) kind=gdrive ;;
ssh://*) kind=ssh ;;
*/.dvc/store) kind='' url=${url:-$own} ;; # why it is written twice: see .dvc/config
/*) kind='' ;;
*)
	echo 'remote: the URL must begin with s3://, gdrive:// or ssh://, or be the absolute path of a folder' >&2
	exit 1
	;;
esac
[ -z "$kind" ] || make -s "$venv/installed-$kind"

# DVC makes and checks the new file in a folder of its own, from where it takes the place of the old one.
umask 077
mkdir -p .dvc/tmp
trial=$(mktemp -d .dvc/tmp/remote.XXXXXX)
trap 'rm -rf "$trial"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$trial/.dvc"
cp .dvc/config "$trial/.dvc/config"
if [ -f .dvc/config.local ]; then
	cp .dvc/config.local "$trial/.dvc/config.local"
else
	: >"$trial/.dvc/config.local"
fi

set_option() { "$dvc" --cd "$trial" remote modify --local origin "$1" "$2"; }

"$dvc" --cd "$trial" remote remove --local origin 2>/dev/null || true # one kind's options are errors to another
if [ -n "$url" ]; then
	set_option url "$url"
	[ -z "$endpoint" ] || set_option endpointurl "$endpoint"
	[ "$kind" != gdrive ] || set_option gdrive_use_service_account true
fi
mv -f "$trial/.dvc/config.local" .dvc/config.local
