# Fracture Review. `make help` lists what there is.

# The Python that .venv is made from: the first of these that runs and is new enough. Override: make run PYTHON=/path/to/python
PYTHON_NAMES := python3.11 python3 python3.12 python3.13 python
PYTHON_WANTED := 3.11, 3.12 or 3.13
PYTHON_CHECK := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))

# Relative, so that a space in the repository's own path does no harm.
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed
DEVELOPER_STAMP := $(VENV)/.installed-dev
PIP_INSTALL := $(PY) -m pip install --no-input

export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PYTHONUTF8 = 1

.DEFAULT_GOAL := help
.PHONY: help install run test lint format upgrade lock clean

help:
	@echo "make install   Make .venv with the product and everything it needs; a second run installs nothing"
	@echo "make run       Start the dashboard on http://127.0.0.1:8501 (PORT=8600 for another port)"
	@echo "make test      Run every test, browser tests included (ARGS='-k worklist' chooses)"
	@echo "make lint      Check style, formatting, types and the direction of imports"
	@echo "make format    Put the code into the house's format"
	@echo "make upgrade   Install the newest versions that requirements.txt allows, to be tested and locked"
	@echo "make lock      Write the versions in .venv to constraints.txt, which make install keeps to"
	@echo "make clean     Remove .venv and caches; what the dashboard has stored stays"

install: $(STAMP)

$(STAMP): requirements.txt constraints.txt pyproject.toml
	@python=; \
	if [ -n "$(PYTHON)" ]; then set -- "$(PYTHON)"; else set -- $(PYTHON_NAMES); fi; \
	for name in "$$@"; do \
		if "$$name" -c "$(PYTHON_CHECK)" >/dev/null 2>&1; then python="$$name"; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "Fracture Review needs Python $(PYTHON_WANTED) with its venv module; tried: $$*." >&2; \
		echo "Install it (Debian, Ubuntu: apt-get install python3 python3-venv) or name one: make $(or $(firstword $(MAKECMDGOALS)),install) PYTHON=/path/to/python3.11" >&2; \
		exit 1; \
	fi; \
	if ! $(PY) -c "import pip" >/dev/null 2>&1; then \
		echo "Making $(VENV) with $$("$$python" --version)"; \
		"$$python" -m venv --clear $(VENV); \
	fi
	$(PIP_INSTALL) -c constraints.txt -e .
	@touch $@

$(DEVELOPER_STAMP): requirements-dev.txt $(STAMP)
	$(PIP_INSTALL) -c constraints.txt -r requirements-dev.txt
	@touch $@

run: install
	$(PY) -m core dashboard $(if $(PORT),--port $(PORT))

test: $(DEVELOPER_STAMP)
	@$(PY) -m tests.chromium --install
	$(PY) -m pytest $(ARGS)

lint: $(DEVELOPER_STAMP)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports --no-logo
	$(VENV)/bin/oxlint --deny-warnings dashboard tests

format: $(DEVELOPER_STAMP)
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

upgrade: $(DEVELOPER_STAMP)
	$(PIP_INSTALL) --upgrade --upgrade-strategy eager -r requirements.txt -r requirements-dev.txt
	@echo "Now: make lint test lock"

lock: $(DEVELOPER_STAMP)
	@{ echo "# Exact versions of everything that was tested, on any system; made by: make lock"; \
		$(PY) -m pip freeze --exclude-editable; } > constraints.new
	@if grep -n " @ " constraints.new; then echo "The above is no released version: install one, and lock again." >&2; exit 1; fi
	@mv constraints.new constraints.txt

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
