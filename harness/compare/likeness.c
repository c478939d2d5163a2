#include "harness/compare/likeness.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static bool unlike_numbers(char *detail, const char *what, struct count first, struct count later)
{
    if (!first.known || !later.known || first.value == later.value) {
        return false;
    }
    (void)snprintf(detail,
                   sizeof((struct compare_entry *)0)->detail,
                   "%s %" PRIu64 " and %" PRIu64,
                   what,
                   first.value,
                   later.value);
    return true;
}

static bool unlike_words(char *detail, const char *what, const char *first, const char *later)
{
    if (first[0] == '\0' || later[0] == '\0' || strcmp(first, later) == 0) {
        return false;
    }
    (void)snprintf(detail,
                   sizeof((struct compare_entry *)0)->detail,
                   "%s %.24s and %.24s",
                   what,
                   first,
                   later);
    return true;
}

bool compare_unlike(struct compare_entry *entry)
{
    const struct measurements_row *a = entry->series[0]->row[0];
    const struct measurements_row *b = entry->series[1]->row[0];
    if (!isnan(a->scale) && !isnan(b->scale) && a->scale != b->scale) {
        (void)snprintf(entry->detail, sizeof entry->detail, "scale %g and %g", a->scale, b->scale);
        return true;
    }
    return unlike_words(entry->detail, "touch", a->touch, b->touch) ||
           unlike_words(entry->detail, "thp", a->thp, b->thp) ||
           unlike_numbers(entry->detail, "stream_seed", a->stream_seed, b->stream_seed) ||
           unlike_numbers(entry->detail, "events", a->events, b->events);
}

/* Who counted the instructions of a series, "" when nobody did. */
static const char *counter_of(const struct series *series)
{
    for (size_t i = 0; i < series->count; i++) {
        if (series->row[i]->instructions_source[0] != '\0') {
            return series->row[i]->instructions_source;
        }
    }
    return "";
}

bool compare_unlike_counters(struct compare_entry *entry)
{
    if (entry->series[0]->mixed || entry->series[1]->mixed) {
        (void)snprintf(entry->detail, sizeof entry->detail, "instructions from two counters");
        return true;
    }
    return unlike_words(entry->detail,
                        "instructions of",
                        counter_of(entry->series[0]),
                        counter_of(entry->series[1]));
}
