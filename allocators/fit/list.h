/* Doubly linked lists of free blocks, newest first, whose links are in the blocks' payload. */
#ifndef ALLOCATORS_FIT_LIST_H
#define ALLOCATORS_FIT_LIST_H

#include "allocators/fit/block.h"

struct fit_link {
    uint32_t next;
    uint32_t previous;
};

static inline struct fit_link *list_link(const struct fit_heap *heap, uint32_t block)
{
    return (struct fit_link *)(void *)fit_payload(heap, block);
}

static inline void list_push(struct fit_heap *heap, uint32_t *head, uint32_t block)
{
    *list_link(heap, block) = (struct fit_link){.next = *head, .previous = 0};
    if (*head != 0) {
        list_link(heap, *head)->previous = block;
    }
    *head = block;
}

static inline void list_unlink(struct fit_heap *heap, uint32_t *head, uint32_t block)
{
    struct fit_link link = *list_link(heap, block);
    if (link.previous >= heap->end || link.next >= heap->end) {
        fit_links_overwritten(heap, block);
    }
    uint32_t *to_block = link.previous == 0 ? head : &list_link(heap, link.previous)->next;
    if (*to_block != block) {
        fit_links_overwritten(heap, block);
    }
    if (link.next != 0) {
        if (list_link(heap, link.next)->previous != block) {
            fit_links_overwritten(heap, block);
        }
        list_link(heap, link.next)->previous = link.previous;
    }
    *to_block = link.next;
}

#endif
