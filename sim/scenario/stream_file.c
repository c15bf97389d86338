/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VM's snapshot in a file, and what can be wrong with one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "report/outfile.h"
#include "scenario/world__.h"

#define MAGIC "vfsim VM snapshot\n\n\n\n\n\n" /* 24 bytes with its NUL */
#define WORLD_MAGIC "vfsim world"
#if defined(__x86_64__)
#define PROCESSOR "x86-64"
#elif defined(__aarch64__)
#define PROCESSOR "aarch64"
#else
#define PROCESSOR "unknown"
#endif

enum { FILE_VERSION = 1 };

struct head { /* the same in every version, up to `version` */
    char magic[24];
    uint32_t version, zero;
    char processor[16];
    uint64_t len, digest; /* of what follows */
};

static uint64_t fnv(const void *data, size_t len)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (const uint8_t *p = data, *end = p + len; p < end; p++)
        hash = (hash ^ *p) * UINT64_C(0x100000001b3);
    return hash;
}

int world__snapshot_write(const char *path, const void *bytes, size_t len, char *err, size_t err_cap)
{
    struct head head = {.magic = MAGIC, .version = FILE_VERSION, .processor = PROCESSOR, .len = len,
                        .digest = fnv(bytes, len)};
    struct outfile out;
    int status = outfile_open(&out, path);
    if (!status) {
        fwrite(&head, sizeof(head), 1, out.stream);
        fwrite(bytes, 1, len, out.stream);
        status = outfile_close(&out);
    }
    if (status)
        snprintf(err, err_cap, "%s: %s", path, strerror(-status));
    return status;
}

static int refuse(char *err, size_t err_cap, const char *path, const char *why)
{
    snprintf(err, err_cap, "%s: %s", path, why);
    return -EPROTO;
}

static int check_head(const struct head *head, size_t got, const char *path, char *err, size_t err_cap)
{
    char why[120];
    if (got >= sizeof(WORLD_MAGIC) - 1 && !memcmp(head, WORLD_MAGIC, sizeof(WORLD_MAGIC) - 1))
        return refuse(err, err_cap, path, "a whole world that `vfsim save` wrote, not a snapshot of a VM");
    if (got < sizeof(head->magic) || memcmp(head->magic, MAGIC, sizeof(head->magic)))
        return refuse(err, err_cap, path, "not a snapshot that vfsim took");
    if (got >= offsetof(struct head, zero) && head->version != FILE_VERSION) {
        snprintf(why, sizeof(why), "written in version %u of the format; this vfsim reads version %d", head->version,
                 FILE_VERSION);
        return refuse(err, err_cap, path, why);
    }
    if (got < sizeof(*head))
        return refuse(err, err_cap, path, "the file is damaged (truncated or changed)");
    if (strncmp(head->processor, PROCESSOR, sizeof(head->processor))) {
        snprintf(why, sizeof(why), "taken on a %.15s processor; this is " PROCESSOR, head->processor);
        return refuse(err, err_cap, path, why);
    }
    return 0;
}

int world__snapshot_read(const char *path, struct world_blob *out, char *err, size_t err_cap)
{
    struct head head = {.version = FILE_VERSION};
    FILE *in = fopen(path, "re");
    *out = (struct world_blob){0};
    if (!in) {
        snprintf(err, err_cap, "%s: %s", path, strerror(errno));
        return -errno;
    }
    int status = check_head(&head, fread(&head, 1, sizeof(head), in), path, err, err_cap);
    if (!status && head.len > SIZE_MAX / 2)
        status = refuse(err, err_cap, path, "the file is damaged (truncated or changed)");
    uint8_t *bytes = status ? NULL : alloc_bytes("a snapshot", head.len ? head.len : 1);
    if (!status && !bytes)
        status = refuse(err, err_cap, path, "no memory for it");
    if (!status && (fread(bytes, 1, head.len, in) != head.len || fgetc(in) != EOF || fnv(bytes, head.len) != head.digest))
        status = refuse(err, err_cap, path, "the file is damaged (truncated or changed)");
    fclose(in);
    if (status) {
        free(bytes);
        return status;
    }
    *out = (struct world_blob){bytes, head.len, head.digest};
    return 0;
}
