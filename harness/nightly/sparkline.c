#include "harness/nightly/sparkline.h"

#include <math.h>
#include <string.h>

#define LEVELS        8
#define SPAN_LEAST    0.04 /* of ratios: twice the least difference that is told of */
#define MISSING_SHOWN 3    /* dots for a longer gap */

void sparkline_draw(const double *values,
                    size_t count,
                    double span_least,
                    char line[SPARKLINE_BYTES])
{
    double low = INFINITY;
    double high = -INFINITY;
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        low = values[i] < low ? values[i] : low;
        high = values[i] > high ? values[i] : high;
    }
    double middle = (low + high) / 2;
    double span = high - low > span_least ? high - low : span_least;
    for (size_t i = 0; i < count && i < SPARKLINE_NIGHTS_MOST; i++) {
        if (isnan(values[i])) {
            memcpy(line + used, "\xc2\xb7", 2); /* U+00B7 */
            used += 2;
            continue;
        }
        double place = ((values[i] - middle) / span + 0.5) * LEVELS;
        int level = place < 0 ? 0 : place >= LEVELS ? LEVELS - 1 : (int)place;
        memcpy(line + used, "\xe2\x96\x81", 3); /* U+2581, the lowest of eight */
        line[used + 2] = (char)(0x81 + level);
        used += 3;
    }
    line[used] = '\0';
}

size_t sparkline_of(const struct nights *nights,
                    const struct night_series *series,
                    size_t night,
                    size_t nights_most,
                    char line[SPARKLINE_BYTES])
{
    double values[SPARKLINE_NIGHTS_MOST];
    size_t from = SPARKLINE_NIGHTS_MOST; /* filled from the end */
    for (size_t i = night + 1; i-- > 0 && SPARKLINE_NIGHTS_MOST - from < nights_most;) {
        const struct night_point *point = night_point_of(series, i);
        size_t missing = nights_missing_before(nights, i);
        values[--from] = point != NULL ? point->all.ratio : NAN;
        missing = missing > MISSING_SHOWN ? MISSING_SHOWN : missing;
        for (; missing > 0 && SPARKLINE_NIGHTS_MOST - from < nights_most; missing--) {
            values[--from] = NAN;
        }
    }
    sparkline_draw(values + from, SPARKLINE_NIGHTS_MOST - from, SPAN_LEAST, line);
    return SPARKLINE_NIGHTS_MOST - from;
}
