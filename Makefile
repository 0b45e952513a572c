# The short door. Recipes stay at three lines; anything longer is `cargo xtask` (crates/xtask) or a script.
# SCALE, PORT and FRESH reach the programs through the environment; each says its own default.

.DEFAULT_GOAL := help
.PHONY: help setup run test check golden bench kernels peer gallery clean

help: ## say what there is
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

setup: ## install what is missing (Debian 12; root or sudo)
	@scripts/setup.sh test

run: ## build, make the demo city, run the main job, serve it (SCALE=small|county|city PORT=8080 FRESH=1)
	@scripts/setup.sh run
	@cargo xtask run

test: ## everything: format, tidy, lints, tests on both databases, browser
	@scripts/setup.sh test
	@cargo xtask test

check: ## the quick loop: format, tidy, lints, tests without the bulk job
	@cargo xtask check

golden: ## rewrite golden files and show what changed
	@cargo xtask golden

bench: ## the figures of docs/performance.md, city scale, release build (an hour)
	@benches/run.sh

kernels: ## edit distance, company names and counties beside RapidFuzz, companynameparser and cpca (minutes)
	@benches/kernels.sh

peer: ## our linkage beside Splink and SQL, in turns, release build (SCALE=county|city ROUNDS=3 FILES=DIR)
	@benches/linkage.sh

gallery: ## screenshots of every page at 1440 and 390 px into target/shots/
	@scripts/setup.sh test
	@cargo xtask gallery

clean: ## remove the demo city and the screenshots; the build stays
	@rm -rf target/demo target/shots
