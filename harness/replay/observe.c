/* The memory pass: threads run their events in small pieces under a read lock; whoever crosses the
 * next step of the stream takes the write lock, so that all others stand still, and samples. */
#include "harness/replay/loop.h"
#include "harness/replay/memory.h"

#include <unistd.h>

#define PIECE_EVENTS 64

void observe_sample(struct replay *replay, struct memory_sample *sample, bool walks)
{
    *sample = (struct memory_sample){
        .events_done = atomic_load(&replay->events_done),
        .elapsed_ns = clock_ns() - replay->begin_ns,
    };
    for (uint32_t n = 0; n < replay->header->threads; n++) {
        sample->live_bytes += replay->threads[n].live_bytes;
        sample->usable_bytes += replay->threads[n].usable_bytes;
    }
    if (replay->usable_size == NULL) {
        sample->usable_bytes = SAMPLE_UNKNOWN;
    }
    memory_read_heap(sample, walks);
    if (!memory_read_resident(sample)) {
        worker_stop(WORKER_FAILED, "cannot read /proc/self/smaps_rollup");
    }
}

/* Events to run before the next piece of this thread: never beyond the next sample. */
static uint64_t piece_budget(const struct replay *replay)
{
    uint64_t done = atomic_load(&replay->events_done);
    uint64_t to_sample = replay->sample_step - done % replay->sample_step;
    return to_sample < PIECE_EVENTS ? to_sample : PIECE_EVENTS;
}

static void sample_if_due(struct replay *replay)
{
    (void)pthread_rwlock_wrlock(&replay->world);
    uint64_t due = atomic_load(&replay->events_done) / replay->sample_step;
    if (due > replay->samples && replay->samples < WORKER_SAMPLES) {
        bool walks = replay->samples % WORKER_WALK_EVERY == 0;
        observe_sample(replay, &replay->sample[replay->samples++], walks);
    }
    (void)pthread_rwlock_unlock(&replay->world);
}

static uint64_t run_piece(struct replay_thread *thread, uint64_t budget)
{
    const unsigned observe = LOOP_SIZES | LOOP_BUDGET;
    switch (thread->replay->touch) {
    case TOUCH_NONE: return loop_run(thread, budget, (struct loop_mode){observe, TOUCH_NONE});
    case TOUCH_PAGE: return loop_run(thread, budget, (struct loop_mode){observe, TOUCH_PAGE});
    case TOUCH_LINE: return loop_run(thread, budget, (struct loop_mode){observe, TOUCH_LINE});
    default: return loop_run(thread, budget, (struct loop_mode){observe, TOUCH_ALL});
    }
}

/* Reads the next piece of the thread's run into its window; false at the end of the run. A last
 * event may lie half behind the window's end: one word more is read for it. */
static bool read_window(struct replay_thread *thread)
{
    const struct stream_header *header = thread->replay->header;
    const struct stream_thread *run = &header->thread[thread->number];
    uint64_t last_word = run->first_word + run->words;
    thread->window_word += (uint64_t)(thread->word - thread->window);
    if (thread->window_word >= last_word) {
        return false;
    }
    uint64_t left = last_word - thread->window_word;
    uint64_t words = left < REPLAY_WINDOW_WORDS ? left : REPLAY_WINDOW_WORDS;
    uint64_t read_words = left < REPLAY_WINDOW_WORDS + 1 ? left : REPLAY_WINDOW_WORDS + 1;
    uint64_t bytes = read_words * sizeof(uint64_t);
    uint64_t offset = header->words_offset + thread->window_word * sizeof(uint64_t);
    if (pread(WORKER_STREAM_FD, thread->window, bytes, (off_t)offset) != (ssize_t)bytes) {
        worker_stop(WORKER_FAILED, "cannot read the stream");
    }
    thread->word = thread->window;
    thread->end = thread->window + words;
    return true;
}

void observe_run(struct replay_thread *thread)
{
    struct replay *replay = thread->replay;
    uint64_t step = replay->sample_step;
    while (thread->word < thread->end || read_window(thread)) {
        uint64_t budget = piece_budget(replay);
        (void)pthread_rwlock_rdlock(&replay->world);
        uint64_t done = budget - run_piece(thread, budget);
        uint64_t before = atomic_fetch_add(&replay->events_done, done);
        (void)pthread_rwlock_unlock(&replay->world);
        if (before / step != (before + done) / step) {
            sample_if_due(replay);
        }
    }
}
