#include "harness/nightly/store.h"

#include "harness/campaign/folder.h"
#include "harness/nightly/append.h"
#include "harness/report/summary.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

void store_now(char date[STORE_DATE_BYTES])
{
    time_t now = time(NULL);
    struct tm utc;
    (void)gmtime_r(&now, &utc);
    (void)strftime(date, STORE_DATE_BYTES, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

/* ---- Rows ---- */

/* A copy of the text without line breaks, NULL when it has none or memory is out. */
static char *without_breaks(const char *text)
{
    char *copy = strpbrk(text, "\r\n") != NULL ? strdup(text) : NULL;
    for (char *c = copy; c != NULL; c = strpbrk(c, "\r\n")) {
        if (*c == '\r' || *c == '\n') {
            *c = ' ';
        }
    }
    return copy;
}

bool store_print(FILE *out, const struct table_layout *layout, const void *row)
{
    char *copy = malloc(layout->row_bytes);
    char **texts = calloc(layout->column_count, sizeof *texts);
    bool ok = copy != NULL && texts != NULL;
    if (ok) {
        memcpy(copy, row, layout->row_bytes);
    }
    for (size_t i = 0; ok && i < layout->column_count; i++) {
        const char *text;
        if (layout->columns[i].type == COLUMN_TEXT) {
            memcpy(&text, copy + layout->columns[i].offset, sizeof text);
            texts[i] = without_breaks(text);
            ok = texts[i] != NULL || strpbrk(text, "\r\n") == NULL;
        }
        if (texts[i] != NULL) {
            memcpy(copy + layout->columns[i].offset, &texts[i], sizeof texts[i]);
        }
    }
    if (ok) {
        table_print(out, layout, copy);
    }
    for (size_t i = 0; texts != NULL && i < layout->column_count; i++) {
        free(texts[i]);
    }
    free(texts);
    free(copy);
    return ok;
}

/* Prints `count` rows into a part's memory. */
static bool fill_part(struct append_part *part, const void *rows, size_t count, struct error *error)
{
    FILE *out = open_memstream(&part->rows, &part->bytes);
    bool ok = out != NULL;
    for (size_t i = 0; ok && i < count; i++) {
        ok = store_print(out, part->layout, (const char *)rows + i * part->layout->row_bytes);
    }
    ok = (out == NULL || fclose(out) == 0) && ok;
    return ok || error_set(error, "cannot write the history: out of memory");
}

static void name_part(struct append_part *part, const struct table_layout *layout)
{
    (void)snprintf(part->file, sizeof part->file, "%s", layout->file);
    part->layout = layout;
}

bool store_append(const char *folder,
                  const struct table_layout *layout,
                  const void *row,
                  struct error *error)
{
    struct append_part part = {0};
    name_part(&part, layout);
    bool ok = fill_part(&part, row, 1, error) && append_all(folder, &part, 1, error);
    free(part.rows);
    return ok;
}

/* ---- Runs ---- */

/* The raw rows of a run's folder, added to those that the part has. */
static bool add_raw(FILE *out, const char *run_folder, struct error *error)
{
    struct measurements_table table = {0};
    char path[PATH_MAX];
    bool ok =
        measurements_read(run_path(path, run_folder, measurements_layout.file), &table, error);
    for (size_t i = 0; ok && i < table.count; i++) {
        ok = store_print(out, &measurements_layout, &table.rows[i]) ||
             error_set(error, "cannot write the history: out of memory");
    }
    measurements_free(&table);
    return ok;
}

/* The file of a month's raw rows. */
static void raw_name(time_t started, char name[NAME_MAX])
{
    struct tm utc;
    (void)gmtime_r(&started, &utc);
    (void)strftime(name, NAME_MAX, "%Y-%m.csv", &utc);
}

static bool fill_raw(struct append_part *part, const struct store_run *run, struct error *error)
{
    raw_name((time_t)(run->started_unix_ns / UINT64_C(1000000000)), part->file);
    part->layout = &measurements_layout;
    FILE *out = open_memstream(&part->rows, &part->bytes);
    if (out == NULL) {
        return error_set(error, "cannot write the history: out of memory");
    }
    bool ok =
        add_raw(out, run->folder, error) && (run->again == NULL || add_raw(out, run->again, error));
    return (fclose(out) == 0 || error_set(error, "cannot write the history: out of memory")) && ok;
}

static struct environments_row fact_of(const char *run, const struct environment_row *fact)
{
    return (struct environments_row){count_of(TABLE_SCHEMA), run, fact->key, fact->value};
}

static bool
fill_environment(struct append_part *part, const struct store_run *run, struct error *error)
{
    struct environment_table table = {0};
    char path[PATH_MAX];
    const char *name = folder_name(run->folder);
    bool ok = environment_read(run_path(path, run->folder, environment_layout.file), &table, error);
    struct environments_row *rows = calloc(table.count + run->account_count + 1, sizeof *rows);
    size_t count = 0;
    for (size_t i = 0; rows != NULL && i < table.count; i++) {
        rows[count++] = fact_of(name, &table.rows[i]);
    }
    for (size_t i = 0; rows != NULL && i < run->account_count; i++) {
        rows[count++] = fact_of(name, &run->accounts[i]);
    }
    name_part(part, &environments_layout);
    ok = ok && (rows != NULL || error_set(error, "cannot write the history: out of memory")) &&
         fill_part(part, rows, count, error);
    free(rows);
    environment_free(&table);
    return ok;
}

bool store_check(const char *folder, struct error *error)
{
    static const struct table_layout *const layouts[] = {
        &verdicts_layout, &environments_layout, &acknowledged_layout, &pinned_layout};
    struct lines_report report;
    char path[PATH_MAX];
    char name[NAME_MAX];
    append_recover(folder);
    raw_name(time(NULL), name);
    bool ok = lines_inspect(run_path(path, folder, name), &measurements_layout, &report, error);
    for (size_t i = 0; ok && i < sizeof layouts / sizeof layouts[0]; i++) {
        ok = lines_inspect(run_path(path, folder, layouts[i]->file), layouts[i], &report, error);
    }
    return ok;
}

bool store_add(const char *folder, const struct store_run *run, struct error *error)
{
    struct append_part parts[4] = {0};
    size_t count = run->pinned != NULL ? 4 : 3;
    bool has = false;
    name_part(&parts[2], &verdicts_layout);
    name_part(&parts[3], &pinned_layout);
    bool ok = store_has(folder, folder_name(run->folder), &has, error) &&
              (!has || error_set(error,
                                 "the history has a run \"%s\" already; nothing is appended",
                                 folder_name(run->folder))) &&
              fill_raw(&parts[0], run, error) && fill_environment(&parts[1], run, error) &&
              fill_part(&parts[2], run->verdicts, run->verdict_count, error) &&
              (count == 3 || fill_part(&parts[3], run->pinned, 1, error)) &&
              append_all(folder, parts, count, error);
    for (size_t i = 0; i < count; i++) {
        free(parts[i].rows);
    }
    return ok;
}
