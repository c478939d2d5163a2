#include "harness/report/judged.h"

#include <string.h>

const struct judged_figure judged_figures[] = {
    {"ns_per_op", "throughput", "faster", "slower", true},
    {"cpu_ns_per_op", "throughput", "faster", "slower", false},
    {"rss_bytes_peak", "memory", "smaller", "larger", true},
    {"rss_bytes_mean", "memory", "smaller", "larger", false},
    {"rss_bytes_end", "memory", "smaller", "larger", false},
    {"rss_bytes_idle", "memory", "smaller", "larger", false},
    {"instructions_per_op", "instructions", "smaller", "larger", true},
    {"malloc_latency_ns_p50", "latency", "faster", "slower", false},
    {"malloc_latency_ns_p99", "latency", "faster", "slower", false},
    {"malloc_latency_ns_p99_9", "latency", "faster", "slower", false},
    {"free_latency_ns_p50", "latency", "faster", "slower", false},
    {"free_latency_ns_p99", "latency", "faster", "slower", false},
    {"free_latency_ns_p99_9", "latency", "faster", "slower", false},
};
const size_t judged_figure_count = sizeof judged_figures / sizeof judged_figures[0];

const struct judged_figure *judged_find(const char *figure)
{
    for (size_t i = 0; i < judged_figure_count; i++) {
        if (strcmp(judged_figures[i].figure, figure) == 0) {
            return &judged_figures[i];
        }
    }
    return NULL;
}

enum verdict judged_of_survivors(enum verdict verdict, size_t failures)
{
    bool is_lucky = verdict == VERDICT_LESS || verdict == VERDICT_EQUIVALENT;
    return failures > 0 && is_lucky ? VERDICT_UNRESOLVED : verdict;
}

const char *judged_word(const struct judged_figure *figure, enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_NONE: return "";
    case VERDICT_LESS: return figure->less;
    case VERDICT_GREATER: return figure->more;
    case VERDICT_EQUIVALENT: return "equivalent";
    case VERDICT_UNRESOLVED: return "unresolved";
    }
    return "";
}

enum verdict judged_verdict(const char *word)
{
    static const struct {
        const char *word;
        enum verdict verdict;
    } words[] = {
        {"faster", VERDICT_LESS},
        {"smaller", VERDICT_LESS},
        {"slower", VERDICT_GREATER},
        {"larger", VERDICT_GREATER},
        {"equivalent", VERDICT_EQUIVALENT},
        {"unresolved", VERDICT_UNRESOLVED},
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i].word, word) == 0) {
            return words[i].verdict;
        }
    }
    return VERDICT_NONE;
}
