#!/usr/bin/env bats
# heaplab compare: its exit codes, what it says and what it refuses. The runs are made by
# tests/fixtures/compare_run.py: three allocators
# and the baseline again on two workloads, 12 counted blocks.

# shellcheck disable=SC2154 # bats sets stderr
bats_require_minimum_version 1.5.0

setup() {
    repository=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    heaplab=${HEAPLAB_BUILD:-$repository/build}/heaplab
    mkdir "$BATS_TEST_TMPDIR/lab" # bats has files of its own beside it
    cd "$BATS_TEST_TMPDIR/lab" || return
}

make_run() {
    "$repository/tests/fixtures/compare_run.py" "$@"
}

# compared STATUS WORD...: what `heaplab compare` ends with; shows what it printed.
compared() {
    local expected=$1
    shift
    run "$heaplab" compare "$@"
    echo "$output"
    [ "$status" -eq "$expected" ]
    within 100 <<<"$output"
}

# No line of the input is longer; errors are one line however long.
within() {
    awk -v most="$1" '!/^heaplab: / && length > most { print "longer: " $0; bad = 1 } END { exit bad }'
}

# refused STATUS PART WORD...: one line of error that holds the part, nothing on standard output, and
# no file more than before.
refused() {
    local expected=$1 part=$2 before
    shift 2
    before=$(find . | sort)
    run --separate-stderr "$heaplab" compare "$@"
    printf '%s\n' "$output" "$stderr"
    [ "$status" -eq "$expected" ]
    [ -z "$output" ]
    [ "$(wc -l <<<"$stderr")" -eq 1 ]
    [[ $stderr == "heaplab: "*"$part"* ]]
    [ "$(find . | sort)" = "$before" ]
}

@test "a run against itself: no difference, whatever it holds" {
    make_run a --instructions valgrind
    compared 0 a a
    [[ $output == *$'\n18 equivalent of 18 comparisons'* ]]
    [[ $output == *"paired by block"* ]]
    cp -r a copy
    compared 0 --figure all a copy
    [[ $output == *$'\n30 equivalent of 30 comparisons'* ]]
}

@test "two runs of the same libraries: equivalent, although the machine drifted" {
    make_run a
    make_run b --seed 2 --drift 1.2 --start 100000
    compared 0 a b
    [[ $output == *"8 equivalent of 8"* ]]
    [[ $output == *"glibc itself took 1.1"*" times as long in B as in A"* ]]
    [[ $output == *"their ratios to glibc in the same block, unpaired across the"* ]]
    compared 3 --raw a b
    [[ $output == *"6 slower"*"of 12"* ]]
    [[ $(tr -s '\n ' ' ' <<<"$output") == *"differences were found on a library that is the same file"* ]]
}

@test "a regression ends with 3 and stands first; the others are told apart" {
    make_run a
    make_run b --seed 2 --factor bin=1.08 --memory mine=0.8 --sha bin=other --start 100000
    compared 3 a b
    [[ $output == *"2 slower, 2 smaller, 4 equivalent of 8 comparisons"* ]]
    run sed -n '/^B against A, ns_per_op/,/^$/p' <<<"$output"
    [[ ${lines[3]} =~ ^\ +(larson|perl)\ bin\ +1\ .*\ slower$ ]]
    compared 0 --allocators mine a b
    compared 0 b:mine a:mine --figure ns_per_op
    compared 3 b a --figure rss_bytes_peak
    [[ $output == *"2 larger"* ]]
}

@test "what nobody can tell ends with 4 and says how many blocks would" {
    make_run a --blocks 4
    make_run b --blocks 4 --seed 2 --factor bin=1.3 --start 100000
    compared 4 a b
    [[ $output == *"unresolved"* ]]
    [[ $output == *"too few blocks to be told from chance: that takes 6 on"* ]]
}

@test "two allocators of one run: their blocks pair" {
    make_run a --factor bin=0.9
    compared 0 a:glibc a:bin --figure ns_per_op
    [[ $output == *"paired by block (sign test)"* ]]
    [[ $output == *"2 faster of 2"* ]]
    compared 3 a:bin a:glibc --figure ns_per_op
    head -n 1 a/measurements.csv | tee glibc.csv >bin.csv
    grep -E ',(glibc|baseline-again),' a/measurements.csv >>glibc.csv
    grep ',bin,' a/measurements.csv >>bin.csv
    compared 0 glibc.csv:glibc bin.csv:bin --figure ns_per_op
    [[ $output == *"paired by block (sign test)"* ]]
}

@test "cells that failed in the later run end with 5, those of the first are named" {
    make_run a
    make_run b --seed 2 --crash mine --start 100000
    compared 5 a b
    [[ $output == *"failed in B: 4 cells: mine on larson (1 thread, throughput: crashed in 12 of 12"* ]]
    [[ $output == *", 4 cells failed"* ]]
    compared 0 b a
    [[ $output == *"failed in A: 4 cells"* ]]
    compared 5 a:mine b:mine
}

@test "a failure in the later run counts although the first run lacks the allocator" {
    make_run a
    make_run b --seed 2 --allocators glibc,baseline-again,bin,mine,new --crash new --start 100000
    compared 5 a b
    [[ $output == *"failed in B: 4 cells: new on larson"* ]]
    [[ ${lines[-1]} == *", 4 cells failed" ]]
    compared 0 b a
    make_run c --seed 3 --allocators glibc,baseline-again,bin,mine,new --start 200000
    compared 0 a c
    # nothing that meets is no comparison, whatever failed
    refused 1 "nothing to compare: only in B, not in A" --allocators new a b
}

@test "other machines are refused with 6 unless forced; another epoch is named" {
    make_run a
    make_run b --seed 2 --start 100000 --fact machine_key=x86_64-two
    refused 6 'are of different machines (x86_64-one and x86_64-two); --force' a b
    compared 0 --force a b
    [[ $output == *"different machines, x86_64-one and x86_64-two (--force)"* ]]
    make_run c --seed 3 --start 200000 --fact heaplab=def5678 --fact machine_key= \
        --fact "epoch=kernel=6.9.9; glibc=2.36; microcode=0x1; governor=; thp=madvise" \
        --fact variable=MALLOC_ARENA_MAX=1 --fact "allocator.bin.version=libbin 2" --sha bin=new
    compared 0 a c
    [[ $output == *'another epoch: kernel is "6.1.0" in A, "6.9.9" in B'* ]]
    [[ $output == *"another heaplab: abc1234 measured A, def5678 measured B"* ]]
    [[ $output == *"the environment had MALLOC_ARENA_MAX=1 in B only"* ]]
    [[ $output == *"bin is another library: SHA-256 bin-library in A; SHA-256 new, libbin 2 in B"* ]]
    [[ $output == *"of B no machine_key is known"* ]]
}

@test "a file alone has no machine, and needs no columns but the ones it is compared by" {
    make_run a.csv --file
    make_run b.csv --file --seed 2 --factor bin=1.1 --start 100000
    compared 3 a.csv b.csv
    [[ $output == *"of A and B no machine_key is known"* ]]
    cut -d , -f 1,3,6,7,9,14,16,21 a.csv >few.csv
    head -n 1 few.csv | grep -qx schema,block,pass,workload,threads,allocator,status,ns_per_op
    sed -i '/,memory,/d; 2,/^2,1,/{/^2,0,/d}' few.csv # nothing tells its warm-up from the rest
    compared 3 few.csv b.csv
    [[ $output == *"for they share no baseline library"* ]]
}

@test "cells of one run only, other settings and other streams are named and left out" {
    make_run a
    make_run b --seed 2 --workloads larson,sqlite --allocators glibc,baseline-again,bin,new --start 100000
    compared 0 a b
    [[ $output != *"not comparable"* ]]
    joined=$(tr -s '\n ' ' ' <<<"$output")
    [[ $joined == *"only in A, not in B: 6 cells: mine everywhere, bin on perl (1 thread, throughput), "* ]]
    [[ $joined == *"only in B, not in A: 6 cells: new everywhere, bin on sqlite (1 thread, throughput), "* ]]
    make_run c --seed 3 --set touch=all --start 200000
    refused 1 "nothing to compare: A and B not comparable, touch page and all: 8 cells" a c
    make_run d --workloads perl --seed 4 --start 300000 # the stream of another length
    refused 1 "events 1001 and 1000" a d
}

@test "instructions of different counters are never compared" {
    make_run a --instructions hardware
    make_run b --instructions valgrind --seed 2 --start 100000
    compared 0 a b
    [[ $output == *"not comparable, instructions of hardware and valgrind: 4 cells"* ]]
    make_run c --instructions valgrind --seed 3 --factor bin=1.03 --start 200000
    compared 3 --figure instructions_per_op b c
    [[ $output == *"exact counts, between their extremes"* ]]
    [[ $output == *"2 larger, 2 equivalent of 4 comparisons, 0 of them tested"* ]]
}

@test "several runs: each against the first" {
    make_run a
    make_run b --seed 2 --start 100000
    make_run c --seed 3 --factor mine=1.2 --start 200000
    compared 3 a b c
    [[ $output == *"C against A, ns_per_op"* ]]
    [[ $output == *"2 slower, 14 equivalent of 16 comparisons"* ]]
}

@test "the A/A cell of a run sets delta" {
    make_run a --allocators glibc,baseline-again,bin
    make_run b --allocators glibc,baseline-again,bin --seed 2 --factor bin=1.01 --start 100000
    compared 0 a b
    [[ $output == *"4 equivalent of 4"* ]]
    [[ $output != *"baseline-again"* ]]
    awk -F, -v OFS=, '$14 == "baseline-again" && $21 { $21 *= $3 % 2 ? 1.2 : 1 } 1' a/measurements.csv \
        >noisy.csv # every other one is a fifth off: the interval is about as wide
    mv noisy.csv a/measurements.csv
    make_run c --allocators glibc,baseline-again,bin --seed 2 --factor bin=1.1 --start 100000
    compared 4 --figure ns_per_op a c # noise that hides so much tells of nothing
    [[ $output =~ \ 2[0-2]\.[0-9]%\ .*unresolved ]]
}

@test "without the A/A cell nothing is proven, and the remedy is named" {
    make_run a --allocators glibc,bin
    make_run b --allocators glibc,bin --seed 2 --factor bin=1.3 --start 100000
    compared 4 a b
    [[ $output == *"4 unresolved of 4"* ]]
    joined=$(tr -s '\n ' ' ' <<<"$output")
    [[ $joined == *"nothing is proven without an A/A cell: 4 comparisons are of cells whose run has no baseline-again"* ]]
}

@test "CSV has the documented columns and every cell; notes go to standard error" {
    make_run a
    make_run b --seed 2 --factor bin=1.1 --workloads larson --start 100000
    run --separate-stderr "$heaplab" compare --csv a b
    [ "$status" -eq 3 ]
    printf '%s\n' "$output" >compare.csv
    "$heaplab" columns | sed -n '/^### compare.csv/,/^### /p' | sed '1,/^| ---/d' |
        grep '^| ' | cut -d ' ' -f 2 | tr -d '\140' | paste -sd, | diff - <(head -n 1 compare.csv)
    [[ $stderr == "heaplab: "*"only in A, not in B"* ]]
    python3 - <<'PYTHON'
import csv
rows = list(csv.DictReader(open("compare.csv", newline="")))
assert len(rows) == 8, len(rows)
assert sorted(row["status"] for row in rows) == ["done"] * 4 + ["only_first"] * 4
slow = [row for row in rows if row["verdict"] == "slower"]
assert len(slow) == 1, slow
assert (slow[0]["later_allocator"], slow[0]["figure"]) == ("bin", "ns_per_op")
assert (slow[0]["method"], slow[0]["baseline"], slow[0]["comparisons"]) == ("ratios", "glibc", "4")
assert 1.09 < float(slow[0]["ratio_low"]) < float(slow[0]["ratio"]) < float(slow[0]["ratio_high"]) < 1.11
PYTHON
}

@test "Markdown is a table that a pull request shows, its names escaped" {
    make_run a --workloads 'a|b,perl'
    make_run b --workloads 'a|b,perl' --seed 2 --factor bin=1.1 --start 100000
    run "$heaplab" compare --markdown a b
    [ "$status" -eq 3 ]
    [[ ${lines[0]} == "### heaplab compare" ]]
    [[ ${lines[1]} == "**2 slower, 6 equivalent of 8 comparisons"* ]]
    grep -q '^| a\\|b | 1 | bin | .* | \*\*slower\*\* |$' <<<"$output"
    run grep -vcE '^(\| ([^|]|\\\|)+){10}\|$' <(grep '^|' <<<"$output")
    [ "$output" = 0 ]
}

@test "wrong words end with 2" {
    make_run a
    refused 2 "needs two runs" a
    refused 2 'unknown option "--frobnicate"' --frobnicate a a
    refused 2 'a value is missing after "--figure"' a a --figure
    refused 2 '--figure "speed": no verdicts on it; on ns_per_op, ' --figure speed a a
    refused 2 "choose one of them" --csv --markdown a a
    refused 2 "choose one of them" --raw --baseline bin a a
    run "$heaplab" compare --help
    [ "$status" -eq 0 ]
    [[ $output == *"heaplab compare results/before results/after"* ]]
    within 100 <<<"$output"
}

@test "what cannot be read is named in one line and ends with 1" {
    make_run a
    refused 1 'cannot open "nowhere"' nowhere a
    mkdir empty
    refused 1 'is it the folder of a run?' a empty
    : >nothing.csv
    refused 1 'no column "schema"' nothing.csv a
    head -n 1 a/measurements.csv >header.csv
    refused 1 "there are no rows in it" header.csv a
    sed 's/^2,/99,/' a/measurements.csv >newer.csv
    refused 1 "written by a newer heaplab" a newer.csv
    cut -d , -f 1-5,7- a/measurements.csv >passless.csv
    refused 1 'row 1 has nothing in the column "pass"' a passless.csv
    cat a/measurements.csv <(tail -n 1 a/measurements.csv) >twins.csv
    refused 1 "two rows of block 12, memory pass of perl on 1 threads under mine" a twins.csv
    sed 's/^\(2,.*\),10\.[0-9]*,/\1,fast,/' a/measurements.csv >words.csv
    refused 1 'not a number' a words.csv
    refused 1 'no allocator "typo" in "a"' a:typo a
    refused 1 'no allocator "typo" in any of the runs' --allocators bin,typo a a
    refused 1 'choose one of them' --allocators bin a:bin a
    make_run b --seed 2 --sha glibc=other --start 100000
    refused 1 'do not both have it with the same SHA-256' --baseline glibc a b
    refused 1 '--baseline "foo": no such allocator in any of the runs' --baseline foo a:bin a:mine
    refused 1 '--baseline "foo": no such allocator in any of the runs' --baseline foo a b
    refused 1 'the runs do not have instructions_per_op (--passes instructions); measure it' \
        --figure instructions_per_op a b
}

@test "a torn last line is left out and told; more are damage" {
    make_run a
    make_run b --seed 2 --start 100000
    truncate -s -20 b/measurements.csv
    compared 0 a b
    [[ $output == *'a torn line of "b" is left out'* ]]
    sed -i '2,3s/,larson,.*//' b/measurements.csv
    refused 1 'the file is damaged' a b
}

@test "a full disk ends with 1, not with half a table" {
    make_run a
    run bash -c "'$heaplab' compare a a >/dev/full"
    [ "$status" -eq 1 ]
    [[ $output == "heaplab: cannot print the comparison: No space left on device" ]]
}

@test "a real run against itself and its folder by other names" {
    run "$heaplab" run --allocators glibc --workloads sized:live_blocks=200:blocks=3000 --threads 1 \
        --passes throughput,memory --blocks 2 --no-warm-up --no-plots --output real
    echo "$output"
    [ "$status" -eq 0 ]
    compared 4 real real/measurements.csv # two blocks have no interval
    [[ $output == *"unresolved of 2 comparisons"* ]]
    [[ $output == *"paired by block"* ]]
}
