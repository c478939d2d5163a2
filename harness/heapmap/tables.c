#include "harness/heapmap/tables.h"

#include <linux/limits.h>
#include <stdio.h>

static bool create(struct table_writer *writer,
                   const char *folder,
                   const struct table_layout *layout,
                   struct error *error)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", folder, layout->file);
    return table_create(writer, path, layout, error);
}

bool map_tables_open(struct map_tables *tables, const char *folder, struct error *error)
{
    return create(&tables->heapmap, folder, &heapmap_layout, error) &&
           create(&tables->frames, folder, &frames_layout, error);
}

static double progress(const struct map_tables *tables, const struct frame *frame)
{
    return tables->events > 0 ? (double)frame->events_done / (double)tables->events : 1;
}

bool map_tables_regions(struct map_tables *tables, const struct frame *frame, struct error *error)
{
    struct heapmap_row row;
    table_clear_row(&heapmap_layout, &row);
    row.schema = count_of(TABLE_SCHEMA);
    row.frame = count_of(frame->number + 1);
    row.progress = progress(tables, frame);
    for (size_t i = 0; i < frame->count; i++) {
        const struct map_region *region = &frame->regions[i];
        row.address = count_of(region->address);
        row.bytes = count_of(region->bytes);
        row.kind = map_kind_name(region->kind);
        row.requested_bytes = (struct count){region->has_object, region->requested_bytes};
        row.age_events = (struct count){region->has_object, region->age_events};
        if (!table_write(&tables->heapmap, &row, error)) {
            return false;
        }
    }
    return true;
}

bool map_tables_frame(struct map_tables *tables,
                      const struct frame *frame,
                      uint64_t lowest,
                      struct error *error)
{
    const struct map_request *request = tables->request;
    struct frames_row row;
    table_clear_row(&frames_layout, &row);
    row.schema = count_of(TABLE_SCHEMA);
    row.frame = count_of(frame->number + 1);
    row.allocator = request->allocator.name;
    row.library = tables->library;
    row.workload = request->source.name;
    row.parameters = request->source.parameters;
    row.threads = count_of(request->threads);
    row.scale = request->scale;
    row.stream_seed = count_of(request->seed);
    row.touch = request->touch;
    row.source = frame->has_walk ? "heap_walk" : "resident_pages";
    row.progress = progress(tables, frame);
    row.events_done = count_of(frame->events_done);
    row.live_blocks = count_of(frame->live_blocks);
    row.live_bytes = count_of(frame->live_bytes);
    row.used_bytes = count_of(frame->kind_bytes[MAP_USED]);
    row.free_bytes = (struct count){frame->has_walk, frame->kind_bytes[MAP_FREE]};
    row.metadata_bytes = (struct count){frame->has_walk, frame->kind_bytes[MAP_METADATA]};
    row.resident_bytes = (struct count){!frame->has_walk, frame->kind_bytes[MAP_RESIDENT]};
    row.lowest_address = count_of(lowest);
    return table_write(&tables->frames, &row, error);
}

bool map_tables_close(struct map_tables *tables, struct error *error)
{
    bool ok = table_close(&tables->heapmap, error);
    struct error later;
    return table_close(&tables->frames, ok ? error : &later) && ok;
}
