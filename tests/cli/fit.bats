#!/usr/bin/env bats
# The fit policies in whole programs: their tunables, their limit, heaps of threads, and what they say
# of wrong calls. HEAPLAB_BUILD: the build folder (default build).

setup() {
    build=$(realpath "${HEAPLAB_BUILD:-build}")
    cd "$BATS_TEST_TMPDIR" || return
}

# calls WORDS...: a program that makes these calls, under the policy named first.
calls() {
    local policy=$1
    shift
    [ -x ./calls ] || gcc -x c -fno-builtin -w -o calls - -lpthread <<'END'
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *in_thread(void *block)
{
    free(block);
    return malloc(100000);
}

int main(int count, char **word)
{
    char *block = malloc(1000);
    char *other = malloc(1000);
    memset(block, 1, 1000);
    if (strcmp(word[1], "twice") == 0) { free(block); free(block); }
    if (strcmp(word[1], "inner") == 0) { free(block + 16); }
    if (strcmp(word[1], "foreign") == 0) { free(&block); }
    if (strcmp(word[1], "overrun") == 0) { memset(block, 1, 1016); free(block); }
    if (strcmp(word[1], "realloc") == 0) { free(block); block = realloc(block, 2000); }
    if (strcmp(word[1], "exhaust") == 0) {
        size_t all = 0;
        while (malloc(10000) != NULL) { all += 10000; }
        printf("%zu %d\n", all >> 20, errno == ENOMEM);
        free(block);
        printf("%d\n", malloc(900) == block);
    }
    if (strcmp(word[1], "threads") == 0) {
        void *first, *second;
        pthread_t thread;
        pthread_create(&thread, NULL, in_thread, block);
        pthread_join(thread, &first);
        pthread_create(&thread, NULL, in_thread, first);
        pthread_join(thread, &second);
        long apart = labs((char *)second - other);
        printf("%s %s\n", apart > 1L << 30 ? "apart" : "near", first == second ? "again" : "new");
    }
    return 0;
}
END
    LD_PRELOAD=$build/lib$policy.so ./calls "$@"
}

# says PATTERN: the last run ended by abort, with this one line.
says() {
    echo "$status: $output"
    [ "$status" -eq 134 ]
    [[ ${lines[0]} =~ $1 ]]
}

@test "each policy names the call, the address and the block of a wrong call" {
    for policy in first-fit best-fit next-fit worst-fit first-fit-lifo good-fit; do
        run calls $policy twice
        says "^heaplab $policy: free\(0x[0-9a-f]+\): freed before \(block of 1008 bytes, header at 0x"
        run calls $policy realloc
        says "^heaplab $policy: realloc\(0x[0-9a-f]+\): freed before \(block of 1008 bytes"
        run calls $policy inner
        says "^heaplab $policy: free\(0x[0-9a-f]+\): no block begins here: an inner address"
        run calls $policy foreign
        says "^heaplab $policy: free\(0x[0-9a-f]+\): not an address of this heap"
        run calls $policy overrun
        says "^heaplab $policy: free\(0x[0-9a-f]+\): the header behind the block is overwritten"
    done
}

@test "a tunable that makes no sense stops the program at its start with one line" {
    for value in coalesce=now heaps=2 limit=1 initial=x limit=1M:initial=2M first; do
        HEAPLAB_TUNABLES=$value run calls best-fit none
        echo "$output"
        [ "$status" -eq 2 ]
        [ "${#lines[@]}" -eq 1 ]
        [[ $output == "heaplab best-fit: HEAPLAB_TUNABLES \"$value\": "*allowed* ]]
    done
}

@test "a limit ends in ENOMEM, and what is freed can be had again" {
    for policy in first-fit best-fit worst-fit good-fit; do
        HEAPLAB_TUNABLES=limit=8M run calls $policy exhaust
        echo "$output"
        [ "${lines[0]}" = "7 1" ]
        [ $policy = good-fit ] || [ "${lines[1]}" = 1 ]
        HEAPLAB_TUNABLES=limit=8M:heaps=thread:coalesce=deferred run calls $policy exhaust
        [ "${lines[0]}" = "7 1" ]
    done
}

@test "threads have one heap or one each, and an ended thread's goes to the next" {
    HEAPLAB_TUNABLES=heaps=one run calls first-fit threads
    [ "$output" = "near again" ]
    HEAPLAB_TUNABLES=heaps=thread run calls first-fit threads
    echo "$output"
    [ "$output" = "apart again" ]
}
