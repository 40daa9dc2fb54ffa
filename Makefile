# Two commands for a newcomer: `make demo` and `make test`. Both set up what they need first.

VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: demo test lint bench faults pictures clean

demo: $(READY)
	@$(BIN)/mailgate demo

test: $(READY) $(VENV)/.servers
	@$(BIN)/python -m pytest

lint: $(READY)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

bench: $(READY) $(VENV)/.servers
	@$(BIN)/python -m tests.bench

faults: $(READY) $(VENV)/.servers
	@$(BIN)/python -m pytest tests/faults --full

pictures: $(READY)
	@$(BIN)/python scripts/pictures.py

$(READY): requirements.lock pyproject.toml
	@sh scripts/setup.sh $(VENV)
	@touch $@

# Debian packages that only tests need: a real IMAP server.
$(VENV)/.servers: scripts/test-servers.sh
	@sh scripts/test-servers.sh
	@touch $@

clean:
	rm -rf $(VENV) dist build
