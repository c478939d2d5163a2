/* Looking things up in a history that was read. */
#include "harness/nightly/nights.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

void nights_free(struct nights *nights)
{
    for (size_t i = 0; i < nights->count; i++) {
        free(nights->nights[i].facts);
    }
    for (size_t i = 0; i < nights->series_count; i++) {
        free(nights->series[i].points);
    }
    free(nights->nights);
    free(nights->series);
    names_free(&nights->names);
    *nights = (struct nights){0};
}

const struct night *nights_find(const struct nights *nights, const char *run)
{
    for (size_t i = 0; i < nights->count; i++) {
        if (strcmp(nights->nights[i].run, run) == 0) {
            return &nights->nights[i];
        }
    }
    return NULL;
}

const char *night_fact(const struct night *night, const char *key, size_t nth)
{
    for (size_t i = 0; i < night->fact_count; i++) {
        if (strcmp(night->facts[i].key, key) == 0 && nth-- == 0) {
            return night->facts[i].value;
        }
    }
    return "";
}

const struct night_point *night_point_of(const struct night_series *series, size_t night)
{
    size_t from = 0;
    size_t to = series->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (series->points[middle].night < night) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from < series->count && series->points[from].night == night ? &series->points[from]
                                                                       : NULL;
}

static size_t match(const struct nights *nights, const char *pattern, bool prefix, size_t *found)
{
    size_t count = 0;
    for (size_t i = 0; i < nights->series_count; i++) {
        if (cell_matches(pattern, nights->series[i].name, prefix)) {
            found[count++] = i;
        }
    }
    return count;
}

size_t nights_match(const struct nights *nights, const char *pattern, size_t *found)
{
    size_t count = match(nights, pattern, false, found);
    return count > 0 ? count : match(nights, pattern, true, found);
}

size_t nights_missing_before(const struct nights *nights, size_t night)
{
    const uint64_t hour_ns = UINT64_C(3600000000000);
    if (night == 0) {
        return 0;
    }
    uint64_t apart_ns =
        nights->nights[night].started_unix_ns - nights->nights[night - 1].started_unix_ns;
    return apart_ns < 36 * hour_ns ? 0 : (size_t)((apart_ns + 12 * hour_ns) / (24 * hour_ns)) - 1;
}

void night_date(const struct night *night, char date[NIGHT_DATE_BYTES])
{
    time_t started = (time_t)(night->started_unix_ns / UINT64_C(1000000000));
    struct tm utc;
    (void)gmtime_r(&started, &utc);
    (void)strftime(date, NIGHT_DATE_BYTES, "%Y-%m-%d %H:%M", &utc);
}

/* The value of a part "key=value". */
static int value_bytes(const char *part, size_t bytes, const char **value)
{
    size_t key = strcspn(part, "=;");
    key = key < bytes ? key + 1 : bytes;
    *value = part + key;
    return (int)(bytes - key);
}

/* "key old -> new" for the first part of two epochs ("kernel=...; glibc=...") that differs. */
static void describe_epoch(const char *before, const char *now, char what[NIGHT_CHANGE_BYTES])
{
    size_t old_bytes = strcspn(before, ";");
    size_t new_bytes = strcspn(now, ";");
    while (now[new_bytes] != '\0' && old_bytes == new_bytes &&
           strncmp(before, now, new_bytes) == 0) {
        before += old_bytes + strspn(before + old_bytes, "; ");
        now += new_bytes + strspn(now + new_bytes, "; ");
        old_bytes = strcspn(before, ";");
        new_bytes = strcspn(now, ";");
    }
    const char *old_value;
    const char *new_value;
    int old_length = value_bytes(before, old_bytes, &old_value);
    int new_length = value_bytes(now, new_bytes, &new_value);
    (void)snprintf(what,
                   NIGHT_CHANGE_BYTES,
                   "%.*s %.*s -> %.*s",
                   (int)strcspn(now, "=;"),
                   now,
                   old_length,
                   old_value,
                   new_length,
                   new_value);
}

bool night_is_new_epoch(const struct nights *nights, size_t night, char what[NIGHT_CHANGE_BYTES])
{
    what[0] = '\0';
    if (night == 0) {
        return false;
    }
    const struct night *now = &nights->nights[night];
    const struct night *before = now - 1;
    const char *old_sha256 = night_fact(before, "nightly.baseline_sha256", 0);
    const char *new_sha256 = night_fact(now, "nightly.baseline_sha256", 0);
    if (old_sha256[0] != '\0' && new_sha256[0] != '\0' && strcmp(old_sha256, new_sha256) != 0) {
        (void)snprintf(what,
                       NIGHT_CHANGE_BYTES,
                       "baseline pinned anew: %s %.8s -> %s %.8s",
                       night_fact(before, "baseline", 0),
                       old_sha256,
                       night_fact(now, "baseline", 0),
                       new_sha256);
        return true;
    }
    const char *old_epoch = night_fact(before, "epoch", 0);
    const char *new_epoch = night_fact(now, "epoch", 0);
    if (old_epoch[0] == '\0' || new_epoch[0] == '\0' || strcmp(old_epoch, new_epoch) == 0) {
        return false;
    }
    describe_epoch(old_epoch, new_epoch, what);
    return true;
}
