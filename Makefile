# The two commands are `make repro` and `make test`. They need Go, Python 3.11 or later, git and make;
# the first run installs DVC into .venv, pinned by hash. A target is a few lines: add yours in the same way.

PYTHON ?= python3
VENV   := .venv
DVC    := $(VENV)/bin/dvc
PIP    := $(VENV)/bin/python -m pip install -q --disable-pip-version-check --require-hashes

.DEFAULT_GOAL := setup
.PHONY: help setup repro test vet lint cover pipeline test-arches test-javascript fingerprint bench bench-peers bench-scale lock references clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/installed .dvc/config.local data/sonar.all-data ## install DVC into .venv, fetch the raw data

repro: setup ## rerun the stages that have changed, show the metrics
	$(DVC) repro
	$(DVC) metrics show --precision 3 experiments/live/metrics.json
	$(DVC) metrics show --precision 3 experiments/evaluation/metrics.json

test: vet lint cover pipeline ## run the next four targets

vet: ## run go vet and gofmt
	@gofmt -l . | sed 's/$$/: run gofmt/' | grep . && exit 1 || true
	go vet ./...
	go vet -tags pipeline,arches,image,javascript,cluster,browser ./test/...

lint: ## run staticcheck, and look for dead code
	go tool -modfile=tools/lint/go.mod staticcheck -tags pipeline,arches,image,javascript,cluster,browser ./...
	sh tools/deadcode.sh

cover: ## run the unit tests with coverage
	go test -coverpkg=./... -coverprofile=coverage.out ./...
	@go tool cover -func=coverage.out | tail -n 1

pipeline: setup $(VENV)/installed-test ## test the pipeline as people use it, with the real DVC and git
	go test -tags pipeline -count=1 -timeout 40m ./test/pipeline ./test/usage ./test/exactness/... ./test/mutation ./test/torture

test-arches: ## test the bytes on arm64, riscv64, s390x and ppc64le, emulated; needs qemu-user-static
	go test -tags arches -count=1 -timeout 40m -run 'Architectures|Fused' ./test/exactness

test-javascript: ## test model.onnx in JavaScript; needs Node.js with npm: 300 MB
	cd test/usage && npm ci --ignore-scripts --no-audit --no-fund
	go test -tags javascript -count=1 ./test/usage

fingerprint: ## compare this machine's bytes with the pinned ones, for a bug report; needs only Go
	@go run ./test/exactness/fingerprint

bench: setup ## time whole programs, products and trainings
	go test -tags pipeline -run "^$$" -bench . -benchtime 1x -timeout 30m ./test/pipeline
	go run ./bench -roofline
	go run ./bench

bench-peers: setup ## time training beside PyTorch and scikit-learn, in a venv of their own: 3 GB
	$(DVC) repro -q prepare
	$(MAKE) -C reference .venv/installed PYTHON='$(PYTHON)'
	go run ./bench -peers reference/.venv/bin/python

bench-scale: setup ## time whole programs on tables of growing size, beside peers if bench-peers has installed them
	go run ./bench -scale -rounds 3 -peers "$(wildcard reference/.venv/bin/python)"

lock: ## compile requirements/{dvc,build,test}.in; needs uv
	for name in requirements/dvc requirements/build requirements/test; do \
		uv pip compile -q --universal --python-version 3.11 --generate-hashes \
			--custom-compile-command 'make lock' $$name.in -o $$name.txt || exit; done

references: setup ## regenerate the tests' reference data, with PyTorch: 3 GB
	$(MAKE) -C reference references PYTHON='$(PYTHON)'

clean: ## remove .venv and what tests leave behind
	rm -rf $(VENV) coverage.out dvc_plots

# One package, antlr4-python3-runtime, is distributed only as source. It is built with the setuptools that is
# installed first, also pinned by hash, instead of the newest one, which pip would fetch.
$(VENV)/installed: requirements/build.txt requirements/dvc.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit( \
		"make: Python 3.11 or later is needed, $(PYTHON) is " + sys.version.split()[0] + "; name another: make PYTHON=python3.12")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo 'make: $(PYTHON) has no venv module; on Debian and Ubuntu: apt-get install python3-venv' >&2; exit 1; }
	@[ ! -L $(VENV) ] || { echo 'make: $(VENV) is a link, and what it points to is not cleared: remove the link, or run make where it points' >&2; exit 1; }
	@echo 'make: installing DVC into $(VENV), which takes some minutes'
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP) -r requirements/build.txt
	$(PIP) --no-build-isolation -r requirements/dvc.txt
	@touch $@

$(VENV)/installed-test: $(VENV)/installed requirements/test.txt
	$(PIP) -r requirements/test.txt
	@touch $@

# Written once, so that an address of your own stays: see .dvc/config.
.dvc/config.local: | $(VENV)/installed
	@sh tools/remote.sh

data/sonar.all-data: data/sonar.all-data.dvc | $(VENV)/installed .dvc/config.local
	$(DVC) pull -q $<
	@touch $@

# Recipes: docs/recipes.md. The thorough tests take minutes, so `make test` runs only a part of each.

.PHONY: tune page test-page recipes search calibrate test-kill torture fuzz test-recipes

tune: setup ## search the space of tuning/params.yaml, unless nothing has changed: docs/tuning.md
	$(DVC) repro tuning/dvc.yaml

FUZZTIME ?= 1m
FUZZWORKERS ?=

page: ## make a page for people, bin/page.html, of what the stages wrote: make page BASE=origin/main
	go run ./tools/page $${BASE:+-- "$$BASE"}

test-page: ## look at the page in Chromium; installs it, as root
	test/browser/lab.sh
	go test -tags browser -count=1 ./test/browser

recipes: data/sonar.all-data ## measure the recipes and write their table
	go run ./recipes

search: data/sonar.all-data ## tune the recipe called searched; takes a quarter of an hour
	go run ./recipes/search

calibrate: data/sonar.all-data ## measure the false alarms and the power of the tests of compare; takes half an hour
	go run ./test/calibration

test-kill: ## kill trainings: 200 SIGKILLs at random times, and one at every step of writing
	go test -count=1 -timeout 30m -v -run 'Killed|Kills' ./cmd/train -thorough

torture: ## disturb every program: kills, faults by strace, a full disk (as root), hostile files; prints a table
	go test -tags pipeline -count=1 -timeout 120m -v ./test/torture -thorough

fuzz: ## explore every fuzz target for FUZZTIME each, a minute by default; an input that fails is kept
	sh tools/fuzz.sh $(FUZZTIME) $(FUZZWORKERS)

test-recipes: ## measure the whole table of recipes again and compare
	go test -count=1 -timeout 60m -v -run Table ./recipes -thorough

# Shipping: docs/containers.md, docs/remotes.md, docs/dependencies.md.

COMPOSE  ?= docker compose
AS_YOU   := SONAR_USER=$${SONAR_USER:-$$(id -u):$$(id -g)} # in rootless Docker you are 0:0, so name that
GO_TOOLS := go tool -modfile=tools/ci/go.mod

.PHONY: up deploy status reproduce remote pull release verify lint-ci vulncheck test-image adopt lock-remotes

up: data/sonar.all-data ## prepare, train and evaluate in containers, under your user
	$(AS_YOU) $(COMPOSE) up --build --abort-on-container-failure

deploy: ## the same with a pushed image: make deploy SONAR_IMAGE=name@sha256:...
	$(AS_YOU) $(COMPOSE) pull
	$(AS_YOU) $(COMPOSE) up --no-build --abort-on-container-failure

status: setup ## fail if a file differs from dvc.lock
	$(DVC) status dvc.yaml
	@$(DVC) status -q dvc.yaml

reproduce: setup ## run every stage again; fail if a result differs from the committed one
	$(DVC) repro --force
	git diff --exit-code -- dvc.lock experiments

remote: setup ## set this clone's DVC remote: make remote URL=s3://bucket/folder; without URL, the project's
	@sh tools/remote.sh "$$URL" "$$ENDPOINT"

pull: setup ## fetch everything that DVC keeps of this commit
	$(DVC) pull

adopt: $(VENV)/installed ## make the project yours: make adopt MODULE=github.com/you/wine FILE=~/wine.csv
	@sh tools/adopt.sh "$$MODULE" "$$FILE"

release: ## archive the programs in dist/: make release VERSION=v1.2.3
	sh tools/release.sh "$$VERSION"

verify: ## compare the modules with go.sum
	go mod verify
	@for module in tools/*/go.mod; do (cd $${module%/*} && go mod verify) || exit; done

lint-ci: $(VENV)/installed-ci ## run shellcheck, hadolint, actionlint and zizmor
	$(VENV)/bin/shellcheck .ci/run .github/name-image cluster/*.sh tools/*.sh test/*/*.sh
	$(VENV)/bin/hadolint Dockerfile tools/go/Dockerfile
	$(GO_TOOLS) actionlint -shellcheck $(VENV)/bin/shellcheck
	$(VENV)/bin/zizmor -q --offline --persona=pedantic .github

vulncheck: ## look for known vulnerabilities that the programs can reach; needs vuln.go.dev
	$(GO_TOOLS) govulncheck ./...

test-image: data/sonar.all-data ## run the image and compose for real; installs buildah and podman, as root
	test/image/lab.sh
	go test -tags image -count=1 -timeout 20m -v ./test/image

# Clusters: docs/cluster.md.

.PHONY: test-cluster

test-cluster: setup $(VENV)/installed-s3 $(VENV)/bin/versitygw ## run cluster/ on a real Slurm of three nodes; installs it, as root
	test/cluster/lab.sh
	go test -tags cluster -count=1 -timeout 40m -v ./test/cluster

pipeline: $(VENV)/installed-s3

$(VENV)/installed-%: requirements/%.txt | $(VENV)/installed
	$(PIP) -r $<
	@touch $@

# requirements/dvc.txt pins most of what these need; gdrive.in names what Drive needs in another version.
lock-remotes: lock ## compile requirements/{ci,s3,ssh,gdrive}.in; needs uv
	@sed -n 's/^\([a-z0-9._-]*==[^\\]*\).*/\1/p' requirements/dvc.txt >$(VENV)/held
	for name in ci s3 ssh gdrive; do \
		grep -vE "^($$(sed -n 's/^# In place of: //p' requirements/$$name.in))==" $(VENV)/held >$(VENV)/held-$$name; \
		uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-strip-extras \
			$$(sed 's/^\([^=]*\)==.*/--no-emit-package \1/' $(VENV)/held-$$name) -c $(VENV)/held-$$name \
			--custom-compile-command 'make lock-remotes' requirements/$$name.in -o requirements/$$name.txt || exit; done

# A real S3 server to test remotes with.
pipeline: $(VENV)/bin/versitygw

$(VENV)/bin/versitygw: tools/s3/go.sum | $(VENV)/installed
	go build -modfile=tools/s3/go.mod -ldflags '-s -w' -o $@ github.com/versity/versitygw/cmd/versitygw

# The pull request: .github/workflows/ci.yml.

.PHONY: report comment gate merged

report: $(VENV)/installed ## compare this work tree with a revision, in bin/report.md: make report BASE=origin/main
	go build -o bin/ ./cmd/compare
	bin/compare -format markdown -- "$$BASE" >bin/report.md || [ $$? -le 3 ]
	@{ printf '\n<details><summary>dvc metrics diff</summary>\n\n'; \
		$(DVC) metrics diff --md --precision 4 -- "$$BASE" || echo 'It failed.'; \
		printf '\n</details>\n'; } >>bin/report.md
	@cat bin/report.md >>"$${GITHUB_STEP_SUMMARY:-/dev/stdout}"

comment: ## put bin/report.md on a pull request, replacing the previous one: make comment PR=12
	go run ./tools/comment -pr "$$PR" bin/report.md

gate: ## fail on a regression, or if nothing can be compared: make gate BASE=origin/main
	go build -o bin/ ./cmd/compare
	@PYTHON='$(PYTHON)' sh tools/gate.sh "$$BASE" "$$LABELS"

merged: $(VENV)/installed ## after a merge with conflicts: run the pipeline on what was merged, add what it writes
	@DVC='$(DVC)' sh tools/merged.sh
