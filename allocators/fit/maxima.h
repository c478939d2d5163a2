/* Numbers by place, and the largest of them all, of each 16, of each 256 and so on: a tree of fan-out
 * 16 without links, whose nodes of 64 bytes lie where their place says. It answers "the first place,
 * or the last, whose number is large enough" in one node a level.
 *
 * Method: a tournament (Knuth, TAOCP 3, 5.2.3) with wide nodes, so that a level costs one line of the
 * cache. A change goes up only as far as it changes a maximum, most often no level at all.
 *
 * Not thread-safe: the caller holds its own lock. */
#ifndef ALLOCATORS_FIT_MAXIMA_H
#define ALLOCATORS_FIT_MAXIMA_H

#include "allocators/fit/levels.h"

#include <stddef.h>
#include <stdint.h>

#define MAXIMA_NONE UINT32_MAX /* no place */

/* Signed, as that is what vector units compare. */
struct maxima {
    int32_t *level[LEVELS_MAX]; /* [0] the numbers; [l][i]: the largest of [l - 1][16 i ...] */
    unsigned top;               /* [top][0] is the largest of all; grows with the places used */
};

/* Sets up `count` (> 1) numbers, all 0, in zeroed memory at `tables`, aligned to 64 bytes and touched only
 * where numbers are set; returns how many bytes of it are used. `tables` NULL: only tells that. */
size_t maxima_lay_out(struct maxima *maxima, uint64_t count, char *tables);

/* Sets the number at a place: 0 to INT32_MAX. */
void maxima_set(struct maxima *maxima, uint32_t place, uint32_t number);

/* The lowest place of a number of at least `least` (> 0), from `from` on; the highest one. */
uint32_t maxima_first(const struct maxima *maxima, uint32_t least);
uint32_t maxima_first_from(const struct maxima *maxima, uint32_t from, uint32_t least);
uint32_t maxima_last(const struct maxima *maxima, uint32_t least);

/* Calls visit for what is touched while only the first `count` (> 0) places are used. */
typedef void maxima_visit(void *context, const void *table, size_t bytes);
void maxima_walk(const struct maxima *maxima, uint64_t count, maxima_visit *visit, void *context);

static inline uint32_t maxima_at(const struct maxima *maxima, uint32_t place)
{
    return (uint32_t)maxima->level[0][place];
}

static inline uint32_t maxima_largest(const struct maxima *maxima)
{
    return (uint32_t)maxima->level[maxima->top][0];
}

#endif
