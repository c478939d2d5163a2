/* What libheaplab-replay.so offers. An allocator is loaded before it and may define any name, so that
 * all others of the library are hidden: who defines clock_ns must not become our clock. Allocators
 * that tell who calls them (null) find the code that replays by this symbol. */
#ifndef HARNESS_REPLAY_WORKER_H
#define HARNESS_REPLAY_WORKER_H

/* All of heaplab-worker; does not return. */
__attribute__((visibility("default"))) int heaplab_worker_main(int argc, char **argv);

#endif
