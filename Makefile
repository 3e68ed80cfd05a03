# Each target does its own set-up in .venv; PYTHON picks the interpreter (3.11 or newer).
PYTHON ?= python3
INSTANCE ?= instances/setcover-easy-0001.lp.gz
PIP = .venv/bin/python -m pip --disable-pip-version-check install --constraint constraints.txt

PYTEST = OMP_NUM_THREADS=1 .venv/bin/python -m pytest --numprocesses logical --maxprocesses 8 --dist loadfile

.PHONY: solve test coverage lint docs clean

solve: .venv/base.stamp  ## solve a shipped instance with the learned policy
	.venv/bin/coplug solve $(INSTANCE)

test: .venv/test.stamp  ## install what the tests need and run them
	$(PYTEST) $(PYTEST_ARGS)

coverage: .venv/test.stamp  ## the tests, and which lines of Python they do not reach
	$(PYTEST) --cov --cov-report=term $(PYTEST_ARGS)

lint: .venv/test.stamp  ## style, types and the direction of imports
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports
	.venv/bin/mypy

docs: .venv/test.stamp  ## build the documentation into docs/_build
	$(PIP) --editable '.[docs]'
	rm -rf docs/reference/api # pages of modules that were
	.venv/bin/sphinx-build -W --keep-going -b html docs docs/_build

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "coplug needs Python 3.11 or newer: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv

.venv/base.stamp: .venv/bin/python pyproject.toml constraints.txt
	@echo 'installing coplug and what it needs into .venv, once; this takes a minute or two'
	$(PIP) --editable .
	touch $@

.venv/test.stamp: .venv/bin/python pyproject.toml constraints.txt
	@echo 'installing what the tests need into .venv, torch among it, once; this takes some minutes'
	$(PIP) --editable '.[test]'
	touch $@ .venv/base.stamp

clean:
	rm -rf .venv build *.egg-info docs/_build docs/reference/api .mypy_cache .ruff_cache .pytest_cache .grimp_cache .import_linter_cache .hypothesis
