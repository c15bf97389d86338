/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What outlives a world: blocks come back clean, or as they were; a late write, a block given back twice and a change of what
 * is shared are told. */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

#include "core/recycler.h"

enum { BYTES = 5 << 20, ODD = 12345 };

static bool all(const uint8_t *p, size_t len, uint8_t byte) { return p[0] == byte && !memcmp(p, p + 1, len - 1); }

START_TEST(a_block_is_zeros_again)
{
    struct recycler *r = recycler_create();
    uint8_t *p = recycler_take(r, "test", BYTES, RECYCLER_ZEROED), *q = recycler_take(r, "test", BYTES, RECYCLER_ZEROED);
    ck_assert_ptr_ne(p, q);
    for (int stain = 0; stain < 4; stain++) {
        recycler_stain(r, stain % 2);
        ck_assert(all(p, BYTES, 0));
        p[0] = p[BYTES / 2] = p[BYTES - 1] = 7;
        recycler_give(r, p, BYTES, RECYCLER_ZEROED);
        ck_assert_ptr_ne(recycler_take(r, "test", ODD, RECYCLER_ZEROED), p); /* of another size */
        ck_assert_ptr_eq(recycler_take(r, "test", BYTES, RECYCLER_ZEROED), p);
    }
    ck_assert_ptr_null(recycler_check(r));
    recycler_destroy(r);
}
END_TEST

/* Memory costs what is touched of it, also where a kernel would give it in pages of 2 MB. */
START_TEST(a_block_is_of_small_pages)
{
    struct recycler *r = recycler_create_plain();
    uint8_t *p = recycler_take(r, "test", BYTES, RECYCLER_ZEROED);
    char line[512], flags[512] = "";
    bool here = false;
    FILE *maps = fopen("/proc/self/smaps", "r");
    ck_assert_ptr_nonnull(maps);
    while (fgets(line, sizeof(line), maps)) {
        unsigned long from, to;
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            here = (uintptr_t)p >= from && (uintptr_t)p < to;
        else if (here && strncmp(line, "VmFlags:", 8) == 0)
            strcpy(flags, line);
    }
    fclose(maps);
    if (access("/sys/kernel/mm/transparent_hugepage", F_OK) == 0)
        ck_assert_msg(strstr(flags, " nh") != NULL, "%s", flags);
    recycler_give(r, p, BYTES, RECYCLER_ZEROED);
    recycler_destroy(r);
}
END_TEST

START_TEST(as_it_is_or_stained)
{
    struct recycler *r = recycler_create();
    uint8_t *p = recycler_take(r, "test", ODD, RECYCLER_AS_IS);
    memset(p, 7, ODD);
    recycler_give(r, p, ODD, RECYCLER_AS_IS);
    ck_assert_ptr_ne(recycler_take(r, "test", ODD, RECYCLER_ZEROED), p);
    ck_assert_ptr_eq(recycler_take(r, "test", ODD, RECYCLER_AS_IS), p);
    ck_assert(all(p, ODD, 7));
    recycler_stain(r, true);
    recycler_give(r, p, ODD, RECYCLER_AS_IS);
    ck_assert_ptr_eq(recycler_take(r, "test", ODD, RECYCLER_AS_IS), p);
    ck_assert(all(p, ODD, RECYCLER_STAIN));
    ck_assert_ptr_null(recycler_check(r));
    recycler_destroy(r);
}
END_TEST

START_TEST(a_late_write_is_told)
{
    for (int kind = RECYCLER_ZEROED; kind <= RECYCLER_AS_IS; kind++)
        for (size_t at = 0; at < 3 * 4096; at += 4095) { /* in a touched page, and in ones that were not */
            struct recycler *r = recycler_create();
            uint8_t *p = recycler_take(r, "test", BYTES, kind);
            p[1] = 1;
            recycler_stain(r, true);
            recycler_give(r, p, BYTES, kind);
            ASAN_UNPOISON_MEMORY_REGION(p, BYTES); /* as a guest or the kernel would write */
            p[at] = 1;
            ck_assert_ptr_eq(recycler_take(r, "test", BYTES, kind), p);
            ck_assert_ptr_nonnull(strstr(recycler_check(r), "a world that was gone has been written to"));
            if (kind == RECYCLER_ZEROED)
                ck_assert(all(p, BYTES, 0));
            recycler_destroy(r);
        }
}
END_TEST

START_TEST(giving_what_was_not_taken_is_told)
{
    struct recycler *r = recycler_create();
    uint8_t *p = recycler_take(r, "test", ODD, RECYCLER_ZEROED);
    recycler_give(r, p, ODD, RECYCLER_ZEROED);
    recycler_give(r, p, ODD, RECYCLER_ZEROED);
    ck_assert_ptr_nonnull(strstr(recycler_check(r), "given back"));
    recycler_destroy(r);
    r = recycler_create();
    p = recycler_take(r, "test", ODD, RECYCLER_ZEROED);
    recycler_give(r, p, 2 * ODD, RECYCLER_ZEROED);
    ck_assert_ptr_nonnull(strstr(recycler_check(r), "given back"));
    recycler_destroy(r);
}
END_TEST

/* With and without a keeper: the bytes in front stay, behind them are zeros. */
START_TEST(a_block_grows)
{
    for (int keeps = 0; keeps < 3; keeps++) {
        struct recycler *r = keeps == 2 ? recycler_create() : keeps ? recycler_create_plain() : NULL;
        uint8_t *p = recycler_take(r, "test", ODD, RECYCLER_ZEROED);
        p[0] = p[ODD - 1] = 7;
        p = recycler_grow(r, "test", p, ODD, BYTES);
        ck_assert(p[0] == 7 && all(p + 1, ODD - 2, 0) && p[ODD - 1] == 7 && all(p + ODD, BYTES - ODD, 0));
        recycler_give(r, p, BYTES, RECYCLER_ZEROED);
        recycler_destroy(r);
    }
}
END_TEST

START_TEST(what_was_touched_is_known)
{
    struct recycler *r = recycler_create();
    uint8_t *p = recycler_take(r, "test", BYTES, RECYCLER_ZEROED);
    uint64_t at = 0, end;
    ck_assert(!recycler_next_touched(r, p, BYTES, &at, &end));
    p[3 * 4096 + 5] = 1;
    p[BYTES - 1] = 1;
    ck_assert(recycler_next_touched(r, p, BYTES, &at, &end));
    ck_assert(at <= 3 * 4096 + 5 && end > 3 * 4096 + 5);
    uint64_t seen = 0;
    for (at = 0; recycler_next_touched(r, p, BYTES, &at, &end); at = end)
        seen += end - at;
    ck_assert_uint_le(seen, BYTES);
    ck_assert_uint_ge(seen, 2 * 4096);
    for (at = 0; recycler_next_touched(r, p, 4 * 4096, &at, &end); at = end)
        ck_assert_uint_le(end, 4 * 4096);
    recycler_destroy(r);
    at = 4096;
    ck_assert(recycler_next_touched(NULL, p, BYTES, &at, &end) && at == 4096 && end == BYTES);
}
END_TEST

static unsigned freed;
static void end_of(void *thing)
{
    (void)thing;
    freed++;
}
static uint64_t digest_of(const void *thing) { return recycler_hash(0, thing, ODD); }

START_TEST(what_is_shared_is_only_read)
{
    struct recycler *r = recycler_create();
    uint8_t *thing = calloc(1, ODD);
    ck_assert_ptr_null(recycler_shared(r, "kind", "name"));
    recycler_share(r, "kind", "name", thing, end_of, digest_of);
    ck_assert_ptr_eq(recycler_shared(r, "kind", "name"), thing);
    ck_assert_ptr_null(recycler_shared(r, "kind", "other"));
    ck_assert_ptr_null(recycler_check(r));
    for (size_t i = 0; i < ODD; i += ODD - 1) { /* in its first word, and in its last byte */
        struct recycler *one = recycler_create();
        recycler_share(one, "kind", "name", thing, end_of, digest_of);
        thing[i] ^= 0x80;
        ck_assert_ptr_nonnull(strstr(recycler_check(one), "\"name\", which every world shares, has been written to"));
        thing[i] ^= 0x80;
        recycler_destroy(one);
    }
    ck_assert_uint_eq(freed, 2);
    recycler_destroy(r);
    ck_assert_uint_eq(freed, 3);
    free(thing);
}
END_TEST

START_TEST(parts_are_kept_by_kind_and_number)
{
    struct recycler *r = recycler_create();
    int one, two;
    freed = 0;
    ck_assert(!recycler_keep(NULL, "kind", 1, &one, end_of));
    ck_assert(recycler_keep(r, "kind", 1, &one, end_of));
    ck_assert(recycler_keep(r, "kind", 2, &two, end_of));
    ck_assert_ptr_null(recycler_fetch(r, "kind", 3));
    ck_assert_ptr_null(recycler_fetch(r, "other", 1));
    ck_assert_ptr_eq(recycler_fetch(r, "kind", 1), &one);
    ck_assert_ptr_null(recycler_fetch(r, "kind", 1));
    recycler_destroy(r);
    ck_assert_uint_eq(freed, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("recycler");
    TCase *tc = tcase_create("all");
    tcase_add_test(tc, a_block_is_zeros_again);
    tcase_add_test(tc, a_block_is_of_small_pages);
    tcase_add_test(tc, as_it_is_or_stained);
    tcase_add_test(tc, a_late_write_is_told);
    tcase_add_test(tc, giving_what_was_not_taken_is_told);
    tcase_add_test(tc, a_block_grows);
    tcase_add_test(tc, what_was_touched_is_known);
    tcase_add_test(tc, what_is_shared_is_only_read);
    tcase_add_test(tc, parts_are_kept_by_kind_and_number);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
