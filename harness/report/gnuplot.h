/* Running gnuplot. */
#ifndef HARNESS_REPORT_GNUPLOT_H
#define HARNESS_REPORT_GNUPLOT_H

#include "harness/error.h"

/* Runs the words ("gnuplot" first, NULL last) and waits. False when gnuplot is not there, or with
 * its last message when it does not end well; `script` is what the message names. */
bool gnuplot_run(char *const *words, const char *script, struct error *error);

#endif
