/* `heaplab record`: runs a command with the recorder preloaded and leaves a trace per process. */
#ifndef HARNESS_RECORDING_RECORD_H
#define HARNESS_RECORDING_RECORD_H

/* argv[0] is "record". Prints its own errors, as "heaplab: ...", and returns the exit code: the
 * command's own where it ran and could be recorded; 2 for wrong usage, 127 and 126 for a command
 * that is not there or cannot be recorded, 1 for anything else that fails. */
int record_command(int argc, char **argv);

#endif
