# No set-up is needed: each target creates .venv first, if it is missing.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
CONSTRAINTS := constraints.txt

.PHONY: demo test lint bounds readers sdist bench speed clean

demo: $(VENV)/.core  ## track the sample clip into out/demo.mp4 and out/demo.txt
	$(BIN)/outrack track samples/crossing.mp4 -o out/demo.mp4 -o out/demo.txt --show-trails --overwrite

test: $(VENV)/.dev  ## all fast tests, a file at a time on each core; a process of them takes a gigabyte
	$(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.dev  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bounds:  ## track the sample clip with the lowest and with the newest versions of the dependencies
	PYTHON=$(PYTHON) scripts/check_dependency_bounds.sh

readers:  ## let other libraries read our files, each in a separate environment (gigabytes)
	PYTHON=$(PYTHON) scripts/check_readers.sh

sdist: $(VENV)/.dev  ## build the source distribution and a wheel, collect the tests, and run some
	scripts/check_sdist.sh $(BIN)/python

bench: $(VENV)/.dev  ## run all benchmarks
	for file in benchmarks/bench_*.py; do $(BIN)/python $$file || exit 1; done

speed: $(VENV)/.core  ## report slowdowns, by ratios; on a machine without other load
	$(BIN)/outrack bench --against benchmarks/speed.json

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.core: $(VENV)/bin/python pyproject.toml $(CONSTRAINTS)
	$(BIN)/python -m pip install --quiet --constraint $(CONSTRAINTS) --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.core
	$(BIN)/python -m pip install --quiet --constraint $(CONSTRAINTS) --editable ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) out dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
