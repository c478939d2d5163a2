#include "harness/campaign/environment.h"

#include "harness/campaign/machine.h"
#include "harness/revision.h"

#include <inttypes.h>
#include <sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

void environment_sha256(const char *path, char text[SHA256_TEXT_BYTES])
{
    text[0] = '\0';
    (void)SHA256File(path, text);
}

bool environment_write(struct table_writer *writer,
                       const char *key,
                       const char *value,
                       struct error *error)
{
    const struct environment_row row = {key, value};
    return table_write(writer, &row, error);
}

/* Appends `word` to a list with commas between. */
static void append_word(char *list, size_t room, const char *word)
{
    size_t used = strlen(list);
    (void)snprintf(list + used, room - used, "%s%s", used > 0 ? "," : "", word);
}

/* A word as a shell needs it. */
static void append_quoted(char *command, size_t room, const char *word)
{
    size_t used = strlen(command);
    bool plain = word[0] != '\0' && word[strspn(word,
                                                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW"
                                                "XYZ0123456789-_=,./:+@%")] == '\0';
    (void)snprintf(command + used,
                   room - used,
                   plain                ? " %s"
                   : strchr(word, '\'') ? " \"%s\""
                                        : " '%s'",
                   word);
}

/* The command that repeats the run, into a folder of its own. */
static void make_command(const struct options *options, char *command, size_t room)
{
    (void)snprintf(command, room, "./run.sh run");
    for (int i = 1; i < options->argc; i++) {
        if (strcmp(options->argv[i], "--output") == 0) {
            i++;
        } else if (strncmp(options->argv[i], "--output=", 9) != 0) {
            append_quoted(command, room, options->argv[i]);
        }
    }
}

static bool
write_number(struct table_writer *writer, const char *key, double value, struct error *error)
{
    char text[64];
    (void)snprintf(text, sizeof text, "%.15g", value);
    return environment_write(writer, key, text, error);
}

static bool
write_request(struct table_writer *writer, const struct options *options, struct error *error)
{
    char list[8192] = "";
    char seed[32]; /* to the last digit: a double holds 53 bits of it */
    (void)snprintf(seed, sizeof seed, "%" PRIu64, options->seed);
    bool ok = true;
    for (int i = 1; ok && i < options->argc; i++) {
        ok = environment_write(writer, "argument", options->argv[i], error);
    }
    if (ok && options->history != NULL) {
        ok = environment_write(writer, ENVIRONMENT_HISTORY_KEY, options->history, error);
    }
    make_command(options, list, sizeof list);
    ok = ok && environment_write(writer, "command", list, error);
    list[0] = '\0';
    for (size_t i = 0; i < options->allocators.count; i++) {
        append_word(list, sizeof list, options->allocators.items[i].name);
    }
    ok = ok && environment_write(writer, "allocators", list, error);
    list[0] = '\0';
    for (size_t i = 0; i < options->source_count; i++) {
        append_word(list, sizeof list, options->sources[i].name);
    }
    ok = ok && environment_write(writer, "workloads", list, error);
    list[0] = '\0';
    for (size_t i = 0; i < options->thread_count; i++) {
        char number[16];
        (void)snprintf(number, sizeof number, "%" PRIu32, options->threads[i]);
        append_word(list, sizeof list, number);
    }
    return ok && environment_write(writer, "threads", list, error) &&
           environment_write(writer, "baseline", options->baseline, error) &&
           write_number(writer, "blocks", options->blocks, error) &&
           write_number(writer, "precision", options->precision, error) &&
           write_number(writer, "budget_s", (double)options->budget_ns * 1e-9, error) &&
           environment_write(writer, "warm_up", options->warm_up ? "1" : "0", error) &&
           environment_write(writer, "seed", seed, error) &&
           write_number(writer, "scale", options->scale, error) &&
           environment_write(writer, "touch", options->touch, error) &&
           environment_write(writer, "thp", options->thp, error) &&
           write_number(writer, "timeout_s", options->timeout_s, error) &&
           write_number(writer, "memory_limit_bytes", (double)options->memory_limit_bytes, error);
}

static bool write_allocator_fact(struct table_writer *writer,
                                 const struct allocator *allocator,
                                 const char *fact,
                                 const char *value,
                                 struct error *error)
{
    char key[ALLOCATOR_NAME_BYTES + 64];
    (void)snprintf(key, sizeof key, "allocator.%s.%s", allocator->name, fact);
    return environment_write(writer, key, value, error);
}

static bool
write_allocator(struct table_writer *writer, const struct allocator *allocator, struct error *error)
{
    char file[PATH_MAX];
    char version[256];
    char sha256[SHA256_TEXT_BYTES];
    machine_allocator_file(allocator->library, file);
    machine_package_version(file, version, sizeof version);
    environment_sha256(file, sha256);
    if (version[0] == '\0' && allocator->package[0] == '\0' && allocator->found) {
        bool ours = strstr(allocator->description, "--allocator") == NULL;
        (void)snprintf(
            version, sizeof version, "%s%s", ours ? "heaplab " : "", ours ? heaplab_revision : "");
    }
    return write_allocator_fact(writer, allocator, "file", file, error) &&
           write_allocator_fact(writer, allocator, "version", version, error) &&
           write_allocator_fact(writer, allocator, "sha256", sha256, error);
}

void environment_trace_key(const struct source *source, char key[ENVIRONMENT_KEY_BYTES])
{
    (void)snprintf(key, ENVIRONMENT_KEY_BYTES, "trace.%s.sha256", source->name);
}

/* Of recorded workloads, whose stream is a file's. */
static bool
write_trace(struct table_writer *writer, const struct source *source, struct error *error)
{
    char key[ENVIRONMENT_KEY_BYTES];
    char sha256[SHA256_TEXT_BYTES];
    if (source->workload != NULL) {
        return true;
    }
    environment_trace_key(source, key);
    environment_sha256(source->trace, sha256);
    return environment_write(writer, key, sha256, error);
}

bool environment_write_all(struct table_writer *writer,
                           const struct options *options,
                           const char *run,
                           struct error *error)
{
    char schema[16];
    (void)snprintf(schema, sizeof schema, "%d", TABLE_SCHEMA);
    bool ok = environment_write(writer, "schema", schema, error) &&
              environment_write(writer, "run", run, error) &&
              environment_write(writer, "heaplab", heaplab_revision, error) &&
              write_request(writer, options, error);
    for (size_t i = 0; ok && i < options->allocators.count; i++) {
        ok = write_allocator(writer, &options->allocators.items[i], error);
    }
    for (size_t i = 0; ok && i < options->source_count; i++) {
        ok = write_trace(writer, &options->sources[i], error);
    }
    return ok && machine_write(writer, error);
}

char **environment_arguments(const struct environment_table *table, int *argc)
{
    static char first[] = "run";
    char **argv = reallocarray(NULL, table->count + 2, sizeof *argv);
    if (argv == NULL) {
        return NULL;
    }
    *argc = 0;
    argv[(*argc)++] = first;
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->rows[i].key, "argument") == 0) {
            argv[(*argc)++] = (char *)table->rows[i].value;
        }
    }
    argv[*argc] = NULL;
    return argv;
}
