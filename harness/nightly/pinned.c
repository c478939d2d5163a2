#include "harness/nightly/pinned.h"

#include "harness/campaign/machine.h"
#include "harness/nightly/store.h"

#include <string.h>

static bool take(void *context, const void *bytes)
{
    struct pinned *pinned = context;
    const struct pinned_row *row = bytes;
    pinned->known = true;
    (void)snprintf(pinned->name, sizeof pinned->name, "%s", row->name);
    (void)snprintf(pinned->path, sizeof pinned->path, "%s", row->path);
    (void)snprintf(pinned->sha256, sizeof pinned->sha256, "%s", row->sha256);
    return true;
}

bool pinned_read(const char *folder, struct pinned *pinned, FILE *told, struct error *error)
{
    const struct lines_visitor visitor = {take, pinned};
    *pinned = (struct pinned){0};
    return store_read(folder, &pinned_layout, &visitor, told, error);
}

static void pin(struct pinned *pinned, const struct allocator *baseline, const char *sha256)
{
    pinned->known = true;
    (void)snprintf(pinned->name, sizeof pinned->name, "%s", baseline->name);
    (void)snprintf(pinned->path, sizeof pinned->path, "%s", baseline->library);
    (void)snprintf(pinned->sha256, sizeof pinned->sha256, "%s", sha256);
}

bool pinned_hold(struct pinned *pinned,
                 const struct allocator *baseline,
                 bool anew,
                 bool *pins,
                 struct error *error)
{
    *pins = false;
    char file[PATH_MAX];
    char sha256[SHA256_TEXT_BYTES];
    machine_allocator_file(baseline->library, file);
    environment_sha256(file, sha256);
    if (sha256[0] == '\0') {
        return error_set(error,
                         "the library \"%s\" of the baseline %s cannot be read; put it back, or "
                         "name another with --baseline NAME=PATH --pin",
                         file,
                         baseline->name);
    }
    bool same_name = pinned->known && strcmp(pinned->name, baseline->name) == 0;
    if (same_name && strcmp(pinned->sha256, sha256) == 0) {
        return true;
    }
    if (anew || !pinned->known) {
        pin(pinned, baseline, sha256);
        *pins = true;
        return true;
    }
    if (!same_name) {
        return error_set(error,
                         "the pinned baseline is \"%s\", not \"%s\"; --pin takes the new one, and "
                         "the history gets a mark",
                         pinned->name,
                         baseline->name);
    }
    return error_set(error,
                     "the library of the pinned baseline %s is another one now (SHA-256 %.12s..., "
                     "pinned %.12s...): \"%s\"; put the old one back, or --pin takes the new one "
                     "and the history gets a mark",
                     baseline->name,
                     sha256,
                     pinned->sha256,
                     file);
}
