#include "harness/campaign/square.h"

size_t square_rows(size_t count)
{
    return count % 2 == 0 ? count : 2 * count;
}

void square_row(uint32_t *order, size_t count, size_t row)
{
    for (size_t i = 0; i < count; i++) {
        size_t place = row < count ? i : count - 1 - i; /* the second square is mirrored */
        /* 0, 1, -1, 2, -2, ...: the steps between neighbours are all different modulo an even count,
         * and with their negatives each twice modulo an odd one. */
        size_t first = place % 2 == 1 ? (place + 1) / 2 : count - place / 2;
        order[i] = (uint32_t)((first + row) % count);
    }
}
