/* Free blocks by address, for searches of "the first that is large enough": which begin in each region
 * (regions.h), and the largest of each region and of all (maxima.h). The functions are those of
 * struct fit_policy, or parts of them. */
#ifndef ALLOCATORS_FIT_BY_ADDRESS_H
#define ALLOCATORS_FIT_BY_ADDRESS_H

#include "allocators/fit/fit.h"

size_t address_lay_out(struct fit_heap *heap, uint32_t units_most, char *tables);
void address_walk_tables(const struct fit_heap *heap, fit_visit_table *visit, void *context);
void address_insert(struct fit_heap *heap, uint32_t block);
void address_remove(struct fit_heap *heap, uint32_t block, uint32_t units);
void address_move(struct fit_heap *heap, uint32_t from, uint32_t to, uint32_t units_before);

/* The lowest block of at least `units`; the lowest that begins at `from` or above; 0 without one. */
uint32_t address_first(const struct fit_heap *heap, uint32_t units);
uint32_t address_first_from(const struct fit_heap *heap, uint32_t from, uint32_t units);

/* Units of the largest free block; 0 without one. */
uint32_t address_largest_units(const struct fit_heap *heap);

#endif
