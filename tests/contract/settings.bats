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

# limited KILOBYTES SETTINGS COMMAND...: the command under first-fit with so many addresses.
limited() {
    local kilobytes=$1 settings=$2
    shift 2

    (ulimit -v "$kilobytes" &&
        HEAPLAB_TUNABLES=$settings LD_PRELOAD=$build/libfirst-fit.so timeout 60 "$@")
}

@test "half of the addresses that ulimit leaves are left to the program" {
    # What the program itself may still map, in KiB: at least two fifths, some being its own.
    printf '%s\n' '#include <stdio.h>' '#include <stdlib.h>' '#include <sys/mman.h>' \
        'int main(void) {' \
        '    unsigned long bytes = 0;' \
        '    if (malloc(1) == NULL) { return 1; }' \
        '    while (mmap(NULL, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=' \
        '           MAP_FAILED) { bytes += 1 << 20; }' \
        '    printf("%lu\n", bytes >> 10);' \
        '}' >"$BATS_TEST_TMPDIR/room.c"
    gcc -O1 -fno-builtin -o "$BATS_TEST_TMPDIR/room" "$BATS_TEST_TMPDIR/room.c"
    local kilobytes
    for kilobytes in 540000 300000 1100000; do
        run limited $kilobytes '' "$BATS_TEST_TMPDIR/room"
        echo "$kilobytes: $output"
        [ "$status" -eq 0 ]
        [ "$output" -ge $((kilobytes * 2 / 5)) ]
    done
}

@test "a beginning that cannot be had is told in one line" {
    run limited 540000 initial=1G true
    [ "$status" -eq 2 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == 'heaplab first-fit: HEAPLAB_TUNABLES "initial=1073741824": there are addresses for '* ]]
    limited 540000 initial=64M true
}

@test "requests beyond the limit cost nothing where neighbours are joined later" {
    # 20,000 sweeps of 200,000 blocks took 40 s and more.
    printf '%s\n' '#include <stdlib.h>' \
        'int main(void) {' \
        '    static void *block[200000];' \
        '    for (int i = 0; i < 200000; i++) { block[i] = malloc(64); }' \
        '    for (int i = 0; i < 20000; i++) {' \
        '        if (malloc((size_t)2 << 30) != NULL) { return 1; }' \
        '        free(block[i]);' \
        '    }' \
        '}' >"$BATS_TEST_TMPDIR/fail.c"
    gcc -O1 -fno-builtin -o "$BATS_TEST_TMPDIR/fail" "$BATS_TEST_TMPDIR/fail.c"
    HEAPLAB_TUNABLES=coalesce=deferred:limit=1G LD_PRELOAD=$build/libfirst-fit.so \
        timeout 10 "$BATS_TEST_TMPDIR/fail"
}
