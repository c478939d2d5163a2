#include "harness/nightly/accounts.h"

#include "harness/campaign/environment.h"
#include "harness/campaign/machine.h"
#include "harness/nightly/cells.h"
#include "harness/nightly/names.h"
#include "harness/report/attempts.h"
#include "harness/report/judged.h"
#include "harness/report/summary.h"
#include "harness/statistics/interval.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool add(struct accounts *accounts, const char *key, const char *value)
{
    struct environment_row *rows = reallocarray(accounts->rows, accounts->count + 1, sizeof *rows);
    if (rows == NULL) {
        return false;
    }
    accounts->rows = rows;
    rows[accounts->count] = (struct environment_row){key, strdup(value)};
    return rows[accounts->count++].value != NULL;
}

static bool add_number(struct accounts *accounts, const char *key, uint64_t number)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRIu64, number);
    return add(accounts, key, text);
}

static bool add_allocators(struct accounts *accounts, const struct options *options)
{
    char names[4096] = "";
    char file[PATH_MAX];
    char sha256[SHA256_TEXT_BYTES] = "";
    for (size_t i = 0; i < options->allocators.count; i++) {
        const struct allocator *allocator = &options->allocators.items[i];
        size_t used = strlen(names);
        if (allocator_is_contestant(allocator->name, options->baseline)) {
            (void)snprintf(
                names + used, sizeof names - used, "%s%s", used > 0 ? "," : "", allocator->name);
        } else if (strcmp(allocator->name, options->baseline) == 0) {
            machine_allocator_file(allocator->library, file);
            environment_sha256(file, sha256);
        }
    }
    return add(accounts, "nightly.candidates", names) &&
           add(accounts, "nightly.baseline_sha256", sha256);
}

/* ---- From the summary ---- */

static bool add_widths(struct accounts *accounts,
                       const struct options *options,
                       const struct summary_table *summary)
{
    uint64_t cells = 0;
    uint64_t outside = 0;
    size_t count = 0;
    char text[32] = "";
    double *widths = malloc((summary->count + 1) * sizeof *widths);
    if (widths == NULL) {
        return false;
    }
    for (size_t i = 0; i < summary->count; i++) {
        const struct summary_row *row = &summary->rows[i];
        const struct judged_figure *figure = judged_find(row->figure);
        if (figure == NULL || !figure->primary || isnan(row->ratio_low) ||
            strcmp(row->workload, SUMMARY_GEOMEAN) == 0) {
            continue;
        }
        if (strcmp(row->allocator, ALLOCATOR_AGAIN) == 0) {
            cells++;
            outside += row->ratio_low > 1 || row->ratio_high < 1 ? 1 : 0;
        } else if (allocator_is_contestant(row->allocator, options->baseline)) {
            widths[count++] = log(row->ratio_high / row->ratio_low) / 2;
        }
    }
    if (count > 0) {
        (void)snprintf(text, sizeof text, "%.5f", estimate_median(widths, count).median);
    }
    free(widths);
    return add_number(accounts, "nightly.again_cells", cells) &&
           add_number(accounts, "nightly.again_outside", outside) &&
           add(accounts, "nightly.half_width", text);
}

/* ---- From the rows ---- */

/* A group (a workload with a number of threads, in one pass) has as many voided attempts at a block as
 * its last one's number says. */
static bool add_voided(struct accounts *accounts, const struct measurements_table *measurements)
{
    struct names blocks = {0};
    uint64_t *attempts = calloc(measurements->count + 1, sizeof *attempts);
    uint64_t voided = 0;
    bool ok = attempts != NULL;
    for (size_t i = 0; ok && i < measurements->count; i++) {
        const struct measurements_row *row = &measurements->rows[i];
        char name[CELL_BYTES];
        (void)snprintf(name,
                       sizeof name,
                       "%s %s:%s/%" PRIu64 " %" PRIu64,
                       row->pass,
                       row->workload,
                       row->parameters,
                       row->threads.value,
                       row->block.value);
        uint32_t number = names_number(&blocks, name);
        ok = number != NAMES_NONE;
        if (ok && row->attempt.value > attempts[number]) {
            voided += row->attempt.value - attempts[number];
            attempts[number] = row->attempt.value;
        }
    }
    free(attempts);
    names_free(&blocks);
    return ok && add_number(accounts, "nightly.voided_blocks", voided);
}

static bool is_noted(const struct accounts *accounts, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < accounts->count; i++) {
        const struct environment_row *row = &accounts->rows[i];
        if (strcmp(row->key, "nightly.failed") == 0 && strncmp(row->value, name, length) == 0 &&
            row->value[length] == ':') {
            return true;
        }
    }
    return false;
}

/* Notes a cell that failed, unless it has been before. */
static bool add_failure(struct accounts *accounts, const struct measurements_row *row)
{
    char name[CELL_BYTES];
    char text[2 * CELL_BYTES];
    (void)snprintf(name,
                   sizeof name,
                   "%s/%s%s%s/%" PRIu64 " (%s)",
                   row->allocator,
                   row->workload,
                   row->parameters[0] != '\0' ? ":" : "",
                   row->parameters,
                   row->threads.value,
                   row->pass);
    (void)snprintf(text, sizeof text, "%s: %s: %.400s", name, row->status, row->status_detail);
    return is_noted(accounts, name) || add(accounts, "nightly.failed", text);
}

/* Whether the cell failed, and not from the noise alone that made its block void: that may take the
 * time or the memory of a process, but makes none crash. */
static bool is_failure(const struct measurements_row *row, bool is_void)
{
    bool forgiven = is_void && (strcmp(row->status, "timeout") == 0 ||
                                strcmp(row->status, "out_of_memory") == 0);
    return strcmp(row->status, "ok") != 0 && strcmp(row->status, "unsupported") != 0 && !forgiven;
}

/* Each cell that failed, with its first reason. */
bool accounts_add_failed(struct accounts *accounts, const struct measurements_table *measurements)
{
    bool *is_void = reallocarray(NULL, measurements->count + 1, sizeof *is_void);
    bool ok = is_void != NULL && attempts_find_void(measurements, is_void);
    for (size_t i = 0; ok && i < measurements->count; i++) {
        const struct measurements_row *row = &measurements->rows[i];
        ok = !is_failure(row, is_void[i]) || add_failure(accounts, row);
    }
    free(is_void);
    return ok;
}

static uint64_t first_start(const struct measurements_table *measurements)
{
    uint64_t first = UINT64_MAX;
    for (size_t i = 0; i < measurements->count; i++) {
        const struct count *started = &measurements->rows[i].started_unix_ns;
        first = started->known && started->value < first ? started->value : first;
    }
    return first == UINT64_MAX ? 0 : first;
}

bool accounts_make(struct accounts *accounts,
                   const struct options *options,
                   const struct measurements_table *measurements,
                   const struct summary_table *summary)
{
    *accounts = (struct accounts){.started_unix_ns = first_start(measurements)};
    return add_allocators(accounts, options) &&
           add_number(accounts, "nightly.started_unix_ns", accounts->started_unix_ns) &&
           add_widths(accounts, options, summary) && add_voided(accounts, measurements) &&
           accounts_add_failed(accounts, measurements);
}

void accounts_free(struct accounts *accounts)
{
    for (size_t i = 0; i < accounts->count; i++) {
        free((char *)accounts->rows[i].value);
    }
    free(accounts->rows);
    *accounts = (struct accounts){0};
}
