#include "harness/nightly/allocator_words.h"

#include "harness/allocators.h"
#include "harness/choice.h"

#include <stdio.h>
#include <string.h>

bool allocator_word_has_path(const char *word)
{
    return word[strcspn(word, ":=")] == '=';
}

static bool find_listed(void *context, const char *word, struct error *error)
{
    char name[ALLOCATOR_NAME_BYTES];
    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(word, ":"), word);
    return allocators_find(context, name) != NULL || error_set(error, "unknown");
}

bool allocator_word_is_listed(const char *word)
{
    struct allocator_list listed = {0};
    struct error ignored;
    bool is_listed = allocators_listed(&listed, &ignored) &&
                     choice_each_word(word, find_listed, &listed, &ignored);
    allocators_free(&listed);
    return is_listed;
}

bool allocator_word_check_form(const char *option, const char *word, struct error *error)
{
    struct allocator allocator;
    struct error ignored;
    if (!allocator_word_has_path(word)) {
        return true;
    }
    if (!allocator_parse(word, &allocator, &ignored)) {
        return error_set(error,
                         "%s \"%s\": not of the form NAME=PATH; a name has letters, digits and "
                         "-_.+ only, for example mine=/opt/lib/libmine.so",
                         option,
                         word);
    }
    return strcmp(allocator.name, ALLOCATOR_AGAIN) != 0 ||
           error_set(error,
                     "%s \"%s\": the name \"%s\" is heaplab's own, for the baseline's second "
                     "cell; choose another",
                     option,
                     word,
                     ALLOCATOR_AGAIN);
}

bool allocator_word_unknown(const char *option, const char *word, struct error *error)
{
    return error_set(error,
                     "%s \"%s\": no allocator of that name; `heaplab list` shows those there are, "
                     "%s NAME=PATH takes a shared object",
                     option,
                     word,
                     option);
}
