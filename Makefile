# Set-up and the daily jobs. A bare machine needs python3 (3.11 or newer), make and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= out
UV := UV_NO_CONFIG=1 $(BIN)/uv
CASES := jilin-2021-example jilin-2021

.PHONY: run report setup dev test check format lock bench clean

run: report

# The main job: the official report of the built-in Jilin case, twice: the reconstructed example and the printed facts.
report: setup
	@for case in $(CASES); do $(BIN)/zhiheng report $$case --out $(OUT)/$$case || exit $$?; done

setup: .stamp/core
dev: .stamp/dev

.stamp/bootstrap: requirements/bootstrap.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "zhiheng needs Python 3.11 or newer; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@mkdir -p .stamp && touch $@

.stamp/core: .stamp/bootstrap requirements/core.txt pyproject.toml
	@if [ -e .stamp/dev ]; then echo "development set-up is in place"; else \
	  $(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/core.txt requirements/bootstrap.txt && \
	  $(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .; fi
	@mkdir -p .stamp && touch $@

.stamp/dev: .stamp/bootstrap requirements/dev.txt pyproject.toml
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt requirements/bootstrap.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@mkdir -p .stamp && touch $@ .stamp/core

test: dev
	$(BIN)/python -m pytest -n 2 $(ARGS)

check: dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Our figures beside those of rivals and floors, each in one run; see benchmarks/README.md.
bench: .stamp/bench
	$(BIN)/python benchmarks/score.py
	$(BIN)/python benchmarks/report.py

.stamp/bench: .stamp/dev requirements/bench.txt
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/bench.txt
	@touch $@

# Locks with hashes and without the address of any registry.
lock: .stamp/bootstrap
	@for name in bootstrap core web s3 dev bench; do \
	  $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --custom-compile-command 'make lock' requirements/$$name.in -o requirements/$$name.txt || exit $$?; done

clean:
	rm -rf $(VENV) .stamp $(OUT) build dist src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
