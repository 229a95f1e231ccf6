# make app · make test: each makes the virtual environment it needs, and that is all the set-up there is.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: app test lint lessons bench clean

app: .venv/app
	$(BIN)/python -m streamlit run app.py

test: .venv/dev
	$(BIN)/python -m pytest -n 3 --dist loadgroup --no-loadscope-reorder

lint: .venv/dev
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

lessons: .venv/dev
	$(BIN)/python -m lessons.build

bench: .venv/dev
	set -e; for size in 100k 1m 20m; do for k in 10 50; do \
		$(BIN)/python -m benchmarks --readme --size $$size --k $$k --rounds 2; \
	done; done
	$(BIN)/python -m benchmarks picture
	missing=; for what in cluster accuracy residual "bayes --sweeps 6" sgd small read "growth --rounds 2" autorec \
		"svd --size 1m --sweeps 30" contest app; do \
		$(BIN)/python -m benchmarks $$what --readme || missing="$$missing, $$what"; \
	done; test -z "$$missing" || { echo "Not made$$missing"; exit 1; }

.venv/bin/python:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip

.venv/app: .venv/bin/python requirements.txt
	$(BIN)/python -m pip install --quiet -r requirements.txt
	touch $@

.venv/dev: .venv/bin/python requirements.txt requirements-dev.txt
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	touch $@

clean:
	rm -rf .venv .cache
