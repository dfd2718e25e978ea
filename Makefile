# Debug and tests are built in .build, releases in .build-release, so that neither makes the other start afresh.

RELEASE := .build-release

# The tests have a lab of their own, beside `make lab-up` and the demo's.
TEST_LAB_RUN ?= /tmp/millrace-test-$(shell id -u)
TEST_LAB_PORT ?= 27800

.DEFAULT_GOAL := help
.PHONY: help demo test soak replay crash bench build format lint packages lab-up lab-down clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: ## the shop, live: servers, traffic, replication, and a comparison of every row
	@examples/shop/demo.sh

test: packages ## every test, against real servers
	swift build --build-tests
	@LAB_RUN=$(TEST_LAB_RUN) LAB_PORT=$(TEST_LAB_PORT) MILLRACE_LAB=1 lab/lab.sh with Tests/run

soak: packages ## the simulation under new seeds for SOAK_MINUTES=60, and the tests under fire at full size
	swift build --build-tests
	SIMULATION_SOAK_MINUTES=$(or $(SOAK_MINUTES),60) swift test --skip-build --filter SimulationTests.SoakTests
	LAB_RUN=$(TEST_LAB_RUN) LAB_PORT=$(TEST_LAB_PORT) MILLRACE_LAB=1 MILLRACE_SOAK=1 \
		lab/lab.sh with swift test --skip-build --no-parallel --filter EndToEndTests.UnderFire

replay: packages ## one seed of the simulation, step by step: SEED=, MODE=, MUTATION=
	swift build --build-tests
	SIMULATION_SEED=$(SEED) SIMULATION_MODE=$(MODE) SIMULATION_MUTATION=$(MUTATION) \
		swift test --skip-build --filter SimulationTests.SimulationTests/replay

crash: packages ## the process killed at every place that matters: ROUNDS=500, SEED=7
	swift build --build-tests
	LAB_RUN=$(TEST_LAB_RUN) LAB_PORT=$(TEST_LAB_PORT) MILLRACE_LAB=1 \
		$(if $(ROUNDS),MILLRACE_CRASH_ROUNDS=$(ROUNDS)) $(if $(SEED),MILLRACE_CRASH_SEED=$(SEED)) \
		lab/lab.sh with swift test --skip-build --no-parallel --filter 'EndToEndTests.UnderFire/[A-Za-z]*CrashTests'

bench: build ## speed and memory, as ratios to limits measured in the same run
	@for name in $$(bench/run --list); do bench/run $$name | tail -n 1 || exit 1; done

build: packages ## the release build: .build-release/release/millrace
	swift build -c release --static-swift-stdlib --scratch-path $(RELEASE) --product millrace

format: ## formats every Swift file
	swift format --in-place --parallel --recursive Package.swift Sources Tests

lint: ## fails where a Swift file is not formatted
	swift format lint --strict --parallel --recursive Package.swift Sources Tests

packages: ## installs the C libraries that the build needs (Debian, as root), or says which are missing
	@lab/lab.sh packages

lab-up: ## PostgreSQL, MongoDB, Redis and Elasticsearch on loopback; see lab/README.md
	@lab/lab.sh up

lab-down: ## ends them and deletes their data
	@lab/lab.sh down

clean: ## deletes both builds
	rm -rf .build $(RELEASE)
