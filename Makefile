# The only entry points of the course. Each target sets up .venv by itself.
BIN := .venv/bin

# The first Python from 3.11 to 3.13 that can make a virtual environment.
FITS := import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
find_python = $(shell for p in $(1); do "$$p" -c '$(FITS)' 2>/dev/null && echo "$$p" && break; done)
PYTHON ?= $(call find_python,python3 python3.13 python3.12 python3.11)
# Colab has 3.13; pyenv may hold one that is not on the path.
COLAB_PYTHON ?= $(call find_python,python3.13 "$$HOME"/.pyenv/versions/3.13.*/bin/python python3 python3.12 python3.11)

.DEFAULT_GOAL := help
.PHONY: help book check test lab run chapter class lint format test-colab test-newest bench bench-site bench-vae \
    bench-samples bench-modes bench-losses bench-recipe bench-time bench-article bench-blur bench-quatrains \
    bench-words bench-labels bench-style bench-pytorch bounds sums repository release lock clean

# The notebooks that CHAPTERS="12 32" names, or all of them.
notebook = $(or $(wildcard chapters/$(1)-*.ipynb),$(error no chapter has the number $(1)))
NOTEBOOKS = $(if $(strip $(CHAPTERS)),$(foreach n,$(CHAPTERS),$(call notebook,$(n))),chapters)
# Two files of tests at a time; what one prepares, such as a page that it opens, serves all its tests.
# Their order is that of tests/conftest.py: what takes long begins first.
BOTH_CORES := -n 2 --dist loadfile --no-loadscope-reorder
# Without a browser nothing is prepared that several tests need: whichever core is free takes the next.
EACH_FREE_CORE := -n 2 --dist worksteal
# A cell gets 15 minutes: the longest takes 3, and a machine may be three times slower.
NBVAL := --nbval-current-env --nbval-cell-timeout=900 --nbval-sanitize-with tests/nbval_sanitize.cfg
# For every system and Python at once; nothing younger than a week, in which most bad releases are found out.
COOLDOWN := 7 days
LOCK = UV_EXCLUDE_NEWER='$(COOLDOWN)' .venv-lock/bin/python -m uv pip compile --quiet --universal --python-version 3.11 \
    --generate-hashes --only-binary :all: $(UPGRADE)

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## */\t/' | expand -t 16

book: .venv/.ready  ## build the website from the stored outputs
	$(BIN)/python $(BIN)/jupyter-book build . -n -W --keep-going
	@echo "Open $(CURDIR)/_build/html/index.html"

check: lint  ## run what is fast: style, types, tests of the library and of the book's files
	$(BIN)/python -m pytest $(EACH_FREE_CORE) -m "not slow" tests/library tests/book

test: lint  ## run everything: check, the site, every cell (CHAPTERS="12 32": of only these)
	@: $(NOTEBOOKS)
	$(BIN)/python -m pytest $(BOTH_CORES)
	$(BIN)/python -m pytest --nbval $(NBVAL) $(NOTEBOOKS)

lab: .venv/.ready  ## open the chapters in JupyterLab
	$(BIN)/python -m jupyterlab chapters

run: .venv/.ready  ## run every chapter in place and store its outputs (CHAPTER=12: only one)
	$(BIN)/python -m tools.run_chapters $(CHAPTER)

chapter: .venv/.ready  ## write a new chapter that passes every test (NN=70 NAME=costs)
	$(BIN)/python -m tools.new_chapter "$(NN)" "$(NAME)" "$(PART)"

class: .venv/.ready  ## copy the chapters into class/, without solutions and answers (CHAPTERS="12 32": only these)
	$(BIN)/python -m tools.make_class $(CHAPTERS)

lint: .venv/.ready  ## check style of modules and notebooks, and the library's types
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy

format: .venv/.ready  ## mend what can be mended of the style
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

test-colab: .venv/.ready .venv-colab/.ready  ## run every chapter alone, as Colab would (CHAPTERS="10 20": only these)
	COURSE_COLAB_PYTHON="$(CURDIR)/.venv-colab/bin/python" COURSE_COLAB_CHAPTERS="$(CHAPTERS)" \
	    $(BIN)/python -m pytest tests/book/test_colab.py

test-newest: .venv-newest/.ready  ## run the library's tests and every chapter with the newest libraries
	.venv-newest/bin/python -m pytest $(BOTH_CORES) tests/library
	.venv-newest/bin/python -m pytest --nbval-lax $(NBVAL) $(NOTEBOOKS)

bench: .venv/.ready  ## measure the speed of loading and of a training step
	$(BIN)/python -m bench.speed

bench-site: book  ## measure the site: Lighthouse, axe, requests, weight (needs Node.js; 5 minutes)
	$(BIN)/python -m tools.site.measure

bench-vae: .venv/.ready  ## measure how probable a VAE finds MNIST after 30 s to 10 min (hours)
	$(BIN)/python -m bench.vae_likelihood

bench-samples: .venv/.ready  ## judge a GAN and a VAE, five seeds and four step sizes (25 min)
	$(BIN)/python -m bench.gan_vs_vae

bench-modes: .venv/.ready  ## race remedies against mode collapse, five seeds (90 minutes)
	$(BIN)/python -m bench.mode_collapse

bench-losses: .venv/.ready  ## race ten settings of the GAN loss on the ring, five seeds (3 minutes)
	$(BIN)/python -m bench.loss_race

bench-recipe: .venv/.ready  ## train the article's VAE recipe beside a VAE, five seeds (10 minutes)
	$(BIN)/python -m bench.vae_recipe

bench-time: .venv/.ready  ## measure quality against seconds of training, four models (45 minutes)
	$(BIN)/python -m bench.time_to_quality

bench-article: .venv/.ready  ## train the article's program to its own 10 000 batches (an hour)
	$(BIN)/python -m bench.article_program

bench-blur: .venv/.ready  ## measure what blur and lost variety do to the metrics (10 minutes)
	$(BIN)/python -m bench.blur

bench-labels: .venv/.ready  ## put pre-training without labels into labels, two tasks, five seeds (30 minutes)
	$(BIN)/python -m bench.labels

bench-quatrains: .venv/.ready  ## write quatrains, the rhyme first or not; mark them (half an hour)
	$(BIN)/python -m bench.quatrains

bench-style: .venv/.ready  ## judge CycleGAN by hidden answers and a small StyleGAN, five seeds (an hour)
	$(BIN)/python -m bench.style

bench-words: .venv/.ready  ## measure a small GPT against counting, seconds, sizes, stop words (an hour)
	$(BIN)/python -m bench.words

bench-pytorch: .venv-pytorch/.ready  ## time a step beside eager PyTorch, in an environment of its own
	.venv-pytorch/bin/python -m bench.pytorch_speed

bounds: .venv/.ready  ## measure the floor and the ceiling of the metrics
	$(BIN)/python -m bench.judging_bounds

sums: .venv/.ready  ## write down the digests of the shipped files anew, after a change to one
	$(BIN)/python -m tools.make.sums

repository: .venv/.ready  ## put the address of your copy everywhere (SLUG=owner/name)
	$(BIN)/python -m tools.set_repository "$(SLUG)"

lock: .venv-lock/.ready  ## write down versions and digests of all packages anew (UPGRADE=--upgrade: the newest that fit)
	$(LOCK) requirements.in --output-file requirements.txt
	$(LOCK) requirements-colab.in --output-file requirements-colab.txt
	$(LOCK) bench/requirements-pytorch.in --constraints requirements.txt --output-file bench/requirements-pytorch.txt
	$(LOCK) tools/requirements-lock.in --output-file tools/requirements-lock.txt

release: .venv/.ready  ## put the tag of a new release everywhere: what Colab opens and fetches (VERSION=0.2.0)
	$(BIN)/python -m tools.release "$(VERSION)"

clean:  ## remove the environments and the built site
	rm -rf .venv .venv-colab .venv-newest .venv-pytorch .venv-lock _build

# An environment: $(1) is its folder, $(2) the name of the variable that holds its Python.
define make_environment
	@"$($(2))" -c '$(FITS)' 2>/dev/null || { echo "Needs Python 3.11, 3.12 or 3.13 with its module ensurepip (on" \
	    "Debian and Ubuntu: apt install python3-venv), but $(2) is '$($(2))' ($$("$($(2))" --version 2>&1))." \
	    "Name one: make $(2)=/path/to/python" >&2; exit 1; }
	"$($(2))" -m venv --clear $(1)
endef
# Only what the locks pin, with the digests that they have, and nothing that would fetch tools to be built.
INSTALL_LOCKED := -m pip install --quiet --require-hashes --only-binary :all:
# What builds the library is in the environment already.
INSTALL_LIBRARY := -m pip install --quiet --no-deps --no-build-isolation --editable .
# The last step: where the environment is. One without this file is half made.
define finish_environment
	@$(1)/bin/python -I -c 'import sys; print(sys.prefix)' > $(1)/.ready
endef
# It is made anew where it has been moved, its Python is gone, or `make PYTHON=…` asks for another one.
stale = $(shell test -e $(1)/.ready || exit; is() { "$$1" -I -c "import sys; print($$2)" 2>/dev/null; }; \
    test "$$(is $(1)/bin/python sys.prefix)" = "$$(cat $(1)/.ready)" && $(if $(filter command,$(origin $(2))),test \
    "$$(is $(1)/bin/python 'sys.base_prefix, sys.version')" = "$$(is "$($(2))" 'sys.base_prefix, sys.version')",true) \
    || echo $(1)/.ready)
.PHONY: $(call stale,.venv-colab,COLAB_PYTHON) $(foreach e,.venv .venv-newest .venv-pytorch .venv-lock,$(call stale,$(e),PYTHON))

.venv/.ready: requirements.txt
	$(call make_environment,.venv,PYTHON)
	$(BIN)/python $(INSTALL_LOCKED) -r requirements.txt
	$(BIN)/python $(INSTALL_LIBRARY)
	$(call finish_environment,.venv)

.venv-colab/.ready: requirements-colab.txt
	$(call make_environment,.venv-colab,COLAB_PYTHON)
	.venv-colab/bin/python $(INSTALL_LOCKED) -r requirements-colab.txt
	$(call finish_environment,.venv-colab)

# The pins hold for the book and the tests; what a chapter imports is then upgraded.
.venv-newest/.ready: requirements.txt
	$(call make_environment,.venv-newest,PYTHON)
	.venv-newest/bin/python $(INSTALL_LOCKED) -r requirements.txt
	.venv-newest/bin/python -m pip install --quiet --upgrade --upgrade-strategy eager \
	    'tensorflow-cpu; sys_platform == "linux" and platform_machine == "x86_64"' \
	    'tensorflow; sys_platform != "linux" or platform_machine != "x86_64"' keras numpy scipy scikit-learn matplotlib pyyaml
	.venv-newest/bin/python $(INSTALL_LIBRARY)
	$(call finish_environment,.venv-newest)

.venv-pytorch/.ready: requirements.txt bench/requirements-pytorch.txt
	$(call make_environment,.venv-pytorch,PYTHON)
	.venv-pytorch/bin/python $(INSTALL_LOCKED) -r requirements.txt -r bench/requirements-pytorch.txt
	$(call finish_environment,.venv-pytorch)

.venv-lock/.ready: tools/requirements-lock.txt
	$(call make_environment,.venv-lock,PYTHON)
	.venv-lock/bin/python $(INSTALL_LOCKED) -r tools/requirements-lock.txt
	$(call finish_environment,.venv-lock)
