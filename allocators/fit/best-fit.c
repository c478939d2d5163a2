/* best-fit: the smallest free block that is large enough; among equals the lowest. */
#include "allocators/fit/tree.h"

const struct fit_policy fit_best = {
    .name = "best-fit",
    .find = size_tree_first,
    .insert = size_tree_insert,
    .remove = size_tree_remove,
    .move = size_tree_move,
};

FIT_OF_LIBRARY(fit_best);
