/* `heaplab compare`: runs against each other, with verdicts. */
#include "harness/commands.h"
#include "harness/compare/compare.h"
#include "harness/compare/view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(const struct error *error, int code)
{
    (void)fprintf(stderr, "heaplab: %s\n", error->text);
    return code;
}

/* CSV is for programs: what a person should know goes to standard error. */
static bool print_result(const struct compare_result *result, struct error *error)
{
    bool ok = true;
    switch (result->request->format) {
    case COMPARE_TEXT: ok = compare_print_text(result, stdout); break;
    case COMPARE_MARKDOWN: ok = compare_print_markdown(result, stdout); break;
    case COMPARE_CSV:
        for (size_t i = 0; i < result->notes.count; i++) {
            (void)fprintf(stderr, "heaplab: %s\n", result->notes.line[i]);
        }
        compare_print_csv(result, stdout);
        break;
    }
    if (!ok) {
        return error_set(error, "cannot print the comparison: out of memory");
    }
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        return error_set(error, "cannot print the comparison: %s", strerror(errno));
    }
    return true;
}

static int code_of(const struct compare_result *result)
{
    if (compare_count(result, VERDICT_GREATER) > 0) {
        return EXIT_REGRESSION;
    }
    if (compare_count_failed(result) > 0) {
        return EXIT_FAILED_CELLS;
    }
    return compare_count(result, VERDICT_UNRESOLVED) > 0 ? EXIT_UNRESOLVED : EXIT_SUCCESS;
}

static int compare_runs(const struct compare_request *request)
{
    struct error error;
    struct compare_result *result = malloc(sizeof *result);
    if (result == NULL) {
        (void)error_set(&error, "cannot compare the runs: out of memory");
        return fail(&error, EXIT_FAILED);
    }
    int code = EXIT_FAILED;
    if (!compare_make(result, request, &error)) {
        code = fail(&error, result->other_machine && !request->force ? EXIT_UNFIT : EXIT_FAILED);
    } else if (!print_result(result, &error)) {
        code = fail(&error, EXIT_FAILED);
    } else {
        code = code_of(result);
    }
    compare_free(result);
    free(result);
    return code;
}

int command_compare(int argc, char **argv)
{
    struct error error;
    struct compare_request request;
    if (!compare_request_parse(&request, argc, argv, &error)) {
        return fail(&error, EXIT_USAGE);
    }
    if (request.help) {
        compare_request_help();
        return EXIT_SUCCESS;
    }
    return compare_runs(&request);
}
