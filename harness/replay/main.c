/* heaplab-worker's own code: what it does is in the library beside it (worker.c). */
#include "harness/replay/worker.h"

int main(int argc, char **argv)
{
    return heaplab_worker_main(argc, argv);
}
