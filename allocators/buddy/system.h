/* What one buddy system tells the heap (heap.c), which all of the family share: how big its blocks
 * are, how they split, and which are free. Each allocator of the family defines `buddy_system` in
 * the file that bears its name.
 *
 * Classes are numbered from the smallest block. A block of class c > 0 splits in one way: a lower
 * part of class c - 1 at the same address, and an upper part of class upper(c). Called with the
 * heap's lock held, except for class_of, bytes_of, upper and start, which depend on nothing that
 * changes once the heap is set up. */
#ifndef ALLOCATORS_BUDDY_SYSTEM_H
#define ALLOCATORS_BUDDY_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUDDY_NO_CLASS UINT32_MAX  /* see free_class */
#define BUDDY_NONE     UINTPTR_MAX /* no block: as the cores say it */

struct buddy_system {
    /* Every block is aligned to the power of two that it holds; the range is aligned to its size. */
    bool is_naturally_aligned;

    /* Bytes of zeroed memory that the system's tables take for a range of that many bytes. */
    size_t (*table_bytes)(size_t range_bytes);

    /* Makes the largest block that fits the range one free block, the top. Returns its class. */
    unsigned (*set_up)(uintptr_t base, size_t range_bytes, void *tables);

    /* The smallest class whose blocks hold so many bytes (1 to PTRDIFF_MAX); perhaps beyond top. */
    unsigned (*class_of)(size_t bytes);
    size_t (*bytes_of)(unsigned block_class);
    unsigned (*upper)(unsigned block_class);

    /* A block of the class, or BUDDY_NONE. */
    uintptr_t (*take)(unsigned block_class);

    /* A taken block of the class is two taken parts from now on. NULL where nobody counts. */
    void (*split)(unsigned block_class);

    /* Gives a block back; tells kept_merged() which memory has come to lie in a free block, of the
     * given block itself only when it is not `is_purged`. */
    void (*give)(uintptr_t address, unsigned block_class, bool is_purged);

    /* Makes a block one of a larger class in place, where everything above it is free. */
    bool (*grow)(uintptr_t address, unsigned from, unsigned to);

    /* Where the block of that class around the address begins. */
    uintptr_t (*start)(uintptr_t address, unsigned block_class);

    /* Class of the free block that begins at the address, or BUDDY_NO_CLASS. */
    unsigned (*free_class)(uintptr_t address);

    /* Calls visit for the tables in use while blocks reach `bytes` beyond the base. */
    void (*walk_tables)(size_t bytes,
                        void (*visit)(void *context, const void *table, size_t table_bytes),
                        void *context);
};

extern const struct buddy_system buddy_system;

#endif
