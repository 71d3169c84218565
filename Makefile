# The short commands. Everything is built by meson; this only calls it.
BUILD ?= build
FUZZ_BUILD ?= build-fuzz
ASAN_BUILD ?= build-asan
TSAN_BUILD ?= build-tsan
FUZZ_SECONDS ?= 60
WERROR ?=
SANITIZE ?= 0
# With sanitizers -O1 compiles a third faster and runs as fast; gcc's warnings need -O2 beside -fsanitize=thread.
ASAN_QUICK := -Doptimization=1 -Dc_args=-g1
TSAN_QUICK := -Dc_args=-g1
JOBS ?= $(shell nproc 2>/dev/null || echo 2)

.PHONY: build run test bench fuzz clean format packages check-packages

build: packages
	@.ci/configure $(BUILD) $(if $(WERROR),-Dwerror=$(WERROR))
	@meson compile -C $(BUILD) -j $(JOBS)

packages:
	@.ci/install-packages .ci/packages

check-packages:
	@.ci/install-packages .ci/packages .ci/packages-checks

# Opens the desktop program where there is a display; else scores a made-up chest.
run: build
	@tests/tools/first-run $(BUILD)

# The last line is "N passed, N failed, N skipped". SANITIZE=1 runs the suite a second time with
# the address and undefined-behaviour sanitizers, and what has threads with the thread sanitizer.
test: build
	@if [ "$(SANITIZE)" = 1 ]; then \
	  .ci/configure $(ASAN_BUILD) $(if $(WERROR),-Dwerror=$(WERROR)) -Db_sanitize=address,undefined \
	    -Db_lundef=false -Ddocs=disabled $(ASAN_QUICK) && \
	  meson compile -C $(ASAN_BUILD) -j $(JOBS) && \
	  .ci/configure $(TSAN_BUILD) $(if $(WERROR),-Dwerror=$(WERROR)) -Db_sanitize=thread \
	    -Db_lundef=false -Ddocs=disabled -Dstudio=auto $(TSAN_QUICK) && \
	  meson compile -C $(TSAN_BUILD) -j $(JOBS) medct make-chest test-engine test-studio-threads \
	    test-weight-gradients; \
	fi
	@tests/run-suite $(BUILD) $(if $(filter 1,$(SANITIZE)),$(ASAN_BUILD) $(TSAN_BUILD):threads)

bench: build
	@tests/bench/run $(BUILD)

fuzz: check-packages
	@CC=clang .ci/configure $(FUZZ_BUILD) -Dfuzz=true -Dstudio=disabled -Ddocs=disabled -Dc_args=-fsanitize=fuzzer-no-link \
	  -Db_sanitize=address,undefined -Db_lundef=false
	@meson compile -C $(FUZZ_BUILD) -j $(JOBS)
	@tests/fuzz/run $(FUZZ_BUILD) $(FUZZ_SECONDS)

format: check-packages
	@git ls-files '*.c' '*.h' | xargs clang-format -i

clean:
	rm -rf $(BUILD) $(FUZZ_BUILD) $(ASAN_BUILD) $(TSAN_BUILD) out
