/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory is there, or the handler is called with who asked, how much, and why not. */
#include <check.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "core/alloc.h"

static jmp_buf back;
static struct {
    char who[32];
    size_t bytes;
    int err;
} lost;

static void jump(const char *who, size_t bytes, int err)
{
    snprintf(lost.who, sizeof(lost.who), "%s", who);
    lost.bytes = bytes;
    lost.err = err;
    longjmp(back, 1);
}

static const size_t TOO_MUCH = (size_t)1 << 47; /* more than a process's half of the address space... */
static const size_t TOO_MUCH_MOVED = ((size_t)1 << 47) - (1 << 30); /* ...and what only just would not be nonsense in it */

/* AddressSanitizer and LeakSanitizer answer as the C library does. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "allocator_may_return_null=1"; }
const char *__lsan_default_options(void);
const char *__lsan_default_options(void) { return "allocator_may_return_null=1"; }

enum { ZERO, BYTES, GROW, OVERFLOW, MAP, REMAP, ELSEWHERE, CASES };

static void ask(int which)
{
    switch (which) {
    case ZERO:
        free(alloc_zero("zeroes", TOO_MUCH / 8, 8));
        break;
    case BYTES:
        free(alloc_bytes("bytes", TOO_MUCH));
        break;
    case GROW:
        free(alloc_grow("more", NULL, TOO_MUCH));
        break;
    case OVERFLOW:
        free(alloc_zero("a product", SIZE_MAX / 2, 3));
        break;
    case MAP:
        alloc_unmap(alloc_map("pages", (size_t)1 << 62), 1);
        break;
    case REMAP:
        alloc_remap("more pages", alloc_map("pages", 4096), 4096, TOO_MUCH_MOVED);
        break;
    case ELSEWHERE:
        alloc_failed("a file of memory", 4096, EMFILE);
    }
}

START_TEST(who_asked_in_vain_is_told)
{
    static const struct {
        const char *who;
        size_t bytes;
        int err;
    } said[CASES] = {
        [ZERO] = {"zeroes", TOO_MUCH, ENOMEM},
        [BYTES] = {"bytes", TOO_MUCH, ENOMEM},
        [GROW] = {"more", TOO_MUCH, ENOMEM},
        [OVERFLOW] = {"a product", SIZE_MAX, ENOMEM},
        [MAP] = {"pages", (size_t)1 << 62, ENOMEM},
        [REMAP] = {"more pages", TOO_MUCH_MOVED, ENOMEM},
        [ELSEWHERE] = {"a file of memory", 4096, EMFILE},
    };
    alloc_set_handler(jump);
    if (!setjmp(back)) {
        ask(_i);
        ck_abort_msg("case %d: memory was found", _i);
    }
    alloc_set_handler(NULL);
    ck_assert_str_eq(lost.who, said[_i].who);
    ck_assert_uint_eq(lost.bytes, said[_i].bytes);
    ck_assert_int_eq(lost.err, said[_i].err);
}
END_TEST

START_TEST(what_is_there_is_given)
{
    uint8_t *zero = alloc_zero("zeroes", 3, 5), *none = alloc_bytes("nothing", 0), *map = alloc_map("pages", 4096);
    for (int i = 0; i < 15; i++)
        ck_assert_uint_eq(zero[i], 0);
    ck_assert_ptr_nonnull(none);
    map[4095] = 7;
    map = alloc_remap("pages", map, 4096, 8192);
    ck_assert_uint_eq(map[4095], 7);
    ck_assert_uint_eq(map[8191], 0);
    alloc_unmap(map, 8192);
    alloc_unmap(NULL, 8192);
    zero = alloc_grow("bytes", zero, 100);
    char *text = alloc_text("text", "a text"), *printed = alloc_print("text", "%s of %d", text, 7);
    ck_assert_str_eq(printed, "a text of 7");
    char *written;
    size_t len;
    FILE *stream = alloc_stream("text", &written, &len);
    fprintf(stream, "%05d", 42);
    alloc_stream_close("text", stream);
    ck_assert_str_eq(written, "00042");
    ck_assert_uint_eq(len, 5);
    free(written);
    free(printed);
    free(text);
    free(zero);
    free(none);
}
END_TEST

START_TEST(a_lack_is_one_sentence)
{
    char text[128];
    ck_assert_str_eq(alloc_describe(text, sizeof(text), "frames", 0, ENOMEM), "out of memory: frames");
    ck_assert_str_eq(alloc_describe(text, sizeof(text), "a plugin", 0, EMFILE), "a plugin: Too many open files");
    ck_assert_str_eq(alloc_describe(text, sizeof(text), "frames", 999, ENOMEM), "out of memory: frames: 999 bytes");
    ck_assert_str_eq(alloc_describe(text, sizeof(text), "frames", 1234567, ENOMEM), "out of memory: frames: 1,234,567 bytes");
    ck_assert_str_eq(alloc_describe(text, sizeof(text), "RAM", SIZE_MAX, EMFILE),
                     "RAM: no memory of 18,446,744,073,709,551,615 bytes: Too many open files");
}
END_TEST

/* Nobody's handler: the reason is on stderr, and the program ends. */
START_TEST(without_a_handler_the_program_ends)
{
    alloc_set_handler(NULL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    alloc_failed("a test", 1, ENOMEM);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("alloc");
    tcase_add_loop_test(tc, who_asked_in_vain_is_told, 0, CASES);
    tcase_add_test(tc, what_is_there_is_given);
    tcase_add_test(tc, a_lack_is_one_sentence);
    tcase_add_test_raise_signal(tc, without_a_handler_the_program_ends, SIGABRT);
    Suite *suite = suite_create("core_alloc");
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
