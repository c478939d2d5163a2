/* Memory from the operating system: the only caller of mmap, munmap, mremap and madvise in our
 * allocators. Sizes are bytes and multiples of the page; addresses page-aligned. Thread-safe. errno
 * is kept by every function. */
#ifndef ALLOCATORS_PARTS_OS_MEMORY_H
#define ALLOCATORS_PARTS_OS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of a page. */
size_t os_page_bytes(void);

/* Reserves `bytes` of readable, writable address space, aligned to `alignment` (a power of two of
 * at least a page), not counted against overcommit (MAP_NORESERVE) and without memory behind it
 * until touched; zero at first touch. NULL when the kernel refuses (ulimit -v, strict overcommit,
 * valgrind): the caller tries a smaller size. */
void *os_reserve(size_t bytes, size_t alignment);

/* Whether twice so many addresses can be had now. A heap takes no more than half of what a limited
 * program may have (ulimit -v): the rest is for its libraries and threads. */
bool os_has_twice(size_t bytes);

/* Gives a reservation or any part of it back for good. */
void os_release(void *address, size_t bytes);

/* Gives the memory behind a range back at once and keeps the addresses: zero when touched next. */
void os_purge(void *address, size_t bytes);

/* Puts memory behind a range now, so that the first touch costs no fault. Contents are kept. */
void os_populate(void *address, size_t bytes);

/* Moves the pages of [from, from + bytes) to [to, to + bytes) without copying, inside
 * reservations of ours, and leaves `from` reserved, zero when touched next. False when the kernel
 * cannot: then nothing has changed. */
bool os_move_pages(void *from, void *to, size_t bytes);

/* Wishes huge pages for a range (or, with false, wishes them gone). */
void os_wish_huge_pages(void *address, size_t bytes, bool wanted);

#endif
