/* The tables of size_class.h, made from size_class.def by the preprocessor. */
#include "allocators/bin/size_class.h"

#include "allocators/bin/span.h"

#define AT_LEAST_1(n)    ((n) > 0 ? (n) : 1)
#define AT_MOST(n, most) ((n) < (most) ? (n) : (most))
#define CAPACITY(size)   (SLICE_BYTES / (size))

/* Waking late saves list work and hides free blocks: with an eighth, about 3 % of the memory is hidden
 * in steady state, and list work is half of what it is with a sixteenth. */
#define WAKE_BLOCKS(size) AT_LEAST_1(AT_MOST(CAPACITY(size) / 8, 64))

#define SIZE_CLASS(index, previous, size)                               \
    [index] = {.bytes = (size),                                         \
               .magic = (uint32_t)(((1ULL << 32) + (size)-1) / (size)), \
               .capacity = CAPACITY(size),                              \
               .carve_blocks = AT_LEAST_1(4096 / (size)),               \
               .wake_blocks = WAKE_BLOCKS(size)},

const struct size_class size_classes[SIZE_CLASS_COUNT] = {
#define SIZE_CLASS_FINE   SIZE_CLASS
#define SIZE_CLASS_COARSE SIZE_CLASS
#include "allocators/bin/size_class.def"
#undef SIZE_CLASS_FINE
#undef SIZE_CLASS_COARSE
};

const uint8_t size_class_fine[SIZE_CLASS_FINE_MAX / 16 + 1] = {
#define SIZE_CLASS_FINE(index, previous, size) [(previous) / 16 + 1 ...(size) / 16] = (index),
#define SIZE_CLASS_COARSE(index, previous, size)
#include "allocators/bin/size_class.def"
#undef SIZE_CLASS_FINE
#undef SIZE_CLASS_COARSE
};

const uint8_t size_class_coarse[SIZE_CLASS_BYTES_MAX / 256 + 1] = {
#define SIZE_CLASS_FINE(index, previous, size)
#define SIZE_CLASS_COARSE(index, previous, size) [(previous) / 256 + 1 ...(size) / 256] = (index),
#include "allocators/bin/size_class.def"
#undef SIZE_CLASS_FINE
#undef SIZE_CLASS_COARSE
};
