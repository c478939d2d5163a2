/* The files of /proc and /sys through which the kernel tells of a machine: lines, numbers, fields.
 *
 * `root` is put before every path: "" for this machine; a test gives a folder that looks like one.
 * What cannot be read is false and an empty value, never 0. */
#ifndef HARNESS_CAMPAIGN_KERNEL_FILES_H
#define HARNESS_CAMPAIGN_KERNEL_FILES_H

#include <linux/limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KERNEL_LINE_BYTES 512

/* The first line of a file without its end. */
bool kernel_line(const char *root, const char *path, char value[KERNEL_LINE_BYTES]);

/* The whole number that a file begins with. */
bool kernel_number(const char *root, const char *path, uint64_t *number);

/* The value of the first line "name<blanks>: value" of a file; the name must be whole. */
bool kernel_field(const char *root,
                  const char *path,
                  const char *name,
                  char value[KERNEL_LINE_BYTES]);

/* As much of a file as fits, ended by a 0; its length, 0 when it cannot be read. */
size_t kernel_text(const char *root, const char *path, char *text, size_t bytes);

/* The path (without `root`) of a file of the control group that this process is in, as the second
 * version has it, else the first one's under `controller`; "" when neither tells. */
void kernel_group_file(const char *root,
                       const char *controller,
                       const char *file,
                       char path[PATH_MAX]);

/* Of "always [madvise] never" the word in brackets; the value itself when none is. */
void kernel_chosen_word(char value[KERNEL_LINE_BYTES]);

#endif
