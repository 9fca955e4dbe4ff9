# The two commands are `make repro` and `make test`. They need Go, Python 3.11 or later, git and make;
# the first run brings DVC, by hash, into .venv. One target is a few lines: add yours in the same way.

PYTHON ?= python3
VENV   := .venv
DVC    := $(VENV)/bin/dvc
PIP    := $(VENV)/bin/python -m pip install -q --disable-pip-version-check --require-hashes

.DEFAULT_GOAL := setup
.PHONY: help setup repro test vet lint cover pipeline test-arches bench bench-peers lock references clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/installed .dvc/config.local data/sonar.all-data ## DVC in .venv, the raw data in data/

repro: setup ## run what has changed of the pipeline, show the metrics
	$(DVC) repro
	$(DVC) metrics show --precision 3 experiments/live/metrics.json
	$(DVC) metrics show --precision 3 experiments/evaluation/metrics.json

test: vet lint cover pipeline ## the four below

vet: ## go vet and gofmt
	@gofmt -l . | sed 's/$$/: run gofmt/' | grep . && exit 1 || true
	go vet ./...
	go vet -tags pipeline,arches,image ./test/...

lint: ## staticcheck
	go tool -modfile=tools/lint/go.mod staticcheck -tags pipeline,arches,image ./...

cover: ## unit tests with coverage
	go test -coverpkg=./... -coverprofile=coverage.out ./...
	@go tool cover -func=coverage.out | tail -n 1

pipeline: setup $(VENV)/installed-test ## the pipeline as people use it, with the real DVC and git
	go test -tags pipeline -count=1 -timeout 20m ./test/pipeline ./test/exactness

test-arches: ## the same bytes on arm64, riscv64, s390x and ppc64le, emulated: needs qemu-user-static
	go test -tags arches -count=1 -timeout 20m -run 'Architectures|Fused' ./test/exactness

bench: setup ## medians and ratios of whole programs, products and trainings
	go test -tags pipeline -run "^$$" -bench . -benchtime 1x -timeout 30m ./test/pipeline
	go run ./bench -roofline
	go run ./bench

bench-peers: setup ## the training beside PyTorch and scikit-learn, in a venv of their own: 3 GB
	$(MAKE) -C reference .venv/installed PYTHON='$(PYTHON)'
	go run ./bench -peers reference/.venv/bin/python

lock: ## compile requirements/*.in to requirements/*.txt; needs uv
	for name in requirements/dvc requirements/build requirements/test; do \
		uv pip compile -q --universal --python-version 3.11 --generate-hashes \
			--custom-compile-command 'make lock' $$name.in -o $$name.txt || exit; done

references: setup ## make the tests' reference data again: PyTorch, 3 GB
	$(MAKE) -C reference references PYTHON='$(PYTHON)'

clean: ## remove .venv and what tests leave
	rm -rf $(VENV) coverage.out dvc_plots

# One package, antlr4-python3-runtime, comes as source only: it is built with the setuptools installed
# before it, by hash too, and not with the newest that pip would fetch.
$(VENV)/installed: requirements/build.txt requirements/dvc.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit( \
		"make: Python 3.11 or later is needed, $(PYTHON) is " + sys.version.split()[0] + "; name another: make PYTHON=python3.12")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo 'make: $(PYTHON) has no venv module; on Debian and Ubuntu: apt-get install python3-venv' >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP) -r requirements/build.txt
	$(PIP) --no-build-isolation -r requirements/dvc.txt
	@touch $@

$(VENV)/installed-test: $(VENV)/installed requirements/test.txt
	$(PIP) -r requirements/test.txt
	@touch $@

# Once, so that an address of your own stays: see .dvc/config.
.dvc/config.local: | $(VENV)/installed
	@sh tools/remote.sh

data/sonar.all-data: data/sonar.all-data.dvc | $(VENV)/installed .dvc/config.local
	$(DVC) pull -q $<
	@touch $@

# Recipes: docs/recipes.md. The thorough tests take minutes, so that `make test` has a part of each only.

.PHONY: recipes search test-kill test-recipes

recipes: ## measure the recipes, write their table
	go run ./recipes

search: data/sonar.all-data ## choose a recipe by nested cross-validation, a quarter of an hour
	go run ./recipes/search

test-kill: ## 200 SIGKILLs at random times, and one at every step of writing
	go test -count=1 -timeout 30m -v -run 'Killed|Kills' ./cmd/train -thorough

test-recipes: ## the table of recipes, all of it measured again
	go test -count=1 -timeout 60m -v -run Table ./recipes -thorough

# Shipping: docs/containers.md, docs/remotes.md, docs/dependencies.md.

COMPOSE  ?= docker compose
AS_YOU   := SONAR_USER=$$(id -u):$$(id -g)
GO_TOOLS := go tool -modfile=tools/ci/go.mod

.PHONY: up deploy status reproduce remote pull release verify lint-ci vulncheck test-image lock-remotes

up: data/sonar.all-data ## prepare, train and evaluate in containers, as you
	$(AS_YOU) $(COMPOSE) up --build --abort-on-container-failure

deploy: ## the same from a pushed image: make deploy SONAR_IMAGE=name@sha256:...
	$(AS_YOU) $(COMPOSE) pull
	$(AS_YOU) $(COMPOSE) up --no-build --abort-on-container-failure

status: setup ## fail where a file is not that of dvc.lock
	$(DVC) status
	@$(DVC) status -q

reproduce: setup ## run every stage again; fail where a committed result is not this machine's
	$(DVC) repro --force
	git diff --exit-code -- dvc.lock experiments

remote: setup ## another DVC remote for this clone: make remote URL=s3://bucket/folder; no URL: the project's
	@sh tools/remote.sh "$$URL" "$$ENDPOINT"

pull: setup ## all that DVC keeps of this commit
	$(DVC) pull

release: ## archives of the programs in dist/: make release VERSION=v1.2.3
	sh tools/release.sh "$$VERSION"

verify: ## the modules are those of go.sum
	go mod verify
	@for module in tools/*/go.mod; do (cd $${module%/*} && go mod verify) || exit; done

lint-ci: $(VENV)/installed-ci ## shellcheck, hadolint, actionlint, zizmor
	$(VENV)/bin/shellcheck .ci/run .github/name-image tools/*.sh test/image/*.sh
	$(VENV)/bin/hadolint Dockerfile tools/go/Dockerfile
	$(GO_TOOLS) actionlint -shellcheck $(VENV)/bin/shellcheck
	$(VENV)/bin/zizmor -q --offline --persona=pedantic .github

vulncheck: ## known vulnerabilities of what the programs use; needs vuln.go.dev
	$(GO_TOOLS) govulncheck ./...

test-image: data/sonar.all-data ## the image and compose, really run; sets buildah and podman up when root
	test/image/lab.sh
	go test -tags image -count=1 -timeout 20m -v ./test/image

pipeline: $(VENV)/installed-s3

$(VENV)/installed-%: requirements/%.txt | $(VENV)/installed
	$(PIP) -r $<
	@touch $@

# Of what these need, requirements/dvc.txt pins most; what Drive needs in its place is said in its .in.
lock-remotes: lock ## compile requirements/{ci,s3,ssh,gdrive}.in
	@sed -n 's/^\([a-z0-9._-]*==[^\\]*\).*/\1/p' requirements/dvc.txt >$(VENV)/held
	for name in ci s3 ssh gdrive; do \
		grep -vE "^($$(sed -n 's/^# In place of: //p' requirements/$$name.in))==" $(VENV)/held >$(VENV)/held-$$name; \
		uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-strip-extras \
			$$(sed 's/^\([^=]*\)==.*/--no-emit-package \1/' $(VENV)/held-$$name) -c $(VENV)/held-$$name \
			--custom-compile-command 'make lock-remotes' requirements/$$name.in -o requirements/$$name.txt || exit; done

# A real S3 server, to test remotes against.
pipeline: $(VENV)/bin/versitygw

$(VENV)/bin/versitygw: tools/s3/go.sum | $(VENV)/installed
	go build -modfile=tools/s3/go.mod -ldflags '-s -w' -o $@ github.com/versity/versitygw/cmd/versitygw

# The pull request: .github/workflows/ci.yml.

.PHONY: report comment gate

report: $(VENV)/installed ## this work tree against another revision, in bin/report.md: make report BASE=origin/main
	go build -o bin/ ./cmd/compare
	bin/compare -format markdown "$$BASE" >bin/report.md || [ $$? -le 2 ]
	@{ printf '\n<details><summary>dvc metrics diff</summary>\n\n'; \
		$(DVC) metrics diff --md --precision 4 "$$BASE" || echo 'It failed.'; \
		printf '\n</details>\n'; } >>bin/report.md
	@cat bin/report.md >>"$${GITHUB_STEP_SUMMARY:-/dev/stdout}"

comment: ## bin/report.md on a pull request, in the place of the last one: make comment PR=12
	go run ./tools/comment -pr "$$PR" bin/report.md

gate: ## fail on a regression, or where there is nothing to compare with: make gate BASE=origin/main
	go build -o bin/ ./cmd/compare
	@sh tools/gate.sh "$$BASE" "$$LABELS"
