/* What `buddy-fibonacci` and `buddy-weighted` tell the heap alike: everything but how a block
 * splits, which is the argument of split_system_table_bytes(). */
#ifndef ALLOCATORS_BUDDY_SPLIT_SYSTEM_H
#define ALLOCATORS_BUDDY_SPLIT_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The functions of struct buddy_system. The first to be called. */
size_t split_system_table_bytes(size_t range_bytes, unsigned (*upper_of)(unsigned block_class));

unsigned split_system_set_up(uintptr_t base, size_t range_bytes, void *tables);
unsigned split_system_class_of(size_t bytes);
size_t split_system_bytes_of(unsigned block_class);
uintptr_t split_system_take(unsigned block_class);
void split_system_give(uintptr_t address, unsigned block_class, bool is_purged);
bool split_system_grow(uintptr_t address, unsigned from, unsigned to);
uintptr_t split_system_start(uintptr_t address, unsigned block_class);
unsigned split_system_free_class(uintptr_t address);
void split_system_walk_tables(size_t bytes,
                              void (*visit)(void *context, const void *table, size_t table_bytes),
                              void *context);

#endif
