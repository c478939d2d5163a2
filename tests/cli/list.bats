#!/usr/bin/env bats
# `heaplab list` shows what the lists hold; `heaplab columns` is what results/README.md says.

# shellcheck disable=SC2154 # campaign.bash sets them
load campaign

setup() {
    campaign_setup
    tree=$(realpath "$BATS_TEST_DIRNAME/../..")
}

@test "every allocator of list.def is listed in its order, with its description" {
    sed -nE 's/^[A-Z_]+\(([^,]+),.*"([^"]*)"\)$/ \1 \2/p' "$tree/allocators/list.def" >expected
    [ "$(wc -l <expected)" -ge 5 ]
    "$heaplab" list | sed -n '/^allocators/,/^$/p' | sed '1d;$d; s/ \[.*//' | tr -s ' ' >listed
    diff expected listed
}

@test "every workload of list.def is listed, with where it comes from and its parameters" {
    sed -nE 's/^[A-Z_]+\(([a-z0-9_]+)\)$/\1/p' "$tree/workloads/list.def" | tr _ - >expected
    [ "$(wc -l <expected)" -ge 5 ]
    "$heaplab" list | sed '1,/^workloads/d' | awk '/^  [a-z]/ { print $1 }' >listed
    diff expected listed
    [ "$("$heaplab" list | grep -c '  from: ')" -ge 5 ]
    "$heaplab" list | grep -q ':slots=5000  '
}

@test "--paths is for programs: a line each, name and library" {
    "$heaplab" list --paths >paths
    [ "$(wc -l <paths)" -eq "$("$heaplab" list | sed -n '/^allocators/,/^$/p' | sed '1d;$d' | wc -l)" ]
    grep -qx $'glibc\t' paths
    grep -qx "bin"$'\t'"$build/libbin.so" paths
    [ "$(cut -f 1 paths | sort | uniq -d | wc -l)" -eq 0 ]
    run grep -vc $'^[^\t]*\t[^\t]*$' paths
    [ "$status" -eq 1 ]
}

@test "an allocator whose library is missing is told with its remedy, and left out of a run" {
    mkdir bare
    cp "$heaplab" "$build/heaplab-worker" "$build"/lib{heaplab-replay,null}.so bare
    run bare/heaplab list
    [ "$status" -eq 0 ]
    [ "$(grep -c '^  bin .*\[not installed: run make\]$' <<<"$output")" -eq 1 ]
    run bare/heaplab run --workloads "$tiny" --threads 1 --passes throughput --blocks 1 \
        --no-warm-up --no-plots --output run
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *"heaplab: bin is skipped: "*libbin.so*" is not there; run make"* ]]
    holds 'len(rows) > 1 and "bin" not in {r["allocator"] for r in rows}'
}

@test "a word that list does not know is refused" {
    for words in "list --nonsense" "list --paths --nonsense" "columns --nonsense" "bench --nonsense"; do
        # shellcheck disable=SC2086 # words
        run "$heaplab" $words
        [ "$status" -eq 2 ]
        [[ ${lines[0]} == "heaplab: ${words%% *}: unknown word \"--nonsense\"" ]]
        [[ $output == *"usage: heaplab ${words%% *}"* ]]
    done
}

@test "results/README.md has the columns as heaplab prints them" {
    sed '1,/^<!-- columns: /d; /^<!-- end of columns -->/,$d' "$tree/results/README.md" >documented
    "$heaplab" columns >printed
    [ -s documented ]
    diff documented printed || {
        echo "put the output of 'heaplab columns' between the two markers of results/README.md"
        return 1
    }
}

@test "the columns are those of the files that a run writes" {
    passes=throughput,memory campaign
    [ "$status" -eq 0 ]
    for file in measurements timeline summary environment; do
        "$heaplab" columns | sed -n "/^### $file.csv/,/^### /p" | sed '1,/^| ---/d' |
            grep '^| ' | cut -d ' ' -f 2 | tr -d '\140' | paste -sd, >expected
        head -n 1 "run/$file.csv" | diff expected -
    done
}
