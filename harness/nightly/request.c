#include "harness/nightly/request.h"

#include "harness/nightly/allocator_words.h"
#include "harness/nightly/store.h"

#include <stdio.h>
#include <string.h>

static const char help_text[] =
    "heaplab nightly: hold tonight's allocators against a pinned baseline\n"
    "\n"
    "  heaplab nightly --candidate NAME|NAME=PATH... [OPTION...]\n"
    "  heaplab nightly --resume DIR     go on with a night that was interrupted\n"
    "  heaplab nightly --page [RUN]     the morning page of a night again: the run's name or "
    "folder\n"
    "                                   (default: the last one)\n"
    "\n"
    "  --candidate NAME[=PATH]  an allocator of `heaplab list`, or a shared object; repeatable\n"
    "  --baseline NAME[=PATH]   what it is held against (default: the pinned one, at first "
    "glibc).\n"
    "                           The first night pins it by its SHA-256\n"
    "  --pin                    pin the baseline anew, with this night: the history gets a mark\n"
    "  --history DIR            where all nights are kept (default: history beside the runs in\n"
    "                           results/). A run keeps it for --resume\n"
    "  --markdown FILE          the morning page as Markdown (besides morning.txt and morning.md "
    "in\n"
    "                           the run's folder)\n"
    "  --force                  run although the machine is unfit (`heaplab doctor`)\n"
    "\n"
    "All other options are those of a campaign (`heaplab run --help`): --workloads, --threads,\n"
    "--passes, --blocks, --precision, --budget, --scale, --seed, --output and so on. Without "
    "--blocks\n"
    "there are as many as the comparisons need for a verdict.\n"
    "\n"
    "Cells that are worse, or in which a regression of 5 % cannot be excluded, are run again, and\n"
    "only the fresh blocks decide; with --budget T in what is left of T, at least a quarter of "
    "it.\n"
    "`heaplab history` shows the nights of a cell, `heaplab ack` lets a known regression pass.\n"
    "\n"
    "Examples\n"
    "  heaplab nightly --candidate mine=/opt/build/libmine.so --baseline "
    "mine-1.0=/opt/1.0/libmine.so\n"
    "  heaplab nightly --candidate bin --workloads larson,sqlite --threads 1,2 --budget 30m\n"
    "\n"
    "Ends with 0 when all is fine, 1 on errors, 2 on wrong usage, 3 with a confirmed regression, 4 "
    "when\n"
    "one of 5 % can neither be seen nor excluded or nothing was compared, 5 when cells failed, 6 "
    "when\n"
    "the machine is unfit, 130 when interrupted. --page ends with the code of the night that it "
    "shows.\n";

void request_help(void)
{
    (void)fputs(help_text, stdout);
}

enum own_option {
    OWN_CANDIDATE,
    OWN_BASELINE,
    OWN_HISTORY,
    OWN_MARKDOWN,
    OWN_RESUME,
    OWN_PAGE,
    OWN_FORCE,
    OWN_PIN,
    OWN_HELP,
    OWN_NONE
};

static const struct {
    const char *name;
    bool has_value;
} own_options[] = {
    [OWN_CANDIDATE] = {"--candidate", true},
    [OWN_BASELINE] = {"--baseline", true},
    [OWN_HISTORY] = {"--history", true},
    [OWN_MARKDOWN] = {"--markdown", true},
    [OWN_RESUME] = {"--resume", true},
    [OWN_PAGE] = {"--page", false},
    [OWN_FORCE] = {"--force", false},
    [OWN_PIN] = {"--pin", false},
    [OWN_HELP] = {"--help", false},
};

/* Options of a run that a night decides itself. */
static const char *const refused[] = {
    "--allocators", "--allocator", "--campaign", "--no-plots", "--no-warm-up"};

/* The word's option, its value behind a '=' or NULL. */
static enum own_option find_own(const char *word, const char **value)
{
    size_t length = strcspn(word, "=");
    *value = word[length] == '=' ? word + length + 1 : NULL;
    for (size_t i = 0; i < OWN_NONE; i++) {
        if (strlen(own_options[i].name) == length &&
            strncmp(own_options[i].name, word, length) == 0) {
            return (enum own_option)i;
        }
    }
    return OWN_NONE;
}

static bool take_own(struct request *request, enum own_option option, const char *value)
{
    switch (option) {
    case OWN_CANDIDATE: return words_add(&request->candidates, value);
    case OWN_BASELINE: request->baseline = value; return true;
    case OWN_HISTORY:
        request->has_history = true;
        (void)snprintf(request->history, sizeof request->history, "%s", value);
        return true;
    case OWN_MARKDOWN: request->markdown = value; return true;
    case OWN_RESUME: request->resume = value; return true;
    case OWN_FORCE: request->force = true; return true;
    case OWN_PIN: request->pin = true; return true;
    case OWN_HELP: request->help = true; return true;
    case OWN_PAGE: request->page = value != NULL ? value : ""; return true;
    case OWN_NONE: break;
    }
    return true;
}

static bool pass_on(struct request *request, const char *word, struct error *error)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        size_t length = strlen(refused[i]);
        if (strncmp(word, refused[i], length) == 0 &&
            (word[length] == '\0' || word[length] == '=')) {
            return error_set(error,
                             "a night has no option \"%s\": name allocators with --candidate; see "
                             "`heaplab nightly --help`",
                             refused[i]);
        }
    }
    return words_add(&request->passed, word) || error_set(error, "out of memory");
}

/* What can be said of the names without knowing the pinned baseline. */
static bool check_names(const struct request *request, struct error *error)
{
    for (size_t i = 0; i < request->candidates.count; i++) {
        const char *word = request->candidates.items[i];
        if (!allocator_word_check_form("--candidate", word, error)) {
            return false;
        }
        if (!allocator_word_has_path(word) && !allocator_word_is_listed(word)) {
            return allocator_word_unknown("--candidate", word, error);
        }
    }
    return request->baseline == NULL ||
           allocator_word_check_form("--baseline", request->baseline, error);
}

static bool check_request(const struct request *request, struct error *error)
{
    bool alone = request->candidates.count == 0 && request->baseline == NULL &&
                 request->passed.count == 0 && (!request->pin || request->resume != NULL);
    if (request->resume != NULL || request->page != NULL) {
        return alone || error_set(error,
                                  "%s takes candidates and options from the run; give only "
                                  "--history, --markdown, --force%s with it",
                                  request->resume != NULL ? "--resume" : "--page",
                                  request->resume != NULL ? " and --pin" : "");
    }
    return (request->candidates.count > 0 ||
            error_set(error,
                      "name what is held against the baseline: --candidate NAME or --candidate "
                      "NAME=PATH")) &&
           check_names(request, error);
}

/* Whether the option's value is the next word, `next` (NULL at the end). */
static bool takes_next(enum own_option option, const char *next)
{
    return own_options[option].has_value || (option == OWN_PAGE && next != NULL && next[0] != '-');
}

/* Takes the word argv[*at], and the next one when that is its value. */
static bool take_word(struct request *request, char **argv, int *at, struct error *error)
{
    const char *value;
    enum own_option option = find_own(argv[*at], &value);
    if (option == OWN_NONE) {
        return pass_on(request, argv[*at], error);
    }
    if (value == NULL && takes_next(option, argv[*at + 1])) {
        value = argv[*at + 1];
        if (value == NULL) {
            return error_set(
                error, "a value is missing after \"%s\"; see `heaplab nightly --help`", argv[*at]);
        }
        ++*at;
    }
    return take_own(request, option, value) ||
           error_set(error, "cannot read the options: out of memory");
}

bool request_parse(struct request *request, int argc, char **argv, struct error *error)
{
    bool ok = true;
    *request = (struct request){0};
    store_default(request->history);
    for (int i = 1; ok && i < argc; i++) {
        ok = take_word(request, argv, &i, error);
    }
    return ok && (request->help || check_request(request, error));
}

void request_free(struct request *request)
{
    words_free(&request->candidates);
    words_free(&request->passed);
}

/* ---- The words of the campaign ---- */

/* "NAME=PATH" is an option of its own, "NAME" goes into the list of those that are listed. */
static bool add_allocator(struct words *words, char *listed, size_t room, const char *word)
{
    if (allocator_word_has_path(word)) {
        return words_add_pair(words, "--allocator", word);
    }
    size_t used = strlen(listed);
    (void)snprintf(listed + used, room - used, "%s%s", used > 0 ? "," : "", word);
    return true;
}

/* The name in front of "=PATH". */
static void name_of(const char *word, char name[ALLOCATOR_NAME_BYTES])
{
    size_t length = allocator_word_has_path(word) ? strcspn(word, "=") : strlen(word);
    (void)snprintf(name, ALLOCATOR_NAME_BYTES, "%.*s", (int)length, word);
}

/* Whether the baseline is the pinned one, with its path. A name that stands alone means it, unless it is a
 * listed one and --pin asks for something new. */
static bool is_pinned(const struct request *request, const struct pinned *pinned)
{
    if (request->baseline == NULL || !pinned->known) {
        return pinned->known;
    }
    return strcmp(request->baseline, pinned->name) == 0 &&
           (!request->pin || !allocator_word_is_listed(request->baseline));
}

bool request_check_baseline(const struct request *request,
                            const struct pinned *pinned,
                            struct error *error)
{
    const char *word = request->baseline;
    return is_pinned(request, pinned) || word == NULL || allocator_word_has_path(word) ||
           allocator_word_is_listed(word) || allocator_word_unknown("--baseline", word, error);
}

static const char *
baseline_word(const struct request *request, const struct pinned *pinned, char *room)
{
    if (!is_pinned(request, pinned)) {
        return request->baseline != NULL ? request->baseline : "glibc";
    }
    bool by_name = pinned->path[0] == '\0' || strchr(pinned->name, ':') != NULL;
    (void)snprintf(
        room, PATH_MAX, "%s%s%s", pinned->name, by_name ? "" : "=", by_name ? "" : pinned->path);
    return room;
}

bool request_run_words(const struct request *request,
                       const struct pinned *pinned,
                       size_t blocks,
                       struct words *words)
{
    char listed[4096] = "";
    char room[PATH_MAX];
    char name[ALLOCATOR_NAME_BYTES];
    char number[24];
    const char *baseline = baseline_word(request, pinned, room);
    name_of(baseline, name);
    bool ok = words_add(words, "run") && add_allocator(words, listed, sizeof listed, baseline);
    for (size_t i = 0; ok && i < request->candidates.count; i++) {
        ok = add_allocator(words, listed, sizeof listed, request->candidates.items[i]);
    }
    /* The floor is always among them: a list that is there keeps the others away. */
    ok = ok &&
         words_add_pair(words, "--allocators", listed[0] != '\0' ? listed : ALLOCATOR_FLOOR) &&
         words_add_pair(words, "--baseline", name);
    for (size_t i = 0; ok && i < request->passed.count; i++) {
        ok = words_add(words, request->passed.items[i]);
    }
    (void)snprintf(number, sizeof number, "%zu", blocks);
    return ok && (blocks == 0 || words_add_pair(words, "--blocks", number));
}
