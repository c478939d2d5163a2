# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # bats sets output; those that load this use what it sets
# What the tests of campaigns share: `load campaign`, then campaign_setup in setup.

tiny=sized:live_blocks=200:blocks=3000 # a workload of some milliseconds

campaign_setup() {
    build=$(realpath "${HEAPLAB_BUILD:-$BATS_TEST_DIRNAME/../../build}")
    heaplab=$build/heaplab
    cd "$BATS_TEST_TMPDIR" || return
}

# fixture NAME: builds tests/fixtures/NAME.c as a library; prints its path.
fixture() {
    gcc -O1 -std=gnu17 -D_GNU_SOURCE -fPIC -shared -fno-builtin \
        -o "$BATS_TEST_TMPDIR/lib$1.so" "$BATS_TEST_DIRNAME/../fixtures/$1.c"
    echo "$BATS_TEST_TMPDIR/lib$1.so"
}

# campaign OPTION...: a small campaign of $passes (throughput) with $threads (1) into the folder `run`.
campaign() {
    run "$heaplab" run --allocators glibc --workloads "$tiny" --threads "${threads:-1}" \
        --passes "${passes:-throughput}" --blocks 1 --no-warm-up --no-plots --keep-noisy \
        --output run "$@"
    echo "$output"
}

# holds CONDITION [FILE]: a condition in Python over `rows`, those of run/measurements.csv or FILE;
# `by(column...)` groups them. Says what the rows are when it does not hold.
holds() {
    python3 - "$1" "${2:-run/measurements.csv}" <<'PYTHON'
import csv, itertools, sys
with open(sys.argv[2], newline="") as file:
    rows = list(csv.DictReader(file))
def by(*columns):
    groups = {}
    for row in rows:
        groups.setdefault(tuple(row[column] for column in columns), []).append(row)
    return groups
keys = [tuple(row.get(column) for column in
        ("block", "attempt", "pass", "workload", "parameters", "threads", "allocator")) for row in rows]
figures = ("elapsed_ns", "ops_per_s", "ns_per_op", "ns_per_op_net", "cpu_user_ns", "cpu_sys_ns",
           "minor_faults", "rss_bytes_peak", "rss_bytes_mean", "frag_1")
if not eval(f"({sys.argv[1]})"):
    print("does not hold:", sys.argv[1])
    for row in rows:
        print({key: value for key, value in row.items() if value})
    sys.exit(1)
PYTHON
}

# fact KEY: its values in run/environment.csv, one a line.
fact() {
    python3 -c 'import csv, sys
print(*[r["value"] for r in csv.DictReader(open("run/environment.csv")) if r["key"] == sys.argv[1]],
      sep="\n")' "$1"
}

# soon CONDITION...: waits until the command succeeds, at most 30 s.
soon() {
    local tries
    for ((tries = 0; tries < 600; tries++)); do
        "$@" && return
        sleep 0.05
    done
    return 1
}

gone() {
    ! kill -0 "$1" 2>/dev/null || grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null
}
