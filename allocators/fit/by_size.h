/* Free blocks by size and then by address, for best fit. Blocks below 64 units (1 KiB) are kept as
 * regions.h has them, with a bit for each size: the sizes that begin in a region, in any of 16
 * regions, of 256 and so on. The smallest size that is large enough is then one bit operation on the
 * word over all, and the lowest block of that size one word of 16 a level. Larger blocks are few,
 * at most one begins in a region: they are in a balanced tree (tree.h). */
#ifndef ALLOCATORS_FIT_BY_SIZE_H
#define ALLOCATORS_FIT_BY_SIZE_H

#include "allocators/fit/fit.h"

/* Those of struct fit_policy. size_first: the lowest among the smallest of at least `units`. */
size_t size_lay_out(struct fit_heap *heap, uint32_t units_most, char *tables);
void size_walk_tables(const struct fit_heap *heap, fit_visit_table *visit, void *context);
uint32_t size_first(const struct fit_heap *heap, uint32_t units);
void size_insert(struct fit_heap *heap, uint32_t block);
void size_remove(struct fit_heap *heap, uint32_t block, uint32_t units);
void size_move(struct fit_heap *heap, uint32_t from, uint32_t to, uint32_t units_before);

#endif
