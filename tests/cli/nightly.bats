#!/usr/bin/env bats
# The nightly run: the gate, the history and its lock, what is pinned and acknowledged, interruptions.

# shellcheck disable=SC2154 # campaign.bash sets them
load campaign

setup() {
    campaign_setup
    workload=sized:live_blocks=200:blocks=3000
    cell=slow/$workload/1/ns_per_op
}

teardown() {
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

@test "a slower allocator is confirmed by fresh blocks, then acknowledged and listed" {
    libraries
    nightly --candidate slow="$slow" --blocks 9 --output first --markdown page.md
    [ "$status" -eq 3 ]
    [[ $output == *"the baseline glibc is pinned"* ]]
    [[ $output == *"REGRESSION: worse than glibc in 1 of 1 comparisons (1 new)"* ]]
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
    grep -q 'nightly --resume .*/run --history h' log
    [ ! -e "$(of_history verdicts.csv)" ]
    [ ! -e "$(of_history pinned.csv)" ] # with the night's rows, or not at all

    # The rest of 200 blocks is not for a test.
    sed -i 's/^argument,200$/argument,9/' run/environment.csv
    run "$heaplab" nightly --resume run --history h --force
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
    "$heaplab" nightly --resume run --history h2 --force >log 2>&1 &
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
    nightly --candidate slow="$slow" --pin --baseline copy="$copy" --blocks 2 --output two
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

@test "wrong words end with 2 and a line, before anything is written" {
    for words in "" "--candidate" "--allocators glibc" "--candidate bin --allocator x=y" \
        "--candidate bin --no-such-option" "--candidate nothing-like-this" "--page --pin" \
        "--page --candidate bin" "--candidate bin --blocks many"; do
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
    run "$heaplab" ack --history h bin --withdraw
    [ "$status" -eq 0 ]
    run "$heaplab" ack --history h --list
    [ "$output" = "nothing is acknowledged" ]
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
