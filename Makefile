# Each target sets up what it needs first; a second run starts at once.
# Words for the program go in ARGS: make run ARGS="cat.jpg --model shapes"

# The first Python that the tested set of packages has wheels for; if there is none,
# python3 gets to say what is wrong.
FITS = import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c '$(FITS)' 2>/dev/null && echo $$name && exit; done; echo python3)
# No shell and no set-up stays in between: signals reach what runs in the end.
SETUP = exec $(PYTHON) packaging/bootstrap.py

.PHONY: help run test check lint pictures families bench soak fuzz audit clean

run: ## open the program on a sample picture, or on what ARGS names
	@$(SETUP) run $(ARGS)

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 20

test: ## run the tests, in minutes: all but the long ones and most of the corpora
	@$(SETUP) test $(ARGS)

check: ## run all that can be checked: linters, every test, other versions, the wheel
	@$(SETUP) check

lint: ## ruff, mypy and the contracts on which way imports run
	@$(SETUP) lint

pictures: ## take the README's pictures anew
	@$(SETUP) pictures

families: ## measure the table of models that open anew
	@$(SETUP) families

bench: ## measure: startup, scrub, capture, or the one in ARGS
	@$(SETUP) bench $(ARGS)

soak: ## do random operations, closes and kills by the thousand, for some minutes
	@$(SETUP) soak $(ARGS)

fuzz: ## fuzz each target for ten minutes, or ARGS="pictures --minutes 1"
	@$(SETUP) fuzz $(ARGS)

# Exit status 2 of audit.py: nobody could tell.
audit: ## look for known holes in what is pinned
	@$(SETUP) audit $(ARGS)

clean: ## remove what was installed and built
	rm -rf .venv build dist out .pytest_cache .ruff_cache .mypy_cache
