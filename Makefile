# What each of these does in plain commands stands at the top of the README.
PYTHON ?= python3
BIN := .venv/bin
export PYTHONHASHSEED := 0
export TZ := UTC
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export NO_MKDOCS_2_WARNING := 1
# The sitemap's date: that of the commit, so that two builds of one commit give the same bytes.
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 1577836800)

.PHONY: site test test-site audit lint serve lock clean

# Built elsewhere and then renamed: a build that fails leaves the site that stood before. The second
# build runs no page again; it is the site as a folder to open without a server, put in as a zip.
site: export TWOTRACKS_ARCHIVE := two-tracks-offline.zip
site: .venv/installed
	rm -rf site.new site.offline
	$(BIN)/mkdocs build --strict --quiet --site-dir site.new
	$(BIN)/mkdocs build --strict --quiet --config-file mkdocs.offline.yml --site-dir site.offline
	$(BIN)/python -m twotracks.mkdocs_plugin.archive site.offline site.new/$(TWOTRACKS_ARCHIVE)
	rm -rf site.offline site.old
	if [ -d site ]; then mv site site.old; fi
	mv site.new site
	rm -rf site.old

test: lint
	$(BIN)/python -m pytest -n auto --dist loadfile --ignore=tests/site

# In a real browser. Times are taken first and alone: other work would be measured with them.
TIMES := tests/site/test_times.py
VALIDATOR := tests/site/test_validator.py
test-site: site
	$(BIN)/python -m pytest $(TIMES) || late=1; \
	$(BIN)/python -m pytest tests/site -n 2 --dist loadfile --ignore=$(TIMES) --ignore=$(VALIDATOR) \
	  && test -z "$$late"

# The same on every page; and the W3C's checker, where there is Java and VNU says where it lies.
audit: site
	$(BIN)/python -m pytest $(TIMES) || late=1; \
	$(BIN)/python -m pytest tests/site -n 2 --dist load --ignore=$(TIMES) --every-page \
	  && test -z "$$late"

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

serve: .venv/installed
	$(BIN)/mkdocs serve --livereload

.venv/installed: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

lock:
	$(PYTHON) -m venv .venv/lock && .venv/lock/bin/pip install --quiet uv
	.venv/lock/bin/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command 'make lock' --quiet -o requirements.txt

clean:
	rm -rf .venv site site.new site.offline site.old .cache
