/* A folder that looks like a machine's /proc and /sys, for what reads them below a root. */
#ifndef TESTS_UNIT_MACHINE_FIXTURE_H
#define TESTS_UNIT_MACHINE_FIXTURE_H

extern char machine_root[64];

/* Setup and teardown of a test: an empty folder, and its removal. */
int machine_make(void **state);
int machine_remove(void **state);

/* Writes a file below the root, its folders too. */
void machine_put(const char *path, const char *text);

#endif
