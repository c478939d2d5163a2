#include "harness/nightly/words.h"

#include <stdlib.h>
#include <string.h>

bool words_add(struct words *words, const char *word)
{
    char *copy = strdup(word);
    char **items =
        copy != NULL ? reallocarray(words->items, words->count + 2, sizeof *items) : NULL;
    if (items == NULL) {
        free(copy);
        return false;
    }
    words->items = items;
    words->items[words->count++] = copy;
    words->items[words->count] = NULL;
    return true;
}

bool words_add_pair(struct words *words, const char *option, const char *value)
{
    return words_add(words, option) && words_add(words, value);
}

void words_free(struct words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        free(words->items[i]);
    }
    free(words->items);
    *words = (struct words){0};
}

const char *words_value(char *const *items, size_t count, const char *option)
{
    const char *value = NULL;
    size_t length = strlen(option);
    for (size_t i = 0; i < count; i++) {
        if (strncmp(items[i], option, length) != 0) {
            continue;
        }
        if (items[i][length] == '=') {
            value = items[i] + length + 1;
        } else if (items[i][length] == '\0' && i + 1 < count) {
            value = items[i + 1];
        }
    }
    return value;
}
