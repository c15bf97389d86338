/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ten thousand altered images: bytes flipped, words replaced, files cut, all from a fixed seed. The parser never reads
 * outside (run it under AddressSanitizer), never takes an image whose loaded bytes changed, and always says why.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest/include/npa_image.h"
#include "vm/image/plugin_image.h"

enum { CASES = 10000, HEADERS = 0x260 };

static uint64_t state = 0x9e3779b97f4a7c15ull;

static uint32_t random_below(uint32_t n) /* xorshift64* */
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * 0x2545f4914f6cdd1dull) >> 33) % n;
}

static uint32_t random_place(size_t len)
{
    switch (random_below(4)) {
    case 0:
        return random_below(HEADERS); /* ELF and program headers, symbols */
    case 1:
        return 0x3000 + random_below(0x400); /* note, dynamic section */
    default:
        return random_below((uint32_t)len);
    }
}

static size_t mutate(uint8_t *bytes, size_t len)
{
    static const uint64_t words[] = {
        0,       1,     0xff, 0x7fffffff, 0x80000000, 0xffffffff, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff,
        0x40000, 0x1000};
    uint32_t changes = 1 + random_below(4);
    if (random_below(10) == 0)
        return random_below((uint32_t)len);
    for (uint32_t i = 0; i < changes; i++) {
        uint32_t at = random_place(len);
        if (random_below(2)) {
            bytes[at] ^= (uint8_t)(1u << random_below(8));
        } else {
            uint64_t word = words[random_below(sizeof words / sizeof *words)];
            uint32_t size = random_below(2) ? 4 : 8;
            at &= ~3u;
            if (at + size <= len)
                memcpy(bytes + at, &word, size);
        }
    }
    return len;
}

static void one_case(const struct plugin_image *good, uint8_t *bytes, unsigned *taken)
{
    memcpy(bytes, good->file, good->file_len);
    size_t len = mutate(bytes, good->file_len);
    uint8_t *exact = malloc(len ? len : 1); /* so that AddressSanitizer sees the end */
    memcpy(exact, bytes, len);
    struct plugin_image *im = plugin_image_parse("mutant.so", exact, len);
    if (im->check == NPA_CHECK_OK) {
        ck_assert_uint_eq(im->memory_len, good->memory_len);
        ck_assert_mem_eq(im->memory, good->memory, good->memory_len);
        uint8_t *out = malloc(im->memory_len);
        plugin_image_relocate(im, 0x200000000000, out);
        free(out);
        ++*taken;
    } else {
        ck_assert_str_ne(im->why, "");
        ck_assert_str_ne(npa_check_text(im->check), "unknown");
    }
    plugin_image_free(im);
    free(exact);
}

static void run(const char *name)
{
    char path[512], err[300];
    unsigned taken = 0;
    snprintf(path, sizeof path, "%s/%s.so", VFSIM_PLUGIN_STORE, name);
    struct plugin_image *good = plugin_image_read(path, err, sizeof err);
    ck_assert_msg(good && good->check == NPA_CHECK_OK, "%s", good ? good->why : err);
    uint8_t *bytes = malloc(good->file_len);
    for (unsigned i = 0; i < CASES / 2; i++)
        one_case(good, bytes, &taken);
    ck_assert_uint_gt(taken, 0); /* debug sections are nobody's business */
    ck_assert_uint_lt(taken, CASES / 2);
    free(bytes);
    plugin_image_free(good);
}

START_TEST(no_mutant_of_ixgbevf_gets_through) { run("ixgbevf"); }
END_TEST

START_TEST(no_mutant_with_relocations_gets_through) { run("selftest"); }
END_TEST

int main(void)
{
    Suite *s = suite_create("plugin_image_mutations");
    TCase *t = tcase_create("mutations");
    tcase_add_test(t, no_mutant_of_ixgbevf_gets_through);
    tcase_add_test(t, no_mutant_with_relocations_gets_through);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
