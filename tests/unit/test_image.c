/* Images of streams: a finished one cannot change, and one that holds anything but a stream is
 * refused or can at least be walked inside its bounds. */
#include "tests/unit/stream_helpers.h"
#include "workloads/random.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int memfd_of(const void *image, size_t bytes, unsigned seals)
{
    int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_true(fd >= 0);
    assert_true(write(fd, image, bytes) == (ssize_t)bytes);
    assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
    return fd;
}

#define SEALED (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW)

/* A small stream with every kind of event, two words long ones among them, and four threads. */
static struct stream sample(void)
{
    struct stream_builder *builder = builder_of(2);
    uint32_t child = stream_builder_add_thread(builder);
    uint32_t a = stream_malloc(builder, 0, 100);
    uint32_t b = stream_builder_take_slot(builder, 0);
    stream_builder_emit(builder, &(struct event){EVENT_ALIGNED_ALLOC, 0, b, 64, 64});
    emit(builder, EVENT_REALLOC, 0, a, UINT64_C(1) << 33);
    stream_wait(builder, 1, 0, stream_signal(builder, 0));
    stream_touch(builder, 1, a, 100);
    emit(builder, EVENT_THREAD_START, 1, child, 0);
    emit(builder, EVENT_PHASE, child, 1, 0);
    emit(builder, EVENT_IDLE, child, 0, 1);
    stream_free(builder, child, a);
    stream_free(builder, 1, b);
    uint32_t c = stream_builder_take_slot(builder, 1);
    emit(builder, EVENT_CALLOC, 1, c, 8);
    stream_free(builder, 1, c);
    return finished(builder);
}

static void
assert_run_inside(const struct stream_header *header, const uint64_t *word, const uint64_t *end)
{
    while (word < end) {
        enum event_kind kind = event_word_kind(*word);
        uint32_t slot = event_word_slot(*word);
        assert_true(kind < EVENT_KINDS);
        assert_true(kind > EVENT_TOUCH || slot < header->slots);
        assert_true((kind != EVENT_WAIT && kind != EVENT_THREAD_START) || slot < header->threads);
        word += event_words(*word);
    }
    assert_ptr_equal(word, end);
}

/* Whether an image is accepted; if so, everything it says lies inside it. */
static bool accepted(const void *image, size_t bytes)
{
    struct stream stream;
    const char *problem = stream_map(memfd_of(image, bytes, SEALED), &stream);
    for (uint32_t i = 0; problem == NULL && i < stream.header->threads; i++) {
        const struct stream_thread *thread = &stream.header->thread[i];
        const uint64_t *word = stream.words + thread->first_word;
        const char *end = (const char *)stream.header + bytes;
        assert_true((const char *)(word + thread->words) <= end);
        assert_run_inside(stream.header, word, word + thread->words);
    }
    if (problem == NULL && stream.header->slots < 1000) {
        uint64_t live;
        stream_check(&stream, &live); /* any verdict will do: it must come to one */
    }
    stream_close(&stream);
    return problem == NULL;
}

static void a_finished_stream_cannot_be_changed(void **state)
{
    (void)state;
    struct stream stream = sample();
    assert_int_equal(fcntl(stream.fd, F_GET_SEALS) & SEALED, SEALED);
    assert_true(pwrite(stream.fd, "x", 1, 0) < 0);
    assert_true(ftruncate(stream.fd, 8) < 0);
    assert_ptr_equal(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, stream.fd, 0),
                     MAP_FAILED);
    stream_close(&stream);
    assert_int_equal(stream.fd, -1);
}

static void another_process_can_map_it(void **state)
{
    (void)state;
    struct stream stream = sample();
    struct stream other;
    assert_null(stream_map(dup(stream.fd), &other));
    assert_memory_equal(stream.header, other.header, stream.header->image_bytes);
    assert_ptr_not_equal(stream.header, other.header);
    stream_close(&other);
    stream_close(&stream);
}

static void an_image_that_could_change_is_refused(void **state)
{
    (void)state;
    struct stream sound = sample();
    static const unsigned partly[] = {
        0, F_SEAL_WRITE, F_SEAL_WRITE | F_SEAL_GROW, F_SEAL_SHRINK | F_SEAL_GROW};
    for (size_t i = 0; i < sizeof partly / sizeof partly[0]; i++) {
        struct stream stream;
        int fd = memfd_of(sound.header, sound.header->image_bytes, partly[i]);
        assert_non_null(stream_map(fd, &stream));
        stream_close(&stream);
    }
    int pipe_ends[2];
    struct stream stream;
    assert_int_equal(pipe(pipe_ends), 0);
    assert_non_null(stream_map(pipe_ends[0], &stream));
    stream_close(&stream);
    close(pipe_ends[1]);
    stream_close(&sound);
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    struct stream stream = sample();
    size_t bytes = stream.header->image_bytes;
    char *image = calloc(1, bytes + 16);
    memcpy(image, stream.header, bytes);
    assert_true(accepted(image, bytes));
    for (size_t i = 0; i < bytes; i++) {
        assert_false(accepted(image, i));
    }
    assert_false(accepted(image, bytes + 1));
    assert_false(accepted(image, bytes + 8));
    free(image);
    stream_close(&stream);
}

/* A copy of a stream's image, with room for `extra` bytes at its end. */
static struct stream_header *copy_of(const struct stream *stream, size_t extra)
{
    struct stream_header *copy = calloc(1, stream->header->image_bytes + extra);
    assert_non_null(copy);
    memcpy(copy, stream->header, stream->header->image_bytes);
    return copy;
}

/* A cut that the header knows of: one word less, and every count right but the last event's. */
static void an_event_cut_by_the_end_is_refused(void **state)
{
    (void)state;
    struct stream_builder *builder = builder_of(1);
    uint32_t slot = stream_builder_take_slot(builder, 0);
    stream_builder_emit(builder,
                        &(struct event){EVENT_ALIGNED_ALLOC, .slot = slot, .alignment = 64});
    struct stream stream = finished(builder);
    struct stream_header *image = copy_of(&stream, 0);
    image->image_bytes -= sizeof(uint64_t);
    image->words = 1;
    image->thread[0].words = 1;
    assert_false(accepted(image, image->image_bytes));
    free(image);
    stream_close(&stream);
}

/* The reason counts: an image refused only after a look outside it is refused too late. */
static void assert_refused(struct stream_header *image, const char *reason)
{
    struct stream stream;
    const char *problem = stream_map(memfd_of(image, image->image_bytes, SEALED), &stream);
    stream_close(&stream);
    free(image);
    assert_non_null(problem);
    assert_string_equal(problem, reason);
}

/* Headers whose figures agree with one another, and with nothing else. */
static void runs_beyond_the_image_are_refused(void **state)
{
    (void)state;
    struct stream stream = sample();
    struct stream_header *image = copy_of(&stream, 0);
    image->words += 512;
    image->thread[image->threads - 1].words += 512;
    assert_refused(image, "the stream image's table of threads does not fit its length");

    image = copy_of(&stream, 0); /* sums that are right but for their overflow */
    image->thread[0].words = UINT64_MAX;
    image->thread[1].first_word = UINT64_MAX;
    image->thread[1].words = image->thread[2].first_word + 1;
    assert_refused(image, "a thread's run lies outside the stream image");

    image = copy_of(&stream, sizeof(uint64_t)); /* a word that belongs to no thread */
    image->words++;
    image->image_bytes += sizeof(uint64_t);
    assert_refused(image, "the stream image's totals are not those of its threads");

    image = copy_of(&stream, 0); /* the totals hide which thread has how many events */
    image->thread[0].events++;
    image->thread[1].events--;
    assert_refused(image, "the stream image's counts are not those of its events");
    stream_close(&stream);
}

static void too_many_threads_are_refused(void **state)
{
    (void)state;
    uint32_t threads = STREAM_THREADS_MAX + 64;
    size_t table_bytes = sizeof(struct stream_header) + threads * sizeof(struct stream_thread);
    struct stream_header *image = calloc(1, table_bytes + sizeof(uint64_t));
    assert_non_null(image);
    memcpy(image->magic, STREAM_MAGIC, sizeof image->magic);
    image->image_bytes = table_bytes + sizeof(uint64_t);
    image->words_offset = table_bytes;
    image->threads = threads;
    image->words = image->events = 1;
    image->thread[0] = (struct stream_thread){.words = 1, .events = 1, .initial = 1};
    for (uint32_t i = 1; i < threads; i++) {
        image->thread[i].first_word = 1;
    }
    uint64_t start = event_word(EVENT_THREAD_START, 0, threads - 1);
    memcpy((char *)image + table_bytes, &start, sizeof start);
    assert_false(accepted(image, image->image_bytes));
    free(image);
}

/* Else two images could mean the same, and hashes of images would say nothing. */
static void an_event_has_one_spelling(void **state)
{
    (void)state;
    static const uint64_t bad[][2] = {
        {EVENT_IDLE | UINT64_C(1) << 5 | UINT64_C(7) << 32, EVENT_PHASE},
        {EVENT_SIGNAL | UINT64_C(7) << 32, EVENT_PHASE},
        {EVENT_SIGNAL | UINT64_C(7) << 5, EVENT_PHASE},
        {EVENT_PHASE | UINT64_C(7) << 5, EVENT_PHASE},
    };
    struct stream_builder *builder = builder_of(1);
    emit(builder, EVENT_PHASE, 0, 0, 0);
    emit(builder, EVENT_PHASE, 0, 0, 0);
    struct stream stream = finished(builder);
    struct stream_header *image = copy_of(&stream, 0);
    assert_true(accepted(image, image->image_bytes));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        memcpy((char *)image + image->words_offset, bad[i], sizeof bad[i]);
        assert_false(accepted(image, image->image_bytes));
    }
    uint64_t small_but_wide[2] = {event_word(EVENT_IDLE, EVENT_SIZE_WIDE, 0), EVENT_SIZE_WIDE};
    memcpy((char *)image + image->words_offset, small_but_wide, sizeof small_but_wide);
    image->events = image->thread[0].events = 1;
    assert_true(accepted(image, image->image_bytes));
    small_but_wide[1]--;
    memcpy((char *)image + image->words_offset, small_but_wide, sizeof small_but_wide);
    assert_false(accepted(image, image->image_bytes));
    free(image);
    stream_close(&stream);
}

/* Two flips are no damage that the image itself shows: more slots than any event names, and that
 * thread 1 does not run from the start, which makes a stream that deadlocks. */
static void every_flipped_bit_is_refused_or_harmless(void **state)
{
    (void)state;
    struct stream stream = sample();
    size_t bytes = stream.header->image_bytes;
    size_t slots_at = offsetof(struct stream_header, slots);
    size_t initial_at = offsetof(struct stream_header, thread) + sizeof(struct stream_thread) +
                        offsetof(struct stream_thread, initial);
    size_t refused_in_words = 0;
    char *image = malloc(bytes);
    assert_non_null(image);
    memcpy(image, stream.header, bytes);
    for (size_t bit = 0; bit < bytes * 8; bit++) {
        size_t byte = bit / 8;
        image[byte] = (char)(image[byte] ^ 1 << bit % 8);
        bool good = accepted(image, bytes);
        image[byte] = (char)(image[byte] ^ 1 << bit % 8);
        if (byte >= stream.header->words_offset) {
            refused_in_words += !good;
        } else if (byte < slots_at || byte >= slots_at + sizeof(uint32_t)) {
            assert_int_equal(good, bit == initial_at * 8);
        }
    }
    assert_in_range(refused_in_words, stream.header->words * 8, stream.header->words * 64);
    free(image);
    stream_close(&stream);
}

static void random_damage_is_refused_or_harmless(void **state)
{
    (void)state;
    struct stream stream = sample();
    size_t bytes = stream.header->image_bytes;
    uint64_t *image = malloc(bytes);
    struct random random;
    random_seed(&random, 1, 0);
    for (int round = 0; round < 4000; round++) {
        memcpy(image, stream.header, bytes);
        for (uint64_t i = random_between(&random, 1, 4); i > 0; i--) {
            static const uint64_t telling[] = {0, 1, UINT64_MAX, INT64_MAX, UINT64_C(1) << 63};
            size_t at = random_between(&random, 2, bytes / 8 - 1);
            image[at] = round % 2 == 0 ? telling[random_below(&random, 5)]
                                       : event_word((enum event_kind)random_below(&random, 32),
                                                    EVENT_SIZE_WIDE * (at % 2),
                                                    (uint32_t)random_below(&random, 4));
        }
        accepted(image, bytes);
    }
    free(image);
    stream_close(&stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_finished_stream_cannot_be_changed),
        cmocka_unit_test(another_process_can_map_it),
        cmocka_unit_test(an_image_that_could_change_is_refused),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(an_event_cut_by_the_end_is_refused),
        cmocka_unit_test(runs_beyond_the_image_are_refused),
        cmocka_unit_test(too_many_threads_are_refused),
        cmocka_unit_test(an_event_has_one_spelling),
        cmocka_unit_test(every_flipped_bit_is_refused_or_harmless),
        cmocka_unit_test(random_damage_is_refused_or_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
