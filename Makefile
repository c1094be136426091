# The verbs of this project; 'make help' lists them.

CPU      ?= power9
COMPAT   ?= power8
MEMORY   ?= 1G
APPEND   ?= console=hvc0
release  := .build/release
swift    := swift
# The manifest with all its targets, as JSON.
manifest  = PAPR_TRANSLATOR=1 PAPR_USER_NETWORK=1 PAPR_NBD=1 $(swift) package dump-package
# Modules that a target imports without declaring them are errors; SwiftPM looks without compiling anything again.
imports  := --explicit-target-dependency-import-check error
# Fuzzing: inputs for each parser.
INPUTS   ?= 1000000
# Comparison with QEMU: instructions executed.
COUNT    ?= 30000000
# Debian's release to install.
SUITE    ?= bookworm

# What --version says of the source.
export PROJECT_COMMIT := $(shell git rev-parse --short=12 HEAD 2>/dev/null)$(shell git diff --quiet HEAD 2>/dev/null || echo +)

.PHONY: help setup build guests disk install-debian guest-kernels boot test suites report-check network-boot kill-saves kill-writes compare compare-engines vectors bench bench-devices lint format generate isa-report jit-report isa-audit golden fuzz migrate networks handover shares exec-programs audit-programs attack compare-libvirt compare-devices gdb-sessions check-slurm docs layers library style clean

help: ## what this Makefile can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  make boot CPU=power9 COMPAT=power8 MEMORY=1G   and the like choose the machine"

setup: ## install the Debian packages that are missing (needs root or sudo, only if some are)
	@.ci/setup

build: setup ## release binaries mkfdt, pseries and boot-test in .build/release
	$(swift) build -c release --static-swift-stdlib

guests: ## fetch Debian's ppc64el kernel and busybox into .cache, once
	@Tests/Guests/fetch-debian

disk: ## make a disk that boots through GRUB, from Debian's packages, into .cache, once
	@Tests/Guests/make-disk

install-debian: build ## Debian installs itself on an empty disk and is used (SUITE=bookworm, trixie or forky; half an hour)
	@Tests/Guests/make-installer $(if $(EXPIRED),--expired) $(SUITE)
	@truncate -s 4G .cache/empty.raw
	$(release)/boot-test run Tests/Suites/install/debian.yaml --filter $(SUITE)

guest-kernels: ## build the small test kernels of both byte orders into .cache/guests, once (some 15 minutes)
	@.ci/setup --kernels
	@Tests/Guests/build-kernels

boot: build ## make a device tree and boot Debian's kernel to a shell (CPU=, COMPAT=, MEMORY=)
	@mkdir -p .cache
	$(release)/mkfdt --cpu $(CPU) --compat $(COMPAT) --memory $(MEMORY) --output .cache/guest.dtb
	$(release)/mkfdt features .cache/guest.dtb
	@if Tests/Guests/fetch-debian; then set -x; \
	  $(release)/pseries --cpu $(CPU) --compat $(COMPAT) --memory $(MEMORY) \
	    --kernel .cache/vmlinux --initrd .cache/initrd --append "$(APPEND)"; \
	else \
	  echo "Left out: Debian's kernel, which could not be fetched. Booting the built-in test guest."; set -x; \
	  $(release)/pseries --cpu $(CPU) --compat $(COMPAT) --memory $(MEMORY); \
	fi

test: ## build, boot the short suites, check style and documentation, build the library examples, run the unit tests
	@.ci/test $(imports)

suites: build ## every boot suite in Tests/Suites with what it fetches and builds, and a table (hours; SUITES= some)
	@Tests/Suites/run-all $(SUITES)

report-check: ## the page of boot-test in Chromium, screenshots in .cache/reports; other reports, by their readers
	@status=0; Tests/Reports/check-report || status=1; Tests/Reports/check-formats --fetch || status=1; exit $$status

network-boot: build ## GRUB and Debian's kernel over the network, by TFTP
	@Tests/Guests/make-netboot
	$(release)/boot-test run Tests/Suites/install/network.yaml

check-slurm: build ## boot-test run --on slurm with a controller and two nodes here, one of which dies (needs root and slurm-wlm)
	@Tests/Slurm/check-slurm

kill-saves: build ## kill -9 at random moments of saving, which must never cost the old file (COUNT=100)
	@Tests/Suites/kill-saves $(if $(filter command environment,$(origin COUNT)),$(COUNT),100)

kill-writes: build ## kill -9 at random moments of a guest's flushed writes, which must be in the image (COUNT=100, BUS=)
	@Tests/Suites/kill-writes $(if $(filter command environment,$(origin COUNT)),$(COUNT),100) $(BUS)

compare: build ## our answers next to those of objdump, dtc and QEMU's user mode; findings fail (COUNT=30000000)
	@.ci/setup --tests
	STRICT_PEERS=1 $(swift) test --disable-xctest --filter agreesWith
	$(release)/compare-isa --strict --count $(COUNT) --json .cache/compare-isa.json

compare-engines: build ## random programs under the interpreter and the translator (COUNT=50000000)
	@if [ -x $(release)/compare-engines ]; then \
	  $(release)/compare-engines --count $(if $(filter command environment,$(origin COUNT)),$(COUNT),50000000); \
	else echo "Left out: the translator is not in this build."; fi

vectors: build ## record Tests/Vectors anew, from what QEMU and the interpreter agree on
	$(release)/compare-isa --record

bench: build ## speed of mkfdt, of guests from start to end, and of programs under each engine
	@Tests/Benchmarks/bench --json .cache/bench.json
	@Tests/Benchmarks/engines --json .cache/engines.json

bench-devices: build ## speed of disks and networks in a guest, beside QEMU (needs iperf3; root for a TAP)
	@Tests/Benchmarks/devices

docs: ## build the DocC documentation of all libraries into .build/docs; warnings are errors
	@.ci/docs

library: ## build and run the examples of the libraries as a package of their own, in a new folder
	@Tests/Library/check

layers: ## draw the targets and their dependencies in Sources/README.md
	@$(manifest) | $(swift) Tests/Lint/layers.swift Sources/README.md

style: ## words, names, types, layers, formatting
	@status=0; \
	  for check in words names types; do Tests/Lint/$$check || status=1; done; \
	  $(manifest) | $(swift) Tests/Lint/layers.swift Sources/README.md --check || status=1; \
	  $(swift) format lint --strict --parallel --recursive Package.swift Sources Tests || status=1; \
	  [ $$status = 0 ] || echo "make style: findings" >&2; \
	  exit $$status

lint: setup style ## style, and a build in which warnings and undeclared imports are errors
	$(swift) build --build-tests $(imports)

format: ## format the sources
	$(swift) format --in-place --parallel --recursive Package.swift Sources Tests

generate: ## the generated decoder and dispatch tables
	$(swift) run generate-isa

isa-report: build ## rows by chapter and version, what tests them (vectors, QEMU, guests), and how they are translated
	@$(release)/compare-isa --coverage

jit-report: build ## helper calls of the translator in programs of Debian, into the documentation of PowerJIT (half an hour)
	@mkdir -p .cache
	Tests/Benchmarks/helper-calls > .cache/HelperCalls.md
	cp .cache/HelperCalls.md Sources/Processor/PowerJIT/PowerJIT.docc/HelperCalls.md

isa-audit: build ## what the suites' guests execute in problem state, by ISA version, into .cache/isa-audit
	@mkdir -p .cache/isa-audit; rm -f .cache/isa-audit/*.json .cache/results/*/*.isa-audit.json
	@status=0; for suite in little-endian big-endian debian; do \
	  $(release)/boot-test run Tests/Suites/$$suite.yaml --filter checks --filter boot --audit-isa || status=1; \
	  for file in .cache/results/$$suite/*.isa-audit.json; do \
	    [ ! -e "$$file" ] || cp "$$file" .cache/isa-audit/$$suite-$$(basename "$$file" .isa-audit.json).json; \
	  done; \
	done; exit $$status

golden: ## rewrite the golden trees in dts/ after a deliberate change
	UPDATE_GOLDEN=1 $(swift) test --filter GoldenTree

fuzz: build ## generated inputs for every parser and device (INPUTS=1000000 each, saved states a hundredth of that)
	@for subject in vector elf disk tree source domain registers trace scsi nvme share lan tftp virtio dma; do $(release)/fuzz $$subject --inputs $(INPUTS) || exit 1; done
	$(release)/fuzz debugger --inputs $$(( $(INPUTS) / 200 ))
	$(release)/fuzz state --inputs $$(( $(INPUTS) / 100 )) Tests/States/*.state

migrate: build ## move Debian's guest to another process while it writes memory as fast as it can
	@Tests/Guests/migrate-under-load

networks: build ## two guests on one wire, one of which is moved, and one with the user network
	@Tests/Guests/networks

handover: build ## a guest goes from process to process with disk and network under load (COUNT=6, BUS=)
	@Tests/Guests/handover $(if $(filter command environment,$(origin COUNT)),$(COUNT),6) $(BUS)

shares: build ## a guest with Debian's kernel works in a folder of this host, by 9p and by virtiofs
	@.ci/setup --shares
	@Tests/Guests/shares

exec-programs: build ## programs in guests at levels, by boot-test exec (needs the cross compiler, fetches Debian's kernel)
	@Tests/Guests/exec-programs

audit-programs: build ## boot-test audit of programs of Debian and own ones beside objdump (needs the cross compiler, fetches packages)
	@Tests/Guests/audit-programs

attack: build ## hostile guests, files and clients under both engines; memory, deadlines, signals (DURATION=300)
	@Tests/Guests/attack $(if $(DURATION),$(DURATION),300)

compare-libvirt: build ## answers about processors beside those of Debian's libvirt for POWER
	@Tests/Libvirt/compare-libvirt
	@LIBVIRT_SCHEMAS=$(CURDIR)/.cache/libvirt/root/usr/share/libvirt/schemas \
	  swift test --disable-xctest --filter ElementTableTests

gdb-sessions: build ## gdb itself debugs the built-in guest, GRUB and kernels of both byte orders (fetches 700 MB of symbols, once)
	@Tests/Guests/gdb-sessions --debian-symbols

compare-devices: build ## the nodes of devices beside those of QEMU for the same devices
	@Tests/Guests/compare-devices

clean: ## remove what was built and fetched
	rm -rf .build .cache
