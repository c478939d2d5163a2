/* The words after `heaplab run`: what they become, and what is refused with which words. */
#include "harness/choice.h"
#include "harness/options.h"
#include "tests/unit/machine_fixture.h"

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

#define WORDS_MAX 32

static char line[512]; /* the words of the options last parsed */
static char *words[WORDS_MAX];

/* Parses words written with blanks between. */
static bool parse(struct options *options, const char *text, struct error *error)
{
    int count = 0;
    char *rest = NULL;
    (void)snprintf(line, sizeof line, "run %s", text);
    for (char *word = strtok_r(line, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        words[count++] = word;
    }
    words[count] = NULL;
    return options_parse(options, count, words, error);
}

static struct options parsed(const char *text)
{
    struct options options;
    struct error error;
    if (!parse(&options, text, &error)) {
        fail_msg("\"%s\": %s", text, error.text);
    }
    return options;
}

static void refused(const char *text, const char *part)
{
    struct options options;
    struct error error;
    assert_false(parse(&options, text, &error));
    options_free(&options);
    if (strstr(error.text, part) == NULL || strchr(error.text, '\n') != NULL) {
        fail_msg("\"%s\": \"%s\" does not tell of \"%s\"", text, error.text, part);
    }
}

static void defaults_are_those_of_the_help(void **state)
{
    (void)state;
    struct options options = parsed("--allocators glibc");
    assert_int_equal(options.blocks, OPTIONS_BLOCKS);
    assert_true(options.budget_ns == OPTIONS_BUDGET_NS);
    assert_true(options.precision == 0);
    assert_false(options.keep_noisy);
    assert_true(options.warm_up);
    assert_int_equal(options.seed, 1);
    assert_true(options.scale == OPTIONS_SCALE);
    assert_string_equal(options.touch, "page");
    assert_string_equal(options.thp, "system");
    assert_int_equal(options.timeout_s, 60);
    assert_true(options.memory_limit_bytes > 0);
    assert_true(options.pass_throughput && options.pass_memory && !options.pass_check);
    assert_int_equal(options.threads[0], 1);
    assert_true(options.plots);
    assert_null(options.output);
    assert_null(options.resume);
    assert_string_equal(options.baseline, "glibc");
    size_t standard = 0;
    char name[SOURCE_NAME_BYTES];
    for (size_t i = 0; source_listed(i, name); i++) {
        standard += source_is_standard(i) ? 1 : 0;
    }
    assert_int_equal(options.source_count, standard);
    options_free(&options);
}

static void every_option_is_understood(void **state)
{
    (void)state;
    struct options options =
        parsed("--allocators bin,glibc --allocator mine=/not/there.so --baseline=bin --threads 4,1 "
               "--workloads larson,sized:sizes=4 --passes check --blocks 12 --no-warm-up "
               "--seed 18446744073709551615 --scale 0.25 --touch none --thp off");
    assert_int_equal(options.allocators.count, 5);
    assert_string_equal(options.allocators.items[0].name, "bin");
    assert_string_equal(options.allocators.items[2].name, "mine");
    assert_string_equal(options.allocators.items[2].library, "/not/there.so");
    assert_false(options.allocators.items[2].found);
    assert_string_equal(options.allocators.items[3].name, ALLOCATOR_FLOOR);
    assert_string_equal(options.allocators.items[4].name, ALLOCATOR_AGAIN);
    assert_string_equal(options.allocators.items[4].library, options.allocators.items[0].library);
    assert_string_equal(options.baseline, "bin");
    assert_int_equal(options.thread_count, 2);
    assert_int_equal(options.threads[0], 4);
    assert_int_equal(options.source_count, 2);
    assert_string_equal(options.sources[1].parameters, "sizes=4");
    assert_true(options.pass_check && !options.pass_throughput && !options.pass_memory);
    assert_int_equal(options.blocks, 12);
    assert_false(options.warm_up);
    assert_true(options.seed == UINT64_MAX);
    assert_true(options.scale == 0.25);
    assert_string_equal(options.touch, "none");
    assert_string_equal(options.thp, "off");
    options_free(&options);
    options = parsed("--allocators glibc --passes instructions,latency");
    assert_true(options.pass_instructions && options.pass_latency);
    assert_true(!options.pass_throughput && !options.pass_memory && !options.pass_check);
    options_free(&options);
    options = parsed("--allocators null --timeout 5 --memory-limit 7 --no-plots --output out");
    assert_int_equal(options.allocators.count, 1);
    assert_string_equal(options.baseline, "null");
    assert_int_equal(options.timeout_s, 5);
    assert_int_equal(options.memory_limit_bytes, 7 << 20);
    assert_false(options.plots);
    assert_string_equal(options.output, "out");
    options_free(&options);
}

/* What ends a run, where one, several or none of its ends are named. */
static void runs_end_as_asked(void **state)
{
    (void)state;

    static const struct {
        const char *words;
        uint32_t blocks;
        double precision;
        uint64_t budget_s;
    } cases[] = {
        {"--blocks 12", 12, 0, 0},
        {"--precision 2%", OPTIONS_BLOCKS_MOST, 0.02, 0},
        {"--precision 0.005", OPTIONS_BLOCKS_MOST, 0.005, 0},
        {"--budget 90s", OPTIONS_BLOCKS_MOST, 0, 90},
        {"--budget 30m --blocks 7", 7, 0, 1800},
        {"--precision 50% --budget 8h --blocks 100", 100, 0.5, 28800},
        {"--campaign classic", OPTIONS_BLOCKS_CLASSIC, 0, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct options options = parsed(cases[i].words);
        assert_int_equal(options.blocks, cases[i].blocks);
        assert_true(options.precision == cases[i].precision);
        assert_true(options.budget_ns == cases[i].budget_s * UINT64_C(1000000000));
        options_free(&options);
    }
}

static void the_classic_campaign_is_scaled_down(void **state)
{
    (void)state;
    struct options options = parsed("--campaign classic");
    assert_true(options.scale == OPTIONS_SCALE_CLASSIC);
    options_free(&options);
    options = parsed("--scale 3 --campaign classic");
    assert_true(options.scale == 3);
    options_free(&options);
}

/* The baseline runs a second time where there is something to compare with it. */
static void the_baseline_runs_again_beside_contestants(void **state)
{
    (void)state;

    static const struct {
        const char *words;
        bool again;
    } cases[] = {
        {"--allocators glibc", false},
        {"--allocators null", false},
        {"--allocators glibc,null", false},
        {"--allocators glibc,bin", true},
        {"--allocators bin --allocator mine=/x.so", true},
        {"--allocators null,bin", false},
        {"--allocators null,bin,buddy", true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct options options = parsed(cases[i].words);
        const struct allocator *again = allocators_find(&options.allocators, ALLOCATOR_AGAIN);
        assert_int_equal(again != NULL, cases[i].again);
        options_free(&options);
    }
    struct options options = parsed("--allocators glibc,first-fit:coalesce=never --baseline "
                                    "first-fit:coalesce=never");
    const struct allocator *again = allocators_find(&options.allocators, ALLOCATOR_AGAIN);
    assert_string_equal(again->tunables, "coalesce=never");
    options_free(&options);
}

static void options_may_be_parsed_again(void **state)
{
    (void)state;
    struct options first = parsed("--allocators bin --blocks 3");
    options_free(&first);
    struct options second = parsed("--allocators glibc --seed 9");
    assert_int_equal(second.blocks, OPTIONS_BLOCKS);
    assert_int_equal(second.seed, 9);
    options_free(&second);
    struct options help = parsed("--allocators nonesuch --help");
    assert_true(help.help);
    options_free(&help);
}

static void wrong_words_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"--bogus", "\"--bogus\""},
        {"--seed 1 -q", "\"-q\""},
        {"--blocks", "missing after \"--blocks\""},
        {"word", "\"word\""},
        {"--blocks 0", "--blocks \"0\": must be a whole number from 1 to 10000"},
        {"--blocks 10001", "from 1 to 10000"},
        {"--blocks +1", "\"+1\""},
        {"--seed -1", "--seed \"-1\""},
        {"--seed 18446744073709551616", "from 0 to 18446744073709551615"},
        {"--precision 0", "--precision \"0\": must be a share"},
        {"--precision 60%", "at most a half"},
        {"--precision 2%%", "\"2%%\""},
        {"--precision nan", "\"nan\""},
        {"--precision -1%", "\"-1%\""},
        {"--budget 90", "--budget \"90\": must be a time up to 1000h"},
        {"--budget 0s", "\"0s\""},
        {"--budget 1.5h", "\"1.5h\""},
        {"--budget 1001h", "\"1001h\""},
        {"--budget 99999999999999999999s", "\"99999999999999999999s\""},
        {"--budget -5m", "\"-5m\""},
        {"--scale 0", "--scale \"0\""},
        {"--scale -1", "above 0"},
        {"--scale inf", "\"inf\""},
        {"--scale 2x", "\"2x\""},
        {"--touch page,all", "--touch \"page,all\""},
        {"--thp maybe", "--thp \"maybe\""},
        {"--threads 1,1", "1 is named twice"},
        {"--threads 1025", "from 1 to 1024"},
        {"--threads ,", "empty list"},
        {"--passes memory,speed", "\"speed\""},
        {"--memory-limit 0", "--memory-limit \"0\""},
        {"--timeout 86401", "--timeout \"86401\""},
        {"--allocators bin,bin", "\"bin\" is named twice"},
        {"--allocators nonesuch", "\"nonesuch\""},
        {"--allocator =x", "NAME=PATH"},
        {"--allocator a/b=x", "NAME=PATH"},
        {"--allocator mine=x --allocator mine=y", "\"mine\" is named twice"},
        {"--allocator baseline-again=/x.so", "\"baseline-again\" is heaplab's own"},
        {"--allocators baseline-again", "unknown allocator"},
        {"--allocators glibc,bin --baseline baseline-again", "--baseline \"baseline-again\""},
        {"--allocators bin --baseline glibc", "--baseline \"glibc\""},
        {"--workloads nonesuch", "\"nonesuch\""},
        {"--workloads larson,larson:slots=5000", "named twice"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        refused(wrong[i][0], wrong[i][1]);
    }
}

/* ---- Sources ---- */

static void source_refused(const char *text, const char *part)
{
    struct source source;
    struct error error;
    assert_false(source_parse(text, &source, &error));
    if (strstr(error.text, part) == NULL) {
        fail_msg("\"%s\": \"%s\" does not tell of \"%s\"", text, error.text, part);
    }
}

static void parameters_are_written_down_in_one_way(void **state)
{
    (void)state;
    struct source one;
    struct source other;
    struct error error;
    assert_true(source_parse("larson:rounds=7:slots=5000:size_bytes_max=64", &one, &error));
    assert_true(source_parse("larson:size_bytes_max=64:rounds=7", &other, &error));
    assert_string_equal(one.parameters, "size_bytes_max=64:rounds=7"); /* without the default */
    assert_string_equal(other.parameters, one.parameters);
    assert_string_equal(one.name, "larson");
    assert_true(source_is_threaded(&one));
    assert_true(source_parse("larson", &one, &error));
    assert_string_equal(one.parameters, "");
    assert_true(source_parse("alloc-test", &one, &error));
    assert_string_equal(one.name, "alloc-test");
}

static void wrong_sources_are_refused(void **state)
{
    (void)state;
    char text[SOURCE_PARAMETERS_BYTES + 64];
    source_refused("nonesuch", "unknown workload \"nonesuch\"");
    source_refused("", "unknown workload");
    source_refused("alloc_test", "unknown workload");
    source_refused("larson:slots", "\"slots\" is not of the form key=value");
    source_refused("larson:slots=", "slots=\"\"");
    source_refused("larson:slots=-1", "slots=\"-1\": must be a whole number from ");
    source_refused("larson:slots=1.5", "slots=\"1.5\"");
    source_refused("larson:slots=99999999999999999999", "slots=\"9999999999");
    source_refused("larson:sloths=1", "no parameter \"sloths\"");
    source_refused("/not/there", "cannot open the trace \"/not/there\": No such file");
    source_refused("nothere.trace", "\"nothere.trace\"");
    (void)snprintf(text, sizeof text, "larson:slots=%0600d", 1);
    source_refused(text, "too long");
}

static void a_path_names_a_trace_by_its_file(void **state)
{
    (void)state;
    char path[] = "/tmp/heaplab, options-XXXXXX.trace";
    int fd = mkstemps(path, 6);
    struct source source;
    struct error error;
    assert_true(fd >= 0);
    (void)close(fd);
    assert_true(source_parse(path, &source, &error));
    (void)unlink(path);
    assert_string_equal(source.trace, path);
    assert_memory_equal(source.name, "heaplab__options-", 17); /* what lists cannot bear is _ */
    assert_null(strstr(source.name, ".trace"));
    assert_null(source.workload);
    assert_false(source_is_threaded(&source));
}

static void a_long_option_is_spelled_out(void **state)
{
    (void)state;
    char *whole[] = {"run", "--seed=5", "--blocks", "7", "--help"};
    char *cut[] = {"run", "--bloc", "7", "--help"};
    char *cut_joined[] = {"run", "--see=5", "--help"};
    struct options options;
    struct error error;
    assert_true(options_parse(&options, 5, whole, &error));
    assert_int_equal(options.seed, 5);
    options_free(&options);
    assert_false(options_parse(&options, 4, cut, &error));
    assert_non_null(strstr(error.text, "unknown option \"--bloc\""));
    options_free(&options);
    assert_false(options_parse(&options, 3, cut_joined, &error));
    options_free(&options);
}

static void the_memory_limit_is_of_what_is_available(void **state)
{
    (void)state;
    machine_put("/proc/meminfo", "MemTotal: 4096 kB\nMemFree: 10 kB\nMemAvailable: 2048 kB\n");
    machine_put("/proc/self/cgroup", "0::/box\n");
    machine_put("/sys/fs/cgroup/box/memory.max", "max\n");
    assert_int_equal(options_memory_limit(machine_root), 1536 * 1024);
    machine_put("/sys/fs/cgroup/box/memory.max", "1048576\n");
    assert_int_equal(options_memory_limit(machine_root), 768 * 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_help),
        cmocka_unit_test(every_option_is_understood),
        cmocka_unit_test(runs_end_as_asked),
        cmocka_unit_test(the_classic_campaign_is_scaled_down),
        cmocka_unit_test(the_baseline_runs_again_beside_contestants),
        cmocka_unit_test(options_may_be_parsed_again),
        cmocka_unit_test(wrong_words_are_refused),
        cmocka_unit_test(parameters_are_written_down_in_one_way),
        cmocka_unit_test(wrong_sources_are_refused),
        cmocka_unit_test(a_path_names_a_trace_by_its_file),
        cmocka_unit_test(a_long_option_is_spelled_out),
        cmocka_unit_test_setup_teardown(
            the_memory_limit_is_of_what_is_available, machine_make, machine_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
