#include "harness/campaign/square.h"

size_t square_rows(size_t count)
{
    return count + count % 2;
}

void square_row(uint32_t *order, size_t count, size_t row)
{
    size_t rows = square_rows(count);
    size_t placed = 0;
    for (size_t place = 0; place < rows; place++) {
        /* 0, 1, -1, 2, -2, ...: the steps between neighbours are all different modulo `rows`. */
        size_t first = place % 2 == 1 ? (place + 1) / 2 : (rows - place / 2) % rows;
        size_t entry = (first + row) % rows;
        if (entry < count) {
            order[placed++] = (uint32_t)entry;
        }
    }
}
