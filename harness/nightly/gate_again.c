/* The campaign that runs the pending cells of a night again. */
#include "harness/nightly/gate.h"
#include "harness/statistics/verdict.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_NS UINT64_C(1000000000)
#define SEED_STEP UINT64_C(0x9e3779b97f4a7c15) /* far from seeds that people choose */

/* Options of the night that the second campaign has its own values of. */
static const char *const replaced[] = {"--allocators",
                                       "--allocator",
                                       "--workloads",
                                       "--threads",
                                       "--passes",
                                       "--blocks",
                                       "--seed",
                                       "--output",
                                       "--precision",
                                       "--budget"};

/* Adds a word to a list with commas between, once. */
static bool add_once(struct words *list, const char *word)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], word) == 0) {
            return true;
        }
    }
    return words_add(list, word);
}

static bool add_list(struct words *words, const char *option, const struct words *list)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    if (out == NULL) {
        return false;
    }
    for (size_t i = 0; i < list->count; i++) {
        (void)fprintf(out, "%s%s", i > 0 ? "," : "", list->items[i]);
    }
    bool ok = fclose(out) == 0 && words_add_pair(words, option, text);
    free(text);
    return ok;
}

/* The word that named a workload: a trace is named by its path. */
static bool
add_workload(struct words *list, const struct options *night, const struct verdicts_row *row)
{
    char word[PATH_MAX + SOURCE_PARAMETERS_BYTES];
    for (size_t i = 0; i < night->source_count; i++) {
        const struct source *source = &night->sources[i];
        if (strcmp(source->name, row->workload) == 0 &&
            strcmp(source->parameters, row->parameters) == 0) {
            bool by_path = source->workload == NULL && source->trace[0] != '\0';
            (void)snprintf(word,
                           sizeof word,
                           "%s%s%s",
                           by_path ? source->trace : source->name,
                           source->parameters[0] != '\0' ? ":" : "",
                           source->parameters);
            return add_once(list, word);
        }
    }
    return true;
}

struct again {
    struct words allocators;
    struct words workloads;
    struct words threads;
    struct words passes;
};

static bool is_suspect(const struct verdicts_row *row)
{
    return outcome_of(row->outcome) == OUTCOME_OPEN;
}

/* The pending cells, or the suspects among them. */
static bool gather(const struct gate *gate,
                   const struct options *night,
                   bool suspects_only,
                   struct again *again)
{
    char number[24];
    bool ok = add_once(&again->allocators, night->baseline);
    for (size_t i = 0; ok && i < gate->count; i++) {
        const struct verdicts_row *row = &gate->rows[i];
        if (suspects_only ? is_suspect(row) : gate_is_pending(row)) {
            (void)snprintf(number, sizeof number, "%" PRIu64, row->threads.value);
            ok = add_once(&again->allocators, row->allocator) &&
                 add_workload(&again->workloads, night, row) && add_once(&again->threads, number) &&
                 add_once(&again->passes, judged_find(row->figure)->pass);
        }
    }
    return ok;
}

static void again_free(struct again *again)
{
    words_free(&again->allocators);
    words_free(&again->workloads);
    words_free(&again->threads);
    words_free(&again->passes);
}

static size_t family_of(const struct again *again)
{
    size_t candidates = again->allocators.count > 0 ? again->allocators.count - 1 : 0;
    return candidates * again->workloads.count * again->threads.count;
}

static size_t blocks_of(const struct again *again)
{
    size_t needed = verdict_blocks_needed(family_of(again), VERDICT_ALPHA);
    return needed > GATE_BLOCKS_AGAIN ? needed : GATE_BLOCKS_AGAIN;
}

/* Whether all blocks are likely to fit into the time: a block of the second campaign is to one of the
 * first as their numbers of comparisons are, the baseline's two cells with them. */
static bool
fits(const struct again *again, const struct options *night, const struct gate_time *time)
{
    size_t candidates = 0;
    for (size_t i = 0; i < night->allocators.count; i++) {
        const char *name = night->allocators.items[i].name;
        candidates += allocator_is_contestant(name, night->baseline) ? 1 : 0;
    }
    double all = (double)((candidates + 2) * night->source_count * night->thread_count);
    double some =
        (double)((again->allocators.count + 1) * again->workloads.count * again->threads.count);
    double needed_ns = (double)blocks_of(again) * (double)time->block_ns * some / all;
    return time->budget_ns == 0 || needed_ns <= (double)time->budget_ns;
}

/* What is run again: all that is pending, where the time suffices for it or nothing is suspect. */
static bool choose(const struct gate *gate,
                   const struct options *night,
                   const struct gate_time *time,
                   struct again *again)
{
    size_t suspects = 0;
    for (size_t i = 0; i < gate->count; i++) {
        suspects += is_suspect(&gate->rows[i]) ? 1 : 0;
    }
    bool ok = gather(gate, night, false, again);
    if (!ok || suspects == 0 || fits(again, night, time)) {
        return ok;
    }
    again_free(again);
    *again = (struct again){0};
    return gather(gate, night, true, again);
}

/* A listed allocator goes into the list, one with a path is named by it. */
static bool
add_allocators(struct words *words, const struct options *night, const struct words *names)
{
    struct words listed = {0};
    char word[ALLOCATOR_NAME_BYTES + PATH_MAX + 1];
    bool ok = true;
    for (size_t i = 0; ok && i < names->count; i++) {
        const struct allocator *allocator = allocators_find(&night->allocators, names->items[i]);
        if (allocator == NULL) {
            continue;
        }
        if (allocator->library[0] == '\0' || allocator->tunables[0] != '\0') {
            ok = words_add(&listed, allocator->name);
        } else {
            (void)snprintf(word, sizeof word, "%s=%s", allocator->name, allocator->library);
            ok = words_add_pair(words, "--allocator", word);
        }
    }
    ok = ok && (listed.count > 0 || words_add(&listed, ALLOCATOR_FLOOR)) &&
         add_list(words, "--allocators", &listed);
    words_free(&listed);
    return ok;
}

/* The night's options but for those replaced. */
static bool add_others(struct words *words, const struct options *night)
{
    bool ok = true;
    for (int i = 1; ok && i < night->argc; i++) {
        const char *word = night->argv[i];
        size_t length = strcspn(word, "=");
        bool is_replaced = false;
        for (size_t j = 0; j < sizeof replaced / sizeof replaced[0]; j++) {
            is_replaced = is_replaced || (strlen(replaced[j]) == length &&
                                          strncmp(replaced[j], word, length) == 0);
        }
        if (!is_replaced) {
            ok = words_add(words, word);
        } else if (word[length] == '\0') {
            i++;
        }
    }
    return ok;
}

uint64_t gate_again_budget(uint64_t night_ns, uint64_t spent_ns)
{
    uint64_t left_ns = night_ns > spent_ns ? night_ns - spent_ns : 0;
    return left_ns > night_ns / 4 ? left_ns : night_ns / 4;
}

bool gate_again_words(const struct gate *gate,
                      const struct options *night,
                      const char *output,
                      const struct gate_time *time,
                      struct words *words)
{
    struct again again = {0};
    char blocks[24];
    char seed[24];
    char budget[24];
    bool ok = choose(gate, night, time, &again);
    (void)snprintf(blocks, sizeof blocks, "%zu", blocks_of(&again));
    (void)snprintf(seed, sizeof seed, "%" PRIu64, night->seed + SEED_STEP);
    ok = ok && words_add(words, "run") && add_allocators(words, night, &again.allocators) &&
         add_list(words, "--workloads", &again.workloads) &&
         add_list(words, "--threads", &again.threads) &&
         add_list(words, "--passes", &again.passes) && words_add_pair(words, "--blocks", blocks) &&
         words_add_pair(words, "--seed", seed) && words_add_pair(words, "--output", output) &&
         add_others(words, night);
    (void)snprintf(
        budget, sizeof budget, "%" PRIu64 "s", (time->budget_ns + SECOND_NS - 1) / SECOND_NS);
    ok = ok && (time->budget_ns == 0 || words_add_pair(words, "--budget", budget));
    again_free(&again);
    return ok;
}
