/* The closing table's lines on the check pass: it has no figures, only cells that passed or not. */
#include "harness/report/closing_parts.h"

#include <inttypes.h>
#include <string.h>

static bool is_checked(const struct measurements_row *row)
{
    return strcmp(row->pass, "check") == 0;
}

static bool has_passed(const struct measurements_row *row)
{
    return strcmp(row->status, "ok") == 0;
}

static void print_failed(const struct closing *closing, const struct measurements_row *row)
{
    (void)fprintf(closing->out,
                  "  %s on %s%s%s, %" PRIu64 " thread%s, block %" PRIu64 ": %s\n",
                  row->allocator,
                  row->workload,
                  row->parameters[0] != '\0' ? ":" : "",
                  row->parameters,
                  row->threads.value,
                  row->threads.value == 1 ? "" : "s",
                  row->block.value,
                  row->status);
}

void closing_print_check(const struct closing *closing)
{
    size_t cells = 0;
    size_t passed = 0;
    const struct measurements_table *table = &closing->measurements;
    for (size_t i = 0; i < table->count; i++) {
        cells += is_checked(&table->rows[i]) ? 1 : 0;
        passed += is_checked(&table->rows[i]) && has_passed(&table->rows[i]) ? 1 : 0;
    }
    if (cells == 0) {
        return;
    }
    (void)fprintf(closing->out,
                  "\ncheck: %zu of %zu cell%s passed%s\n",
                  passed,
                  cells,
                  cells == 1 ? "" : "s",
                  passed < cells ? ", not:" : "");
    for (size_t i = 0; i < table->count; i++) {
        if (is_checked(&table->rows[i]) && !has_passed(&table->rows[i])) {
            print_failed(closing, &table->rows[i]);
        }
    }
}
