/* The tolerant reader of a history's files: what is no row costs itself only, and is named. */
#include "harness/nightly/lines.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define HEADER "schema,cell,state,until,note,when\n"

static char path[64];

static int make_path(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/heaplab-lines-XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 || close(fd) != 0;
}

static int remove_path(void **state)
{
    (void)state;
    (void)unlink(path);
    return 0;
}

static void put(const char *text, size_t bytes)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, bytes, file), bytes);
    assert_int_equal(fclose(file), 0);
}

struct seen {
    size_t rows;
    char cells[256];
};

static bool note(void *context, const void *bytes)
{
    struct seen *seen = context;
    const struct acknowledged_row *row = bytes;
    size_t used = strlen(seen->cells);
    (void)snprintf(seen->cells + used, sizeof seen->cells - used, "[%s|%s]", row->cell, row->note);
    seen->rows++;
    return true;
}

static bool read_put(struct seen *seen, struct lines_report *report, struct error *error)
{
    const struct lines_visitor visitor = {note, seen};
    *seen = (struct seen){0};
    return lines_read(path, &acknowledged_layout, &visitor, report, error);
}

/* Writes `text`, reads it, expects these rows. */
static struct lines_report expect(const char *text, const char *cells)
{
    struct seen seen = {0};
    struct lines_report report;
    struct error error;
    put(text, strlen(text));
    if (!read_put(&seen, &report, &error)) {
        fail_msg("%s", error.text);
    }
    assert_string_equal(seen.cells, cells);
    assert_int_equal(report.rows, seen.rows);
    return report;
}

static void whole_rows_are_read(void **state)
{
    (void)state;
    struct lines_report report = expect(
        HEADER "2,a,acknowledged,2026-01-01,\"said \"\"so\"\", once\",x\n2,b,withdrawn,,,y\n",
        "[a|said \"so\", once][b|]");
    assert_int_equal(report.kind, LINES_OURS);
    assert_int_equal(report.bad, 0);
    assert_false(report.torn);
}

static void bad_lines_cost_themselves_only_and_are_named(void **state)
{
    (void)state;
    struct lines_report report = expect(HEADER "2,a,s,u,n,w\n"
                                               "2,few,fields\n"
                                               "2,b,s,u,n,w\n"
                                               "2,too,many,fields,n,w,x\n"
                                               "\n"
                                               "two,c,s,u,n,w\n"
                                               "-1,c,s,u,n,w\n"
                                               "2,\"open quote,s,u,n,w\n"
                                               "2,d,s,u,n,w\n"
                                               "<html>who put this here?</html>\n",
                                        "[a|n][b|n][d|n]");
    static const uint64_t lines[] = {3, 5, 6, 7};
    assert_int_equal(report.bad, 7);
    assert_memory_equal(report.bad_line, lines, sizeof lines);
    assert_string_equal(report.bad_reason[0], "too few fields");
    assert_string_equal(report.bad_reason[1], "too many fields");
    assert_string_equal(report.bad_reason[2], "empty");
    assert_string_equal(report.bad_reason[3], "not a number where one should be");
}

static void what_was_passed_over_is_told_in_a_line(void **state)
{
    (void)state;
    char *told = NULL;
    size_t bytes = 0;
    struct lines_report report = expect(HEADER "x\n2,a,s,u,n,w\n2,torn", "[a|n]");
    FILE *out = open_memstream(&told, &bytes);
    lines_tell(&report, "verdicts.csv", out);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(told,
                        "verdicts.csv: 2 lines are no rows and passed over: 2 (too few fields), 4 "
                        "(torn: it has no end)\n");
    free(told);
}

/* Wherever the file is cut, all rows before stay and at most the last one goes. */
static void any_cut_loses_the_last_line_only(void **state)
{
    (void)state;
    static const char text[] = HEADER "2,a,s,u,\"n,n\",w\n2,b,s,u,\"m\"\"m\",w\n";
    for (size_t bytes = sizeof HEADER - 1; bytes < sizeof text; bytes++) {
        struct seen seen = {0};
        struct lines_report report;
        struct error error;
        put(text, bytes);
        assert_true(read_put(&seen, &report, &error));
        size_t whole = 0;
        for (size_t i = sizeof HEADER - 1; i < bytes; i++) {
            whole += text[i] == '\n' ? 1 : 0;
        }
        assert_int_equal(seen.rows, whole);
        assert_int_equal(report.torn, text[bytes - 1] != '\n');
        assert_true(lines_inspect(path, &acknowledged_layout, &report, &error));
        assert_int_equal(report.torn, text[bytes - 1] != '\n');
        assert_true(report.good_bytes == bytes || report.torn);
    }
}

static void older_columns_are_unknown(void **state)
{
    (void)state;
    struct lines_report report = expect("schema,cell,state\n1,a,acknowledged\n", "[a|]");
    assert_int_equal(report.kind, LINES_OLDER);
    struct error error;
    assert_true(lines_inspect(path, &acknowledged_layout, &report, &error));
    assert_int_equal(report.kind, LINES_OLDER);
}

static void refused(const char *text, enum lines_kind kind, const char *part)
{
    struct seen seen = {0};
    struct lines_report report;
    struct error error;
    put(text, strlen(text));
    assert_false(read_put(&seen, &report, &error));
    assert_int_equal(report.kind, kind);
    assert_non_null(strstr(error.text, path));
    assert_non_null(strstr(error.text, part));
    assert_false(lines_inspect(path, &acknowledged_layout, &report, &error));
    assert_int_equal(report.kind, kind);
    assert_non_null(strstr(error.text, part));
}

static void a_newer_file_is_refused(void **state)
{
    (void)state;
    refused(
        "schema,cell,state,until,note,when,mood\n3,a,s,u,n,w,good\n", LINES_NEWER, "newer heaplab");
    refused(HEADER "2,a,s,u,n,w\n99,b,s,u,n,w\n", LINES_NEWER, "newer heaplab");
}

static void a_foreign_file_is_refused(void **state)
{
    (void)state;
    refused("once upon a time\n2,a\n", LINES_FOREIGN, "move it away");
    refused("\n\n", LINES_FOREIGN, "move it away");
}

/* A first line without an end is ours to cut off only if it is the beginning of our header. */
static void a_torn_header_is_told_from_a_foreign_text(void **state)
{
    (void)state;
    struct lines_report report;
    struct error error;
    put("schema,cel", 10);
    assert_true(lines_inspect(path, &acknowledged_layout, &report, &error));
    assert_int_equal(report.kind, LINES_ABSENT);
    assert_true(report.torn);
    assert_int_equal(report.good_bytes, 0);
    put("my diary", 8);
    assert_false(lines_inspect(path, &acknowledged_layout, &report, &error));
    assert_int_equal(report.kind, LINES_FOREIGN);
}

static void binary_junk_is_passed_over(void **state)
{
    (void)state;
    static const char text[] = HEADER "2,a\0b,s,u,n,w\n2,b,s,u,n,w\n\xff\xfe\x00\x01\n";
    struct seen seen = {0};
    struct lines_report report;
    struct error error;
    put(text, sizeof text - 1);
    assert_true(read_put(&seen, &report, &error));
    assert_string_equal(seen.cells, "[b|n]");
    assert_int_equal(report.bad, 2);
}

static void an_absent_or_empty_file_has_no_rows(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct lines_report report;
    struct error error;
    put("", 0);
    assert_true(read_put(&seen, &report, &error));
    assert_int_equal(report.kind, LINES_ABSENT);
    assert_int_equal(unlink(path), 0);
    assert_true(read_put(&seen, &report, &error));
    assert_int_equal(report.kind, LINES_ABSENT);
    put("", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_rows_are_read),
        cmocka_unit_test(bad_lines_cost_themselves_only_and_are_named),
        cmocka_unit_test(what_was_passed_over_is_told_in_a_line),
        cmocka_unit_test(any_cut_loses_the_last_line_only),
        cmocka_unit_test(older_columns_are_unknown),
        cmocka_unit_test(a_newer_file_is_refused),
        cmocka_unit_test(a_foreign_file_is_refused),
        cmocka_unit_test(a_torn_header_is_told_from_a_foreign_text),
        cmocka_unit_test(binary_junk_is_passed_over),
        cmocka_unit_test(an_absent_or_empty_file_has_no_rows),
    };
    return cmocka_run_group_tests_name("lines", tests, make_path, remove_path);
}
