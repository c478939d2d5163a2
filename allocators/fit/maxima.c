/* The tree of maxima.h. Loops over a node are without branches and of a fixed length, so that
 * compilers make vector code of them. */
#include "allocators/fit/maxima.h"

#include "allocators/fit/count.h"
#include "allocators/fit/levels.h"

size_t maxima_lay_out(struct maxima *maxima, uint64_t count, char *tables)
{
    size_t offset[LEVELS_MAX];
    size_t bytes = levels_offsets(offset, count, sizeof **maxima->level);
    for (unsigned level = 0; level < LEVELS_MAX && tables != NULL; level++) {
        maxima->level[level] = (int32_t *)(void *)(tables + offset[level]);
    }
    maxima->top = 1;
    return bytes;
}

void maxima_walk(const struct maxima *maxima, uint64_t count, maxima_visit *visit, void *context)
{
    for (unsigned level = 0; level <= maxima->top; level++) {
        const int32_t *numbers = maxima->level[level];
        visit(context, numbers, levels_bytes(count, level, sizeof *numbers));
    }
}

/* Bit i: number i of the node is at least `least`. */
static inline uint32_t at_least(const int32_t *node, int32_t least)
{
    static const uint32_t bits[FAN] = {1U << 0,
                                       1U << 1,
                                       1U << 2,
                                       1U << 3,
                                       1U << 4,
                                       1U << 5,
                                       1U << 6,
                                       1U << 7,
                                       1U << 8,
                                       1U << 9,
                                       1U << 10,
                                       1U << 11,
                                       1U << 12,
                                       1U << 13,
                                       1U << 14,
                                       1U << 15};
    FIT_COUNT_NODE();
    uint32_t found = 0;
    for (int i = 0; i < FAN; i++) {
        found |= node[i] >= least ? bits[i] : 0;
    }
    return found;
}

static inline int32_t largest_of(const int32_t *node)
{
    FIT_COUNT_NODE();
    int32_t largest = 0;
    for (int i = 0; i < FAN; i++) {
        largest = node[i] > largest ? node[i] : largest;
    }
    return largest;
}

static inline const int32_t *node_of(const struct maxima *maxima, unsigned level, uint32_t place)
{
    return &maxima->level[level][place & ~(uint32_t)(FAN - 1)];
}

static void raise_to(struct maxima *maxima, uint32_t place, int32_t number)
{
    for (unsigned level = 0; level <= maxima->top; level++, place >>= FAN_LOG2) {
        if (maxima->level[level][place] >= number) {
            return; /* the levels above know as much */
        }
        maxima->level[level][place] = number;
    }
}

static void lower_to(struct maxima *maxima, uint32_t place, int32_t number)
{
    int32_t before = maxima->level[0][place];
    maxima->level[0][place] = number;
    for (unsigned level = 0; level < maxima->top; level++) {
        const int32_t *node = node_of(maxima, level, place);
        place >>= FAN_LOG2;
        int32_t *upper = &maxima->level[level + 1][place];
        if (*upper != before) {
            return; /* it was another's */
        }
        *upper = largest_of(node);
        if (*upper == before) {
            return;
        }
    }
}

void maxima_set(struct maxima *maxima, uint32_t place, uint32_t number)
{
    while (levels_lie_below(place, maxima->top)) {
        maxima->level[maxima->top + 1][0] = maxima->level[maxima->top][0];
        maxima->top++;
    }
    if (number >= maxima_at(maxima, place)) {
        raise_to(maxima, place, (int32_t)number);
    } else {
        lower_to(maxima, place, (int32_t)number);
    }
}

/* The first place below place `place` of `level`, whose number is large enough. */
static uint32_t
descend_first(const struct maxima *maxima, unsigned level, uint32_t place, int32_t least)
{
    while (level-- > 0) {
        place <<= FAN_LOG2;
        place += (uint32_t)__builtin_ctz(at_least(&maxima->level[level][place], least));
    }
    return place;
}

uint32_t maxima_first(const struct maxima *maxima, uint32_t least)
{
    return maxima_largest(maxima) < least ? MAXIMA_NONE
                                          : descend_first(maxima, maxima->top, 0, (int32_t)least);
}

/* Up from the place until a node has one behind it, and down again. */
uint32_t maxima_first_from(const struct maxima *maxima, uint32_t from, uint32_t least)
{
    if (levels_lie_below(from, maxima->top)) {
        return MAXIMA_NONE; /* beyond all that have been set */
    }
    unsigned level = 0;
    uint32_t behind = UINT32_MAX << from % FAN;
    uint32_t found = at_least(node_of(maxima, 0, from), (int32_t)least) & behind;
    while (found == 0 && ++level < maxima->top) {
        from /= FAN;
        behind = UINT32_MAX << from % FAN << 1;
        found = at_least(node_of(maxima, level, from), (int32_t)least) & behind;
    }
    if (found == 0) {
        return MAXIMA_NONE;
    }
    from = from / FAN * FAN + (uint32_t)__builtin_ctz(found);
    return descend_first(maxima, level, from, (int32_t)least);
}

uint32_t maxima_last(const struct maxima *maxima, uint32_t least)
{
    if (maxima_largest(maxima) < least) {
        return MAXIMA_NONE;
    }
    uint32_t place = 0;
    for (unsigned level = maxima->top; level-- > 0;) {
        place <<= FAN_LOG2;
        uint32_t found = at_least(&maxima->level[level][place], (int32_t)least);
        place += 31 - (uint32_t)__builtin_clz(found);
    }
    return place;
}
