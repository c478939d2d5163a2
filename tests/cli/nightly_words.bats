#!/usr/bin/env bats
# Wrong words of nightly, history and ack; where an installed heaplab keeps its nights; the systemd units.

# shellcheck disable=SC2154 # nightly.bash and campaign.bash set them
load nightly

setup() {
    nightly_setup
}

teardown() {
    nightly_teardown
}

@test "wrong words end with 2 and a line, before anything is written" {
    for words in "" "--candidate" "--allocators glibc" "--candidate bin --allocator x=y" \
        "--candidate bin --no-such-option" "--candidate nothing-like-this" "--page --pin" \
        "--page --candidate bin" "--candidate bin --blocks many" \
        "--candidate first-fit:coalesce=foo"; do
        # shellcheck disable=SC2086 # words
        run "$heaplab" nightly --history h --force $words
        echo "$words: $output"
        [ "$status" -eq 2 ]
        [ "${#lines[@]}" -eq 1 ]
        [[ $output == "heaplab: "* ]]
    done
    [ ! -e h ]
    for word in nightly history ack; do
        run "$heaplab" "$word" --help
        [ "$status" -eq 0 ]
        [[ $output == *Examples* ]]
    done
}

@test "the remedy of a name that nobody knows is an option that a night has" {
    for words in "--candidate nosuch" "--candidate bin --baseline nosuch"; do
        # shellcheck disable=SC2086 # words
        run "$heaplab" nightly --history h --force $words
        echo "$output"
        [ "$status" -eq 2 ]
        option=$(awk '{ print $(NF - 1) }' <<<"$words")
        [[ $output == "heaplab: $option \"nosuch\": no allocator of that name; "*" $option NAME=PATH takes"* ]]
    done
    for words in "--candidate mine=" "--candidate bin --baseline mine=" "--candidate baseline-again=/x"; do
        # shellcheck disable=SC2086 # words
        run "$heaplab" nightly --history h --force $words
        echo "$output"
        [ "$status" -eq 2 ]
        [[ $output == *"not of the form NAME=PATH; "* || $output == *"is heaplab's own"* ]]
        [[ $output != *"--allocator"* ]]
    done
    : >file
    for words in "nightly --force --candidate bin" history "ack --list"; do
        # shellcheck disable=SC2086 # words
        run "$heaplab" $words --history file
        echo "$output"
        [ "$status" -eq 1 ]
        [ "$output" = "heaplab: the history \"file\" is a file; --history takes the folder that holds the machines' nights" ]
    done
}

@test "history and ack say what is wrong with a cell, a day or a folder" {
    nightly --candidate bin --blocks 2 --output run
    for words in "history --history not/there" "history --history h zzz" \
        "history --history h --machine pdp11" "ack --history h zzz --until 2999-01-01 --note n"; do
        # shellcheck disable=SC2086 # words
        run "$heaplab" $words
        echo "$words: $output"
        [ "$status" -eq 1 ]
        [ "${#lines[@]}" -eq 1 ]
    done
    for words in "history --history h a b" "history --mystery" "ack" "ack bin" "ack --list bin" \
        "ack bin --until 2999-01-01" "ack bin --until 2027-02-29 --note n" \
        "ack bin --until 2001-01-01 --note n" "ack bin --until 2999-01-01 --note n --withdraw"; do
        # shellcheck disable=SC2086 # words
        run "$heaplab" $words
        echo "$words: $output"
        [ "$status" -eq 2 ]
        [ "${#lines[@]}" -eq 1 ]
    done
    [ ! -e "$(of_history acknowledged.csv)" ]
    run "$heaplab" ack --history h bin --until 2999-01-01 --note 'one, "two"'
    [ "$status" -eq 0 ]
    run "$heaplab" ack --history h --list
    [[ $output == *"/ns_per_op  until 2999-01-01  one, \"two\""* ]]
    cp "$(of_history acknowledged.csv)" before
    run "$heaplab" ack --history h zzz --withdraw
    [ "$status" -eq 1 ]
    cmp before "$(of_history acknowledged.csv)"
    run "$heaplab" ack --history h bin --withdraw
    [ "$status" -eq 0 ]
    run "$heaplab" ack --history h --list
    [ "$output" = "nothing is acknowledged" ]
    cp "$(of_history acknowledged.csv)" before
    run "$heaplab" ack --history h bin --withdraw
    echo "$output"
    [ "$status" -eq 1 ]
    [[ $output == 'heaplab: no cell "bin" is acknowledged; '* ]]
    cmp before "$(of_history acknowledged.csv)"
}

@test "an installed heaplab keeps its runs and its history where it works" {
    mkdir -p prefix/lib/heaplab prefix/bin state
    cp "$build"/heaplab "$build"/heaplab-worker "$build"/*.so prefix/lib/heaplab
    ln -s ../lib/heaplab/heaplab prefix/bin/heaplab
    cd state
    run ../prefix/bin/heaplab nightly --force --candidate bin --workloads "$workload" --threads 1 \
        --passes throughput --scale 1 --blocks 1
    echo "$output"
    [ "$status" -eq 4 ]
    ls results/2*/morning.txt results/history/*/verdicts.csv
}

@test "the systemd units are sound" {
    command -v systemd-analyze || skip "systemd-analyze is not installed"
    for unit in service timer; do
        sed 's#/usr/local/bin/heaplab#/bin/true#' \
            "$BATS_TEST_DIRNAME/../../harness/nightly/heaplab-nightly.$unit" >"heaplab-nightly.$unit"
    done
    run systemd-analyze verify ./heaplab-nightly.service ./heaplab-nightly.timer
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output != *heaplab-nightly* ]]
}
