#include "harness/nightly/findings.h"

#include "harness/allocators.h"
#include "harness/commands.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_compared(const struct night_series *series)
{
    return series->figure != NULL && series->figure->primary &&
           strcmp(series->cell.allocator, ALLOCATOR_AGAIN) != 0;
}

bool findings_may_be_worse(enum verdict verdict, double high)
{
    return verdict != VERDICT_LESS && verdict != VERDICT_NONE && !(high <= 1 + FINDINGS_REGRESSION);
}

static bool may_be_worse(const struct night_ratio *ratio)
{
    return findings_may_be_worse(ratio->verdict, ratio->high);
}

static struct finding judge(size_t series, const struct night_point *point)
{
    struct finding finding = {.kind = FINDING_FINE, .series = series, .point = point};
    switch (point->outcome) {
    case OUTCOME_CONFIRMED: finding.kind = FINDING_REGRESSION; return finding;
    case OUTCOME_ACKNOWLEDGED: finding.kind = FINDING_ACKNOWLEDGED; return finding;
    case OUTCOME_UNCONFIRMED:
        finding.kind = FINDING_UNCONFIRMED;
        finding.undecided = may_be_worse(night_deciding(point));
        return finding;
    case OUTCOME_OPEN:
        finding.kind = FINDING_UNCONFIRMED;
        finding.undecided = true;
        return finding;
    case OUTCOME_UNDECIDED:
    case OUTCOME_REPEATED:
    case OUTCOME_NONE: break;
    }
    const struct night_ratio *last = night_deciding(point);
    finding.undecided = may_be_worse(last);
    if (finding.undecided) {
        finding.kind = FINDING_UNRESOLVED;
    } else if (last->verdict == VERDICT_LESS) {
        finding.kind = FINDING_IMPROVEMENT;
    }
    return finding;
}

const struct night_ratio *finding_ratio(const struct finding *finding)
{
    return night_deciding(finding->point);
}

static double size_of(const struct finding *finding)
{
    double size = fabs(log(finding_ratio(finding)->ratio));
    return isnan(size) ? 0 : size;
}

static int compare(const void *one, const void *other)
{
    const struct finding *a = one;
    const struct finding *b = other;
    const double sizes[2] = {size_of(a), size_of(b)};
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    if (sizes[0] < sizes[1] || sizes[0] > sizes[1]) {
        return sizes[0] > sizes[1] ? -1 : 1;
    }
    return (a->series > b->series) - (a->series < b->series);
}

static bool has_allocator(const struct nights *nights, const char *allocator, size_t night)
{
    for (size_t i = 0; i < nights->series_count; i++) {
        if (strcmp(nights->series[i].cell.allocator, allocator) == 0 &&
            night_point_of(&nights->series[i], night) != NULL) {
            return true;
        }
    }
    return false;
}

/* Whether a night's options left the workload out: its facts list those that it ran. */
static bool left_out(const struct night *night, const char *workload)
{
    const char *list = night_fact(night, "workloads", 0);
    size_t length = strlen(workload);
    for (const char *word = list; *word != '\0'; word += strspn(word, ",")) {
        size_t end = strcspn(word, ",");
        if (end == length && strncmp(word, workload, length) == 0) {
            return false;
        }
        word += end;
    }
    return list[0] != '\0';
}

bool findings_is_missing(const struct nights *nights, size_t number, size_t night)
{
    const struct night_series *series = &nights->series[number];
    return night > 0 && is_compared(series) && night_point_of(series, night) == NULL &&
           night_point_of(series, night - 1) != NULL &&
           has_allocator(nights, series->cell.allocator, night) &&
           !left_out(&nights->nights[night], series->cell.workload);
}

bool findings_make(struct findings *findings, const struct nights *nights, size_t night)
{
    *findings =
        (struct findings){.items = malloc((nights->series_count + 1) * sizeof *findings->items)};
    if (findings->items == NULL) {
        return false;
    }
    for (size_t i = 0; i < nights->series_count; i++) {
        const struct night_point *point = night_point_of(&nights->series[i], night);
        if (point == NULL) {
            findings->missing += findings_is_missing(nights, i, night) ? 1 : 0;
        } else if (is_compared(&nights->series[i])) {
            struct finding finding = judge(i, point);
            findings->items[findings->count++] = finding;
            findings->of_kind[finding.kind]++;
            findings->undecided += finding.undecided ? 1 : 0;
        }
    }
    qsort(findings->items, findings->count, sizeof *findings->items, compare);
    while (night_fact(&nights->nights[night], "nightly.failed", findings->failed)[0] != '\0') {
        findings->failed++;
    }
    return true;
}

void findings_free(struct findings *findings)
{
    free(findings->items);
    *findings = (struct findings){0};
}

const struct finding *findings_of(const struct findings *findings, enum finding_kind kind)
{
    const struct finding *first = findings->items;
    for (size_t i = 0; i < (size_t)kind; i++) {
        first += findings->of_kind[i];
    }
    return first;
}

int findings_code(const struct findings *findings)
{
    if (findings->of_kind[FINDING_REGRESSION] > 0) {
        return EXIT_REGRESSION;
    }
    if (findings->failed > 0) {
        return EXIT_FAILED_CELLS;
    }
    return findings->undecided > 0 || findings->count == 0 ? EXIT_UNRESOLVED : EXIT_SUCCESS;
}
