#!/bin/sh
# remote.sh URL [ENDPOINT] points this clone's DVC remote to URL, in .dvc/config.local, which git ignores, and
# installs into .venv what DVC needs for it, by hash. No URL: the remote stays as it is. `make remote` calls it.
set -eu
cd "$(dirname "$0")/.."
url=${1-} endpoint=${2-}
dvc=.venv/bin/dvc

set_option() { "$dvc" remote modify --local origin "$1" "$2"; }

case $url in
'') exit ;;
s3://*) kind=s3 ;;
gdrive://*) kind=gdrive ;;
ssh://*) kind=ssh ;;
/*) kind= ;;
*)
	echo "remote: the URL must begin with s3://, gdrive:// or ssh://, or be a folder's absolute path" >&2
	exit 1
	;;
esac
[ -z "$kind" ] || make -s ".venv/installed-$kind"
set_option url "$url"
[ -z "$endpoint" ] || set_option endpointurl "$endpoint"
[ "$kind" != gdrive ] || set_option gdrive_use_service_account true
