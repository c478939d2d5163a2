/* The floor: what replaying and touching cost when allocating costs nothing. malloc returns the
 * next address of a small prefaulted ring, free does nothing, realloc returns another address
 * without copying, calloc does not zero: no bookkeeping of any kind. Blocks overlap after a lap,
 * so that no program may rely on contents: it serves heaplab's worker, which never reads what it
 * has put into a block, and nothing else.
 *
 * But the C library and the dynamic linker call the same malloc, and they do rely on it: what is
 * allocated before main, stdio's buffers, and at every pthread_create the new thread's dtv, which
 * must be zero at first and stay intact. So a call is answered by who calls: a return address
 * inside the object that replays (the worker's library; else the main program) gets ring memory,
 * every other caller gets kept memory, zero and never used again, of which there is little enough
 * (about 300 bytes a thread). The comparison costs three instructions.
 *
 * Each thread has a ring of its own (initial-exec TLS), so that no two threads share a cache line.
 * Sixteen rings are prefaulted before main, one more at the first call of each further thread; a
 * ring goes to a later thread when its own has ended. Sizes beyond the ring come from one mapping, in
 * which each thread always gets the same address: faulted in by the first touch, warm ever after. */
#include "allocators/null/null.h"

#include "allocators/parts/os_memory.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>

#define RING_BYTES       ((size_t)32 << 10) /* stays in the first-level cache */
#define KEPT_BYTES_LOG2  30
#define LARGE_BYTES_LOG2 40
#define RINGS_BYTES_LOG2 28 /* 1024 threads at a time */
#define RINGS_PREPARED   16 /* prefaulted before main */
#define LARGE_PLACES     64 /* rings with an address of their own for large sizes */
#define SMALLEST_LOG2    24
#define REPLAY_SYMBOL    "heaplab_worker_main" /* in the object that replays */

_Thread_local struct null_ring null_ring;
struct null_program null_program;

static struct {
    char *start;
    size_t bytes;
} kept, rings, large;

static atomic_size_t kept_used;

/* Guards which rings have owners: those never used, and those of ended threads, linked through
 * their first words. */
static pthread_mutex_t rings_lock = PTHREAD_MUTEX_INITIALIZER;
static size_t rings_bytes_used;
static void *spare_rings;
static pthread_key_t ring_key; /* its destructor tells of a thread's end */

static _Thread_local char *ring_start;

static void reserve_what_the_kernel_allows(unsigned bytes_log2, char **start, size_t *bytes)
{
    for (; *start == NULL && bytes_log2 >= SMALLEST_LOG2; bytes_log2--) {
        *bytes = (size_t)1 << bytes_log2;
        *start = os_reserve(*bytes, os_page_bytes());
    }
}

static void *fail(void)
{
    errno = ENOMEM;
    return NULL;
}

/* Before each block stands its size, in HEAP_ALIGNMENT bytes. */
void *null_keep(size_t alignment, size_t bytes)
{
    if (kept.start == NULL) { /* the dynamic linker's first call: no thread exists yet */
        reserve_what_the_kernel_allows(KEPT_BYTES_LOG2, &kept.start, &kept.bytes);
    }
    if (alignment < HEAP_ALIGNMENT) {
        alignment = HEAP_ALIGNMENT;
    }
    if (bytes > kept.bytes || alignment > kept.bytes) {
        return fail();
    }
    size_t needed = HEAP_ALIGNMENT + alignment + bytes;
    needed = (needed + HEAP_ALIGNMENT - 1) & -(size_t)HEAP_ALIGNMENT;
    size_t used = atomic_load_explicit(&kept_used, memory_order_relaxed);
    do {
        if (needed > kept.bytes - used) {
            return fail();
        }
    } while (!atomic_compare_exchange_weak_explicit(
        &kept_used, &used, used + needed, memory_order_relaxed, memory_order_relaxed));
    char *block = kept.start + used + HEAP_ALIGNMENT;
    block += -(uintptr_t)block & (alignment - 1);
    *(size_t *)(void *)(block - HEAP_ALIGNMENT) = bytes;
    return block;
}

size_t null_kept_bytes(const void *block)
{
    if ((uintptr_t)block - (uintptr_t)kept.start >= kept.bytes) {
        return 0;
    }
    return *(const size_t *)(const void *)((const char *)block - HEAP_ALIGNMENT);
}

static void give_ring_away(void *ring)
{
    null_ring = (struct null_ring){NULL, NULL};
    ring_start = NULL;
    pthread_mutex_lock(&rings_lock);
    *(void **)ring = spare_rings;
    spare_rings = ring;
    pthread_mutex_unlock(&rings_lock);
}

/* Gives the thread its ring. Where none can be had, ring_start stays NULL. */
static void start_thread(void)
{
    pthread_mutex_lock(&rings_lock);
    bool fresh = false;
    if (spare_rings != NULL) {
        ring_start = spare_rings;
        spare_rings = *(void **)spare_rings;
    } else if (rings.bytes - rings_bytes_used >= RING_BYTES) {
        ring_start = rings.start + rings_bytes_used;
        rings_bytes_used += RING_BYTES;
        fresh = rings_bytes_used > RINGS_PREPARED * RING_BYTES;
    }
    pthread_mutex_unlock(&rings_lock);
    if (fresh) {
        os_populate(ring_start, RING_BYTES);
    }
    pthread_setspecific(ring_key, ring_start); /* one of the first keys: allocates nothing */
}

static void *take_large(size_t alignment, size_t bytes)
{
    size_t ring = (size_t)(ring_start - rings.start) / RING_BYTES;
    size_t offset = ring % LARGE_PLACES * (large.bytes / LARGE_PLACES);
    offset += -(uintptr_t)(large.start + offset) & (alignment - 1);
    if (offset > large.bytes || bytes > large.bytes - offset) {
        return fail();
    }
    return large.start + offset;
}

void *null_ring_take_slowly(size_t alignment, size_t bytes)
{
    if (ring_start == NULL) {
        start_thread();
        if (ring_start == NULL) {
            return fail();
        }
    }
    if (bytes >= RING_BYTES || alignment > os_page_bytes()) {
        return take_large(alignment, bytes);
    }
    null_ring = (struct null_ring){ring_start, ring_start + RING_BYTES};
    return null_ring_take(alignment, bytes);
}

/* The code of the object that holds `replay`; of the first one, the main program, when it is NULL. */
static int note_program(struct dl_phdr_info *info, size_t info_bytes, void *replay)
{
    (void)info_bytes;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_LOAD && (header->p_flags & PF_X) != 0 &&
            (replay == NULL || (uintptr_t)replay - start < header->p_memsz)) {
            null_program = (struct null_program){start, header->p_memsz};
            return 1;
        }
    }
    return 0;
}

__attribute__((constructor)) static void set_up(void)
{
    pthread_key_create(&ring_key, give_ring_away);
    reserve_what_the_kernel_allows(RINGS_BYTES_LOG2, &rings.start, &rings.bytes);
    reserve_what_the_kernel_allows(LARGE_BYTES_LOG2, &large.start, &large.bytes);
    if (rings.bytes >= RINGS_PREPARED * RING_BYTES) {
        os_populate(rings.start, RINGS_PREPARED * RING_BYTES);
    }
    start_thread();
    /* Last: from here on the program gets ring memory. */
    dl_iterate_phdr(note_program, dlsym(RTLD_DEFAULT, REPLAY_SYMBOL));
}
