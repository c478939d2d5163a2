#include "harness/compare/compare.h"

#include "harness/choice.h"
#include "harness/compare/judge.h"
#include "harness/compare/notes_add.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool open_runs(struct compare_result *result, struct error *error)
{
    for (size_t i = 0; i < result->request->operand_count; i++) {
        struct compare_run *run = &result->runs[i];
        result->run_count = i + 1;
        if (!compare_run_open(run, result->request->operands[i], error)) {
            return false;
        }
        if (run->allocator[0] != '\0' && result->request->allocators != NULL) {
            return error_set(error,
                             "\"%s\" names an allocator, and --allocators does: choose one of them",
                             run->words);
        }
        if (run->measurements.table.torn_lines > 0) {
            notes_add(&result->notes, "a torn line of \"%s\" is left out", run->words);
        }
    }
    return true;
}

static bool is_in_a_run(const struct compare_result *result, const char *name)
{
    for (size_t i = 0; i < result->run_count; i++) {
        if (compare_run_row_of(&result->runs[i], name) != NULL) {
            return true;
        }
    }
    return false;
}

static bool check_name(void *context, const char *name, struct error *error)
{
    return is_in_a_run(context, name) ||
           error_set(error, "no allocator \"%s\" in any of the runs", name);
}

/* The allocators and the baseline that the user named; within one run nothing else would miss them. */
static bool check_names(struct compare_result *result, struct error *error)
{
    const struct compare_request *request = result->request;
    if (request->baseline != NULL && !is_in_a_run(result, request->baseline)) {
        return error_set(
            error, "--baseline \"%s\": no such allocator in any of the runs", request->baseline);
    }
    return request->allocators == NULL ||
           choice_each_word(request->allocators, check_name, result, error);
}

/* The library whose SHA-256 is the same in both runs, so that ratios to it may meet; NULL: none. */
static const char *find_control(const struct compare_request *request,
                                const struct compare_run *first,
                                const struct compare_run *later)
{
    const char *name = request->baseline != NULL ? request->baseline : compare_run_baseline(first);
    const struct measurements_row *a = compare_run_row_of(first, name);
    const struct measurements_row *b = compare_run_row_of(later, name);
    bool same = a != NULL && b != NULL && a->library_sha256[0] != '\0' &&
                strcmp(a->library_sha256, b->library_sha256) == 0;
    return same && !request->raw ? name : NULL;
}

static bool meet(struct compare_result *result, size_t index, struct error *error)
{
    const struct compare_request *request = result->request;
    const struct compare_run *first = &result->runs[0];
    const struct compare_run *later = &result->runs[index];
    struct compare_pair *pair = &result->pairs[index];
    *pair = (struct compare_pair){.run = {first, later}};
    pair->one_run = compare_run_same(first, later);
    pair->control = pair->one_run ? NULL : find_control(request, first, later);
    result->other_machine = compare_other_machine(first, later);
    if (result->other_machine && !request->force) {
        return error_set(error,
                         "\"%s\" and \"%s\" are of different machines (%.100s and %.100s); --force "
                         "compares them all the same",
                         first->words,
                         later->words,
                         compare_run_fact(first, "machine_key"),
                         compare_run_fact(later, "machine_key"));
    }
    if (request->baseline != NULL && !pair->one_run && pair->control == NULL) {
        return error_set(error,
                         "--baseline \"%s\": \"%s\" and \"%s\" do not both have it with the same "
                         "SHA-256; leave it out, or compare with --raw",
                         request->baseline,
                         first->words,
                         later->words);
    }
    return true;
}

/* "no run has instructions_per_op (pass instructions), ...": none of the figures that were asked for. */
static bool refuse_absent(const struct compare_request *request, struct error *error)
{
    char names[400] = "";
    for (size_t i = 0; i < judged_figure_count; i++) {
        size_t used = strlen(names);
        if (request->figure[i]) {
            (void)snprintf(names + used,
                           sizeof names - used,
                           "%s%s (--passes %s)",
                           used > 0 ? ", " : "",
                           judged_figures[i].figure,
                           judged_figures[i].pass);
        }
    }
    return error_set(error,
                     "nothing to compare: the runs do not have %s; measure it with `heaplab run`, "
                     "or name another --figure",
                     names);
}

/* Whether anything was compared, or failed where it would have been. */
static bool has_met(const struct compare_result *result)
{
    for (size_t i = 0; i < result->entries.count; i++) {
        const struct compare_entry *entry = &result->entries.items[i];
        bool met = entry->series[0] != NULL && entry->series[1] != NULL;
        if (met && (entry->status == COMPARE_DONE || compare_entry_failures(entry, 1) > 0)) {
            return true;
        }
    }
    return false;
}

static bool judge(struct compare_result *result, struct error *error)
{
    bool ok = true;
    for (size_t i = 1; i < result->run_count && ok; i++) {
        compare_notes_on_pair(&result->notes, result->request, &result->pairs[i], (char)('A' + i));
        ok = compare_entries_add(&result->entries, result->request, &result->pairs[i]);
    }
    if (!ok || !compare_judge(&result->entries, &result->family)) {
        return error_set(error, "cannot compare the runs: out of memory");
    }
    size_t before = result->notes.count;
    compare_notes_on_entries(&result->notes, &result->entries, result->family);
    if (has_met(result)) {
        return true;
    }
    if (result->notes.count == before) {
        return refuse_absent(result->request, error);
    }
    return error_set(error, "nothing to compare: %s", result->notes.line[before]);
}

bool compare_make(struct compare_result *result,
                  const struct compare_request *request,
                  struct error *error)
{
    *result = (struct compare_result){.request = request};
    bool ok = open_runs(result, error) && check_names(result, error);
    for (size_t i = 1; ok && i < result->run_count; i++) {
        ok = meet(result, i, error);
    }
    return ok && judge(result, error);
}

void compare_free(struct compare_result *result)
{
    for (size_t i = 0; i < result->run_count; i++) {
        compare_run_close(&result->runs[i]);
    }
    free(result->entries.items);
    compare_notes_free(&result->notes);
}

size_t compare_count_done(const struct compare_result *result)
{
    size_t count = 0;
    for (size_t i = 0; i < result->entries.count; i++) {
        count += result->entries.items[i].status == COMPARE_DONE ? 1 : 0;
    }
    return count;
}

size_t compare_count(const struct compare_result *result, enum verdict verdict)
{
    size_t count = 0;
    for (size_t i = 0; i < result->entries.count; i++) {
        const struct compare_entry *entry = &result->entries.items[i];
        count += entry->status == COMPARE_DONE && entry->judged.verdict == verdict ? 1 : 0;
    }
    return count;
}

size_t compare_count_failed(const struct compare_result *result)
{
    size_t count = 0;
    for (size_t i = 0; i < result->entries.count; i++) {
        const struct compare_entry *entry = &result->entries.items[i];
        bool counted = i > 0 && entry[-1].series[1] == entry->series[1]; /* another figure of it */
        count += !counted && compare_entry_failures(entry, 1) > 0 ? 1 : 0;
    }
    return count;
}
