/* Facts of this machine for environment.csv, read from /proc, /sys and the package manager. */
#ifndef HARNESS_CAMPAIGN_MACHINE_H
#define HARNESS_CAMPAIGN_MACHINE_H

#include "harness/error.h"
#include "harness/report/table.h"

#include <linux/limits.h>
#include <stddef.h>

/* Writes the machine's facts; what cannot be had is an empty value. */
bool machine_write(struct table_writer *writer, struct error *error);

/* The file behind a library, links followed; for "" the C library's. */
void machine_allocator_file(const char *library, char file[PATH_MAX]);

/* "package version" of the Debian package that owns a file, "" when there is none. */
void machine_package_version(const char *file, char *version, size_t bytes);

#endif
