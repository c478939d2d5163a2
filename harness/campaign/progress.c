#include "harness/campaign/progress.h"

#include "harness/clock.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

void progress_format_time(uint64_t ns, char text[32])
{
    uint64_t s = (ns + 500000000) / 1000000000;
    if (s >= 3600) {
        (void)snprintf(
            text, 32, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, s / 3600, s / 60 % 60, s % 60);
    } else {
        (void)snprintf(text, 32, "%" PRIu64 ":%02" PRIu64, s / 60, s % 60);
    }
}

/* Time left if the rest goes as what was done; "?" before anything was. */
static void format_left(const struct progress *progress, char text[32])
{
    if (progress->done == 0) {
        (void)snprintf(text, 32, "?");
        return;
    }
    double elapsed = (double)(clock_monotonic_ns() - progress->started_ns);
    double left = elapsed / (double)progress->done * (double)(progress->cells - progress->done);
    if (progress->budget_ns > 0) {
        left = fmax(0, fmin(left, (double)progress->budget_ns - elapsed));
    }
    progress_format_time((uint64_t)left, text);
}

void progress_begin(struct progress *progress)
{
    progress->terminal = isatty(STDERR_FILENO) == 1;
    progress->started_ns = clock_monotonic_ns();
}

static void print_block(const struct progress *progress)
{
    if (progress->warm_up && progress->block == 0) {
        (void)fputs("warm-up", stderr);
    } else {
        (void)fprintf(stderr,
                      "block %" PRIu64 " of %s%" PRIu64,
                      progress->block + (progress->warm_up ? 0 : 1),
                      progress->at_most ? "at most " : "",
                      progress->blocks - (progress->warm_up ? 1 : 0));
    }
}

void progress_block(struct progress *progress, uint64_t block)
{
    char elapsed[32];
    char left[32];
    progress->block = block;
    if (progress->terminal || progress->done == progress->cells) {
        return; /* a resumed run that has all its cells says so at its end */
    }
    progress_format_time(clock_monotonic_ns() - progress->started_ns, elapsed);
    format_left(progress, left);
    print_block(progress);
    (void)fprintf(stderr,
                  ": %zu of %zu cells done, %zu failed, %s elapsed, about %s left\n",
                  progress->done,
                  progress->cells,
                  progress->failed,
                  elapsed,
                  left);
}

void progress_cell(const struct progress *progress,
                   const char *allocator,
                   const char *workload,
                   const char *pass)
{
    char left[32];
    if (!progress->terminal) {
        return;
    }
    format_left(progress, left);
    (void)fputs("\r\033[K", stderr);
    print_block(progress);
    (void)fprintf(stderr,
                  "  cell %zu of %zu (%zu failed)  %s left  %s: %s, %s",
                  progress->done + 1,
                  progress->cells,
                  progress->failed,
                  left,
                  pass,
                  workload,
                  allocator);
    (void)fflush(stderr);
}

void progress_clear(const struct progress *progress)
{
    if (progress->terminal) {
        (void)fputs("\r\033[K", stderr);
        (void)fflush(stderr);
    }
}
