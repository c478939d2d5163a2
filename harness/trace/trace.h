/* Trace files: an event stream kept on disk, small and open. README.md here describes every byte.
 *
 * Reading: trace_load turns a file into a stream; trace_inspect tells a person what is in one.
 * Writing: a trace_writer takes events one by one in one legal merged order (the recorder's
 * finaliser, importers); trace_save writes a whole stream.
 *
 * A path never holds a half-written trace: writers fill a temporary file beside it and rename it
 * when it is whole and on the disk.
 *
 * Threads: different writers and loads may run in different threads; one writer serves one thread
 * at a time. */
#ifndef HARNESS_TRACE_TRACE_H
#define HARNESS_TRACE_TRACE_H

#include "harness/error.h"
#include "workloads/stream.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* What a trace says of itself: key=value lines in its header. Texts are one line each, empty where
 * unknown; line breaks given to a writer are stored as spaces. */
struct trace_description {
    /* Given by whoever writes. */
    char command[1024];  /* the program recorded and its arguments, or the workload saved */
    char generator[128]; /* who made the trace: "heaplab record <revision>", an importer, ... */
    char machine[256];   /* CPU model, kernel, C library of the recording */
    char date_utc[32];   /* ISO 8601: 2026-02-17T08:15:00Z */
    char note[512];      /* anything the reader should know: what was dropped, repaired */
    uint32_t threads;    /* in: at least so many (0: as many as events name); out: exactly */

    /* Counted by the writer; what a caller puts here is ignored. The peaks are those of the merged
     * order that was written. */
    uint64_t events;
    uint64_t operations;      /* calls of the malloc family among them */
    uint64_t objects;         /* malloc, calloc, aligned_alloc; realloc keeps its object */
    uint64_t bytes_allocated; /* requested by malloc, calloc, aligned_alloc and realloc, summed */
    uint64_t live_bytes_peak;
    uint64_t live_objects_peak;
    uint64_t live_bytes_end; /* never freed */
    uint64_t live_objects_end;
};

/* ---- Reading ---- */

/* Loads the trace at `path` as a stream, which the caller ends with stream_close; `description` may
 * be NULL. Slots are given anew, and a slot that a thread emptied is used again by that thread
 * alone. What is loaded is sound: every object is alive when it is used, and events of different
 * threads on one object are ordered by edges.
 *
 * False, with an error that names the path and the block, when the file cannot be read, is no
 * trace, was cut off, is damaged, was written by a newer heaplab or needs more memory than this
 * machine has. `stream` is then untouched. */
bool trace_load(const char *path,
                struct stream *stream,
                struct trace_description *description,
                struct error *error);

/* Whether the file at `path` begins as a trace does; what is cut off or empty may be one. False, with an
 * error that names the path, when it is another file, cannot be opened or is no regular file. */
bool trace_recognise(const char *path, struct error *error);

/* Prints to `out` what a person wants to know of a trace: the description, events by kind, live
 * bytes and objects, sizes, lifetimes, threads. Errors as trace_load. */
bool trace_inspect(const char *path, FILE *out, struct error *error);

/* ---- Writing ---- */

struct trace_writer;

/* Begins a trace that trace_writer_close will put at `path`, replacing what is there. NULL, with an
 * error, when a temporary file beside it cannot be made or memory is out. */
struct trace_writer *trace_writer_open(const char *path,
                                       const struct trace_description *description,
                                       struct error *error);

/* Appends the next event of the merged order. A stream's event as it is, except for the slot:
 *
 *   slot   any number of the caller's that names the object while it lives: it may be used again
 *          by any thread as soon as the object is freed. The writer keeps 16 bytes per slot, so
 *          small dense numbers serve best.
 *   size   for EVENT_WAIT the ordinal of the signal, counted from 1; that signal must have been
 *          written already. For EVENT_REALLOC > 0.
 *   thread 0 .. STREAM_THREADS_MAX - 1. A thread that an EVENT_THREAD_START names (before any event
 *          of its own) begins there; all others, thread 0 among them, run from the start line on.
 *
 * Refuses what no sound trace holds: a used slot that is empty, an empty one that is used, a wait
 * for a signal not given. The edges between threads are the caller's to provide: a trace whose
 * objects are used by two threads without an edge is written, but trace_load refuses it.
 *
 * False from the first failure on; trace_writer_close then tells it. */
bool trace_writer_event(struct trace_writer *writer, const struct event *event);

/* Ends the trace, makes it durable, puts it in place and frees the writer, also on failure: then
 * nothing is left behind and `path` is as it was. `counted`, which may be NULL, receives the
 * description as it was stored. */
bool trace_writer_close(struct trace_writer *writer,
                        struct trace_description *counted,
                        struct error *error);

/* Gives up a trace: removes the temporary file and frees the writer. NULL is allowed. */
void trace_writer_abandon(struct trace_writer *writer);

/* Saves a stream as a trace, in the order of a stream_cursor. */
bool trace_save(const char *path,
                const struct stream *stream,
                const struct trace_description *description,
                struct error *error);

#endif
