/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the hypervisor would say to plugin images; and the signing of them. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/alloc.h"
#include "lib/lib__.h"
#include "report/report.h"
#include "vfsim/file.h"
#include "vfsim/report.h"
#include "vm/image/plugin_sign.h"

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

/* A report of images, one after another. */
static struct report *begin(size_t *refused)
{
    struct report *r = report_create();
    if (refused)
        *refused = 0;
    report_list(r, "plugins", NULL, REPORT_BLOCKS, REPORT_SKIP_EMPTY);
    return r;
}

static void put(struct report *r, const char *path, const struct plugin_image *image, size_t *refused)
{
    bool good = image->check == NPA_CHECK_OK;
    if (refused)
        *refused += !good;
    put_image(r, path, image, good);
}

struct vfsim_report *vfsim_plugin_check(const char *const *paths, size_t count, size_t *refused, struct vfsim_error **error)
{
    char err[512];
    struct report *r = begin(refused);
    for (size_t i = 0; i < count; i++) {
        struct plugin_image *image = plugin_image_read(paths[i], err, sizeof(err));
        if (!image) {
            lib__fail(error, EINVAL, "%s", err);
            continue;
        }
        put(r, paths[i], image, refused);
        plugin_image_free(image);
    }
    report_end(r);
    return lib__report(r);
}

/* What a file was allowed to stays so: it is replaced by another one. */
static int write_image(const char *from, const char *to, const struct plugin_image *image)
{
    struct stat st;
    bool in_place = !strcmp(from, to) && !stat(from, &st);
    if (in_place && access(to, W_OK))
        return -errno;
    int err = vfsim_file_write(to, image->file, image->file_len);
    return err || !in_place || !chmod(to, st.st_mode & 07777) ? err : -errno;
}

static void sign(struct report *r, const char *path, const struct vfsim_signing *how, size_t *refused, struct vfsim_error **error)
{
    char why[512];
    const char *to = how->output ? how->output : path;
    struct plugin_signature as = {.licence = how->licence, .vendor = how->vendor, .again = how->again};
    struct plugin_image *image = plugin_image_read(path, why, sizeof(why)), *done = NULL;
    if (image)
        done = plugin_image_sign(image, &as, why, sizeof(why));
    int err = done ? write_image(path, to, done) : 0;
    if (err) {
        lib__fail(error, -err, "%s: %s", to, alloc_reason(-err));
    } else if (!done) {
        lib__fail(error, image && plugin_image_is_signed(image) && !how->again ? EEXIST : EINVAL, "%s", why);
    } else {
        struct plugin_image *written = plugin_image_parse(to, done->file, done->file_len); /* its reasons have the new name */
        put(r, to, written, refused);
        plugin_image_free(written);
    }
    plugin_image_free(done);
    plugin_image_free(image);
}

struct vfsim_report *vfsim_plugin_sign(const char *const *paths, size_t count, const struct vfsim_signing *how, size_t *refused,
                                       struct vfsim_error **error)
{
    struct vfsim_signing whole = {0};
    struct report *r = begin(refused);
    if (how && how->size)
        memcpy(&whole, how, how->size < sizeof(whole) ? how->size : sizeof(whole));
    if (how && !how->size)
        lib__fail(error, EINVAL, "vfsim_signing.size is 0: it says which of its members there are, sizeof(struct vfsim_signing)");
    else if (whole.output && count != 1)
        lib__fail(error, EINVAL, "%s: one output for %zu images", whole.output, count);
    else
        for (size_t i = 0; i < count; i++)
            sign(r, paths[i], &whole, refused, error);
    report_end(r);
    return lib__report(r);
}
