#include "harness/campaign/fitness.h"

#include "harness/campaign/fitness_parts.h"

#include <stdarg.h>
#include <stdio.h>

void fitness_add(struct fitness *fitness,
                 enum fitness_severity severity,
                 const char *check,
                 const char *remedy,
                 const char *format,
                 ...)
{
    va_list arguments;
    fitness->worst = severity > fitness->worst ? severity : fitness->worst;
    if (fitness->count == FITNESS_FINDINGS_MAX) {
        return;
    }
    struct fitness_finding *finding = &fitness->finding[fitness->count++];
    finding->severity = severity;
    finding->check = check;
    va_start(arguments, format);
    (void)vsnprintf(finding->what, sizeof finding->what, format, arguments);
    va_end(arguments);
    (void)snprintf(finding->remedy, sizeof finding->remedy, "%s", remedy);
}

void fitness_examine_at(struct fitness *fitness, const char *root, uint64_t observe_ns)
{
    *fitness = (struct fitness){0};
    fitness_add_settings(fitness, root);
    fitness_add_now(fitness, root, observe_ns);
}

void fitness_examine(struct fitness *fitness, uint64_t observe_ns)
{
    fitness_examine_at(fitness, "", observe_ns);
}

const char *fitness_word(enum fitness_severity severity)
{
    static const char *const words[] = {"ok", "note", "warn", "unfit"};
    return words[severity];
}
