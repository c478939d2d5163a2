/* The processes at work: at most one measures, others may be parked in their idle second. */
#ifndef HARNESS_CAMPAIGN_CREW_H
#define HARNESS_CAMPAIGN_CREW_H

#include "harness/campaign/noise_meter.h"
#include "harness/campaign/plan.h"
#include "harness/campaign/process.h"
#include "harness/error.h"
#include "harness/report/table.h"

#include <signal.h>

#define CREW_PARKED_MAX 24

/* A process and the row it works for. */
struct worker {
    struct process process;
    struct measurements_row row; /* identity filled, figures to come */
    struct plan_cell cell;
    struct noise_moment began; /* what the kernel had counted before it was started */
};

struct crew {
    struct worker worker[CREW_PARKED_MAX + 1];
    size_t count;
    uint64_t busy_since_ns; /* when the first of those at work was started */
    uint64_t busy_ns;       /* time with somebody at work, up to when nobody was */

    /* Called for each process that has ended, before it is released. */
    bool (*finish)(void *context, struct worker *worker, struct error *error);
    void *context;
    const volatile sig_atomic_t *interrupted; /* when set, nothing is finished any more */
};

/* Starts a process for a row; at most CREW_PARKED_MAX may be at work. */
bool crew_start(struct crew *crew,
                const struct worker *worker,
                const struct process_request *request,
                struct error *error);

/* Listens until nobody measures and at most `parked_most` are parked, or until interrupted. */
bool crew_listen(struct crew *crew, size_t parked_most, struct error *error);

/* Ends all that are at work. */
void crew_dismiss(struct crew *crew);

#endif
