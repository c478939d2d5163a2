#!/usr/bin/env bats
# tests/run believes nobody: what fails, dies, hangs or runs no test is counted and ends with 1.
# shellcheck disable=SC2016 # the bodies of the played programs are expanded when they run

setup() {
    tree=$BATS_TEST_TMPDIR/tree
    mkdir -p "$tree"/tests/{unit,contract,fuzz} "$tree"/build/{,asan/}tests
    cp "$BATS_TEST_DIRNAME/../run" "$tree/tests/run"
    export HEAPLAB_BUILD=$tree/build
    export -n LD_PRELOAD
}

# unit NAME BODY: a unit test program of that noun, in both builds.
unit() {
    local folder
    touch "$tree/tests/unit/test_$1.c"
    for folder in tests asan/tests; do
        program "$folder/test_$1" "$2"
    done
}

program() {
    mkdir -p "$(dirname "$tree/build/$1")"
    printf '#!/bin/sh\n%s\n' "$2" >"$tree/build/$1"
    chmod +x "$tree/build/$1"
}

@test "the counts of all suites add up in the last line" {
    unit good 'echo "[  PASSED  ] 3 test(s)."; echo "[  SKIPPED ] 1 test(s), listed below:"'
    run "$tree/tests/run"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ ${lines[-1]} == "6 passed, 0 failed, 2 skipped" ]]
    [ "$(cat "$tree/build/tests/summary")" = "${lines[-1]}" ]
}

@test "a failed test shows its log and ends with 1" {
    unit bad 'echo "bad.c:7: no such slot"; echo "[  PASSED  ] 1 test(s).";
        echo "[  FAILED  ] 2 test(s), listed below:"; exit 2'
    run "$tree/tests/run"
    echo "$output"
    [ "$status" -eq 1 ]
    [[ $output == *"bad.c:7: no such slot"* ]]
    [[ ${lines[-1]} == "2 passed, 4 failed" ]]
}

@test "a program that dies after its tests passed has failed" {
    unit crash 'echo "[  PASSED  ] 1 test(s)."; kill -SEGV $$'
    run "$tree/tests/run"
    echo "$output"
    [ "$status" -eq 1 ]
    [[ $output == *"ended with status 139"* ]]
    [[ ${lines[-1]} == "2 passed, 2 failed" ]]
}

@test "a program that runs no test has failed, and so has one that is not there" {
    unit empty ':'
    rm "$tree/build/asan/tests/test_empty"
    run "$tree/tests/run"
    echo "$output"
    [ "$status" -eq 1 ]
    [[ $output == *"ran no test"* ]]
    [[ ${lines[-1]} == "0 passed, 2 failed" ]]
}

@test "no test at all is no success" {
    run "$tree/tests/run"
    echo "$output"
    [ "$status" -eq 1 ]
    [[ ${lines[-1]} == "0 passed, 0 failed" ]]
}

@test "the contract runs under each allocator's own library, not under the floor" {
    touch "$tree/tests/contract/contract.c"
    cp "$(gcc -print-file-name=libgcc_s.so.1)" "$tree/build/libbin.so"
    program heaplab 'printf "bin\t%s\nnull\t/null.so\nabsent\t/absent.so\n" "$HEAPLAB_BUILD/libbin.so"'
    program tests/contract/contract '[ "$LD_PRELOAD" = "$HEAPLAB_EXPECT_LIBRARY" ] || exit 1
        [ "$LD_PRELOAD" = "$HEAPLAB_BUILD/libbin.so" ] || exit 1
        echo "[  PASSED  ] 5 test(s)."'
    run "$tree/tests/run"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ ${lines[-1]} == "5 passed, 0 failed, 1 skipped" ]]
}

@test "without a list of allocators the contract has failed" {
    touch "$tree/tests/contract/contract.c"
    program heaplab 'exit 1'
    run "$tree/tests/run"
    echo "$output"
    [ "$status" -eq 1 ]
    [[ ${lines[-1]} == "0 passed, 1 failed" ]]
}

@test "a fuzz target that finds something has failed" {
    touch "$tree/tests/fuzz/fuzz_trace.c"
    program fuzz/tests/fuzz_trace 'echo "SUMMARY: heap-buffer-overflow"; exit 77'
    run "$tree/tests/run"
    echo "$output"
    [ "$status" -eq 1 ]
    [[ $output == *heap-buffer-overflow* ]]
    [[ ${lines[-1]} == "0 passed, 1 failed" ]]
}
