#include "harness/campaign/noise.h"

#include <stdio.h>
#include <string.h>

/* Why these: a difference counts from 2 % on, so what takes 5 % of a group's time matters and what
 * takes 1 % does not. Steal and waiting hit the measured threads themselves; another process mostly
 * runs on a processor that is free and costs cache, bandwidth and turbo: its share is of all
 * processors. The least times are two to three of the kernel's steps of 10 ms; PSI counts finer. */
const struct noise_threshold noise_thresholds[NOISE_KINDS] = {
    [NOISE_STEAL] =
        {"steal", "time that the hypervisor kept", 0.10, 20000000, 0.05, NOISE_OF_USED, false},
    [NOISE_OTHER_LOAD] =
        {"other_load", "processor time of others", 0.10, 30000000, 0.05, NOISE_OF_ALL, false},
    [NOISE_PRESSURE_CPU] = {"pressure_cpu",
                            "some task waited for a processor",
                            0.25,
                            10000000,
                            0.10,
                            NOISE_OF_CELL,
                            true},
    [NOISE_PRESSURE_MEMORY] = {"pressure_memory",
                               "some task waited for memory",
                               0.05,
                               5000000,
                               0.02,
                               NOISE_OF_CELL,
                               false},
    [NOISE_PRESSURE_IO] = {"pressure_io",
                           "some task waited for input or output",
                           0.25,
                           10000000,
                           0.25,
                           NOISE_OF_CELL,
                           false},
};

static struct count noise_of(const struct measurements_row *row, enum noise_kind kind)
{
    switch (kind) {
    case NOISE_STEAL: return row->steal_ns;
    case NOISE_OTHER_LOAD: return row->other_cpu_ns;
    case NOISE_PRESSURE_CPU: return row->pressure_cpu_ns;
    case NOISE_PRESSURE_MEMORY: return row->pressure_memory_ns;
    case NOISE_PRESSURE_IO: return row->pressure_io_ns;
    case NOISE_KINDS: break;
    }
    return (struct count){0};
}

static bool has_spare(const struct measurements_row *row, struct noise_processors processors)
{
    return row->threads.value < processors.allowed;
}

/* The time that a threshold's share is of, for a cell. */
static double base_ns(const struct noise_threshold *threshold,
                      const struct measurements_row *row,
                      struct noise_processors processors)
{
    uint64_t used = has_spare(row, processors) ? row->threads.value : processors.allowed;
    uint64_t times = threshold->base == NOISE_OF_ALL    ? processors.online
                     : threshold->base == NOISE_OF_USED ? used
                                                        : 1;
    return (double)row->process_ns.value * (double)times;
}

static bool is_timed(const struct measurements_row *row)
{
    return strcmp(row->pass, "throughput") == 0 || strcmp(row->pass, "latency") == 0;
}

/* What a pass measures does not suffer from everything: resident bytes only when memory is short,
 * counts of instructions and checks from nothing. */
static bool matters(const struct measurements_row *row, enum noise_kind kind)
{
    return is_timed(row) || (kind == NOISE_PRESSURE_MEMORY && strcmp(row->pass, "memory") == 0);
}

/* Whether the row tells of this kind, and the threshold applies to it. */
static bool
tells(const struct measurements_row *row, enum noise_kind kind, struct noise_processors processors)
{
    return matters(row, kind) && noise_of(row, kind).known && row->process_ns.known &&
           (!noise_thresholds[kind].needs_spare || has_spare(row, processors));
}

static void add_flag(char flags[NOISE_FLAGS_BYTES], const char *flag)
{
    size_t used = strlen(flags);
    (void)snprintf(flags + used, NOISE_FLAGS_BYTES - used, "%s%s", used > 0 ? " " : "", flag);
}

static bool is_preempted(const struct measurements_row *row, struct noise_processors processors)
{
    double least = (double)row->elapsed_ns.value * 1e-9 * NOISE_SWITCHES_PER_S;
    return is_timed(row) && row->ctx_involuntary.known && row->elapsed_ns.known &&
           has_spare(row, processors) && row->ctx_involuntary.value >= NOISE_SWITCHES_LEAST &&
           (double)row->ctx_involuntary.value > least;
}

void noise_flags(const struct measurements_row *row,
                 struct noise_processors processors,
                 bool throttled,
                 char flags[NOISE_FLAGS_BYTES])
{
    flags[0] = '\0';
    for (enum noise_kind kind = 0; kind < NOISE_KINDS; kind++) {
        const struct noise_threshold *threshold = &noise_thresholds[kind];
        uint64_t noise_ns = noise_of(row, kind).value;
        double base = base_ns(threshold, row, processors);
        if (tells(row, kind, processors) && noise_ns > threshold->cell_least &&
            (double)noise_ns > threshold->cell_share * base) {
            add_flag(flags, threshold->flag);
        }
    }
    if (is_preempted(row, processors)) {
        add_flag(flags, "preempted");
    }
    if (throttled && is_timed(row)) {
        add_flag(flags, "throttled");
    }
}

/* ---- Groups ---- */

static bool is_flag_of_ours(const char *flag, size_t length)
{
    static const char *const others[] = {"preempted", "throttled"};
    bool found = false;
    for (size_t i = 0; i < NOISE_KINDS; i++) {
        const char *name = noise_thresholds[i].flag;
        found = found || (strlen(name) == length && strncmp(flag, name, length) == 0);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        found = found || (strlen(others[i]) == length && strncmp(flag, others[i], length) == 0);
    }
    return found;
}

/* Whether a list with blanks between holds a flag of this file. */
static bool is_flagged(const char *flags)
{
    bool found = false;
    while (*flags != '\0') {
        size_t length = strcspn(flags, " ");
        found = found || is_flag_of_ours(flags, length);
        flags += length + strspn(flags + length, " ");
    }
    return found;
}

void noise_tally_begin(struct noise_tally *tally, struct noise_processors processors)
{
    *tally = (struct noise_tally){.processors = processors};
}

void noise_tally_add(struct noise_tally *tally, const struct measurements_row *row)
{
    tally->cells++;
    tally->flagged += is_flagged(row->flags) ? 1 : 0;
    tally->time_ns += row->process_ns.value;
    for (enum noise_kind kind = 0; kind < NOISE_KINDS; kind++) {
        if (tells(row, kind, tally->processors)) {
            tally->noise_ns[kind] += noise_of(row, kind).value;
            tally->noise_base_ns[kind] += base_ns(&noise_thresholds[kind], row, tally->processors);
        }
    }
}

bool noise_tally_voids(const struct noise_tally *tally, char reason[NOISE_REASON_BYTES])
{
    reason[0] = '\0';
    if (tally->time_ns < NOISE_JUDGED_NS) {
        return false;
    }
    for (enum noise_kind kind = 0; kind < NOISE_KINDS; kind++) {
        const struct noise_threshold *threshold = &noise_thresholds[kind];
        double base = tally->noise_base_ns[kind];
        double noise_ns = (double)tally->noise_ns[kind];
        if (tally->noise_ns[kind] > NOISE_GROUP_LEAST * threshold->cell_least &&
            noise_ns > threshold->group_share * base) {
            (void)snprintf(
                reason, NOISE_REASON_BYTES, "%s %.0f %%", threshold->flag, 100 * noise_ns / base);
            return true;
        }
    }
    if ((double)tally->flagged > NOISE_FLAGGED_SHARE * (double)tally->cells) {
        (void)snprintf(
            reason, NOISE_REASON_BYTES, "%zu of %zu cells flagged", tally->flagged, tally->cells);
        return true;
    }
    return false;
}

uint64_t noise_voids_most(uint64_t blocks, size_t groups)
{
    return (blocks * groups + NOISE_VOID_SHARE - 1) / NOISE_VOID_SHARE;
}
