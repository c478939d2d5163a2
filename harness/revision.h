/* Which heaplab this is. */
#ifndef HARNESS_REVISION_H
#define HARNESS_REVISION_H

/* As git describes the source that was built. */
extern const char heaplab_revision[];

#endif
