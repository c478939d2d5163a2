/* The orders of a group's cells over a square of blocks, balanced for what one cell leaves to the next.
 *
 * Williams' Latin square: in as many rows as there are entries each takes each place once, and follows
 * each of the others once. A cyclic square has the places only: there each cell runs behind the same one
 * in every row, and what that leaves behind (the kernel's free pages, caches) stands in every block's
 * ratio with the same sign, where the sign test takes blocks to be independent.
 * Such a square exists for even numbers; an odd one takes two of them, each the other's mirror image:
 * twice as many rows, in which each takes each place twice and follows each other twice.
 *
 * Williams, "Experimental designs balanced for the estimation of residual effects of treatments",
 * Australian Journal of Scientific Research A 2 (1949), 149-168. */
#ifndef HARNESS_CAMPAIGN_SQUARE_H
#define HARNESS_CAMPAIGN_SQUARE_H

#include <stddef.h>
#include <stdint.h>

/* The rows of a square over `count` entries: as many, or twice as many when that is odd. */
size_t square_rows(size_t count);

/* Puts 0 to count - 1 into the order of a row, which is below square_rows. */
void square_row(uint32_t *order, size_t count, size_t row);

#endif
