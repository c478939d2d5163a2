/* Blocks with a mapping of their own: larger or more aligned than the reservation allows, or asked for
 * when it is full. Rare, hence one list. */
#include "allocators/bin/large.h"
#include "allocators/parts/os_memory.h"

struct mapping {
    struct mapping *next;
    char *address; /* NULL while unused */
    size_t bytes;
};

static struct mapping *mappings; /* all there have ever been; under the lock */

/* Lock held. The entry with that address, and the unused one with NULL. */
static struct mapping *find(const char *address)
{
    struct mapping *mapping = mappings;
    while (mapping != NULL && mapping->address != address) {
        mapping = mapping->next;
    }
    return mapping;
}

/* Lock held. */
static struct mapping *unused(void)
{
    struct mapping *mapping = find(NULL);
    if (mapping == NULL) {
        mapping = space_metadata(sizeof *mapping);
        if (mapping != NULL) {
            mapping->next = mappings;
            mappings = mapping;
        }
    }
    return mapping;
}

RARE void *mapped_allocate(size_t alignment, size_t bytes)
{
    size_t page_bytes = os_page_bytes();
    void *block = os_reserve(bytes, alignment > page_bytes ? alignment : page_bytes);
    if (block == NULL) {
        return NULL;
    }
    space_lock();
    struct mapping *mapping = unused();
    if (mapping != NULL) {
        mapping->address = block;
        mapping->bytes = bytes;
    }
    space_unlock();
    if (mapping == NULL) {
        os_release(block, bytes);
        return NULL;
    }
    return block;
}

RARE bool mapped_free(const void *block)
{
    space_lock();
    struct mapping *mapping = find(block);
    char *address = NULL;
    size_t bytes = 0;
    if (mapping != NULL) {
        address = mapping->address;
        bytes = mapping->bytes;
        mapping->address = NULL;
    }
    space_unlock();
    if (address == NULL) {
        return false;
    }
    os_release(address, bytes);
    return true;
}

RARE size_t mapped_bytes(const void *block)
{
    space_lock();
    const struct mapping *mapping = find(block);
    size_t bytes = mapping == NULL ? 0 : mapping->bytes;
    space_unlock();
    return bytes;
}

void mapped_visit(void (*visit)(void *context, uintptr_t address, size_t bytes), void *context)
{
    for (const struct mapping *mapping = mappings; mapping != NULL; mapping = mapping->next) {
        if (mapping->address != NULL) {
            visit(context, (uintptr_t)mapping->address, mapping->bytes);
        }
    }
}
