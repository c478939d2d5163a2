#include "harness/nightly/acknowledge.h"

#include "harness/nightly/store.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct gathering {
    struct acknowledgements *list;
    struct names cells; /* numbers are places in the list */
};

static bool take(void *context, const void *bytes)
{
    struct gathering *gathering = context;
    struct acknowledgements *list = gathering->list;
    const struct acknowledged_row *row = bytes;
    uint32_t place = names_number(&gathering->cells, row->cell);
    const struct acknowledgement item = {
        .cell = names_keep(&list->names, row->cell),
        .withdrawn = strcmp(row->state, "acknowledged") != 0,
        .until = names_keep(&list->names, row->until),
        .note = names_keep(&list->names, row->note),
        .when = names_keep(&list->names, row->when),
    };
    if (place == NAMES_NONE || item.cell == NULL || item.until == NULL || item.note == NULL ||
        item.when == NULL) {
        return false;
    }
    if (place == list->count) {
        struct acknowledgement *items =
            reallocarray(list->items, list->count + 1, sizeof *list->items);
        if (items == NULL) {
            return false;
        }
        list->items = items;
        list->count++;
    }
    list->items[place] = item;
    return true;
}

bool acknowledgements_read(const char *folder,
                           struct acknowledgements *list,
                           FILE *told,
                           struct error *error)
{
    *list = (struct acknowledgements){0};
    struct gathering gathering = {.list = list};
    const struct lines_visitor visitor = {take, &gathering};
    bool ok = store_read(folder, &acknowledged_layout, &visitor, told, error);
    names_free(&gathering.cells);
    return ok;
}

void acknowledgements_free(struct acknowledgements *list)
{
    free(list->items);
    names_free(&list->names);
    *list = (struct acknowledgements){0};
}

const struct acknowledgement *
acknowledgements_find(const struct acknowledgements *list, const char *cell, const char *day)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct acknowledgement *item = &list->items[i];
        if (!item->withdrawn && strcmp(item->cell, cell) == 0 && strcmp(day, item->until) <= 0) {
            return item;
        }
    }
    return NULL;
}

bool acknowledge_append(const char *folder,
                        const struct acknowledgement *acknowledgement,
                        struct error *error)
{
    const struct acknowledged_row row = {
        .schema = count_of(TABLE_SCHEMA),
        .cell = acknowledgement->cell,
        .state = acknowledgement->withdrawn ? "withdrawn" : "acknowledged",
        .until = acknowledgement->until,
        .note = acknowledgement->note,
        .when = acknowledgement->when,
    };
    return store_append(folder, &acknowledged_layout, &row, error);
}

bool acknowledge_is_day(const char *text)
{
    struct tm day = {0};
    char again[ACKNOWLEDGE_DATE_BYTES];
    const char *end = strptime(text, "%Y-%m-%d", &day);
    if (strlen(text) != ACKNOWLEDGE_DATE_BYTES - 1 || end == NULL || *end != '\0') {
        return false;
    }
    day.tm_hour = 12;
    time_t moment = timegm(&day); /* makes the 30th of February a day of March */
    return gmtime_r(&moment, &day) != NULL &&
           strftime(again, sizeof again, "%Y-%m-%d", &day) == ACKNOWLEDGE_DATE_BYTES - 1 &&
           strcmp(again, text) == 0;
}

void acknowledge_today(char day[ACKNOWLEDGE_DATE_BYTES])
{
    char now[STORE_DATE_BYTES];
    store_now(now);
    (void)snprintf(day, ACKNOWLEDGE_DATE_BYTES, "%.10s", now);
}
