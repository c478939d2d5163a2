#include "harness/campaign/machine_key.h"

#include "harness/campaign/kernel_files.h"
#include "harness/campaign/machine.h"

#include <ctype.h>
#include <gnu/libc-version.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#if defined(__x86_64__) || defined(__i386__)
#    include <cpuid.h>
#endif

#define CPU_INFO       "/proc/cpuinfo"
#define PROCESSORS_MAX 4096
#define CACHES_MAX     8

/* ---- Hypervisor ---- */

#if defined(__x86_64__) || defined(__i386__)

/* Bit 31 of leaf 1 says that there is one, leaf 0x40000000 which (as the kernel asks it). */
static bool ask_processor(char name[MACHINE_HYPERVISOR_BYTES])
{
    static const char *const known[][2] = {
        {"KVMKVMKVM", "kvm"},
        {"Microsoft Hv", "hyper-v"},
        {"VMwareVMware", "vmware"},
        {"XenVMMXenVMM", "xen"},
        {"TCGTCGTCGTCG", "qemu"},
        {"bhyve bhyve ", "bhyve"},
    };
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    char signature[13] = "";
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c >> 31) == 0) {
        return false;
    }
    __cpuid(0x40000000, a, b, c, d);
    memcpy(signature, &b, 4);
    memcpy(signature + 4, &c, 4);
    memcpy(signature + 8, &d, 4);
    const char *shown = signature[0] != '\0' ? signature : "unknown";
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        shown = strcmp(signature, known[i][0]) == 0 ? known[i][1] : shown;
    }
    (void)snprintf(name, MACHINE_HYPERVISOR_BYTES, "%s", shown);
    return true;
}

#else

static bool ask_processor(char name[MACHINE_HYPERVISOR_BYTES])
{
    char vendor[KERNEL_LINE_BYTES];
    (void)kernel_line("", "/sys/class/dmi/id/sys_vendor", vendor);
    (void)snprintf(name, MACHINE_HYPERVISOR_BYTES, "qemu");
    return strcmp(vendor, "QEMU") == 0;
}

#endif

void machine_hypervisor(char name[MACHINE_HYPERVISOR_BYTES])
{
    char value[KERNEL_LINE_BYTES];
    if (ask_processor(name)) {
        return;
    }
    if (!kernel_line("", "/sys/hypervisor/type", value) &&
        !kernel_line("", "/proc/device-tree/hypervisor/compatible", value)) {
        (void)snprintf(value, sizeof value, "none");
    }
    (void)snprintf(name, MACHINE_HYPERVISOR_BYTES, "%s", value);
}

/* ---- Key ---- */

__attribute__((format(printf, 3, 4))) static void
append(char *text, size_t room, const char *format, ...)
{
    va_list arguments;
    size_t used = strlen(text);
    va_start(arguments, format);
    (void)vsnprintf(text + used, room - used, format, arguments);
    va_end(arguments);
}

/* A fact of /proc/cpuinfo by its name on x86, else on ARM. */
static void
cpu_fact(const char *root, const char *name, const char *arm, char value[KERNEL_LINE_BYTES])
{
    if (!kernel_field(root, CPU_INFO, name, value) && !kernel_field(root, CPU_INFO, arm, value)) {
        (void)snprintf(value, KERNEL_LINE_BYTES, "unknown");
    }
}

static void append_cpu(const char *root, char key[MACHINE_KEY_BYTES])
{
    char vendor[KERNEL_LINE_BYTES];
    char family[KERNEL_LINE_BYTES];
    char model[KERNEL_LINE_BYTES];
    char stepping[KERNEL_LINE_BYTES];
    cpu_fact(root, "vendor_id", "CPU implementer", vendor);
    cpu_fact(root, "cpu family", "CPU architecture", family);
    cpu_fact(root, "model", "CPU part", model);
    cpu_fact(root, "stepping", "CPU revision", stepping);
    append(key, MACHINE_KEY_BYTES, "-%.24s-%.8s.%.8s.%.8s", vendor, family, model, stepping);
}

/* Adds a number to a set; how many it then holds. */
static size_t add_once(uint64_t *set, size_t count, uint64_t number)
{
    for (size_t i = 0; i < count; i++) {
        if (set[i] == number) {
            return count;
        }
    }
    set[count] = number;
    return count + 1;
}

struct topology {
    uint64_t socket[PROCESSORS_MAX];
    uint64_t core[PROCESSORS_MAX]; /* its socket above, its number below */
    size_t sockets, cores, threads;
};

/* Processors that are off have no folder `topology`. */
static void read_topology(const char *root, struct topology *topology)
{
    for (unsigned i = 0; i < PROCESSORS_MAX; i++) {
        char path[96];
        uint64_t socket;
        uint64_t core;
        (void)snprintf(
            path, sizeof path, "/sys/devices/system/cpu/cpu%u/topology/physical_package_id", i);
        if (!kernel_number(root, path, &socket)) {
            continue;
        }
        (void)snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u/topology/core_id", i);
        if (!kernel_number(root, path, &core)) {
            continue;
        }
        topology->sockets = add_once(topology->socket, topology->sockets, socket);
        topology->cores = add_once(topology->core, topology->cores, socket << 32 | core);
        topology->threads++;
    }
}

static void append_topology(const char *root, char key[MACHINE_KEY_BYTES])
{
    struct topology *topology = calloc(1, sizeof *topology);
    if (topology != NULL) {
        read_topology(root, topology);
    }
    if (topology != NULL && topology->threads > 0) {
        append(key,
               MACHINE_KEY_BYTES,
               "-%zux%zux%zu",
               topology->sockets,
               topology->cores,
               topology->threads);
    } else {
        append(key, MACHINE_KEY_BYTES, "-unknown");
    }
    free(topology);
}

static void append_caches(const char *root, char key[MACHINE_KEY_BYTES])
{
    for (unsigned i = 0; i < CACHES_MAX; i++) {
        char path[96];
        char type[KERNEL_LINE_BYTES];
        char size[KERNEL_LINE_BYTES];
        uint64_t level;
        static const char folder[] = "/sys/devices/system/cpu/cpu0/cache/index";
        (void)snprintf(path, sizeof path, "%s%u/level", folder, i);
        bool known = kernel_number(root, path, &level);
        (void)snprintf(path, sizeof path, "%s%u/type", folder, i);
        known = known && kernel_line(root, path, type);
        (void)snprintf(path, sizeof path, "%s%u/size", folder, i);
        if (known && kernel_line(root, path, size) && strcmp(type, "Instruction") != 0) {
            append(key, MACHINE_KEY_BYTES, "-l%" PRIu64 ".%.12s", level, size);
        }
    }
}

static void append_memory(const char *root, char key[MACHINE_KEY_BYTES])
{
    char value[KERNEL_LINE_BYTES];
    if (!kernel_field(root, "/proc/meminfo", "MemTotal", value)) {
        append(key, MACHINE_KEY_BYTES, "-unknown");
        return;
    }
    uint64_t kib = strtoull(value, NULL, 10);
    append(key, MACHINE_KEY_BYTES, "-%" PRIu64 "GiB", (kib + (1U << 19)) >> 20);
}

void machine_key_of(const char *root,
                    const char *architecture,
                    const char *hypervisor,
                    char key[MACHINE_KEY_BYTES])
{
    (void)snprintf(key, MACHINE_KEY_BYTES, "%.24s", architecture);
    append_cpu(root, key);
    append_topology(root, key);
    append_caches(root, key);
    append_memory(root, key);
    append(key, MACHINE_KEY_BYTES, "-%.24s", hypervisor);
    for (char *c = key; *c != '\0'; c++) {
        if (!isalnum((unsigned char)*c) && strchr(".-", *c) == NULL) {
            *c = '_';
        }
    }
}

void machine_key(char key[MACHINE_KEY_BYTES])
{
    struct utsname system;
    char hypervisor[MACHINE_HYPERVISOR_BYTES];
    (void)uname(&system);
    machine_hypervisor(hypervisor);
    machine_key_of("", system.machine, hypervisor, key);
}

/* ---- Epoch ---- */

static void append_part(char epoch[MACHINE_EPOCH_BYTES], const char *name, char *value)
{
    for (char *c = strpbrk(value, ";="); c != NULL; c = strpbrk(c, ";=")) {
        *c = ','; /* what stands between parts */
    }
    append(epoch,
           MACHINE_EPOCH_BYTES,
           "%s%s=%.190s",
           epoch[0] != '\0' ? "; " : "",
           name,
           value[0] != '\0' ? value : "unknown");
}

void machine_epoch_of(const char *root, const char *glibc, char epoch[MACHINE_EPOCH_BYTES])
{
    char value[KERNEL_LINE_BYTES];
    char build[KERNEL_LINE_BYTES];
    epoch[0] = '\0';
    (void)kernel_line(root, "/proc/sys/kernel/osrelease", value);
    /* A distribution keeps the release over many builds; the build tells them apart. */
    if (kernel_line(root, "/proc/sys/kernel/version", build)) {
        append(value, sizeof value, " %.120s", build);
    }
    append_part(epoch, "kernel", value);
    (void)snprintf(value, sizeof value, "%s", glibc);
    append_part(epoch, "glibc", value);
    (void)kernel_field(root, CPU_INFO, "microcode", value);
    append_part(epoch, "microcode", value);
    (void)kernel_line(root, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", value);
    append_part(epoch, "governor", value);
    (void)kernel_line(root, "/sys/kernel/mm/transparent_hugepage/enabled", value);
    kernel_chosen_word(value);
    append_part(epoch, "thp", value);
}

void machine_epoch(char epoch[MACHINE_EPOCH_BYTES])
{
    char file[PATH_MAX];
    char package[KERNEL_LINE_BYTES];
    char glibc[KERNEL_LINE_BYTES * 2];
    machine_allocator_file("", file);
    machine_package_version(file, package, sizeof package);
    const char *version = strchr(package, ' ');
    (void)snprintf(
        glibc, sizeof glibc, "%s", version != NULL ? version + 1 : gnu_get_libc_version());
    machine_epoch_of("", glibc, epoch);
}
