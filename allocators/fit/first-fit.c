/* first-fit: the lowest free block that is large enough. Address-ordered first fit, the policy that
 * real programs fragment least under beside best fit (Johnstone and Wilson 1998). */
#include "allocators/fit/tree.h"

const struct fit_policy fit_first = {
    .name = "first-fit",
    .find = address_tree_first,
    .insert = address_tree_insert,
    .remove = address_tree_remove,
    .move = address_tree_move,
};

FIT_OF_LIBRARY(fit_first);
