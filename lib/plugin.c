/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the hypervisor would say to plugin images. */
#include <errno.h>
#include <string.h>

#include "lib/lib__.h"
#include "report/report.h"
#include "vfsim/report.h"
#include "vm/image/plugin_image.h"

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

static void put_image(struct report *r, const char *path, const struct plugin_image *image, bool good)
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

struct vfsim_report *vfsim_plugin_check(const char *const *paths, size_t count, size_t *refused, struct vfsim_error **error)
{
    char err[512];
    struct report *r = report_create();
    if (refused)
        *refused = 0;
    report_list(r, "plugins", NULL, REPORT_BLOCKS, REPORT_SKIP_EMPTY);
    for (size_t i = 0; i < count; i++) {
        struct plugin_image *image = plugin_image_read(paths[i], err, sizeof(err));
        if (!image) {
            lib__fail(error, EINVAL, "%s", err);
            continue;
        }
        bool good = image->check == NPA_CHECK_OK;
        if (refused)
            *refused += !good;
        put_image(r, paths[i], image, good);
        plugin_image_free(image);
    }
    report_end(r);
    return lib__report(r);
}
