/* See trace_fixture.h. Failures here abort: they are not what is tested. */
#include "tests/unit/trace_fixture.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];

static void require(bool true_here, const char *what)
{
    if (!true_here) {
        (void)fprintf(stderr, "trace_fixture: %s\n", what);
        abort();
    }
}

const char *trace_fixture_path(const char *name)
{
    static char path[128];
    if (folder[0] == '\0') {
        (void)snprintf(folder, sizeof folder, "/tmp/heaplab-trace-XXXXXX");
        require(mkdtemp(folder) != NULL, "mkdtemp");
    }
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* The next file of the folder. */
static const struct dirent *next_file(DIR *directory)
{
    const struct dirent *entry = NULL;
    do {
        entry = readdir(directory);
    } while (entry != NULL && entry->d_name[0] == '.');
    return entry;
}

/* Counts the files of the folder, and removes them too where asked. */
static unsigned visit(bool removing)
{
    unsigned files = 0;
    DIR *directory = opendir(folder);
    require(directory != NULL, "opendir");
    for (const struct dirent *entry = next_file(directory); entry != NULL;
         entry = next_file(directory)) {
        files++;
        require(!removing || unlinkat(dirfd(directory), entry->d_name, 0) == 0, "unlink");
    }
    (void)closedir(directory);
    return files;
}

unsigned trace_fixture_files(void)
{
    return visit(false);
}

void trace_fixture_end(void)
{
    if (folder[0] != '\0') {
        (void)visit(true);
        require(rmdir(folder) == 0, "rmdir");
        folder[0] = '\0';
    }
}

unsigned char *trace_fixture_read(const char *path, size_t *bytes)
{
    FILE *file = fopen(path, "rb");
    require(file != NULL && fseek(file, 0, SEEK_END) == 0, "reading a file");
    *bytes = (size_t)ftell(file);
    rewind(file);
    unsigned char *data = malloc(*bytes + 1);
    require(data != NULL && fread(data, 1, *bytes, file) == *bytes, "reading a file");
    (void)fclose(file);
    return data;
}

void trace_fixture_write(const char *path, const void *data, size_t bytes)
{
    FILE *file = fopen(path, "wb");
    require(file != NULL && (bytes == 0 || fwrite(data, 1, bytes, file) == bytes) &&
                fclose(file) == 0,
            "writing a file");
}

/* Thread 0: one object of each way to get one, and all that can be done to them. */
static void emit_main(struct stream_builder *builder)
{
    uint32_t calloced = stream_builder_take_slot(builder, 0);
    uint32_t aligned = stream_builder_take_slot(builder, 0);
    uint32_t grown = stream_malloc(builder, 0, 0);
    const struct event events[] = {
        {.kind = EVENT_CALLOC, .slot = calloced, .size = 4097},
        {.kind = EVENT_ALIGNED_ALLOC, .slot = aligned, .size = 24, .alignment = 64},
        {.kind = EVENT_TOUCH, .slot = aligned, .size = 24},
        {.kind = EVENT_REALLOC, .slot = grown, .size = EVENT_SIZE_WIDE - 1},
        {.kind = EVENT_REALLOC, .slot = grown, .size = EVENT_SIZE_WIDE},
        {.kind = EVENT_TOUCH, .slot = grown, .size = EVENT_SIZE_WIDE},
        {.kind = EVENT_REALLOC, .slot = grown, .size = UINT64_C(1) << 40},
        {.kind = EVENT_PHASE, .slot = 7},
        {.kind = EVENT_IDLE, .size = 1500},
        {.kind = EVENT_IDLE, .size = UINT64_C(1) << 35},
    };
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        stream_builder_emit(builder, &events[i]);
    }
    stream_free(builder, 0, grown);
    for (uint64_t size = 1; size < 300; size++) {
        stream_free(builder, 0, stream_malloc(builder, 0, size));
    }
}

struct stream trace_fixture_stream(void)
{
    struct stream_builder *builder = stream_builder_new(2);
    require(builder != NULL, "out of memory");
    emit_main(builder);
    uint32_t later = stream_builder_add_thread(builder);
    uint32_t handed = stream_malloc(builder, 0, 128);
    uint32_t given = stream_malloc(builder, 0, 256);
    stream_wait(builder, 1, 0, stream_signal(builder, 0));
    stream_free(builder, 1, handed);
    (void)stream_malloc(builder, 1, 48);
    stream_builder_emit(builder, &(struct event){.kind = EVENT_THREAD_START, .slot = later});
    stream_touch(builder, later, given, 256);
    stream_free(builder, later, given);
    (void)stream_malloc(builder, later, 65536);
    struct stream stream;
    require(stream_builder_finish(builder, &stream) == NULL, "stream_builder_finish");
    return stream;
}

static uint64_t mix(uint64_t digest, uint64_t value)
{
    digest = (digest ^ value) * UINT64_C(0x9E3779B97F4A7C15);
    return digest ^ digest >> 29;
}

uint64_t *trace_fixture_digests(const struct stream *stream)
{
    uint64_t *digests = calloc(stream->header->threads, sizeof *digests);
    uint64_t *births = calloc(stream->header->threads, sizeof *births);
    uint64_t *object = calloc((size_t)stream->header->slots + 1, sizeof *object);
    struct stream_cursor *cursor = stream_cursor_new(stream);
    require(digests != NULL && births != NULL && object != NULL && cursor != NULL, "memory");
    struct event event;
    while (stream_cursor_next(cursor, &event) == CURSOR_EVENT) {
        if (event.kind <= EVENT_ALIGNED_ALLOC) {
            object[event.slot] = (uint64_t)event.thread << 40 | births[event.thread]++;
        }
        uint64_t *digest = &digests[event.thread];
        *digest = mix(*digest, event.kind);
        *digest = mix(*digest, event.kind <= EVENT_TOUCH ? object[event.slot] : event.slot);
        *digest = mix(*digest, event.kind == EVENT_FREE ? 0 : event.size);
        *digest = mix(*digest, event.alignment);
    }
    stream_cursor_free(cursor);
    free(object);
    free(births);
    return digests;
}
