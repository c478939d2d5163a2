#!/usr/bin/env bats
# heaplab plot: the page of a run, and what is no run.

# shellcheck disable=SC2154 # sample_run.bash sets them
bats_require_minimum_version 1.5.0
load sample_run

setup() {
    sample_setup
}

@test "the page stands alone: no network, no script, each id once, each reference there" {
    "$heaplab" plot "$lab"
    page=$lab/report.html
    run ! grep -Eq '<script|<link|<img|@import|src=' "$page"
    run ! grep -Eo '(href|url)[=(]["'\'']?https?:' "$page"
    grep -Eo "[[:space:]]id=[\"'][^\"']+" "$page" | sed "s/.*[\"']//" | sort >"$lab/ids"
    [ -z "$(uniq -d "$lab/ids")" ]
    grep -Eo "href=[\"']#[^\"']+|url\(#[^)]+" "$page" | sed 's/.*#//' | sort -u >"$lab/references"
    [ -s "$lab/references" ]
    [ -z "$(comm -13 "$lab/ids" "$lab/references")" ]
    grep -q '<html lang="en">' "$page"
    [ "$(grep -c '<svg' "$page")" -eq "$(grep -c 'role="img" aria-label="' "$page")" ]
}

@test "the page says what was found, on what, and how to repeat it" {
    "$heaplab" plot "$lab"
    page=$lab/report.html
    # bin leads by intervals that reach no other, but the noise of this run hides that much
    grep -q '<strong>Fastest: undecided.</strong> bin has the least geometric mean' "$page"
    grep -q '<strong>Smallest: glibc.</strong>' "$page"
    grep -q '<pre><code>./run.sh run --allocators glibc,jemalloc,bin --workloads' "$page"
    grep -q 'Example CPU &quot;X&quot; @ 2.50GHz' "$page"
    sha256=$(sed -n 's/^allocator.bin.sha256,//p' "$lab/environment.csv")
    grep -q "<code>$sha256</code>" "$page"
    grep -q '<dt><code>frag_1</code></dt>' "$page"
}

@test "bold is the least figure of a row and what its interval cannot be told from" {
    "$heaplab" plot "$lab"
    # perl: bin is fastest in the fixture, jemalloc's interval overlaps; bin is smallest alone
    mapfile -t rows < <(grep -o '<th scope="row">perl</th>.*' "$lab/report.html")
    [[ $(grep -Eo '<td( class="best")?>' <<<"${rows[0]}" | tr -d '\n') == '<td><td class="best"><td class="best">' ]]
    [[ $(grep -Eo '<td( class="best")?>' <<<"${rows[1]}" | tr -d '\n') == '<td><td><td class="best">' ]]
}

@test "a folder that is no run is refused in one line" {
    run "$heaplab" plot "$BATS_TEST_TMPDIR/no-such-run"
    echo "$output"
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == *no-such-run* ]]
}
