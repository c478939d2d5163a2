/* What the tests of compare share: files of measurements made by hand in a folder of their own, and
 * one comparison of them. For one test program each. */
#ifndef TESTS_UNIT_COMPARE_LAB_H
#define TESTS_UNIT_COMPARE_LAB_H

#include "harness/compare/compare.h"
#include "harness/report/summary.h"

#include <linux/limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

static char lab[64];
static struct table_writer writer;
static struct measurements_row row; /* what the next row is like */

static inline int make_lab(void **state)
{
    (void)state;
    (void)snprintf(lab, sizeof lab, "/tmp/heaplab-compare-XXXXXX");
    return mkdtemp(lab) == NULL ? 1 : 0;
}

static inline int remove_lab(void **state)
{
    (void)state;
    static const char *const files[] = {"a.csv", "b.csv", "with:colon.csv"};
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)unlink(run_path(path, lab, files[i]));
    }
    return rmdir(lab); /* fails if anything else was left */
}

/* ---- Making files ---- */

static inline void begin(const char *file, const char *run)
{
    char path[PATH_MAX];
    struct error error;
    (void)unlink(run_path(path, lab, file));
    assert_true(table_create(&writer, path, &measurements_layout, &error));
    table_clear_row(&measurements_layout, &row);
    row.schema = count_of(TABLE_SCHEMA);
    row.run = run;
    row.pass = "throughput";
    row.workload = "larson";
    row.threads = count_of(1);
    row.scale = 1;
    row.status = "ok";
}

static inline void end(void)
{
    struct error error;
    assert_true(table_close(&writer, &error));
}

static inline void measured(const char *allocator, uint64_t block, double ns_per_op)
{
    struct error error;
    row.allocator = allocator;
    row.library_sha256 = allocator;
    row.block = count_of(block);
    row.ns_per_op = ns_per_op;
    assert_true(table_write(&writer, &row, &error));
}

/* A run in which mine takes `factor` times as long as glibc, plus 0, 1, ... 5 thousandths: the ratios
 * are all different. glibc takes `level`, 2 * level, ... 6 * level. */
static inline void make_run(const char *file, double level, double factor)
{
    begin(file, file);
    for (uint64_t block = 1; block <= 6; block++) {
        double glibc = level * (double)block;
        measured("glibc", block, glibc);
        measured(ALLOCATOR_AGAIN, block, glibc);
        measured("mine", block, glibc * (factor + 0.001 * (double)(block - 1)));
    }
    end();
}

/* ---- Comparing them ---- */

static struct compare_request request;
static struct compare_result result;
static char words[2][PATH_MAX];

static inline void ask_for(const char *figure)
{
    for (size_t i = 0; i < judged_figure_count; i++) {
        request.figure[i] = strcmp(judged_figures[i].figure, figure) == 0;
    }
}

static inline void ask(const char *first, const char *later)
{
    request = (struct compare_request){.operand_count = 2};
    (void)snprintf(words[0], PATH_MAX, "%s/%s", lab, first);
    (void)snprintf(words[1], PATH_MAX, "%s/%s", lab, later);
    request.operands[0] = words[0];
    request.operands[1] = words[1];
    ask_for("ns_per_op");
}

static inline const struct compare_entry *only_entry(void)
{
    struct error error = {""};
    if (!compare_make(&result, &request, &error)) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(result.entries.count, 1);
    return &result.entries.items[0];
}

static inline void expect_refused(const char *part)
{
    struct error error = {""};
    assert_false(compare_make(&result, &request, &error));
    if (strstr(error.text, part) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", part, error.text);
    }
    compare_free(&result);
}

#endif
