/* A measured process under valgrind's tool callgrind, which counts its instructions: how it is
 * started, and what its dump says. The worker tells callgrind where the stream begins and ends
 * (replay/instructions.h). Format of the dump: valgrind's manual, "Callgrind Format
 * Specification". */
#ifndef HARNESS_CAMPAIGN_VALGRIND_H
#define HARNESS_CAMPAIGN_VALGRIND_H

#include <linux/limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VALGRIND_WORDS_MAX 12

/* Finds valgrind on PATH; false when it is not there. */
bool valgrind_find(char path[PATH_MAX]);

/* Writes the words of the command line that come before the worker's own, whose path they end with
 * in the place of its name; returns how many. The dump goes to WORKER_FRAMES_FD. */
size_t valgrind_words(const char *words[VALGRIND_WORDS_MAX], const char *worker);

/* Reads the count of instructions from the dump in a file; false when the file holds no whole
 * one. */
bool valgrind_read_dump(int fd, uint64_t *instructions);

/* The same from a text, which need not end with a NUL. */
bool valgrind_parse_dump(const char *dump, size_t bytes, uint64_t *instructions);

#endif
