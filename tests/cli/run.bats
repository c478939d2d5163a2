#!/usr/bin/env bats
# What a campaign promises: a row for every cell and block, proven identities, shuffled and
# repeatable order, what was asked for in every row, the same stream for the same seed.

# shellcheck disable=SC2154 # campaign.bash sets them
load campaign

setup() {
    campaign_setup
    hogs=()
}

teardown() {
    [ ${#hogs[@]} -eq 0 ] || kill "${hogs[@]}" 2>/dev/null || true
}

# Runs three variants of a workload under three allocators and the floor; $1 is the seed.
shuffled() {
    run "$heaplab" run --allocators glibc,bin,buddy --threads 1,2 --no-plots --seed "$1" \
        --workloads "$tiny:sizes=0,$tiny:sizes=2" --blocks 3 --passes throughput --keep-noisy \
        --output "$2"
    echo "$output"
    [ "$status" -eq 0 ]
}

# order RUN: the cells in the order in which they were run, a line each.
order() {
    sort -t, -k3,3n -k5,5n "$1/measurements.csv" | cut -d, -f3,5-9,14
}

@test "a row for every cell and block, each with its place, the first block marked as warm-up" {
    shuffled 1 run
    holds 'len(rows) == 4 * 4 * 5 and len(set(keys)) == len(rows)'
    holds '{(row["block"], row["warm_up"]) for row in rows} ==
        {("0", "1"), ("1", "0"), ("2", "0"), ("3", "0")}'
    holds 'all(sorted(int(r["position"]) for r in block) == list(range(20))
        for block in by("block").values())'
    holds 'all(row["status"] == "ok" and row["status_detail"] == "" for row in rows)'
    holds '{row["schema"] for row in rows} == {"2"} and {row["run"] for row in rows} == {"run"}'
}

@test "the order differs between blocks and seeds, is the same for the same seed, floor first" {
    shuffled 1 run
    holds 'len({tuple((r["parameters"], r["threads"], r["allocator"]) for r in
        sorted(block, key=lambda r: int(r["position"]))) for block in by("block").values()}) == 4'
    holds 'all([r["allocator"] for r in sorted(group, key=lambda r: int(r["position"]))][0] == "null"
        for group in by("block", "parameters", "threads").values())'
    holds 'all(max(places) - min(places) == 4 for places in
        ([int(r["position"]) for r in group] for group in by("block", "parameters", "threads").values()))'
    shuffled 1 again
    diff <(order run) <(order again)
    shuffled 2 other
    run diff <(order run) <(order other)
    [ "$status" -eq 1 ]
}

@test "the same request gives the same streams; another seed gives others" {
    passes=throughput,check campaign --seed 7
    mv run first
    passes=throughput,check campaign --seed 7
    columns=workload,parameters,threads,allocator,pass,events,operations,env_padding_bytes,stream_seed
    holds "[tuple(r[c] for c in '$columns'.split(',')) for r in rows] ==
        [tuple(r[c] for c in '$columns'.split(',')) for r in csv.DictReader(open('first/measurements.csv'))]"
    "$heaplab" trace save --seed 7 "$tiny" seven.trace
    "$heaplab" trace save --seed 7 "$tiny" again.trace
    "$heaplab" trace save --seed 8 "$tiny" eight.trace
    streams() { "$heaplab" trace inspect "$1" | sed '1,/^Events/d'; }
    diff <(streams seven.trace) <(streams again.trace)
    run diff <(streams seven.trace) <(streams eight.trace)
    [ "$status" -eq 1 ]
}

@test "every row proves whose malloc was live" {
    campaign --allocator bin="$build/libbin.so" --allocator again="$build/libbin.so"
    [ "$status" -eq 0 ]
    holds "{r['allocator']: r['library'] for r in rows if r['library'].startswith('$build')} ==
        {'bin': '$build/libbin.so', 'again': '$build/libbin.so', 'null': '$build/libnull.so'}"
    holds '{r["allocator"] for r in rows if "libc.so.6" in r["library"]} == {"glibc", "baseline-again"}'
    sum=$(sha256sum "$build/libbin.so" | cut -d ' ' -f 1)
    holds "all(r['library_sha256'] == '$sum' for r in rows if 'libbin' in r['library'])"
    fact allocator.again.sha256 | grep -qx "$sum"
}

@test "figures of a pass stand in its rows only, net of the floor" {
    passes=throughput,memory campaign
    [ "$status" -eq 0 ]
    holds 'all((r["elapsed_ns"] != "") == (r["pass"] == "throughput") and
        (r["rss_bytes_peak"] != "") == (r["pass"] == "memory") for r in rows)'
    holds '[(r["pass"], r["allocator"]) for r in rows] ==
        [("throughput", "null"), ("throughput", "glibc"), ("memory", "glibc")]'
    holds 'all(abs(float(r["ns_per_op"]) - float(r["elapsed_ns"]) / float(r["operations"])) < 0.001
        for r in rows if r["elapsed_ns"])'
    holds 'abs(float(rows[1]["ns_per_op"]) - float(rows[0]["ns_per_op"]) -
        float(rows[1]["ns_per_op_net"])) < 0.001 and rows[0]["ns_per_op_net"] == ""'
    holds '("floor_high" in rows[1]["flags"]) == (float(rows[1]["floor_share"]) > 0.4)'
    holds 'int(rows[2]["rss_bytes_peak"]) >= int(rows[2]["rss_bytes_mean"]) > 0'
}

@test "no column is without a writer" {
    passes=throughput,memory,latency threads=2 campaign --workloads larson:slots=500 \
        --allocators glibc,first-fit:coalesce=deferred
    [ "$status" -eq 0 ]
    # what this machine or this run does not have: a clock to see, a counter, an allocator that fails
    holds '{name for name in rows[0] if not any(row[name] for row in rows)} <=
        {"status_detail", "flags", "frequency_mhz", "instructions", "instructions_per_op",
         "instructions_source", "pressure_cpu_ns", "pressure_memory_ns", "pressure_io_ns"} |
        {f"{call}_latency_ns_{q}" for call in ("calloc", "realloc")
         for q in ("p50", "p90", "p99", "p99_9", "p99_99", "max")} |
        {f"{call}_latency_ns_p99_99" for call in ("malloc", "free")}'
}

@test "what was asked for is in every row and in environment.csv" {
    campaign --touch line --thp off --scale 0.5 --seed 3 --timeout 50 --memory-limit 4000
    [ "$status" -eq 0 ]
    holds 'all((r["touch"], r["thp"], r["scale"], r["stream_seed"], r["workload"], r["parameters"]) ==
        ("line", "off", "0.5", "3", "sized", "live_blocks=200:blocks=3000") for r in rows)'
    [ "$(fact touch) $(fact thp) $(fact scale) $(fact seed)" = "line off 0.5 3" ]
    [ "$(fact timeout_s) $(fact memory_limit_bytes)" = "50 $((4000 << 20))" ]
    fact argument | grep -qx -- --scale
    [ "$(fact allocators) $(fact baseline) $(fact threads)" = "glibc,null glibc 1" ]
}

@test "the command in environment.csv repeats the run" {
    campaign --seed 18446744073709551615
    [ "$status" -eq 0 ]
    [ "$(fact seed)" = 18446744073709551615 ]
    read -ra words < <(fact command)
    [ "${words[0]} ${words[1]}" = "./run.sh run" ]
    "$heaplab" "${words[@]:1}" --output again
    diff <(order run) <(order again)
}

@test "the baseline runs a second time beside contestants, where figures differ from run to run" {
    passes=throughput,memory,check campaign --allocator bin="$build/libbin.so" --baseline bin
    [ "$status" -eq 0 ]
    holds '{(r["pass"], r["allocator"]) for r in rows if r["allocator"] == "baseline-again"} ==
        {("throughput", "baseline-again"), ("memory", "baseline-again")}'
    holds "{r['library'] for r in rows if r['allocator'] == 'baseline-again'} == {'$build/libbin.so'}"
    [ "$(fact allocators)" = glibc,bin,null,baseline-again ]
    holds '{r["allocator"] for r in rows if r["verdict"]} == {"glibc"}' run/summary.csv
}

@test "over a square of blocks each allocator takes each place once" {
    campaign --allocator bin="$build/libbin.so" --allocator buddy="$build/libbuddy.so" --blocks 4
    [ "$status" -eq 0 ]
    holds 'all(sorted(r["position"] for r in cell) == ["1", "2", "3", "4"]
        for (allocator,), cell in by("allocator").items() if allocator != "null") and
        len(by("allocator")) == 5'
}

@test "rows tell what went on around their process" {
    campaign --passes throughput,memory
    holds 'all(r["attempt"] == "0" and r["other_cpu_ns"] and r["steal_ns"] for r in rows)'
    [ ! -e /proc/pressure/cpu ] || holds 'all(r["pressure_cpu_ns"] and r["pressure_io_ns"] for r in rows)'
    ! grep -q '^cpu MHz' /proc/cpuinfo || holds 'all(float(r["frequency_mhz"]) > 0 for r in rows)'
    [ -n "$(fact machine_key)" ] && [[ $(fact epoch) == "kernel=$(uname -r) "*"; glibc="* ]]
}

@test "a disturbed block is run again, at most so often, and then counts with its flags" {
    for ((i = 0; i < 2 * $(nproc); i++)); do
        sh -c 'while :; do :; done' &
        hogs+=($!)
    done
    run "$heaplab" run --allocators glibc --workloads larson --scale 6 --threads 1 --blocks 2 \
        --passes throughput --no-warm-up --no-plots --output run
    kill "${hogs[@]}"
    echo "$output"
    [ "$status" -eq 0 ]
    holds 'sorted((r["block"], r["attempt"]) for r in rows if r["allocator"] == "glibc") ==
        [("0", "0"), ("0", "1"), ("1", "0")]'
    holds 'all("other_load" in r["flags"].split() for r in rows if r["allocator"] == "glibc")'
    [ "$(fact voided_blocks) $(fact disturbed_blocks) $(fact stopped_by)" = "1 2 blocks" ]
    [[ $output == *"block 1 (throughput): 1 of 1 workloads disturbed, such as larson with 1 thread: other_load "*" %; 1 run again, 0 count"* ]]
    [[ $output == *"block 2 (throughput): 1 of 1 workloads disturbed, such as larson with 1 thread: other_load "*" %; 0 run again, 1 count"* ]]
    holds '{r["blocks"] for r in rows if r["figure"] == "ns_per_op"} == {"2"}' run/summary.csv
}

@test "a budget ends the run at the end of a block; the first is always measured" {
    campaign --blocks 100 --budget 1s --scale 3 --workloads larson
    [ "$status" -eq 0 ]
    blocks=$(fact blocks_counted)
    [ "$(fact stopped_by)" = budget ] && [ "$blocks" -lt 100 ]
    holds "len(rows) == 2 * $blocks > 0"
    [[ $output == *"heaplab: stopped after $blocks block"*" within 0:01 (--budget)"* ]]
    [[ $output == *"block 1 of at most 100: "* ]]
}

@test "a precision ends the run once every interval is that narrow" {
    passes=memory campaign --allocator bin="$build/libbin.so" --precision 50% --blocks 30
    [ "$status" -eq 0 ]
    [ "$(fact stopped_by) $(fact blocks_counted)" = "precision 8" ]
    [[ $output == *"heaplab: stopped after 8 blocks: every interval is within 50 %"* ]]
}

@test "a run that cannot reach verdicts says so before, and how many blocks would" {
    campaign --allocator bin="$build/libbin.so" --workloads "$tiny,$tiny:sizes=2" --blocks 6
    [[ ${lines[*]} == *"heaplab: 6 blocks cannot tell faster from slower in a family of 2 comparisons: it takes 7 (--blocks 7); this run can still show equivalence"* ]]
    [[ $output == *"heaplab: --blocks 7 would take about 0:0"* ]]
    mv run six
    campaign --allocator bin="$build/libbin.so" --workloads "$tiny,$tiny:sizes=2" --blocks 7
    [[ $output != *"cannot tell"* ]]
    rm -r run
    campaign --allocator bin="$build/libbin.so"
    [[ ${lines[0]} == *"this run has estimates of times and memory without intervals, which take 6 blocks" ]]
}

@test "a damaged trace ends the campaign before anything is measured" {
    "$heaplab" trace save --scale 0.01 larson whole.trace
    head -c 3000 whole.trace >torn.trace
    campaign --workloads "$tiny,./whole.trace,./torn.trace"
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == "heaplab: "*torn.trace* ]]
    [ ! -e run ]
}

@test "a recorded workload runs by its path, once: it has its own threads" {
    "$heaplab" trace save --threads 2 --scale 0.01 larson 'my larson.trace'
    run "$heaplab" run --allocators glibc --workloads './my larson.trace' --threads 1,2 \
        --passes throughput --blocks 1 --no-warm-up --no-plots --output run
    echo "$output"
    [ "$status" -eq 0 ]
    events=$("$heaplab" trace inspect 'my larson.trace' | awk '/^Events/ { gsub(",", ""); print $2 }')
    holds "[(r['allocator'], r['workload'], r['threads'], r['events']) for r in rows] ==
        [('null', 'my_larson', '3', '$events'), ('glibc', 'my_larson', '3', '$events')]"
}

@test "without a terminal there are no escape codes; a line tells of each block" {
    "$heaplab" run --allocators glibc --workloads "$tiny" --threads 1 --passes throughput \
        --blocks 2 --no-plots --output run >out 2>err
    run grep -c $'[\033\r]' out err
    [ "$status" -eq 1 ]
    grep -q '^warm-up: 0 of 6 cells done, 0 failed, ' err
    grep -q '^block 2 of 2: 4 of 6 cells done, 0 failed, 0:.. elapsed, about 0:.. left$' err
    grep -q '^time per operation \[ns\]' out
    grep -qx "files: $PWD/run/summary.csv" out
    grep -qx "       $PWD/run/measurements.csv" out
    run grep 'per operation' err
    [ "$status" -eq 1 ]
}

@test "on a terminal one line shows how far it is and the time left, the best is bold" {
    TERM=xterm script -qec "'$heaplab' run --allocators glibc --workloads $tiny --threads 1 \
        --passes throughput --blocks 6 --no-plots --output run" /dev/null >seen </dev/null
    grep -q $'\r\033\\[Kblock 6 of 6  cell \\([0-9]*\\) of \\1 (0 failed)  0:.. left  throughput: sized, ' seen
    grep -q $'\033\\[1m' seen
    run grep 'elapsed, about' seen
    [ "$status" -eq 1 ]
}

@test "without gnuplot it says what to install, and the figures and table are there" {
    mkdir bin
    ln -s "$(command -v dpkg-query)" bin
    PATH=$PWD/bin run "$heaplab" run --allocators glibc --workloads "$tiny" --threads 1 \
        --passes throughput --blocks 1 --output run
    echo "$output"
    [ "$status" -eq 1 ]
    [ "$(grep -c '^heaplab: .*gnuplot.*install the Debian package gnuplot-nox' <<<"$output")" -eq 1 ]
    [[ $output == *"time per operation [ns]"* ]]
    [ -s run/measurements.csv ] && [ -s run/summary.csv ]
}

@test "with charts and page the files are there and named" {
    run "$heaplab" run --allocators glibc,bin --workloads "$tiny" --threads 1 --blocks 1 --output run
    echo "$output"
    [ "$status" -eq 0 ]
    for file in report.html summary.csv measurements.csv plots; do
        [[ $output == *"$PWD/run/$file"* ]]
        [ -s "run/$file" ]
    done
    rm -r run/summary.csv run/report.html run/plots
    run "$heaplab" plot run
    [ "$status" -eq 0 ]
    [ -s run/summary.csv ] && [ -s run/report.html ] && [ -d run/plots ]
}

@test "an installed heaplab writes to ./results, not to the tree it was built from" {
    mkdir installed
    cp "$build"/heaplab "$build"/heaplab-worker "$build"/libheaplab-replay.so "$build"/libnull.so installed
    run installed/heaplab run --allocators glibc --workloads sized:blocks=2000 --threads 1 \
        --passes throughput --blocks 1 --no-warm-up --no-plots
    echo "$output"
    [ "$status" -eq 0 ]
    files=(results/*/measurements.csv)
    [ -s "${files[0]}" ]
}

@test "who may use one processor runs one thread" {
    run taskset -c "$(taskset -cp $$ | sed 's/.*[ ,-]//')" "$heaplab" run --allocators glibc \
        --workloads sized:blocks=2000 --passes throughput --blocks 1 --no-warm-up --no-plots --output run
    echo "$output"
    [ "$status" -eq 0 ]
    holds '{r["threads"] for r in rows} == {"1"}'
}
