/* An operating error on its way up: filled where it happens, printed once, by main. */
#ifndef HARNESS_ERROR_H
#define HARNESS_ERROR_H

#include <stdbool.h>

/* One line: what failed, the thing in quotes, the reason, what to do. Cut, never overrun. */
struct error {
    char text[512];
};

/* Fills the error and returns false, so that a failing function ends in `return error_set(...)`. */
bool error_set(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
