/* What an examination finds: on a machine that is fit, and for each setting that spoils figures. */
#include "harness/campaign/fitness.h"
#include "harness/campaign/fitness_parts.h"
#include "tests/unit/machine_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define CPU "/sys/devices/system/cpu"

static struct fitness examined(void)
{
    struct fitness fitness = {0};
    fitness_add_settings(&fitness, machine_root);
    return fitness;
}

/* The finding of a check that a machine with one file changed has; NULL when there is none. */
static const struct fitness_finding *found(const struct fitness *fitness, const char *check)
{
    for (size_t i = 0; i < fitness->count; i++) {
        if (strcmp(fitness->finding[i].check, check) == 0) {
            return &fitness->finding[i];
        }
    }
    return NULL;
}

static int make_fit(void **state)
{
    int failed = machine_make(state);
    machine_put(CPU "/cpu0/cpufreq/scaling_governor", "performance\n");
    machine_put(CPU "/intel_pstate/no_turbo", "1\n");
    machine_put(CPU "/smt/active", "0\n");
    machine_put("/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
    machine_put("/proc/sys/kernel/randomize_va_space", "2\n");
    machine_put("/proc/meminfo",
                "MemTotal: 16000000 kB\nMemAvailable: 8000000 kB\nSwapTotal: 100 kB\n"
                "SwapFree: 100 kB\n");
    machine_put("/proc/self/cgroup", "0::/user.slice\n");
    machine_put("/sys/fs/cgroup/user.slice/cpu.max", "max 100000\n");
    machine_put("/sys/fs/cgroup/user.slice/memory.max", "max\n");
    machine_put("/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
    machine_put("/sys/class/power_supply/BAT0/status", "Charging\n");
    machine_put("/proc/pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
    return failed;
}

static void a_fit_machine_has_nothing_but_ok(void **state)
{
    (void)state;
    struct fitness fitness = examined();
    for (size_t i = 0; i < fitness.count; i++) {
        assert_string_equal(fitness_word(fitness.finding[i].severity), "ok");
        assert_string_equal(fitness.finding[i].remedy, "");
    }
    assert_true(fitness.count >= 8);
    assert_int_equal(fitness.worst, FITNESS_OK);
}

static const struct {
    const char *path, *text, *check;
    enum fitness_severity severity;
    const char *what, *remedy;
} spoilers[] = {
    {CPU "/cpu0/cpufreq/scaling_governor",
     "powersave\n",
     "governor",
     FITNESS_WARN,
     "\"powersave\"",
     "cpupower"},
    {CPU "/intel_pstate/no_turbo", "0\n", "turbo", FITNESS_NOTE, "on", "no_turbo"},
    {CPU "/smt/active", "1\n", "smt", FITNESS_NOTE, "share a core", "smt/control"},
    {CPU "/isolated", "2-3\n", "isolation", FITNESS_NOTE, "2-3", "taskset"},
    {"/sys/kernel/mm/transparent_hugepage/enabled",
     "[always] madvise never\n",
     "thp",
     FITNESS_NOTE,
     "always",
     "--thp off"},
    {"/proc/sys/kernel/randomize_va_space", "0\n", "aslr", FITNESS_WARN, "off", "sysctl"},
    {"/proc/meminfo",
     "MemTotal: 16000000 kB\nMemAvailable: 1000000 kB\n",
     "memory",
     FITNESS_WARN,
     "976 MiB",
     "end"},
    {"/proc/meminfo",
     "MemTotal: 16000000 kB\nMemAvailable: 100000 kB\n",
     "memory",
     FITNESS_UNFIT,
     "97 MiB",
     "end"},
    {"/proc/meminfo",
     "MemTotal: 9000000 kB\nMemAvailable: 8000000 kB\nSwapTotal: 4096 kB\nSwapFree: 1024 kB\n",
     "swap",
     FITNESS_WARN,
     "3 MiB",
     "swapoff"},
    {"/sys/fs/cgroup/user.slice/cpu.max",
     "150000 100000\n",
     "cpu_quota",
     FITNESS_WARN,
     "1.5 processors",
     "cpu.max"},
    {"/sys/fs/cgroup/user.slice/memory.max",
     "1073741824\n",
     "memory_limit",
     FITNESS_WARN,
     "1024 MiB",
     "memory.max"},
    {"/sys/fs/cgroup/user.slice/memory.max",
     "8589934592\n",
     "memory_limit",
     FITNESS_NOTE,
     "8192 MiB",
     "memory.max"},
    {"/sys/devices/system/clocksource/clocksource0/current_clocksource",
     "hpet\n",
     "clock_source",
     FITNESS_WARN,
     "hpet",
     "clocksource=tsc"},
    {"/sys/class/power_supply/BAT1/status",
     "Discharging\n",
     "power",
     FITNESS_WARN,
     "battery",
     "plug"},
    {"/proc/pressure/cpu", "", "pressure", FITNESS_NOTE, "PSI", "psi=1"},
};

static void assert_found(size_t i)
{
    struct fitness fitness = examined();
    const struct fitness_finding *finding = found(&fitness, spoilers[i].check);
    assert_non_null(finding);
    print_message("%s: %s; %s\n", finding->check, finding->what, finding->remedy);
    assert_int_equal(finding->severity, spoilers[i].severity);
    assert_non_null(strstr(finding->what, spoilers[i].what));
    assert_non_null(strstr(finding->remedy, spoilers[i].remedy));
    assert_int_equal(fitness.worst, spoilers[i].severity);
}

static void each_spoiler_is_found_with_its_remedy(void **state)
{
    for (size_t i = 0; i < sizeof spoilers / sizeof spoilers[0]; i++) {
        assert_int_equal(machine_remove(state), 0);
        assert_int_equal(make_fit(state), 0);
        machine_put(spoilers[i].path, spoilers[i].text);
        assert_found(i);
    }
}

static void control_groups_of_the_first_version_are_read_too(void **state)
{
    (void)state;
    machine_put("/proc/self/cgroup", "4:memory:/a\n2:cpu,cpuacct:/a\n0::/\n");
    machine_put("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "1073741824\n");
    machine_put("/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "50000\n");
    machine_put("/sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000\n");
    struct fitness fitness = examined();
    assert_non_null(found(&fitness, "cpu_quota"));
    assert_non_null(strstr(found(&fitness, "cpu_quota")->what, "0.5 processors"));
    assert_non_null(found(&fitness, "memory_limit"));
    machine_put("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "9223372036854771712\n");
    machine_put("/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "-1\n");
    fitness = examined();
    assert_null(found(&fitness, "cpu_quota"));
    assert_null(found(&fitness, "memory_limit"));
}

static void a_machine_that_tells_nothing_is_examined(void **state)
{
    (void)state;
    struct fitness fitness;
    fitness_examine_at(&fitness, "/not/there", 1000000);
    assert_non_null(found(&fitness, "processors"));
    assert_null(found(&fitness, "memory"));
    assert_null(found(&fitness, "steal"));
}

static void too_many_findings_keep_the_worst(void **state)
{
    (void)state;
    struct fitness fitness = {0};
    for (size_t i = 0; i < FITNESS_FINDINGS_MAX; i++) {
        fitness_add(&fitness, FITNESS_NOTE, "check", "", "%zu", i);
    }
    fitness_add(&fitness, FITNESS_UNFIT, "check", "", "one more");
    assert_int_equal(fitness.count, FITNESS_FINDINGS_MAX);
    assert_int_equal(fitness.worst, FITNESS_UNFIT);
    assert_string_equal(fitness_word(fitness.worst), "unfit");
}

/* This machine, whatever it is: every finding above a note says what to do. */
static void this_machine_is_observed(void **state)
{
    (void)state;
    struct fitness fitness;
    fitness_examine(&fitness, 100000000);
    assert_non_null(found(&fitness, "aslr"));
    assert_non_null(found(&fitness, "timer"));
    assert_non_null(found(&fitness, "other_load"));
    for (size_t i = 0; i < fitness.count; i++) {
        const struct fitness_finding *finding = &fitness.finding[i];
        assert_true(finding->severity < FITNESS_WARN || finding->remedy[0] != '\0');
        assert_null(strchr(finding->what, '\n'));
        assert_true(finding->severity <= fitness.worst);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_fit_machine_has_nothing_but_ok, make_fit, machine_remove),
        cmocka_unit_test_setup_teardown(
            each_spoiler_is_found_with_its_remedy, make_fit, machine_remove),
        cmocka_unit_test_setup_teardown(
            control_groups_of_the_first_version_are_read_too, make_fit, machine_remove),
        cmocka_unit_test(a_machine_that_tells_nothing_is_examined),
        cmocka_unit_test(too_many_findings_keep_the_worst),
        cmocka_unit_test(this_machine_is_observed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
