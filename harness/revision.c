#include "harness/revision.h"

const char heaplab_revision[] = HEAPLAB_REVISION;
const char heaplab_build_flags[] = HEAPLAB_BUILD_FLAGS;
