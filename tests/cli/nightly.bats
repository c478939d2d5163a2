#!/usr/bin/env bats
# The nightly run: the gate, the history and its lock, what is pinned and acknowledged, interruptions.

# shellcheck disable=SC2154 # nightly.bash and campaign.bash set them
load nightly

setup() {
    nightly_setup
}

teardown() {
    nightly_teardown
}

@test "a slower allocator is confirmed by fresh blocks, then acknowledged and listed" {
    libraries
    nightly --candidate slow="$slow" --blocks 9 --output first --markdown page.md
    [ "$status" -eq 3 ]
    [[ $output == *"the baseline glibc is pinned"* ]]
    [[ $output == *"REGRESSION: worse than glibc in 1 of 1 comparison (1 new)"* ]]
    [[ $output == *"$cell"*"./run.sh run"*"--allocator slow="*"--workloads $workload --threads 1"* ]]
    grep -q '^REGRESSION' first/morning.txt
    cmp first/morning.md page.md
    holds '[r["outcome"] for r in rows if r["outcome"]] == ["confirmed"] and
        rows[0]["fresh_blocks"] == "32" and sorted({r["allocator"] for r in rows}) ==
        ["baseline-again", "slow"]' "$(of_history verdicts.csv)"
    holds 'all(r["figure"] in ("ns_per_op", "cpu_ns_per_op", "minor_faults") for r in rows)' \
        "$(of_history verdicts.csv)"

    # All rows of both campaigns are in the history, as they were written.
    cat first/measurements.csv first-again/measurements.csv | grep -v ^schema >rows
    tail -n +2 "$(of_history "$(date -u +%Y-%m).csv")" | cmp - rows

    run "$heaplab" ack --history h slow//1/ns --until 2999-12-31 --note "meant, for the test"
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$output" = "$cell: acknowledged until 2999-12-31" ]
    nightly --candidate slow="$slow" --blocks 9 --output second
    neither_worse
    [[ $output == *"Known to be worse (1)"*"$cell"*"until 2999-12-31: meant, for the test"* ]]
    [ ! -e second-again ]

    run "$heaplab" history --history h slow//1/ns
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == "$cell"*first*"slower, confirmed"*second*"slower, acknowledged"* ]]
    run "$heaplab" history --history h slow//1/ns --chart drawn
    [ "$status" -eq 0 ]
    [[ ${lines[-1]} == 'chart: drawn/history.svg' ]]
    grep -q '2 nights, 9 blocks each, 95 % sign intervals, baseline glibc' drawn/history.svg
    holds '[r["verdict"] for r in rows] == ["slower"] * 2 and rows[1]["change"] == "0"' drawn/series.csv
    run "$heaplab" history --history h --chart drawn
    [ "$status" -eq 1 ]
    [[ $output == *"no chart: it shows one cell, and"*" match; name one"* ]]
    run "$heaplab" nightly --history h --page first
    [ "$status" -eq 3 ]
    [[ $output == *REGRESSION* ]]
}

@test "an interrupted night leaves the history as it was; resumed, it is added once" {
    libraries
    "$heaplab" nightly --history h --force --workloads "$workload" --threads 1 --passes throughput \
        --baseline bin --candidate copy="$copy" --blocks 200 --output run >log 2>&1 &
    night=$!
    soon wrote_rows

    # Meanwhile another night is refused, with the holder's name.
    nightly --candidate copy="$copy" --blocks 2 --output other
    [ "$status" -eq 1 ]
    [[ $output == "heaplab: another nightly run holds "*"process $night since 20"*"Z; wait"* ]]
    [ ! -e other ]

    kill -INT "$night"
    local code=0
    wait "$night" || code=$?
    cat log
    [ "$code" -eq 130 ]
    grep -q 'nightly --resume .*/run --force$' log
    [ ! -e "$(of_history verdicts.csv)" ]
    [ ! -e "$(of_history pinned.csv)" ] # with the night's rows, or not at all

    # The rest of 200 blocks is not for a test.
    sed -i 's/^argument,200$/argument,9/' run/environment.csv

    # The run knows its history, and goes into no other.
    mkdir h2
    for other in h2 not/there; do
        run "$heaplab" nightly --resume run --history "$other" --force
        echo "$output"
        [ "$status" -eq 1 ]
        [ "$output" = "heaplab: the night \"run\" was begun for the history \"$PWD/h\", not for \"$other\"; leave --history out" ]
    done
    [ -z "$(ls h2)" ]
    [ ! -e not ]
    mv h away
    run "$heaplab" nightly --resume run --force
    echo "$output"
    [ "$status" -eq 1 ]
    [ "$output" = "heaplab: the night \"run\" was begun for the history \"$PWD/h\": No such file or directory; put that back" ]
    [ ! -e h ]
    mv away h
    run "$heaplab" nightly --resume run --force
    echo "$output"
    neither_worse
    holds 'len({r["run"] for r in rows}) == 1' "$(of_history verdicts.csv)"
    before=$(lines_of verdicts.csv)
    run "$heaplab" nightly --resume run --history h --force
    echo "$output"
    neither_worse
    [[ $output == *"has the run \"run\" already; nothing is appended"* ]]
    [ "$(lines_of verdicts.csv)" -eq "$before" ]
}

# wrote_rows [-again]: the first, or the second campaign has some rows.
wrote_rows() {
    [ -e "run${1-}/measurements.csv" ] && [ "$(wc -l <"run${1-}/measurements.csv")" -gt 8 ]
}

@test "a plain run is no night" {
    run "$heaplab" run --allocators glibc,bin --workloads "$workload" --threads 1 --passes throughput \
        --blocks 1 --no-plots --output plain
    find plain -type f -exec sha256sum {} + | sort >before
    for words in "--history h" ""; do
        # shellcheck disable=SC2086 # words
        run "$heaplab" nightly --resume plain --force $words
        echo "$output"
        [ "$status" -eq 1 ]
        [[ $output == 'heaplab: "plain" is no night; go on with '?'heaplab run --resume plain'? ]]
    done
    [ ! -e h ]
    find plain -type f -exec sha256sum {} + | sort | cmp before
}

@test "the page's file is tried before a night; when it cannot be written in the end, the code is the night's" {
    libraries
    : >file
    for target in /nonexist/page.md "$PWD" file/page.md; do
        nightly --candidate slow="$slow" --blocks 9 --output run --markdown "$target"
        [ "$status" -eq 1 ]
        [[ $output == "heaplab: --markdown \"$target\": cannot be written: "*"; name a file in"* ]]
        [ "${#lines[@]}" -eq 1 ]
    done
    [ ! -e run ]
    [ ! -e h ]

    nightly --candidate slow="$slow" --blocks 9 --output run --markdown /dev/full
    [ "$status" -eq 3 ]
    [[ $output == *'cannot write "/dev/full": No space left on device; the night is in the history: `heaplab nightly --history '"$PWD/h --page run --markdown FILE\`"* ]]
    run "$heaplab" nightly --history h --page run --markdown page.md
    [ "$status" -eq 3 ]
    cmp page.md run/morning.md

    # A page is found by the run's folder too, with its history.
    for page in run ./run/; do
        run "$heaplab" nightly --page "$page"
        [ "$status" -eq 3 ]
    done
    run "$heaplab" nightly --page ./none
    [ "$status" -eq 1 ]
    run "$heaplab" nightly --history h --page run --markdown /dev/full
    [ "$status" -eq 1 ]
    run "$heaplab" nightly --history file --page run
    [ "$status" -eq 1 ]
    [[ $output == 'heaplab: the history "file" is a file; --history takes the folder'* ]]
}

@test "a killed night leaves the lock free and the history as it was" {
    libraries
    "$heaplab" nightly --history h --force --workloads "$workload" --threads 1 --passes throughput \
        --baseline bin --candidate copy="$copy" --blocks 200 --output run >log 2>&1 &
    night=$!
    soon wrote_rows
    kill -KILL "$night"
    wait "$night" || true
    [ ! -e "$(of_history verdicts.csv)" ]
    nightly --baseline bin --candidate copy="$copy" --blocks 2 --output next
    neither_worse
    holds '{r["run"] for r in rows} == {"next"}' "$(of_history verdicts.csv)"

    # The same name again is refused before anything is measured.
    rm -r next
    nightly --candidate copy="$copy" --blocks 2 --output next
    [ "$status" -eq 1 ]
    [ "$output" = 'heaplab: the history has a run "next" already; choose another folder with --output' ]
    [ ! -e next ]
}

@test "a night killed while its worse cells run again goes on there" {
    libraries
    "$heaplab" nightly --history h --force --workloads "$workload" --threads 1 --passes throughput \
        --candidate slow="$slow" --blocks 9 --output run >log 2>&1 &
    night=$!
    soon wrote_rows -again
    kill -KILL "$night"
    wait "$night" || true
    cp run-again/measurements.csv earlier
    [ ! -e "$(of_history verdicts.csv)" ]

    # Killed before its last file was made, the second campaign begins anew.
    cp -r run-again kept
    rm run-again/measurements.csv
    "$heaplab" nightly --resume run --force >log 2>&1 &
    night=$!
    soon wrote_rows -again
    kill -KILL "$night"
    wait "$night" || true
    rm -r run-again
    mv kept run-again

    run "$heaplab" nightly --resume run --history h --force
    echo "$output"
    [ "$status" -eq 3 ]
    head -c "$(($(head -n -1 earlier | wc -c)))" run-again/measurements.csv | cmp - <(head -n -1 earlier)
    holds '[r["outcome"] for r in rows if r["outcome"]] == ["confirmed"]' \
        "$(of_history verdicts.csv)"
    cat run/measurements.csv run-again/measurements.csv | grep -v ^schema >rows
    tail -n +2 "$(of_history "$(date -u +%Y-%m).csv")" | cmp - rows
}

@test "the pinned baseline: another file or none ends the night, --pin takes a new one" {
    libraries
    nightly --candidate slow="$slow" --baseline copy="$copy" --blocks 2 --output one
    [ "$status" -eq 4 ]
    cp "$build/libbuddy.so" libcopy.so
    cp "$(of_history verdicts.csv)" before

    nightly --candidate slow="$slow" --blocks 2 --output two
    [ "$status" -eq 1 ]
    [[ $output == "heaplab: the library of the pinned baseline copy is another one now"*"--pin"* ]]
    nightly --candidate slow="$slow" --baseline copy --blocks 2 --output two
    [ "$status" -eq 1 ]
    [[ $output == "heaplab: the library of the pinned baseline copy is another one now"*"--pin"* ]]
    nightly --candidate slow="$slow" --baseline glibc --blocks 2 --output two
    [ "$status" -eq 1 ]
    [[ $output == 'heaplab: the pinned baseline is "copy", not "glibc"; --pin'* ]]
    rm libcopy.so
    nightly --candidate slow="$slow" --blocks 2 --output two
    [ "$status" -eq 1 ]
    [[ $output == *"libcopy.so\" of the baseline copy cannot be read"* ]]
    [ ! -e two ]
    cmp "$(of_history verdicts.csv)" before

    cp "$build/libbuddy.so" libcopy.so
    nightly --candidate slow="$slow" --pin --baseline copy --blocks 2 --output two
    [ "$status" -eq 4 ]
    [[ $output == *"the baseline copy is pinned"*"a new epoch: baseline pinned anew: copy "*" -> copy "* ]]
}

@test "a candidate without its library is named, and the night goes on" {
    nightly --candidate gone=/not/there/libgone.so --blocks 2 --output run
    [ "$status" -eq 5 ]
    [[ $output == *"FAILED: 1 cell is without figures"*"gone/$workload/1 (throughput): missing_library"* ]]
    nightly --candidate bin --blocks 2 --output next
    [ "$status" -eq 4 ]
    [[ $output != *backwards* ]]
}

@test "a night that compared nothing is not fine" {
    run "$heaplab" nightly --history h --force --candidate bin --workloads "$workload" --threads 1 \
        --passes check --scale 1 --blocks 1 --output run
    echo "$output"
    [ "$status" -eq 4 ]
    [[ $output == *"NOTHING COMPARED: "* ]]
    [[ $output != *FINE* ]]
}

@test "a history of a newer heaplab is left alone, torn and foreign lines are named" {
    libraries
    nightly --candidate copy="$copy" --blocks 2 --output one
    neither_worse
    printf '2,foreign\n' >>"$(of_history verdicts.csv)"
    printf '2,one,179534' >>"$(of_history verdicts.csv)"
    nightly --candidate copy="$copy" --blocks 2 --output two
    neither_worse
    [[ $output == *"its last line is torn and is cut off"* ]]
    [[ $output == *"verdicts.csv: 1 line is no row and passed over: "*" (too few fields)"* ]]
    holds 'sorted({r["run"] for r in rows if r["verdict"]}) == ["one", "two"]' \
        "$(of_history verdicts.csv)"

    sed -i '1s/$/,mood/' "$(of_history environments.csv)"
    cp "$(of_history environments.csv)" before
    nightly --candidate copy="$copy" --blocks 2 --output three
    [ "$status" -eq 1 ]
    [[ $output == *"environments.csv\" was written by a newer heaplab"*"use that version" ]]
    [ ! -e three ]
    cmp "$(of_history environments.csv)" before
}
