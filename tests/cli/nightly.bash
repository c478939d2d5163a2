# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # campaign.bash sets these; those that load this use what it sets
# Small nights for the tests of `heaplab nightly`: `load nightly`, then nightly_setup in setup.
load campaign

# Leaves $workload, and $cell, in which the slow allocator is slow.
nightly_setup() {
    campaign_setup
    workload=sized:live_blocks=200:blocks=3000
    cell=slow/$workload/1/ns_per_op
}

nightly_teardown() {
    [ -z "${night-}" ] || kill -KILL "$night" 2>/dev/null || true
}

# nightly OPTION...: a small night into the history `h`.
nightly() {
    run "$heaplab" nightly --history h --force --workloads "$workload" --threads 1 \
        --passes throughput --scale 1 "$@"
    echo "$output"
}

# The slow allocator as $slow, and a copy of bin that is its own file as $copy.
libraries() {
    slow=$(fixture nightly_slow)
    cp "$build/libbin.so" libcopy.so
    copy=$PWD/libcopy.so
}

# A file of the history.
of_history() {
    echo h/*/"$1"
}

lines_of() {
    wc -l <"$(of_history "$1")"
}

# neither_worse: the night has no regression; whether noise lets it say more is not for a test.
neither_worse() {
    [ "$status" -eq 0 ] || [ "$status" -eq 4 ]
}
