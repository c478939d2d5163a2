/* The folder of a run: made, found empty, or refused; and how times are told. */
#include "harness/campaign/folder.h"
#include "harness/campaign/progress.h"

#include <fcntl.h>
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

static char root[64];

static int make_root(void **state)
{
    (void)state;
    (void)snprintf(root, sizeof root, "/tmp/heaplab-folder-XXXXXX");
    return mkdtemp(root) == NULL || chdir(root) != 0;
}

static int remove_root(void **state)
{
    (void)state;
    (void)rmdir("a/b/run");
    (void)rmdir("a/b");
    (void)rmdir("a");
    (void)unlink("file");
    return chdir("/") != 0 || rmdir(root) != 0;
}

static void a_new_folder_is_made_with_its_parents(void **state)
{
    (void)state;
    char folder[PATH_MAX];
    char expected[PATH_MAX];
    struct error error;
    struct stat made;
    assert_true(folder_make("a/b/run//", folder, &error));
    (void)snprintf(expected, sizeof expected, "%s/a/b/run", root);
    assert_string_equal(folder, expected);
    assert_int_equal(stat("a/b/run", &made), 0);
    assert_true(S_ISDIR(made.st_mode));
    assert_string_equal(folder_name(folder), "run");
    assert_string_equal(folder_name("run"), "run");
    assert_true(folder_make("a/b/run", folder, &error)); /* it is still empty */
}

static void what_holds_files_or_is_none_is_refused(void **state)
{
    (void)state;
    char folder[PATH_MAX];
    struct error error;
    assert_int_equal(mkdir("a", 0777), 0);
    assert_int_equal(mkdir("a/b", 0777), 0);
    assert_false(folder_make("a", folder, &error));
    assert_string_equal(folder, "");
    assert_non_null(strstr(error.text, "\"a\" already holds files"));
    assert_non_null(strstr(error.text, "--resume"));
    int fd = open("file", O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    assert_true(fd >= 0);
    (void)close(fd);
    assert_false(folder_make("file", folder, &error));
    assert_non_null(strstr(error.text, "\"file\": Not a directory"));
    assert_false(folder_make("file/run", folder, &error));
    assert_non_null(strstr(error.text, "Not a directory"));
    assert_false(folder_make("/proc/none/run", folder, &error));
    assert_non_null(strstr(error.text, "cannot make the folder \"/proc/none\""));
}

static void times_are_told_in_minutes_or_hours(void **state)
{
    (void)state;

    static const struct {
        uint64_t ms;
        const char *text;
    } times[] = {
        {0, "0:00"},
        {499, "0:00"},
        {500, "0:01"},
        {9400, "0:09"},
        {59499, "0:59"},
        {59500, "1:00"},
        {247000, "4:07"},
        {3599499, "59:59"},
        {3599500, "1:00:00"},
        {3909000, "1:05:09"},
        {360000000, "100:00:00"},
    };

    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        char text[32];
        progress_format_time(times[i].ms * 1000000, text);
        assert_string_equal(text, times[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_new_folder_is_made_with_its_parents, make_root, remove_root),
        cmocka_unit_test_setup_teardown(
            what_holds_files_or_is_none_is_refused, make_root, remove_root),
        cmocka_unit_test(times_are_told_in_minutes_or_hours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
