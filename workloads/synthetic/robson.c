/* robson: the adversary that makes any allocator that cannot move blocks waste the most.
 *
 * Blocks of 1 unit fill the memory. Step i looks at addresses modulo 2^i units: of the two offsets
 * that agree with the one before it takes the one that pins most waste, frees every block that does
 * not lie upon it, and fills what it has left with blocks of 2^i units. Each block that stays keeps
 * 2^i units from use, so none of the new ones fits between: after log2(n) steps any allocator needs
 * about M (log2(n) / 2 + 1) where M is the most that ever lived. From Robson, "Bounds for some
 * functions concerning dynamic storage allocation" (JACM 1974).
 *
 * The adversary looks at addresses, which a stream does not know. The generator therefore plays
 * address-ordered first fit on units of its own and chooses by what happens there. As no hole ever
 * fits, it is the adversary of every allocator that takes new memory only where nothing free fits
 * and lays blocks of 2^i * unit_bytes - header_bytes side by side, as the fit policies here do. For
 * others they are the same events without their answers: the worst of first fit, not their own. */
#include "workloads/synthetic/generator.h"

#include <stdlib.h>

enum {
    MEMORY,
    STEPS,
    UNIT,
    HEADER,
    ROUNDS
};

struct block {
    uint64_t address; /* in units */
    uint64_t units;
    uint32_t slot;
};

/* The live blocks by address, and room for those of the next step. */
struct adversary {
    struct stream_builder *builder;
    const uint64_t *parameter;
    struct block *block;
    struct block *next;
    uint64_t count;
    uint64_t live_units;
};

static bool lies_upon(const struct block *block, uint64_t offset, uint64_t stride)
{
    return ((offset - block->address) & (stride - 1)) < block->units;
}

/* Units that the blocks upon this offset keep from use. */
static uint64_t waste(const struct adversary *adversary, uint64_t offset, uint64_t stride)
{
    uint64_t units = 0;
    for (uint64_t i = 0; i < adversary->count; i++) {
        const struct block *block = &adversary->block[i];
        units += lies_upon(block, offset, stride) ? stride - block->units : 0;
    }
    return units;
}

static void free_all_but(struct adversary *adversary, uint64_t offset, uint64_t stride)
{
    uint64_t kept = 0;
    for (uint64_t i = 0; i < adversary->count; i++) {
        const struct block *block = &adversary->block[i];
        if (lies_upon(block, offset, stride)) {
            adversary->block[kept++] = *block;
        } else {
            adversary->live_units -= block->units;
            stream_free(adversary->builder, 0, block->slot);
        }
    }
    adversary->count = kept;
}

static struct block make(struct adversary *adversary, uint64_t address, uint64_t units)
{
    const uint64_t *parameter = adversary->parameter;
    uint64_t bytes = units * parameter[UNIT] - parameter[HEADER];
    adversary->live_units += units;
    return (struct block){address, units, stream_malloc(adversary->builder, 0, bytes)};
}

/* Blocks of one size into the lowest gaps, as many as the memory allows: one way up through the
 * heap, since a gap that was too small stays so. */
static void fill(struct adversary *adversary, uint64_t units, uint64_t memory_units)
{
    uint64_t wanted = (memory_units - adversary->live_units) / units;
    uint64_t end = 0;
    uint64_t count = 0;
    for (uint64_t i = 0; i <= adversary->count; i++) {
        bool is_top = i == adversary->count;
        uint64_t gap = is_top ? UINT64_MAX - end : adversary->block[i].address - end;
        for (; wanted > 0 && gap >= units; wanted--) {
            adversary->next[count++] = make(adversary, end, units);
            end += units;
            gap -= units;
        }
        if (!is_top) {
            adversary->next[count++] = adversary->block[i];
            end = adversary->block[i].address + adversary->block[i].units;
        }
    }
    struct block *before = adversary->block;
    adversary->block = adversary->next;
    adversary->next = before;
    adversary->count = count;
}

static void run_round(struct adversary *adversary, uint64_t memory_units)
{
    adversary->count = 0;
    adversary->live_units = 0;
    fill(adversary, 1, memory_units);
    uint64_t offset = 0;
    for (uint64_t step = 1; step <= adversary->parameter[STEPS]; step++) {
        uint64_t stride = UINT64_C(1) << step;
        uint64_t other = offset + stride / 2;
        if (waste(adversary, other, stride) > waste(adversary, offset, stride)) {
            offset = other;
        }
        free_all_but(adversary, offset, stride);
        fill(adversary, stride, memory_units);
    }
    for (uint64_t i = 0; i < adversary->count; i++) {
        stream_free(adversary->builder, 0, adversary->block[i].slot);
    }
}

static void generate(const struct workload_request *request, struct stream_builder *builder)
{
    const uint64_t *parameter = request->parameter;
    uint64_t memory_units = parameter[MEMORY] / parameter[UNIT];
    struct adversary adversary = {.builder = builder,
                                  .parameter = parameter,
                                  .block = calloc(memory_units, sizeof(struct block)),
                                  .next = calloc(memory_units, sizeof(struct block))};
    bool has_room = adversary.block != NULL && adversary.next != NULL;
    if (!has_room) {
        stream_builder_fail(builder, "out of memory for the adversary's own heap");
    }
    uint64_t rounds = has_room ? scaled(request, parameter[ROUNDS]) : 0;
    for (uint64_t round = 0; round < rounds; round++) {
        run_round(&adversary, memory_units);
    }
    free(adversary.block);
    free(adversary.next);
}

const struct workload workload_robson = {
    .name = "robson",
    .behaviour = "the worst case of allocators that cannot move blocks: every hole is pinned",
    .source = "Robson 1974",
    .threaded = false,
    .parameter =
        {
            [MEMORY] = {"memory_bytes", 8 << 20, 1 << 12, UINT64_C(1) << 34, "alive at most"},
            [STEPS] = {"steps", 12, 1, 24, "the largest block has 2^steps units"},
            [UNIT] = {"unit_bytes", 32, 16, 4096, "of the smallest block with its header"},
            [HEADER] = {"header_bytes", 8, 0, 15, "of an allocator's, taken off each block"},
            [ROUNDS] = {"rounds", 4, 1, 10000, "multiplied by the scale"},
        },
    .generate = generate,
};
