#!/usr/bin/env bats
# A cell that fails is a row with a status and no figures, the campaign goes on, the exit code says
# so. What makes them fail: failing_allocator.c.

# shellcheck disable=SC2154 # campaign.bash sets them
load campaign

setup() {
    campaign_setup
}

# failing HOW OPTION...: a campaign with the failing allocator, beside one that works.
failing() {
    local library

    export HEAPLAB_FAILURE=$1
    shift
    library=$(fixture failing_allocator)
    campaign --allocator failing="$library" "$@"
    [ "$status" -eq 5 ]
    holds 'all(row["status"] == "ok" for row in rows if row["allocator"] != "failing")'
    holds 'not any(row[f] for row in rows if row["allocator"] == "failing" for f in figures)'
}

# failed_as STATUS DETAIL: every row of the failing allocator has them.
failed_as() {
    holds 'any(row["allocator"] == "failing" for row in rows)'
    holds "all(row['status'] == '$1' and '$2' in row['status_detail']
        for row in rows if row['allocator'] == 'failing')"
    [[ $output == *"heaplab: failing on sized, 1 thread ("*"): $1: "* ]]
    [[ $output == *"without figures"*"status"* ]]
}

@test "a library that is not there is a row, and the campaign goes on" {
    campaign --allocator gone=/not/there/libgone.so --blocks 2
    [ "$status" -eq 5 ]
    holds 'len(rows) == 8 and [r["status"] for r in rows if r["allocator"] == "gone"] ==
        ["missing_library"] * 2'
    holds 'all(r["status"] == "ok" for r in rows if r["allocator"] != "gone")'
    holds 'not any(row[f] for row in rows if row["allocator"] == "gone" for f in figures)'
    [[ $output == *"missing_library"*"/not/there/libgone.so"* ]]
    [[ $output == *"heaplab: 2 cells without figures"* ]]
}

@test "a failure of an allocator is told once, and at the end how often it came" {
    passes=throughput,memory campaign --allocator mine=/not/there.so --blocks 3
    [ "$status" -eq 5 ]
    holds 'sum(r["status"] == "missing_library" for r in rows) == 6'
    [ "$(grep -c '/not/there.so' <<<"$output")" -eq 1 ]
    [[ ${lines[-2]} == "heaplab: mine: missing_library in all 6 cells" ]]
    [[ ${lines[-1]} == "heaplab: 6 cells without figures"* ]]
}

@test "what failed in all passes is counted over them" {
    failing null --workloads "$tiny,$tiny:sizes=2" --passes throughput,memory
    [[ $output == *"heaplab: failing: out_of_memory in all 4 cells"* ]]
}

@test "a library without a malloc is a wrong allocator, never a number" {
    echo 'int nothing;' >nothing.c
    gcc -shared -fPIC -o libnothing.so nothing.c
    echo 'no library at all' >text.so
    campaign --allocator nothing="$PWD/libnothing.so" --allocator text="$PWD/text.so"
    [ "$status" -eq 5 ]
    holds '{r["allocator"]: r["status"] for r in rows} == {"glibc": "ok", "baseline-again": "ok",
        "null": "ok", "nothing": "wrong_allocator", "text": "wrong_allocator"}'
    holds 'not any(r[f] for r in rows if r["status"] != "ok" for f in figures)'
    holds 'all("libc.so" in r["status_detail"] for r in rows if r["status"] != "ok")'
}

@test "a library that replaces a part of the family only is a wrong allocator" {
    printf '#include <stddef.h>\nvoid *malloc(size_t n) { static char m[99]; return n > 99 ? 0 : m; }\n' >half.c
    gcc -shared -fPIC -o libhalf.so half.c
    campaign --allocator half="$PWD/libhalf.so"
    [ "$status" -eq 5 ]
    holds '[r["status"] for r in rows if r["allocator"] == "half"] == ["wrong_allocator"]'
}

@test "a crash is a row with the signal and the allocator's last words" {
    passes=throughput,memory failing abort
    failed_as crashed 'signal 6 (Aborted): failing allocator: last "words", quoted'
    holds 'len(rows) == 7'
}

@test "a process that ends before its result has crashed" {
    failing exit
    failed_as crashed 'ended with 3 before its result'
}

@test "malloc that returns NULL is out of memory" {
    failing null
    failed_as out_of_memory 'the allocator returned NULL for'
}

@test "a process above --memory-limit is ended as out of memory" {
    failing grow --memory-limit 300
    failed_as out_of_memory '--memory-limit'
}

@test "a cell above --timeout is ended" {
    failing sleep --timeout 3
    failed_as timeout '--timeout'
    holds 'all(3e9 <= int(r["process_ns"]) < 30e9 for r in rows if r["allocator"] == "failing")'
}

@test "a process that closes its pipe and hangs is ended too" {
    failing deaf --timeout 3
    failed_as timeout '--timeout'
}

@test "the idle second of the memory pass does not count as time of the cell" {
    passes=memory campaign --timeout 1
    [ "$status" -eq 0 ]
    holds 'len(rows) == 1 and int(rows[0]["process_ns"]) > 1e9'
}

@test "the check pass finds a block that was given out twice" {
    passes=check failing share
    failed_as failed 'was changed: the allocator lost or shared it'
    [[ $output == *"
check: 1 of 2 cells passed, not:
  failing on sized:"*", 1 thread, block 0: failed"* ]]
    rm -r run
    HEAPLAB_FAILURE='share' campaign --allocator failing="$PWD/libfailing_allocator.so" \
        --passes check,throughput --workloads "$tiny,$tiny:sizes=2"
    [[ $output == *"
check: 2 of 4 cells passed, not:"* ]]
    [[ $output == *"heaplab: failing: failed in 2 of 4 cells"* ]]
    rm -r run
    passes=check campaign --allocator bin="$build/libbin.so"
    [ "$status" -eq 0 ]
    [[ $output == *"
check: 2 of 2 cells passed
"* ]]
}

@test "failures stand in the closing table and in the summary" {
    failing abort --blocks 2
    [[ $output == *sized* ]]
    holds '{(r["allocator"], r["failures"]) for r in rows if r["figure"] == "ns_per_op" and
        r["workload"] == "sized"} ==
        {("glibc", "0"), ("baseline-again", "0"), ("null", "0"), ("failing", "2")}' run/summary.csv
    holds 'not any(r["median"] for r in rows if r["allocator"] == "failing")' run/summary.csv
}

@test "what an allocator cannot tell is empty, not 0" {
    local library
    library=$(fixture failing_allocator)
    passes=memory campaign --allocator plain="$library"
    [ "$status" -eq 0 ]
    holds 'all((r["usable_bytes_peak"] == "") == (r["allocator"] == "plain") for r in rows)'
    holds 'all(r["frag_internal_mean"] == "" for r in rows if r["allocator"] == "plain")'
    holds 'all(r["frag_external_mean"] == "" and r["elapsed_ns"] == "" for r in rows)'
}
