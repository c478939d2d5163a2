#include "harness/nightly/chart.h"

#include "harness/places.h"
#include "harness/report/gnuplot.h"
#include "harness/report/table.h"

#include <errno.h>
#include <linux/limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCRIPT "plots/history/cell.gp"

/* The level that a night belongs to, NAN where no change is found; whether it begins one. */
static double level_of(const struct drift *drift, size_t night, bool *begins)
{
    double level = drift->count > 0 ? drift->changes[0].before : (double)NAN;
    *begins = false;
    for (size_t i = 0; i < drift->count && drift->changes[i].night <= night; i++) {
        level = drift->changes[i].after;
        *begins = drift->changes[i].night == night;
    }
    return level;
}

static bool write_night(struct table_writer *writer,
                        const struct nights *nights,
                        const struct night_series *series,
                        const struct drift *drift,
                        size_t night)
{
    struct error error;
    struct series_row row;
    char what[NIGHT_CHANGE_BYTES];
    bool begins = false;
    const struct night *at = &nights->nights[night];
    const struct night_point *point = night_point_of(series, night);
    table_clear_row(&series_layout, &row);
    row.schema = count_of(TABLE_SCHEMA);
    row.cell = series->name;
    row.run = at->run;
    row.started_unix_s = count_of(at->started_unix_ns / UINT64_C(1000000000));
    row.baseline = night_fact(at, "baseline", 0);
    row.level = level_of(drift, night, &begins);
    row.change = count_of(begins ? 1 : 0);
    row.epoch = night_is_new_epoch(nights, night, what) ? what : "";
    row.blocks = count_of(point != NULL ? point->all.blocks : 0);
    if (point != NULL) {
        row.ratio = point->all.ratio;
        row.ratio_low = point->all.low;
        row.ratio_high = point->all.high;
        row.delta = isfinite(point->delta) ? point->delta : (double)NAN;
        row.verdict = series->figure != NULL ? judged_word(series->figure, point->all.verdict) : "";
    }
    return table_write(writer, &row, &error);
}

static bool write_series(const struct nights *nights,
                         const struct night_series *series,
                         const struct drift *drift,
                         const char *path,
                         struct error *error)
{
    struct table_writer writer;
    (void)unlink(path);
    bool ok = table_create_whole(&writer, path, &series_layout, error);
    for (size_t i = series->points[0].night; i < nights->count && ok; i++) {
        ok = write_night(&writer, nights, series, drift, i) ||
             error_set(error, "cannot write \"%s\": out of memory", path);
    }
    struct error ignored;
    return table_close(&writer, ok ? error : &ignored) && ok;
}

bool chart_write(const struct nights *nights,
                 const struct night_series *series,
                 const struct drift *drift,
                 const char *folder,
                 struct error *error)
{
    char csv[PATH_MAX];
    char script[PATH_MAX];
    char target[PATH_MAX];
    char gnuplot[] = "gnuplot";
    char defaults[] = "-d"; /* whatever a person's own start-up file says */
    char call[] = "-c";
    char formats[] = "svg png pdf";
    if (snprintf(csv, sizeof csv, "%s/%s", folder, series_layout.file) >= (int)sizeof csv) {
        return error_set(error, "cannot draw a chart: the path \"%s\" is too long", folder);
    }
    (void)snprintf(target, sizeof target, "%s", folder);
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        return error_set(error, "cannot make the folder \"%s\": %s", folder, strerror(errno));
    }
    if (!place_find(SCRIPT, script)) {
        return error_set(error, "the script \"%s\" is missing", script);
    }
    char *const words[] = {gnuplot, defaults, call, script, target, target, formats, NULL};
    return write_series(nights, series, drift, csv, error) && gnuplot_run(words, script, error);
}
