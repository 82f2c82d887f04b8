# Everything one does with Stepgate, by name: `make` lists it. Each target gets ready what it needs.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# One step after the other: two cargo builds at once wait for each other at best.
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

# Outside the clone, so that SurrealDB, by far the longest part, is compiled once for all clones and for CI.
export CARGO_TARGET_DIR ?= $(HOME)/.cache/stepgate/target
# What .ci/setup has installed comes first.
export PATH := $(CURDIR)/frontend/node_modules/.bin:$(HOME)/.cache/stepgate/tools/bin:$(PATH):$(HOME)/.cargo/bin
# No path of the building machine in the wasm: smaller, and the same bytes wherever it is built.
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS := \
  --remap-path-prefix=$(or $(CARGO_HOME),$(HOME)/.cargo)=/cargo --remap-path-prefix=$(CARGO_TARGET_DIR)=/target

BINARY := $(CARGO_TARGET_DIR)/release/stepgate
PRODUCT := dist/stepgate
PLAYWRIGHT_REPORT := $(CURDIR)/end2end/results/report.json

# $(call step,TITLE,HOW LONG): announces a step. $(call took,TITLE): says how long it took (.ci/run collects these).
step = @printf '\n==> %s (%s)\n' '$(1)' '$(2)'; date +%s >dist/.step
took = @printf '==> %s took %d s\n' '$(1)' $$(($$(date +%s) - $$(<dist/.step)))

##@ Use

.PHONY: help
help: ## This list
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: binary ## Build what changed and serve on http://localhost:3000 (first time: up to 30 minutes)
	@exec '$(BINARY)' serve

.PHONY: build
build: $(PRODUCT) ## Leave the product, one stripped file, at dist/stepgate

##@ Check

.PHONY: test
test: setup-test check unit build browser ## Everything: formatting, lints, Rust tests, browser tests

.PHONY: check
check: setup-test bundle ## Formatting and lints
	$(call step,format and lints,seconds; ten minutes when SurrealDB has not been checked yet)
	cargo fmt --all --check
	leptosfmt --check --quiet app/src
	taplo fmt --check
	cargo clippy --release --all-targets -- -D warnings
	cargo clippy --release -p benches --all-targets -- -D warnings
	@# With the bundle's profile, so that macros and build scripts are those the bundle was built with.
	cargo clippy -p frontend --target wasm32-unknown-unknown --profile wasm-release -- -D warnings
	$(call took,format and lints)

.PHONY: unit
unit: bundle ## Rust tests
	$(call step,Rust tests,seconds to minutes; fifteen more when SurrealDB has not been compiled yet)
	cargo test --release
	$(call took,Rust tests)

.PHONY: browser
browser: setup-test build ## Browser tests, against dist/stepgate
	$(call step,browser tests,minutes)
	rm -f $(PLAYWRIGHT_REPORT)
	PLAYWRIGHT_JSON_OUTPUT_FILE='$(PLAYWRIGHT_REPORT)' npm --prefix end2end test -- --reporter=list,json
	$(call took,browser tests)

.PHONY: bench
bench: ## How fast the rules decide, pages are and messages go (some minutes)
	$(call step,benchmarks,two minutes; two more the first time)
	cargo bench -p benches
	cargo bench -p server --bench pages --bench queue
	$(call took,benchmarks)

##@ Parts

.PHONY: setup
setup: | dist ## Install what building needs (first time: seven minutes)
	@.ci/setup build

.PHONY: setup-test
setup-test: | dist ## Install what testing needs too
	@.ci/setup build test

.PHONY: bundle
bundle: dist/.bundle ## Build the browser's part into dist/site

.PHONY: binary
binary: bundle
	$(call step,server,seconds; fifteen minutes when SurrealDB has not been compiled yet)
	cargo build --release -p server
	$(call took,server)

# Cargo judges by the times of files whether a crate of ours is up to date, and takes the crates of two clones for the
# same: in a shared folder it would serve one clone what it compiled from another. So whatever is not, path and content,
# as make saw it last becomes new. (One clone at a time. Plain cargo has the clone's own ./target.)
SEEN := $(CARGO_TARGET_DIR)/.seen
what_is_here = find '$(CURDIR)' \( -name .git -o -name node_modules -o -path '$(CURDIR)/dist/.*' \
  $(foreach name,data dist/stepgate dist/stepgate.new docs end2end target,-o -path '$(CURDIR)/$(name)') \) -prune -o -type f -print0 \
  | { xargs -0 sha256sum 2>/dev/null || true; } | LC_ALL=C sort

.PHONY: claim
claim:
	@mkdir -p '$(CARGO_TARGET_DIR)' && touch '$(SEEN)'
	@$(what_is_here) >'$(SEEN).new'
	@LC_ALL=C comm -13 '$(SEEN)' '$(SEEN).new' | cut -c67- | xargs -r -d '\n' touch -c
	@mv '$(SEEN).new' '$(SEEN)'

.PHONY: clean
clean: ## Remove what was built here; compiled crates stay in ~/.cache/stepgate, shared by all clones
	rm -rf dist end2end/results

dist:
	@mkdir -p $@

# A phony prerequisite, so cargo is asked each time; the file is only written when there is something new.
$(PRODUCT): binary
	@[[ $@ -nt '$(BINARY)' ]] || { strip -o $@.new '$(BINARY)' && mv $@.new $@; }
	@printf '==> %s: %d MB\n' $@ $$(($$(stat -c %s $@) / 1000000))

# Trunk doesn't know whether anything changed, so make does: by sources, manifests and versions of the tools. Folders
# are among the sources because a file that goes away changes nothing else. The stamp gets the time from before the
# build: what is edited meanwhile is newer.
BUNDLE_SOURCES := Cargo.toml Cargo.lock Trunk.toml \
  $(shell find app style frontend -path frontend/node_modules -prune -o -print)

# Gone since the line above? Then something changed, which is no error.
$(BUNDLE_SOURCES): ;

dist/.bundle: dist/.tools $(BUNDLE_SOURCES)
	$(call step,browser bundle,twenty seconds; four minutes the first time)
	@touch $@.new
	cargo fetch --quiet
	@# Trunk 0.21 takes NO_COLOR=1 for a wrong argument.
	env -u NO_COLOR trunk build
	@mv $@.new $@
	@$(what_is_here) >'$(SEEN)'
	$(call took,browser bundle)

# The same script with another compiler or compressor is another bundle.
dist/.tools: FORCE | setup claim
	@{ rustc --version; trunk --version; wasm-bindgen --version; node --version; } >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

.PHONY: FORCE
FORCE:
