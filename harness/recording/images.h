/* The process images that a recording's folder holds, and their threads' words. Not thread-safe. */
#ifndef HARNESS_RECORDING_IMAGES_H
#define HARNESS_RECORDING_IMAGES_H

#include "harness/error.h"
#include "harness/recorder/raw.h"
#include "harness/recording/raw_cursor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct image {
    struct raw_process process;
    uint32_t threads; /* event files; some may be missing */
};

struct images {
    struct image *image; /* in the order in which they began */
    size_t count;
};

/* Lists what is in the folder. An empty folder has no images. The caller frees. */
bool images_list(const char *directory, struct images *images, struct error *error);
void images_free(struct images *images);

/* The image's program: the last part of its first argument. */
void image_program(const struct image *image, char *name, size_t name_bytes);

/* The image's arguments with blanks between. */
void image_command(const struct image *image, char *command, size_t command_bytes);

/* The words of the image's threads, mapped; images_unmap ends it, also after a failure. */
struct image_words {
    struct raw_cursor *thread;
    uint32_t count;
};

bool image_map(const char *directory,
               const struct image *image,
               struct image_words *words,
               struct error *error);
void image_unmap(struct image_words *words);

#endif
