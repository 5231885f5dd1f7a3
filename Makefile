# Set-up and the daily jobs. A bare machine needs python3 (3.11 or newer), make and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= out
UV := UV_NO_CONFIG=1 $(BIN)/uv
PORT ?= 8000
CASES := jilin-2021-example jilin-2021

.PHONY: run report setup dev test check audit format lock wheelhouse bench clean

# The report files where there are none yet, then the site with its demonstration, served until Ctrl-C.
run: setup
	@[ -e $(OUT)/jilin-2021/report.xlsx ] || $(MAKE) --no-print-directory report
	@exec $(BIN)/zhiheng site serve --port $(PORT) --demo

# The official report of the built-in Jilin case, twice: the reconstructed example and the printed facts.
report: setup
	@for case in $(CASES); do $(BIN)/zhiheng report $$case --out $(OUT)/$$case || exit $$?; done

setup: .stamp/core
dev: .stamp/dev

.stamp/bootstrap: requirements/bootstrap.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "zhiheng needs Python 3.11 or newer; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@mkdir -p .stamp && touch $@

# Bytecode comes with the packages: the processes that read evidence may write no file, and would compile at every start.
COMPILED := --compile-bytecode

.stamp/core: .stamp/bootstrap requirements/web.txt pyproject.toml
	@if [ -e .stamp/dev ]; then echo "development set-up is in place"; else \
	  $(UV) pip sync --quiet $(COMPILED) --python $(BIN)/python --require-hashes requirements/web.txt requirements/bootstrap.txt && \
	  $(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .; fi
	@mkdir -p .stamp && touch $@

.stamp/dev: .stamp/bootstrap requirements/dev.txt pyproject.toml
	$(UV) pip sync --quiet $(COMPILED) --python $(BIN)/python --require-hashes requirements/dev.txt requirements/bootstrap.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@mkdir -p .stamp && touch $@ .stamp/core

# Everything on SQLite, then what the database can change again on PostgreSQL; tests/conftest.py says what stays together.
SPREAD := -n 2 --no-loadscope-reorder
test: dev
	$(BIN)/python -m pytest $(SPREAD) $(ARGS)
	$(BIN)/python tools/postgres.py $(BIN)/python -m pytest $(SPREAD) tests/web $(ARGS)

check: dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	ZHIHENG_DATA=.stamp/check $(BIN)/zhiheng site manage makemigrations --check --dry-run
	ZHIHENG_DATA=.stamp/check ZHIHENG_HTTPS=1 $(BIN)/zhiheng site manage check --deploy --fail-level WARNING

# Known faults of what we install; asks the network, so it is a job of its own.
audit: dev
	$(BIN)/python tools/audit_dependencies.py

format: dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Our figures beside those of rivals and floors, each in one run; see benchmarks/README.md.
bench: .stamp/bench
	$(BIN)/python benchmarks/score.py
	$(BIN)/python benchmarks/report.py
	$(BIN)/python benchmarks/site.py
	$(BIN)/python benchmarks/imports.py
	$(BIN)/python benchmarks/large_round.py
	$(BIN)/python benchmarks/dashboard.py
	$(BIN)/python benchmarks/finalise.py
	$(BIN)/python benchmarks/large_report.py

.stamp/bench: .stamp/dev requirements/bench.txt
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/bench.txt
	@touch $@

# Locks with hashes and without the address of any registry.
lock: .stamp/bootstrap
	@for name in bootstrap core web s3 dev bench; do \
	  $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --custom-compile-command 'make lock' requirements/$$name.in -o requirements/$$name.txt || exit $$?; done

# Everything that an installation without a network needs, by hash; for the kind of machine that runs this.
wheelhouse: .stamp/bootstrap
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --only-binary :all: --require-hashes \
	  -r requirements/web.txt --dest $(OUT)/wheelhouse
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --only-binary :all: --require-hashes \
	  -r requirements/s3.txt --dest $(OUT)/wheelhouse
	$(UV) build --quiet --wheel --out-dir $(OUT)/wheelhouse .
	cp requirements/web.txt requirements/s3.txt $(OUT)/wheelhouse/
	rm -rf build

clean:
	rm -rf $(VENV) .stamp $(OUT) build dist src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
