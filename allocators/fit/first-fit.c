/* first-fit: the lowest free block that is large enough. Address-ordered first fit, the policy that
 * real programs fragment least under beside best fit (Johnstone and Wilson 1998). */
#include "allocators/fit/by_address.h"

const struct fit_policy fit_first = {
    .name = "first-fit",
    .lay_out = address_lay_out,
    .walk_tables = address_walk_tables,
    .find = address_first,
    .insert = address_insert,
    .remove = address_remove,
    .move = address_move,
};

FIT_OF_LIBRARY(fit_first);
