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

/* Ends an object's life, purging outside the lock. Called with the lock held, which it releases. */
void store_release(struct pool *pool, void *object);

#endif
