/* A machine that is unfit: the night is not begun, and the exit code says so. */
#include "harness/campaign/fitness.h"
#include "harness/commands.h"
#include "tests/unit/nightly_history.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

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

/* The exit code of a night with a workload that does not exist: 2 when it is begun. */
static int code_of_night(const char *history, char *force)
{
    char history_word[96];
    (void)snprintf(history_word, sizeof history_word, "--history=%s", history);
    char *argv[] = {(char[]){"nightly"},
                    (char[]){"--candidate=bin"},
                    (char[]){"--workloads=none-such"},
                    history_word,
                    force,
                    NULL};
    return command_nightly(force != NULL ? 5 : 4, argv);
}

static void an_unfit_machine_measures_nothing(void **state)
{
    (void)state;
    char folder[64];
    char pattern[80];
    glob_t found;
    (void)synthetic_folder(folder);
    severity = FITNESS_UNFIT;
    assert_int_equal(code_of_night(folder, NULL), EXIT_UNFIT);
    (void)snprintf(pattern, sizeof pattern, "%s/*/*.csv", folder);
    assert_int_equal(glob(pattern, 0, NULL, &found), GLOB_NOMATCH);
    assert_int_equal(code_of_night(folder, (char[]){"--force"}), EXIT_USAGE);
    severity = FITNESS_WARN;
    assert_int_equal(code_of_night(folder, NULL), EXIT_USAGE);
    synthetic_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_unfit_machine_measures_nothing)};
    return cmocka_run_group_tests_name("nightly unfit", tests, NULL, NULL);
}
