/* Words on one finding of the morning page. */
#include "harness/nightly/morning_parts.h"
#include "harness/nightly/sparkline.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#define COURSE_NIGHTS 24

static double percent(double ratio)
{
    double percents = (ratio - 1) * 100;
    return fabs(percents) < 0.05 ? 0 : percents; /* no "-0.0" */
}

void morning_ratio(const struct night_ratio *ratio, char text[MORNING_TEXT_BYTES])
{
    if (isnan(ratio->ratio)) {
        (void)snprintf(text, MORNING_TEXT_BYTES, "no ratio");
    } else if (isnan(ratio->low)) {
        (void)snprintf(text, MORNING_TEXT_BYTES, "%+.1f %% (no interval)", percent(ratio->ratio));
    } else {
        (void)snprintf(text,
                       MORNING_TEXT_BYTES,
                       "%+.1f %% [%+.1f, %+.1f]",
                       percent(ratio->ratio),
                       percent(ratio->low),
                       percent(ratio->high));
    }
}

/* The first night of the level that a finding is on: of its last change point, else of the row of
 * nights that were decided alike. */
static size_t first_night(const struct morning *morning, const struct finding *finding)
{
    const struct drift_change *change = drift_last(morning->drift, finding->series, morning->night);
    enum verdict verdict = night_deciding(finding->point)->verdict;
    bool worse = finding->kind == FINDING_REGRESSION;
    if (change != NULL && (change->after > change->before) == worse) {
        return change->night;
    }
    const struct night_series *series = &morning->nights->series[finding->series];
    size_t first = morning->night;
    for (size_t i = morning->night; i-- > 0;) {
        const struct night_point *point = night_point_of(series, i);
        if (point != NULL && night_deciding(point)->verdict != verdict) {
            break;
        }
        first = point != NULL ? i : first;
    }
    return first;
}

void morning_course(const struct morning *morning,
                    const struct finding *finding,
                    char text[MORNING_TEXT_BYTES])
{
    char line[SPARKLINE_BYTES];
    char date[NIGHT_DATE_BYTES];
    size_t first = first_night(morning, finding);
    (void)sparkline_of(morning->nights,
                       &morning->nights->series[finding->series],
                       morning->night,
                       COURSE_NIGHTS,
                       line);
    night_date(&morning->nights->nights[first], date);
    if (first == morning->night) {
        (void)snprintf(text, MORNING_TEXT_BYTES, "%s  since tonight", line);
    } else {
        (void)snprintf(text,
                       MORNING_TEXT_BYTES,
                       "%s  since %.10s%s",
                       line,
                       date,
                       first == 0 ? " (the first night)" : "");
    }
}

/* ---- Company ---- */

__attribute__((format(printf, 2, 3))) static void
append(char text[MORNING_TEXT_BYTES], const char *format, ...)
{
    size_t used = strlen(text);
    va_list values;
    va_start(values, format);
    (void)vsnprintf(text + used, MORNING_TEXT_BYTES - used, format, values);
    va_end(values);
}

/* The version of an allocator on a night, or the beginning of its hash. */
static const char *version_of(const struct night *night, const char *allocator, char room[64])
{
    char key[128];
    (void)snprintf(key, sizeof key, "allocator.%s.version", allocator);
    const char *version = night_fact(night, key, 0);
    if (version[0] == '\0') {
        (void)snprintf(key, sizeof key, "allocator.%s.sha256", allocator);
        version = night_fact(night, key, 0);
    }
    (void)snprintf(room, 64, "%.*s", version[0] != '\0' && strlen(version) == 64 ? 8 : 63, version);
    return room;
}

static void append_versions(const struct morning *morning,
                            const struct finding *finding,
                            char text[MORNING_TEXT_BYTES])
{
    const char *allocator = morning->nights->series[finding->series].cell.allocator;
    const struct night *nights = morning->nights->nights;
    size_t first = first_night(morning, finding);
    char before[64];
    char now[64];
    (void)version_of(&nights[first], allocator, now);
    (void)version_of(&nights[first > 0 ? first - 1 : 0], allocator, before);
    if (strcmp(before, now) != 0 && before[0] != '\0') {
        append(text, "%s %s -> %s", allocator, before, now);
    } else if (now[0] != '\0') {
        append(text, "%s %s", allocator, now);
    }
}

static bool same_place(const struct cell *one, const struct cell *other)
{
    return one->threads == other->threads && strcmp(one->allocator, other->allocator) == 0 &&
           strcmp(one->workload, other->workload) == 0 &&
           strcmp(one->parameters, other->parameters) == 0;
}

/* The point of another figure of the finding's cell on this night, or NULL. */
static const struct night_point *
companion_of(const struct morning *morning, const struct finding *finding, const char *figure)
{
    const struct nights *nights = morning->nights;
    const struct cell *cell = &nights->series[finding->series].cell;
    for (size_t i = 0; i < nights->series_count; i++) {
        const struct night_series *other = &nights->series[i];
        if (i != finding->series && strcmp(other->cell.figure, figure) == 0 &&
            same_place(cell, &other->cell)) {
            return night_point_of(other, morning->night);
        }
    }
    return NULL;
}

void morning_company(const struct morning *morning,
                     const struct finding *finding,
                     char text[MORNING_TEXT_BYTES])
{
    static const struct {
        const char *figure;
        const char *label;
    } company[] = {
        {"ns_per_op", "time"},
        {"instructions_per_op", "instructions"},
        {"rss_bytes_peak", "RSS"},
        {"minor_faults", "faults"},
    };

    text[0] = '\0';
    append_versions(morning, finding, text);
    const char *separator = text[0] != '\0' ? "; " : "";
    for (size_t i = 0; i < sizeof company / sizeof company[0]; i++) {
        const struct night_point *point = companion_of(morning, finding, company[i].figure);
        if (point != NULL && !isnan(point->all.ratio)) {
            append(text, "%s%s %+.1f %%", separator, company[i].label, percent(point->all.ratio));
            separator = ", ";
        }
    }
}

/* ---- The command ---- */

/* "--allocator NAME=FILE", or a word for the list where the name says all. */
static void append_allocator(const struct night *night,
                             const char *name,
                             char listed[MORNING_TEXT_BYTES],
                             char text[MORNING_TEXT_BYTES])
{
    char key[128];
    (void)snprintf(key, sizeof key, "allocator.%s.file", name);
    const char *file = night_fact(night, key, 0);
    if (file[0] == '\0' || strcmp(name, "glibc") == 0 || strchr(name, ':') != NULL) {
        append(listed, "%s%s", listed[0] != '\0' ? "," : "", name);
    } else {
        append(text, " --allocator %s=%s", name, file);
    }
}

void morning_command(const struct morning *morning,
                     const struct finding *finding,
                     char text[2 * MORNING_TEXT_BYTES])
{
    static const char *const kept[] = {"scale", "seed", "touch", "thp"};
    const struct night *night = &morning->nights->nights[morning->night];
    const struct night_series *series = &morning->nights->series[finding->series];
    const char *baseline = night_fact(night, "baseline", 0);
    char listed[MORNING_TEXT_BYTES] = "";
    char words[MORNING_TEXT_BYTES] = "";
    append_allocator(night, baseline, listed, words);
    append_allocator(night, series->cell.allocator, listed, words);
    append(words,
           " --allocators %s --baseline %s --workloads %s%s%s --threads %" PRIu64
           " --passes %s --blocks %" PRIu64,
           listed[0] != '\0' ? listed : "null",
           baseline,
           series->cell.workload,
           series->cell.parameters[0] != '\0' ? ":" : "",
           series->cell.parameters,
           series->cell.threads,
           series->figure->pass,
           finding_ratio(finding)->blocks);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        const char *value = night_fact(night, kept[i], 0);
        if (value[0] != '\0') {
            append(words, " --%s %s", kept[i], value);
        }
    }
    (void)snprintf(text, MORNING_TEXT_BYTES + 16, "./run.sh run%s", words);
}
