/* The reader of HEAPLAB_TUNABLES (tunables.h). */
#include "allocators/parts/tunables.h"

#include "allocators/parts/message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define VARIABLE   "HEAPLAB_TUNABLES"
#define TEXT_BYTES 512 /* of the variable's value; the harness allows half of it */
#define MULTIPLES  "KMG"

/* What an allocator without settings of its own is linked with. */
__attribute__((weak)) const struct tunable_table heap_tunables = {.count = 0};

/* A part of a text that is not ended by a zero byte. */
struct part {
    const char *start;
    size_t length;
};

static bool is(struct part part, const char *text, size_t length)
{
    return part.length == length && memcmp(part.start, text, length) == 0;
}

/* Cuts off and returns what comes before the next `end`, which is dropped. */
static struct part cut(struct part *rest, char end)
{
    const char *found = memchr(rest->start, end, rest->length);
    struct part part = {rest->start, found == NULL ? rest->length : (size_t)(found - rest->start)};
    size_t used = part.length + (found != NULL);
    *rest = (struct part){rest->start + used, rest->length - used};
    return part;
}

static bool parse_word(struct tunable *tunable, struct part value)
{
    struct part rest = {tunable->words, strlen(tunable->words)};
    for (uint64_t place = 0; rest.length > 0; place++) {
        struct part word = cut(&rest, '|');
        if (is(value, word.start, word.length)) {
            tunable->value = place;
            return true;
        }
    }
    return false;
}

static bool parse_bytes(struct tunable *tunable, struct part value)
{
    uint64_t bytes = 0;
    size_t digits = 0;
    for (; digits < value.length && value.start[digits] >= '0' && value.start[digits] <= '9';
         digits++) {
        uint64_t digit = (uint64_t)(value.start[digits] - '0');
        if (__builtin_mul_overflow(bytes, UINT64_C(10), &bytes) ||
            __builtin_add_overflow(bytes, digit, &bytes)) {
            return false;
        }
    }
    bool has_multiple = value.length == digits + 1;
    if (digits == 0 || (!has_multiple && value.length != digits)) {
        return false;
    }
    if (has_multiple) {
        const char *multiple = memchr(MULTIPLES, value.start[digits], sizeof MULTIPLES - 1);
        unsigned shift = multiple == NULL ? 0 : 10 * (unsigned)(multiple - MULTIPLES + 1);
        if (multiple == NULL || bytes > UINT64_MAX >> shift) {
            return false;
        }
        bytes <<= shift;
    }
    tunable->value = bytes;
    return bytes >= tunable->least && bytes <= tunable->most;
}

static bool parse_setting(const struct tunable_table *table, struct part setting)
{
    struct part value = setting;
    struct part name = cut(&value, '=');
    for (size_t i = 0; i < table->count; i++) {
        struct tunable *tunable = &table->tunable[i];
        if (is(name, tunable->name, strlen(tunable->name))) {
            return tunable->words != NULL ? parse_word(tunable, value)
                                          : parse_bytes(tunable, value);
        }
    }
    return false;
}

static void add_allowed(struct message *message, const struct tunable_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct tunable *tunable = &table->tunable[i];
        message_add(message, i == 0 ? " " : ", ");
        message_add(message, tunable->name);
        message_add(message, "=");
        if (tunable->words != NULL) {
            message_add(message, tunable->words);
            continue;
        }
        message_add_number(message, tunable->least);
        message_add(message, "...");
        message_add_number(message, tunable->most);
        message_add(message, " (K, M, G)");
    }
}

static size_t put_fault(const struct message *message, char *fault, size_t fault_bytes)
{
    size_t length = message->length < fault_bytes ? message->length : fault_bytes - 1;
    memcpy(fault, message->text, length);
    fault[length] = '\0';
    return length;
}

size_t
tunables_parse(const struct tunable_table *table, const char *text, char *fault, size_t fault_bytes)
{
    struct message message = {.length = 0};
    struct part rest = {text, strlen(text)};
    while (rest.length > 0) {
        struct part setting = cut(&rest, ':');
        if (setting.length == 0 || parse_setting(table, setting)) {
            continue;
        }
        message_add(&message, "\"");
        message_add_part(&message, setting.start, setting.length);
        message_add(&message, "\" makes no sense; ");
        message_add(&message, table->count == 0 ? "this allocator has no tunables" : "allowed:");
        add_allowed(&message, table);
        return put_fault(&message, fault, fault_bytes);
    }
    const char *reason = table->refuse != NULL ? table->refuse() : NULL;
    if (reason == NULL) {
        return 0;
    }
    message_add(&message, reason);
    return put_fault(&message, fault, fault_bytes);
}

/* The variable in the environment of the C library; NULL when it is not there. */
static const char *value_in_environment(void)
{
    for (char **entry = environ; *entry != NULL; entry++) {
        if (strncmp(*entry, VARIABLE "=", sizeof VARIABLE) == 0) {
            return *entry + sizeof VARIABLE;
        }
    }
    return NULL;
}

/* The next byte of the file, or -1 at its end. */
static int next_byte(int file)
{
    unsigned char byte;
    return read(file, &byte, 1) == 1 ? byte : -1;
}

/* The same before the C library has been set up: when the dynamic linker itself calls malloc. Byte
 * by byte, as it happens to hardly any program. */
static const char *value_at_process_start(char text[TEXT_BYTES])
{
    static const char key[] = VARIABLE "=";
    int file = open("/proc/self/environ", O_RDONLY | O_CLOEXEC);
    size_t at = 0;     /* in the entry */
    size_t length = 0; /* of the value, once it is found */
    bool matches = true;
    for (int byte = next_byte(file); byte >= 0; byte = next_byte(file), at++) {
        if (byte == '\0' && matches && at >= sizeof key - 1) {
            break;
        }
        if (byte == '\0') {
            at = SIZE_MAX; /* 0 for the next byte */
            matches = true;
        } else if (at < sizeof key - 1) {
            matches = matches && byte == key[at];
        } else if (matches && length < TEXT_BYTES - 1) {
            text[length++] = (char)byte;
        }
    }
    close(file);
    text[length] = '\0';
    return text;
}

static void read_now(void)
{
    char at_start[TEXT_BYTES];
    const char *text = environ != NULL ? value_in_environment() : value_at_process_start(at_start);
    char fault[TEXT_BYTES];
    if (text == NULL || tunables_parse(&heap_tunables, text, fault, sizeof fault) == 0) {
        return;
    }
    struct message message = {.length = 0};
    message_add(&message, "heaplab " ALLOCATOR_NAME ": " VARIABLE " \"");
    message_add(&message, text);
    message_add(&message, "\": ");
    message_add(&message, fault);
    message_print(&message);
    _exit(2);
}

void tunables_read(void)
{
    static atomic_bool is_read;
    if (!atomic_load_explicit(&is_read, memory_order_acquire)) {
        int saved_errno = errno;
        read_now(); /* by two threads at once: with the same outcome */
        atomic_store_explicit(&is_read, true, memory_order_release);
        errno = saved_errno;
    }
}

/* So that a fault is told at the program's start, and for allocators that never look. */
__attribute__((constructor)) static void read_at_start(void)
{
    tunables_read();
}
