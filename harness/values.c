#include "harness/values.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FACTOR_MOST 1e6
#define SHARE_MOST  0.5
#define HOURS_MOST  1000

bool value_number(
    const char *name, const char *text, struct range range, uint64_t *number, struct error *error)
{
    char *end = NULL;
    errno = 0;
    *number = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || *number < range.least ||
        *number > range.most) {
        return error_set(error,
                         "%s \"%s\": must be a whole number from %" PRIu64 " to %" PRIu64,
                         name,
                         text,
                         range.least,
                         range.most);
    }
    return true;
}

bool value_u32(
    const char *name, const char *text, uint32_t most, uint32_t *number, struct error *error)
{
    uint64_t value;
    if (!value_number(name, text, (struct range){1, most}, &value, error)) {
        return false;
    }
    *number = (uint32_t)value;
    return true;
}

bool value_factor(const char *name, const char *text, double *factor, struct error *error)
{
    char *end = NULL;
    *factor = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(*factor) || *factor <= 0 ||
        *factor > FACTOR_MOST) {
        return error_set(
            error, "%s \"%s\": must be a number above 0, at most %.0f", name, text, FACTOR_MOST);
    }
    return true;
}

bool value_share(const char *name, const char *text, double *share, struct error *error)
{
    char *end = NULL;
    *share = strtod(text, &end);
    bool percent = end != text && strcmp(end, "%") == 0;
    *share /= percent ? 100 : 1;
    if (end == text || (*end != '\0' && !percent) || !isfinite(*share) || *share <= 0 ||
        *share > SHARE_MOST) {
        return error_set(error,
                         "%s \"%s\": must be a share above 0, at most a half, for example 2%% or "
                         "0.02",
                         name,
                         text);
    }
    return true;
}

static uint64_t unit_ns(const char *unit)
{
    uint64_t seconds = strcmp(unit, "s") == 0   ? 1
                       : strcmp(unit, "m") == 0 ? 60
                       : strcmp(unit, "h") == 0 ? 3600
                                                : 0;
    return seconds * 1000000000;
}

bool value_time(const char *name, const char *text, uint64_t *ns, struct error *error)
{
    char *end = NULL;
    errno = 0;
    uint64_t number = strtoull(text, &end, 10);
    uint64_t unit = unit_ns(end);
    if (*text < '0' || *text > '9' || unit == 0 || errno != 0 || number == 0 ||
        number > HOURS_MOST * unit_ns("h") / unit) {
        return error_set(error,
                         "%s \"%s\": must be a time up to %dh, for example 90s, 30m or 8h",
                         name,
                         text,
                         HOURS_MOST);
    }
    *ns = number * unit;
    return true;
}
