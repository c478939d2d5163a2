/* The catalogue of synthetic workloads, and the way from a request to a stream. Recorded workloads
 * stand in the same list but are loaded by whoever reads traces: nothing here knows them. */
#include "workloads/synthetic/generator.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SYNTHETIC(name) extern const struct workload workload_##name;
#define CLASSIC(name)   SYNTHETIC(name)
#define RECORDED(name)
#include "workloads/list.def"
#undef SYNTHETIC

#define SYNTHETIC(name) &workload_##name,
const struct workload *const workload_catalogue[] = {
#include "workloads/list.def"
    NULL};
#undef SYNTHETIC
#undef CLASSIC
#undef RECORDED

char *workload_shown_name(const char *listed, char *shown, size_t shown_bytes)
{
    size_t length = strnlen(listed, shown_bytes - 1);
    memcpy(shown, listed, length);
    for (size_t i = 0; i < length; i++) {
        if (shown[i] == '_') {
            shown[i] = '-';
        }
    }
    shown[length] = '\0';
    return shown;
}

const struct workload *workload_find(const char *name)
{
    for (size_t i = 0; workload_catalogue[i] != NULL; i++) {
        if (strcmp(workload_catalogue[i]->name, name) == 0) {
            return workload_catalogue[i];
        }
    }
    return NULL;
}

void workload_request_default(const struct workload *workload, struct workload_request *request)
{
    *request = (struct workload_request){.seed = 1, .threads = 1, .scale = 1.0};
    for (size_t i = 0; i < WORKLOAD_PARAMETERS_MAX && workload->parameter[i].name != NULL; i++) {
        request->parameter[i] = workload->parameter[i].value;
    }
}

static const char *request_problem(const struct workload *workload,
                                   const struct workload_request *request)
{
    if (request->threads < 1 || request->threads > STREAM_THREADS_MAX) {
        return "the number of threads must lie between 1 and 1024";
    }
    if (!isfinite(request->scale) || request->scale <= 0.0 || request->scale > 1e6) {
        return "the scale must be a number above 0, at most 1000000";
    }
    for (size_t i = 0; i < WORKLOAD_PARAMETERS_MAX && workload->parameter[i].name != NULL; i++) {
        if (request->parameter[i] < workload->parameter[i].least ||
            request->parameter[i] > workload->parameter[i].most) {
            return "a parameter of the workload is out of its range";
        }
    }
    return NULL;
}

const char *workload_generate(const struct workload *workload,
                              const struct workload_request *request,
                              struct stream *stream)
{
    *stream = (struct stream){.fd = -1};
    const char *problem = request_problem(workload, request);
    if (problem != NULL) {
        return problem;
    }
    uint32_t threads =
        workload->initial_threads != NULL ? workload->initial_threads(request) : request->threads;
    struct stream_builder *builder = stream_builder_new(threads);
    if (builder == NULL) {
        return "out of memory while the stream was built";
    }
    workload->generate(request, builder);
    return stream_builder_finish(builder, stream);
}

uint32_t *generator_slots(struct stream_builder *builder, uint64_t count)
{
    uint32_t *slots = calloc(count, sizeof *slots);
    if (slots == NULL) {
        stream_builder_fail(builder, "out of memory while the stream was built");
    }
    return slots;
}
