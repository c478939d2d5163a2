/* The names and the process file of what is recorded. The folder's name is copied at the start: a
 * program may clear its environment and fork afterwards. */
#include "harness/recorder/image.h"

#include "harness/recorder/raw.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum image_state {
    IMAGE_UNKNOWN,
    IMAGE_RECORDED,
    IMAGE_OFF
};

static struct {
    _Atomic int state;
    _Atomic uint32_t threads;
    bool forked;
    uint64_t pid;
    uint64_t start_ns;
    char directory[IMAGE_PATH_BYTES - 96];
    struct raw_process *process;
} image;

static pthread_mutex_t image_lock = PTHREAD_MUTEX_INITIALIZER;

static bool image_find_directory(void)
{
    if (image.directory[0]) {
        return true;
    }
    const char *directory = getenv(RAW_DIRECTORY_VARIABLE);
    if (!directory || directory[0] != '/' || strlen(directory) >= sizeof image.directory) {
        return false;
    }
    memcpy(image.directory, directory, strlen(directory) + 1);
    return true;
}

/* The arguments as the kernel keeps them: there is no other way to them from a library that runs
 * before the program's own code. */
static uint32_t image_read_command(char *command, size_t size_bytes)
{
    int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    ssize_t got = read(fd, command, size_bytes);
    close(fd);
    return got > 0 ? (uint32_t)got : 0;
}

static void image_fill(struct raw_process *process)
{
    process->pid = image.pid;
    process->parent_pid = (uint64_t)getppid();
    process->start_ns = image.start_ns;
    process->truncated_stamp = RAW_NOT_TRUNCATED;
    process->forked = image.forked;
    process->command_bytes = image_read_command(process->command, sizeof process->command);
    memcpy(process->magic, RAW_MAGIC, sizeof RAW_MAGIC);
}

static void image_complain(const char *path, int reason)
{
    char line[IMAGE_PATH_BYTES + 128];
    int length = snprintf(line,
                          sizeof line,
                          "heaplab: cannot record process %llu in \"%s\" (errno %d); it runs on "
                          "unrecorded\n",
                          (unsigned long long)image.pid,
                          path,
                          reason);
    if (length > 0) {
        (void)!write(STDERR_FILENO, line, (size_t)length);
    }
}

/* Makes the process file. Silent when the folder is gone: the recording is over, and this process
 * has outlived it. */
static bool image_make_process_file(void)
{
    char path[IMAGE_PATH_BYTES];
    (void)snprintf(path,
                   sizeof path,
                   "%s/%llu-%llu" RAW_PROCESS_SUFFIX,
                   image.directory,
                   (unsigned long long)image.pid,
                   (unsigned long long)image.start_ns);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        if (errno != ENOENT) {
            image_complain(path, errno);
        }
        return false;
    }
    void *process = MAP_FAILED;
    int reason = posix_fallocate(fd, 0, sizeof(struct raw_process));
    if (reason == 0) {
        process = mmap(NULL, sizeof(struct raw_process), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        reason = errno;
    }
    close(fd);
    if (process == MAP_FAILED) {
        unlink(path);
        image_complain(path, reason);
        return false;
    }
    image.process = process;
    image_fill(process);
    return true;
}

static int image_begin(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    image.pid = (uint64_t)getpid();
    image.start_ns = (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
    return image_find_directory() && image_make_process_file() ? IMAGE_RECORDED : IMAGE_OFF;
}

bool image_recorded(void)
{
    int state = atomic_load_explicit(&image.state, memory_order_acquire);
    if (state == IMAGE_UNKNOWN) {
        pthread_mutex_lock(&image_lock);
        state = atomic_load_explicit(&image.state, memory_order_relaxed);
        if (state == IMAGE_UNKNOWN) {
            state = image_begin();
            atomic_store_explicit(&image.state, state, memory_order_release);
        }
        pthread_mutex_unlock(&image_lock);
    }
    return state == IMAGE_RECORDED;
}

bool image_known_off(void)
{
    return atomic_load_explicit(&image.state, memory_order_relaxed) == IMAGE_OFF;
}

uint32_t image_thread_number(void)
{
    return atomic_fetch_add_explicit(&image.threads, 1, memory_order_relaxed);
}

bool image_events_path(uint32_t thread, char *path)
{
    int length = snprintf(path,
                          IMAGE_PATH_BYTES,
                          "%s/%llu-%llu-%u" RAW_EVENTS_SUFFIX,
                          image.directory,
                          (unsigned long long)image.pid,
                          (unsigned long long)image.start_ns,
                          thread);
    return length > 0 && length < IMAGE_PATH_BYTES;
}

/* Other threads go on to the end of their chunks: the finaliser cuts all at the earliest stamp. */
void image_truncate(uint64_t stamp)
{
    if (image.process) {
        uint64_t *field = &image.process->truncated_stamp;
        uint64_t seen = __atomic_load_n(field, __ATOMIC_RELAXED);
        while (stamp < seen && !__atomic_compare_exchange_n(
                                   field, &seen, stamp, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
        }
    }
    atomic_store_explicit(&image.state, IMAGE_OFF, memory_order_relaxed);
}

void image_forked(void)
{
    if (image.process) {
        munmap(image.process, sizeof *image.process);
        image.process = NULL;
    }
    image.forked = true;
    pthread_mutex_init(&image_lock, NULL);
    atomic_store(&image.threads, 0);
    atomic_store(&image.state, IMAGE_UNKNOWN);
}
