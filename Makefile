# `make` alone lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
# Test processes: one for each processor.
WORKERS := $(shell nproc 2>/dev/null || echo 2)
JOURNEYS := treatments/tests/journeys
# Tests that ask no database, or one that they make themselves: they are proven once, and not on PostgreSQL again.
WITHOUT_DATABASE := $(patsubst %,treatments/tests/%.py,values/test_addresses values/test_availability values/test_folding \
	publication/test_claims publication/test_promises publication/test_from_models text/test_explainer text/test_prose running/test_environment running/test_make \
	running/test_punctual test_floors test_papers)
# Where the two databases could do something differently: locks, searches, constraints, upgrades, plans of queries. All other slow
# tests ask both alike, as the fast ones show, and run on PostgreSQL with `make prove`.
OF_ROWS := $(patsubst %,treatments/tests/%,consultation/test_walks.py consultation/test_search.py consultation/test_limits.py \
	consultation/test_erasing.py consultation/test_end_of_data.py models publication/test_round_trip.py publication/test_older_formats.py \
	running/test_upgrade.py::TestAnUpgradedDatabase times/test_zones.py views/test_query_counts.py web/test_cache_key.py)
FAST := -m "not (slow or prove)" --ignore $(JOURNEYS)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help: ## this list
	@grep -E '^[a-z]+:.*\#\# ' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

run: .venv/runtime ## prepare what is not ready, then serve the site until Ctrl-C
	@exec $(BIN)/python manage.py serve

dev: .venv/runtime ## serve with DEBUG on and reload at every change
	@DEBUG=1 $(BIN)/python manage.py prepare
	@DEBUG=1 exec $(BIN)/python manage.py runserver "$${HOST:-127.0.0.1}:$${PORT:-8000}"

staff: .venv/runtime ## make a staff account or give it a new password: make staff NAME=anna
	@$(BIN)/python manage.py staff $(NAME)

# Its runs share what Python compiles, also where the environment says to keep nothing.
# On PostgreSQL the races share one database, so one process runs them, first, while the other begins with the rest.
# The longest journeys go first as well, so that both processes end at about the same time.
test: export PYTHONDONTWRITEBYTECODE :=
test: .venv/development ## prove everything: style, types, migrations, deployment, both databases, browser journeys
	@sh treatments/tests/system_packages.sh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@git ls-files -z '*.html' | xargs -0 $(BIN)/djade --check --target-version 5.2
	DATA_DIR="$$(mktemp -d)" $(BIN)/mypy
	DATA_DIR="$$(mktemp -d)" $(BIN)/python manage.py makemigrations --check --dry-run
	DATA_DIR="$$(mktemp -d)" SITE_URL=https://clinic.example $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal --no-migrations $(FAST)
	$(BIN)/python -m treatments.tests.postgres sh -c '\
		$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal --no-migrations $(FAST) $(WITHOUT_DATABASE:%=--ignore %) && \
		$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder --no-migrations -m "(slow or race) and not prove" \
			$(JOURNEYS)/test_race.py::TestARace $(JOURNEYS)/test_race.py::TestTwentyEditors $(OF_ROWS)'
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal --no-migrations --ignore $(JOURNEYS) -m "slow and not prove"
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "journey and not prove" \
		$(JOURNEYS)/test_reading.py $(JOURNEYS)/test_*.py
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal -m "race and not prove"

prove: .venv/development ## prove the guarantees in full numbers on both databases; takes an hour
	@sh treatments/tests/system_packages.sh
	$(BIN)/python -m pytest -q -rP --durations=0 -m prove
	$(BIN)/python -m treatments.tests.postgres $(BIN)/python -m pytest -q -rP --durations=0 -m prove
	$(BIN)/python -m treatments.tests.postgres $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-migrations \
		--ignore $(JOURNEYS) $(WITHOUT_DATABASE:%=--ignore %) -m "slow and not prove"

bench: .venv/development ## measure the treatment page against bare applications, into docs/performance.md
	@sh treatments/tests/system_packages.sh
	$(BIN)/python -m bench

guides: .venv/development ## make the pictures of docs/staff anew
	GUIDE_PICTURES=1 $(BIN)/python -m pytest -q treatments/tests/journeys/test_guides.py

faces: .venv/development ## cut the faces of the site down to what its pages need, into static/faces
	@sh docs/artwork/cut_faces.sh

format: .venv/development ## put code and templates into the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	@git ls-files -z '*.html' | xargs -0 $(BIN)/djade --target-version 5.2

requirements: .venv/development ## compile the requirements files anew
	@for name in requirements requirements-scale requirements-dev; do \
		$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header $$name.in -o $$name.txt || exit 1; \
	done

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 or newer is needed and $(PYTHON) is not; install it, or name one: make run PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv module is missing; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@mkdir -p .venv 2>/dev/null && test -w .venv || \
		{ echo "This folder cannot be written; give this user the right to write here." >&2; exit 1; }
	@$(PYTHON) -m venv .venv
	@touch $@

# What was installed is kept beside the environment, so that a change of date alone installs nothing, and whoever may
# not write there can still run what another user installed.
MAY_INSTALL = test -w .venv || { echo "Packages have changed, and .venv belongs to another user; let that user run “make $(MAKECMDGOALS)” once, or delete .venv as that user." >&2; exit 1; }

.venv/runtime: requirements.txt .venv/python
	@cmp -s requirements.txt $@ || { $(MAY_INSTALL); echo "Installing what the site needs…"; \
		$(BIN)/pip install --quiet --quiet --require-hashes -r requirements.txt && cp requirements.txt $@; }

.venv/development: requirements-dev.txt requirements-scale.txt .venv/runtime
	@cat requirements-dev.txt requirements.txt | cmp -s - $@ || { $(MAY_INSTALL); echo "Installing what the tests need…"; \
		$(BIN)/pip install --quiet --quiet --require-hashes -r requirements.txt -r requirements-dev.txt && \
		cat requirements-dev.txt requirements.txt > $@; }

.PHONY: help run dev staff test prove bench guides faces format requirements
