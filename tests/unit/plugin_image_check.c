/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Images as built: the good ones are taken and run, each bad one is refused for its own reason, in words. */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "guest/include/npa_image.h"
#include "guest/include/npa_plugin_api.h"
#include "vm/image/plugin_image.h"

static struct plugin_image *read_image(const char *name)
{
    char path[512], err[300] = "";
    snprintf(path, sizeof path, "%s/%s.so", VFSIM_PLUGIN_STORE, name);
    struct plugin_image *im = plugin_image_read(path, err, sizeof err);
    ck_assert_msg(im != NULL, "%s", err);
    return im;
}

static void expect_refused(const char *name, enum npa_check check, const char *why)
{
    struct plugin_image *im = read_image(name);
    ck_assert_msg(im->check == check, "%s: %d %s", name, im->check, im->why);
    ck_assert_str_eq(im->why, why);
    plugin_image_free(im);
}

START_TEST(the_ixgbevf_plugin_is_taken)
{
    struct plugin_image *im = read_image("ixgbevf");
    ck_assert_msg(im->check == NPA_CHECK_OK, "%s", im->why);
    ck_assert_str_eq(im->licence, "GPL-2.0-or-later");
    ck_assert_str_eq(im->vendor, "vfsim ixgbevf 2");
    ck_assert_uint_eq(im->api_version, NPA_API_VERSION);
    ck_assert_uint_eq(im->memory_len % NPA_PAGE_SIZE, 0);
    ck_assert_uint_le(im->memory_len, NPA_PLUGIN_PAGES_MAX * NPA_PAGE_SIZE);
    plugin_image_free(im);
}
END_TEST

START_TEST(bad_images_are_refused_for_their_reason)
{
    expect_refused("ixgbevf-proprietary", NPA_CHECK_LICENCE,
                   "ixgbevf-proprietary.so: .note.npa: licence \"Proprietary\" is not accepted");
    expect_refused("ixgbevf-truncated", NPA_CHECK_TRUNCATED,
                   "ixgbevf-truncated.so: program headers: segment 1 ends beyond the end of the file");
    expect_refused("ixgbevf-large", NPA_CHECK_TOO_LARGE, "ixgbevf-large.so: program headers: needs more than 64 pages");
    expect_refused("ixgbevf-imports", NPA_CHECK_IMPORTS, "ixgbevf-imports.so: .dynsym: imports printk");
    expect_refused("ixgbevf-tampered", NPA_CHECK_DIGEST, "ixgbevf-tampered.so: .note.npa: digest does not match");
    struct plugin_image *im = read_image("ixgbevf-vector");
    ck_assert_int_eq(im->check, NPA_CHECK_VECTOR_CODE);
    ck_assert_msg(strstr(im->why, "ixgbevf-vector.so: .text: pxor at 0x") == im->why, "%s", im->why);
    plugin_image_free(im);
    im = read_image("ixgbevf-syscall");
    ck_assert_int_eq(im->check, NPA_CHECK_SYSTEM_CODE);
    ck_assert_msg(strstr(im->why, "ixgbevf-syscall.so: .text: syscall at 0x") == im->why &&
                      strstr(im->why, "(npa_bad_syscall+0x") && strstr(im->why, ") leaves the guest for the operating system"),
                  "%s", im->why);
    plugin_image_free(im);
}
END_TEST

START_TEST(what_is_no_image_is_refused)
{
    struct plugin_image *im = plugin_image_parse("x.so", "hello, world", 12);
    ck_assert_int_eq(im->check, NPA_CHECK_NOT_ELF);
    ck_assert_str_eq(im->why, "x.so: ELF header: not an ELF file");
    plugin_image_free(im);
    im = plugin_image_parse("empty.so", NULL, 0);
    ck_assert_int_eq(im->check, NPA_CHECK_NOT_ELF);
    plugin_image_free(im);
    char err[300] = "";
    ck_assert_ptr_null(plugin_image_read("/nonexistent/x.so", err, sizeof err));
    ck_assert_str_eq(err, "/nonexistent/x.so: No such file or directory");
}
END_TEST

/* The image as a shell finds it, checked by the shell's own code. */
static struct npa_image loaded(const struct plugin_image *im, uint8_t *at)
{
    plugin_image_relocate(im, (uintptr_t)at, at);
    return (struct npa_image){.base = at,
                              .bytes = im->memory_len,
                              .note = im->note,
                              .reloc = im->reloc,
                              .reloc_count = im->reloc_count,
                              .vaddr = (uintptr_t)at,
                              .relocated = 1};
}

START_TEST(a_relocated_image_runs_and_checks)
{
    struct plugin_image *im = read_image("selftest");
    ck_assert_msg(im->check == NPA_CHECK_OK, "%s", im->why);
    ck_assert_uint_ge(im->reloc_count, 4);
    uint8_t *at = mmap(NULL, im->memory_len, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(at, MAP_FAILED);
    struct npa_image view = loaded(im, at);
    ck_assert_int_eq(npa_image_check(&view), NPA_CHECK_OK);
    Plugin_Api api = {0};
    uint32 (*entry)(struct Plugin_Api *) = (uint32(*)(struct Plugin_Api *))(uintptr_t)(at + im->entry);
    ck_assert_uint_eq(entry(&api), 1);
    ck_assert_uint_eq(api.swInit(NULL), 7);
    ck_assert_uint_eq(api.reinitTxRing(NULL, 42), 42);
    munmap(at, im->memory_len);
    plugin_image_free(im);
}
END_TEST

/* Any single changed bit of the loaded pages is noticed, in relocated words too. */
START_TEST(the_shell_notices_every_changed_byte)
{
    struct plugin_image *im = read_image("selftest");
    uint8_t *at = malloc(im->memory_len);
    struct npa_image view = loaded(im, at);
    for (uint32_t i = 0; i < im->memory_len; i += i < 0x400 ? 1 : 97) {
        at[i] ^= 0x10;
        ck_assert_msg(npa_image_check(&view) != NPA_CHECK_OK, "byte 0x%x", i);
        at[i] ^= 0x10;
    }
    for (uint32_t i = 0; i < im->reloc_count; i++) {
        uint64_t word = npa_load64(at + im->reloc + i * NPA_RELA_SIZE);
        at[word + 2] ^= 1;
        ck_assert_int_eq(npa_image_check(&view), NPA_CHECK_DIGEST);
        at[word + 2] ^= 1;
    }
    ck_assert_int_eq(npa_image_check(&view), NPA_CHECK_OK);
    free(at);
    plugin_image_free(im);
}
END_TEST

/* A relocated word lies wherever nothing else does: each place of a small image, against a map of its bytes. */
START_TEST(a_relocated_word_overlaps_nothing)
{
    enum { BYTES = 1024, NOTE = 256, TABLE = 512, TABLE_END = TABLE + NPA_RELA_SIZE };
    enum { NOTE_END = NOTE + (int)sizeof(struct npa_image_note) };
    uint8_t base[BYTES] = {0};
    struct npa_image im = {.base = base, .bytes = BYTES, .note = NOTE, .reloc = TABLE, .reloc_count = 1};
    uint64_t info = NPA_RELATIVE_X86_64;
    ck_assert_int_lt(NOTE_END, TABLE);
    memcpy(base + TABLE + 8, &info, sizeof(info));
    for (uint64_t at = 0; at < BYTES + 16; at++) {
        bool is_free = at + 8 <= BYTES;
        for (uint64_t byte = at; byte < at + 8; byte++)
            is_free = is_free && !(byte >= NOTE && byte < NOTE_END) && !(byte >= TABLE && byte < TABLE_END);
        memcpy(base + TABLE, &at, sizeof(at));
        ck_assert_msg((npa_image_check_table(&im) == NPA_CHECK_OK) == is_free, "a word at %u", (unsigned)at);
    }
}
END_TEST

START_TEST(hostile_numbers_stay_inside_the_image)
{
    struct plugin_image *im = read_image("selftest");
    uint8_t *at = malloc(im->memory_len);
    const struct npa_image good = loaded(im, at);
    static const uint32_t values[] = {0, 1, 4, 100, 4092, 4096, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff};
    for (unsigned a = 0; a < sizeof values / sizeof *values; a++) {
        struct npa_image view = good;
        view.note = values[a];
        ck_assert_int_ne(npa_image_check(&view), NPA_CHECK_OK);
        view = good;
        view.reloc = values[a];
        ck_assert_int_ne(npa_image_check(&view), NPA_CHECK_OK);
        view = good;
        view.reloc_count = values[a];
        ck_assert_msg(values[a] == good.reloc_count || npa_image_check(&view) != NPA_CHECK_OK, "%u relocations", values[a]);
        view = good;
        view.bytes = values[a] < im->memory_len ? values[a] : 1000;
        ck_assert_int_ne(npa_image_check(&view), NPA_CHECK_OK);
    }
    free(at);
    plugin_image_free(im);
}
END_TEST

/* [FIPS 180-4, examples] */
START_TEST(sha256_gives_the_published_digests)
{
    static const struct {
        const char *text, *digest;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct npa_sha256 sha;
        uint8_t digest[32];
        char hex[65];
        npa_sha256_init(&sha);
        npa_sha256_add(&sha, (const uint8_t *)cases[i].text, (uint32_t)strlen(cases[i].text));
        npa_sha256_end(&sha, digest);
        for (unsigned k = 0; k < 32; k++)
            snprintf(hex + 2 * k, 3, "%02x", digest[k]);
        ck_assert_str_eq(hex, cases[i].digest);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("plugin_image_check");
    TCase *t = tcase_create("images");
    tcase_add_test(t, the_ixgbevf_plugin_is_taken);
    tcase_add_test(t, bad_images_are_refused_for_their_reason);
    tcase_add_test(t, what_is_no_image_is_refused);
    tcase_add_test(t, a_relocated_image_runs_and_checks);
    tcase_add_test(t, a_relocated_word_overlaps_nothing);
    tcase_add_test(t, the_shell_notices_every_changed_byte);
    tcase_add_test(t, hostile_numbers_stay_inside_the_image);
    tcase_add_test(t, sha256_gives_the_published_digests);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
