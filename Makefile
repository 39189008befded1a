# make serve | test | check | spec | bench | pictures | lock; `make` alone says what each does.
PYTHON ?= python3
PORT ?= 8000
CORPUS ?=
PYTEST ?=
BIN := .venv/bin
RUN := $(BIN)/python manage.py

.PHONY: help serve test check format spec bench pictures lock clean anew
.DEFAULT_GOAL := help

help:
	@echo "make serve [PORT=8000]     install, migrate, make a demo user, serve"
	@echo "make test [CORPUS=folder]  run the test suite, also on a folder of media files"
	@echo "make check                 formatter, linter, types, import contracts, specifications"
	@echo "make format                format the code and mend what the linter can"
	@echo "make spec                  write the three OpenAPI files anew"
	@echo "make bench                 run the benchmarks"
	@echo "make pictures              draw one sheet of thumbnails, build/pictures.png"
	@echo "make lock                  resolve the dependencies anew (needs uv)"

# Made anew where its interpreter is gone, as after an upgrade of the system.
.venv/pyvenv.cfg: $(shell [ -x $(BIN)/python ] || echo anew)
	@for python in $(PYTHON) python3.14 python3.13 python3.12 python3.11; do \
	  $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null || continue; \
	  rm -rf .venv; $$python -m venv .venv || { rm -rf .venv; exit 1; }; exit; \
	done; echo "Python 3.11 to 3.14 is needed: make PYTHON=/path/to/python3.12 ..."; exit 1

# What is locked is installed, whatever was released since: pip resolves nothing, and
# what it misses afterwards is missing in the lock. Of its many lines one shows the names.
define install
	@echo "Installing into .venv; the first time it takes a minute or two:"
	@{ $(BIN)/python -m pip install --no-deps --require-hashes --disable-pip-version-check --progress-bar off -r $< || echo .failed; } | \
	  while read -r word name _; do case $$word in \
	    Collecting) printf ' %s' "$${name%%=*}" ;; \
	    Installing) printf '\nUnpacking them ...\n' ;; \
	    .failed) exit 1 ;; \
	  esac; done
	@said=$$($(BIN)/python -m pip check --disable-pip-version-check) || \
	  { echo "$$said"; echo "What other locks installed may be in the way: try again after make clean."; exit 1; }
endef

.venv/.serve: requirements.lock .venv/pyvenv.cfg
	$(install)
	@touch $@

.venv/.dev: requirements-dev.lock .venv/pyvenv.cfg
	$(install)
	@touch $@ .venv/.serve

# The port first: nothing is installed or written for a server that could not serve.
serve:
	@python=$(BIN)/python; [ -x $$python ] || python=$(PYTHON); PORT="$(PORT)" $$python tools/serve.py --check
	@$(MAKE) --silent --no-print-directory .venv/.serve
	@$(RUN) check --fail-level ERROR
	@$(RUN) migrate --verbosity 0
	@trap 'exit 0' INT; $(RUN) make_demo --url http://127.0.0.1:$(PORT) | PORT="$(PORT)" $(BIN)/python tools/serve.py

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

pictures: .venv/.dev
	@mkdir -p build
	@$(BIN)/python -m tools.pictures

lock:
	uv lock
	uv export --quiet --no-emit-project --no-dev --extra gcs --output-file requirements.lock
	uv export --quiet --no-emit-project --extra gcs --extra heic --output-file requirements-dev.lock
	@for lock in tests/clients/vlmrun-*.lock; do version=$${lock#*vlmrun-}; \
	  echo "vlmrun==$${version%.lock}" | uv pip compile --quiet --upgrade --universal --generate-hashes \
	    --python-version 3.11 --no-header --no-annotate --output-file $$lock - || exit 1; \
	done

clean:
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache
