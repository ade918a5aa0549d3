# Each target sets up what it needs first; a second run starts at once.
# Words for the program go in ARGS: make run ARGS="cat.jpg --model shapes"

# The first Python that the tested set of packages has wheels for; if there is none,
# python3 gets to say what is wrong.
FITS = import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c '$(FITS)' 2>/dev/null && echo $$name && exit; done; echo python3)
SETUP = $(PYTHON) packaging/bootstrap.py

.PHONY: run test lint pictures families bench soak fuzz audit clean

run:
	@$(SETUP) run $(ARGS)

test:
	@$(SETUP) test $(ARGS)

lint:
	@$(SETUP) lint

pictures:
	@$(SETUP) pictures

families:
	@$(SETUP) families

bench:
	@$(SETUP) bench $(ARGS)

# Random operations and closes by the thousand: some minutes.
soak:
	@$(SETUP) soak $(ARGS)

# Ten minutes for each target: make fuzz ARGS="pictures --minutes 1"
fuzz:
	@$(SETUP) fuzz $(ARGS)

# Are there known holes in what is pinned? Exit status 2 of audit.py: nobody could tell.
audit:
	@$(SETUP) audit $(ARGS)

clean:
	rm -rf .venv build dist out .pytest_cache .ruff_cache .mypy_cache
