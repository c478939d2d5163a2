# shellcheck shell=bash
# shellcheck disable=SC2034 # those that load this use what it sets
# A run to draw: `load sample_run`, then sample_setup in setup. The fixture is part of a real campaign on
# a busy machine: four workloads' cells under three allocators, the floor and the baseline's second
# cell, nine counted blocks, three void attempts, every tenth memory sample; host, kernel and folders
# have other names. The setup adds what it lacks: jemalloc crashes in one workload, and texts that
# would harm a page.

sample_setup() {
    repository=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    heaplab=${HEAPLAB_BUILD:-$repository/build}/heaplab
    lab=$BATS_TEST_TMPDIR/run
    cp -r "$BATS_TEST_DIRNAME/../fixtures/sample-run" "$lab"
    export -n LD_PRELOAD
    sed -i 's/^cpu_name,.*/cpu_name,"Example CPU ""X"" @ 2.50GHz"/
        s/^kernel_version,.*/kernel_version,#1 <test \& escape>/' "$lab/environment.csv"
    keep timeline.csv '!(c["workload"] == "fragmenter" && c["allocator"] == "jemalloc")'
    edit measurements.csv 'if (c["workload"] == "fragmenter" && c["allocator"] == "jemalloc") {
        c["status"] = "crashed"
        c["status_detail"] = "\"signal 11 (Segmentation fault) <after> \"\"block\"\" 3 & more\""
        for (i = at["events"]; i <= at["samples"]; i++) c[name[i]] = ""
        c["cpu_ns_per_op"] = "" }'
}

# An installed heaplab with scripts of its own, to be changed by a test.
install_copy() {
    mkdir -p "$BATS_TEST_TMPDIR/lab/bin"
    cp "$heaplab" "$BATS_TEST_TMPDIR/lab/bin"
    cp -r "$repository/plots" "$BATS_TEST_TMPDIR/lab"
    scripts=$BATS_TEST_TMPDIR/lab/plots
    heaplab=$BATS_TEST_TMPDIR/lab/bin/heaplab
}

# keep FILE CONDITION: leaves only the rows of a CSV file for which the awk condition on its columns
# (by name: c["workload"]) holds.
keep() {
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) name[i] = $i; print; next }
        { for (i in name) c[name[i]] = $i } '"$2" "$lab/$1" >"$lab/kept"
    mv "$lab/kept" "$lab/$1"
}

# edit FILE STATEMENTS: runs awk statements on each row of a CSV file, which may change c["column"];
# name[at["column"]] is the column again.
edit() {
    awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) { name[i] = $i; at[$i] = i } print; next }
        { for (i in name) c[name[i]] = $i
          '"$2"'
          for (i in name) $i = c[name[i]]
          print }' "$lab/$1" >"$lab/kept"
    mv "$lab/kept" "$lab/$1"
}

keep_cells() {
    keep measurements.csv "$1"
    keep timeline.csv "$1"
}
