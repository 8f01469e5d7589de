# Names for commands; each can also be typed in the activated environment.
SHELL := /bin/bash
PYTHON ?= python3
CORES ?= all
PORT ?= 5000
MINUTES ?= 60
# Many tests wait for processes that they have started: two workers a core, eight at most.
WORKERS ?= $(shell cores=$$(getconf _NPROCESSORS_ONLN); echo $$((cores < 4 ? 2 * cores : 8)))
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export MLFLOW_DISABLE_TELEMETRY := true

.DEFAULT_GOAL := all
.PHONY: all demo check test campaign lint lint-workflow format ui record pull examples benchmark bench mutants audit lock help

all: .venv/.ok ## run the whole experiment: exercises, data, models, reports, tracking
	snakemake --cores $(CORES)

demo: .venv/.ok ## the same on the sample in the repository, with no network: a few minutes
	snakemake --cores $(CORES) demo

check: .venv/.ok lint ## lint, types, the tests of units and of the workflow: a few minutes
	pytest -q -n auto --dist loadfile --no-loadscope-reorder tests/unit tests/workflow

# In alphabetical order the long tests, in browser to server, come before the many short ones in unit.
test: .venv/.ok lint ## lint, then all tests
	pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations 15 --durations-min 15

campaign: .venv/.ok ## kill stages and the pipeline at random moments, for an hour or MINUTES=...
	MINUTES=$(MINUTES) pytest -q tests/faults/campaign.py

lint: .venv/.ok ## style, types and the workflow's form
	ruff check .
	ruff format --check .
	mypy
	snakefmt --check Snakefile workflow
	$(MAKE) --no-print-directory lint-workflow

# Rules have no environment of their own: the project has one, requirements.lock.
lint-workflow:
	@! snakemake --lint 2>&1 | grep -E '^    \* |Error' | grep -v 'Specify a conda environment or container'

format: .venv/.ok ## repair the style that lint checks
	ruff check --fix .
	ruff format .
	snakefmt Snakefile workflow

ui: .venv/.ok ## open the MLflow UI on http://127.0.0.1:5000 (or PORT=...), with all that has been tracked or pulled
	@for receipt in $(wildcard reports/*/tracking.json); do lemma track $$(basename $$(dirname $$receipt)) || exit; done
	lemma ui --port $(PORT)

record: .venv/.ok ## bring everything up to date, then let DVC record it in dvc.lock and its cache
	lemma stages --write
	@changed=$$(git status --porcelain -- src workflow Snakefile params.yaml reports resources); if [ -n "$$changed" ]; then \
	  echo "Not committed yet, and recorded all the same: commit these files together with dvc.lock, so that the commit"; \
	  echo "holds what made the results:"; echo "$$changed"; fi
	snakemake --cores $(CORES)
	dvc commit --quiet --force --no-relink

pull: .venv/.ok ## get recorded data and models from the DVC remote, and tell Snakemake that they are current
	dvc pull
	dvc status --quiet
	snakemake --touch --forceall --cores 1 --quiet all

examples: ## copy the PDFs of reports/ to docs/examples, those that are there, and the JSON that their numbers are from
	@cd docs/examples && for pdf in *.pdf */*.pdf; do \
		if [ -e ../../reports/$$pdf ]; then cp -v ../../reports/$$pdf $$pdf; fi; done
	@cd docs/examples && for pdf in */report.pdf; do folder=$$(dirname $$pdf); \
		for json in facts metrics significance curves; do \
		if [ -e ../../reports/$$folder/$$json.json ]; then cp -v ../../reports/$$folder/$$json.json $$folder/; fi; \
		done; done

benchmark: .venv/.ok ## run every experiment of benchmark/, or what is left of it: hours; then reports/benchmark.pdf
	lemma benchmark all --cores $(CORES)

bench: .venv/.ok ## speed and memory, as ratios measured in one run
	python -m tests.bench

mutants: .venv/.ok ## which changes of the code that computes printed numbers no test notices: an hour
	python -m tests.mutants

audit: .venv/.ok ## known vulnerabilities of the pinned packages (asks an advisory database)
	pip-audit --requirement requirements.lock --no-deps --disable-pip

lock: ## resolve requirements.lock again from pyproject.toml
	$(PYTHON) -m venv .venv/lock && .venv/lock/bin/pip install --quiet pip-tools
	.venv/lock/bin/pip-compile --quiet --extra dev --strip-extras --no-annotate --no-emit-options \
		--no-emit-index-url --no-emit-find-links --output-file requirements.lock pyproject.toml
	# no local tag: the same line gives the CPU build where that is what pip finds, and the CUDA build elsewhere
	sed -i 's/^\(torch==[0-9.]*\)+.*/\1/' requirements.lock

.venv/.ok: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "lemma needs Python 3.11 or newer: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --requirement requirements.lock
	.venv/bin/python -m pip install --quiet --no-deps --editable .
	touch $@

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' Makefile
