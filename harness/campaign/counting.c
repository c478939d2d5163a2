#include "harness/campaign/counting.h"

#include "harness/campaign/valgrind.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LISTEN_MS        100
#define PROBE_TIMEOUT_NS UINT64_C(60000000000)

/* Asks the worker whether the hardware counts; no stream is needed for that. */
static bool
probe_hardware(const char *worker, int stream_fd, bool *counts, char *why, struct error *error)
{
    const struct process_request request = {
        .worker = worker,
        .pass = WORKER_INSTRUCTIONS_PASS "probe",
        .touch = "none",
        .thp = "system",
        .library = "",
        .stream_fd = stream_fd,
        .timeout_ns = PROBE_TIMEOUT_NS,
        .memory_limit_bytes = UINT64_MAX,
    };
    struct process process;
    struct process *const listened = &process;
    if (!process_start(&process, &request, error)) {
        return false;
    }
    while (process.state != PROCESS_ENDED) {
        process_listen(&listened, 1, LISTEN_MS);
    }
    *counts = strcmp(process_status(&process, why), "ok") == 0;
    process_free(&process);
    return true;
}

bool counting_choose(struct counting *counting, const char *worker, struct error *error)
{
    bool hardware = false;
    *counting = (struct counting){.source = "valgrind"};
    int stream_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (stream_fd < 0) {
        return error_set(error, "cannot open \"/dev/null\": %s", strerror(errno));
    }
    bool asked = probe_hardware(worker, stream_fd, &hardware, counting->why, error);
    (void)close(stream_fd);
    if (!asked) {
        return false;
    }
    if (hardware) {
        counting->source = "hardware";
        counting->why[0] = '\0';
        return true;
    }
    return valgrind_find(counting->valgrind) ||
           error_set(error,
                     "cannot count instructions: %s; without it valgrind counts: apt-get install "
                     "valgrind, or leave the pass out of --passes",
                     counting->why);
}

void counting_ask(const struct counting *counting, struct process_request *request)
{
    bool hardware = strcmp(counting->source, "hardware") == 0;
    request->pass =
        hardware ? WORKER_INSTRUCTIONS_PASS "hardware" : WORKER_INSTRUCTIONS_PASS "valgrind";
    request->valgrind = hardware ? NULL : counting->valgrind;
    request->timeout_ns *= hardware ? 1 : COUNTING_PATIENCE;
    request->env_padding_bytes = 0;
    request->fixed_addresses = true;
}

void counting_fill(const struct counting *counting,
                   const struct process *process,
                   struct measurements_row *row)
{
    uint64_t instructions;
    if (!process_instructions(process, &instructions)) {
        row->status = "failed";
        row->status_detail = "no whole count of instructions came";
        return;
    }
    row->instructions = count_of(instructions);
    row->instructions_per_op = (double)instructions / (double)row->operations.value;
    row->instructions_source = counting->source;
    row->flags = process->addresses_vary ? "aslr" : row->flags;
    if (strcmp(counting->source, "valgrind") != 0) {
        return;
    }
    row->status_detail = counting->why;
    row->setup_ns = (struct count){0}; /* its clock does not tell the time */
    if (row->threads.value > 1) {
        row->flags = process->addresses_vary ? "serialised aslr" : "serialised";
    }
}
