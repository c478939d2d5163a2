/* A line for standard error put together without allocating, cut off where it would not fit: what
 * an allocator says before it stops the program. */
#ifndef ALLOCATORS_PARTS_MESSAGE_H
#define ALLOCATORS_PARTS_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#ifndef ALLOCATOR_NAME
#    define ALLOCATOR_NAME "allocator"
#endif

/* Begins empty: {.length = 0}. `text` is not ended by a zero byte. */
struct message {
    char text[512];
    size_t length;
};

/* Appends a string. */
void message_add(struct message *message, const char *text);

/* Appends the first `length` bytes at `text`. */
void message_add_part(struct message *message, const char *text, size_t length);

/* Appends a number in decimal digits. */
void message_add_number(struct message *message, uint64_t number);

/* Appends an address as 0x and hexadecimal digits. */
void message_add_address(struct message *message, const void *address);

/* Writes the message and a line feed to standard error. errno is kept. */
void message_print(struct message *message);

#endif
