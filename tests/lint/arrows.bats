#!/usr/bin/env bats
# The arrows check finds an include planted against each arrow, and lets the allowed ones be.

setup() {
    check=$BATS_TEST_DIRNAME/arrows
    tree=$BATS_TEST_TMPDIR/tree
    mkdir -p "$tree"/{allocators/{parts,bin,buddy},workloads/synthetic,harness/{replay,recorder,campaign},plots}
}

# plant FILE INCLUDE: a file of the tree that includes it.
plant() {
    printf '#include <stddef.h>\n#include "%s"\n' "$2" >"$tree/$1"
}

# refused FILE INCLUDE: the check fails and names the file, the line and the include.
refused() {
    plant "$1" "$2"
    run "$check" "$tree"
    rm "$tree/$1"
    echo "$output"
    [ "$status" -eq 1 ]
    [[ $output == "$1:2: may not include \"$2\""* ]]
}

@test "a tree that keeps to the arrows passes" {
    plant allocators/bin/bin.c allocators/parts/buddy_core.h
    plant allocators/parts/malloc_api.c allocators/heap.h
    plant workloads/synthetic/larson.c workloads/workload.h
    plant harness/replay/main.c workloads/events.h
    plant harness/campaign/plan.c allocators/list.def
    plant harness/campaign/cell.c harness/replay/protocol.h
    run "$check" "$tree"
    echo "$output"
    [ "$status" -eq 0 ]
    [ -z "$output" ]
}

@test "an allocator may not know the harness, the workloads or another allocator" {
    refused allocators/bin/bin.c harness/error.h
    refused allocators/bin/bin.c workloads/events.h
    refused allocators/bin/bin.c allocators/buddy/buddy.h
    refused allocators/parts/os_memory.c allocators/bin/bin.h
}

@test "a workload may know workloads only" {
    refused workloads/synthetic/larson.c harness/error.h
    refused workloads/stream.c allocators/heap.h
}

@test "the harness may not know an allocator's insides" {
    refused harness/campaign/plan.c allocators/heap.h
    refused harness/campaign/plan.c allocators/bin/bin.h
    refused harness/main.c workloads/synthetic/larson.h
}

@test "the measured worker may know the event stream and the heap walk only" {
    refused harness/replay/main.c harness/error.h
    refused harness/replay/main.c workloads/stream.h
    refused harness/replay/main.c harness/trace/trace.h
}

@test "the recorder may know itself only" {
    refused harness/recorder/record.c harness/trace/trace.h
    refused harness/recorder/record.c harness/error.h
}

@test "an include that is not written from the root is refused" {
    refused harness/main.c error.h
    refused harness/campaign/plan.c ../error.h
}

@test "a chart that reads more than CSV files is refused" {
    echo "plot 'workloads/recorded/perl.trace'" >"$tree/plots/sizes.gp"
    run "$check" "$tree"
    [ "$status" -eq 1 ]
    [[ $output == *"a chart may know CSV columns only"* ]]
}

@test "a file of more than 400 lines is refused" {
    seq 401 >"$tree/long.c"
    seq 400 >"$tree/just.c"
    run "$BATS_TEST_DIRNAME/file_sizes" "$tree/just.c"
    [ "$status" -eq 0 ]
    run "$BATS_TEST_DIRNAME/file_sizes" "$tree/just.c" "$tree/long.c"
    [ "$status" -eq 1 ]
    [[ $output == "$tree/long.c: 401 lines, more than 400: split it" ]]
}
