#include "harness/replay/histogram.h"

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        into->calls[i] += from->calls[i];
    }
    into->most = from->most > into->most ? from->most : into->most;
}
