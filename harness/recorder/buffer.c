/* Where recorded events go: files in the folder that the environment names. What is in them: raw.h.
 *
 * A file is open only while a chunk is being added: programs that close every descriptor they do
 * not know would otherwise close ours, and many threads would use up the limit. Space is reserved
 * before it is mapped, so that a full disk ends the recording instead of the program. */
#include "harness/recorder/buffer.h"

#include "harness/recorder/image.h"
#include "harness/recorder/raw.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHUNK_BYTES_FIRST UINT64_C(4096)
#define CHUNK_BYTES_MOST  (UINT64_C(4) << 20)
#define CHUNK_GROWTH      4

__thread struct buffer buffer_own;
_Atomic bool buffer_several_threads;

static pthread_key_t thread_key;

static void buffer_unmap(void)
{
    if (buffer_own.chunk) {
        munmap(buffer_own.chunk, buffer_own.chunk_bytes);
    }
    buffer_own.chunk = NULL;
    buffer_own.cursor = NULL;
    buffer_own.end = NULL;
}

/* Destructors of other keys may still free, and they run in rounds: this one asks for every round
 * there is and lets the chunk go in the last, so that threads that come and go leave no mapping
 * behind. What comes later still is written without one. */
static void buffer_thread_exits(void *value)
{
    buffer_own.exit_rounds++;
    if (buffer_own.exit_rounds < PTHREAD_DESTRUCTOR_ITERATIONS &&
        pthread_setspecific(thread_key, value) == 0) {
        return;
    }
    buffer_unmap();
}

/* The child's heap is a copy whose events are its own: it writes to files of its own, and leaves
 * the parent's chunk, which it still maps, alone. */
static void buffer_fork_child(void)
{
    buffer_unmap();
    buffer_own.file_bytes = 0;
    buffer_own.chunk_bytes = 0;
    buffer_own.named = 0;
    atomic_store_explicit(&buffer_several_threads, false, memory_order_relaxed);
    image_forked();
}

void buffer_start(void)
{
    /* Both fail only when memory is out; then a fork's child and ended threads are less tidy. */
    (void)pthread_key_create(&thread_key, buffer_thread_exits);
    (void)pthread_atfork(NULL, NULL, buffer_fork_child);
}

/* The file of this thread, open for writing, or -1. */
static int buffer_open(void)
{
    if (!image_recorded()) {
        return -1;
    }
    bool first = !buffer_own.named;
    if (first) {
        buffer_own.number = image_thread_number();
        if (buffer_own.number > 0) {
            atomic_store_explicit(&buffer_several_threads, true, memory_order_relaxed);
        }
    }
    char path[IMAGE_PATH_BYTES];
    if (!image_events_path(buffer_own.number, path)) {
        return -1;
    }
    int fd = open(path, O_RDWR | O_CLOEXEC | (first ? O_CREAT | O_EXCL : 0), 0600);
    if (fd >= 0 && first) {
        buffer_own.named = 1;
        (void)pthread_setspecific(thread_key, &buffer_own);
    }
    return fd;
}

/* Reserves room for the next chunk at the end of the file: more than the last, or what there is
 * where the disk is nearly full. Returns its bytes; 0: the disk is full. */
static uint64_t buffer_reserve(int fd)
{
    uint64_t bytes = buffer_own.chunk_bytes * CHUNK_GROWTH;
    bytes = bytes < CHUNK_BYTES_FIRST ? CHUNK_BYTES_FIRST : bytes;
    bytes = bytes > CHUNK_BYTES_MOST ? CHUNK_BYTES_MOST : bytes;
    while (posix_fallocate(fd, (off_t)buffer_own.file_bytes, (off_t)bytes) != 0) {
        if (bytes <= CHUNK_BYTES_FIRST) {
            return 0;
        }
        bytes /= CHUNK_GROWTH;
    }
    return bytes;
}

/* Adds a chunk to the file and maps it. The old one stays in the file, unmapped. */
static bool buffer_map_next(int fd)
{
    buffer_unmap();
    uint64_t bytes = buffer_reserve(fd);
    if (bytes == 0) {
        return false;
    }
    void *chunk = mmap(NULL,
                       bytes,
                       PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_POPULATE,
                       fd,
                       (off_t)buffer_own.file_bytes);
    if (chunk == MAP_FAILED) {
        return false;
    }
    buffer_own.chunk = chunk;
    buffer_own.chunk_bytes = bytes;
    buffer_own.file_bytes += bytes;
    buffer_own.cursor = chunk;
    buffer_own.end = buffer_own.cursor + bytes / sizeof(uint64_t);
    return true;
}

/* A thread that has given up its chunk frees a few blocks yet: at the end of the file. */
static bool buffer_write_at_end(int fd, const uint64_t *words, size_t count)
{
    size_t bytes = count * sizeof *words;
    return lseek(fd, 0, SEEK_END) >= 0 && write(fd, words, bytes) == (ssize_t)bytes;
}

/* Finds or makes room for an event. False: it cannot be kept. */
static bool buffer_place(const uint64_t *words, size_t count)
{
    int fd = buffer_open();
    if (fd < 0) {
        return false;
    }
    bool exiting = buffer_own.exit_rounds >= PTHREAD_DESTRUCTOR_ITERATIONS;
    bool done = exiting ? buffer_write_at_end(fd, words, count) : buffer_map_next(fd);
    close(fd);
    if (done && !exiting) {
        buffer_append(words, count);
    }
    return done;
}

void buffer_append_slowly(const uint64_t *words, size_t count)
{
    if (image_known_off()) {
        return;
    }
    int saved_errno = errno;
    if (!buffer_place(words, count)) {
        bool stamped = (words[0] & RAW_STAMPED) != 0;
        image_truncate(stamped ? words[1] : stamp_now());
    }
    errno = saved_errno;
}
