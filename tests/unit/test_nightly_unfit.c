/* A machine that is unfit: the night is not begun, and the exit code says so. */
#include "harness/campaign/fitness.h"
#include "harness/commands.h"
#include "tests/unit/nightly_history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

static enum fitness_severity severity;

/* In the place of the examination. */
void fitness_examine(struct fitness *fitness, uint64_t observe_ns)
{
    (void)observe_ns;
    *fitness = (struct fitness){
        .finding = {{severity, "governor", "the governor is powersave", "set performance"}},
        .count = 1,
        .worst = severity};
}

/* The exit code of a night whose history is to be `history`/history and whose run would
 * be in a folder that cannot be made: 1 when it is begun. */
static int code_of_night(const char *history, const char *workload, char *force)
{
    char history_word[96];
    char workload_word[96];
    (void)snprintf(history_word, sizeof history_word, "--history=%s/history", history);
    (void)snprintf(workload_word, sizeof workload_word, "--workloads=%s", workload);
    char *argv[] = {(char[]){"nightly"},
                    (char[]){"--candidate=x=/not/there/libx.so"},
                    (char[]){"--output=/dev/null/run"},
                    workload_word,
                    history_word,
                    force,
                    NULL};
    return command_nightly(force != NULL ? 6 : 5, argv);
}

static bool has_history(const char *folder)
{
    char path[80];
    (void)snprintf(path, sizeof path, "%s/history", folder);
    return access(path, F_OK) == 0;
}

static void an_unfit_machine_measures_nothing(void **state)
{
    (void)state;
    char folder[64];
    (void)synthetic_folder(folder);
    severity = FITNESS_UNFIT;
    assert_int_equal(code_of_night(folder, "larson", NULL), EXIT_UNFIT);
    assert_false(has_history(folder));
    assert_int_equal(code_of_night(folder, "larson", (char[]){"--force"}), EXIT_FAILED);
    assert_true(has_history(folder));
    severity = FITNESS_WARN;
    assert_int_equal(code_of_night(folder, "larson", NULL), EXIT_FAILED);
    synthetic_remove(folder);
}

/* The text that a refused night writes to standard error. */
static void the_refusal_names_doctor(void **state)
{
    (void)state;
    char folder[64];
    char told[1024] = "";
    (void)synthetic_folder(folder);
    severity = FITNESS_UNFIT;
    FILE *file = tmpfile();
    int errors = dup(STDERR_FILENO);
    assert_non_null(file);
    assert_true(errors >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
    int code = code_of_night(folder, "larson", NULL);
    assert_true(dup2(errors, STDERR_FILENO) >= 0);
    assert_int_equal(close(errors), 0);
    rewind(file);
    assert_true(fread(told, 1, sizeof told - 1, file) > 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(code, EXIT_UNFIT);
    assert_non_null(strstr(told, "the governor is powersave; set performance"));
    assert_non_null(strstr(told, "`heaplab doctor`"));
    assert_non_null(strstr(told, "--force"));
    synthetic_remove(folder);
}

static void wrong_words_are_told_before_anything_else(void **state)
{
    (void)state;
    char folder[64];
    (void)synthetic_folder(folder);
    severity = FITNESS_UNFIT;
    assert_int_equal(code_of_night(folder, "none-such", NULL), EXIT_USAGE);
    assert_int_equal(code_of_night(folder, "none-such", (char[]){"--force"}), EXIT_USAGE);
    assert_false(has_history(folder));
    synthetic_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unfit_machine_measures_nothing),
        cmocka_unit_test(the_refusal_names_doctor),
        cmocka_unit_test(wrong_words_are_told_before_anything_else),
    };
    return cmocka_run_group_tests_name("nightly unfit", tests, NULL, NULL);
}
