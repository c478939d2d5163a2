/* Where the allocator offers no heap walk, what is told is the live blocks and the resident pages of
 * the process's private anonymous mappings, by mincore(2): of anonymous memory it tells each page,
 * takes a byte for it where /proc/self/pagemap takes eight, and needs no file that a kernel may
 * lack. Pages in swap count as not resident. */
#include "harness/replay/heapmap.h"

#include "allocators/heap_walk.h"
#include "harness/replay/loop.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PIECE_EVENTS   64
#define RECORDS_HELD   1024
#define PAGES_AT_ONCE  65536
#define MAPS_LINE_MOST 8192 /* a path and what stands before it */

static uint64_t moments[WORKER_MOMENTS_MAX];
static heaplab_heap_walk_function *heap_walk;

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

const char *heapmap_open(struct replay *replay, const char *text)
{
    uint32_t count = 0;
    char *end = NULL;
    while (*text != '\0') {
        if (count == WORKER_MOMENTS_MAX) {
            return "too many moments";
        }
        moments[count] = strtoull(text, &end, 10);
        if (end == text || (count > 0 && moments[count] <= moments[count - 1])) {
            return "moments must be ascending numbers of events with commas between";
        }
        count++;
        text = *end == ',' ? end + 1 : end;
    }
    if (fcntl(WORKER_FRAMES_FD, F_GETFD) < 0) {
        return "no file for the frames of the heap";
    }
    void *symbol = dlsym(RTLD_DEFAULT, HEAPLAB_HEAP_WALK_SYMBOL);
    memcpy(&heap_walk, &symbol, sizeof heap_walk);
    replay->moments = moments;
    replay->moment_count = count;
    return NULL;
}

/* ---- Writing records ---- */

static struct frame_record held[RECORDS_HELD];
static size_t held_count;

static void write_held(void)
{
    const char *at = (const char *)held;
    size_t left = held_count * sizeof *held;
    while (left > 0) {
        ssize_t n = write(WORKER_FRAMES_FD, at, left);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            worker_stop(WORKER_FAILED,
                        "cannot write a frame of the heap: %s",
                        strerrordesc_np(n < 0 ? errno : ENOSPC));
        }
        at += n;
        left -= (size_t)n;
    }
    held_count = 0;
}

static void put(const struct frame_record *record)
{
    if (held_count == RECORDS_HELD) {
        write_held();
    }
    held[held_count++] = *record;
}

static void put_region(void *context, const struct heap_region *region)
{
    static const enum frame_record_kind kinds[] = {
        [HEAP_REGION_USED] = FRAME_USED,
        [HEAP_REGION_FREE] = FRAME_FREE,
        [HEAP_REGION_METADATA] = FRAME_METADATA,
    };

    (void)context;
    put(&(struct frame_record){
        .kind = kinds[region->kind], .address = region->address, .bytes = region->bytes});
}

static void put_slots(const struct replay *replay)
{
    for (uint32_t slot = 0; slot < replay->header->slots; slot++) {
        if (replay->slots[slot] != NULL) {
            put(&(struct frame_record){
                .kind = FRAME_SLOT,
                .address = (uintptr_t)replay->slots[slot],
                .bytes = replay->slot_bytes[slot].usable,
                .requested = replay->slot_bytes[slot].requested,
                .birth = replay->slot_births[slot],
            });
        }
    }
}

/* ---- Resident pages ---- */

/* Whether each of the pages is resident; none where another thread of the allocator's own has taken
 * the mapping away meanwhile. */
static void ask_resident(uintptr_t at, size_t pages, size_t page_bytes, unsigned char *resident)
{
    /* An address out of a text: no pointer has led to it.
     * NOLINTNEXTLINE(performance-no-int-to-ptr) */
    if (mincore((void *)at, pages * page_bytes, resident) != 0) {
        memset(resident, 0, pages);
    }
}

static void put_run(uintptr_t start, uintptr_t end)
{
    if (start < end) {
        put(&(struct frame_record){.kind = FRAME_RESIDENT, .address = start, .bytes = end - start});
    }
}

/* Tells the runs of resident pages of a mapping. */
static void put_resident(uintptr_t start, uintptr_t end)
{
    static unsigned char resident[PAGES_AT_ONCE];
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    size_t pages = (end - start) / page_bytes;
    uintptr_t run = start; /* where the run in hand began; it ends at the page that is looked at */
    for (size_t page = 0; page < pages; page++) {
        uintptr_t address = start + page * page_bytes;
        if (page % PAGES_AT_ONCE == 0) {
            ask_resident(address, least(pages - page, PAGES_AT_ONCE), page_bytes, resident);
        }
        if ((resident[page % PAGES_AT_ONCE] & 1) == 0) {
            put_run(run, address);
            run = address + page_bytes;
        }
    }
    put_run(run, end);
}

/* A line of /proc/self/maps: "start-end rw-p offset device inode   name". */
static void take_mapping(const char *line)
{
    char *at = NULL;
    uintptr_t start = strtoul(line, &at, 16);
    uintptr_t end = strtoul(at + 1, &at, 16);
    if (strncmp(at, " rw-p ", 6) != 0) {
        return;
    }
    const char *inode = strchr(strchr(at + 6, ' ') + 1, ' ') + 1;
    const char *name = strchr(inode, '[');
    bool is_heap = *inode == '0' && (name == NULL || strncmp(name, "[heap]", 6) == 0 ||
                                     strncmp(name, "[anon:", 6) == 0);
    if (is_heap) {
        put(&(struct frame_record){.kind = FRAME_MAPPING, .address = start, .bytes = end - start});
        put_resident(start, end);
    }
}

static void put_mappings(void)
{
    static char text[MAPS_LINE_MOST + 1];
    size_t length = 0;
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        worker_stop(WORKER_FAILED, "cannot open /proc/self/maps: %s", strerrordesc_np(errno));
    }
    ssize_t n;
    while ((n = read(fd, text + length, MAPS_LINE_MOST - length)) > 0) {
        length += (size_t)n;
        text[length] = '\0';
        char *line = text;
        char *newline;
        while ((newline = strchr(line, '\n')) != NULL) {
            *newline = '\0';
            take_mapping(line);
            line = newline + 1;
        }
        length -= (size_t)(line - text);
        memmove(text, line, length);
    }
    (void)close(fd);
}

/* ---- Frames ---- */

static void take_frame(const struct replay *replay)
{
    struct frame_record begin = {
        .kind = FRAME_BEGIN,
        .address = replay->frames,
        .bytes = atomic_load(&replay->events_done),
        .birth = heap_walk != NULL,
    };
    for (uint32_t n = 0; n < replay->header->threads; n++) {
        begin.requested += replay->threads[n].live_bytes;
    }
    put(&begin);
    if (heap_walk != NULL) {
        heap_walk(put_region, NULL);
    } else {
        put_mappings();
    }
    put_slots(replay);
    write_held();
}

static void take_frame_if_due(struct replay *replay)
{
    (void)pthread_rwlock_wrlock(&replay->world);
    uint64_t done = atomic_load(&replay->events_done);
    while (replay->frames < replay->moment_count && done >= replay->moments[replay->frames]) {
        take_frame(replay);
        replay->frames++;
    }
    (void)pthread_rwlock_unlock(&replay->world);
}

/* Events until the next moment; the read lock is held. */
static uint64_t to_moment(const struct replay *replay)
{
    uint64_t done = atomic_load(&replay->events_done);
    bool is_last = replay->frames == replay->moment_count;
    uint64_t moment = is_last ? UINT64_MAX : replay->moments[replay->frames];
    return moment > done ? moment - done : 0;
}

static uint64_t run_piece(struct replay_thread *thread, uint64_t budget)
{
    const unsigned observe = LOOP_SIZES | LOOP_BUDGET | LOOP_BIRTHS;
    thread->events = atomic_load(&thread->replay->events_done);
    switch (thread->replay->touch) {
    case TOUCH_NONE: return loop_run(thread, budget, (struct loop_mode){observe, TOUCH_NONE});
    case TOUCH_PAGE: return loop_run(thread, budget, (struct loop_mode){observe, TOUCH_PAGE});
    case TOUCH_LINE: return loop_run(thread, budget, (struct loop_mode){observe, TOUCH_LINE});
    default: return loop_run(thread, budget, (struct loop_mode){observe, TOUCH_ALL});
    }
}

void heapmap_run(struct replay_thread *thread)
{
    struct replay *replay = thread->replay;
    while (thread->word < thread->end) {
        (void)pthread_rwlock_rdlock(&replay->world);
        uint64_t budget = least(to_moment(replay), PIECE_EVENTS);
        uint64_t left = run_piece(thread, budget);
        (void)atomic_fetch_add(&replay->events_done, budget - left);
        bool is_due = to_moment(replay) == 0;
        (void)pthread_rwlock_unlock(&replay->world);
        if (is_due) {
            take_frame_if_due(replay);
        }
    }
}
