/* Counts of the nodes that searches and changes look at, for tests/bench/fit_growth.c alone: a
 * figure of the algorithm that no machine and no cache has a part in. Nothing at all elsewhere. */
#ifndef ALLOCATORS_FIT_COUNT_H
#define ALLOCATORS_FIT_COUNT_H

#ifdef FIT_COUNT_NODES
#    include <stdint.h>
extern uint64_t fit_nodes_counted;
#    define FIT_COUNT_NODE() ((void)fit_nodes_counted++)
#else
#    define FIT_COUNT_NODE() ((void)0)
#endif

#endif
