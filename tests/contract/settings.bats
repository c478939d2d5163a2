#!/usr/bin/env bats
# The fit policies keep the contract in all their ways: with neighbours joined never, at once and
# later, with one heap and with one for each thread. Each policy is held against some of the ways,
# each way against some of the policies. HEAPLAB_BUILD: the build folder (default build).

setup() {
    build=$(realpath "${HEAPLAB_BUILD:-build}")
    programs=("$build"/tests/contract/threads)
    [ -x "${programs[0]}" ] || skip "the contract programs are not built"
}

# keeps POLICY SETTINGS PROGRAM...
keeps() {
    local library=$build/lib$1.so settings=$2 program
    shift 2

    for program in "$@"; do
        echo "$library $settings $program"
        HEAPLAB_TUNABLES=$settings HEAPLAB_EXPECT_LIBRARY=$library LD_PRELOAD=$library \
            timeout 120 "$build/tests/contract/$program"
    done
}

@test "neighbours are never joined" {
    keeps worst-fit coalesce=never threads contents
    keeps first-fit-lifo coalesce=never:heaps=thread threads walk
}

@test "neighbours are joined later" {
    keeps best-fit coalesce=deferred threads walk
    keeps good-fit coalesce=deferred:heaps=thread threads contents
    keeps first-fit-lifo coalesce=deferred exhaustion
}

@test "each thread has a heap" {
    keeps first-fit heaps=thread threads family
    keeps next-fit heaps=thread exhaustion walk
}
