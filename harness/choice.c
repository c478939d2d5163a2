#include "harness/choice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool choice_each_word(const char *list,
                      bool (*each)(void *, const char *, struct error *),
                      void *context,
                      struct error *error)
{
    char *copy = strdup(list);
    char *rest = NULL;
    bool ok = copy != NULL || error_set(error, "out of memory");
    char *word = copy != NULL ? strtok_r(copy, ",", &rest) : NULL;
    if (ok && word == NULL) {
        ok = error_set(error, "an empty list \"%s\": name at least one", list);
    }
    for (; ok && word != NULL; word = strtok_r(NULL, ",", &rest)) {
        ok = each(context, word, error);
    }
    free(copy);
    return ok;
}

static bool add_source(void *context, const char *word, struct error *error)
{
    struct options *options = context;
    struct source source;
    if (!source_parse(word, &source, error)) {
        return false;
    }
    for (size_t i = 0; i < options->source_count; i++) {
        if (strcmp(options->sources[i].name, source.name) == 0 &&
            strcmp(options->sources[i].parameters, source.parameters) == 0) {
            return error_set(error, "workload \"%s\" is named twice", word);
        }
    }
    struct source *sources =
        reallocarray(options->sources, options->source_count + 1, sizeof *sources);
    if (sources == NULL) {
        return error_set(error, "cannot list the workloads: out of memory");
    }
    options->sources = sources;
    options->sources[options->source_count++] = source;
    return true;
}

struct naming {
    struct options *options;
    const struct allocator_list *listed;
};

static bool add_listed(void *context, const char *word, struct error *error)
{
    struct naming *naming = context;
    struct allocator allocator;
    return allocators_choose(naming->listed, word, &allocator, error) &&
           allocators_add(&naming->options->allocators, &allocator, error);
}

static void tell_skipped(const struct allocator *allocator)
{
    bool packaged = allocator->package[0] != '\0';
    (void)fprintf(stderr,
                  "heaplab: %s is skipped: \"%s\" is not there; %s%s\n",
                  allocator->name,
                  allocator->library,
                  packaged ? "apt-get install " : "run make",
                  allocator->package);
}

/* All that are installed; the others are named, with their remedy. */
static bool
add_all_found(struct options *options, const struct allocator_list *listed, struct error *error)
{
    for (size_t i = 0; i < listed->count; i++) {
        const struct allocator *allocator = &listed->items[i];
        if (!allocator->standard) {
            continue;
        }
        if (!allocator->found) {
            tell_skipped(allocator);
        } else if (!allocators_add(&options->allocators, allocator, error)) {
            return false;
        }
    }
    return true;
}

/* The classical policies beside glibc and the binary buddy, and what three of their settings do. */
static bool
add_classics(struct naming *naming, const struct allocator_list *listed, struct error *error)
{
    bool ok = choice_each_word("glibc,buddy", add_listed, naming, error);
    for (size_t i = 0; ok && i < listed->count; i++) {
        ok = listed->items[i].standard ||
             allocators_add(&naming->options->allocators, &listed->items[i], error);
    }
    return ok && choice_each_word("first-fit:heaps=thread,first-fit:coalesce=deferred,"
                                  "first-fit:coalesce=never",
                                  add_listed,
                                  naming,
                                  error);
}

/* Listed allocators come first, a user's own after them, as tables and charts show them. */
static bool
choose_allocators(struct options *options, const struct choice *choice, struct error *error)
{
    struct allocator_list listed = {0};
    struct allocator_list own = options->allocators;
    struct naming naming = {options, &listed};
    options->allocators = (struct allocator_list){0};
    bool ok = allocators_listed(&listed, error);
    if (ok && choice->allocators != NULL) {
        ok = choice_each_word(choice->allocators, add_listed, &naming, error);
    } else if (ok) {
        ok = choice->classic ? add_classics(&naming, &listed, error)
                             : add_all_found(options, &listed, error);
    }
    for (size_t i = 0; ok && i < own.count; i++) {
        ok = allocators_add(&options->allocators, &own.items[i], error);
    }
    if (ok && allocators_find(&options->allocators, ALLOCATOR_FLOOR) == NULL) {
        ok = add_listed(&naming, ALLOCATOR_FLOOR, error);
    }
    allocators_free(&listed);
    allocators_free(&own);
    return ok;
}

/* glibc, else the first; the floor only where it is alone. */
static const char *default_baseline(const struct allocator_list *chosen)
{
    if (allocators_find(chosen, "glibc") != NULL) {
        return "glibc";
    }
    for (size_t i = 0; i < chosen->count; i++) {
        if (strcmp(chosen->items[i].name, ALLOCATOR_FLOOR) != 0) {
            return chosen->items[i].name;
        }
    }
    return ALLOCATOR_FLOOR;
}

static bool
choose_baseline(struct options *options, const struct choice *choice, struct error *error)
{
    const char *name = choice->baseline;
    if (name == NULL) {
        name = default_baseline(&options->allocators);
    } else if (strcmp(name, ALLOCATOR_FLOOR) == 0) {
        return error_set(error,
                         "--baseline \"%s\": it serves no program and is no allocator to compare "
                         "with, only the floor of what a replay costs; name another",
                         name);
    }
    if (allocators_find(&options->allocators, name) == NULL) {
        return error_set(error,
                         "--baseline \"%s\" is not among the allocators of this run; add it to "
                         "--allocators",
                         name);
    }
    (void)snprintf(options->baseline, sizeof options->baseline, "%s", name);
    return true;
}

/* The baseline a second time, where there is something to compare with it: what differs between the
 * two cells of one library is noise. The floor has no noise that anybody compares with. */
static bool add_baseline_again(struct options *options, struct error *error)
{
    struct allocator again = *allocators_find(&options->allocators, options->baseline);
    size_t others = 0;
    for (size_t i = 0; i < options->allocators.count; i++) {
        const char *name = options->allocators.items[i].name;
        others += strcmp(name, options->baseline) != 0 && strcmp(name, ALLOCATOR_FLOOR) != 0;
    }
    if (others == 0 || strcmp(again.name, ALLOCATOR_FLOOR) == 0) {
        return true;
    }
    (void)snprintf(again.name, sizeof again.name, "%s", ALLOCATOR_AGAIN);
    return allocators_add(&options->allocators, &again, error);
}

/* All of list.def that is standard or, with `classic`, all that is not. */
static bool add_listed_sources(struct options *options, bool classic, struct error *error)
{
    char name[SOURCE_NAME_BYTES];
    bool ok = true;
    for (size_t i = 0; ok && source_listed(i, name); i++) {
        ok = source_is_standard(i) == classic || add_source(options, name, error);
    }
    return ok;
}

static bool
choose_sources(struct options *options, const struct choice *choice, struct error *error)
{
    if (choice->workloads != NULL) {
        return choice_each_word(choice->workloads, add_source, options, error);
    }
    if (!choice->classic) {
        return add_listed_sources(options, false, error);
    }
    /* Sizes of every distribution, the adversaries, threads, and programs on one thread. */
    return choice_each_word("sized:sizes=0,sized,sized:sizes=2,sized:sizes=3,sized:sizes=4",
                            add_source,
                            options,
                            error) &&
           add_listed_sources(options, true, error) &&
           choice_each_word("fragmenter,churn-phases,larson,perl,sqlite,python,lua,jq,cc1",
                            add_source,
                            options,
                            error);
}

bool choice_resolve(const struct choice *choice, struct options *options, struct error *error)
{
    return choose_allocators(options, choice, error) && choose_baseline(options, choice, error) &&
           add_baseline_again(options, error) && choose_sources(options, choice, error);
}
