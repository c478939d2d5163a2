/* Which heaplab this is. */
#ifndef HARNESS_REVISION_H
#define HARNESS_REVISION_H

/* As git describes the source that was built. */
extern const char heaplab_revision[];

/* The compiler's optimisation and debugging flags. */
extern const char heaplab_build_flags[];

#endif
