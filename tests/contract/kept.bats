#!/usr/bin/env bats
# What bin keeps of freed memory: enough for work that goes in cycles, and not for long.
# HEAPLAB_BUILD: the build folder (default build).

setup() {
    build=$(realpath "${HEAPLAB_BUILD:-build}")
    cd "$BATS_TEST_TMPDIR" || return
    cat >cycles.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define BLOCKS 40000
#define BYTES  1000

static void *blocks[BLOCKS];

static void cycle(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        blocks[i] = malloc(BYTES);
        *(volatile char *)blocks[i] = 1;
    }
    for (size_t i = 0; i < count; i++) {
        free(blocks[i]);
    }
}

static long resident_kib(void)
{
    long total = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%ld %ld", &total, &resident) != 2) {
        exit(1);
    }
    fclose(file);
    return 4 * resident;
}

int main(void)
{
    struct rusage usage;
    long before_kib = resident_kib();
    for (int i = 0; i < 20; i++) {
        cycle(BLOCKS);
    }
    getrusage(RUSAGE_SELF, &usage);
    long kept_kib = resident_kib() - before_kib;
    for (int i = 0; i < 15; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
        cycle(BLOCKS / 20);
    }
    printf("%ld %ld %ld\n", usage.ru_minflt, kept_kib, resident_kib() - before_kib);
    return 0;
}
END
    gcc -O1 -o cycles cycles.c
}

@test "twenty cycles of 40 MB fault their pages in once; a second and a half later they are gone" {
    read -r faults kept_kib later_kib <<<"$(LD_PRELOAD=$build/libbin.so ./cycles)"
    echo "page faults $faults, resident $kept_kib KiB, later $later_kib KiB"
    [ "$faults" -lt 30000 ] # 10,000 pages; a slow machine lets a tick pass in some cycles
    [ "$kept_kib" -gt 8192 ]
    [ "$later_kib" -lt 8192 ]
}
