/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A save stream in a file, a whole world or one VM: whose it is, and what can be wrong with one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/fnv.h"
#include "core/alloc.h"
#include "core/build.h"
#include "report/outfile.h"
#include "scenario/world/world__.h"

#if defined(__x86_64__)
#define PROCESSOR "x86-64"
#elif defined(__aarch64__)
#define PROCESSOR "aarch64"
#else
#define PROCESSOR "unknown"
#endif

enum { FILE_VERSION = 2, READ_FIRST = 1 << 20 };

/* the same in every version, up to `version` */
struct head {
    char magic[24];
    uint32_t version, zero;
    char processor[16];
    char release[12];
    struct build_id build;
    uint64_t len, digest; /* of what follows */
};
_Static_assert(sizeof(struct head) == 96, "no padding goes to disk");

static const struct kind {
    const char *magic, *what, *other; /* what it is not; what it is when another kind was wanted */
} kinds[] = {
    [STREAM_WORLD] = {"vfsim world\n", "not a world that `vfsim save` wrote",
                      "a whole world that `vfsim save` wrote, not a snapshot of a VM"},
    [STREAM_SNAPSHOT] = {"vfsim VM snapshot\n\n\n\n\n\n", "not a snapshot that vfsim took",
                         "a snapshot of a VM, not a world that `vfsim save` wrote"},
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };
#define OLD_WORLD "vfsim world 1\n\n\n" /* 16 bytes with its NUL; nothing of it said which build wrote it */

int world__stream_write(enum stream_kind kind, const char *path, const void *bytes, size_t len, char *err, size_t err_cap)
{
    struct head head = {
        .version = FILE_VERSION, .processor = PROCESSOR, .build = build_id(), .len = len, .digest = fnv1a(FNV_BASIS, bytes, len)};
    struct outfile out;
    if (!build_is_known(&head.build)) {
        snprintf(err, err_cap, "%s: this vfsim was linked without a build id (--build-id=sha1): nothing could tell who wrote it",
                 path);
        return -ENOTSUP;
    }
    snprintf(head.magic, sizeof(head.magic), "%s", kinds[kind].magic);
    snprintf(head.release, sizeof(head.release), "%s", build_release());
    int status = outfile_open(&out, path);
    if (!status) {
        fwrite(&head, sizeof(head), 1, out.stream);
        fwrite(bytes, 1, len, out.stream);
        status = outfile_close(&out);
    }
    if (status)
        snprintf(err, err_cap, "%s: %s", path, alloc_reason(-status));
    return status;
}

static int refuse(char *err, size_t err_cap, const char *path, const char *why)
{
    snprintf(err, err_cap, "%s: %s", path, why);
    return -EPROTO;
}

static bool begins_with(const struct head *head, size_t got, const char *magic)
{
    char whole[sizeof(head->magic)] = "";
    snprintf(whole, sizeof(whole), "%s", magic);
    return got >= sizeof(whole) && !memcmp(head->magic, whole, sizeof(whole));
}

/* Another release says so by its number, another build of the same release by its digest. */
static int check_build(const struct head *head, const char *path, char *err, size_t err_cap)
{
    struct build_id ours = build_id();
    char why[300], theirs_text[BUILD_TEXT_LEN], ours_text[BUILD_TEXT_LEN];
    if (!memcmp(&head->build, &ours, sizeof(ours)) && !strncmp(head->release, build_release(), sizeof(head->release)))
        return 0;
    snprintf(why, sizeof(why), "written by another build of vfsim (%.11s, %.12s); this is %s, %.12s: write it anew", head->release,
             build_text(&head->build, theirs_text), build_release(), build_text(&ours, ours_text));
    return refuse(err, err_cap, path, why);
}

static int check_head(enum stream_kind kind, const struct head *head, size_t got, const char *path, char *err, size_t err_cap)
{
    char why[120];
    if (got >= sizeof(OLD_WORLD) && !memcmp(head, OLD_WORLD, sizeof(OLD_WORLD)) && kind == STREAM_WORLD)
        return refuse(err, err_cap, path, "written by another build of vfsim, in version 1 of the format: write it anew");
    if (!begins_with(head, got, kinds[kind].magic)) {
        for (unsigned other = 0; other < KINDS; other++)
            if (begins_with(head, got, kinds[other].magic))
                return refuse(err, err_cap, path, kinds[other].other);
        return refuse(err, err_cap, path, kinds[kind].what);
    }
    if (got >= offsetof(struct head, zero) && head->version != FILE_VERSION) {
        snprintf(why, sizeof(why), "written in version %u of the format; this vfsim reads version %d", head->version, FILE_VERSION);
        return refuse(err, err_cap, path, why);
    }
    if (got < sizeof(*head))
        return refuse(err, err_cap, path, "the file is damaged (truncated or changed)");
    if (strncmp(head->processor, PROCESSOR, sizeof(head->processor))) {
        snprintf(why, sizeof(why), "taken on a %.15s processor; this is " PROCESSOR, head->processor);
        return refuse(err, err_cap, path, why);
    }
    return check_build(head, path, err, err_cap);
}

/* `len` bytes up to the file's end, or NULL. The length is the file's word: memory is taken as bytes come. */
static uint8_t *read_body(FILE *in, uint64_t len)
{
    size_t got = 0, cap = len < READ_FIRST ? (size_t)len : READ_FIRST;
    uint8_t *bytes = alloc_bytes("a saved world", cap);
    for (;;) {
        size_t more = fread(bytes + got, 1, cap - got, in);
        got += more;
        if (got == len && fgetc(in) == EOF && !ferror(in))
            return bytes;
        if (got < cap || got == len) {
            free(bytes);
            return NULL;
        }
        cap = len - cap > cap ? 2 * cap : (size_t)len;
        bytes = alloc_grow("a saved world", bytes, cap);
    }
}

int world__stream_read(enum stream_kind kind, const char *path, struct world_blob *out, char *err, size_t err_cap)
{
    struct head head = {.version = FILE_VERSION};
    FILE *in = fopen(path, "re");
    *out = (struct world_blob){0};
    if (!in) {
        int status = -errno;
        snprintf(err, err_cap, "%s: %s", path, alloc_reason(errno));
        return status;
    }
    int status = check_head(kind, &head, fread(&head, 1, sizeof(head), in), path, err, err_cap);
    uint8_t *bytes = status || head.len > SIZE_MAX / 2 ? NULL : read_body(in, head.len);
    if (!status && (!bytes || fnv1a(FNV_BASIS, bytes, head.len) != head.digest))
        status = refuse(err, err_cap, path, "the file is damaged (truncated or changed)");
    fclose(in);
    if (status) {
        free(bytes);
        return status;
    }
    *out = (struct world_blob){bytes, head.len, head.digest};
    return 0;
}
