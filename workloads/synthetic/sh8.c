/* sh8: mixed sizes in a buffer that is emptied in waves, and blocks that the main thread leaves to
 * the workers to free.
 *
 * Thread 0 allocates main_blocks of 8 bytes and starts the others; it then works like them. Each
 * worker allocates by the table below into a buffer. When the buffer is full, a fifth of it, the
 * next one at each wrap, survives; what lies below is freed in the order of allocation, what lies
 * above in the reverse order. Meanwhile it frees its part of the main thread's blocks, whose
 * neighbours belong to the other workers' parts.
 * After SmartHeap's sh8bench (MicroQuill), written afresh from its published figures. The original
 * has about 10,000,000 main blocks; the default here keeps a run short. */
#include "workloads/synthetic/generator.h"

#include <stdlib.h>

enum {
    MAIN_BLOCKS,
    BUFFER,
    BLOCKS
};

static const struct {
    uint64_t count;
    uint64_t size;
} table[] = {{1000, 8},
             {5000, 16},
             {1000, 48},
             {100, 72},
             {100, 148},
             {100, 200},
             {10, 520},
             {5, 1056},
             {3, 4096},
             {1, 9162},
             {1, 34562},
             {1, 168524}};

#define TABLE_ROWS (sizeof table / sizeof table[0])

struct worker {
    struct stream_builder *builder;
    uint32_t thread;
    uint32_t *slot; /* the buffer */
    uint64_t capacity;
    uint64_t next;       /* place of the next block */
    uint64_t save_first; /* the surviving places are [save_first, save_end) */
    uint64_t save_end;
};

/* The buffer is full: moves the surviving fifth on and frees the rest. */
static void wrap(struct worker *worker)
{
    uint64_t capacity = worker->capacity;
    worker->save_first = worker->save_end < capacity ? worker->save_end : 0;
    worker->save_end = worker->save_first + (capacity + 4) / 5;
    if (worker->save_end > capacity) {
        worker->save_end = capacity;
    }
    for (uint64_t i = 0; i < worker->save_first; i++) {
        stream_free(worker->builder, worker->thread, worker->slot[i]);
    }
    for (uint64_t i = capacity; i > worker->save_end; i--) {
        stream_free(worker->builder, worker->thread, worker->slot[i - 1]);
    }
    worker->next = worker->save_first > 0 ? 0 : worker->save_end;
}

static void allocate(struct worker *worker, uint64_t size)
{
    if (worker->next >= worker->capacity) {
        wrap(worker);
    }
    worker->slot[worker->next++] = stream_malloc(worker->builder, worker->thread, size);
    if (worker->next == worker->save_first) {
        worker->next = worker->save_end;
    }
}

static void free_residue(const struct worker *worker)
{
    uint64_t end = worker->next;
    for (uint64_t i = 0; i < end; i++) {
        stream_free(worker->builder, worker->thread, worker->slot[i]);
    }
    for (uint64_t i = worker->save_first; end <= worker->save_first && i < worker->save_end; i++) {
        stream_free(worker->builder, worker->thread, worker->slot[i]);
    }
}

/* Allocates `blocks` blocks by the table, and by and by frees the `parts` slots at main_slot,
 * `stride` apart. */
static void work(struct worker *worker,
                 uint64_t blocks,
                 const uint32_t *main_slot,
                 uint64_t parts,
                 uint64_t stride)
{
    uint64_t freed = 0;
    uint64_t in_row = 0;
    size_t row = 0;
    for (uint64_t done = 0; done < blocks; done++) {
        while (in_row == table[row].count) {
            in_row = 0;
            row = (row + 1) % TABLE_ROWS;
        }
        allocate(worker, table[row].size);
        in_row++;
        uint64_t due = (uint64_t)((unsigned __int128)parts * (done + 1) / blocks);
        for (; freed < due; freed++) {
            stream_free(worker->builder, worker->thread, main_slot[freed * stride]);
        }
    }
    free_residue(worker);
}

static void generate(const struct workload_request *request, struct stream_builder *builder)
{
    uint32_t workers = request->threads;
    uint64_t capacity = request->parameter[BUFFER];
    uint64_t main_blocks = request->parameter[MAIN_BLOCKS];
    uint64_t blocks = scaled(request, request->parameter[BLOCKS]);
    uint32_t *slot = generator_slots(builder, main_blocks + capacity);
    if (slot == NULL) {
        return;
    }
    for (uint64_t i = 0; i < main_blocks; i++) {
        slot[i] = stream_malloc(builder, 0, 8);
    }
    for (uint32_t i = 1; i < workers; i++) {
        start_thread(builder, 0, stream_builder_add_thread(builder));
    }
    for (uint32_t i = 0; i < workers; i++) {
        struct worker worker = {.builder = builder,
                                .thread = i,
                                .slot = slot + main_blocks,
                                .capacity = capacity,
                                .save_first = capacity,
                                .save_end = capacity};
        work(&worker, share(blocks, workers, i), slot + i, share(main_blocks, workers, i), workers);
    }
    free(slot);
}

static uint32_t initial_threads(const struct workload_request *request)
{
    (void)request;
    return 1;
}

const struct workload workload_sh8 = {
    .name = "sh8",
    .behaviour = "mixed sizes freed in waves, forwards and backwards, beside blocks of the main "
                 "thread that all workers free",
    .source = "MicroQuill SmartHeap, sh8bench",
    .threaded = true,
    .parameter =
        {
            [MAIN_BLOCKS] = {"main_blocks",
                             500000,
                             1,
                             1 << 30,
                             "of 8 bytes, made by the main thread before all else"},
            [BUFFER] = {"buffer_blocks", 25000, 5, 1 << 24, "blocks that a worker's buffer holds"},
            [BLOCKS] = {"blocks",
                        1000000,
                        1,
                        1 << 30,
                        "made by all workers together: multiplied by the scale"},
        },
    .generate = generate,
    .initial_threads = initial_threads,
};
