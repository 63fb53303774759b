# `make demo` and `make test` need Python 3.10+ and nothing else of ours: each sets itself up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Postgres, Spark and the tools, which a demo has no use for.
TOOLS := $(VENV)/.tools
# Two processes. Each takes half of the tests in their order, so that a module's fixtures are made
# once, and whichever is done first takes over some of the other's.
BOTH := -n 2 --dist worksteal
# For the tests on dbt v2; where it can't be had they are skipped, and say why.
DBT_V2 := .cache/dbt_v2/dbt

# Images of containers often set it. Then every process of the tests compiles our modules anew, and
# rewrites their assertions: 4 s for each of the two.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-fast lint setup docs benchmarks clean

setup: $(TOOLS) $(DBT_V2)

$(READY): constraints.txt python/pyproject.toml python/hatch_build.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "entity_kit needs Python 3.10 or later; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@echo "Setting up $(VENV) (about a minute, once)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --use-pep517 -c constraints.txt -e './python[demo]'
	@touch $@

$(TOOLS): $(READY)
	@echo "Adding what the tests need to $(VENV) (about a minute, once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e './python[test]'
	@touch $@

$(DBT_V2): python/tests/support/prepare_dbt_v2.py | $(READY)
	@$(BIN)/python python/tests/support/prepare_dbt_v2.py $(@D)

demo: $(READY)
	@$(BIN)/python examples/demo.py

test: $(TOOLS) $(DBT_V2) lint
	@cd python && ../$(BIN)/python -m pytest $(BOTH)

test-fast: $(TOOLS) $(DBT_V2)
	@cd python && ../$(BIN)/python -m pytest $(BOTH) -m 'not slow'

lint: $(TOOLS)
	@cd python && ../$(BIN)/ruff check . ../docs/site ../benchmarks ../examples ../integration_tests ../noxfile.py
	@cd python && ../$(BIN)/ruff format --check . ../docs/site ../benchmarks ../examples ../integration_tests ../noxfile.py
	@cd python && ../$(BIN)/mypy
	@$(BIN)/sqlfluff lint --disable-progress-bar integration_tests/models examples/wrong_models/models

docs: $(TOOLS)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet && echo "The site is in .cache/site."

benchmarks: $(TOOLS)
	@$(BIN)/python benchmarks/table.py --chart docs/benchmarks.svg

clean:
	rm -rf $(VENV) .cache
