# Everything is built without cgo; goolm is mautrix's encryption in pure Go.
export CGO_ENABLED := 0
TAGS  := goolm
HOUSE := .env.d/bin/house

.PHONY: up down env house build

up: house ## PostgreSQL and Synapse in the background
	@$(HOUSE) up

down: house ## stop them
	@$(HOUSE) down

env: house ## how to reach them: eval "$$(make -s env)"
	@$(HOUSE) env

house:
	@go build -tags $(TAGS) -o $(HOUSE) ./internal/house/cmd
