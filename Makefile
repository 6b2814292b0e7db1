# Narrowgate. `make demo` and `make test` each work alone on a fresh clone with Python 3.11 or newer.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export NARROWGATE_PSEUDONYM_SECRET :=

.DEFAULT_GOAL := help
.PHONY: help demo browser screenshots test bench bench-ledger bench-http bench-records soak serve schemas lock clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

$(READY): requirements/dev.txt pyproject.toml
	@echo "setting up $(VENV) (once)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 2; }
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

demo: $(READY) ## Filter an invented export for the ID-card printer, and show what was stripped
	@$(BIN)/narrowgate demo

browser: $(READY) ## Get Chromium, and axe-core from npm, for the tests of the console
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	{ echo "installing Chromium (once)"; \
	apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null; } || \
	{ echo "the console is tested in Chromium: install it, and run this again"; exit 2; }
	@PYTHONPATH=tests $(BIN)/python -m support.axe

screenshots: browser ## Draw docs/images anew
	@$(BIN)/narrowgate opa install
	@PYTHONPATH=tests $(BIN)/python tools/screenshots.py

test: $(READY) browser ## Everything CI runs: lint, types, layers, policies, tests
	@$(BIN)/narrowgate opa install
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	@opa="$$($(BIN)/narrowgate opa path)" && set -x && \
	"$$opa" fmt --fail --list policies engine/narrowgate/policy/authz && \
	"$$opa" check --strict --schema schemas --capabilities policies/capabilities.json --bundle policies
	$(BIN)/narrowgate policy lint --on 2026-06-01
	$(BIN)/narrowgate policy test --fail-under 100
	$(BIN)/narrowgate policy verify
	$(BIN)/pytest --numprocesses=auto --dist=worksteal

bench: $(READY) ## Time the gate beside Polars, DuckDB and one OPA call per record
	@$(BIN)/narrowgate opa install
	@$(BIN)/python tests/bench/bench.py

bench-ledger: $(READY) ## Time a ledger of ten years: 20,800 releases, 175 million disclosures
	@$(BIN)/narrowgate opa install
	@PYTHONPATH=tests $(BIN)/python -m bench.ledger

bench-http: $(READY) ## Time an export through HTTP beside the command line, and ten large uploads at once
	@$(BIN)/narrowgate opa install
	@PYTHONPATH=tests $(BIN)/python -m bench.gateway

bench-records: $(READY) ## Time POST /v1/records beside bare OPA, with 50 clients (needs wrk)
	@$(BIN)/narrowgate opa install
	@PYTHONPATH=tests $(BIN)/python -m bench.records

soak: $(READY) ## Mixed load on the gateway, with kills, dropped clients and OPAs that end, for some minutes
	@$(BIN)/narrowgate opa install
	@PYTHONPATH=tests $(BIN)/python -m support.soak

serve: $(READY) ## Answer HTTP on 127.0.0.1:8480, with example data: API and console
	@$(BIN)/narrowgate opa install
	@PATH="$(CURDIR)/$(BIN):$$PATH" examples/gateway/run

schemas: $(READY) ## Write the generated JSON Schemas, and the page of problems
	@$(BIN)/python tools/schemas.py
	@$(BIN)/python tools/problems.py

lock: ## Renew requirements/*.txt (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --extra gateway --extra tracing --extra postgres --group dev pyproject.toml -o requirements/dev.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --extra gateway --extra tracing --extra postgres pyproject.toml -o requirements/runtime.txt

clean: ## Remove what make made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
