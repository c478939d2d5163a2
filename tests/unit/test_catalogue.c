/* The catalogue as users see it: names, parameters, and the page that documents them. */
#include "workloads/workload.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Apart and last: it needs the ones above. */
#include <cmocka.h>

#define PAGE        "workloads/README.md"
#define TABLE_BEGIN "<!-- catalogue: begin -->\n"
#define TABLE_END   "<!-- catalogue: end -->\n"

static void names_follow_the_list(void **state)
{
    (void)state;
    static const char *const listed[] = {
#define SYNTHETIC(name) #name,
#define CLASSIC(name)   SYNTHETIC(name)
#define RECORDED(name)
#include "workloads/list.def"
#undef SYNTHETIC
#undef CLASSIC
#undef RECORDED
    };
    for (size_t i = 0; i < sizeof listed / sizeof listed[0]; i++) {
        char shown[64];
        assert_string_equal(workload_catalogue[i]->name,
                            workload_shown_name(listed[i], shown, sizeof shown));
        assert_ptr_equal(workload_find(shown), workload_catalogue[i]);
    }
    assert_null(workload_find("no-such-workload"));
    assert_null(workload_find("alloc_test"));
    char cut[4];
    assert_string_equal(workload_shown_name("a_b_c", cut, sizeof cut), "a-b");
    assert_string_equal(workload_shown_name("a_b_c", cut, 1), "");
}

static void assert_parameters_whole(const struct workload *workload)
{
    struct workload_request request;
    workload_request_default(workload, &request);
    for (size_t i = 0; i < WORKLOAD_PARAMETERS_MAX && workload->parameter[i].name != NULL; i++) {
        const struct workload_parameter *parameter = &workload->parameter[i];
        assert_in_range(parameter->value, parameter->least, parameter->most);
        assert_int_equal(request.parameter[i], parameter->value);
        assert_non_null(parameter->description);
        assert_int_equal(strspn(parameter->name, "abcdefghijklmnopqrstuvwxyz_"),
                         strlen(parameter->name));
    }
}

static void every_entry_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; workload_catalogue[i] != NULL; i++) {
        const struct workload *workload = workload_catalogue[i];
        assert_true(strlen(workload->behaviour) > 10 && strlen(workload->source) > 5);
        assert_non_null(workload->generate);
        assert_parameters_whole(workload);
    }
}

static void print_workload(FILE *file, const struct workload *workload)
{
    fprintf(file,
            "\n### %s\n\n%c%s. Source: %s.\n\n",
            workload->name,
            toupper((unsigned char)workload->behaviour[0]),
            workload->behaviour + 1,
            workload->source);
    if (!workload->threaded) {
        fprintf(file, "Runs on one thread, whatever is asked for.\n\n");
    }
    fprintf(file, "| parameter | default | least | most | meaning |\n");
    fprintf(file, "| --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < WORKLOAD_PARAMETERS_MAX && workload->parameter[i].name != NULL; i++) {
        const struct workload_parameter *parameter = &workload->parameter[i];
        fprintf(file,
                "| `%s` | %llu | %llu | %llu | %s |\n",
                parameter->name,
                (unsigned long long)parameter->value,
                (unsigned long long)parameter->least,
                (unsigned long long)parameter->most,
                parameter->description);
    }
}

/* The page must hold, word for word, what the code says. */
static void the_page_shows_the_catalogue(void **state)
{
    (void)state;
    char *expected = NULL;
    size_t expected_bytes = 0;
    FILE *file = open_memstream(&expected, &expected_bytes);
    assert_non_null(file);
    fputs(TABLE_BEGIN, file);
    for (size_t i = 0; workload_catalogue[i] != NULL; i++) {
        print_workload(file, workload_catalogue[i]);
    }
    fputs("\n" TABLE_END, file);
    assert_int_equal(fclose(file), 0);

    static char page[1 << 17];
    file = fopen(PAGE, "r");
    assert_non_null(file); /* tests run in the repository's root */
    page[fread(page, 1, sizeof page - 1, file)] = '\0';
    fclose(file);
    bool shown = strstr(page, expected) != NULL;
    if (!shown) {
        print_error("%s must hold these lines:\n", PAGE);
        (void)fputs(expected, stderr);
    }
    free(expected);
    assert_true(shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_follow_the_list),
        cmocka_unit_test(every_entry_is_whole),
        cmocka_unit_test(the_page_shows_the_catalogue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
