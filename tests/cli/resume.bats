#!/usr/bin/env bats
# A campaign that is interrupted or killed leaves whole rows and no process; --resume completes it
# and repeats nothing that is whole.

# shellcheck disable=SC2154 # campaign.bash sets them
load campaign

setup() {
    campaign_setup
    options=(run --allocators "glibc,bin" --workloads "sized:live_blocks=200:blocks=20000"
        --threads "1,2" --passes "throughput,memory" --blocks 6 --no-plots --keep-noisy
        --output run)
    # 2 variants; 4 throughput cells (the floor, the baseline again) in 7 blocks, 3 memory cells in the
    # 6 counted ones
    whole=92
}

teardown() {
    [ -z "${campaign-}" ] || kill -KILL "$campaign" 2>/dev/null || true
}

# Starts the campaign in the background; it has written some rows when this returns.
begin() {
    "$heaplab" "${options[@]}" >log 2>&1 &
    campaign=$!
    soon wrote_rows "$1"
}

wrote_rows() {
    [ -e run/measurements.csv ] && [ "$(wc -l <run/measurements.csv)" -gt "$1" ]
}

# The campaign ends with that status; its rows are then kept in `earlier`.
ends_with() {
    local code=0
    wait "$campaign" || code=$?
    cat log
    [ "$code" -eq "$1" ]
    cp run/measurements.csv earlier
}

# The run is whole: every cell once, and the rows that there were before are still there.
complete() {
    run "$heaplab" run --resume run
    echo "$output"
    [ "$status" -eq 0 ]
    holds "len(rows) == $whole and len(set(keys)) == $whole"
    holds 'all(row["status"] == "ok" and row["warm_up"] == ("1" if row["block"] == "0" else "0")
        for row in rows)'
    holds 'all({int(r["position"]) for r in block} == set(range(8 if block[0]["block"] == "0" else 14))
        for block in by("block").values())'
    [ -s run/summary.csv ]
    head -c "$(($(wc -c <earlier)))" run/measurements.csv | cmp - earlier
}

# Samples are there once, and all of them, for each memory cell of the first counted block.
timeline_is_whole() {
    holds 'len({(r["threads"], r["allocator"], r["sample"]) for r in rows}) == len(rows) and
        len(by("threads", "allocator")) == 6 and {r["block"] for r in rows} == {"1"} and
        all([int(r["sample"]) for r in cell] == list(range(len(cell))) and len(cell) > 200
            for cell in by("threads", "allocator").values())' run/timeline.csv
}

rows_are_whole() {
    [ "$(tail -c 1 run/measurements.csv | od -An -c | tr -d ' ')" = '\n' ]
    holds 'all(None not in row and None not in row.values() for row in rows)'
}

@test "Ctrl-C leaves whole rows, says how to go on and ends with 130; resume completes" {
    begin 12
    kill -INT "$campaign"
    ends_with 130
    rows_are_whole
    [ ! -e run/summary.csv ]
    [ "$(grep -c interrupted log)" -eq 1 ]
    grep -qF "./run.sh run --resume $PWD/run" log
    complete
    timeline_is_whole
}

@test "a campaign killed in the middle of a row goes on without that row" {
    begin 25
    kill -KILL "$campaign"
    wait "$campaign" || true
    head -n -1 run/measurements.csv >earlier
    truncate -s -7 run/measurements.csv
    complete
    timeline_is_whole
}

@test "samples of a cell whose row was not written any more go, and come again once" {
    passes=memory campaign --allocator bin="$build/libbin.so"
    [ "$status" -eq 0 ]
    sed -i '$d' run/measurements.csv
    printf '1,run,0,sized' >>run/timeline.csv
    run "$heaplab" run --resume run
    echo "$output"
    [ "$status" -eq 0 ]
    holds 'sorted(row["allocator"] for row in rows) ==
        ["baseline-again", "bin", "glibc"]'
    holds 'all([int(r["sample"]) for r in cell] == list(range(len(cell))) and len(cell) > 200
        for cell in by("allocator").values()) and len(by("allocator")) == 3' run/timeline.csv
    [ ! -e run/.timeline.csv.unfinished ]
}

@test "a run that is whole has nothing to resume" {
    passes=throughput campaign
    [ "$status" -eq 0 ]
    cp run/measurements.csv earlier
    run "$heaplab" run --resume=run
    echo "$output"
    [ "$status" -eq 0 ]
    cmp run/measurements.csv earlier
    [ "$(grep -c 'run" is complete: its 2 cells have been measured, nothing was run' <<<"$output")" -eq 1 ]
    [[ $output != *"cells done"* ]]
}

@test "a run that came to its end stays as it is, whatever else there was time for" {
    campaign --blocks 3 --budget 1s
    [ "$status" -eq 0 ]
    cp run/measurements.csv earlier
    cp run/environment.csv facts
    "$heaplab" run --resume run
    cmp run/measurements.csv earlier
    cmp run/environment.csv facts
}

# edit PROGRAM: changes `rows`, those of run/measurements.csv, in Python, and has the run not yet ended.
edit() {
    sed -i '/^campaign_wall_s,/,$d' run/environment.csv
    python3 - "$1" <<'PYTHON'
import csv, sys
with open("run/measurements.csv", newline="") as file:
    reader = csv.DictReader(file)
    rows, columns = list(reader), reader.fieldnames
exec(sys.argv[1])
with open("run/measurements.csv", "w", newline="") as file:
    writer = csv.DictWriter(file, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
PYTHON
}

@test "an attempt at a block that was not finished goes on; the void one stays" {
    campaign --allocator bin="$build/libbin.so" --blocks 2
    holds 'len(rows) == 8'
    edit 'rows += [dict(row, attempt="1") for row in rows if row["block"] == "1"][:2]'
    cp run/measurements.csv earlier
    run "$heaplab" run --resume run
    echo "$output"
    [ "$status" -eq 0 ]
    holds 'len(rows) == len(set(keys)) == 12 and
        sorted(r["attempt"] for r in rows if r["block"] == "1") == ["0"] * 4 + ["1"] * 4'
    holds '[r["position"] for r in rows if r["attempt"] == "1"] ==
        [r["position"] for r in rows if r["block"] == "1" and r["attempt"] == "0"]'
    head -c "$(wc -c <earlier)" run/measurements.csv | cmp - earlier
    [ "$(fact voided_blocks)" = 1 ]
    holds '{r["blocks"] for r in rows if r["figure"] == "ns_per_op"} == {"2"}' run/summary.csv
}

@test "a whole block that was disturbed is followed by its repetition" {
    "$heaplab" run --allocators glibc,bin --workloads "$tiny" --threads 1 --passes throughput \
        --blocks 2 --no-warm-up --no-plots --output run
    edit 'rows = [dict(row, process_ns="1000000000", steal_ns=row["block"] + "00000000", flags="")
        for row in rows if row["attempt"] == "0"]'
    run "$heaplab" run --resume run
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *"heaplab: block 2 (throughput): 1 of 1 workloads disturbed, such as "*" with 1 thread: steal 10 %; 1 run again, 0 count"* ]]
    holds 'len(rows) == len(set(keys)) == 12 and
        {r["block"] for r in rows if r["attempt"] == "1"} == {"1"}'
    [ "$(fact voided_blocks) $(fact blocks_counted)" = "1 2" ]
}

@test "only the workload that was disturbed is run again, and a run that has ended is not" {
    "$heaplab" run --allocators glibc,bin --workloads "$tiny,$tiny:sizes=2" --threads 1 --passes throughput \
        --blocks 1 --no-warm-up --no-plots --output run
    cp run/environment.csv ended
    edit 'rows = [dict(row, process_ns="1000000000", flags="",
            steal_ns="100000000" if "sizes=2" in row["parameters"] else "0")
        for row in rows if row["attempt"] == "0"]'
    cp run/measurements.csv earlier
    cp run/environment.csv going_on
    cp ended run/environment.csv
    run "$heaplab" run --resume run
    echo "$output"
    [ "$status" -eq 0 ]
    cmp run/measurements.csv earlier
    cp going_on run/environment.csv
    run "$heaplab" run --resume run
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *"1 of 2 workloads disturbed"*"1 run again"* ]]
    holds '{r["parameters"] for r in rows if r["attempt"] == "1"} ==
        {r["parameters"] for r in rows if "sizes=2" in r["parameters"]}'
    holds '{r["blocks"] for r in rows if r["figure"] == "ns_per_op"} == {"1"}' run/summary.csv
}

@test "a crash in a void attempt is a failure of the campaign, a timeout is none" {
    "$heaplab" run --allocators glibc --workloads "$tiny" --threads 1 --passes throughput --blocks 1 \
        --no-warm-up --no-plots --output run
    edit 'rows = [dict(row, process_ns="1000000000", steal_ns="100000000", flags="",
            status="crashed" if row["allocator"] == "glibc" else "timeout") for row in rows]'
    cp -r run going_on
    run "$heaplab" run --resume run
    echo "$output"
    [ "$status" -eq 5 ]
    holds '{r["attempt"] for r in rows} == {"0", "1"}'
    run "$heaplab" run --resume run # the void rows are not read again, but counted
    [ "$status" -eq 5 ]
    rm -r run
    mv going_on run
    edit 'rows = [dict(row, status="timeout") for row in rows]'
    run "$heaplab" run --resume run
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "resume refuses a trace that has changed" {
    "$heaplab" trace save --scale 0.01 larson my.trace
    campaign --workloads ./my.trace
    [ "$status" -eq 0 ]
    [ "$(fact trace.my.sha256)" = "$(sha256sum my.trace | cut -d ' ' -f 1)" ]
    cp run/measurements.csv earlier
    "$heaplab" trace save --scale 0.01 --seed 2 larson other.trace
    mv other.trace my.trace
    run "$heaplab" run --resume run
    echo "$output"
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == "heaplab: cannot resume "*"my.trace"*changed*"new run" ]]
    cmp run/measurements.csv earlier
}

# hanging_worker: a campaign in whose allocator a process hangs for ever; its id is in $worker.
hanging_worker() {
    local library
    library=$(fixture failing_allocator)
    HEAPLAB_FAILURE="sleep" "$heaplab" run --allocator failing="$library" --allocators glibc \
        --workloads "$tiny" --threads 1 --passes throughput --blocks 1 --no-warm-up --no-plots \
        --timeout 600 --output run >log 2>&1 &
    campaign=$!
    soon worker_hangs
}

# It is heaplab's child and sleeps in pause(), where the allocator went and nothing else does.
worker_hangs() {
    worker=$(pgrep -P "$campaign" -x heaplab-worker) &&
        [ "$(awk '{ print $1 }' "/proc/$worker/syscall" 2>/dev/null)" = "$(pause_number)" ]
}

pause_number() {
    printf '#include <sys/syscall.h>\nSYS_pause\n' | gcc -E -P -x c - | tail -n 1
}

@test "no worker is left behind by Ctrl-C" {
    hanging_worker
    kill -INT "$campaign"
    ends_with 130
    gone "$worker"
    holds 'all(row["allocator"] != "failing" for row in rows)'
}

@test "no worker is left behind by kill -9" {
    hanging_worker
    kill -KILL "$campaign"
    wait "$campaign" || true
    soon gone "$worker"
}

# drawing_of WORDS...: heaplab with these words, and a gnuplot that has begun to draw.
drawing_of() {
    mkdir -p bin
    cat >bin/gnuplot <<'SCRIPT'
#!/bin/sh
echo half >"$5/$(basename "$3" .gp).svg"
touch drawing
exec sleep 60
SCRIPT
    chmod +x bin/gnuplot
    PATH=$PWD/bin:$PATH "$heaplab" "$@" >log 2>&1 &
    campaign=$!
    soon [ -e drawing ]
}

# What a terminal sends on Ctrl-C: to all.
interrupt_all() {
    kill -INT "$campaign"
    pkill -INT -P "$campaign" -x sleep
}

@test "Ctrl-C while charts are drawn leaves whole figures, no half charts, and says how to draw" {
    drawing_of run --allocators glibc --workloads "$tiny" --threads 1 --passes throughput --blocks 1 \
        --output run
    interrupt_all
    ends_with 130
    grep -qF "./run.sh plot $PWD/run" log
    [ "$(find run -mindepth 1 | sort | xargs)" = \
        "run/environment.csv run/measurements.csv run/summary.csv run/timeline.csv" ]
    rows_are_whole
    rm drawing
    before=$(cd run && sha256sum ./*)
    drawing_of plot run
    interrupt_all
    ends_with 130
    [ "$(cd run && sha256sum ./*)" = "$before" ]
    [ "$(find run -mindepth 1 | wc -l)" -eq 4 ]
}

@test "an ignored hang-up stays ignored: nohup works" {
    (trap '' HUP && exec "$heaplab" "${options[@]}" --blocks 2 >log 2>&1) &
    campaign=$!
    soon wrote_rows 5
    kill -HUP "$campaign"
    ends_with 0
    holds 'len(rows) == 36'
}

@test "cells that failed before the interruption count at the end" {
    campaign --allocator gone=/not/there/libgone.so --blocks 2
    [ "$status" -eq 5 ]
    run "$heaplab" run --resume run
    echo "$output"
    [ "$status" -eq 5 ]
    [[ $output == *"2 cells without figures"* ]]
}

@test "resume refuses another build of an allocator's library" {
    cp "$build/libbin.so" libmine.so
    campaign --allocator mine="$PWD/libmine.so"
    [ "$status" -eq 0 ]
    cp run/measurements.csv earlier
    cp "$build/libbuddy.so" libmine.so
    run "$heaplab" run --resume run
    echo "$output"
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == "heaplab: cannot resume "*mine*"changed"*"new run" ]]
    cmp run/measurements.csv earlier
}

@test "resume takes no other options, and wants a folder of a run" {
    campaign
    for words in "--resume run --blocks 3" "--resume=run --no-plots" "--no-plots --resume run"; do
        # shellcheck disable=SC2086 # words
        run "$heaplab" run $words
        echo "$words: $output"
        [ "$status" -eq 2 ]
        [[ $output == "heaplab: --resume takes its options from the run"* ]]
    done
    for folder in not/there "$BATS_TEST_DIRNAME"; do
        run "$heaplab" run --resume "$folder"
        echo "$output"
        [ "$status" -eq 1 ]
        [ "${#lines[@]}" -eq 1 ]
        [[ $output == "heaplab: cannot resume: "*"$folder"* ]]
    done
}
