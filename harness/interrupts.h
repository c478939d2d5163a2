/* SIGINT, SIGTERM and SIGHUP: noticed, not died of, so that what is being written becomes whole. */
#ifndef HARNESS_INTERRUPTS_H
#define HARNESS_INTERRUPTS_H

#include <signal.h>

/* Set by the first of these signals, once they are caught. */
extern volatile sig_atomic_t interrupts_seen;

/* Catches them from now on (SIGHUP unless it is ignored, as under nohup). System calls that wait are
 * interrupted. */
void interrupts_catch(void);

#endif
