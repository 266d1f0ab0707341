# What can be made: `make help`. Needs Go, Python 3.10 or later with venv, and make; everything else is
# fetched, pinned, into .env.d. Everything is built without cgo; goolm is mautrix's encryption in pure Go.
export CGO_ENABLED := 0

TAGS  := goolm
GO    := go
HOUSE := .env.d/bin/house
LIPPE := knowledge/lippe
FILES := $(LIPPE)/questions.yaml
BIN   := bin/lotse

# The tools live in a module of their own, so that their hundreds of dependencies stay out of ours.
TOOLS := .env.d/tools-$(shell cksum < .ci/tools.sum | cut -d' ' -f1)
LINTER := $(TOOLS)/golangci-lint
DEADCODE := $(TOOLS)/deadcode

# Its cache holds paths: one of another checkout would give findings with paths from there.
export GOLANGCI_LINT_CACHE := $(CURDIR)/.env.d/lint-cache

# The race detector needs cgo. These packages are run with it where there is a C compiler.
RACE_PACKAGES := ./bot ./knowledge/... ./handlers/...
CC_FOUND := $(shell command -v $$($(GO) env CC) 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help build up down env house demo test test-all test-race lint bench bench-all eval secrets clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

build: ## the program, as bin/lotse
	$(GO) build -tags $(TAGS),timetzdata -trimpath -ldflags "-s -w" -o $(BIN) .

up: house ## PostgreSQL and Synapse in the background, for development
	@$(HOUSE) up

down: house ## stop them
	@$(HOUSE) down

env: house ## how to reach them: eval "$(make -s env)"
	@$(HOUSE) env

house:
	@$(GO) build -tags $(TAGS) -o $(HOUSE) ./internal/house/cmd

demo: ## anna and others ask Lotse in a real homeserver; then you can
	@[ -x .env.d/bin/demo ] || echo "building; the first time takes minutes, the next ones seconds"
	@$(GO) build -tags $(TAGS) -o .env.d/bin/demo ./internal/demo
	@.env.d/bin/demo

test: house ## all tests, with servers of their own
	@$(HOUSE) run --node -- $(MAKE) --no-print-directory test-all test-race

test-all:
	$(GO) test -tags $(TAGS) -shuffle=on -timeout 20m $(ARGS) ./...

test-race:
ifneq ($(CC_FOUND),)
	CGO_ENABLED=1 $(GO) test -race -short -tags $(TAGS) -shuffle=on -timeout 20m $(ARGS) $(RACE_PACKAGES)
else
	@echo "no C compiler: the race detector is left out"
endif

lint: $(LINTER) $(DEADCODE) ## format, linter, tidy modules, no dead code
	$(LINTER) fmt --diff
	$(LINTER) run ./...
	$(GO) mod tidy -diff
	@echo "$(DEADCODE) -test ./..."; dead=$$($(DEADCODE) -tags $(TAGS) -test ./...) && if [ -n "$$dead" ]; then echo "$$dead"; exit 1; fi
	$(GO) build -tags $(TAGS) ./...

$(LINTER): .ci/tools.mod .ci/tools.sum
	$(GO) build -modfile=.ci/tools.mod -o $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

$(DEADCODE): .ci/tools.mod .ci/tools.sum
	$(GO) build -modfile=.ci/tools.mod -o $@ golang.org/x/tools/cmd/deadcode

bench: house ## how fast, how large: each figure in the same run as what it is compared with
	@$(HOUSE) run -- $(MAKE) --no-print-directory bench-all

# What takes seconds is run once, the rest often enough for medians.
bench-all:
	$(GO) test -tags $(TAGS) -run '^$$' -bench . -benchtime 1x -timeout 30m $(ARGS) . ./knowledge/embed
	$(GO) test -tags $(TAGS) -run '^$$' -bench . -benchtime 100x -timeout 30m $(ARGS) ./bot/... ./knowledge ./knowledge/text

eval: house build ## how many questions are decided right: FILES="a.yaml b.yaml"
	@$(HOUSE) run --serve -- sh -c '$(BIN) migrate && $(BIN) import $(LIPPE) && $(BIN) eval $(ARGS) $(FILES)'

# Containers run as other users than the one who makes these files: the folder keeps others out.
secrets: ## random secrets for docker compose, in ./secrets; what is there is kept
	@umask 077; mkdir -p secrets; cd secrets; \
	random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }; \
	for name in database_password password pickle_key registration_secret; do [ -s $$name ] || random > $$name; done; \
	[ -s database_url ] || printf 'postgres://lotse:%s@database/lotse' "$$(cat database_password)" > database_url; \
	chmod 444 *; ls -l

clean: down ## remove everything that was made, the virtual environment too
	rm -rf .env.d bin
