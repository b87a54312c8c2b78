# Every target sets up what it needs in .venv; only Python >= 3.11 and make are expected on the machine.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
NODE_TESTS := tests/conformance/node
NODE_SDK := $(NODE_TESTS)/node_modules/ready
JOBS ?= auto

.PHONY: help demo man test lint unit test-system conformance-go live soak bench lock clean
.DEFAULT_GOAL := help

help:
	@echo "make demo         back up a bucket on the embedded emulator: the main job, in under a minute"
	@echo "make test         lint and every test that needs nothing but PyPI and npm"
	@echo "make test-system  tests that need root and Debian packages (other file systems, a full disk)"
	@echo "make conformance-go  the Go SDK and qshell against the emulator; needs Go and its module proxy"
	@echo "make soak         long tests: a thousand kills and more"
	@echo "make bench        speed and memory, side by side with a peer"
	@echo "make live         the contract suite against the real cloud; keys and a scratch bucket in the environment"
	@echo "make man          the manual pages again, from the help of the commands"
	@echo "make lock         resolve requirements/*.in again, with hashes"

$(READY): pyproject.toml requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "kodokeep needs Python 3.11 or newer; set PYTHON=..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# The Node SDK, by the npm that requirements/dev.txt brings.
$(NODE_SDK): $(NODE_TESTS)/package-lock.json | $(READY)
	@$(BIN)/npm --prefix $(NODE_TESTS) ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

demo: $(READY)
	@$(BIN)/kodokeep demo

man: $(READY)
	@$(BIN)/python -m tools.manpages man

test: lint unit

lint: $(READY)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

unit: $(READY) $(NODE_SDK)
	@$(BIN)/pytest -n $(JOBS) -m "not soak and not system"

conformance-go: $(READY)
	@$(BIN)/python -m tests.conformance.go

soak: $(READY)
	@$(BIN)/pytest -n $(JOBS) -m soak --timeout=3600

test-system: $(READY)
	@sh tests/system/prepare.sh
	@$(BIN)/pytest -n $(JOBS) -m system tests/system

$(VENV)/bench-ready: $(READY) requirements/bench.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	@touch $@

bench: $(VENV)/bench-ready
	@$(BIN)/python -m benchmarks

live: $(READY)
	@$(BIN)/pytest tests/contract --live -p no:randomly

lock: $(READY)
	@$(BIN)/uv pip compile requirements/dev.in pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet --output-file requirements/dev.txt
	@$(BIN)/uv pip compile requirements/bench.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet --output-file requirements/bench.txt
	@$(BIN)/python -m tests.conformance.node.relock

clean:
	rm -rf $(VENV) $(NODE_TESTS)/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
