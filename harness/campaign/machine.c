#include "harness/campaign/machine.h"

#include "harness/campaign/environment.h"
#include "harness/campaign/kernel_files.h"
#include "harness/campaign/machine_key.h"
#include "harness/revision.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define VALUE_BYTES KERNEL_LINE_BYTES

/* Facts that are the first line of a file. */
static const struct {
    const char *key;
    const char *file;
} files[] = {
    {"governor", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"},
    {"turbo_off", "/sys/devices/system/cpu/intel_pstate/no_turbo"},
    {"smt", "/sys/devices/system/cpu/smt/control"},
    {"thp_enabled", "/sys/kernel/mm/transparent_hugepage/enabled"},
    {"thp_defrag", "/sys/kernel/mm/transparent_hugepage/defrag"},
    {"aslr", "/proc/sys/kernel/randomize_va_space"},
    {"overcommit", "/proc/sys/vm/overcommit_memory"},
    {"numa_nodes", "/sys/devices/system/node/online"},
    {"cgroup_memory_max", "/sys/fs/cgroup/memory.max"},
    {"cgroup_cpu_max", "/sys/fs/cgroup/cpu.max"},
    {"load", "/proc/loadavg"},
    {"clock_source", "/sys/devices/system/clocksource/clocksource0/current_clocksource"},
    {"cache_l1d", "/sys/devices/system/cpu/cpu0/cache/index0/size"},
    {"cache_l2", "/sys/devices/system/cpu/cpu0/cache/index2/size"},
    {"cache_l3", "/sys/devices/system/cpu/cpu0/cache/index3/size"},
};

/* Facts of /proc/cpuinfo: the first line that begins with the name. */
static const struct {
    const char *key;
    const char *name;
} cpu_facts[] = {
    {"cpu_vendor", "vendor_id"},
    {"cpu_family", "cpu family"},
    {"cpu_model", "model"},
    {"cpu_name", "model name"},
    {"cpu_stepping", "stepping"},
    {"cpu_microcode", "microcode"},
};

/* Runs a program and keeps the first line of what it prints; "" when it fails or is missing. */
static void read_program(char *const argv[], char value[VALUE_BYTES])
{
    extern char **environ;
    int ends[2];
    pid_t pid;
    posix_spawn_file_actions_t actions;
    value[0] = '\0';
    if (pipe(ends) != 0) {
        return;
    }
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    (void)posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", 1, 0);
    (void)posix_spawn_file_actions_addclose(&actions, ends[0]);
    bool started = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) == 0;
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(ends[1]);
    FILE *out = fdopen(ends[0], "r");
    if (out != NULL) {
        if (started && fgets(value, VALUE_BYTES, out) == NULL) {
            value[0] = '\0';
        }
        (void)fclose(out);
    }
    if (started) {
        (void)waitpid(pid, NULL, 0);
    }
    value[strcspn(value, "\n")] = '\0';
}

void machine_allocator_file(const char *library, char file[PATH_MAX])
{
    Dl_info libc;
    const char *path = library;
    if (library[0] == '\0') {
        path =
            dladdr(dlsym(RTLD_DEFAULT, "gnu_get_libc_version"), &libc) != 0 ? libc.dli_fname : "";
    }
    if (realpath(path, file) == NULL) {
        (void)snprintf(file, PATH_MAX, "%s", path);
    }
}

/* dpkg knows files by the path their package has, which /lib and /usr/lib share by a link. */
static void find_package(const char *file, char owner[VALUE_BYTES])
{
    char *argv[] = {"dpkg-query", "-S", (char *)file, NULL};
    read_program(argv, owner);
    if (owner[0] == '\0' && strncmp(file, "/usr/lib/", 9) == 0) {
        argv[2] = (char *)file + 4;
        read_program(argv, owner);
    }
    char *colon = strstr(owner, ": ");
    if (colon != NULL) {
        *colon = '\0';
    }
}

void machine_package_version(const char *file, char *version, size_t bytes)
{
    char owner[VALUE_BYTES];
    char found[VALUE_BYTES];
    version[0] = '\0';
    find_package(file, owner);
    if (owner[0] == '\0') {
        return;
    }
    char *const argv[] = {"dpkg-query", "-W", "-f", "${Package} ${Version}\n", owner, NULL};
    read_program(argv, found);
    (void)snprintf(version, bytes, "%s", found);
}

static bool write_system(struct table_writer *writer, struct error *error)
{
    struct utsname system;
    char memory[32];
    char cpus[32];
    char date[32];
    time_t now = time(NULL);
    struct tm utc;
    (void)uname(&system);
    (void)gmtime_r(&now, &utc);
    (void)strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &utc);
    (void)snprintf(memory,
                   sizeof memory,
                   "%" PRIu64,
                   (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE));
    (void)snprintf(cpus, sizeof cpus, "%d", get_nprocs());
    return environment_write(writer, "date_utc", date, error) &&
           environment_write(writer, "host", system.nodename, error) &&
           environment_write(writer, "architecture", system.machine, error) &&
           environment_write(writer, "kernel", system.release, error) &&
           environment_write(writer, "kernel_version", system.version, error) &&
           environment_write(writer, "glibc", gnu_get_libc_version(), error) &&
           environment_write(writer, "compiler", __VERSION__, error) &&
           environment_write(writer, "build_flags", heaplab_build_flags, error) &&
           environment_write(writer, "processors", cpus, error) &&
           environment_write(writer, "memory_bytes", memory, error);
}

static bool steers_allocators(const char *variable)
{
    static const char *const prefixes[] = {
        "MALLOC_", "MIMALLOC_", "TCMALLOC_", "TBB_MALLOC_", "SCUDO_OPTIONS", "GLIBC_TUNABLES"};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (strncmp(variable, prefixes[i], strlen(prefixes[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* Variables that steer allocators: a run inherits them, so a reader must see them. */
static bool write_tuning(struct table_writer *writer, struct error *error)
{
    extern char **environ;
    bool ok = true;
    for (size_t i = 0; ok && environ[i] != NULL; i++) {
        if (steers_allocators(environ[i])) {
            ok = environment_write(writer, "variable", environ[i], error);
        }
    }
    return ok;
}

/* What makes runs comparable. */
static bool write_identity(struct table_writer *writer, struct error *error)
{
    char hypervisor[MACHINE_HYPERVISOR_BYTES];
    char key[MACHINE_KEY_BYTES];
    char epoch[MACHINE_EPOCH_BYTES];
    machine_hypervisor(hypervisor);
    machine_key(key);
    machine_epoch(epoch);
    return environment_write(writer, "hypervisor", hypervisor, error) &&
           environment_write(writer, "machine_key", key, error) &&
           environment_write(writer, "epoch", epoch, error);
}

bool machine_write(struct table_writer *writer, struct error *error)
{
    char value[VALUE_BYTES];
    bool ok = write_system(writer, error);
    for (size_t i = 0; ok && i < sizeof cpu_facts / sizeof cpu_facts[0]; i++) {
        (void)kernel_field("", "/proc/cpuinfo", cpu_facts[i].name, value);
        ok = environment_write(writer, cpu_facts[i].key, value, error);
    }
    for (size_t i = 0; ok && i < sizeof files / sizeof files[0]; i++) {
        (void)kernel_line("", files[i].file, value);
        ok = environment_write(writer, files[i].key, value, error);
    }
    return ok && write_identity(writer, error) && write_tuning(writer, error);
}
