#!/usr/bin/env bats
# heaplab heapmap: the CSV of the heap at moments of a stream, and its pictures.

bats_require_minimum_version 1.5.0

small=sized:live_blocks=300:blocks=20000

setup() {
    build=$(realpath "${HEAPLAB_BUILD:-$BATS_TEST_DIRNAME/../../build}")
    heaplab=$build/heaplab
    cd "$BATS_TEST_TMPDIR" || return
    export -n LD_PRELOAD
}

# map OPTION...: a heap map into the folder `map`; options given later win.
map() {
    run "$heaplab" heapmap --workload "$small" --no-plots --output map "$@"
    echo "$output"
}

# holds CONDITION: a condition in Python over `regions` and `frames`, the rows of the two files with
# numbers as numbers, and `of(frame, kind)`, the regions of a frame.
holds() {
    python3 - "$1" <<'PYTHON'
import csv, sys
def rows(file):
    def value(text):
        try:
            return float(text) if "." in text or "e" in text else int(text)
        except ValueError:
            return text
    return [{k: value(v) for k, v in row.items()} for row in csv.DictReader(open(file))]
regions, frames = rows("map/heapmap.csv"), rows("map/frames.csv")
def of(frame, kind=None):
    return [r for r in regions if r["frame"] == frame["frame"] and kind in (None, r["kind"])]
def total(rows, column="bytes"):
    return sum(r[column] or 0 for r in rows)
def disjoint(rows):
    return all(a["address"] + a["bytes"] <= b["address"] for a, b in zip(rows, rows[1:]))
if not eval(sys.argv[1]):
    print("does not hold:", sys.argv[1], *frames, *regions[:5], sep="\n")
    sys.exit(1)
PYTHON
}

# What must hold of any map.
sound() {
    holds 'all(disjoint(of(f)) and of(f) for f in frames)'
    holds 'all(f["used_bytes"] == total(of(f, "used")) for f in frames)'
    holds 'all(f["live_bytes"] == sum(r["requested_bytes"] for r in of(f, "used")
        if r["requested_bytes"] != "") for f in frames)'
    holds 'all(f["live_blocks"] == sum(r["requested_bytes"] != "" for r in of(f)) for f in frames)'
    holds 'all(r["requested_bytes"] == "" or r["requested_bytes"] <= r["bytes"] for r in regions)'
    holds 'min(r["address"] for r in regions) == frames[0]["lowest_address"]'
}

@test "every walked region is told, and the sums are those of the regions" {
    for allocator in bin buddy; do
        rm -rf map
        map --allocator "$allocator"
        [ "$status" -eq 0 ]
        sound
        holds '[round(f["progress"], 3) for f in frames] == [0.1, 0.5, 0.9]'
        holds 'all(f["source"] == "heap_walk" and f["resident_bytes"] == "" for f in frames)'
        holds 'all(f["free_bytes"] == total(of(f, "free")) and
            f["metadata_bytes"] == total(of(f, "metadata")) > 0 for f in frames)'
    done
}

@test "an allocator without a heap walk is told by live blocks and resident pages" {
    map --allocator glibc
    [ "$status" -eq 0 ]
    sound
    holds 'all(f["source"] == "resident_pages" and f["free_bytes"] == "" for f in frames)'
    holds 'all(f["resident_bytes"] == total(of(f, "resident")) > 0 for f in frames)'
    holds '{r["kind"] for r in regions} == {"used", "resident"}'
    # The last column ends where its name does.
    [[ ${lines[0]} == *"other resident bytes" ]]
    [ "${#lines[0]}" -eq "${#lines[1]}" ]
    # A header before each block, and nothing on pages that do not exist.
    holds 'all((r["address"] + r["bytes"]) % 16 == 8 for r in regions if r["kind"] == "used")'
}

@test "a block is as old as the events since it was got" {
    map --allocator buddy --at 30%
    [ "$status" -eq 0 ]
    holds 'len(frames) == 1 and all(r["age_events"] < frames[0]["events_done"] for r in of(frames[0], "used"))'
    # One thread and no touches: every event is one block's malloc or free.
    holds 'len({r["age_events"] for r in of(frames[0], "used")}) == frames[0]["live_blocks"]'
    map --allocator buddy --at 0.01% --output early
    [ "$status" -eq 0 ]
    run awk -F, 'NR > 1 && $6 == "used" { print $8 }' early/heapmap.csv
    echo "$output"
    [ "$(sort -n <<<"$output" | head -n 3 | xargs)" = "0 1 2" ]
}

@test "blocks of a buddy system are as large as its sizes" {
    map --allocator buddy
    holds 'all(r["bytes"] & (r["bytes"] - 1) == 0 for r in regions if r["kind"] == "used")'
}

@test "threads stand still while the heap is looked at" {
    for allocator in bin glibc; do
        rm -rf map
        map --allocator "$allocator" --workload larson:slots=200 --scale 0.1 --threads 3 --frames 7
        [ "$status" -eq 0 ]
        sound
        holds 'len(frames) == 7 and all(f["threads"] == 3 for f in frames)'
    done
}

@test "moments are taken in order, whatever the order they are named in" {
    map --at 75%,25.5%,100%
    [ "$status" -eq 0 ]
    holds '[round(f["progress"], 3) for f in frames] == [0.255, 0.75, 1]'
    holds 'frames[2]["live_blocks"] == 0'
}

@test "every moment is a picture, and there are a strip and an animation" {
    run "$heaplab" heapmap --workload "$small" --frames 4 --output map
    echo "$output"
    [ "$status" -eq 0 ]
    for picture in heapmap-001 heapmap-002 heapmap-003 heapmap-004 heapmap-strip; do
        grep -q '</svg>' "map/plots/$picture.svg"
        [ "$(head -c 4 "map/plots/$picture.png" | tail -c 3)" = PNG ]
        grep -q 'bin on sized live_blocks=300:blocks=20000, 1 thread' "map/plots/$picture.svg"
    done
    [ "$(head -c 6 map/plots/heapmap.gif)" = GIF89a ]
    # A graphic control extension before each image.
    [ "$(python3 -c 'print(open("map/plots/heapmap.gif", "rb").read().count(b"\x21\xf9\x04"))')" -eq 4 ]
    [ "$(find map/plots -type f | wc -l)" -eq 11 ]
}

@test "a picture prints what frames.csv says" {
    run "$heaplab" heapmap --allocator buddy --workload "$small" --at 50% --output map
    [ "$status" -eq 0 ]
    expected=$(python3 -c 'import csv
f = next(csv.DictReader(open("map/frames.csv")))
def text(b):
    b, unit = int(b), 0
    while b >= 1024: b, unit = b / 1024, unit + 1
    return "%.3g %s" % (b, "B KiB MiB GiB".split()[unit])
print("%s live blocks asked for %s and hold %s; free %s, metadata %s" % (f["live_blocks"],
    *(text(f[c + "_bytes"]) for c in ("live", "used", "free", "metadata"))))')
    echo "$expected"
    grep -qF "$expected" map/plots/heapmap-001.svg
}

@test "the key names what the colours tell" {
    run "$heaplab" heapmap --workload "$small" --at 50% --output map --by class
    [ "$status" -eq 0 ]
    grep -q 'blocks by size' map/plots/heapmap-001.svg
    grep -q 'to 512 B' map/plots/heapmap-001.svg
    run "$heaplab" heapmap --workload "$small" --at 50% --output by-age --by age
    grep -q 'blocks by age in events' by-age/plots/heapmap-strip.svg
    map --output by-kind
    run ! cmp map/cells/large-001.rgb by-age/cells/large-001.rgb
    run ! cmp by-kind/cells/large-002.rgb by-age/cells/large-001.rgb
}

@test "one of ours may have settings, a library of a user's own has its name" {
    map --allocator mine="$build/libbuddy.so"
    [ "$status" -eq 0 ]
    holds 'frames[0]["allocator"] == "mine" and frames[0]["library"].endswith("libbuddy.so")'
    map --allocator bin:nonsense=1 --output other
    [ "$status" -eq 5 ]
    [[ $output == *'heaplab: bin:nonsense=1 on sized: crashed: '*'nonsense'* ]]
}

@test "what is not understood is a usage error that names it" {
    local words
    while read -ra words; do
        map "${words[@]}"
        [ "$status" -eq 2 ]
        [ "${#lines[@]}" -eq 1 ]
        [[ $output == "heaplab: "*"${words[1]}"* ]]
        [ ! -e map ]
    done <<'WORDS'
--allocator nosuch
--allocator null
--workload nosuch
--at 0%
--at 101%
--at half
--at 50
--frames 0
--by colour
--scale 0
--touch some
--nosuch
WORDS
    map --frames 3 --at 5%
    [ "$status" -eq 2 ]
    [[ $output == 'heaplab: --frames and --at both choose the moments; give one of them' ]]
    map --at 10%,50%,50.000001%
    [ "$status" -eq 2 ]
    [[ $output == 'heaplab: the moments 50% and 50.000001% fall on the same event'* ]]
}

@test "a process that fails is told with its status" {
    echo 'int nothing;' >nothing.c
    gcc -shared -fPIC -o libnothing.so nothing.c
    map --allocator nothing="$PWD/libnothing.so"
    [ "$status" -eq 5 ]
    [[ $output == 'heaplab: nothing on sized: wrong_allocator: '*libc.so* ]]
    map --allocator gone=/not/there.so
    [ "$status" -eq 5 ]
    [[ $output == *'missing_library: "/not/there.so" is not there'* ]]
    [ ! -e map ]
}

@test "a folder with files in it is not written into" {
    mkdir map
    echo precious >map/heapmap.csv
    map
    [ "$status" -eq 1 ]
    [[ $output == *'"map" already holds files; choose another folder with --output'* ]]
    [ "$(cat map/heapmap.csv)" = precious ]
}

@test "without gnuplot the message names its package, and the CSV is there" {
    PATH=$BATS_TEST_TMPDIR/nowhere run "$heaplab" heapmap --workload "$small" --output map
    echo "$output"
    [ "$status" -eq 1 ]
    [[ ${lines[-1]} == *'"gnuplot" is not installed; install the Debian package gnuplot-nox; the CSV files are in "'*'/map"' ]]
    sound
}

@test "help has examples, and the columns are documented" {
    run "$heaplab" heapmap --help
    [ "$status" -eq 0 ]
    [[ $output == *Examples* ]]
    run "$heaplab" columns
    [[ $output == *"### heapmap.csv"*"age_events"*"### frames.csv"*"lowest_address"* ]]
}
