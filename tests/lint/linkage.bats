#!/usr/bin/env bats
# The arrows as the linker sees them: what is measured, and what measures inside the measured
# process, needs nothing but the C library; our allocators and they alone replace malloc.

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

# Besides it there may be the heap walk, and calls of the allocator's own that bear its name.
@test "each of our allocators replaces the whole malloc family and exports nothing foreign" {
    family='aligned_alloc calloc cfree free free_aligned_sized free_sized malloc'
    family+=' malloc_usable_size memalign posix_memalign pvalloc realloc reallocarray valloc'
    while read -r name; do
        exported=$(nm -D --defined-only --format=just-symbols "$build/lib$name.so" |
            grep -vxE "heaplab_(heap_walk|${name//-/_}_[a-z_]*)" | sort | tr '\n' ' ')
        echo "$name: $exported"
        [ "$exported" = "$family " ]
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
