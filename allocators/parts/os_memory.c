/* Memory from the Linux kernel (os_memory.h). Not for anything that must fail softly half-way: each
 * function either does its whole work or leaves everything as it was. */
#include "allocators/parts/os_memory.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MREMAP_DONTUNMAP
#    define MREMAP_DONTUNMAP 4 /* since Linux 5.7 */
#endif

#ifndef MADV_POPULATE_WRITE
#    define MADV_POPULATE_WRITE 23 /* since Linux 5.14 */
#endif

#define PROTECTION (PROT_READ | PROT_WRITE)
#define FLAGS      (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

static void *map(void *where, size_t bytes, int more_flags)
{
    void *address = mmap(where, bytes, PROTECTION, FLAGS | more_flags, -1, 0);
    return address == MAP_FAILED ? NULL : address;
}

size_t os_page_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

void *os_reserve(size_t bytes, size_t alignment)
{
    int saved_errno = errno;
    char *found = NULL;
    size_t slack = alignment - os_page_bytes(); /* mmap aligns to the page already */
    char *address = bytes <= SIZE_MAX - slack ? map(NULL, bytes + slack, 0) : NULL;
    if (address != NULL) {
        size_t head = (size_t)(-(uintptr_t)address & (alignment - 1));
        found = address + head;
        if (head != 0) {
            munmap(address, head);
        }
        if (slack != head) {
            munmap(found + bytes, slack - head);
        }
    }
    errno = saved_errno;
    return found;
}

bool os_has_twice(size_t bytes)
{
    void *both = os_reserve(2 * bytes, os_page_bytes());
    if (both != NULL) {
        os_release(both, 2 * bytes);
    }
    return both != NULL;
}

void os_release(void *address, size_t bytes)
{
    int saved_errno = errno;
    munmap(address, bytes);
    errno = saved_errno;
}

void os_purge(void *address, size_t bytes)
{
    int saved_errno = errno;
    /* madvise refuses locked memory (mlockall): then a new mapping in the same place, and at the
     * very worst zeros by hand, as callers rely on zero. */
    if (madvise(address, bytes, MADV_DONTNEED) != 0 && map(address, bytes, MAP_FIXED) == NULL) {
        memset(address, 0, bytes);
    }
    errno = saved_errno;
}

void os_populate(void *address, size_t bytes)
{
    int saved_errno = errno;
    if (madvise(address, bytes, MADV_POPULATE_WRITE) != 0) {
        size_t page_bytes = os_page_bytes();
        for (size_t offset = 0; offset < bytes; offset += page_bytes) {
            /* A write is what makes the kernel provide the page; atomic, as others may write. */
            __atomic_fetch_or((char *)address + offset, 0, __ATOMIC_RELAXED);
        }
    }
    errno = saved_errno;
}

bool os_move_pages(void *from, void *to, size_t bytes)
{
    int saved_errno = errno;
    /* Two steps. Moving straight onto `to` would have the kernel unmap `to` before it looks at
     * `from`, and a refusal then leaves a hole that another thread's mmap may fill. A refusal of
     * the first step (an old kernel, a range of several mappings, ulimit -v) changes nothing. */
    void *between = mremap(from, bytes, bytes, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
    bool moved = between != MAP_FAILED;
    if (moved && mremap(between, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to) == MAP_FAILED) {
        /* Out of kernel memory at the worst moment: put the bytes back where they were. */
        map(to, bytes, MAP_FIXED);
        memcpy(from, between, bytes);
        munmap(between, bytes);
        moved = false;
    }
    errno = saved_errno;
    return moved;
}

void os_wish_huge_pages(void *address, size_t bytes, bool wanted)
{
    int saved_errno = errno;
    madvise(address, bytes, wanted ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    errno = saved_errno;
}
