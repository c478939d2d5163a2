/* The process's store of slabs and its lock, shared by malloc(3) and direct use. */
#ifndef ALLOCATORS_POOL_STORE_H
#define ALLOCATORS_POOL_STORE_H

#include "allocators/pool/pool_core.h"

#include <stdbool.h>

extern struct pool_store pool_store; /* slabs_most is 0 until it is set up */

/* Takes and releases the lock; nothing for the thread that is forking, which holds it. */
void store_lock(void);
void store_unlock(void);

/* Whether the store is set up; does it where it is not. Called with the lock held. */
bool store_is_set_up(void);

/* pool_take(); a free object that was written to stops the program, with a message that names the
 * call. Called with the lock held, which it releases. */
void *store_take(struct pool *pool, const char *call, size_t *dirty_bytes);

/* heap_misuse(), with the object that the address lies in. Called with the lock held, which it
 * releases: a handler of SIGABRT may allocate. */
_Noreturn void store_misuse(const char *call, const void *address, const char *fault);

/* Ends an object's life, purging outside the lock. Called with the lock held, which it releases. */
void store_release(struct pool *pool, void *object);

#endif
