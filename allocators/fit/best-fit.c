/* best-fit: the smallest free block that is large enough; among equals the lowest. */
#include "allocators/fit/by_size.h"

const struct fit_policy fit_best = {
    .name = "best-fit",
    .lay_out = size_lay_out,
    .walk_tables = size_walk_tables,
    .find = size_first,
    .insert = size_insert,
    .remove = size_remove,
    .move = size_move,
};

FIT_OF_LIBRARY(fit_best);
