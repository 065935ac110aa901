# Everything here does its own set-up; it needs Python 3.11 or newer, make, and the package registry.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
AUDIT := .venv/audit/bin
ROLE ?=

.DEFAULT_GOAL := help
.PHONY: help run token test check format bench soak snapshot reference lock audit sbom docs clean

help: ## Say what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: .venv/run.stamp ## Start everything on this machine, show the main job, serve until Ctrl-C
	@exec $(BIN)/python -m app up

token: .venv/run.stamp ## Print a bearer token: make token USER=alice [ROLE=admin]
	@$(BIN)/python -m app token --user "$(USER)" $(if $(ROLE),--role "$(ROLE)")

# Compiled files are kept even where the environment forbids it: compiling takes every worker longer than collecting,
# and every process that a test starts a part of a second.
# Three workers for two cores: one of them often waits, for a disk, a clock or a process.
test: .venv/dev.stamp ## Run all tests
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 --dist worksteal

check: .venv/dev.stamp ## Check format, lint, types, who imports whom, and that the schema breaks no frontend
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m app schema --check
	@$(BIN)/python -m app settings --markdown | cmp - docs/reference/settings.md || { \
		echo "docs/reference/settings.md is not what the code says: make reference" >&2; exit 1; }
	@$(BIN)/hadolint deploy/Dockerfile
	@$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec deploy/compose.yaml
	@$(BIN)/cfn-lint deploy/aws/template.yaml
	@$(BIN)/python -m mkdocs build --strict

docs: .venv/dev.stamp ## Build the documentation into .cache/docs
	@$(BIN)/python -m mkdocs build --strict
	@echo "Open .cache/docs/index.html"

format: .venv/dev.stamp ## Format the code and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: .venv/dev.stamp ## Run the benchmarks, each beside its alternative
	@$(BIN)/python -m benchmarks

soak: .venv/dev.stamp ## Ten minutes of load and faults on everything: is memory flat, is the end right?
	@$(BIN)/python -m benchmarks.soak

snapshot: .venv/dev.stamp ## Write the schema's snapshot
	@$(BIN)/python -m app schema

reference: .venv/dev.stamp ## Write the pages of docs/reference that are made of the code
	@mkdir -p docs/reference
	@$(BIN)/python -m app settings --markdown > docs/reference/settings.md
	@$(BIN)/python -m tests.licences > docs/reference/licences.md

lock: .venv/dev.stamp ## Resolve the dependencies again
	@$(BIN)/pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-header \
		--no-annotate pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-header \
		--no-annotate pyproject.toml --extra otel -c requirements.lock -o requirements-otel.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-header \
		--no-annotate pyproject.toml --extra otel --group dev -c requirements.lock -o requirements-dev.lock

audit: .venv/audit.stamp ## Ask for known vulnerabilities in what is installed; needs PyPI's advisories
	@$(AUDIT)/pip-audit --strict --disable-pip --no-deps -r requirements.lock
	@$(AUDIT)/pip-audit --strict --disable-pip --no-deps -r requirements-dev.lock

sbom: .venv/audit.stamp ## Write the software bill of materials, sbom.json (CycloneDX)
	@$(AUDIT)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible \
		--output-file sbom.json requirements.lock

clean: ## Remove what was installed and built, not the data
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

.venv/run.stamp: requirements.lock | .venv/bin/pip
	@echo "Installing (once) …" >&2
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock >&2
	@touch $@

.venv/dev.stamp: requirements-dev.lock .venv/run.stamp
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.lock >&2
	@touch $@

.venv/audit.stamp: pyproject.toml | .venv/run.stamp
	@$(BIN)/pip install --quiet uv
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv/audit
	@$(BIN)/uv pip install --quiet --python $(AUDIT)/python --group audit
	@touch $@

.venv/bin/pip:
	@p="$(or $(PYTHON),python3)"; $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		v=$$($$p --version 2>/dev/null || echo missing); \
		echo "Yardsign needs Python 3.11 or newer; $$p is $$v." >&2; exit 1; }
	@$(PYTHON) -m venv .venv >&2 || { \
		rm -rf .venv; echo "Python cannot make a virtual environment; on Debian: apt install python3-venv" >&2; exit 1; }
