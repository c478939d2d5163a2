#!/usr/bin/env bats
# The instructions pass: the same count twice, the stream's alone, and plain words where nobody can
# count. On a machine with a counter of its own the tests of valgrind are skipped.

# shellcheck disable=SC2154,SC2034 # campaign.bash sets and uses them
load campaign

setup() {
    campaign_setup
    passes=instructions
}

# counted_by SOURCE: skips the test where another one counts.
counted_by() {
    [[ $(python3 -c 'import csv
print(*{r["instructions_source"] for r in csv.DictReader(open("run/measurements.csv"))} - {""})') == "$1" ]] ||
        skip "here instructions are not counted by $1"
}

counts() {
    python3 -c 'import csv
for r in sorted(csv.DictReader(open("run/measurements.csv")), key=lambda r: r["allocator"]):
    print(r["allocator"], r["status"], r["instructions"])'
}

@test "glibc and each of our allocators count the same twice, to the last instruction" {
    ours=$(sed -nE 's/^(BUILT_IN|CLASSIC).([^,]*),.*/\2/p' \
        "$BATS_TEST_DIRNAME/../../allocators/list.def" | paste -sd ,)
    run "$heaplab" run --allocators "glibc,$ours" --workloads "$tiny" --threads 1 \
        --passes instructions --blocks 2 --no-warm-up --no-plots --output run
    echo "$output"
    [ "$status" -eq 0 ]
    holds 'len(by("allocator")) >= 10 and all(r["status"] == "ok" for r in rows)'
    holds 'all(r["env_padding_bytes"] == "0" and not r["elapsed_ns"] for r in rows)'
    counted_by valgrind
    holds 'all(len(group) == 2 and group[0]["instructions"] == group[1]["instructions"]
        for group in by("allocator").values())'
    holds 'all("hardware counter" in r["status_detail"] for r in rows)'
    # The replay itself takes some for each operation, an allocator more, none of them thousands.
    holds 'all(3 < float(r["instructions_per_op"]) < 5000 for r in rows)'
    holds 'all(int(by("allocator")[("null",)][0]["instructions"]) < int(r["instructions"])
        for r in rows if r["allocator"] != "null")'
    holds 'all(abs(float(r["instructions_per_op"]) * int(r["operations"]) / int(r["instructions"])
        - 1) < 1e-6 for r in rows)'
}

@test "twice the stream is twice the instructions: what comes before it is not counted" {
    campaign --workloads sized:live_blocks=200:blocks=3000,sized:live_blocks=200:blocks=6000
    [ "$status" -eq 0 ]
    holds '1.9 < int(by("allocator", "parameters")[("null", "live_blocks=200:blocks=6000")][0]
        ["instructions"]) / int(by("allocator", "parameters")[("null", "live_blocks=200:blocks=3000")]
        [0]["instructions"]) < 2.1'
}

@test "threads are all counted; valgrind's rows of them are flagged" {
    threads=1,2 campaign
    [ "$status" -eq 0 ]
    holds 'all(0.9 < float(by("allocator", "threads")[("glibc", "2")][0]["instructions_per_op"]) /
        float(r["instructions_per_op"]) < 1.5 for r in rows if r["allocator"] == "glibc")'
    counted_by valgrind
    holds 'all((r["flags"] == "serialised") == (r["threads"] == "2") for r in rows)'
}

@test "what dies under valgrind is unsupported, and that is no failure" {
    library=$(fixture failing_allocator)
    HEAPLAB_FAILURE=abort campaign --allocator failing="$library"
    counted_by valgrind
    [ "$status" -eq 0 ]
    [[ $output == *"failing on sized, 1 thread (instructions): unsupported: under valgrind: signal 6"* ]]
    holds '[(r["status"], r["instructions"]) for r in rows if r["allocator"] == "failing"] ==
        [("unsupported", "")]'
    run "$heaplab" run --resume run
    [ "$status" -eq 0 ]
}

@test "the user's own settings of valgrind do not matter" {
    campaign
    counted_by valgrind
    holds 'len(rows) == 2'
    counts >before
    rm -r run
    printf -- '--tool=none\n--instr-atstart=yes\n' >.valgrindrc
    VALGRIND_OPTS='--collect-atstart=no' HOME=$PWD LONGER_ENVIRONMENT=$PWD campaign
    [ "$status" -eq 0 ]
    diff before <(counts)
}

@test "where nobody can count it says so before anything is written" {
    campaign
    counted_by valgrind
    mkdir bin
    ln -s "$(command -v git)" bin/git
    rm -r run
    PATH=$PWD/bin run "$heaplab" run --allocators glibc --workloads "$tiny" --passes instructions \
        --output run
    [ "$status" -eq 1 ]
    [[ $output == *"cannot count instructions: no hardware counter"*"apt-get install valgrind"* ]]
    [ ! -e run ]
}
