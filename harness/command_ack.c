/* `heaplab ack`: cells that are known to be worse do not stop the nightly gate, until a day. */
#include "harness/commands.h"
#include "harness/nightly/acknowledge.h"
#include "harness/nightly/nights.h"
#include "harness/nightly/store.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help_text[] =
    "heaplab ack: acknowledge that a cell is worse than the pinned baseline\n"
    "\n"
    "  heaplab ack CELL --until DATE --note TEXT\n"
    "  heaplab ack CELL --withdraw\n"
    "  heaplab ack --list\n"
    "\n"
    "Until the end of that day (UTC) the cell is listed on the morning page, but does not stop "
    "the\n"
    "gate. A CELL is named as for `heaplab history`; where several match all are acknowledged.\n"
    "\n"
    "  --until YYYY-MM-DD  the last day, not before today\n"
    "  --note TEXT         why, for those who read the page\n"
    "  --withdraw          the cell stops the gate again; of several those that are acknowledged\n"
    "  --list              what is acknowledged, and until when\n"
    "  --history DIR       where the history is (default: history beside the runs in results/)\n"
    "  --machine KEY       another machine's, a folder in DIR\n"
    "\n"
    "Examples\n"
    "  heaplab ack bin/larson/2/ns_per_op --until 2027-01-31 --note 'price of the new lock'\n"
    "  heaplab ack 'bin/*/1/rss_bytes_peak' --withdraw\n";

struct request {
    char history[PATH_MAX];
    const char *machine;
    const char *pattern; /* NULL: --list */
    const char *until;
    const char *note;
    bool withdraw;
    bool list;
    bool help;
};

static int fail(const struct error *error, int code)
{
    (void)fprintf(stderr, "heaplab: %s\n", error->text);
    return code;
}

/* ---- What was asked ---- */

static bool check_until(const struct request *request, struct error *error)
{
    char today[ACKNOWLEDGE_DATE_BYTES];
    acknowledge_today(today);
    if (!acknowledge_is_day(request->until)) {
        return error_set(
            error, "--until \"%s\": not a day; write it as YYYY-MM-DD", request->until);
    }
    return strcmp(request->until, today) >= 0 ||
           error_set(error, "--until \"%s\": that day is over, today is %s", request->until, today);
}

static bool check_request(const struct request *request, struct error *error)
{
    if (request->list) {
        return (request->pattern == NULL && request->until == NULL && request->note == NULL &&
                !request->withdraw) ||
               error_set(error, "--list takes no cell and no other words");
    }
    if (request->pattern == NULL) {
        return error_set(error, "name a CELL; see `heaplab ack --help`");
    }
    if (request->withdraw) {
        return request->until == NULL ||
               error_set(error, "--withdraw and --until exclude each other");
    }
    if (request->until == NULL || request->note == NULL || request->note[0] == '\0') {
        return error_set(error,
                         "an acknowledgement needs --until DATE and --note TEXT; see `heaplab ack "
                         "--help`");
    }
    return check_until(request, error);
}

static bool take_option(struct request *request, int key, const char *word, struct error *error)
{
    switch (key) {
    case 'd': (void)snprintf(request->history, sizeof request->history, "%s", optarg); return true;
    case 'm': request->machine = optarg; return true;
    case 'u': request->until = optarg; return true;
    case 'n': request->note = optarg; return true;
    case 'w': request->withdraw = true; return true;
    case 'l': request->list = true; return true;
    case 'h': request->help = true; return true;
    default:
        return error_set(error,
                         "%s \"%s\"; see `heaplab ack --help`",
                         key == ':' ? "a value is missing after" : "unknown option",
                         word);
    }
}

static bool parse(struct request *request, int argc, char **argv, struct error *error)
{
    static const struct option long_options[] = {
        {"history", required_argument, NULL, 'd'},
        {"machine", required_argument, NULL, 'm'},
        {"until", required_argument, NULL, 'u'},
        {"note", required_argument, NULL, 'n'},
        {"withdraw", no_argument, NULL, 'w'},
        {"list", no_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    store_default(request->history);
    optind = 0;
    opterr = 0;
    int at = 1;
    for (int key; (key = getopt_long(argc, argv, ":", long_options, NULL)) != -1; at = optind) {
        if (!take_option(request, key, argv[at], error)) {
            return false;
        }
    }
    request->pattern = optind < argc ? argv[optind] : NULL;
    if (optind + 1 < argc) {
        return error_set(error, "unknown word \"%s\": name one CELL", argv[optind + 1]);
    }
    return request->help || check_request(request, error);
}

/* ---- What is done ---- */

/* Numbers of the nights' series. */
struct meant {
    size_t *numbers;
    size_t count;
};

/* Keeps of the cells those that are acknowledged, until whatever day. */
static void keep_acknowledged(struct meant *meant,
                              const struct nights *nights,
                              const struct acknowledgements *known)
{
    size_t kept = 0;
    for (size_t i = 0; i < meant->count; i++) {
        size_t number = meant->numbers[i];
        if (acknowledgements_find(known, nights->series[number].name, "") != NULL) {
            meant->numbers[kept++] = number;
        }
    }
    meant->count = kept;
}

/* The cells that are meant; there is room for all. */
static bool find_cells(const struct request *request,
                       const char *folder,
                       const struct nights *nights,
                       struct meant *meant,
                       struct error *error)
{
    struct acknowledgements known = {0};
    meant->count = nights_match(nights, request->pattern, meant->numbers);
    bool ok =
        meant->count > 0 || error_set(error,
                                      "no cell \"%s\" in \"%s\"; `heaplab history` lists those "
                                      "there are",
                                      request->pattern,
                                      folder);
    if (ok && request->withdraw) {
        ok = acknowledgements_read(folder, &known, stderr, error);
        keep_acknowledged(meant, nights, &known);
        ok = ok &&
             (meant->count > 0 || error_set(error,
                                            "no cell \"%s\" is acknowledged; `heaplab ack --list` "
                                            "shows those that are",
                                            request->pattern));
        acknowledgements_free(&known);
    }
    return ok;
}

static bool append_each(const struct request *request,
                        const char *folder,
                        const struct nights *nights,
                        struct error *error)
{
    char now[STORE_DATE_BYTES];
    struct meant meant = {.numbers = calloc(nights->series_count + 1, sizeof *meant.numbers)};
    if (meant.numbers == NULL) {
        return error_set(error, "cannot list the cells: out of memory");
    }
    store_now(now);
    bool ok = find_cells(request, folder, nights, &meant, error);
    for (size_t i = 0; ok && i < meant.count; i++) {
        const struct acknowledgement item = {
            .cell = nights->series[meant.numbers[i]].name,
            .withdrawn = request->withdraw,
            .until = request->until != NULL ? request->until : "",
            .note = request->note != NULL ? request->note : "",
            .when = now,
        };
        ok = acknowledge_append(folder, &item, error);
        if (ok) {
            (void)printf("%s: %s%s\n",
                         item.cell,
                         item.withdrawn ? "withdrawn" : "acknowledged until ",
                         item.until);
        }
    }
    free(meant.numbers);
    return ok;
}

static bool acknowledge(const struct request *request, const char *folder, struct error *error)
{
    struct nights nights;
    bool ok =
        nights_read(folder, &nights, stderr, error) && append_each(request, folder, &nights, error);
    nights_free(&nights);
    return ok;
}

static bool print_list(const char *folder, struct error *error)
{
    struct acknowledgements list;
    char today[ACKNOWLEDGE_DATE_BYTES];
    acknowledge_today(today);
    bool ok = acknowledgements_read(folder, &list, stderr, error);
    size_t shown = 0;
    for (size_t i = 0; ok && i < list.count; i++) {
        const struct acknowledgement *item = &list.items[i];
        if (!item->withdrawn) {
            (void)printf("%s  until %s%s  %s\n",
                         item->cell,
                         item->until,
                         strcmp(today, item->until) <= 0 ? "" : " (over)",
                         item->note);
            shown++;
        }
    }
    if (ok && shown == 0) {
        (void)puts("nothing is acknowledged");
    }
    acknowledgements_free(&list);
    return ok;
}

int command_ack(int argc, char **argv)
{
    struct request request = {0};
    struct error error;
    char folder[PATH_MAX];
    if (!parse(&request, argc, argv, &error)) {
        return fail(&error, EXIT_USAGE);
    }
    if (request.help) {
        (void)fputs(help_text, stdout);
        return EXIT_SUCCESS;
    }
    bool ok = store_find(request.history, request.machine, folder, &error) &&
              (request.list ? print_list(folder, &error) : acknowledge(&request, folder, &error));
    return ok ? EXIT_SUCCESS : fail(&error, EXIT_FAILED);
}
