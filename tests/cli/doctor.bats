#!/usr/bin/env bats
# What `heaplab doctor` tells of a machine, whatever this one is: findings, remedies, exit codes.

# shellcheck disable=SC2154,SC2016 # campaign.bash sets them; `words` are quoted
bats_require_minimum_version 1.5.0
load campaign

setup() {
    campaign_setup
}

@test "the doctor lists findings by severity and ends with 6 exactly where something is unfit" {
    run "$heaplab" doctor
    echo "$output"
    [[ ${lines[0]} == "machine: $(uname -m)-"* ]]
    grep -qE '^(ok|note|warn|unfit) +aslr ' <<<"$output"
    grep -qE '^(ok|note|warn|unfit) +other_load +others use [0-9]+ % of the processors' <<<"$output"
    [ "$(sed '1d;$d' <<<"$output" | cut -d ' ' -f 1 | uniq)" = \
        "$(printf '%s\n' unfit warn note ok | grep -xF "$(sed '1d;$d' <<<"$output" | cut -d ' ' -f 1 | sort -u)")" ]
    if grep -q '^unfit ' <<<"$output"; then
        [ "$status" -eq 6 ]
        [[ ${lines[-1]} == "unfit: "* ]]
    else
        [ "$status" -eq 0 ]
        [[ ${lines[-1]} == fit* ]]
    fi
}

@test "a layout that is not randomised is warned of, by the doctor and by a run" {
    setarch -R true 2>/dev/null || skip "may not switch off address space layout randomisation"
    run setarch -R "$heaplab" doctor
    echo "$output"
    grep -qE '^warn +aslr +off for this process: .*; run without `setarch -R`' <<<"$output"
    run --separate-stderr setarch -R "$heaplab" run --allocators glibc --workloads "$tiny" --threads 1 \
        --passes throughput --blocks 1 --no-plots --output run
    echo "$stderr"
    [ "$status" -eq 0 ]
    [ "$(grep -c '^heaplab: figures may be spoilt: aslr: off for this process' <<<"$stderr")" -eq 1 ]
}

@test "the doctor's CSV is one, and its help shows the thresholds that rows are flagged by" {
    run "$heaplab" doctor --csv
    python3 - "$output" <<'PYTHON'
import csv, sys
rows = list(csv.DictReader(sys.argv[1].splitlines()))
assert {row["severity"] for row in rows} <= {"ok", "note", "warn", "unfit"}, rows
assert len({row["check"] for row in rows}) == len(rows) > 5, rows
assert all(row["remedy"] or row["severity"] in ("ok", "note") for row in rows), rows
PYTHON
    run "$heaplab" doctor --help
    [ "$status" -eq 0 ]
    grep -qE '^ +steal +10 % +5 % ' <<<"$output"
    grep -qE '^ +other_load +10 % +5 % .*\*$' <<<"$output"
}

@test "the doctor refuses what it does not know" {
    run "$heaplab" doctor --all
    echo "$output"
    [ "$status" -eq 2 ]
    [ "$output" = 'heaplab: unknown word "--all"; see `heaplab doctor --help`' ]
}
