/* The CSV files: what is written is what is read, files of other versions are read or refused, and
 * a torn end is found. */
#include "harness/report/table.h"

#include <fcntl.h>
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

static char path[64];

static int make_path(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/heaplab-table-XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 || close(fd) != 0 || unlink(path) != 0;
}

static int remove_path(void **state)
{
    (void)state;
    (void)unlink(path);
    return 0;
}

static void put(const char *text)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void append(const char *text)
{
    FILE *file = fopen(path, "ae");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static uint64_t file_bytes(void)
{
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long bytes = ftell(file);
    (void)fclose(file);
    return (uint64_t)bytes;
}

/* Creates the file with `count` rows of environment.csv, the values given. */
static void write_values(const char *const *value, size_t count)
{
    struct table_writer writer;
    struct error error;
    assert_true(table_create(&writer, path, &environment_layout, &error));
    for (size_t i = 0; i < count; i++) {
        const struct environment_row row = {"key", value[i]};
        assert_true(table_write(&writer, &row, &error));
    }
    assert_true(table_close(&writer, &error));
}

static void refused(const char *part)
{
    struct measurements_table table;
    struct error error;
    assert_false(measurements_read(path, &table, &error));
    measurements_free(&table);
    if (strstr(error.text, part) == NULL || strstr(error.text, path) == NULL) {
        fail_msg("\"%s\" does not tell of \"%s\" and the file", error.text, part);
    }
}

static void texts_come_back_as_written(void **state)
{
    (void)state;
    static const char *const value[] = {
        "plain",
        "",
        "a,b",
        "said \"so\"",
        "\"",
        "two\nlines",
        "ends\r\n",
        "\n",
        " blank before",
        "blank behind ",
        "\ttab",
        " ",
        "non-ASCII: \xc3\xa9",
    };
    size_t count = sizeof value / sizeof value[0];
    struct environment_table table;
    struct error error;
    write_values(value, count);
    assert_true(environment_read(path, &table, &error));
    assert_int_equal(table.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(table.rows[i].value, value[i]);
    }
    assert_int_equal(table.table.torn_lines, 0);
    assert_int_equal(table.table.good_bytes, file_bytes());
    environment_free(&table);
}

static void numbers_come_back_and_unknown_stays_unknown(void **state)
{
    (void)state;
    struct table_writer writer;
    struct measurements_row row;
    struct measurements_table table;
    struct error error;
    table_clear_row(&measurements_layout, &row);
    row.schema = count_of(TABLE_SCHEMA);
    row.events = count_of(UINT64_MAX);
    row.operations = count_of(0);
    row.ns_per_op = 12.3456789;
    row.ns_per_op_net = -0.25;
    row.ops_per_s = 1.5e12;
    assert_true(table_create(&writer, path, &measurements_layout, &error));
    assert_true(table_write(&writer, &row, &error));
    assert_true(table_close(&writer, &error));
    assert_true(measurements_read(path, &table, &error));
    assert_int_equal(table.count, 1);
    const struct measurements_row *back = &table.rows[0];
    assert_true(back->events.known && back->events.value == UINT64_MAX);
    assert_true(back->operations.known && back->operations.value == 0);
    assert_false(back->elapsed_ns.known);
    assert_true(isnan(back->frag_1));
    assert_true(back->ns_per_op == 12.3456789);
    assert_true(back->ns_per_op_net == -0.25);
    assert_true(back->ops_per_s == 1.5e12);
    assert_string_equal(back->status, "");
    const struct column *figure = table_column(&measurements_layout, "elapsed_ns");
    assert_true(isnan(table_number(back, figure)));
    assert_true(table_number(back, table_column(&measurements_layout, "operations")) == 0);
    assert_true(isnan(table_number(back, table_column(&measurements_layout, "status"))));
    assert_null(table_column(&measurements_layout, "nonesuch"));
    measurements_free(&table);
}

static void columns_are_found_by_name(void **state)
{
    (void)state;
    struct measurements_table table;
    struct error error;
    put("later_column,block,schema,allocator\nx,7,1,bin\r\n,,1,\n");
    assert_true(measurements_read(path, &table, &error));
    assert_int_equal(table.count, 2);
    assert_int_equal(table.rows[0].block.value, 7);
    assert_string_equal(table.rows[0].allocator, "bin");
    assert_string_equal(table.rows[0].workload, "");
    assert_false(table.rows[1].block.known);
    assert_string_equal(table.rows[1].allocator, "");
    measurements_free(&table);
}

/* Reads the file, which has a torn end after `rows` whole ones, cuts the end off by appending, and
 * reads it again. */
static void mends(size_t rows)
{
    struct environment_table table;
    struct table_writer writer;
    struct error error;
    const struct environment_row more = {"more", "after"};
    assert_true(environment_read(path, &table, &error));
    assert_int_equal(table.count, rows);
    assert_int_equal(table.table.torn_lines, 1);
    uint64_t good = table.table.good_bytes;
    environment_free(&table);
    assert_true(table_append(&writer, path, &environment_layout, good, &error));
    assert_true(table_write(&writer, &more, &error));
    assert_true(table_close(&writer, &error));
    assert_true(environment_read(path, &table, &error));
    assert_int_equal(table.count, rows + 1);
    assert_int_equal(table.table.torn_lines, 0);
    assert_string_equal(table.rows[rows].value, "after");
    environment_free(&table);
}

static void a_torn_last_line_is_dropped_and_cut_off(void **state)
{
    (void)state;
    static const char *const torn[] = {
        "k",
        "key,",
        "key,val",
        "key,\"unfinished",
        "key,\"with a\nline break",
        "key,\"closed\"",
    };
    static const char *const value[] = {"first", "a\nb"};
    for (size_t i = 0; i < sizeof torn / sizeof torn[0]; i++) {
        write_values(value, 2);
        append(torn[i]);
        mends(2);
        assert_int_equal(unlink(path), 0);
    }
}

/* A file with the row whole, and then cut to `length` bytes. */
static void cut_row(const char *header, const char *row, size_t length)
{
    struct measurements_table table;
    struct error error;
    char part[128];
    (void)snprintf(part, sizeof part, "%.*s", (int)length, row);
    put(header);
    append(row);
    append(part);
    if (!measurements_read(path, &table, &error)) {
        fail_msg("cut to \"%s\": %s", part, error.text);
    }
    assert_int_equal(table.count, 1);
    assert_int_equal(table.table.torn_lines, 1);
    assert_int_equal(table.table.good_bytes, strlen(header) + strlen(row));
    measurements_free(&table);
}

static void a_row_cut_anywhere_is_no_error(void **state)
{
    (void)state;
    static const char header[] = "schema,allocator,ops_per_s,ns_per_op_net,status_detail\n";
    static const char row[] = "1,bin,1.5e+12,-2.5e-05,\"a \"\"b\"\", c\"\n";
    for (size_t length = 1; length < sizeof row - 1; length++) {
        cut_row(header, row, length);
    }
}

static void a_newer_schema_is_refused(void **state)
{
    (void)state;
    char text[64];
    (void)snprintf(text, sizeof text, "schema,block\n1,0\n%d,1\n", TABLE_SCHEMA + 1);
    put(text);
    refused("newer heaplab");
}

static void foreign_files_are_refused(void **state)
{
    (void)state;
    put("");
    refused("no column \"schema\"");
    put("a,b\n1,2\n");
    refused("no column \"schema\"");
    put("schema,block\n1,two\n");
    refused("not a number: \"two\"");
    put("schema,block\n1,-2\n");
    refused("not a number: \"-2\"");
    put("schema,block\n1,99999999999999999999\n");
    refused("not a number: \"99999999999999999999\"");
    put("schema,ns_per_op\n1,3\n1,3,5\n");
    struct measurements_table table;
    struct error error;
    assert_true(measurements_read(path, &table, &error));
    assert_int_equal(table.count, 1);
    assert_int_equal(table.table.torn_lines, 1);
    measurements_free(&table);
    assert_int_equal(unlink(path), 0);
    refused("No such file");
}

static void a_file_that_exists_is_not_overwritten(void **state)
{
    (void)state;
    struct table_writer writer;
    struct error error;
    put("mine\n");
    assert_false(table_create(&writer, path, &environment_layout, &error));
    assert_non_null(strstr(error.text, "File exists"));
    assert_int_equal(file_bytes(), 5);
}

static void a_table_written_as_a_whole_is_there_when_closed(void **state)
{
    (void)state;
    struct table_writer writer;
    struct environment_table table;
    struct error error;
    const struct environment_row row = {"key", "a,b"};
    assert_true(table_create_whole(&writer, path, &environment_layout, &error));
    assert_true(table_write(&writer, &row, &error));
    assert_int_equal(file_bytes(), 0);
    assert_true(table_close(&writer, &error));
    assert_true(environment_read(path, &table, &error));
    assert_int_equal(table.count, 1);
    assert_string_equal(table.rows[0].value, "a,b");
    environment_free(&table);
    assert_false(table_create_whole(&writer, path, &environment_layout, &error));
    assert_non_null(strstr(error.text, "File exists"));
}

static void a_full_disk_is_an_error_with_its_remedy(void **state)
{
    (void)state;
    struct table_writer writer = {.fd = open("/dev/full", O_WRONLY | O_CLOEXEC),
                                  .layout = &environment_layout,
                                  .path = strdup("/dev/full")};
    struct error error;
    const struct environment_row row = {"key", "value"};
    assert_true(writer.fd >= 0);
    assert_false(table_write(&writer, &row, &error));
    assert_non_null(strstr(error.text, "No space left on device"));
    assert_non_null(strstr(error.text, "--resume"));
    assert_true(table_close(&writer, &error));
}

static void header_lines_have_the_columns_in_their_order(void **state)
{
    (void)state;
    for (size_t i = 0; table_layouts[i] != NULL; i++) {
        struct table_writer writer;
        struct error error;
        char line[8192];
        assert_true(table_create(&writer, path, table_layouts[i], &error));
        assert_true(table_close(&writer, &error));
        FILE *file = fopen(path, "re");
        assert_non_null(file);
        assert_non_null(fgets(line, sizeof line, file));
        (void)fclose(file);
        char *rest = NULL;
        char *name = strtok_r(line, ",\n", &rest);
        for (size_t c = 0; c < table_layouts[i]->column_count; c++) {
            assert_string_equal(name, table_layouts[i]->columns[c].name);
            name = strtok_r(NULL, ",\n", &rest);
        }
        assert_null(name);
        assert_int_equal(unlink(path), 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_path, remove_path)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(texts_come_back_as_written),
        TEST(numbers_come_back_and_unknown_stays_unknown),
        TEST(columns_are_found_by_name),
        TEST(a_torn_last_line_is_dropped_and_cut_off),
        TEST(a_row_cut_anywhere_is_no_error),
        TEST(a_newer_schema_is_refused),
        TEST(foreign_files_are_refused),
        TEST(a_file_that_exists_is_not_overwritten),
        TEST(a_table_written_as_a_whole_is_there_when_closed),
        TEST(a_full_disk_is_an_error_with_its_remedy),
        TEST(header_lines_have_the_columns_in_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
