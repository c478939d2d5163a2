#!/usr/bin/env bats
# The arrows as the linker sees them: what is measured, and what measures inside the measured
# process, needs nothing but the C library; our allocators and they alone replace malloc.

bats_require_minimum_version 1.5.0

setup() {
    build=${HEAPLAB_BUILD:-$BATS_TEST_DIRNAME/../../build}
    export LC_ALL=C
}

# needs FILE: the shared libraries that it is linked with, but for the dynamic linker itself.
needs() {
    readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -v '^ld-linux' | tr '\n' ' '
}

@test "the worker, the recorder and our allocators need the C library only" {
    [ "$(needs "$build/heaplab-worker")" = 'libheaplab-replay.so libc.so.6 ' ]
    for file in "$build"/lib*.so; do
        echo "$file: $(needs "$file")"
        [ "$(needs "$file")" = 'libc.so.6 ' ]
    done
}

# Besides it there is where fork handlers are registered, and there may be the heap walk, and calls of
# the allocator's own that bear its name.
@test "each of our allocators replaces the whole malloc family and exports nothing foreign" {
    family='aligned_alloc calloc cfree free free_aligned_sized free_sized malloc'
    family+=' malloc_usable_size memalign posix_memalign pvalloc realloc reallocarray valloc'
    while read -r name; do
        forks='__register_atfork '
        [ "$name" != null ] || forks='' # it has no locks
        exported=$(nm -D --defined-only --format=just-symbols "$build/lib$name.so" |
            grep -vxE "heaplab_(heap_walk|${name//-/_}_[a-z_]*)" | sort | tr '\n' ' ')
        echo "$name: $exported"
        [ "$exported" = "$forks$family " ]
    done < <(sed -nE 's/^(BUILT_IN|CLASSIC).([^,]*),.*/\2/p' "$BATS_TEST_DIRNAME/../../allocators/list.def")
}

@test "neither heaplab nor its worker defines a malloc of its own" {
    for file in "$build"/heaplab "$build"/heaplab-worker "$build"/libheaplab-replay.so; do
        [ -x "$file" ]
        run bash -c "nm --defined-only '$file' | grep -wE 'malloc|calloc|realloc|free'"
        echo "$file: $output"
        [ "$status" -eq 1 ]
    done
}

# An allocator under test is loaded before the library: what that exports, an allocator could replace.
@test "of the library that replays an allocator can replace nothing but what bears our name" {
    exported=$(nm -D --defined-only --format=just-symbols "$build/libheaplab-replay.so")
    echo "$exported"
    grep -qx heaplab_worker_main <<<"$exported"
    run ! grep -vE '^(heaplab_|_vg)' <<<"$exported"
}

@test "an allocator with functions of the harness's names is measured by the harness's own" {
    cat >"$BATS_TEST_TMPDIR/clash.c" <<'CODE'
#include <stddef.h>
#include <stdlib.h>
void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
void __libc_free(void *);
void *malloc(size_t n) { return __libc_malloc(n); }
void *calloc(size_t n, size_t s) { return __libc_calloc(n, s); }
void *realloc(void *p, size_t n) { return __libc_realloc(p, n); }
void free(void *p) { __libc_free(p); }
void clock_ns(void) { abort(); }
void replay_run(void) { abort(); }
void replay_prepare(void) { abort(); }
void timer_open(void) { abort(); }
void edge_wait(void) { abort(); }
CODE
    gcc -shared -fPIC -fno-builtin -o "$BATS_TEST_TMPDIR/clash.so" "$BATS_TEST_TMPDIR/clash.c"
    run "$build/heaplab" run --allocator "clash=$BATS_TEST_TMPDIR/clash.so" --allocators glibc \
        --workloads sized:blocks=2000 --threads 1 --passes throughput --blocks 1 --no-warm-up \
        --no-plots --output "$BATS_TEST_TMPDIR/run"
    echo "$output"
    [ "$status" -eq 0 ]
    grep -q ',clash,' "$BATS_TEST_TMPDIR/run/measurements.csv"
    run ! grep -q ',crashed,' "$BATS_TEST_TMPDIR/run/measurements.csv"
}
