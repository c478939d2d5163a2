/* The subcommands of heaplab. Each gets the words from its own name on (argv[0] = "run"), prints
 * its own errors as one line "heaplab: ..." and returns the exit code. */
#ifndef HARNESS_COMMANDS_H
#define HARNESS_COMMANDS_H

#define EXIT_FAILED       1 /* something could not be done */
#define EXIT_USAGE        2
#define EXIT_REGRESSION   3 /* something is slower or larger */
#define EXIT_UNRESOLVED   4 /* nothing is, but of something nobody can tell */
#define EXIT_FAILED_CELLS 5
#define EXIT_UNFIT        6 /* the machine or its state does not allow a verdict */
#define EXIT_INTERRUPTED  130

int command_run(int argc, char **argv);
int command_list(int argc, char **argv);
int command_trace(int argc, char **argv);
int command_plot(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_columns(int argc, char **argv);
int command_heapmap(int argc, char **argv);
int command_bench(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_nightly(int argc, char **argv);
int command_history(int argc, char **argv);
int command_ack(int argc, char **argv);

#endif
