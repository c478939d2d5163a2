#!/usr/bin/env bats
# heaplab plot where something is missing or broken, and charts by hand (what is drawn: plot.bats).

# shellcheck disable=SC2154 # sample_run.bash sets them
bats_require_minimum_version 1.5.0
load sample_run

setup() {
    sample_setup
}

@test "a throughput pass alone makes the charts it can" {
    keep measurements.csv 'c["pass"] == "throughput"'
    keep timeline.csv 0
    "$heaplab" plot "$lab"
    [ -e "$lab/plots/time-ratio.svg" ]
    for chart in blow-up fragmentation fragmentation-measures free-list internal-external \
        memory-ratio memory-timeline; do
        [ ! -e "$lab/plots/$chart.svg" ]
    done
    run ! grep -Eq 'Smallest|id="memory"|href="#memory"' "$lab/report.html"
}

@test "a torn last line is in no chart, wherever it was cut, and leaves nothing behind" {
    size=$(stat -c %s "$lab/measurements.csv")
    whole=$(head -c $((size / 2)) "$lab/measurements.csv" | wc -l)
    torn=$(sed -n "$((whole + 1))p" "$lab/measurements.csv")
    cp "$lab/measurements.csv" "$lab/all"
    head -n "$whole" "$lab/all" >"$lab/measurements.csv"
    "$heaplab" plot "$lab"
    before=$(cat "$lab"/plots/*.svg | sha256sum)
    cp -r "$lab" "$lab.torn"
    for cut in 12 50 80 $((${#torn} - 40)); do # after the run, in the pass, the status, the figures
        { head -n "$whole" "$lab/all" && printf '%s' "${torn:0:cut}"; } >"$lab.torn/measurements.csv"
        head -c $(($(stat -c %s "$lab/timeline.csv") - cut)) "$lab/timeline.csv" >"$lab.torn/timeline.csv"
        run "$heaplab" plot "$lab.torn"
        echo "cut at $cut: $output"
        [ "$status" -eq 0 ]
        [ -z "$(find "$lab.torn" -maxdepth 1 -name '.plots*')" ]
        [ "$(tail -c 1 "$lab.torn/measurements.csv")" = "${torn:cut-1:1}" ] # the run's own file is as it was
    done
    cp "$lab/timeline.csv" "$lab.torn"
    "$heaplab" plot "$lab.torn"
    [ "$(cat "$lab.torn"/plots/*.svg | sha256sum)" = "$before" ]
}

@test "a script that fails is named with gnuplot's reason, and the earlier charts stay" {
    install_copy
    "$heaplab" plot "$lab"
    before=$(cat "$lab"/plots/* | sha256sum)
    echo 'plot no_such_thing' >"$scripts/threads.gp"
    run "$heaplab" plot "$lab"
    echo "$output"
    [ "$status" -eq 1 ]
    [[ $output == *'threads.gp" failed: '*'undefined variable: no_such_thing'* ]]
    [[ $output == *'mend the script, or the line of the run'* ]]
    [ "$(cat "$lab"/plots/* | sha256sum)" = "$before" ]
    [ -z "$(find "$lab" -maxdepth 1 -name '.plots*')" ]
}

@test "without gnuplot the message names its package, and the earlier charts stay" {
    "$heaplab" plot "$lab"
    before=$(cat "$lab"/plots/* | sha256sum)
    PATH=$BATS_TEST_TMPDIR/nowhere run "$heaplab" plot "$lab"
    echo "$output"
    [ "$status" -eq 1 ]
    [[ ${lines[-1]} == *'"gnuplot" is not installed; install the Debian package gnuplot-nox'* ]]
    [ "$(cat "$lab"/plots/* | sha256sum)" = "$before" ]
}

@test "a chart is added by one file" {
    install_copy
    cat >"$scripts/blocks.gp" <<'SCRIPT'
run = ARG1; out = ARG2; formats = ARG3
here = ARG0[1:strlen(ARG0) - strlen('blocks.gp')]
load here.'theme.gp'
do for [format in formats] {
    eval chart_open('blocks', format, width_column_in, 2)
    plot run.'/summary.csv' using (column('blocks')) with points
    unset output
}
SCRIPT
    "$heaplab" plot "$lab"
    [ -s "$lab/plots/blocks.pdf" ]
    grep -q '<h3>blocks</h3>' "$lab/report.html"
}

@test "a chart is drawn by hand as its README says" {
    "$heaplab" plot "$lab"
    mkdir "$BATS_TEST_TMPDIR/it's here"
    cd "$repository"
    gnuplot -c plots/time-ratio.gp "$lab" "$BATS_TEST_TMPDIR/it's here" svg
    [ "$(ls "$BATS_TEST_TMPDIR/it's here")" = time-ratio.svg ]
}
