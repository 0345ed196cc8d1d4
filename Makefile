# The only entry points of the course. Each target sets up .venv by itself.
BIN := .venv/bin

# The first Python from 3.11 to 3.13 that can make a virtual environment.
FITS := import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
find_python = $(shell for p in $(1); do "$$p" -c '$(FITS)' 2>/dev/null && echo "$$p" && break; done)
PYTHON ?= $(call find_python,python3 python3.13 python3.12 python3.11)
# Colab has 3.13; pyenv may hold one that is not on the path.
COLAB_PYTHON ?= $(call find_python,python3.13 $(wildcard $(HOME)/.pyenv/versions/3.13.*/bin/python) python3 python3.12 python3.11)

.DEFAULT_GOAL := help
.PHONY: help book test lab run lint format test-colab test-newest bench bench-site bench-vae bench-samples bench-modes bench-time bench-pytorch bounds repository clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 16

book: .venv/.ready  ## build the website from the stored outputs
	$(BIN)/jupyter-book build . -n -W --keep-going
	@echo "Open $(CURDIR)/_build/html/index.html"

test: lint  ## run everything: ruff, unit tests, the book, every cell of every chapter
	$(BIN)/pytest tests
	$(BIN)/pytest --nbval --nbval-current-env --nbval-cell-timeout=600 \
	    --nbval-sanitize-with tests/nbval_sanitize.cfg chapters

lab: .venv/.ready  ## open the chapters in JupyterLab
	$(BIN)/jupyter lab chapters

run: .venv/.ready  ## run every chapter in place and store its outputs (CHAPTER=12: only one)
	$(BIN)/python tools/run_chapters.py $(CHAPTER)

lint: .venv/.ready  ## check style of modules and notebooks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: .venv/.ready  ## mend what can be mended of the style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test-colab: .venv/.ready .venv-colab/.ready  ## run every chapter alone, as Colab would (CHAPTERS="10 20": only these)
	COURSE_COLAB_PYTHON=$(CURDIR)/.venv-colab/bin/python COURSE_COLAB_CHAPTERS="$(CHAPTERS)" \
	    $(BIN)/pytest tests/test_colab.py

test-newest: .venv-newest/.ready  ## run the unit tests and every chapter with the newest libraries
	.venv-newest/bin/pytest tests --ignore=tests/test_book.py --ignore=tests/test_site.py
	.venv-newest/bin/pytest --nbval-lax --nbval-current-env --nbval-cell-timeout=600 chapters

bench: .venv/.ready  ## measure the speed of loading and of a training step
	$(BIN)/python bench/speed.py

bench-site: book  ## measure the site: Lighthouse, axe, requests, weight (needs Node.js; 5 minutes)
	PYTHONPATH=tools $(BIN)/python bench/site.py

bench-vae: .venv/.ready  ## measure how probable a VAE finds MNIST after 30 s to 10 min (hours)
	$(BIN)/python bench/vae_likelihood.py

bench-samples: .venv/.ready  ## judge a GAN and a VAE, five seeds and four step sizes (20 min)
	$(BIN)/python bench/gan_vs_vae.py

bench-modes: .venv/.ready  ## race remedies against mode collapse, five seeds (80 minutes)
	$(BIN)/python bench/mode_collapse.py

bench-time: .venv/.ready  ## measure quality against seconds of training, four models (45 minutes)
	$(BIN)/python bench/time_to_quality.py

bench-pytorch: .venv/.ready  ## time a step beside eager PyTorch, in an environment of its own
	"$(PYTHON)" -m venv .venv-pytorch
	.venv-pytorch/bin/python -m pip install --quiet -r requirements.txt -r bench/requirements-pytorch.txt
	PYTHONPATH=. .venv-pytorch/bin/python bench/pytorch_speed.py

bounds: .venv/.ready  ## measure the floor and the ceiling of the metrics
	$(BIN)/python tools/measure_bounds.py

repository: .venv/.ready  ## put the address of your copy everywhere (SLUG=owner/name)
	$(BIN)/python tools/set_repository.py "$(SLUG)"

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
