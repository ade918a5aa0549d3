# Each target sets up what it needs first; a second run starts at once.
# Words for the program go in ARGS: make run ARGS="cat.jpg --model shapes"
PYTHON ?= $(shell command -v python3.13 || command -v python3.12 || command -v python3.11 || command -v python3)
SETUP = $(PYTHON) packaging/bootstrap.py

.PHONY: run test lint pictures bench clean

run:
	@$(SETUP) run $(ARGS)

test:
	@$(SETUP) test $(ARGS)

lint:
	@$(SETUP) lint
	@$(SETUP) types

pictures:
	@$(SETUP) pictures

bench:
	@$(SETUP) bench $(ARGS)

clean:
	rm -rf .venv build dist out .pytest_cache .ruff_cache .mypy_cache
