#include "harness/campaign/fitness_parts.h"
#include "harness/campaign/kernel_files.h"

#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>

#define CPU_FOLDER "/sys/devices/system/cpu"

#define MIB              UINT64_C(1048576)
#define FREE_WARN_BYTES  (1024 * MIB) /* the largest workloads need some hundred MiB */
#define FREE_UNFIT_BYTES (256 * MIB)
#define LIMIT_WARN_BYTES (2048 * MIB)
#define PERSONALITY_ASK  0xffffffff /* tells the personality and changes nothing */

static void check_governor(struct fitness *fitness, const char *root)
{
    char governor[KERNEL_LINE_BYTES];
    if (!kernel_line(root, CPU_FOLDER "/cpu0/cpufreq/scaling_governor", governor)) {
        fitness_add(fitness, FITNESS_OK, "governor", "", "the clock frequency is not ours to set");
    } else if (strcmp(governor, "performance") == 0) {
        fitness_add(fitness, FITNESS_OK, "governor", "", "performance");
    } else {
        fitness_add(fitness,
                    FITNESS_WARN,
                    "governor",
                    "cpupower frequency-set -g performance",
                    "the governor \"%.32s\" changes the clock frequency with the load",
                    governor);
    }
}

static void check_turbo(struct fitness *fitness, const char *root)
{
    uint64_t value;
    const char *remedy = "";
    if (kernel_number(root, CPU_FOLDER "/intel_pstate/no_turbo", &value)) {
        remedy = value == 0 ? "echo 1 >" CPU_FOLDER "/intel_pstate/no_turbo" : "";
    } else if (kernel_number(root, CPU_FOLDER "/cpufreq/boost", &value)) {
        remedy = value != 0 ? "echo 0 >" CPU_FOLDER "/cpufreq/boost" : "";
    } else {
        return;
    }
    if (remedy[0] == '\0') {
        fitness_add(fitness, FITNESS_OK, "turbo", "", "off");
    } else {
        fitness_add(fitness,
                    FITNESS_NOTE,
                    "turbo",
                    remedy,
                    "on: the frequency depends on heat and on the other cores");
    }
}

static void check_smt(struct fitness *fitness, const char *root)
{
    uint64_t active;
    if (!kernel_number(root, CPU_FOLDER "/smt/active", &active)) {
        return;
    }
    if (active == 0) {
        fitness_add(fitness, FITNESS_OK, "smt", "", "every processor is a core of its own");
    } else {
        fitness_add(fitness,
                    FITNESS_NOTE,
                    "smt",
                    "echo off >" CPU_FOLDER "/smt/control, or no more --threads than cores",
                    "two processors share a core: a neighbour slows a thread down");
    }
}

static void check_thp(struct fitness *fitness, const char *root)
{
    char mode[KERNEL_LINE_BYTES];
    if (!kernel_line(root, "/sys/kernel/mm/transparent_hugepage/enabled", mode)) {
        return;
    }
    kernel_chosen_word(mode);
    if (strcmp(mode, "always") == 0) {
        fitness_add(fitness,
                    FITNESS_NOTE,
                    "thp",
                    "compare memory with --thp off too",
                    "transparent huge pages are always on: resident bytes come in steps of 2 MiB");
    } else {
        fitness_add(fitness, FITNESS_OK, "thp", "", "%.32s", mode);
    }
}

static void check_aslr(struct fitness *fitness, const char *root)
{
    uint64_t mode;
    if ((personality(PERSONALITY_ASK) & ADDR_NO_RANDOMIZE) != 0) {
        fitness_add(fitness,
                    FITNESS_WARN,
                    "aslr",
                    "run without `setarch -R` and outside of debuggers",
                    "off for this process: all blocks share one layout and its luck");
    } else if (kernel_number(root, "/proc/sys/kernel/randomize_va_space", &mode) && mode != 2) {
        fitness_add(fitness,
                    FITNESS_WARN,
                    "aslr",
                    "sysctl kernel.randomize_va_space=2",
                    "%s: all blocks share one layout and its luck",
                    mode == 0 ? "off" : "partly off");
    } else {
        fitness_add(fitness, FITNESS_OK, "aslr", "", "every process has a layout of its own");
    }
}

/* ---- Memory ---- */

/* A field of /proc/meminfo in bytes. */
static bool read_memory(const char *root, const char *name, uint64_t *bytes)
{
    char value[KERNEL_LINE_BYTES];
    if (!kernel_field(root, "/proc/meminfo", name, value)) {
        return false;
    }
    *bytes = strtoull(value, NULL, 10) * 1024;
    return true;
}

static void check_memory(struct fitness *fitness, const char *root)
{
    uint64_t free_bytes;
    if (!read_memory(root, "MemAvailable", &free_bytes)) {
        return;
    }
    enum fitness_severity severity = free_bytes < FREE_UNFIT_BYTES  ? FITNESS_UNFIT
                                     : free_bytes < FREE_WARN_BYTES ? FITNESS_WARN
                                                                    : FITNESS_OK;
    fitness_add(fitness,
                severity,
                "memory",
                severity == FITNESS_OK ? "" : "end what holds memory (`ps --sort=-rss aux`)",
                "%" PRIu64 " MiB are free",
                free_bytes / MIB);
}

static void check_swap(struct fitness *fitness, const char *root)
{
    uint64_t total;
    uint64_t unused;
    if (!read_memory(root, "SwapTotal", &total) || !read_memory(root, "SwapFree", &unused)) {
        return;
    }
    if (total > unused) {
        fitness_add(fitness,
                    FITNESS_WARN,
                    "swap",
                    "swapoff -a",
                    "%" PRIu64 " MiB are swapped out: resident bytes may leave memory unseen",
                    (total - unused) / MIB);
    } else {
        fitness_add(fitness, FITNESS_OK, "swap", "", total > 0 ? "none in use" : "there is none");
    }
}

/* The limit of the control group in bytes; false when there is none below the machine's memory. */
static bool read_memory_limit(const char *root, uint64_t *bytes)
{
    char path[PATH_MAX];
    uint64_t total = UINT64_MAX;
    kernel_group_file(root, "memory", "memory.max", path);
    if (path[0] == '\0') {
        kernel_group_file(root, "memory", "memory.limit_in_bytes", path);
    }
    (void)read_memory(root, "MemTotal", &total);
    return path[0] != '\0' && kernel_number(root, path, bytes) && *bytes < total;
}

static void check_memory_limit(struct fitness *fitness, const char *root)
{
    uint64_t limit;
    if (read_memory_limit(root, &limit)) {
        fitness_add(fitness,
                    limit < LIMIT_WARN_BYTES ? FITNESS_WARN : FITNESS_NOTE,
                    "memory_limit",
                    "run outside of the control group, or raise its memory.max",
                    "the control group may hold %" PRIu64 " MiB",
                    limit / MIB);
    }
}

/* ---- Processors ---- */

/* "max 100000" or "150000 100000"; the first version has two files, and -1 for none. */
static double read_quota(const char *root)
{
    char path[PATH_MAX];
    uint64_t quota = 0;
    uint64_t period = 0;
    char line[KERNEL_LINE_BYTES];
    kernel_group_file(root, "cpu", "cpu.max", path);
    if (path[0] != '\0' && kernel_line(root, path, line)) {
        return sscanf(line, "%" SCNu64 " %" SCNu64, &quota, &period) == 2 && period > 0 // NOLINT
                   ? (double)quota / (double)period
                   : 0;
    }
    kernel_group_file(root, "cpu", "cpu.cfs_quota_us", path);
    bool limited = path[0] != '\0' && kernel_number(root, path, &quota);
    kernel_group_file(root, "cpu", "cpu.cfs_period_us", path);
    limited = limited && path[0] != '\0' && kernel_number(root, path, &period) && period > 0;
    return limited ? (double)quota / (double)period : 0;
}

static void check_quota(struct fitness *fitness, const char *root)
{
    double processors = read_quota(root);
    if (processors > 0) {
        fitness_add(fitness,
                    FITNESS_WARN,
                    "cpu_quota",
                    "run outside of the control group, or set its cpu.max to max",
                    "the control group may use %.2g processors and stands still beyond",
                    processors);
    }
}

static void check_isolation(struct fitness *fitness, const char *root)
{
    char isolated[KERNEL_LINE_BYTES];
    (void)kernel_line(root, CPU_FOLDER "/isolated", isolated);
    if (isolated[0] != '\0') {
        fitness_add(fitness,
                    FITNESS_NOTE,
                    "isolation",
                    "taskset -c with the isolated processors before the command",
                    "the processors %.64s are kept free by the kernel",
                    isolated);
    }
}

static void check_clock(struct fitness *fitness, const char *root)
{
    static const char *const fast[] = {
        "tsc", "kvm-clock", "hyperv_clocksource", "arch_sys_counter"};
    char source[KERNEL_LINE_BYTES];
    static const char path[] = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    if (!kernel_line(root, path, source)) {
        return;
    }
    bool is_fast = false;
    for (size_t i = 0; i < sizeof fast / sizeof fast[0]; i++) {
        is_fast = is_fast || strncmp(source, fast[i], strlen(fast[i])) == 0;
    }
    fitness_add(fitness,
                is_fast ? FITNESS_OK : FITNESS_WARN,
                "clock_source",
                is_fast ? "" : "boot with clocksource=tsc tsc=reliable",
                is_fast ? "%.32s" : "%.32s: reading the time is slow or coarse",
                source);
}

static void check_power(struct fitness *fitness, const char *root)
{
    char pattern[PATH_MAX];
    glob_t supplies;
    (void)snprintf(pattern, sizeof pattern, "%s/sys/class/power_supply/*/status", root);
    if (glob(pattern, 0, NULL, &supplies) != 0) {
        return;
    }
    bool discharging = false;
    for (size_t i = 0; i < supplies.gl_pathc; i++) {
        char status[KERNEL_LINE_BYTES];
        (void)kernel_line("", supplies.gl_pathv[i], status);
        discharging = discharging || strcmp(status, "Discharging") == 0;
    }
    globfree(&supplies);
    fitness_add(fitness,
                discharging ? FITNESS_WARN : FITNESS_OK,
                "power",
                discharging ? "plug it in" : "",
                discharging ? "runs on its battery, which slows processors down"
                            : "from the mains");
}

static void check_pressure(struct fitness *fitness, const char *root)
{
    char line[KERNEL_LINE_BYTES];
    if (!kernel_line(root, "/proc/pressure/cpu", line)) {
        fitness_add(fitness,
                    FITNESS_NOTE,
                    "pressure",
                    "boot with psi=1",
                    "the kernel does not tell of pressure (PSI): noise is seen less well");
    }
}

void fitness_add_settings(struct fitness *fitness, const char *root)
{
    check_governor(fitness, root);
    check_turbo(fitness, root);
    check_smt(fitness, root);
    check_power(fitness, root);
    check_thp(fitness, root);
    check_aslr(fitness, root);
    check_memory(fitness, root);
    check_swap(fitness, root);
    check_memory_limit(fitness, root);
    check_quota(fitness, root);
    check_isolation(fitness, root);
    check_clock(fitness, root);
    check_pressure(fitness, root);
}
