#!/bin/sh
# adopt.sh MODULE FILE makes this clone a project of its own: another module path, another name (the last part of that
# path), another table, and none of Sonar's results. `make adopt` calls it; docs/your-data.md says what is left to do.
# Only a clean work tree is touched, so `git reset --hard && git clean -fd` takes everything back.
# shellcheck disable=SC2016 # $ and ` are for sed and Markdown
set -eu
cd "$(dirname "$0")/.."
fail() {
	echo "adopt: $1" >&2
	exit 1
}

module=${1-} file=${2-}
[ -n "$module" ] && [ -n "$file" ] || fail 'MODULE or FILE is missing: make adopt MODULE=github.com/you/wine FILE=~/wine.csv'
echo "$module" | grep -qxE '[a-z0-9.-]+(/[A-Za-z0-9._~-]+)+' || fail "MODULE must be a Go module path, such as github.com/you/wine, got \"$module\""
name=$(echo "${module##*/}" | tr '[:upper:]' '[:lower:]')
echo "$name" | grep -qxE '[a-z][a-z0-9-]*' || fail "the last part of MODULE must have only letters, digits and hyphens and begin with a letter, got \"$name\""
case $name in
*sonar*) fail "the last part of MODULE must not contain \"sonar\", got \"$name\"" ;;
esac
case $file in
\~/*) file=$HOME/${file#??} ;;
esac
[ -f "$file" ] || fail "FILE must be a CSV file, and \"$file\" is none: is the path right?"
[ "$(head -c 2 "$file" | tr -d '\0')" != PK ] || fail "FILE must be a CSV file, and \"$file\" is a ZIP archive, an Excel workbook perhaps: save it as CSV"
[ -f data/sonar.all-data.dvc ] || fail 'data/sonar.all-data.dvc is missing: this project has been adopted already'
[ -z "$(git status --porcelain)" ] || fail 'the work tree has changes: commit or discard them first'
dvc=${VENV:-.venv}/bin/dvc
[ -x "$dvc" ] || fail "$dvc is missing: run make setup"
capitals=$(echo "$name" | tr '[:lower:]-' '[:upper:]_')
raw=data/$name.csv

# What Sonar's own numbers are in: results, the remote's objects, and the tests and tables of them.
git rm -rq --ignore-unmatch experiments .dvc/store tuning/results tuning/dvc.lock \
	recipes/results.json recipes/svm.json recipes/testdata recipes/search/results.json cmd/tune/committed_test.go \
	recipes/own_data_test.go recipes/table_test.go recipes/search/search_test.go test/pipeline test/image
rm -rf experiments .dvc/store tuning/results data/X_* data/y_* data/split.json data/sonar.all-data test/pipeline test/image

# The programs' own tests keep the table, the settings and the cases that they are written for.
mkdir -p test/testdata/cases
cp params.yaml test/testdata/params.yaml
cp tuning/params.yaml test/testdata/tuning.yaml
git mv cases/*.json test/testdata/cases/
git mv dvc.lock data/sonar.all-data.dvc test/testdata/
mkdir -p cases
: >cases/.gitkeep

# substitute applies a sed script to the files of the work tree that match a pattern, and keeps their permissions.
substitute() {
	pattern=$1 script=$2
	shift 2
	git grep -lIE -e "$pattern" -- "$@" | while IFS= read -r path; do
		sed "$script" "$path" >.adopt.tmp
		cat .adopt.tmp >"$path"
	done
	rm -f .adopt.tmp
}
substitute 'params.yaml|cases|dvc.lock|sonar.all-data.dvc' "
	s|\.\./\.\./params\.yaml|../../test/testdata/params.yaml|g
	s|\.\./\.\./data/sonar\.all-data\.dvc|../../test/testdata/sonar.all-data.dvc|g
	s|top+\"/params\.yaml\"|top+\"/test/testdata/params.yaml\"|g
	s|\.\./\.\./tuning/params\.yaml|../../test/testdata/tuning.yaml|g
	s|top+\"/dvc\.lock\"|top+\"/test/testdata/dvc.lock\"|g
	s|top+\"/cases/\"|top+\"/test/testdata/cases/\"|g
	s|top+\"/data/sonar\.all-data\.dvc\"|top+\"/test/testdata/sonar.all-data.dvc\"|g" '*_test.go'
substitute '[Ss][Oo][Nn][Aa][Rr]' "
	s|example\.com/sonar|$module|g
	s|testdata/sonar\.all-data|testdata/SONAR|g
	s|data/sonar\.all-data|$raw|g
	s|path: sonar\.all-data|path: $name.csv|g
	s|\"data\", \"sonar\.all-data\"|\"data\", \"$name.csv\"|g
	s|testdata/SONAR|testdata/sonar.all-data|g
	s|SONAR_|${capitals}_|g
	s|\.sonar-|.$name-|g
	s|\"sonar-|\"$name-|g
	s|localhost/sonar|localhost/$name|g
	s|<!-- sonar: compare|<!-- $name: compare|g" . ':!reference' ':!*.sum' ':!tools/adopt.sh'
substitute sonar "s|/sonar|/$name|g; s|name: sonar\$|name: $name|; s|title=\"sonar\"|title=\"$name\"|
	s|Tells mines from rocks by their sonar echo: the stages|The stages|" Dockerfile compose.yaml
substitute sonar "s|ADDRESS sonar|ADDRESS $name|; s|^  sonar:|  $name:|
	s|Tells mines from rocks by their sonar echo|''|" dvc.yaml
substitute sonar "s|name=sonar-|name=$name-|; s|= \"sonar\"|= \"$name\"|" tools/release.sh internal/onnx
substitute sonar "s|(sonar/|($name/|g; s|/sonar/|/$name/|g; s|\`sonar\`|\`$name\`|g; s|sonar@|$name@|g; s|_REPOSITORY sonar|_REPOSITORY $name|g
	s|you/sonar|you/$name|g" docs/remotes.md docs/containers.md
substitute sonar "s|sonar|$name|g" cluster docs/cluster.md docs/using-the-model.md
gofmt -l . | while IFS= read -r path; do gofmt -w "$path"; done

# The Makefile and the documents without what was removed.
substitute . "/^test-image:/,/^\$/d; s| test-image||; s| test/image/\*\.sh||; s| \./test/pipeline||; /-bench \./d
	/^pipeline: [^s]/,/^\$/d; /^adopt: /,/^\$/d; s| adopt lock-remotes| lock-remotes|" Makefile
substitute adopt "/^To rename the project/,/^\$/d; s| \`make adopt\` changes it everywhere\.||; /^git rm -q cases/d
	s| Those in \`cases/\` are Sonar's: replace them with your own\.||; /^## How good it is/,\$d" docs/your-data.md
substitute '^## How it is tested' '/^## How it is tested/,$d' docs/containers.md
substitute test/pipeline 's|^\(4\. Keep.*store`\.\) The.*|\1|; /^   point `setRemote`/d
	s| `make test` does all$||; /^this for real/,/^pushed and pulled, wrong/d' docs/remotes.md
substitute test-image 's| `make test-image` is not.*||; /^# minutes, and not every machine/d' .ci/run
substitute '^!params' 's|^!params.yaml|!test/testdata|; /^!data/d' .dockerignore
tree=$(sed -n '/^## Layout/,/^## /p' README.md | sed -n '/^```$/,/^```$/p' | sed "/^  pipeline  /d; /^  image  /d; /^\.dvc\/store  /d
	s|^  torture  .*|&\\
  testdata           the table, settings and cases that the programs' own tests run on|
	s|^cases/ .*|cases/               functional cases: rows that the model has to classify correctly|")
table='<!-- recipes: table -->
Nothing is measured yet.
<!-- end -->'
cat >README.md <<END
# $name

What is told apart, by which data, and where they come from: write it here. The pipeline runs with Go and
[DVC](https://dvc.org): [docs/your-data.md](docs/your-data.md) describes the table, [docs/comparing.md](docs/comparing.md) how
two revisions are compared.

\`\`\`sh
make repro    # sets everything up, reruns the stages that have changed, shows the metrics
make test     # sets everything up, runs the programs' tests
\`\`\`

## Recipes

$table

## Layout

$tree

The code is licensed under [Apache 2.0](LICENSE).
END
cat >docs/recipes.md <<END
# Recipes

A recipe is a set of changes to \`params.yaml\`. \`recipes/recipes.yaml\` lists them, and \`make recipes\` measures them.

<!-- recipes: commands -->
\`\`\`sh
dvc repro  # params.yaml as it is
\`\`\`
<!-- end -->

$table
END
cat >recipes/recipes.yaml <<END
# The recipes: what each sets in params.yaml, in the form of \`dvc exp run -S\`. \`make recipes\` measures them.

- name: default
  about: params.yaml as it is
END

git rm -qf --cached tools/adopt.sh
rm -f tools/adopt.sh
cp "$file" "$raw"
"$dvc" add -q "$raw"
quoted="'$(printf '%s' "$file" | sed "s/'/'\\\\''/g")'"
cat <<END
This is $module now, and its table $raw. What is left to do:

1. Describe the table in the data section of params.yaml. This prints the section to paste there, with guesses to correct:
     go run ./cmd/inspect $raw
   If it says that the pipeline does not read the file (semicolons, UTF-16), convert it:
     go run ./cmd/inspect -csv $raw $quoted && $dvc add $raw
2. Set train.scaling: standard and train.output: linear there, a good start for any table.
3. Say what the model tells apart in dvc.yaml (desc, under artifacts, which is empty: the page for people begins with
   it), README.md and Dockerfile (LABEL).
4. Put rows that the model must get right into cases/, as CSV files in the form of $raw.
5. make repro
6. dvc push, git add ., git commit. (make remote URL=... first, unless the data may be in git, in .dvc/store.)
END
