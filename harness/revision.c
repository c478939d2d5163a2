#include "harness/revision.h"

const char heaplab_revision[] = HEAPLAB_REVISION;
