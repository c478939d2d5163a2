/* A history on disk: runs are added whole or not at all, whatever happened to its files before. */
#include "harness/nightly/append.h"
#include "harness/nightly/nights.h"
#include "harness/nightly/store.h"
#include "harness/report/summary.h"
#include "tests/unit/nightly_history.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

static char folder[64];
static const struct synthetic small = {.nights = 4, .cells = 2, .noise = 0.01};

static int make_folder(void **state)
{
    (void)state;
    (void)synthetic_folder(folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    synthetic_remove(folder);
    return 0;
}

static char *at(const char *file)
{
    static char path[PATH_MAX];
    return run_path(path, folder, file);
}

static char *slurp(const char *file, size_t *bytes)
{
    FILE *in = fopen(at(file), "re");
    assert_non_null(in);
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    *bytes = fread(text, 1, (1 << 20) - 1, in);
    (void)fclose(in);
    return text;
}

static void add_text(const char *file, const char *text)
{
    FILE *out = fopen(at(file), "ae");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

static struct nights read_nights(char **told)
{
    struct nights nights;
    struct error error;
    size_t bytes = 0;
    FILE *out = open_memstream(told, &bytes);
    if (!nights_read(folder, &nights, out, &error)) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(fclose(out), 0);
    return nights;
}

static void expect_nights(size_t count, size_t points, const char *told_part)
{
    char *told = NULL;
    struct nights nights = read_nights(&told);
    assert_int_equal(nights.count, count);
    assert_int_equal(nights.series[0].count, points);
    if (told_part == NULL ? told[0] != '\0' : strstr(told, told_part) == NULL) {
        fail_msg("told: \"%s\"", told);
    }
    free(told);
    nights_free(&nights);
}

static void nights_come_back_in_order(void **state)
{
    (void)state;
    char *told = NULL;
    synthetic_write(folder, &small, 0, 4);
    struct nights nights = read_nights(&told);
    assert_string_equal(told, "");
    assert_int_equal(nights.count, 4);
    assert_int_equal(nights.series_count, 2);
    assert_string_equal(nights.series[0].name, "bin/w00/1/ns_per_op");
    assert_string_equal(nights.series[1].name, "bin/w01/2/ns_per_op");
    for (size_t i = 0; i < 4; i++) {
        const struct night_point *point = night_point_of(&nights.series[1], i);
        assert_non_null(point);
        assert_true(point->all.low < point->all.ratio && point->all.ratio < point->all.high);
        assert_int_equal(nights.nights[i].started_unix_ns,
                         SYNTHETIC_START_NS + i * UINT64_C(86400000000000));
    }
    assert_string_equal(night_fact(&nights.nights[0], "nightly.half_width", 0), "0.0131");
    assert_string_equal(night_fact(&nights.nights[0], "no such fact", 0), "");
    assert_int_equal(nights.backwards, 0);
    nights_free(&nights);
    free(told);
}

static void a_clock_that_went_backwards_is_noticed(void **state)
{
    (void)state;
    char *told = NULL;
    synthetic_write(folder, &small, 2, 4);
    synthetic_write(folder, &small, 0, 2);
    struct nights nights = read_nights(&told);
    assert_int_equal(nights.count, 4);
    assert_int_equal(nights.backwards, 2);
    assert_string_equal(nights.backwards_run, "night-001");
    for (size_t i = 1; i < 4; i++) {
        assert_true(nights.nights[i - 1].started_unix_ns < nights.nights[i].started_unix_ns);
        assert_int_equal(nights.series[0].points[i].night, i);
    }
    nights_free(&nights);
    free(told);
}

/* All cells failed: the night has facts alone, and its place is between its neighbours. */
static void a_night_without_verdicts_keeps_its_place(void **state)
{
    (void)state;
    static const struct synthetic mute = {.nights = 4, .cells = 2, .noise = 0.01, .mute_night = 1};
    char *told = NULL;
    synthetic_write(folder, &mute, 0, 4);
    struct nights nights = read_nights(&told);
    assert_int_equal(nights.count, 4);
    assert_int_equal(nights.backwards, 0);
    assert_string_equal(nights.nights[1].run, "night-001");
    assert_int_equal(nights.series[0].count, 3);
    assert_int_equal(nights.series[0].points[1].night, 2);
    nights_free(&nights);
    free(told);
}

static void missing_nights_are_counted(void **state)
{
    (void)state;
    char *told = NULL;
    synthetic_write(folder, &small, 0, 2);
    synthetic_write(folder, &small, 4, 6);
    struct nights nights = read_nights(&told);
    assert_int_equal(nights_missing_before(&nights, 0), 0);
    assert_int_equal(nights_missing_before(&nights, 1), 0);
    assert_int_equal(nights_missing_before(&nights, 2), 2);
    nights_free(&nights);
    free(told);
}

static void a_night_that_is_there_twice_counts_once(void **state)
{
    (void)state;
    char *told = NULL;
    synthetic_write(folder, &small, 0, 3);
    synthetic_write(folder, &small, 1, 2);
    struct nights nights = read_nights(&told);
    assert_int_equal(nights.count, 3);
    assert_int_equal(nights.series[0].count, 3);
    assert_int_equal(nights.repeated, 2);
    nights_free(&nights);
    free(told);
}

static void foreign_lines_are_named_and_nothing_else_is_lost(void **state)
{
    (void)state;
    synthetic_write(folder, &small, 0, 2);
    add_text("verdicts.csv", "a foreign line\n");
    synthetic_write(folder, &small, 2, 3);
    expect_nights(3, 3, "verdicts.csv: 1 line is no row and passed over: 6 (too few fields)");
}

/* Cut at any byte of its last line, the file gets the next night's rows whole behind the rows before. */
static void a_torn_end_is_cut_off_before_the_next_night(void **state)
{
    (void)state;
    size_t bytes = 0;
    synthetic_write(folder, &small, 0, 2);
    char *text = slurp("verdicts.csv", &bytes);
    char *last = memrchr(text, '\n', bytes - 1);
    size_t good = (size_t)(last + 1 - text);
    for (size_t cut = good; cut < bytes; cut += 29) {
        assert_int_equal(truncate(at("verdicts.csv"), (off_t)cut), 0);
        synthetic_write(folder, &small, 2, 3);
        size_t now = 0;
        char *after = slurp("verdicts.csv", &now);
        assert_memory_equal(after, text, good);
        assert_int_equal(memcmp(after + good, "2,night-002,", 12), 0);
        free(after);
        assert_int_equal(truncate(at("verdicts.csv"), 0), 0);
        add_text("verdicts.csv", text);
    }
    free(text);
}

static void an_append_that_was_killed_is_taken_back(void **state)
{
    (void)state;
    size_t verdict_bytes = 0;
    size_t fact_bytes = 0;
    char line[128];
    synthetic_write(folder, &small, 0, 2);
    free(slurp("verdicts.csv", &verdict_bytes));
    free(slurp("environments.csv", &fact_bytes));
    synthetic_write(folder, &small, 2, 3);
    (void)snprintf(
        line, sizeof line, "%zu environments.csv\n%zu verdicts.csv\n", fact_bytes, verdict_bytes);
    add_text("unfinished", line);
    expect_nights(2, 2, NULL);
    size_t now = 0;
    free(slurp("verdicts.csv", &now));
    assert_int_equal(now, verdict_bytes);
    free(slurp("environments.csv", &now));
    assert_int_equal(now, fact_bytes);
    assert_int_not_equal(access(at("unfinished"), F_OK), 0);
}

/* A file cannot grow in the middle of the second part: nothing of the first stays. */
static void an_append_that_fails_leaves_nothing(void **state)
{
    (void)state;
    static char rows[65536];
    size_t before = 0;
    size_t after = 0;
    struct error error;
    struct rlimit limit;
    synthetic_write(folder, &small, 0, 1);
    char *text = slurp("environments.csv", &before);
    memset(rows, 'x', sizeof rows);
    const struct append_part parts[2] = {
        {"environments.csv", &environments_layout, (char[]){"2,x,key,value\n"}, 14},
        {"verdicts.csv", &verdicts_layout, rows, sizeof rows},
    };
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    const struct rlimit low = {sizeof rows / 2, limit.rlim_max};
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    bool appended = append_all(folder, parts, 2, &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_false(appended);
    assert_non_null(strstr(error.text, "verdicts.csv"));
    char *now = slurp("environments.csv", &after);
    assert_int_equal(after, before);
    assert_memory_equal(now, text, before);
    assert_int_not_equal(access(at("unfinished"), F_OK), 0);
    free(text);
    free(now);
    expect_nights(1, 1, NULL);
}

static void columns_of_an_older_heaplab_are_set_aside_and_still_read(void **state)
{
    (void)state;
    size_t bytes = 0;
    static const char old[] =
        "schema,run,started_unix_ns,allocator,workload,parameters,threads,figure,"
        "ratio\n1,old,5,bin,w00,,1,ns_per_op,1.5\n";
    add_text("verdicts.csv", old);
    synthetic_write(folder, &small, 0, 2);
    expect_nights(3, 3, NULL);
    char *text = slurp("verdicts.1.csv", &bytes);
    assert_string_equal(text, old);
    free(text);
}

static void a_newer_file_is_left_as_it_is(void **state)
{
    (void)state;
    size_t bytes = 0;
    struct error error;
    struct nights nights;
    static const char newer[] = "schema,run,mood\n3,x,good\n";
    const struct append_part parts[2] = {
        {"environments.csv", &environments_layout, (char[]){"2,x,key,value\n"}, 14},
        {"verdicts.csv", &verdicts_layout, (char[]){"2,x\n"}, 4},
    };
    add_text("verdicts.csv", newer);
    assert_false(append_all(folder, parts, 2, &error));
    assert_non_null(strstr(error.text, "newer heaplab"));
    assert_false(nights_read(folder, &nights, NULL, &error));
    assert_non_null(strstr(error.text, "verdicts.csv"));
    nights_free(&nights);
    char *text = slurp("verdicts.csv", &bytes);
    assert_string_equal(text, newer);
    free(text);
}

/* Two processes append at once: every row is whole, and the header is there once. */
static void processes_append_one_after_the_other(void **state)
{
    (void)state;
    pid_t child[4];
    for (size_t i = 0; i < 4; i++) {
        child[i] = fork();
        if (child[i] == 0) {
            synthetic_write(folder, &small, i * 5, i * 5 + 5);
            _exit(0);
        }
    }
    for (size_t i = 0; i < 4; i++) {
        int status = 1;
        assert_int_equal(waitpid(child[i], &status, 0), child[i]);
        assert_int_equal(status, 0);
    }
    expect_nights(20, 20, NULL);
}

static void line_breaks_in_texts_become_blanks(void **state)
{
    (void)state;
    size_t bytes = 0;
    struct error error;
    const struct environments_row row = {count_of(TABLE_SCHEMA), "run", "key", "two\r\nlines"};
    assert_true(store_append(folder, &environments_layout, &row, &error));
    char *text = slurp("environments.csv", &bytes);
    assert_string_equal(text, "schema,run,key,value\n2,run,key,two  lines\n");
    free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nights_come_back_in_order),
        TEST(a_clock_that_went_backwards_is_noticed),
        TEST(a_night_without_verdicts_keeps_its_place),
        TEST(missing_nights_are_counted),
        TEST(a_night_that_is_there_twice_counts_once),
        TEST(foreign_lines_are_named_and_nothing_else_is_lost),
        TEST(a_torn_end_is_cut_off_before_the_next_night),
        TEST(an_append_that_was_killed_is_taken_back),
        TEST(an_append_that_fails_leaves_nothing),
        TEST(columns_of_an_older_heaplab_are_set_aside_and_still_read),
        TEST(a_newer_file_is_left_as_it_is),
        TEST(processes_append_one_after_the_other),
        TEST(line_breaks_in_texts_become_blanks),
    };
    return cmocka_run_group_tests_name("history store", tests, NULL, NULL);
}
