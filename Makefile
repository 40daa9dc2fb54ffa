# Two commands for a newcomer: `make demo` and `make test`. Both set up what they need first.

VENV    := .venv
BIN     := $(VENV)/bin
READY   := $(VENV)/.ready
SERVERS := $(VENV)/.servers

# Hundreds of processes are started by the tests; each would compile all modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test packages lint bench faults fuzz pictures docs clean

demo: $(READY)
	@$(BIN)/mailgate demo

test: packages $(READY) $(SERVERS)
	@$(BIN)/python -m pytest

lint: $(READY)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

# How fast it is: writes docs/performance.md and docs/growth.md.
bench: packages $(READY) $(SERVERS)
	@$(BIN)/python -m tests.bench
	@$(BIN)/python -m tests.bench.growth

# What it survives, faults and attacks, in full counts: writes docs/reliability.md and the table of docs/security.md.
faults: packages $(READY) $(SERVERS)
	@$(BIN)/python -m pytest tests/faults tests/security --full

# Mail and text that nobody thought of, for so many seconds: make fuzz SECONDS=60. ENGINE=atheris: led by coverage.
fuzz: $(READY)
	@$(if $(filter atheris,$(ENGINE)),$(BIN)/pip install --quiet --disable-pip-version-check 'atheris>=3,<4',true)
	@$(BIN)/python -m tests.fuzz$(if $(filter atheris,$(ENGINE)),.guided) --seconds $(or $(SECONDS),60)

# How its notices look: writes docs/notices.
pictures: $(READY)
	@$(BIN)/python scripts/pictures.py

# What is generated of docs/, and the pages as a site: writes docs/{configuration,commands,cli}.md and site/.
docs: $(READY)
	@for page in configuration commands command_line; do $(BIN)/python scripts/$$page.py || exit; done
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict && echo "site/index.html"

$(READY): requirements.lock pyproject.toml scripts/setup.sh
	@sh scripts/setup.sh $(VENV)
	@touch $@

# Before anything long is installed: who may not install Debian's packages hears at once which are missing.
packages:
	@sh scripts/test-servers.sh packages

$(SERVERS): scripts/test-servers.sh scripts/debian.sh | $(READY)
	@sh scripts/test-servers.sh
	@touch $@

clean:
	rm -rf $(VENV) dist build site
