# make serve | test | check | spec | bench | growth | pictures | lock; `make` alone says what each does.
PYTHON ?= python3
PORT ?= 8000
CORPUS ?=
PYTEST ?=
BIN := .venv/bin
RUN := $(BIN)/python manage.py

.PHONY: help serve test check format spec bench growth pictures lock clean
.DEFAULT_GOAL := help

help:
	@echo "make serve [PORT=8000]     install, migrate, make a demo user, serve"
	@echo "make test [CORPUS=folder]  run the test suite, also on a folder of media files"
	@echo "make check                 formatter, linter, types, import contracts, specifications"
	@echo "make format                format the code and mend what the linter can"
	@echo "make spec                  write the three OpenAPI files anew"
	@echo "make bench                 run the benchmarks"
	@echo "make growth                compare times at 10,000 and 1,000,000 rows"
	@echo "make pictures              draw one sheet of thumbnails, build/pictures.png"
	@echo "make lock                  resolve the dependencies anew (needs uv)"

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/.serve: requirements.lock | .venv/bin/python
	@echo "Installing into .venv ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

.venv/.dev: requirements-dev.lock | .venv/bin/python
	@echo "Installing into .venv ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@ .venv/.serve

serve: .venv/.serve
	@$(RUN) check --fail-level ERROR
	@$(RUN) migrate --verbosity 0
	@$(RUN) make_demo --url http://127.0.0.1:$(PORT)
	@trap 'exit 0' INT; PORT=$(PORT) $(BIN)/gunicorn -c deploy/gunicorn.conf.py --graceful-timeout 5

test: .venv/.dev
	@ARTIFACTS_TEST_CORPUS="$(CORPUS)" $(BIN)/python -m pytest -n auto --dist loadfile $(PYTEST)

check: .venv/.dev
	@$(BIN)/ruff format --check --quiet . || { echo "make format would change these."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary .
	@mkdir -p build
	@$(BIN)/lint-imports --no-cache > build/imports.log || { cat build/imports.log; exit 1; }
	@$(BIN)/deptry .
	@$(RUN) check --fail-level WARNING
	@$(RUN) makemigrations --check --dry-run --verbosity 0
	@$(RUN) check_spec
	@echo "All checks passed."

format: .venv/.dev
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

spec: .venv/.dev
	@$(RUN) spectacular --fail-on-warn --api-version v3 --file openapi-v3.yaml
	@$(RUN) spectacular --fail-on-warn --api-version v1 --file openapi-v1.yaml
	@$(RUN) spectacular --fail-on-warn --file openapi.yaml

bench: .venv/.dev
	@$(BIN)/python -m benchmarks.http
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --target build/pyvips 'pyvips[binary]>=3'
	@PYTHONPATH=build/pyvips $(BIN)/python -m benchmarks.thumbnails

growth: .venv/.dev
	@$(BIN)/python -m benchmarks.growth

pictures: .venv/.dev
	@mkdir -p build
	@$(BIN)/python -m tools.pictures

lock:
	uv lock
	uv export --quiet --no-emit-project --no-dev --extra gcs --output-file requirements.lock
	uv export --quiet --no-emit-project --extra gcs --extra heic --output-file requirements-dev.lock

clean:
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache
