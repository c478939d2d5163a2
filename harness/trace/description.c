/* The description of a trace as text: one key=value line per field, in the order of the table.
 * Values run to the end of the line, so that they may hold anything but line breaks. */
#include "harness/trace/format.h"

#include <inttypes.h>
#include <string.h>

struct field {
    const char *key;
    size_t offset;
    size_t text_bytes; /* of a text field; 0: a number */
};

#define TEXT(name)                                           \
    {                                                        \
#        name, offsetof(struct trace_description, name),     \
            sizeof(((struct trace_description *)NULL)->name) \
    }
#define NUMBER(name)                                       \
    {                                                      \
#        name, offsetof(struct trace_description, name), 0 \
    }

static const struct field fields[] = {
    TEXT(command),
    TEXT(generator),
    TEXT(machine),
    TEXT(date_utc),
    TEXT(note),
    NUMBER(events),
    NUMBER(operations),
    NUMBER(objects),
    NUMBER(bytes_allocated),
    NUMBER(live_bytes_peak),
    NUMBER(live_objects_peak),
    NUMBER(live_bytes_end),
    NUMBER(live_objects_end),
};

/* Copies up to the end of the text or of the field, line breaks as spaces. Returns the bytes. */
static size_t copy_line(char *to, const char *from, size_t bytes_max)
{
    size_t bytes = 0;
    for (; bytes < bytes_max && from[bytes] != '\0'; bytes++) {
        bool breaks = from[bytes] == '\n' || from[bytes] == '\r';
        to[bytes] = from[bytes];
        if (breaks) {
            to[bytes] = ' ';
        }
    }
    return bytes;
}

size_t trace_description_format(const struct trace_description *description,
                                char text[TRACE_TEXT_BYTES_MAX])
{
    _Static_assert(sizeof *description + 64 * sizeof fields / sizeof fields[0] <
                       TRACE_TEXT_BYTES_MAX,
                   "the text always fits");
    char *end = text;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        const char *value = (const char *)description + fields[i].offset;
        end = stpcpy(end, fields[i].key);
        *end++ = '=';
        if (fields[i].text_bytes > 0) {
            end += copy_line(end, value, fields[i].text_bytes - 1);
        } else {
            uint64_t number = 0;
            memcpy(&number, value, sizeof number);
            end += sprintf(end, "%" PRIu64, number);
        }
        *end++ = '\n';
    }
    end += sprintf(end, "threads=%" PRIu32 "\n", description->threads);
    return (size_t)(end - text);
}

/* A decimal number; what does not fit counts as the largest. */
static uint64_t parse_number(const char *text, size_t bytes)
{
    uint64_t number = 0;
    for (size_t i = 0; i < bytes && text[i] >= '0' && text[i] <= '9'; i++) {
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(text[i] - '0'), &number)) {
            return UINT64_MAX;
        }
    }
    return number;
}

static void parse_field(struct trace_description *description,
                        const struct field *field,
                        const char *value,
                        size_t bytes)
{
    char *to = (char *)description + field->offset;
    if (field->text_bytes == 0) {
        uint64_t number = parse_number(value, bytes);
        memcpy(to, &number, sizeof number);
        return;
    }
    size_t kept = bytes < field->text_bytes ? bytes : field->text_bytes - 1;
    memcpy(to, value, kept);
    to[kept] = '\0';
}

static void parse_line(struct trace_description *description, const char *line, size_t bytes)
{
    const char *equals = memchr(line, '=', bytes);
    if (equals == NULL) {
        return;
    }
    size_t key_bytes = (size_t)(equals - line);
    size_t value_bytes = bytes - key_bytes - 1;
    if (key_bytes == strlen("threads") && memcmp(line, "threads", key_bytes) == 0) {
        description->threads = (uint32_t)parse_number(equals + 1, value_bytes);
        return;
    }
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (strlen(fields[i].key) == key_bytes && memcmp(line, fields[i].key, key_bytes) == 0) {
            parse_field(description, &fields[i], equals + 1, value_bytes);
        }
    }
}

void trace_description_parse(struct trace_description *description,
                             const char *text,
                             size_t text_bytes)
{
    memset(description, 0, sizeof *description);
    const char *end = text + text_bytes;
    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        if (stop == NULL) {
            stop = end;
        }
        parse_line(description, text, (size_t)(stop - text));
        text = stop + 1;
    }
}

uint32_t trace_crc(uint32_t crc, const void *data, size_t bytes)
{
    const unsigned char *byte = data;
    crc = ~crc;
    for (size_t i = 0; i < bytes; i++) {
        crc ^= byte[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (UINT32_C(0xEDB88320) & (0 - (crc & 1)));
        }
    }
    return ~crc;
}
