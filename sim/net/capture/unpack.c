/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of a capture file, packed or not: gzip, zstd and xz by their own libraries, several members in a row too.
 *
 * What a packer's check sum refuses is refused whole, since nobody can say which packet is wrong. What only ends early (a
 * full disk, a killed recorder) gives what is there.
 */
#include <errno.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

#include "core/alloc.h"
#include "net/capture/capture__.h"

#define XZ_MEMORY_MAX (UINT64_C(256) << 20) /* xz -9 needs 65 MiB */

static const char who[] = "a capture file";

/* ---- a buffer that grows to a limit ---- */

struct sink {
    uint8_t *data;
    size_t len, cap, max;
    struct bulk store;       /* where data are */
    const struct bulk *from; /* what is walked through meanwhile, or NULL */
};

/* How many bytes can be put at data + len; 0: the limit is passed. */
static size_t sink_room(struct sink *s)
{
    if (s->len > s->max)
        return 0;
    if (s->len == s->cap) {
        s->cap += !s->cap ? 65536 : s->cap < BULK_SMALL ? s->cap : 4 * (size_t)BULK_WALK;
        if (s->cap > s->max)
            s->cap = s->max + 1; /* one more tells that it is passed */
        bulk_grow(who, &s->store, s->cap, false);
        s->data = s->store.at;
        bulk_relax(&s->store);
        if (s->from)
            bulk_relax(s->from);
    }
    return s->cap - s->len;
}

/* ---- the packers ---- */

enum unpack_end { UNPACK_DONE, UNPACK_CUT, UNPACK_DAMAGED, UNPACK_TOO_LARGE };

enum { CHUNK = 1 << 30 }; /* zlib counts in 32 bits */

static enum unpack_end gzip_member(z_stream *z, const uint8_t *in, size_t len, size_t *used, struct sink *out)
{
    int got = Z_OK;
    *used = 0;
    while (got != Z_STREAM_END) {
        size_t room = sink_room(out), take = len - *used < CHUNK ? len - *used : CHUNK;
        if (!room)
            return UNPACK_TOO_LARGE;
        room = room < CHUNK ? room : CHUNK;
        z->next_in = (uint8_t *)(uintptr_t)(in + *used);
        z->avail_in = (uInt)take;
        z->next_out = out->data + out->len;
        z->avail_out = (uInt)room;
        got = inflate(z, Z_NO_FLUSH);
        *used += take - z->avail_in;
        out->len += room - z->avail_out;
        if (got == Z_MEM_ERROR)
            alloc_failed(who, 0, ENOMEM);
        if (got == Z_BUF_ERROR && *used == len)
            return UNPACK_CUT;
        if (got != Z_OK && got != Z_STREAM_END)
            return UNPACK_DAMAGED;
    }
    return UNPACK_DONE;
}

static enum unpack_end unpack_gzip(const uint8_t *in, size_t len, struct sink *out, const char **why)
{
    z_stream z = {0};
    enum unpack_end end = UNPACK_DONE;
    size_t used;
    if (inflateInit2(&z, 15 + 16) != Z_OK) /* gzip's header, and its check sum */
        alloc_failed(who, 0, ENOMEM);
    while (len > 1 && in[0] == 0x1f && in[1] == 0x8b && end == UNPACK_DONE) { /* zeros of a tape may follow */
        inflateReset(&z);
        end = gzip_member(&z, in, len, &used, out);
        in += used;
        len -= used;
    }
    *why = end == UNPACK_DAMAGED ? (z.msg ? z.msg : "bad data") : NULL; /* zlib's messages are literals */
    inflateEnd(&z);
    return end;
}

static enum unpack_end unpack_zstd(const uint8_t *in, size_t len, struct sink *out, const char **why)
{
    ZSTD_DStream *z = ZSTD_createDStream();
    ZSTD_inBuffer from = {in, len, 0};
    enum unpack_end end = UNPACK_CUT;
    size_t hint = 1, room;
    if (!z)
        alloc_failed(who, 0, ENOMEM);
    while (end == UNPACK_CUT) {
        if (!(room = sink_room(out))) {
            end = UNPACK_TOO_LARGE;
            break;
        }
        ZSTD_outBuffer to = {out->data + out->len, room, 0};
        size_t before = from.pos;
        hint = ZSTD_decompressStream(z, &to, &from);
        if (ZSTD_isError(hint)) {
            *why = ZSTD_getErrorName(hint);
            end = UNPACK_DAMAGED;
            break;
        }
        out->len += to.pos;
        if (from.pos == len && hint == 0)
            end = UNPACK_DONE;
        else if (from.pos == before && to.pos == 0)
            break; /* it wants more, and there is none */
    }
    ZSTD_freeDStream(z);
    return end;
}

static enum unpack_end unpack_xz(const uint8_t *in, size_t len, struct sink *out, const char **why)
{
    lzma_stream z = LZMA_STREAM_INIT;
    lzma_ret got = lzma_stream_decoder(&z, XZ_MEMORY_MAX, LZMA_CONCATENATED);
    enum unpack_end end = UNPACK_DONE;
    z.next_in = in;
    z.avail_in = len;
    while (got == LZMA_OK) {
        size_t room = sink_room(out);
        if (!room) {
            lzma_end(&z);
            return UNPACK_TOO_LARGE;
        }
        z.next_out = out->data + out->len;
        z.avail_out = room;
        got = lzma_code(&z, LZMA_FINISH);
        out->len += room - z.avail_out;
    }
    lzma_end(&z);
    if (got == LZMA_MEM_ERROR)
        alloc_failed(who, 0, ENOMEM);
    if (got == LZMA_BUF_ERROR)
        end = UNPACK_CUT;
    else if (got != LZMA_STREAM_END)
        end = UNPACK_DAMAGED;
    *why = got == LZMA_MEMLIMIT_ERROR  ? "it needs more than 256 MiB to unpack"
           : got == LZMA_OPTIONS_ERROR ? "it is packed in a way that this liblzma does not know"
                                       : "bad data";
    return end;
}

static const struct packer {
    const char *name, *by_hand;
    uint8_t magic[6];
    unsigned magic_len;
    enum unpack_end (*unpack)(const uint8_t *in, size_t len, struct sink *out, const char **why); /* NULL: not by us */
} packers[] = {
    {"gzip", "gzip -d", {0x1f, 0x8b}, 2, unpack_gzip},
    {"zstd", "zstd -d", {0x28, 0xb5, 0x2f, 0xfd}, 4, unpack_zstd},
    {"xz", "xz -d", {0xfd, '7', 'z', 'X', 'Z', 0}, 6, unpack_xz},
    {"bzip2", "bzip2 -d", {'B', 'Z', 'h'}, 3, NULL},
    {"lz4", "lz4 -d", {0x04, 0x22, 0x4d, 0x18}, 4, NULL},
    {"lzip", "lzip -d", {'L', 'Z', 'I', 'P'}, 4, NULL},
    {"compress", "gzip -d", {0x1f, 0x9d}, 2, NULL},
    {"zip", "unzip", {'P', 'K', 3, 4}, 4, NULL},
    {"7z", "7z x", {'7', 'z', 0xbc, 0xaf, 0x27, 0x1c}, 6, NULL},
};

static const struct packer *packer_of(const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < sizeof(packers) / sizeof(packers[0]); i++)
        if (len >= packers[i].magic_len && memcmp(data, packers[i].magic, packers[i].magic_len) == 0)
            return &packers[i];
    return NULL;
}

void cap__free(struct cap_bytes *bytes)
{
    if (bytes->store.at)
        bulk_free(&bytes->store);
    else
        free(bytes->data);
    *bytes = (struct cap_bytes){0};
}

int cap__unpack(struct cap_bytes *b, size_t max, char *err, size_t err_cap)
{
    struct sink out = {.max = max, .from = &b->store};
    const char *why = NULL;
    const struct packer *packer = packer_of(b->data, b->len);
    if (!packer)
        return 0;
    if (!packer->unpack) {
        snprintf(err, err_cap, "is packed by %s, of which only gzip, zstd and xz are unpacked here: %s it first", packer->name,
                 packer->by_hand);
        return -1;
    }
    enum unpack_end end = packer->unpack(b->data, b->len, &out, &why);
    cap__free(b);
    *b = (struct cap_bytes){.data = out.data, .store = out.store, .len = out.len, .cut = end == UNPACK_CUT, .packed = packer->name};
    switch (end) {
    case UNPACK_DONE:
    case UNPACK_CUT:
        if (!packer_of(b->data, b->len))
            return 0;
        snprintf(err, err_cap, "is packed twice: %s it once", packer->by_hand);
        return -1;
    case UNPACK_DAMAGED:
        snprintf(err, err_cap, "its %s data are damaged: %s", packer->name, why);
        return -1;
    case UNPACK_TOO_LARGE:
        snprintf(err, err_cap, "unpacks to more than %zu bytes: %s it by hand if that is meant", max, packer->by_hand);
        return -1;
    }
    return -1;
}

/* ---- the file ---- */

static int slurp(FILE *file, struct sink *in)
{
    struct stat st;
    bool regular = fstat(fileno(file), &st) == 0 && S_ISREG(st.st_mode);
    if (regular && st.st_size > BULK_SMALL && !bulk_map(&in->store, fileno(file), (size_t)st.st_size)) {
        in->data = in->store.at;
        in->len = (size_t)st.st_size;
        return 0;
    }
    if (regular)
        in->max = SIZE_MAX / 2;
    for (size_t room; (room = sink_room(in)) != 0;) {
        size_t got = fread(in->data + in->len, 1, room, file);
        in->len += got;
        if (got < room)
            return ferror(file) ? -errno : 0;
    }
    return -EFBIG;
}

int cap__load(const char *path, size_t unpacked_max, struct cap_bytes *out, char *err, size_t err_cap)
{
    struct sink in = {.max = unpacked_max < PCAP_STREAM_MAX ? unpacked_max : PCAP_STREAM_MAX};
    FILE *file = fopen(path, "rb");
    *out = (struct cap_bytes){0};
    int error = file ? slurp(file, &in) : -errno;
    if (file)
        fclose(file);
    out->data = in.data;
    out->store = in.store;
    out->len = in.len;
    if (error) {
        if (error == -EFBIG)
            snprintf(err, err_cap, "is no regular file and has more than %zu bytes", in.max);
        else
            snprintf(err, err_cap, "%s", alloc_reason(-error));
        return -1;
    }
    return cap__unpack(out, unpacked_max, err, err_cap);
}
