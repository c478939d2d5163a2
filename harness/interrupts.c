#include "harness/interrupts.h"

#include <stddef.h>

volatile sig_atomic_t interrupts_seen;

static void on_signal(int number)
{
    (void)number;
    interrupts_seen = 1;
}

void interrupts_catch(void)
{
    struct sigaction action = {.sa_handler = on_signal}; /* no SA_RESTART: poll shall return */
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    struct sigaction inherited;
    if (sigaction(SIGHUP, NULL, &inherited) == 0 && inherited.sa_handler != SIG_IGN) {
        (void)sigaction(SIGHUP, &action, NULL);
    }
}
