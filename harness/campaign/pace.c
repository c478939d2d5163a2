#include "harness/campaign/pace.h"

void pace_note(struct pace *pace, uint64_t block_ns)
{
    pace->slowest_ns = block_ns > pace->slowest_ns ? block_ns : pace->slowest_ns;
}

bool pace_has_time(const struct pace *pace, uint64_t elapsed_ns, uint64_t ns)
{
    return pace->budget_ns == 0 || elapsed_ns + ns <= pace->budget_ns;
}

enum stop pace_stop(const struct pace *pace, uint64_t counted, uint64_t elapsed_ns, bool narrow)
{
    if (counted > 0 && narrow) {
        return STOP_PRECISION;
    }
    if (counted >= pace->blocks_most) {
        return STOP_BLOCKS;
    }
    /* A block that took no time was read, not measured: of a resumed run. */
    return counted > 0 && pace->slowest_ns > 0 && !pace_has_time(pace, elapsed_ns, pace->slowest_ns)
               ? STOP_BUDGET
               : STOP_NOT;
}

uint64_t pace_expect(const struct pace *pace, uint64_t counted, uint64_t elapsed_ns)
{
    if (pace->budget_ns == 0 || pace->slowest_ns == 0) {
        return pace->blocks_most;
    }
    uint64_t left_ns = pace->budget_ns > elapsed_ns ? pace->budget_ns - elapsed_ns : 0;
    uint64_t blocks = counted + left_ns / pace->slowest_ns;
    return blocks < pace->blocks_most ? blocks : pace->blocks_most;
}

const char *pace_word(enum stop stop)
{
    static const char *const words[] = {"", "blocks", "precision", "budget"};
    return words[stop];
}
