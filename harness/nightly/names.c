#include "harness/nightly/names.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a. */
static size_t hash_of(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (const char *c = text; *c != '\0'; c++) {
        hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
    }
    return (size_t)(hash ^ (hash >> 32));
}

/* The slot that holds the text, or the free one where it belongs. */
static size_t find_slot(const struct names *names, const char *text)
{
    size_t at = hash_of(text) & (names->slots - 1);
    while (names->slot[at] != NAMES_NONE && strcmp(names->text[names->slot[at]], text) != 0) {
        at = (at + 1) & (names->slots - 1);
    }
    return at;
}

/* Doubles the room; slots stay at most half full. */
static bool grow(struct names *names)
{
    size_t room = names->room == 0 ? 64 : names->room * 2;
    char **text = reallocarray(names->text, room, sizeof *text);
    if (text == NULL) {
        return false;
    }
    names->text = text;
    uint32_t *slot = malloc(2 * room * sizeof *slot);
    if (slot == NULL) {
        return false;
    }
    free(names->slot);
    names->slot = slot;
    names->slots = 2 * room;
    names->room = room;
    memset(slot, 0xff, 2 * room * sizeof *slot);
    for (size_t i = 0; i < names->count; i++) {
        slot[find_slot(names, names->text[i])] = (uint32_t)i;
    }
    return true;
}

uint32_t names_number(struct names *names, const char *text)
{
    if (names->count == names->room && !grow(names)) {
        return NAMES_NONE;
    }
    size_t at = find_slot(names, text);
    if (names->slot[at] == NAMES_NONE) {
        char *copy = strdup(text);
        if (copy == NULL) {
            return NAMES_NONE;
        }
        names->text[names->count] = copy;
        names->slot[at] = (uint32_t)names->count++;
    }
    return names->slot[at];
}

const char *names_keep(struct names *names, const char *text)
{
    uint32_t number = names_number(names, text);
    return number == NAMES_NONE ? NULL : names->text[number];
}

void names_free(struct names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        free(names->text[i]);
    }
    free(names->text);
    free(names->slot);
    *names = (struct names){0};
}
