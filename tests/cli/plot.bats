#!/usr/bin/env bats
# heaplab plot: charts from the CSV files of a run (the page: page.bats).

# shellcheck disable=SC2154 # sample_run.bash sets them
bats_require_minimum_version 1.5.0
load sample_run

setup() {
    sample_setup
}

charts=(blow-up forest fragmentation fragmentation-measures free-list heat-map internal-external
    memory-ratio memory-timeline threads time-ratio trade-off)

@test "every chart is drawn as SVG, PNG and PDF, and nothing is left beside them" {
    run "$heaplab" plot "$lab"
    echo "$output"
    [ "$status" -eq 0 ]
    for chart in "${charts[@]}"; do
        grep -q '</svg>' "$lab/plots/$chart.svg"
        [ "$(head -c 4 "$lab/plots/$chart.png" | tail -c 3)" = PNG ]
        [ "$(head -c 5 "$lab/plots/$chart.pdf")" = %PDF- ]
    done
    [ "$(find "$lab/plots" -type f | wc -l)" -eq $((3 * ${#charts[@]})) ]
    [ -z "$(find "$lab" -maxdepth 1 -name '.*' ! -name run -printf '%f ')" ]
}

@test "fonts are embedded in the PDF" {
    "$heaplab" plot "$lab"
    for chart in "${charts[@]}"; do
        grep -aq FontFile "$lab/plots/$chart.pdf"
    done
}

@test "a chart says how many blocks, which intervals, which baseline" {
    "$heaplab" plot "$lab"
    grep -q '9 blocks, 96.1 % intervals, baseline glibc' "$lab/plots/threads.svg"
    grep -q '9 blocks, no intervals, baseline glibc' "$lab/plots/heat-map.svg"
    # means have a level of their own; the trade-off shows means alone
    for chart in forest memory-ratio time-ratio; do
        grep -q '9 blocks, 96.1 % intervals (of means 95 %), baseline glibc' "$lab/plots/$chart.svg"
    done
    grep -q '9 blocks, 95 % intervals, baseline glibc' "$lab/plots/trade-off.svg"
    for chart in blow-up fragmentation fragmentation-measures internal-external; do
        grep -q '9 blocks, medians without intervals, baseline glibc' "$lab/plots/$chart.svg"
    done
    for chart in free-list memory-timeline; do
        grep -q 'samples of one block, no intervals, baseline glibc' "$lab/plots/$chart.svg"
    done
}

@test "too few blocks for an interval are said to be too few" {
    keep measurements.csv 'c["block"] < 4'
    "$heaplab" plot "$lab" >"$lab/table"
    for chart in time-ratio forest trade-off; do
        grep -q '3 blocks, too few blocks for intervals, baseline' "$lab/plots/$chart.svg"
    done
    grep -q 'in 3 counted blocks' "$lab/report.html"
    grep -q 'Fastest: undecided.</strong> .*, in 6 blocks or more' "$lab/report.html"
    grep -q '^geometric means, ratios to glibc: too few blocks for 95 % intervals and verdicts$' "$lab/table"
    run ! grep -q unresolved <(sed -n '/^geometric means/,/^noise/p' "$lab/table")
    grep -q '3 blocks cannot prove a difference among 7 comparisons; 9 can' "$lab/report.html"
    run ! grep -q 'class="best"' "$lab/report.html"
}

@test "too few blocks are not said to be too few for exact counts" {
    keep measurements.csv 'c["block"] < 4'
    awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print; next }
        { print } $at["pass"] == "memory" && $at["threads"] == 1 {
            $at["pass"] = "instructions"; $at["instructions_source"] = "valgrind"
            $at["instructions_per_op"] = $at["allocator"] == "bin" ? 50 : 100; print }' \
        "$lab/measurements.csv" >"$lab/kept"
    mv "$lab/kept" "$lab/measurements.csv"
    "$heaplab" plot "$lab" >"$lab/table"
    grep -Eq '^  bin .* smaller +0.500 \(0.500 to 0.500\)' "$lab/table"
    grep -q '3 blocks cannot prove a difference among 7 comparisons of times and memory; 9 can' "$lab/table"
    grep -q 'Too few blocks for some verdicts.*among 7 comparisons of times and memory; 9 can' "$lab/report.html"
}

@test "names come from the CSV, and markup in them stays text" {
    sed -i 's/fragmenter/x<y\&z_1/; s/\bbin\b/brandnew/g' "$lab"/*.csv
    "$heaplab" plot "$lab"
    for chart in "${charts[@]}"; do
        grep -q brandnew "$lab/plots/$chart.svg"
        run ! grep -q '>bin<' "$lab/plots/$chart.svg"
    done
    grep -q 'x&lt;y&amp;z_1' "$lab/plots/heat-map.svg"
    run ! grep -q 'x<y' "$lab/report.html"
}

@test "the floor and the second cell of the baseline are in no chart and no column" {
    "$heaplab" plot "$lab" >"$lab/table"
    run ! grep -El '>(null|baseline-again)<' "$lab"/plots/*.svg
    run ! grep -E '<th scope="col">(null|baseline-again)<' "$lab/report.html"
    run ! grep -E 'null|baseline-again' "$lab/table"
}

@test "the noise is told: the baseline against itself, flags, void blocks, why it stopped" {
    "$heaplab" plot "$lab" >"$lab/table"
    grep -Eq '^  time: widest interval ±[0-9.]+ %, [0-9] of 4 excludes? 1 ' "$lab/table"
    grep -q '^  3 groups of blocks void for noise and run again$' "$lab/table"
    grep -q '^  stopped by: blocks$' "$lab/table"
    grep -Eq '<code>ns_per_op</code></th><td>±[0-9.]+&nbsp;%</td><td>[0-9] of 4</td>' "$lab/report.html"
    grep -Eq 'Flagged among the [0-9]+ counted measurements: .*other_load [0-9]+' "$lab/report.html"
    [ "$(sed -n '/aria-label="void blocks"/,/<\/table>/p' "$lab/report.html" | grep -c '<tr><th scope="row"')" -eq 3 ]
}

@test "void blocks are told pass by pass" {
    # block 1 of memory a second time, as attempt 1: as void as that of throughput
    awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print; next }
        { print } $at["pass"] == "memory" && $at["block"] == 1 { $at["attempt"] = 1; print }' \
        "$lab/measurements.csv" >"$lab/kept"
    mv "$lab/kept" "$lab/measurements.csv"
    "$heaplab" plot "$lab"
    grep -q '<th scope="row">1</th><td>memory</td>' "$lab/report.html"
    grep -q '<th scope="row">1</th><td>throughput</td>' "$lab/report.html"
}

@test "rows of a void attempt change nothing" {
    "$heaplab" plot "$lab"
    cp "$lab/summary.csv" "$lab/before"
    edit measurements.csv 'if (c["pass"] == "throughput" && c["block"] == 1 && c["attempt"] == 0)
        c["ns_per_op"] = 1'
    "$heaplab" plot "$lab"
    cmp "$lab/before" "$lab/summary.csv"
}

@test "words of verdicts stand on the page and in the closing table's signs" {
    edit measurements.csv 'if (c["pass"] == "throughput" && c["status"] == "ok")
        c["ns_per_op"] = (10 + c["block"]) * (c["allocator"] == "bin" ? 0.5 : 1)'
    "$heaplab" plot "$lab" >"$lab/table"
    grep -Eq '^  perl +1 +11?[0-9.]+ +[0-9.]+= +\*[0-9.]+\+$' "$lab/table"
    grep -Eq '^  bin +faster +0.500 \(0.500 to 0.500\)' "$lab/table"
    grep -q 'took 0.500 of the time per operation of glibc' "$lab/report.html"
    grep -q '<small>0.50× faster</small>' "$lab/report.html"
    grep -q '<small>1.00× equivalent</small>' "$lab/report.html"
}

@test "latencies are pooled over the blocks, void attempts left out" {
    "$heaplab" plot "$lab"
    [ ! -e "$lab/plots/latency.svg" ]
    {
        echo schema,run,block,attempt,workload,parameters,threads,allocator,call,low_ns,high_ns,calls
        for block in 1 2; do
            for call in malloc free; do
                echo "2,run,$block,1,perl,,1,glibc,$call,20,21,900"
                echo "2,run,$block,1,perl,,1,glibc,$call,1000,1010,100"
                echo "2,run,$block,1,perl,,1,bin,$call,12,13,1000"
                echo "2,run,$block,0,perl,,1,bin,$call,800000000,808000000,1000000"
            done
        done
    } >"$lab/latency.csv"
    "$heaplab" plot "$lab"
    grep -q '2 blocks pooled, no intervals, baseline glibc' "$lab/plots/latency.svg"
    grep -q '>perl: malloc<' "$lab/plots/latency.svg"
    grep -q '>perl: free<' "$lab/plots/latency.svg"
    grep -q 'How long single calls take' "$lab/report.html"
    # the axes end with what counts: at 10 µs, and at 2000 calls
    run ! grep -q '>1 s<' "$lab/plots/latency.svg"
    run ! grep -Eq '>0.0001 %<|ppm' "$lab/plots/latency.svg"
    sed -i 's/,900$/,900000/' "$lab/latency.csv" # one unit all the way down
    "$heaplab" plot "$lab"
    grep -q '>0.01 %<' "$lab/plots/latency.svg"
    grep -q '>0.0001 %<' "$lab/plots/latency.svg"
    run ! grep -q ppm "$lab/plots/latency.svg"
}

@test "a cell that failed is named in the charts and on the page" {
    "$heaplab" plot "$lab"
    grep -q '>crashed<' "$lab/plots/heat-map.svg"
    for chart in fragmentation fragmentation-measures internal-external time-ratio; do
        grep -q '>crashed<' "$lab/plots/$chart.svg"
    done
    grep -q 'cells failed: jemalloc' "$lab/plots/trade-off.svg"
    grep -q '<td class="failed">crashed</td>' "$lab/report.html"
    grep -q 'signal 11 (Segmentation fault) &lt;after&gt; &quot;block&quot; 3 &amp; more' \
        "$lab/report.html"
}

@test "what a pass does not support is said to be that, not to have failed" {
    "$heaplab" plot "$lab" >"$lab/table"
    grep -Eq '^  jemalloc +cells failed +cells failed' "$lab/table"
    edit measurements.csv 'if (c["status"] == "crashed") c["status"] = "unsupported"'
    "$heaplab" plot "$lab" >"$lab/table"
    grep -Eq '^  jemalloc +unsupported +unsupported' "$lab/table"
    grep -Eq '^  fragmenter .* unsupp\. ' "$lab/table"
    run ! grep -q failed "$lab/table"
}

@test "a failure in one pass does not hide the figure of the other" {
    edit measurements.csv 'if (c["pass"] == "throughput" && c["workload"] == "perl" &&
        c["allocator"] == "bin") {
            c["status"] = "timeout"
            for (i = at["events"]; i <= at["samples"]; i++) c[name[i]] = "" }'
    "$heaplab" plot "$lab"
    grep -q '>timeout<' "$lab/plots/time-ratio.svg"
    run ! grep -q '>timeout<' "$lab/plots/memory-ratio.svg"
    [ "$(grep -c '<td class="failed">timeout</td>' "$lab/report.html")" -eq 1 ]
    mapfile -t rows < <(grep -o '<th scope="row">perl</th>.*' "$lab/report.html")
    [[ ${rows[0]} == *failed* ]]
    [[ ${rows[1]} != *failed* ]]
    # nor does it change the order of the allocators
    [[ $(grep -Eo '>(glibc|bin)<' "$lab/plots/memory-ratio.svg" | head -n 1) == '>glibc<' ]]
}

@test "two allocators on one workload are enough" {
    keep_cells 'c["workload"] == "perl" && c["allocator"] ~ /^(glibc|bin)$/'
    "$heaplab" plot "$lab"
    for chart in fragmentation free-list heat-map memory-ratio memory-timeline time-ratio trade-off; do
        grep -q '</svg>' "$lab/plots/$chart.svg"
    done
    run ! grep -q 'geometric mean<' "$lab/plots/heat-map.svg"
    for chart in forest memory-ratio time-ratio; do # no mean, so none is told of
        grep -q '9 blocks, 96.1 % intervals, baseline glibc' "$lab/plots/$chart.svg"
    done
}

@test "one allocator on one workload in one block is drawn" {
    keep_cells 'c["workload"] == "perl" && c["allocator"] == "glibc" && c["block"] == 1'
    "$heaplab" plot "$lab"
    for chart in fragmentation heat-map; do
        grep -q '</svg>' "$lab/plots/$chart.svg"
    done
}

@test "without a second number of threads there is no chart of threads, nor an old one" {
    "$heaplab" plot "$lab"
    [ -e "$lab/plots/threads.pdf" ]
    [ -e "$lab/plots/blow-up.pdf" ]
    keep_cells 'c["threads"] == 1'
    "$heaplab" plot "$lab"
    [ -z "$(find "$lab/plots" -name 'threads.*' -o -name 'blow-up.*')" ]
    run ! grep -Eq 'Throughput against threads|Blow-up' "$lab/report.html"
}

@test "without one thread there is nothing that a blow-up could relate to" {
    keep_cells 'c["threads"] == 2'
    "$heaplab" plot "$lab"
    [ ! -e "$lab/plots/blow-up.svg" ]
    [ -e "$lab/plots/fragmentation.svg" ]
}

@test "fragmentation prints the figure of the CSV file, and marks the least of a row" {
    edit measurements.csv 'if (c["pass"] == "memory" && c["status"] == "ok")
        c["frag_1"] = c["allocator"] == "bin" ? 37.5 : 0.75'
    "$heaplab" plot "$lab"
    # larson with 1 and 2 threads, fragmenter, perl; jemalloc has no figure for fragmenter
    [ "$(grep -o '>37.5<' "$lab/plots/fragmentation.svg" | wc -l)" -eq 4 ]
    [ "$(grep -o '>0.75<' "$lab/plots/fragmentation.svg" | wc -l)" -eq 7 ]
    grep -q 'framed: the least of a row' "$lab/plots/fragmentation.svg"
}

@test "external fragmentation is not known without a heap walk, and not told" {
    "$heaplab" plot "$lab"
    # glibc in three panels, jemalloc in the two where it did not crash
    [ "$(grep -o '>no walk<' "$lab/plots/internal-external.svg" | wc -l)" -eq 5 ]
}

@test "charts of the fewest threads say so where a workload ran with more" {
    "$heaplab" plot "$lab"
    for chart in fragmentation-measures free-list internal-external; do
        grep -q 'of several numbers of threads only the fewest is shown' "$lab/plots/$chart.svg"
    done
    keep_cells 'c["threads"] == 1'
    "$heaplab" plot "$lab"
    for chart in fragmentation-measures free-list internal-external; do
        run ! grep -q 'only the fewest' "$lab/plots/$chart.svg"
    done
}

@test "the key of a chart with one panel is whole" {
    keep_cells 'c["workload"] == "perl" && c["allocator"] ~ /^(glibc|bin|baseline-again)$/'
    "$heaplab" plot "$lab"
    for chart in forest internal-external; do
        read -r width < <(sed -nE 's/.*viewBox="0 0 ([0-9]+) .*/\1/p' "$lab/plots/$chart.svg")
        [ "$width" -gt 240 ] # a column's are 239, where the first entry lies left of the page
        [ "$width" -lt 300 ]
    done
}

@test "the last label of a panel does not run into the first of the next" {
    "$heaplab" plot "$lab"
    # four panels beside each other, from 0.5 to 2, and one below: 2 at the ends of the rows only
    [ "$(grep -o '> *0\.5<' "$lab/plots/time-ratio.svg" | wc -l)" -eq 4 ]
    [ "$(grep -o '> *2<' "$lab/plots/time-ratio.svg" | wc -l)" -eq 2 ]
}

@test "the chart of a cell's nights has the date of a single night" {
    mkdir "$lab/nights"
    {
        echo started_unix_s,night,cell,baseline,blocks,ratio,ratio_low,ratio_high,delta,level,change,verdict,epoch,end
        echo 1795352400,one,perl,glibc,9,1.01,1,1.02,0.02,1,0,equivalent,,end # 2026-11-22, 13:00
        echo 1795359600,two,perl,glibc,9,1.01,1,1.02,0.02,1,0,equivalent,,end
    } >"$lab/nights/series.csv"
    gnuplot -d -c "$repository/plots/history/cell.gp" "$lab/nights" "$lab/nights" svg
    grep -q '>22 Nov<' "$lab/nights/history.svg"
}

@test "the chart of free blocks has who offers a heap walk" {
    "$heaplab" plot "$lab"
    grep -q '>bin<' "$lab/plots/free-list.svg"
    run ! grep -Eq '>(glibc|jemalloc)<' "$lab/plots/free-list.svg"
    grep -q '>larson, 1 thread<' "$lab/plots/free-list.svg"
    run ! grep -q '>larson, 2 threads<' "$lab/plots/free-list.svg"
}

@test "without a heap walk, or in a run older than its count, there is no chart of free blocks" {
    "$heaplab" plot "$lab"
    [ -e "$lab/plots/free-list.pdf" ]
    cut -d, -f 1-18 "$lab/timeline.csv" >"$lab/kept"
    mv "$lab/kept" "$lab/timeline.csv"
    run ! grep -q heap_free_blocks "$lab/timeline.csv"
    "$heaplab" plot "$lab"
    [ -z "$(find "$lab/plots" -name 'free-list.*')" ]
    [ -e "$lab/plots/memory-timeline.svg" ]
    run ! grep -q 'Free blocks over the stream' "$lab/report.html"
}

@test "a run counts blocks where there is a heap walk, and nowhere else" {
    "$heaplab" run --allocators glibc,first-fit --workloads sized --scale 0.002 --blocks 1 \
        --no-warm-up --passes memory --output "$BATS_TEST_TMPDIR/own"
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        { free = $at["heap_free_blocks"]; used = $at["heap_used_blocks"] }
        $at["allocator"] != "first-fit" { wrong += free != "" || used != ""; next }
        $at["sample"] % 4 != 0 { wrong += free != "" || used != ""; next }
        { rows++; wrong += free == "" || (free == 0) != ($at["heap_free_bytes"] == 0)
          most = used > most ? used : most }
        END { print rows + 0, wrong + 0, most + 0; exit !(rows > 40 && !wrong && most > 100) }' \
        "$BATS_TEST_TMPDIR/own/timeline.csv"
    [ -e "$BATS_TEST_TMPDIR/own/plots/free-list.svg" ]
}
