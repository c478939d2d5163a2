/* The fit policies with their fast searches place every block exactly where their naive O(n) versions
 * do (fit_naive.h), and the heap's tags hold: on random events, in every way of coalescing. */
#include "tests/unit/fit_pair.h"
#include "workloads/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define SLOTS       400
#define EVENTS      1000000
#define EVENTS_SOME 5000
#define EVENTS_FEW  60000 /* in the variants */
#define AUDIT_EVERY 5000

/* Sizes as programs have them: small ones often, all powers of two as likely as each other. */
static uint64_t random_bytes(struct random *random)
{
    return random_below(random, UINT64_C(16) << random_below(random, 9));
}

static void random_event(struct pair *pair, struct random *random)
{
    uint32_t slot = (uint32_t)random_below(random, SLOTS);
    uint64_t choice = random_below(random, 16);
    if (pair->block[slot].naive.address == 0) {
        if (choice == 0) {
            pair_allocate_aligned(
                pair, slot, UINT64_C(32) << random_below(random, 8), random_bytes(random));
        } else {
            pair_allocate(pair, slot, random_bytes(random));
        }
    } else if (choice < 3) {
        pair_reallocate(pair, slot, random_bytes(random) + 1);
    } else {
        pair_free(pair, slot);
    }
}

/* The number of slots in use drifts, so that the heap fills, empties and grows again. */
static void run(const struct pair_request *request, int events)
{
    struct pair pair;
    pair_open(&pair, request, SLOTS);
    struct random random;
    random_seed(&random, 11, request->policy);
    for (int i = 0; i < events; i++) {
        random_event(&pair, &random);
        if (i % AUDIT_EVERY == 0) {
            pair_audit(&pair);
        }
        if (i % (events / 8) == events / 8 - 1) {
            pair_free_all(&pair);
        }
    }
    pair_audit(&pair);
    pair_close(&pair);
}

static void random_events_place_alike(void **state)
{
    const struct pair_request request = {.policy = *(enum naive_policy *)*state,
                                         .coalesce = FIT_COALESCE_IMMEDIATE};
    run(&request, EVENTS);
}

/* A heap of a fixed size, which is full at times: what cannot be had in one cannot in the other. */
static void a_full_heap_places_alike(void **state)
{
    const struct pair_request request = {.policy = *(enum naive_policy *)*state,
                                         .coalesce = FIT_COALESCE_IMMEDIATE,
                                         .initial_units = 6000,
                                         .range_units = 8192};
    run(&request, EVENTS_FEW);
}

static void deferred_coalescing_places_alike(void **state)
{
    const struct pair_request request = {.policy = *(enum naive_policy *)*state,
                                         .coalesce = FIT_COALESCE_DEFERRED};
    run(&request, EVENTS_FEW);
    const struct pair_request full = {.policy = *(enum naive_policy *)*state,
                                      .coalesce = FIT_COALESCE_DEFERRED,
                                      .initial_units = 3000,
                                      .range_units = 8192};
    run(&full, EVENTS_FEW);
}

static void never_coalescing_places_alike(void **state)
{
    const struct pair_request request = {.policy = *(enum naive_policy *)*state,
                                         .coalesce = FIT_COALESCE_NEVER,
                                         .range_units = 1 << 15};
    run(&request, EVENTS_FEW);
}

/* Replacements of one of SLOTS blocks by another; where the heap then ends. */
static double end_after(struct pair *pair, struct random *random, int replacements)
{
    for (int i = 0; i < replacements; i++) {
        uint32_t slot = (uint32_t)random_below(random, SLOTS);
        pair_free(pair, slot);
        pair_allocate(pair, slot, random_bytes(random));
    }
    return (double)pair->heap.end;
}

/* Without coalescing blocks get smaller for ever, and it is the policy that decides what this costs.
 * First and best fit use the small ones again and slowly come to rest: twice the events, less than
 * half as much heap again. Worst fit cuts up the largest, next fit and the list whatever comes, so
 * that a large request finds none and grows the heap: in step with the events, for ever. The naive
 * versions do the same, block by block. */
static void only_some_policies_can_do_without_coalescing(void **state)
{
    enum naive_policy policy = *(enum naive_policy *)*state;
    const struct pair_request request = {.policy = policy, .coalesce = FIT_COALESCE_NEVER};
    struct pair pair;
    pair_open(&pair, &request, SLOTS);
    struct random random;
    random_seed(&random, 12, 0);
    double half = end_after(&pair, &random, EVENTS_SOME);
    double whole = end_after(&pair, &random, EVENTS_SOME);
    print_message("           %s: %.0f units, then %.0f\n", pair.heap.policy->name, half, whole);
    bool rests = policy == NAIVE_FIRST || policy == NAIVE_BEST;
    assert_true(rests ? whole < half * 1.5 : whole > half * 1.6);
    pair_close(&pair);
}

int main(void)
{
    static enum naive_policy policies[] = {
        NAIVE_FIRST, NAIVE_NEXT, NAIVE_BEST, NAIVE_WORST, NAIVE_LIFO};

#define EACH_POLICY(test)                                                                         \
    cmocka_unit_test_prestate(test, &policies[0]), cmocka_unit_test_prestate(test, &policies[1]), \
        cmocka_unit_test_prestate(test, &policies[2]),                                            \
        cmocka_unit_test_prestate(test, &policies[3]),                                            \
        cmocka_unit_test_prestate(test, &policies[4])
    const struct CMUnitTest tests[] = {
        EACH_POLICY(random_events_place_alike),
        EACH_POLICY(a_full_heap_places_alike),
        EACH_POLICY(deferred_coalescing_places_alike),
        EACH_POLICY(never_coalescing_places_alike),
        EACH_POLICY(only_some_policies_can_do_without_coalescing),
    };
    return cmocka_run_group_tests_name("fit_placement", tests, NULL, NULL);
}
