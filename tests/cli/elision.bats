#!/usr/bin/env bats
# No call of a stream is lost: compilers delete malloc and free in pairs where they may. The worker,
# built by gcc and by clang with optimisation, runs streams against an allocator that counts, and
# the counts by kind are those that the trace of the stream has.

setup_file() {
    build=$(realpath "${HEAPLAB_BUILD:-$BATS_TEST_DIRNAME/../../build}")
    export build fixtures=$BATS_TEST_DIRNAME/../fixtures
    gcc -O2 -std=gnu17 -D_GNU_SOURCE -fPIC -shared -fno-builtin \
        -o "$BATS_FILE_TMPDIR/libcounting.so" "$fixtures/counting_allocator.c"
    gcc -O1 -std=gnu17 -D_GNU_SOURCE -fno-builtin -pthread \
        -o "$BATS_FILE_TMPDIR/mixed_calls" "$fixtures/mixed_calls.c"
    "$build/heaplab" record -o "$BATS_FILE_TMPDIR/mixed.trace" -- "$BATS_FILE_TMPDIR/mixed_calls"
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    export HEAPLAB_COUNTS=$BATS_TEST_TMPDIR/counts
}

# events_in TRACE: "malloc calloc realloc aligned free live" as its reader counts them.
events_in() {
    "$build/heaplab" trace inspect "$1" | tr -d , | awk '
        /^  (malloc|calloc|realloc|aligned_alloc|free) / { count[$1] = $2 }
        /^  never freed/                                 { live = $NF }
        END {
            print count["malloc"] + 0, count["calloc"] + 0, count["realloc"] + 0,
                  count["aligned_alloc"] + 0, count["free"] + 0, live + 0
        }'
}

# arrived HEAPLAB WORKLOAD PASS: the calls that its worker made, in the same order without live.
arrived() {
    local counts

    rm -rf "$HEAPLAB_COUNTS" run
    "$1" run --allocator counting="$BATS_FILE_TMPDIR/libcounting.so" --allocators glibc \
        --workloads "$2" --threads 2 --scale 0.01 --passes "$3" --blocks 1 --no-warm-up \
        --no-plots --output run >log 2>&1 || { cat log >&2 && return 1; }
    read -ra counts < <(od -An -v -w64 -t u8 "$HEAPLAB_COUNTS")
    echo "${counts[@]:0:5}"
}

# complete HEAPLAB WORKLOAD TRACE: both passes make the calls of the trace; the memory pass frees
# what the stream leaves too.
complete() {
    local malloc calloc realloc aligned free live worker=${1%heaplab}heaplab-worker

    [ -x "$worker" ]
    read -r malloc calloc realloc aligned free live < <(events_in "$3")
    echo "$1, $2: $malloc malloc, $calloc calloc, $realloc realloc, $aligned aligned, $free free"
    [ "$malloc" -gt 0 ] && [ "$free" -gt 0 ]
    run arrived "$1" "$2" throughput
    echo "throughput: $output"
    [ "$output" = "$malloc $calloc $realloc $aligned $free" ]
    run arrived "$1" "$2" memory
    echo "memory: $output"
    [ "$output" = "$malloc $calloc $realloc $aligned $((free + live))" ]
}

@test "every call of a synthetic workload with threads arrives" {
    "$build/heaplab" trace save --threads 2 --scale 0.01 larson larson.trace
    complete "$build/heaplab" larson larson.trace
    complete "$build/clang/heaplab" larson larson.trace
}

@test "every call of a recorded program with calls of all kinds arrives" {
    read -r _ calloc realloc aligned _ live < <(events_in "$BATS_FILE_TMPDIR/mixed.trace")
    [ "$calloc" -ge 1200 ] && [ "$realloc" -ge 1200 ] && [ "$aligned" -ge 1200 ] && [ "$live" -gt 0 ]
    complete "$build/heaplab" "$BATS_FILE_TMPDIR/mixed.trace" "$BATS_FILE_TMPDIR/mixed.trace"
    complete "$build/clang/heaplab" "$BATS_FILE_TMPDIR/mixed.trace" "$BATS_FILE_TMPDIR/mixed.trace"
}

@test "a worker that loses a single call is found out" {
    cat >lose.h <<'END'
#include <stdlib.h>
static inline void free_but_one(void *ptr)
{
    static _Atomic int calls;
    if (calls++ != 500) {
        free(ptr);
    }
}
#define free free_but_one
END
    mkdir faulty
    cp "$build/heaplab" "$build/libnull.so" faulty
    (cd "$BATS_TEST_DIRNAME/../.." && gcc -O2 -std=gnu17 -D_GNU_SOURCE -I. -fno-builtin -pthread \
        -include "$BATS_TEST_TMPDIR/lose.h" -o "$BATS_TEST_TMPDIR/faulty/heaplab-worker" \
        harness/replay/*.c)
    "$build/heaplab" trace save --threads 2 --scale 0.01 larson larson.trace
    read -r malloc calloc realloc aligned free _ < <(events_in larson.trace)
    run arrived faulty/heaplab larson throughput
    echo "$output, but $free free"
    [ "$output" = "$malloc $calloc $realloc $aligned $((free - 1))" ]
}
