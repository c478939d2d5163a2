/* Size classes: which block serves a request of so many bytes, and what a span of that class looks
 * like. Constant tables only; thread-safe. */
#ifndef ALLOCATORS_BIN_SIZE_CLASS_H
#define ALLOCATORS_BIN_SIZE_CLASS_H

#include <stddef.h>
#include <stdint.h>

#define SIZE_CLASS_COUNT     62
#define SIZE_CLASS_FINE_MAX  2048  /* bytes; the table of 16-byte steps reaches so far */
#define SIZE_CLASS_BYTES_MAX 32768 /* larger requests are blocks of their own */

struct size_class {
    uint32_t bytes;        /* of a block */
    uint32_t magic;        /* ceil(2^32 / bytes): see size_class_starts_block */
    uint16_t capacity;     /* blocks in a span */
    uint16_t carve_blocks; /* blocks set up at a time: about 4 KiB, one at least */
    uint16_t wake_blocks;  /* frees that bring a full span back into use */
};

extern const struct size_class size_classes[SIZE_CLASS_COUNT];
extern const uint8_t size_class_fine[SIZE_CLASS_FINE_MAX / 16 + 1];
extern const uint8_t size_class_coarse[SIZE_CLASS_BYTES_MAX / 256 + 1];

/* The class for a request of at most SIZE_CLASS_BYTES_MAX bytes. */
static inline unsigned size_class_of(size_t bytes)
{
    return bytes <= SIZE_CLASS_FINE_MAX ? size_class_fine[(bytes + 15) >> 4]
                                        : size_class_coarse[(bytes + 255) >> 8];
}

/* Whether `offset`, below 2^16, is a multiple of the class's bytes: the low half of offset * magic is
 * a remainder scaled by magic (Lemire, Kaser and Kurz 2019, "Faster remainder by direct computation").
 * A magic of 0 says no for every offset, which is how a slice without a span is rejected. */
static inline int size_class_starts_block(uint32_t offset, uint32_t magic)
{
    return offset * magic < magic;
}

#endif
