# The only list of commands; `make` alone prints it.
.DEFAULT_GOAL := help
.PHONY: help demo demo-check up down status install check test test-unit test-contract test-spark test-services \
        test-e2e test-compose test-vagrant bench lock audit dist

BIN := .venv/bin
TEST := $(BIN)/pytest
# Half of the tests' time is waiting, which several processes do at once; tests/conftest.py says what goes together.
AT_ONCE := $(TEST) --dist=loadscope --numprocesses

help:
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ See it run
demo: install ## Start everything, with live sources where .env names them and made-up posts else; Ctrl-C stops it
	@$(BIN)/tidemark up --demo

demo-check: install-test ## The same unattended, every chart checked, stopped again; the last line is JSON
	@$(BIN)/python tests/e2e/demo_check.py

up: install ## Start the stack of this folder in the foreground
	@$(BIN)/tidemark up

down: ## Stop the stack of this folder from another terminal
	@$(BIN)/tidemark down

status: ## Each service and how far each job has come
	@$(BIN)/tidemark status

install: ## Install what is missing, and nothing else
	@deploy/install.sh

##@ Work on it
check: install-test ## Format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	MYPYPATH=tests/support:tests:bench:superset $(BIN)/mypy tests bench
	$(BIN)/lint-imports --no-logo

test: check ## Everything, fastest first, against real servers
	$(AT_ONCE)=4 tests/unit tests/contract tests/spark tests/services
	$(AT_ONCE)=2 tests/e2e

test-unit: install-test ## Pure code
	$(AT_ONCE)=4 tests/unit tests/contract

test-spark: install-test ## Decoders and transforms in a real Spark
	$(TEST) tests/spark

test-services: install-test ## Against a real Kafka and database
	$(AT_ONCE)=4 tests/services

test-e2e: install-test ## The whole stack, with Superset and a browser
	$(AT_ONCE)=2 tests/e2e

test-compose: install-test ## All of it in containers, with a Docker engine of our own where there is none
	deploy/engine/run.sh $(ENGINE) $(TEST) tests/compose

test-vagrant: install-test ## All of it in virtual machines, played by containers, and on a clean Debian 12 and 13
	tests/vagrant/run.sh $(TEST) tests/vagrant

bench: install ## Measure throughput and latency on this machine; takes some minutes
	$(BIN)/python bench/drain.py
	$(BIN)/python bench/latency.py
	$(BIN)/python bench/charts.py

##@ Ship it
lock: install ## Resolve all versions anew: requirements, Superset's, uv, jars
	deploy/lock.sh

audit: ## Ask the OSV database for known holes in all that the locks pin; once a week, and before a release
	@deploy/audit.sh

dist: install ## dist/tidemark.zip, for spark-submit --py-files
	@$(BIN)/hatchling build --clean -t wheel
	@mv dist/tidemark-*.whl dist/tidemark.zip
	@echo "dist/tidemark.zip"

install-test:
	@deploy/install.sh test
