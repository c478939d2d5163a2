#include "harness/replay/memory.h"

#include "allocators/heap_walk.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define PROC_TEXT_BYTES 8192

static int rollup_fd = -1;
static int status_fd = -1;
static heaplab_heap_walk_function *heap_walk;

const char *memory_open(void)
{
    rollup_fd = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
    status_fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    if (rollup_fd < 0 || status_fd < 0) {
        return "cannot open /proc/self/smaps_rollup and /proc/self/status: is /proc mounted?";
    }
    void *symbol = dlsym(RTLD_DEFAULT, HEAPLAB_HEAP_WALK_SYMBOL);
    memcpy(&heap_walk, &symbol, sizeof heap_walk);
    return NULL;
}

static bool read_text(int fd, char text[PROC_TEXT_BYTES])
{
    ssize_t length = pread(fd, text, PROC_TEXT_BYTES - 1, 0);
    if (length <= 0) {
        return false;
    }
    text[length] = '\0';
    return true;
}

/* The bytes of a line "<name>:   <number> kB". */
static bool find_kib(const char *text, const char *name, uint64_t *bytes)
{
    const char *line = strstr(text, name);
    if (line == NULL) {
        return false;
    }
    const char *p = line + strlen(name);
    while (*p == ' ' || *p == '\t') {
        p++;
    }
    uint64_t kib = 0;
    for (; *p >= '0' && *p <= '9'; p++) {
        kib = kib * 10 + (uint64_t)(*p - '0');
    }
    *bytes = kib * 1024;
    return true;
}

bool memory_read_resident(struct memory_sample *sample)
{
    char text[PROC_TEXT_BYTES];
    return read_text(rollup_fd, text) && find_kib(text, "\nRss:", &sample->rss_bytes) &&
           find_kib(text, "\nLazyFree:", &sample->lazyfree_bytes) &&
           find_kib(text, "\nAnonHugePages:", &sample->thp_bytes);
}

uint64_t memory_anonymous_bytes(void)
{
    char text[PROC_TEXT_BYTES];
    uint64_t bytes = 0;
    return read_text(rollup_fd, text) && find_kib(text, "\nAnonymous:", &bytes) ? bytes : 0;
}

static void add_region(void *context, const struct heap_region *region)
{
    struct memory_sample *sample = context;
    switch (region->kind) {
    case HEAP_REGION_USED:
        sample->heap_used_bytes += region->bytes;
        sample->heap_used_blocks++;
        break;
    case HEAP_REGION_METADATA: sample->heap_metadata_bytes += region->bytes; break;
    case HEAP_REGION_FREE:
        sample->heap_free_bytes += region->bytes;
        sample->heap_free_blocks++;
        if (region->bytes > sample->heap_largest_free_bytes) {
            sample->heap_largest_free_bytes = region->bytes;
        }
        break;
    }
}

void memory_read_heap(struct memory_sample *sample, bool walks)
{
    walks = walks && heap_walk != NULL;
    uint64_t initial = walks ? 0 : SAMPLE_UNKNOWN;
    sample->heap_used_bytes = initial;
    sample->heap_free_bytes = initial;
    sample->heap_largest_free_bytes = initial;
    sample->heap_metadata_bytes = initial;
    sample->heap_free_blocks = initial;
    sample->heap_used_blocks = initial;
    if (walks) {
        heap_walk(add_region, sample);
    }
}

bool memory_reset_high_water(void)
{
    int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool ok = write(fd, "5", 1) == 1;
    (void)close(fd);
    return ok;
}

uint64_t memory_high_water(void)
{
    char text[PROC_TEXT_BYTES];
    uint64_t bytes = 0;
    return read_text(status_fd, text) && find_kib(text, "\nVmHWM:", &bytes) ? bytes : 0;
}
