/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim plugin check FILE…: what the hypervisor would say to a plugin image. */
#include <stdio.h>
#include <string.h>

#include "vm/image/plugin_image.h"
#include "report/report.h"
#include "vfsim.h"

static void digest_text(const struct plugin_image *image, char text[65])
{
    struct npa_image_note note;
    text[0] = 0;
    if (!image->memory || (uint64_t)image->note + sizeof(note) > image->memory_len || !*image->licence)
        return;
    memcpy(&note, image->memory + image->note, sizeof(note));
    for (unsigned i = 0; i < sizeof(note.digest); i++)
        snprintf(text + 2 * i, 3, "%02x", note.digest[i]);
}

static void add_image(struct report *r, const char *path, const struct plugin_image *image, bool good)
{
    char digest[65];
    digest_text(image, digest);
    report_object(r, NULL, NULL, REPORT_BLOCKS, good ? REPORT_GOOD : REPORT_BAD);
    report_text(r, NULL, NULL, REPORT_BARE | REPORT_TEXT_ONLY, "%s:", path);
    report_text(r, "path", NULL, REPORT_JSON_ONLY, "%s", path);
    report_text(r, "verdict", NULL, REPORT_BARE, "%s", good ? "accepted" : "refused");
    report_text(r, "why", NULL, REPORT_BARE | REPORT_SKIP_ZERO, "%s",
                good          ? ""
                : *image->why ? image->why
                              : npa_check_text(image->check));
    report_list(r, "images", NULL, REPORT_TABLE, 0);
    report_object(r, NULL, NULL, REPORT_LINE, 0);
    report_text(r, "licence", NULL, 0, "%s", image->licence);
    report_text(r, "vendor", NULL, 0, "%s", image->vendor);
    report_number(r, "api_version", "API", 0, image->api_version);
    report_number(r, "file_bytes", "bytes of file", 0, image->file_len);
    report_number(r, "memory_bytes", "in memory", 0, image->memory_len);
    report_number(r, "relocations", NULL, 0, image->reloc_count);
    report_end(r);
    report_end(r);
    if (*digest) {
        report_list(r, "digests", NULL, REPORT_LINES, 0);
        report_text(r, NULL, NULL, 0, "SHA-256 %s", digest);
        report_end(r);
    }
    report_end(r);
}

static int check(const struct vfsim_args *args)
{
    static const char *const acts[] = {"check", NULL};
    char near[80], err[512];
    if (!args->operand_count || strcmp(args->operands[0], "check")) {
        const char *word = args->operand_count ? args->operands[0] : "";
        vfsim_complain("vfsim plugin check FILE…%s", vfsim_near(word, acts, near, sizeof(near)));
        return EXIT_USER;
    }
    if (args->operand_count < 2) {
        vfsim_complain("check what? vfsim plugin check FILE…");
        return EXIT_USER;
    }
    int code = EXIT_PASS;
    struct report *r = report_create();
    report_list(r, "plugins", NULL, REPORT_BLOCKS, REPORT_SKIP_EMPTY);
    for (unsigned i = 1; i < args->operand_count; i++) {
        struct plugin_image *image = plugin_image_read(args->operands[i], err, sizeof(err));
        if (!image) {
            vfsim_complain("%s", err);
            code = EXIT_USER;
            continue;
        }
        bool good = image->check == NPA_CHECK_OK;
        if (!good && code == EXIT_PASS)
            code = EXIT_EXPECTATION;
        add_image(r, args->operands[i], image, good);
        plugin_image_free(image);
    }
    report_end(r);
    int failed = vfsim_put_report(args, r);
    report_destroy(r);
    return failed ? EXIT_USER : code;
}

const struct vfsim_verb vfsim_verb_plugin = {
    .name = "plugin",
    .sentence = "check plugin images as the hypervisor does",
    .operands = "FILE…",
    .act = "check",
    .what = VALUE_IMAGE,
    .options = WITH(JSON),
    .about = "Checks each plugin image as the hypervisor does before it injects one, and prints licence, vendor, sizes, digest and "
             "verdict. Exit status 1 if one is refused, 2 if one can't be read.",
    .examples = "vfsim plugin check build/plugins/*.so\n",
    .run = check,
};
