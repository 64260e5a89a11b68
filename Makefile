# The two commands a newcomer needs: `make demo` and `make test`. Everything else is a part of them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PYTHONPATH := $(CURDIR)/operator:$(CURDIR)/hack
# Empty means unset: compiled modules are kept, which saves each of the many test processes some seconds.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help demo test setup build lint unit model-test faults recovery deep oracle-test bench cluster-test node-test monitoring-test generate refresh format lock clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

demo: $(VENV)/.ready ## the whole story, every claim checked: on a real node (root), else on a control plane; LEVEL=, KEEP=1
	@$(BIN)/python -m demo

test: build lint unit model-test oracle-test monitoring-test cluster-test node-test ## everything that must hold: lint, types, unit tests, tests on a real cluster

setup: $(VENV)/.ready ## what the other targets need: the Python environment and Debian packages
	@hack/cluster setup

$(VENV)/.ready: requirements-dev.lock
	@echo "making $(VENV) from requirements-dev.lock"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

build: setup ## the Go programs of the local node, once, into a cache outside the repository
	@hack/cluster build

lint: $(VENV)/.ready ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy operator hack
	$(BIN)/lint-imports --no-logo

unit: $(VENV)/.ready ## the tests that take seconds
	$(BIN)/pytest -q -n auto --dist=worksteal tests/unit

model-test: $(VENV)/.ready ## the engine in memory: a fault around every write, random ones, broken engines noticed
	$(BIN)/pytest -q tests/faults/model

faults: export PYTHONPATH := $(PYTHONPATH):$(CURDIR)/tests
faults: $(VENV)/.ready ## every fault plan on a real API server, broken engines that plans must notice, 100,000 interleavings in memory (100 minutes); PLAN=
	@hack/cluster build --level control-plane
ifdef PLAN
	@$(BIN)/python -m faults.api --plan $(PLAN)
else
	@failed=0; \
	$(BIN)/python -m faults.api || failed=1; \
	$(BIN)/python -m faults.api --mutations || failed=1; \
	$(BIN)/python -m faults.model --interleavings 100000 || failed=1; \
	exit $$failed
endif

deep: $(VENV)/.ready ## the same tests, a hundred times as many examples of every property (minutes)
	HYPOTHESIS_PROFILE=deep $(BIN)/pytest -q -n auto --dist=worksteal tests/unit tests/faults/model

oracle-test: $(VENV)/.ready ## version ranges against Masterminds/semver, as Helm and Flux read them (needs Go, seconds)
	$(BIN)/pytest -q tests/oracle

bench: $(VENV)/.ready ## how fast versions are chosen, beside Masterminds/semver and packaging (needs Go, a minute)
	@$(BIN)/python -m bench

recovery: build ## how fast a bad release is gone and a killed operator back, beside kubectl rollout undo (root)
	@$(BIN)/python -m recovery

cluster-test: $(VENV)/.ready ## the tests on a real control plane with simulated pods, some fault plans among them (anybody)
	@hack/cluster build --level control-plane
	$(BIN)/pytest -q -n 2 --dist=loadfile tests/cluster tests/faults/api

# Most of these tests wait most of the time, so two nodes run side by side; what is about the node itself has it alone.
# The files come in the order of tests/node/conftest.py: pytest-xdist would put the few long tests last, one by one.
node-test: build ## the tests on a real Kubernetes node
	$(BIN)/pytest -q tests/node/test_local_cluster.py
	$(BIN)/pytest -q -n 2 --dist=loadfile --no-loadscope-reorder --ignore=tests/node/test_local_cluster.py tests/node

monitoring-test: build ## dashboard and alerts, with the real promtool and Grafana's own types
	$(BIN)/pytest -q tests/monitoring

generate: $(VENV)/.ready ## crds/ and two pages of docs/ from the models, the dashboard and the PrometheusRule from their sources
	$(BIN)/python -m addon_updater.api.crds crds
	$(BIN)/python -m addon_updater.api.reference docs
	$(BIN)/python -m addon_updater.rollout.policy_page docs
	$(BIN)/python -m dashboard deploy/monitoring

refresh: $(VENV)/.ready ## what upstream has released and the catalog has not, as a diff (needs Go); WRITE=1, GRAFANA=FILE
	@$(BIN)/python -m refresh $(if $(WRITE),--write) $(if $(GRAFANA),--grafana-releases "$(GRAFANA)")

format: $(VENV)/.ready ## put every file into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(VENV)/.ready ## the lock files from pyproject.toml
	$(BIN)/uv pip compile -q --generate-hashes --python-version 3.11 --no-header --no-emit-find-links --no-emit-index-url pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --generate-hashes --python-version 3.11 --no-header --no-emit-find-links --no-emit-index-url pyproject.toml --group dev -o requirements-dev.lock

clean: ## what the other targets left in the repository
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
