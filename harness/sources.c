#include "harness/sources.h"

#include "harness/places.h"
#include "harness/trace/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYNTHETIC(name) {#name, true},
#define RECORDED(name)  {#name, true},
#define CLASSIC(name)   {#name, false},

static const struct {
    const char *name;
    bool standard;
} listed[] = {

#include "workloads/list.def"
};

bool source_listed(size_t index, char name[SOURCE_NAME_BYTES])
{
    if (index >= sizeof listed / sizeof listed[0]) {
        return false;
    }
    (void)workload_shown_name(listed[index].name, name, SOURCE_NAME_BYTES);
    return true;
}

bool source_is_standard(size_t index)
{
    return listed[index].standard;
}

static bool is_listed(const char *name)
{
    char shown[SOURCE_NAME_BYTES];
    for (size_t i = 0; source_listed(i, shown); i++) {
        if (strcmp(shown, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_trace_path(const char *text)
{
    size_t length = strlen(text);
    return strchr(text, '/') != NULL || (length > 6 && strcmp(text + length - 6, ".trace") == 0);
}

static bool parse_trace_path(const char *text, struct source *source, struct error *error)
{
    if (realpath(text, source->trace) == NULL) {
        return error_set(error,
                         "cannot open the trace \"%s\": %s; `heaplab record` makes traces",
                         text,
                         strerror(errno));
    }
    if (!trace_recognise(text, error)) {
        return false;
    }
    const char *slash = strrchr(source->trace, '/');
    (void)snprintf(source->name, sizeof source->name, "%s", slash + 1);
    char *ending = strstr(source->name, ".trace");
    if (ending != NULL && ending[6] == '\0') {
        *ending = '\0';
    }
    for (char *c = source->name; *c != '\0'; c++) {
        if (strchr(",:() \"\n", *c) != NULL) {
            *c = '_'; /* what names in CSV lists cannot bear */
        }
    }
    return true;
}

static bool
set_parameter(struct source *source, const char *key, const char *value, struct error *error)
{
    const struct workload *workload = source->workload;
    for (size_t i = 0; i < WORKLOAD_PARAMETERS_MAX && workload->parameter[i].name != NULL; i++) {
        const struct workload_parameter *parameter = &workload->parameter[i];
        if (strcmp(parameter->name, key) != 0) {
            continue;
        }
        char *end = NULL;
        errno = 0;
        uint64_t number = strtoull(value, &end, 10);
        if (*value < '0' || *value > '9' || *end != '\0' || errno != 0 ||
            number < parameter->least || number > parameter->most) {
            return error_set(error,
                             "workload \"%s\": %s=\"%s\": must be a whole number from %" PRIu64
                             " to %" PRIu64,
                             source->name,
                             key,
                             value,
                             parameter->least,
                             parameter->most);
        }
        source->request.parameter[i] = number;
        return true;
    }
    return error_set(error,
                     "workload \"%s\" has no parameter \"%s\"; `heaplab list` shows what it has",
                     source->name,
                     key);
}

/* Writes down what differs from the defaults, in the order of the workload's table, so that the
 * same request always reads the same. */
static void print_parameters(struct source *source)
{
    const struct workload *workload = source->workload;
    size_t used = 0;
    for (size_t i = 0; i < WORKLOAD_PARAMETERS_MAX && workload->parameter[i].name != NULL; i++) {
        if (source->request.parameter[i] != workload->parameter[i].value) {
            int n = snprintf(source->parameters + used,
                             sizeof source->parameters - used,
                             "%s%s=%" PRIu64,
                             used > 0 ? ":" : "",
                             workload->parameter[i].name,
                             source->request.parameter[i]);
            used += (size_t)n;
        }
    }
}

static bool parse_parameters(struct source *source, char *text, struct error *error)
{
    char *rest = NULL;
    for (char *pair = strtok_r(text, ":", &rest); pair != NULL; pair = strtok_r(NULL, ":", &rest)) {
        char *equals = strchr(pair, '=');
        if (equals == NULL) {
            return error_set(
                error, "workload \"%s\": \"%s\" is not of the form key=value", source->name, pair);
        }
        *equals = '\0';
        if (!set_parameter(source, pair, equals + 1, error)) {
            return false;
        }
    }
    print_parameters(source);
    return true;
}

static bool find_recorded(struct source *source, struct error *error)
{
    char file[SOURCE_NAME_BYTES + 32];
    (void)snprintf(file, sizeof file, "recorded/%s.trace", source->name);
    return place_find(file, source->trace) ||
           error_set(error, "the recorded workload \"%s\" has no file \"%s\"", source->name, file);
}

bool source_parse(const char *text, struct source *source, struct error *error)
{
    *source = (struct source){0};
    if (is_trace_path(text)) {
        return parse_trace_path(text, source, error);
    }
    char copy[SOURCE_PARAMETERS_BYTES];
    if (strlen(text) >= sizeof copy) {
        return error_set(error, "workload \"%.40s...\": too long", text);
    }
    (void)snprintf(copy, sizeof copy, "%s", text);
    char *parameters = strchr(copy, ':');
    if (parameters != NULL) {
        *parameters++ = '\0';
    }
    (void)snprintf(source->name, sizeof source->name, "%s", copy);
    if (!is_listed(source->name)) {
        return error_set(error,
                         "unknown workload \"%s\"; `heaplab list` shows those there are, a path "
                         "with a '/' names a trace",
                         source->name);
    }
    source->workload = workload_find(source->name);
    if (source->workload == NULL) {
        return parameters == NULL
                   ? find_recorded(source, error)
                   : error_set(error, "the recorded workload \"%s\" has no parameters", copy);
    }
    workload_request_default(source->workload, &source->request);
    return parameters == NULL || parse_parameters(source, parameters, error);
}

bool source_is_threaded(const struct source *source)
{
    return source->workload != NULL && source->workload->threaded;
}

bool source_open(const struct source *source,
                 const struct workload_request *request,
                 struct stream *stream,
                 struct error *error)
{
    if (source->workload == NULL) {
        return trace_load(source->trace, stream, NULL, error);
    }
    struct workload_request full = source->request;
    full.seed = request->seed;
    full.threads = request->threads;
    full.scale = request->scale;
    const char *problem = workload_generate(source->workload, &full, stream);
    return problem == NULL ||
           error_set(error, "cannot make the workload \"%s\": %s", source->name, problem);
}
