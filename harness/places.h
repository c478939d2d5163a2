/* Where heaplab's own files are: beside the running program when installed, else in the source tree
 * that it was built from. `results` is the source tree's for a build in it alone. */
#ifndef HARNESS_PLACES_H
#define HARNESS_PLACES_H

#include <linux/limits.h>
#include <stdbool.h>

/* Puts the path of `name` (a file or folder: "libbin.so", "plots", "recorded") into `path`. False
 * when there is no such thing in any of the places; `path` is then where it should have been. */
bool place_find(const char *name, char path[PATH_MAX]);

#endif
