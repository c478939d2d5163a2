/* What the tests of traces share: streams to save, files to save them in, and a way to tell whether
 * two streams are the same but for their slots. */
#ifndef TESTS_UNIT_TRACE_FIXTURE_H
#define TESTS_UNIT_TRACE_FIXTURE_H

#include "harness/trace/trace.h"

/* A path in a folder of this process alone; gone after trace_fixture_end. Static storage. */
const char *trace_fixture_path(const char *name);

/* Files in that folder. */
unsigned trace_fixture_files(void);
void trace_fixture_end(void);

/* The whole file, by malloc. */
unsigned char *trace_fixture_read(const char *path, size_t *bytes);
void trace_fixture_write(const char *path, const void *data, size_t bytes);

/* Every kind of event, three threads, one of them started later, wide sizes, objects alive at the
 * end. */
struct stream trace_fixture_stream(void);

/* A number per thread that depends on all its events in order: kinds, sizes, alignments, which
 * object (by the thread and place of its allocation, not by its slot). By malloc. */
uint64_t *trace_fixture_digests(const struct stream *stream);

#endif
