/* A process under valgrind: the words that start it, and the dump that callgrind leaves, whole and
 * damaged. */
#include "harness/campaign/valgrind.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

/* As callgrind 3.19 writes it, with fewer functions. */
static const char dump[] = "# callgrind format\n"
                           "version: 1\n"
                           "creator: callgrind-3.19.0\n"
                           "pid: 1027\n"
                           "cmd:  heaplab-worker instructions:valgrind page system \n"
                           "part: 1\n"
                           "\n"
                           "\n"
                           "desc: I1 cache: \n"
                           "desc: Timerange: Basic block 0 - 86513\n"
                           "desc: Trigger: Program termination\n"
                           "\n"
                           "positions: line\n"
                           "events: Ir\n"
                           "summary: 12230105\n"
                           "\n"
                           "\n"
                           "ob=(3) /lib/libc.so.6\n"
                           "fl=(55) malloc.c\n"
                           "fn=(812) malloc\n"
                           "3294 12230000\n"
                           "+1 105\n"
                           "\n"
                           "totals: 12230105\n";

static bool parse(const char *text, uint64_t *instructions)
{
    return valgrind_parse_dump(text, strlen(text), instructions);
}

static void a_whole_dump_has_its_total(void **state)
{
    (void)state;
    uint64_t instructions = 0;
    assert_true(parse(dump, &instructions));
    assert_int_equal(instructions, 12230105);
    assert_true(parse("events: Ir\ntotals: 18446744073709551615\n", &instructions));
    assert_true(instructions == UINT64_MAX);
}

static void a_dump_cut_off_anywhere_has_none(void **state)
{
    (void)state;
    uint64_t instructions;
    for (size_t bytes = 0; bytes < sizeof dump - 1; bytes++) {
        assert_false(valgrind_parse_dump(dump, bytes, &instructions));
    }
}

static void a_dump_of_something_else_has_none(void **state)
{
    (void)state;
    static const char *const others[] = {
        "totals: 5\n",
        "events: Dr\ntotals: 5\n",
        "events: Ir Dr\ntotals: 5 6\n",
        "events: Ir\ntotals:\n",
        "events: Ir\ntotals: -5\n",
        "events: Ir\ntotals: 5x\n",
        "events: Ir\ntotals: 18446744073709551616\n",
        "events: Ir\ntotals: 5\ntotals: 5\n",
        "events: Ir\ntotals: 5\ntotals: x\n",
        "events: Ir\n totals: 5\n",
        "events: I\ntotals: 5\n",
        "e\nt\n\n",
    };
    uint64_t instructions;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_false(parse(others[i], &instructions));
    }
}

static void a_changed_byte_never_leads_astray(void **state)
{
    (void)state;
    static const char bytes[] = {'\0', '\n', ' ', ':', '9', '\xff'};
    char damaged[sizeof dump];
    for (size_t at = 0; at < (sizeof dump - 1) * sizeof bytes; at++) {
        uint64_t instructions;
        memcpy(damaged, dump, sizeof dump);
        damaged[at / sizeof bytes] = bytes[at % sizeof bytes];
        (void)valgrind_parse_dump(damaged, sizeof dump - 1, &instructions);
    }
}

static void a_file_is_read_and_an_empty_one_has_none(void **state)
{
    (void)state;
    uint64_t instructions = 0;
    int fd = memfd_create("dump", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_false(valgrind_read_dump(fd, &instructions));
    assert_int_equal(write(fd, dump, sizeof dump - 1), sizeof dump - 1);
    assert_true(valgrind_read_dump(fd, &instructions));
    assert_int_equal(instructions, 12230105);
    (void)close(fd);
    assert_false(valgrind_read_dump(-1, &instructions));
}

static void it_is_found_on_the_path_only(void **state)
{
    (void)state;
    char folder[] = "/tmp/heaplab-path-XXXXXX";
    char file[64];
    char path[256];
    char found[PATH_MAX];
    const char *before = getenv("PATH");
    char *kept = strdup(before != NULL ? before : "");
    assert_non_null(kept);
    assert_non_null(mkdtemp(folder));
    (void)snprintf(file, sizeof file, "%s/valgrind", folder);
    static const char *const without[] = {"", ":", "::/not/there:", "/not/there"};
    for (size_t i = 0; i < sizeof without / sizeof without[0]; i++) {
        assert_int_equal(setenv("PATH", without[i], 1), 0);
        assert_false(valgrind_find(found));
    }
    (void)snprintf(path, sizeof path, "/not/there::%s:/usr/bin", folder);
    assert_int_equal(setenv("PATH", path, 1), 0);
    FILE *program = fopen(file, "w");
    assert_non_null(program);
    (void)fclose(program);
    assert_int_equal(chmod(file, 0755), 0);
    assert_true(valgrind_find(found));
    assert_string_equal(found, file);
    assert_int_equal(unsetenv("PATH"), 0);
    assert_false(valgrind_find(found));
    assert_int_equal(setenv("PATH", kept, 1), 0);
    free(kept);
    (void)unlink(file);
    (void)rmdir(folder);
}

static void the_worker_is_the_last_word(void **state)
{
    (void)state;
    const char *words[VALGRIND_WORDS_MAX];
    size_t count = valgrind_words(words, "/a/worker");
    assert_in_range(count, 2, VALGRIND_WORDS_MAX);
    assert_string_equal(words[0], "valgrind");
    assert_string_equal(words[count - 1], "/a/worker");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_dump_has_its_total),
        cmocka_unit_test(a_dump_cut_off_anywhere_has_none),
        cmocka_unit_test(a_dump_of_something_else_has_none),
        cmocka_unit_test(a_changed_byte_never_leads_astray),
        cmocka_unit_test(a_file_is_read_and_an_empty_one_has_none),
        cmocka_unit_test(it_is_found_on_the_path_only),
        cmocka_unit_test(the_worker_is_the_last_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
