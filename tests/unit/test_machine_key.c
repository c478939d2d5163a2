/* A machine's key and epoch from files like the kernel's: what they hold, what leaves them alone. */
#include "harness/campaign/kernel_files.h"
#include "harness/campaign/machine_key.h"
#include "tests/unit/machine_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

static void put_processor(unsigned number, const char *socket, const char *core)
{
    char path[128];
    (void)snprintf(
        path, sizeof path, "/sys/devices/system/cpu/cpu%u/topology/physical_package_id", number);
    machine_put(path, socket);
    (void)snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u/topology/core_id", number);
    machine_put(path, core);
}

static void put_cache(unsigned index, const char *level, const char *type, const char *size)
{
    static const char *const names[] = {"level", "type", "size"};
    const char *const values[] = {level, type, size};
    for (size_t i = 0; i < 3; i++) {
        char path[128];
        (void)snprintf(
            path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%u/%s", index, names[i]);
        machine_put(path, values[i]);
    }
}

static void put_cpu_info(const char *mhz)
{
    char text[512];
    (void)snprintf(text,
                   sizeof text,
                   "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 207\n"
                   "model name\t: Intel(R) Xeon(R)\nstepping\t: 2\nmicrocode\t: 0x2b\n"
                   "cpu MHz\t\t: %s\nbogomips\t: %s\n",
                   mhz,
                   mhz);
    machine_put("/proc/cpuinfo", text);
}

/* Two sockets of two cores with two threads each. */
static int make_machine(void **state)
{
    static const char *const sockets[] = {"0\n", "0\n", "0\n", "0\n", "1\n", "1\n", "1\n", "1\n"};
    static const char *const cores[] = {"0\n", "8\n", "0\n", "8\n", "0\n", "8\n", "0\n", "8\n"};
    if (machine_make(state) != 0) {
        return 1;
    }
    put_cpu_info("2300.000");
    for (unsigned i = 0; i < 8; i++) {
        put_processor(i, sockets[i], cores[i]);
    }
    put_cache(0, "1\n", "Data\n", "48K\n");
    put_cache(1, "1\n", "Instruction\n", "32K\n");
    put_cache(2, "2\n", "Unified\n", "2048K\n");
    machine_put("/proc/meminfo", "MemTotal:        8048232 kB\nMemFree:  1 kB\n");
    machine_put("/proc/sys/kernel/osrelease", "6.1.0-21-amd64\n");
    machine_put("/proc/sys/kernel/version", "#1 SMP Debian 6.1.90-1; x=y\n");
    machine_put("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
    machine_put("/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
    return 0;
}

static void a_key_is_what_the_machine_is(void **state)
{
    (void)state;
    char key[MACHINE_KEY_BYTES];
    machine_key_of(machine_root, "x86_64", "kvm", key);
    assert_string_equal(key, "x86_64-GenuineIntel-6.207.2-2x4x8-l1.48K-l2.2048K-8GiB-kvm");
    assert_null(strchr(key, '/'));
}

static void a_frequency_does_not_change_the_key(void **state)
{
    (void)state;
    char key[MACHINE_KEY_BYTES];
    char other[MACHINE_KEY_BYTES];
    machine_key_of(machine_root, "x86_64", "none", key);
    put_cpu_info("3141.593");
    machine_put("/proc/meminfo", "MemTotal:        8047000 kB\n");
    machine_key_of(machine_root, "x86_64", "none", other);
    assert_string_equal(key, other);
}

static void another_machine_has_another_key(void **state)
{
    (void)state;
    char key[MACHINE_KEY_BYTES];
    char other[MACHINE_KEY_BYTES];
    machine_key_of(machine_root, "x86_64", "none", key);
    machine_key_of(machine_root, "x86_64", "xen", other);
    assert_string_not_equal(key, other);
    machine_key_of(machine_root, "aarch64", "none", other);
    assert_string_not_equal(key, other);
    put_processor(8, "1\n", "9\n");
    machine_key_of(machine_root, "x86_64", "none", other);
    assert_string_not_equal(key, other);
}

static void an_arm_processor_has_its_own_words(void **state)
{
    (void)state;
    char key[MACHINE_KEY_BYTES];
    machine_put("/proc/cpuinfo",
                "processor\t: 0\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x3\n"
                "CPU part\t: 0xd0c\nCPU revision\t: 1\n");
    machine_key_of(machine_root, "aarch64", "none", key);
    assert_memory_equal(key, "aarch64-0x41-8.0xd0c.1-2x4x8", 28);
}

static void nothing_known_is_no_empty_key(void **state)
{
    (void)state;
    char key[MACHINE_KEY_BYTES];
    char epoch[MACHINE_EPOCH_BYTES];
    machine_key_of("/not/there", "a/b", "../c", key);
    assert_string_equal(key, "a_b-unknown-unknown.unknown.unknown-unknown-unknown-.._c");
    machine_epoch_of("/not/there", "2.36", epoch);
    assert_string_equal(epoch,
                        "kernel=unknown; glibc=2.36; microcode=unknown; governor=unknown; "
                        "thp=unknown");
}

static void an_epoch_names_its_parts(void **state)
{
    (void)state;
    char epoch[MACHINE_EPOCH_BYTES];
    machine_epoch_of(machine_root, "2.36-9", epoch);
    assert_string_equal(epoch,
                        "kernel=6.1.0-21-amd64 #1 SMP Debian 6.1.90-1, x,y; glibc=2.36-9; "
                        "microcode=0x2b; governor=powersave; thp=madvise");
}

static void this_machine_has_the_same_key_twice(void **state)
{
    (void)state;
    char key[MACHINE_KEY_BYTES];
    char again[MACHINE_KEY_BYTES];
    machine_key(key);
    machine_key(again);
    assert_string_equal(key, again);
    assert_true(strlen(key) > 20);
}

static void numbers_and_words_are_read_or_unknown(void **state)
{
    (void)state;
    char value[KERNEL_LINE_BYTES];
    uint64_t number = 7;
    machine_put("/number", "12 kB\n");
    assert_true(kernel_number(machine_root, "/number", &number));
    assert_int_equal(number, 12);
    machine_put("/number", "max 100000\n");
    assert_false(kernel_number(machine_root, "/number", &number));
    machine_put("/number", "");
    assert_false(kernel_number(machine_root, "/number", &number));
    assert_false(kernel_line(machine_root, "/number", value));
    assert_string_equal(value, "");
    (void)snprintf(value, sizeof value, "performance");
    kernel_chosen_word(value);
    assert_string_equal(value, "performance");
    assert_false(
        kernel_field(machine_root, "/proc/cpuinfo", "cpu", value)); /* the name must be whole */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_is_what_the_machine_is, make_machine, machine_remove),
        cmocka_unit_test_setup_teardown(
            a_frequency_does_not_change_the_key, make_machine, machine_remove),
        cmocka_unit_test_setup_teardown(
            another_machine_has_another_key, make_machine, machine_remove),
        cmocka_unit_test_setup_teardown(
            an_arm_processor_has_its_own_words, make_machine, machine_remove),
        cmocka_unit_test_setup_teardown(
            nothing_known_is_no_empty_key, make_machine, machine_remove),
        cmocka_unit_test_setup_teardown(an_epoch_names_its_parts, make_machine, machine_remove),
        cmocka_unit_test(this_machine_has_the_same_key_twice),
        cmocka_unit_test_setup_teardown(
            numbers_and_words_are_read_or_unknown, make_machine, machine_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
