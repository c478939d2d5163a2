/* What stack order is worth: the events of the workload `stack` carried out in three ways, in
 * nanoseconds per object (made, its first word written, and gone again).
 *
 *   malloc   a malloc and a free each, by whatever allocator is preloaded
 *   marks    an arena of our own (libarena.so, opened for direct use): a mark at each call's
 *            beginning, which its end releases
 *   alloca   the thread's own stack: real recursion, alloca for each object; the floor
 *
 * The events become a tape beforehand: a call is the sizes of its objects, a return a zero. Not a
 * part of a campaign: `heaplab run` measures malloc alone, and better. One line for each way, the
 * median of 9 rounds.
 *
 * Usage: stack_floor LIBARENA [NAME=VALUE...], the workload's parameters */
#include "allocators/arena/arena.h"
#include "workloads/workload.h"

#include <alloca.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS      9
#define STACK_BYTES ((size_t)1 << 30) /* of the thread that recurses: reserved, not used */

extern const struct workload workload_stack;

struct tape {
    uint32_t *word; /* sizes of objects; 0: return. Ends with two zeros */
    size_t objects;
    uint32_t objects_of_a_call;
    size_t depth_most; /* objects; at least 1 */
};

struct arena_use {
    struct heaplab_arena *(*new)(size_t bytes_max);
    void *(*alloc)(struct heaplab_arena *arena, size_t bytes);
    heaplab_arena_mark_point (*mark)(const struct heaplab_arena *arena);
    void (*release)(struct heaplab_arena *arena, heaplab_arena_mark_point mark);
    struct heaplab_arena *arena;
};

static _Noreturn void fail(const char *what, const char *reason)
{
    fprintf(stderr, "stack_floor: %s: %s\n", what, reason);
    exit(1);
}

static void parse_setting(struct workload_request *request, const char *setting)
{
    const char *value = strchr(setting, '=');
    for (size_t i = 0; value != NULL && workload_stack.parameter[i].name != NULL; i++) {
        const char *name = workload_stack.parameter[i].name;
        if (strlen(name) == (size_t)(value - setting) &&
            strncmp(name, setting, strlen(name)) == 0) {
            request->parameter[i] = strtoull(value + 1, NULL, 10);
            return;
        }
    }
    fail(setting, "is no parameter of the workload stack; write items=4096");
}

static void write_tape(const struct stream *stream, struct tape *tape)
{
    tape->depth_most = 1;
    struct stream_cursor *cursor = stream_cursor_new(stream);
    tape->word = calloc(stream->header->operations + 2, sizeof *tape->word);
    if (cursor == NULL || tape->word == NULL) {
        fail("the tape", "out of memory");
    }
    struct event event;
    size_t length = 0;
    size_t depth = 0;
    size_t frees = 0;
    while (stream_cursor_next(cursor, &event) == CURSOR_EVENT) {
        if (event.kind == EVENT_MALLOC) {
            tape->word[length++] = (uint32_t)event.size;
            tape->objects++;
            depth++;
            tape->depth_most = depth > tape->depth_most ? depth : tape->depth_most;
        } else if (event.kind == EVENT_FREE) {
            depth--;
            frees++;
            /* Of a call's frees the last is the return; the others are written over. */
            tape->word[length] = 0;
            length += frees % tape->objects_of_a_call == 0;
        }
    }
    stream_cursor_free(cursor);
}

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void touch(void *object)
{
    *(volatile char *)object = 1;
}

static void by_malloc(const struct tape *tape, void **stack)
{
    size_t depth = 0;
    for (const uint32_t *word = tape->word; depth > 0 || *word != 0; word++) {
        if (*word != 0) {
            stack[depth] = malloc(*word);
            touch(stack[depth++]);
            continue;
        }
        for (uint32_t i = 0; i < tape->objects_of_a_call; i++) {
            free(stack[--depth]);
        }
    }
}

static void
by_marks(const struct tape *tape, struct arena_use *use, heaplab_arena_mark_point *marks)
{
    size_t depth = 0; /* in calls */
    const uint32_t *word = tape->word;
    while (depth > 0 || *word != 0) {
        if (*word == 0) {
            use->release(use->arena, marks[--depth]);
            word++;
            continue;
        }
        marks[depth++] = use->mark(use->arena);
        for (uint32_t i = 0; i < tape->objects_of_a_call; i++) {
            touch(use->alloc(use->arena, *word++));
        }
    }
}

struct reader {
    const uint32_t *word;
    uint32_t objects_of_a_call;
};

/* NOLINTNEXTLINE(misc-no-recursion): recursion is what is measured */
__attribute__((noinline)) static void by_alloca(struct reader *reader)
{
    for (uint32_t i = 0; i < reader->objects_of_a_call; i++) {
        /* A variable length array would end with each round. */
        // cppcheck-suppress allocaCalled
        touch(alloca(*reader->word++));
    }
    while (*reader->word != 0) {
        by_alloca(reader);
    }
    reader->word++;
}

struct bench {
    struct tape tape;
    struct arena_use use;
    void *room; /* for pointers or marks */
    double ns[3][ROUNDS];
};

static void *run_rounds(void *context)
{
    struct bench *bench = context;
    for (int round = 0; round < ROUNDS; round++) {
        double start = now_ns();
        by_malloc(&bench->tape, bench->room);
        double after_malloc = now_ns();
        by_marks(&bench->tape, &bench->use, bench->room);
        double after_marks = now_ns();
        struct reader reader = {bench->tape.word, bench->tape.objects_of_a_call};
        while (*reader.word != 0) {
            by_alloca(&reader);
        }
        bench->ns[0][round] = after_malloc - start;
        bench->ns[1][round] = after_marks - after_malloc;
        bench->ns[2][round] = now_ns() - after_marks;
    }
    return NULL;
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

static void open_arena(struct arena_use *use, const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fail(path, "cannot be opened; build it with make");
    }
    *(void **)&use->new = dlsym(library, "heaplab_arena_new");
    *(void **)&use->alloc = dlsym(library, "heaplab_arena_alloc");
    *(void **)&use->mark = dlsym(library, "heaplab_arena_mark");
    *(void **)&use->release = dlsym(library, "heaplab_arena_release");
    use->arena = use->new != NULL ? use->new (0) : NULL;
    if (use->arena == NULL) {
        fail(path, "gives no arena");
    }
}

/* The recursion may be as deep as the tape says: on a thread whose stack has room. */
static void run_on_a_thread(struct bench *bench)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    if (pthread_attr_setstacksize(&attributes, STACK_BYTES) != 0 ||
        pthread_create(&thread, &attributes, run_rounds, bench) != 0) {
        fail("a thread", "cannot be started");
    }
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
}

int main(int count, char **arguments)
{
    if (count < 2) {
        fail("usage", "stack_floor LIBARENA [NAME=VALUE...]");
    }
    static struct bench bench;
    static const char *const names[] = {"malloc", "marks", "alloca"};
    struct workload_request request;
    workload_request_default(&workload_stack, &request);
    for (int i = 2; i < count; i++) {
        parse_setting(&request, arguments[i]);
    }
    struct stream stream;
    const char *problem = workload_generate(&workload_stack, &request, &stream);
    if (problem != NULL) {
        fail("the workload stack", problem);
    }
    bench.tape.objects_of_a_call = (uint32_t)request.parameter[1];
    write_tape(&stream, &bench.tape);
    bench.room = calloc(bench.tape.depth_most, sizeof(void *));
    if (bench.room == NULL) {
        fail("room for pointers", "out of memory");
    }
    open_arena(&bench.use, arguments[1]);
    run_on_a_thread(&bench);
    for (int way = 0; way < 3; way++) {
        qsort(bench.ns[way], ROUNDS, sizeof bench.ns[way][0], by_value);
        printf("%-8s %7.2f ns per object\n",
               names[way],
               bench.ns[way][ROUNDS / 2] / (double)bench.tape.objects);
    }
    stream_close(&stream);
    return 0;
}
