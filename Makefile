# The only entry points of the course. Each target sets up .venv by itself.
BIN := .venv/bin

# The first Python from 3.11 to 3.13 that can make a virtual environment.
FITS := import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
find_python = $(shell for p in $(1); do "$$p" -c '$(FITS)' 2>/dev/null && echo "$$p" && break; done)
PYTHON ?= $(call find_python,python3 python3.13 python3.12 python3.11)
# Colab has 3.13; pyenv may hold one that is not on the path.
COLAB_PYTHON ?= $(call find_python,python3.13 $(wildcard $(HOME)/.pyenv/versions/3.13.*/bin/python) python3 python3.12 python3.11)

.DEFAULT_GOAL := help
.PHONY: help book check test lab run lint format test-colab test-newest bench bench-site bench-vae \
    bench-samples bench-modes bench-losses bench-time bench-pytorch \
    bounds sums repository clean

# The notebooks that CHAPTERS="12 32" names, or all of them.
notebook = $(or $(wildcard chapters/$(1)-*.ipynb),$(error no chapter has the number $(1)))
NOTEBOOKS = $(if $(strip $(CHAPTERS)),$(foreach n,$(CHAPTERS),$(call notebook,$(n))),chapters)
# Two files of tests at a time; what one prepares, such as a page that it opens, serves all its tests.
BOTH_CORES := -n 2 --dist loadfile
# A cell gets 15 minutes: the longest takes 3, and a machine may be three times slower.
NBVAL := --nbval-current-env --nbval-cell-timeout=900 --nbval-sanitize-with tests/nbval_sanitize.cfg

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 16

book: .venv/.ready  ## build the website from the stored outputs
	$(BIN)/jupyter-book build . -n -W --keep-going
	@echo "Open $(CURDIR)/_build/html/index.html"

check: lint  ## run what is fast: style, types, tests of the library and of the book's files
	$(BIN)/pytest $(BOTH_CORES) -m "not slow" tests/library tests/book

test: lint  ## run everything: check, the site, every cell (CHAPTERS="12 32": of only these)
	@: $(NOTEBOOKS)
	$(BIN)/pytest $(BOTH_CORES)
	$(BIN)/pytest --nbval $(NBVAL) $(NOTEBOOKS)

lab: .venv/.ready  ## open the chapters in JupyterLab
	$(BIN)/jupyter lab chapters

run: .venv/.ready  ## run every chapter in place and store its outputs (CHAPTER=12: only one)
	$(BIN)/python -m tools.run_chapters $(CHAPTER)

lint: .venv/.ready  ## check style of modules and notebooks, and the library's types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/.ready  ## mend what can be mended of the style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test-colab: .venv/.ready .venv-colab/.ready  ## run every chapter alone, as Colab would (CHAPTERS="10 20": only these)
	COURSE_COLAB_PYTHON=$(CURDIR)/.venv-colab/bin/python COURSE_COLAB_CHAPTERS="$(CHAPTERS)" \
	    $(BIN)/pytest tests/book/test_colab.py

test-newest: .venv-newest/.ready  ## run the library's tests and every chapter with the newest libraries
	.venv-newest/bin/pytest $(BOTH_CORES) tests/library
	.venv-newest/bin/pytest --nbval-lax $(NBVAL) $(NOTEBOOKS)

bench: .venv/.ready  ## measure the speed of loading and of a training step
	$(BIN)/python -m bench.speed

bench-site: book  ## measure the site: Lighthouse, axe, requests, weight (needs Node.js; 5 minutes)
	$(BIN)/python -m tools.site.measure

bench-vae: .venv/.ready  ## measure how probable a VAE finds MNIST after 30 s to 10 min (hours)
	$(BIN)/python -m bench.vae_likelihood

bench-samples: .venv/.ready  ## judge a GAN and a VAE, five seeds and four step sizes (20 min)
	$(BIN)/python -m bench.gan_vs_vae

bench-modes: .venv/.ready  ## race remedies against mode collapse, five seeds (80 minutes)
	$(BIN)/python -m bench.mode_collapse

bench-losses: .venv/.ready  ## race ten settings of the GAN loss on the ring, five seeds (3 minutes)
	$(BIN)/python -m bench.loss_race

bench-time: .venv/.ready  ## measure quality against seconds of training, four models (45 minutes)
	$(BIN)/python -m bench.time_to_quality

bench-pytorch: .venv/.ready  ## time a step beside eager PyTorch, in an environment of its own
	"$(PYTHON)" -m venv .venv-pytorch
	.venv-pytorch/bin/python -m pip install --quiet -r requirements.txt -r bench/requirements-pytorch.txt
	.venv-pytorch/bin/python -m bench.pytorch_speed

bounds: .venv/.ready  ## measure the floor and the ceiling of the metrics
	$(BIN)/python -m bench.judging_bounds

sums: .venv/.ready  ## write down the digests of the shipped files anew, after a change to one
	$(BIN)/python -m tools.make.sums

repository: .venv/.ready  ## put the address of your copy everywhere (SLUG=owner/name)
	$(BIN)/python -m tools.set_repository "$(SLUG)"

clean:  ## remove the environments and the built site
	rm -rf .venv .venv-colab .venv-newest .venv-pytorch _build

.venv/.ready: requirements.txt constraints.txt
	@test -n "$(PYTHON)" || { echo "Needs Python 3.11, 3.12 or 3.13 with its venv module" \
	    "(on Debian and Ubuntu: apt install python3-venv), or make PYTHON=/path/to/python."; exit 1; }
	"$(PYTHON)" -m venv .venv
	$(BIN)/python -m pip install --quiet -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@

.venv-colab/.ready: requirements-colab.txt
	@test -n "$(COLAB_PYTHON)" || { echo "Needs Python 3.13 or 3.11–3.12 with its venv module."; exit 1; }
	"$(COLAB_PYTHON)" -m venv .venv-colab
	.venv-colab/bin/python -m pip install --quiet -r requirements-colab.txt
	touch $@

# The pins hold for the book and the tests; what a chapter imports is then upgraded.
.venv-newest/.ready: requirements.txt constraints.txt
	@test -n "$(PYTHON)" || { echo "Needs Python 3.11, 3.12 or 3.13 with its venv module."; exit 1; }
	"$(PYTHON)" -m venv .venv-newest
	.venv-newest/bin/python -m pip install --quiet -r requirements.txt
	.venv-newest/bin/python -m pip install --quiet --upgrade --upgrade-strategy eager \
	    'tensorflow-cpu; sys_platform == "linux" and platform_machine == "x86_64"' \
	    'tensorflow; sys_platform != "linux" or platform_machine != "x86_64"' keras numpy scipy scikit-learn matplotlib pyyaml
	.venv-newest/bin/python -m pip install --quiet --no-deps --editable .
	touch $@
