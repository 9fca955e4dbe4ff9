# The two commands are `make repro` and `make test`. They need Go, Python 3.11 or later, git and make;
# the first run brings DVC, by hash, into .venv. One target is a few lines: add yours in the same way.

PYTHON ?= python3
VENV   := .venv
DVC    := $(VENV)/bin/dvc
PIP    := $(VENV)/bin/python -m pip install -q --disable-pip-version-check --require-hashes

.DEFAULT_GOAL := setup
.PHONY: help setup repro test vet lint cover e2e bench lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/installed .dvc/config.local data/sonar.all-data ## DVC in .venv, the raw data in data/

repro: setup ## run what has changed of the pipeline, show the metrics
	$(DVC) repro
	$(DVC) metrics show

test: vet lint cover e2e ## the four below

vet: ## go vet and gofmt
	@gofmt -l . | sed 's/$$/: run gofmt/' | grep . && exit 1 || true
	go vet ./...
	go vet -tags e2e ./e2e

lint: ## staticcheck
	go tool -modfile=tools/lint/go.mod staticcheck -tags e2e ./...

cover: ## unit tests with coverage
	go test -coverpkg=./... -coverprofile=coverage.out ./...
	@go tool cover -func=coverage.out | tail -n 1

e2e: setup $(VENV)/installed-test ## the pipeline as people use it, with the real DVC and git
	go test -tags e2e -count=1 -timeout 20m ./e2e

bench: setup ## medians and ratios of whole programs
	go test -tags e2e -run "^$$" -bench . -benchtime 1x -timeout 30m ./e2e

lock: ## compile requirements*.in to requirements*.txt; needs uv
	for name in requirements requirements-build requirements-test; do \
		uv pip compile -q --universal --python-version 3.11 --generate-hashes \
			--custom-compile-command 'make lock' $$name.in -o $$name.txt || exit; done

clean: ## remove .venv and what tests leave
	rm -rf $(VENV) coverage.out dvc_plots

# One package, antlr4-python3-runtime, comes as source only: it is built with the setuptools installed
# before it, by hash too, and not with the newest that pip would fetch.
$(VENV)/installed: requirements-build.txt requirements.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit( \
		"make: Python 3.11 or later is needed, $(PYTHON) is " + sys.version.split()[0] + "; name another: make PYTHON=python3.12")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo 'make: $(PYTHON) has no venv module; on Debian and Ubuntu: apt-get install python3-venv' >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP) -r requirements-build.txt
	$(PIP) --no-build-isolation -r requirements.txt
	@touch $@

$(VENV)/installed-test: $(VENV)/installed requirements-test.txt
	$(PIP) -r requirements-test.txt
	@touch $@

# Once, so that an address of your own stays: see .dvc/config.
.dvc/config.local: | $(VENV)/installed
	$(DVC) remote modify --local origin url '$(CURDIR)/.dvc/store'

data/sonar.all-data: data/sonar.all-data.dvc | $(VENV)/installed .dvc/config.local
	$(DVC) pull -q $<
	@touch $@
