/* Lines for standard error without allocation (message.h). */
#include "allocators/parts/message.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define DIGITS_MAX 20 /* of 2^64 in decimal; in hexadecimal 16 */

void message_add_part(struct message *message, const char *text, size_t length)
{
    size_t room = sizeof message->text - 1 - message->length; /* the line feed has a place */
    length = length < room ? length : room;
    memcpy(message->text + message->length, text, length);
    message->length += length;
}

void message_add(struct message *message, const char *text)
{
    message_add_part(message, text, strlen(text));
}

static void add_digits(struct message *message, uint64_t number, unsigned base)
{
    char digits[DIGITS_MAX];
    size_t first = sizeof digits;
    do {
        digits[--first] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number != 0);
    message_add_part(message, digits + first, sizeof digits - first);
}

void message_add_number(struct message *message, uint64_t number)
{
    add_digits(message, number, 10);
}

void message_add_address(struct message *message, const void *address)
{
    message_add(message, "0x");
    add_digits(message, (uintptr_t)address, 16);
}

void message_print(struct message *message)
{
    int saved_errno = errno;
    message->text[message->length] = '\n';
    ssize_t written = write(STDERR_FILENO, message->text, message->length + 1);
    (void)written; /* nothing better is left to do */
    errno = saved_errno;
}
