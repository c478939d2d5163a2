#include "harness/campaign/crew.h"

#include "harness/clock.h"

#define LISTEN_MS 100

bool crew_start(struct crew *crew,
                const struct worker *worker,
                const struct process_request *request,
                struct error *error)
{
    struct worker *place = &crew->worker[crew->count];
    uint64_t now_ns = clock_monotonic_ns();
    *place = *worker;
    if (!process_start(&place->process, request, error)) {
        return false;
    }
    if (crew->count++ == 0) {
        crew->busy_since_ns = now_ns;
    }
    return true;
}

static void release(struct crew *crew, size_t index)
{
    process_free(&crew->worker[index].process);
    crew->worker[index] = crew->worker[--crew->count];
    if (crew->count == 0) {
        crew->busy_ns += clock_monotonic_ns() - crew->busy_since_ns;
    }
}

/* Finishes the first process that has ended; false with *found when that failed. */
static bool finish_one(struct crew *crew, bool *found, struct error *error)
{
    *found = false;
    for (size_t i = 0; i < crew->count && *crew->interrupted == 0; i++) {
        if (crew->worker[i].process.state == PROCESS_ENDED) {
            *found = true;
            bool ok = crew->finish(crew->context, &crew->worker[i], error);
            release(crew, i);
            return ok;
        }
    }
    return true;
}

static bool listen_once(struct crew *crew, struct error *error)
{
    struct process *processes[CREW_PARKED_MAX + 1];
    for (size_t i = 0; i < crew->count; i++) {
        processes[i] = &crew->worker[i].process;
    }
    process_listen(processes, crew->count, LISTEN_MS);
    bool found = true;
    bool ok = true;
    while (ok && found) {
        ok = finish_one(crew, &found, error);
    }
    return ok;
}

static size_t count_active(const struct crew *crew)
{
    size_t active = 0;
    for (size_t i = 0; i < crew->count; i++) {
        active += crew->worker[i].process.state == PROCESS_ACTIVE ? 1 : 0;
    }
    return active;
}

bool crew_listen(struct crew *crew, size_t parked_most, struct error *error)
{
    while (*crew->interrupted == 0 && (count_active(crew) > 0 || crew->count > parked_most)) {
        if (!listen_once(crew, error)) {
            return false;
        }
    }
    return true;
}

void crew_dismiss(struct crew *crew)
{
    while (crew->count > 0) {
        release(crew, crew->count - 1);
    }
}
