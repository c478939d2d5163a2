/* Notes on what differs between two runs. */
#include "harness/compare/notes.h"

#include "harness/compare/notes_add.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void notes_add(struct compare_notes *notes, const char *format, ...)
{
    char *line = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&line, format, arguments);
    va_end(arguments);
    if (length < 0) {
        return; /* a note less: the figures do not depend on it */
    }
    for (size_t i = 0; i < notes->count; i++) { /* the first run's failures come with every other */
        if (strcmp(notes->line[i], line) == 0) {
            free(line);
            return;
        }
    }
    char **lines = reallocarray(notes->line, notes->count + 1, sizeof *notes->line);
    if (lines == NULL) {
        free(line);
        return;
    }
    notes->line = lines;
    notes->line[notes->count++] = line;
}

void compare_notes_free(struct compare_notes *notes)
{
    for (size_t i = 0; i < notes->count; i++) {
        free(notes->line[i]);
    }
    free(notes->line);
    *notes = (struct compare_notes){0};
}

/* ---- Machine and epoch ---- */

bool compare_other_machine(const struct compare_run *first, const struct compare_run *later)
{
    const char *a = compare_run_fact(first, "machine_key");
    const char *b = compare_run_fact(later, "machine_key");
    return a[0] != '\0' && b[0] != '\0' && strcmp(a, b) != 0;
}

static void note_machine(struct compare_notes *notes, const struct compare_pair *pair, char mark)
{
    const char *a = compare_run_fact(pair->run[0], "machine_key");
    const char *b = compare_run_fact(pair->run[1], "machine_key");
    if (a[0] == '\0' || b[0] == '\0') {
        const char *who = a[0] != '\0' ? "" : b[0] != '\0' ? "A" : "A and ";
        char later[2] = {mark, '\0'};
        notes_add(
            notes,
            "of %s%s no machine_key is known (no environment.csv beside the file, or an older "
            "one): nobody can say whether the machine is the same",
            who,
            b[0] != '\0' ? "" : later);
    } else if (strcmp(a, b) != 0) {
        notes_add(notes,
                  "A and %c are of different machines, %s and %s (--force): a difference may be "
                  "theirs",
                  mark,
                  a,
                  b);
    }
}

/* The value of a part "name=value" of an epoch, whose parts have "; " between. */
static const char *epoch_part(const char *epoch, const char *name, int *length)
{
    size_t name_length = strlen(name);
    for (const char *at = epoch; *at != '\0';) {
        size_t part = strcspn(at, ";");
        if (strncmp(at, name, name_length) == 0 && at[name_length] == '=') {
            *length = (int)(part - name_length - 1);
            return at + name_length + 1;
        }
        at += part;
        at += strspn(at, "; ");
    }
    *length = 0;
    return "";
}

static void note_epoch(struct compare_notes *notes, const struct compare_pair *pair, char mark)
{
    static const char *const parts[] = {"kernel", "glibc", "microcode", "governor", "thp"};
    const char *a = compare_run_fact(pair->run[0], "epoch");
    const char *b = compare_run_fact(pair->run[1], "epoch");
    bool named = a[0] == '\0' || b[0] == '\0' || strcmp(a, b) == 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && !named; i++) {
        int a_length;
        int b_length;
        const char *a_part = epoch_part(a, parts[i], &a_length);
        const char *b_part = epoch_part(b, parts[i], &b_length);
        if (a_length != b_length || strncmp(a_part, b_part, (size_t)a_length) != 0) {
            notes_add(notes,
                      "another epoch: %s is \"%.*s\" in A, \"%.*s\" in %c",
                      parts[i],
                      a_length,
                      a_part,
                      b_length,
                      b_part,
                      mark);
        }
    }
}

/* ---- Versions ---- */

static void note_revision(struct compare_notes *notes, const struct compare_pair *pair, char mark)
{
    const char *a = compare_run_fact(pair->run[0], "heaplab");
    const char *b = compare_run_fact(pair->run[1], "heaplab");
    if (a[0] != '\0' && b[0] != '\0' && strcmp(a, b) != 0) {
        notes_add(notes, "another heaplab: %s measured A, %s measured %c", a, b, mark);
    }
}

/* Whether the run's environment has the row. */
static bool has_fact(const struct compare_run *run, const struct environment_row *row)
{
    for (size_t i = 0; i < run->environment.count; i++) {
        if (strcmp(run->environment.rows[i].key, row->key) == 0 &&
            strcmp(run->environment.rows[i].value, row->value) == 0) {
            return true;
        }
    }
    return false;
}

/* Variables that steer allocators (MALLOC_ARENA_MAX and others), set for one run and not the other. */
static void note_variables(struct compare_notes *notes,
                           const struct compare_run *run,
                           const struct compare_run *other,
                           char mark)
{
    for (size_t i = 0; i < run->environment.count && other->environment.count > 0; i++) {
        const struct environment_row *fact = &run->environment.rows[i];
        if (strcmp(fact->key, "variable") == 0 && !has_fact(other, fact)) {
            notes_add(notes, "the environment had %s in %c only", fact->value, mark);
        }
    }
}

/* "SHA-256 0123456789ab, libjemalloc2 5.3.0-1" */
static void
describe_library(const struct compare_run *run, const struct measurements_row *row, char text[160])
{
    char key[ALLOCATOR_NAME_BYTES + 32];
    (void)snprintf(key, sizeof key, "allocator.%s.version", row->allocator);
    const char *version = compare_run_fact(run, key);
    (void)snprintf(text,
                   160,
                   "SHA-256 %.12s%s%s",
                   row->library_sha256,
                   version[0] != '\0' ? ", " : "",
                   version);
}

/* Every name once: the first series that bears it. */
static bool is_first_of_name(const struct series_set *set, size_t index)
{
    const char *name = set->series[index].row[0]->allocator;
    for (size_t i = 0; i < index; i++) {
        if (strcmp(set->series[i].row[0]->allocator, name) == 0) {
            return false;
        }
    }
    return true;
}

/* Libraries of one name that are two files, and those that are one: what differs is then not theirs. */
static void note_libraries(struct compare_notes *notes, const struct compare_pair *pair, char mark)
{
    const struct series_set *set = &pair->run[0]->set;
    char same[400] = "";
    for (size_t i = 0; i < set->count; i++) {
        const struct measurements_row *a = set->series[i].row[0];
        const struct measurements_row *b = compare_run_row_of(pair->run[1], a->allocator);
        bool known = b != NULL && a->library_sha256[0] != '\0' && b->library_sha256[0] != '\0';
        if (!known || strcmp(a->allocator, ALLOCATOR_AGAIN) == 0 || !is_first_of_name(set, i)) {
            continue;
        }
        size_t used = strlen(same);
        if (strcmp(a->library_sha256, b->library_sha256) == 0) {
            (void)snprintf(
                same + used, sizeof same - used, "%s%s", used > 0 ? ", " : "", a->allocator);
        } else {
            char text[2][160];
            describe_library(pair->run[0], a, text[0]);
            describe_library(pair->run[1], b, text[1]);
            notes_add(notes,
                      "%s is another library: %s in A; %s in %c",
                      a->allocator,
                      text[0],
                      text[1],
                      mark);
        }
    }
    if (same[0] != '\0') {
        notes_add(notes, "the same libraries in A and %c: %s", mark, same);
    }
}

/* ---- The control ---- */

/* Geometric mean over cells of later / first of the control's median time: the machine's drift. */
static double drift_of(const struct compare_pair *pair, double *room, size_t *cells)
{
    const struct column *time = table_column(&measurements_layout, "ns_per_op");
    const struct series_set *set = &pair->run[0]->set;
    double sum = 0;
    *cells = 0;
    for (size_t i = 0; i < set->count; i++) {
        const struct series *a = &set->series[i];
        if (strcmp(a->row[0]->allocator, pair->control) != 0) {
            continue;
        }
        const struct series *b = compare_run_find(pair->run[1], a->row[0], pair->control);
        double first = estimate_median(room, series_values(a, time, room)).median;
        double later = b == NULL ? NAN : estimate_median(room, series_values(b, time, room)).median;
        double ratio = log(later / first);
        sum += isfinite(ratio) ? ratio : 0;
        *cells += isfinite(ratio) ? 1 : 0;
    }
    return exp(sum / (double)*cells);
}

static void note_drift(struct compare_notes *notes, const struct compare_pair *pair, char mark)
{
    size_t longest[2] = {pair->run[0]->set.longest, pair->run[1]->set.longest};
    size_t cells = 0;
    double *room =
        reallocarray(NULL, longest[0] > longest[1] ? longest[0] : longest[1], sizeof *room);
    double drift = room != NULL ? drift_of(pair, room, &cells) : NAN;
    free(room);
    if (cells > 0) {
        notes_add(
            notes,
            "%s itself took %.3f times as long in %c as in A (geometric mean over %zu cell%s): "
            "a drift that the ratios to it cancel",
            pair->control,
            drift,
            mark,
            cells,
            cells == 1 ? "" : "s");
    }
}

static void note_control(struct compare_notes *notes,
                         const struct compare_request *request,
                         const struct compare_pair *pair,
                         char mark)
{
    if (pair->control != NULL) {
        note_drift(notes, pair, mark);
    } else {
        notes_add(notes,
                  "A and %c are set against each other as they are%s: a drift of the machine "
                  "between them is part of every difference",
                  mark,
                  request->raw ? " (--raw)" : ", for they share no baseline library");
    }
}

void compare_notes_on_pair(struct compare_notes *notes,
                           const struct compare_request *request,
                           const struct compare_pair *pair,
                           char mark)
{
    if (pair->one_run) {
        return; /* one machine, one set of libraries */
    }
    note_machine(notes, pair, mark);
    note_epoch(notes, pair, mark);
    note_revision(notes, pair, mark);
    note_variables(notes, pair->run[0], pair->run[1], 'A');
    note_variables(notes, pair->run[1], pair->run[0], mark);
    note_libraries(notes, pair, mark);
    note_control(notes, request, pair, mark);
}
