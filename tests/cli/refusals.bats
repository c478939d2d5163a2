#!/usr/bin/env bats
# What heaplab cannot do it says in one line that names the thing, the reason and the remedy, with
# status 2 for wrong words and 1 for the rest; what was there before stays as it was.

# shellcheck disable=SC2154 # campaign.bash sets them
load campaign

setup() {
    campaign_setup
}

# refused WORDS... -- TEXT...: `heaplab run` refuses the words with 2 in one line that has the texts,
# and writes nothing.
refused() {
    local words=()
    while [ "$1" != -- ]; do
        words+=("$1")
        shift
    done
    shift
    run "$heaplab" run --output run "${words[@]}"
    echo "${words[*]}: $output"
    [ "$status" -eq 2 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == "heaplab: "* ]]
    for text in "$@"; do
        [[ $output == *"$text"* ]]
    done
    [ ! -e run ]
}

@test "unknown options and words are refused with the way to help" {
    refused --blok 3 -- '"--blok"' 'heaplab run --help'
    refused -z -- '"-z"' 'heaplab run --help'
    refused -xyz -- '"-xyz"' 'heaplab run --help'
    refused --blocks -- '"--blocks"' missing
    refused larson -- '"larson"' 'heaplab run --help'
    refused --no-plots=1 -- '--no-plots'
}

@test "unknown names are refused with the way to the list" {
    refused --allocators glibc,nonesuch -- '"nonesuch"' 'heaplab list'
    refused --allocators glibc,glibc -- '"glibc"' twice
    refused --allocators '' -- 'empty list'
    refused --workloads nonesuch -- '"nonesuch"' 'heaplab list'
    refused --workloads larson,larson -- '"larson"' twice
    refused --workloads larson:nonesuch=1 -- '"nonesuch"' '"larson"' 'heaplab list'
    refused --workloads larson:slots -- 'key=value' '"slots"'
    refused --workloads larson:slots=0 -- 'slots="0"' 'from 1 to'
    refused --workloads larson:slots=12x -- 'slots="12x"' 'whole number'
    refused --workloads ./not/there.trace -- '"./not/there.trace"' 'No such file' 'heaplab record'
    echo 'no trace at all' >other.txt
    refused --workloads ./other.txt -- '"./other.txt"' 'no heaplab trace' 'heaplab record'
    refused --workloads ./ -- '"./"' 'no heaplab trace'
    refused --allocators bin --baseline glibc -- '"glibc"' '--allocators'
    refused --allocators glibc,null,bin --baseline null -- '--baseline "null"' 'floor' 'name another'
    refused --allocators glibc,first-fit:coalesce=foo -- '"first-fit:coalesce=foo"' \
        'HEAPLAB_TUNABLES "coalesce=foo"' 'coalesce=never|immediate|deferred'
    refused --passes throughput,speed -- '"speed"' memory
}

@test "allocators of a user need a name of their own and a path" {
    refused --allocator mine -- '"mine"' 'NAME=PATH'
    refused --allocator mine= -- '"mine="' 'NAME=PATH'
    refused --allocator 'my,own=/x.so' -- 'NAME=PATH'
    refused --allocator baseline-again=/x.so -- '"baseline-again"' "heaplab's own"
    refused --allocator glibc=/x.so -- '"glibc"' twice
    refused --allocators glibc --allocator mine=/x.so --allocator mine=/y.so -- '"mine"' twice
}

@test "numbers out of their range are refused with the range" {
    refused --blocks 0 -- '"0"' 'from 1 to 10000'
    refused --blocks -1 -- '"-1"' 'from 1 to'
    refused --blocks 1e3 -- '"1e3"' 'whole number'
    refused --precision 0 -- '"0"' 'a share above 0'
    refused --precision 3 -- '"3"' 'for example 2%'
    refused --budget 90 -- '"90"' 'for example 90s, 30m or 8h'
    refused --seed 18446744073709551616 -- '"18446744073709551616"'
    refused --threads 1,0 -- '"0"' 'from 1 to 1024'
    refused --threads 2,2 -- twice
    refused --scale 0 -- '"0"' 'above 0'
    refused --scale nan -- '"nan"'
    refused --timeout 0 -- '"0"' 'from 1 to'
    refused --memory-limit 1G -- '"1G"' 'whole number'
    refused --touch lines -- '"lines"' 'heaplab run --help'
    refused --thp on -- '"on"' 'heaplab run --help'
}

@test "unknown subcommands are refused, and help is for asking" {
    run "$heaplab" frobnicate
    [ "$status" -eq 2 ]
    [[ $output == 'heaplab: unknown word "frobnicate"; '*'heaplab help'* ]]
    for words in "help frobnicate" "help run frobnicate"; do
        # shellcheck disable=SC2086 # words
        run "$heaplab" $words
        [ "$status" -eq 2 ]
        [[ $output == 'heaplab: unknown word "frobnicate"; '* ]]
    done
    [ "$("$heaplab" help run)" = "$("$heaplab" run --help)" ]
    for words in help --help "run --help" "list --help" "plot --help" "trace --help" "record --help"; do
        # shellcheck disable=SC2086 # words
        run "$heaplab" $words
        echo "$words: $output"
        [ "$status" -eq 0 ]
        [[ $output == *heaplab* ]]
    done
}

# contents FOLDER: what is in it, to see whether anything changed.
contents() {
    (cd "$1" && find . -type f -exec sha256sum {} + | sort)
}

@test "a folder that holds files is refused and left as it is" {
    campaign
    [ "$status" -eq 0 ]
    before=$(contents run)
    campaign
    [ "$status" -eq 1 ]
    [[ ${lines[-1]} == 'heaplab: "run" already holds files; '*--output*--resume* ]]
    [ "$(contents run)" = "$before" ]
    touch file
    run "$heaplab" run --allocators glibc --workloads "$tiny" --output file
    echo "$output"
    [ "$status" -eq 1 ]
    [[ $output == 'heaplab: cannot make the folder "file": Not a directory; '*--output ]]
    mkdir empty
    run "$heaplab" run --allocators glibc --workloads "$tiny" --threads 1 --passes throughput \
        --blocks 1 --no-plots --output empty/
    [ "$status" -eq 0 ]
}

@test "a folder that cannot be written is one line, and nothing is run" {
    run "$heaplab" run --allocators glibc --workloads "$tiny" --output /proc/heaplab/run
    echo "$output"
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == 'heaplab: cannot make the folder "/proc/heaplab": '*--output ]]
}

# On a disk of its own with room for so many KiB.
on_small_disk() {
    mkdir disk
    mount -t tmpfs -o size="$1k" none disk 2>/dev/null || skip "mounting needs root"
}

teardown() {
    umount "$BATS_TEST_TMPDIR/disk" 2>/dev/null || true
}

@test "a full disk ends the campaign in one line; its rows are whole, and it can go on" {
    on_small_disk 32
    run "$heaplab" run --allocators glibc --workloads "$tiny" --threads 1 --passes throughput \
        --blocks 60 --no-plots --output disk/run
    echo "$output"
    [ "$status" -eq 1 ]
    [[ ${lines[-1]} == "heaplab: cannot write \"$PWD/disk/run/measurements.csv\": No space left on device; "*--resume ]]
    holds 'len(rows) > 10 and all(row["status"] == "ok" and None not in row.values() and
        row["process_ns"] for row in rows)' disk/run/measurements.csv
    rows=$(wc -l <disk/run/measurements.csv)
    mount -o remount,size=4m disk
    run "$heaplab" run --resume disk/run
    [ "$status" -eq 0 ]
    holds 'len(rows) == 122 and len(set(keys)) == 122' disk/run/measurements.csv
    [ "$rows" -lt 123 ]
}

@test "a summary that does not fit leaves the earlier one" {
    on_small_disk 512
    passes=throughput campaign
    cp -r run disk/run
    before=$(contents disk/run)
    head -c 512K /dev/zero >disk/filler 2>/dev/null || true
    run "$heaplab" plot disk/run
    echo "$output"
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == "heaplab: "*"No space left on device"* ]]
    [ "$(contents disk/run)" = "$before" ]
}

@test "a run of a newer heaplab is neither summarised nor resumed" {
    campaign
    sed -i '2s/^[0-9]*,/99,/' run/measurements.csv
    before=$(contents run)
    for words in "plot run" "run --resume run"; do
        # shellcheck disable=SC2086 # words
        run "$heaplab" $words
        echo "$words: $output"
        [ "$status" -eq 1 ]
        [ "${#lines[@]}" -eq 1 ]
        [[ $output == 'heaplab: cannot read "'*"run/measurements.csv\": schema 99 was written by a newer heaplab"* ]]
        [ "$(contents run)" = "$before" ]
    done
}

@test "plot wants the folder of a run" {
    run "$heaplab" plot
    [ "$status" -eq 2 ]
    run "$heaplab" plot not/there
    echo "$output"
    [ "$status" -eq 1 ]
    [[ $output == 'heaplab: cannot open "not/there/measurements.csv": No such file or directory'* ]]
    mkdir other
    echo 'a,b' >other/measurements.csv
    run "$heaplab" plot other
    echo "$output"
    [ "$status" -eq 1 ]
    [[ $output == 'heaplab: cannot read "other/measurements.csv": no column "schema"'* ]]
}
