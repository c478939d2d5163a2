/* `heaplab list`: what there is to run. `heaplab columns`: the documentation of the CSV files. */
#include "harness/allocators.h"
#include "harness/commands.h"
#include "harness/report/table.h"
#include "harness/sources.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int list_paths(const struct allocator_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        (void)printf("%s\t%s\n", list->items[i].name, list->items[i].library);
    }
    return EXIT_SUCCESS;
}

static void print_allocators(const struct allocator_list *list)
{
    (void)puts("allocators (--allocators A,B; others by --allocator NAME=PATH):");
    for (size_t i = 0; i < list->count; i++) {
        const struct allocator *item = &list->items[i];
        (void)printf("  %-12s %s", item->name, item->description);
        if (!item->found) {
            bool packaged = item->package[0] != '\0';
            (void)printf(" [not installed: %s%s]",
                         packaged ? "apt-get install " : "run make",
                         item->package);
        }
        (void)putchar('\n');
    }
}

static void print_workload(const struct workload *workload)
{
    (void)printf("  %-14s %s%s\n",
                 workload->name,
                 workload->behaviour,
                 workload->threaded ? " (threads)" : "");
    (void)printf("  %-14s from: %s\n", "", workload->source);
    for (size_t i = 0; i < WORKLOAD_PARAMETERS_MAX && workload->parameter[i].name != NULL; i++) {
        const struct workload_parameter *parameter = &workload->parameter[i];
        (void)printf("  %-14s   :%s=%" PRIu64 "  %s\n",
                     "",
                     parameter->name,
                     parameter->value,
                     parameter->description);
    }
}

static void print_workloads(void)
{
    char name[SOURCE_NAME_BYTES];
    (void)puts("\nworkloads (--workloads W,X:parameter=value; a path with a '/' is a trace):");
    for (size_t i = 0; source_listed(i, name); i++) {
        const struct workload *workload = workload_find(name);
        if (workload != NULL) {
            print_workload(workload);
        } else {
            (void)printf("  %-14s recorded: `heaplab trace inspect` tells what is in it\n", name);
        }
    }
}

int command_list(int argc, char **argv)
{
    struct allocator_list list = {0};
    struct error error;
    int code = EXIT_SUCCESS;
    int first_other = argc > 1 && strcmp(argv[1], "--paths") == 0 ? 2 : 1;
    bool paths = first_other == 2;
    if (argc > first_other) {
        bool help = strcmp(argv[1], "--help") == 0;
        if (!help) {
            (void)fprintf(stderr, "heaplab: list: unknown word \"%s\"\n\n", argv[first_other]);
        }
        (void)fputs("usage: heaplab list [--paths]\n\n"
                    "Shows the allocators and workloads; with --paths one line for each\n"
                    "allocator, its name and library with a tab between.\n",
                    help ? stdout : stderr);
        return help ? EXIT_SUCCESS : EXIT_USAGE;
    }
    if (!allocators_listed(&list, &error)) {
        (void)fprintf(stderr, "heaplab: %s\n", error.text);
        code = EXIT_FAILED;
    } else if (paths) {
        code = list_paths(&list);
    } else {
        print_allocators(&list);
        print_workloads();
    }
    allocators_free(&list);
    return code;
}

int command_columns(int argc, char **argv)
{
    static const char *const types[] = {"text", "whole number", "number"};
    if (argc > 1) {
        bool help = strcmp(argv[1], "--help") == 0;
        if (!help) {
            (void)fprintf(stderr, "heaplab: columns: unknown word \"%s\"\n\n", argv[1]);
        }
        (void)fputs("usage: heaplab columns\n\nPrints the columns of all CSV files as Markdown.\n",
                    help ? stdout : stderr);
        return help ? EXIT_SUCCESS : EXIT_USAGE;
    }
    for (size_t i = 0; table_layouts[i] != NULL; i++) {
        const struct table_layout *layout = table_layouts[i];
        (void)printf("%s### %s\n\n| column | type | unit | meaning |\n| --- | --- | --- | --- |\n",
                     i == 0 ? "" : "\n",
                     layout->file);
        for (size_t c = 0; c < layout->column_count; c++) {
            const struct column *column = &layout->columns[c];
            (void)printf("| `%s` | %s | %s | %s |\n",
                         column->name,
                         types[column->type],
                         column->unit,
                         column->description);
        }
    }
    return EXIT_SUCCESS;
}
