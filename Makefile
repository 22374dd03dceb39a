# Everything goes through .venv; PIP_FIND_LINKS or UV_FIND_LINKS may name a wheelhouse for a plant without internet.
.ONESHELL:
.SHELLFLAGS := -eu -c
PYTHON ?= python3
BIN := .venv/bin
export PIP_FIND_LINKS ?= $(UV_FIND_LINKS)
SIDE_BY_SIDE := --numprocesses auto --maxprocesses 4 --dist worksteal
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: setup demo serve test test-postgres check eval bench chaos lock clean

setup: .venv/ready
.venv/ready: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	.ci/install-torch "$(BIN)/python"
	$(BIN)/python -m pip install -qq --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -qq --no-deps --no-build-isolation --editable .
	touch .venv/ready

.venv/ready-dev: .venv/ready requirements-dev.lock
	$(BIN)/python -m pip install -qq --no-deps --require-hashes -r requirements-dev.lock
	touch .venv/ready-dev

demo: setup  ## load the sample plant and ask it five questions
	@$(BIN)/annexa demo

serve: setup  ## the sample plant in the browser
	@ANNEXA_DEMO=1 ANNEXA_DATA="$${ANNEXA_DATA:-data/demo}" $(BIN)/annexa serve

test: .venv/ready-dev  ## every test; those of what differs on SQLite and on PostgreSQL
	@$(BIN)/python -m pytest -rs $(SIDE_BY_SIDE)

test-postgres: .venv/ready-dev  ## every test on PostgreSQL
	@$(BIN)/python -m pytest -rs --postgres $(SIDE_BY_SIDE)

check: .venv/ready-dev  ## lint and types
	@$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

eval: .venv/ready-dev  ## answer quality by kind of question
	@$(BIN)/python -m evals.run

bench: .venv/ready-dev  ## speed and retrieval against the peers
	@$(BIN)/python -m evals.bench

chaos: .venv/ready-dev  ## three simulated years of reminders and tasks, with kills, outages and clock jumps
	@$(BIN)/python -m evals.reminders_chaos
	$(BIN)/python -m evals.tasks_chaos

lock: .venv/ready-dev  ## resolve the dependencies anew
	@$(BIN)/python -m pip install --quiet uv
	for part in "requirements.lock" "requirements-dev.lock --group dev --constraint requirements.lock"; do
	  $(BIN)/uv pip compile pyproject.toml --group torch-needs --universal --generate-hashes --no-emit-package torch \
	    --python-version 3.11 --no-header --no-annotate --quiet -o $$part
	done

clean:  ## forget the environment; the data folder stays
	rm -rf .venv
