/* The process image that is being recorded: its names in the recording's folder and its process
 * file. An image begins with an exec or a fork. Thread-safe; nothing here calls the malloc family
 * or is on the path of an ordinary event. */
#ifndef HARNESS_RECORDER_IMAGE_H
#define HARNESS_RECORDER_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#define IMAGE_PATH_BYTES 1024

/* Whether this image is recorded. The first call of an image finds out: it looks for the folder in
 * the environment and makes the process file. */
bool image_recorded(void);

/* Whether it is settled that nothing (more) is recorded. Cheap. */
bool image_known_off(void);

/* A number for a thread that records its first event: 0, 1, 2, ... */
uint32_t image_thread_number(void);

/* Puts the path of a thread's event file into path[IMAGE_PATH_BYTES]. False: too long. */
bool image_events_path(uint32_t thread, char *path);

/* Ends the recording of the image because an event stamped so could not be kept. The program goes
 * on, and the finaliser says where the trace ends. */
void image_truncate(uint64_t stamp);

/* In the child of a fork: a new image, found out about at its first event. */
void image_forked(void);

#endif
