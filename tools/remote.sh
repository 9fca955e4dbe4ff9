#!/bin/sh
# remote.sh [URL [ENDPOINT]] points this clone's DVC remote to URL, in .dvc/config.local, which git ignores, and
# installs into .venv what DVC needs for it, by hash. No URL: to the project's own, that of .dvc/config.
# `make setup` and `make remote` call it.
set -eu
cd "$(dirname "$0")/.."
url=${1-} endpoint=${2-}
venv=${VENV:-.venv}
dvc=$venv/bin/dvc

set_option() { "$dvc" remote modify --local origin "$1" "$2"; }

own=$("$dvc" config --project remote.origin.url) # absolute, in the words of DVC
case ${url:-$own} in
s3://*) kind=s3 ;;
gdrive://*) kind=gdrive ;;
ssh://*) kind=ssh ;;
*/.dvc/store) kind='' url=${url:-$own} ;; # why it is written twice: see .dvc/config
/*) kind='' ;;
*)
	echo "remote: the URL must begin with s3://, gdrive:// or ssh://, or be a folder's absolute path, got $url" >&2
	exit 1
	;;
esac
[ -z "$kind" ] || make -s "$venv/installed-$kind"
touch .dvc/config.local
"$dvc" remote remove --local origin 2>/dev/null || true # one kind's options are errors to another
[ -n "$url" ] || exit 0
set_option url "$url"
[ -z "$endpoint" ] || set_option endpointurl "$endpoint"
[ "$kind" != gdrive ] || set_option gdrive_use_service_account true
