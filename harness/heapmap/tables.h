/* heapmap.csv and frames.csv. */
#ifndef HARNESS_HEAPMAP_TABLES_H
#define HARNESS_HEAPMAP_TABLES_H

#include "harness/heapmap/frames.h"
#include "harness/heapmap/request.h"
#include "harness/report/table.h"

struct map_tables {
    const struct map_request *request;
    const char *library; /* proven live */
    uint64_t events;     /* of the stream */
    struct table_writer heapmap;
    struct table_writer frames;
};

/* Creates both files in the folder. `tables` has its request, library and events; what they point
 * to outlives it. Ends with map_tables_close, also after a failure. */
bool map_tables_open(struct map_tables *tables, const char *folder, struct error *error);

/* Writes a row for each region of the frame to heapmap.csv. */
bool map_tables_regions(struct map_tables *tables, const struct frame *frame, struct error *error);

/* Writes the frame's row to frames.csv; `lowest` is the heap's lowest address in any frame. */
bool map_tables_frame(struct map_tables *tables,
                      const struct frame *frame,
                      uint64_t lowest,
                      struct error *error);

bool map_tables_close(struct map_tables *tables, struct error *error);

#endif
