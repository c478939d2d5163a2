/* What the files of the morning page share. */
#ifndef HARNESS_NIGHTLY_MORNING_PARTS_H
#define HARNESS_NIGHTLY_MORNING_PARTS_H

#include "harness/nightly/morning.h"
#include "harness/nightly/sheet.h"

#include <stddef.h>

#define MORNING_TEXT_BYTES 1024

/* One page being printed. */
struct morning_page {
    const struct morning *morning;
    struct sheet sheet;
    size_t items_most; /* of a list */
};

/* "+5.1 % [+4.3, +5.9]", of a ratio. */
void morning_ratio(const struct night_ratio *ratio, char text[MORNING_TEXT_BYTES]);

/* "▂▂▇▇  since 2026-11-03": the last nights of a finding's series and where its level comes from. */
void morning_course(const struct morning *morning,
                    const struct finding *finding,
                    char text[MORNING_TEXT_BYTES]);

/* "heaplab 77d0b31 -> 9e1c2aa; instructions +3.1 %, RSS +0.0 %, faults +36.0 %": what the level's
 * first night had of other versions, and what else moved. */
void morning_company(const struct morning *morning,
                     const struct finding *finding,
                     char text[MORNING_TEXT_BYTES]);

/* The command that runs the finding's cell again. */
void morning_command(const struct morning *morning,
                     const struct finding *finding,
                     char text[2 * MORNING_TEXT_BYTES]);

/* The sections below the lists of cells: drift, and what changed. */
void morning_print_drift(struct morning_page *page);
void morning_print_changes(struct morning_page *page);

/* "... and 3 more", when `count` is more than the list may hold. */
void morning_print_rest(struct morning_page *page, size_t count);

#endif
