#!/usr/bin/env bats
# The harness itself under sanitizers: a small campaign by the sanitized heaplab and its sanitized
# worker. There the sanitizer's malloc is the only one there can be, and the worker proves whose
# malloc is live: so it takes the places of two of ours and of the C library's.

setup() {
    build=${HEAPLAB_BUILD:-$(realpath "$BATS_TEST_DIRNAME/../../build")}
    export ASAN_OPTIONS=verify_asan_link_order=0 # it is first, but under another name
    fixed_addresses=(setarch -R)                 # TSan of gcc 12 cannot place its shadow everywhere
    "${fixed_addresses[@]}" true 2>/dev/null || fixed_addresses=()
}

# laboratory VARIANT: a folder with the sanitized programs and the sanitizer in allocators' places.
laboratory() {
    local library
    library=$(realpath "$(gcc -print-file-name="lib$1.so")")
    lab=$BATS_TEST_TMPDIR/$1
    mkdir "$lab"
    cp "$build/$1/heaplab" "$lab"
    ln -s "$library" "$lab/libbin.so"
    ln -s "$library" "$lab/libnull.so"
    gcc -static -DWORKER="\"$build/$1/heaplab-worker\"" -DSANITIZER="\"$library\"" \
        -o "$lab/heaplab-worker" "$BATS_TEST_DIRNAME/../fixtures/sanitized_worker.c"
}

# campaign VARIANT: every pass of two workloads with and without threads.
campaign() {
    laboratory "$1"
    run "${fixed_addresses[@]}" "$lab/heaplab" run --allocators bin \
        --workloads larson,xmalloc --threads 1,2 \
        --passes throughput,memory,latency,check --scale 0.01 --blocks 1 --no-warm-up --no-plots \
        --output "$BATS_TEST_TMPDIR/run"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output != *Sanitizer* ]]
    rows_are_sound "$BATS_TEST_TMPDIR/run/measurements.csv" "$1"
}

# Every pass is there, every cell ended well, and what was measured was the sanitizer's malloc.
rows_are_sound() {
    python3 - "$@" <<'PYTHON'
import csv, os, sys
rows = list(csv.DictReader(open(sys.argv[1])))
assert {row["pass"] for row in rows} == {"throughput", "memory", "latency", "check"}, rows
for row in rows:
    assert row["status"] == "ok", row
    assert f"lib{sys.argv[2]}.so" in os.path.realpath(row["library"]), row
PYTHON
}

@test "a campaign under AddressSanitizer and UndefinedBehaviorSanitizer is clean" {
    campaign asan
}

@test "a campaign under ThreadSanitizer is clean" {
    campaign tsan
}
