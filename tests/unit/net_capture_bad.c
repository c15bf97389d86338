/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captures with records that are not whole: what is played, and what is said of the rest. Then everything at once, at random. */
#include <lzma.h>
#include <stdio.h>
#include <zlib.h>
#include <zstd.h>

#include "core/prng.h"
#include "net/capture/capture__.h"
#include "unit/net_capture_maker.h"

static char err[700];

/* ---- files ---- */

struct bytes {
    uint8_t b[8192];
    size_t len;
    bool big;
};

static void put(struct bytes *f, uint64_t value, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        f->b[f->len++] = (uint8_t)(value >> 8 * (f->big ? n - 1 - i : i));
}

static void put_data(struct bytes *f, uint32_t n, uint16_t type)
{
    uint8_t frame[14] = {0x0a, 0, 0, 0, 0, 2, 0x0a, 0, 0, 0, 0, 1, (uint8_t)(type >> 8), (uint8_t)type};
    for (uint32_t i = 0; i < n; i++)
        f->b[f->len++] = i < 14 ? frame[i] : (uint8_t)(i * 5 + 1);
}

static void put_header(struct bytes *f, uint32_t magic)
{
    put(f, magic, 4);
    put(f, 2, 2);
    put(f, 4, 2);
    put(f, 0, 8);
    put(f, 65535, 4);
    put(f, 1, 4);
}

static void put_record(struct bytes *f, uint32_t caplen, uint32_t len, uint32_t there, uint16_t type)
{
    put(f, 1700000000, 4);
    put(f, 5000, 4);
    put(f, caplen, 4);
    put(f, len, 4);
    put_data(f, there, type);
}

static void put_section(struct bytes *f)
{
    put(f, 0x0a0d0d0a, 4);
    put(f, 28, 4);
    put(f, 0x1a2b3c4d, 4);
    put(f, 1, 2);
    put(f, 0, 2);
    put(f, UINT64_MAX, 8);
    put(f, 28, 4);
}

static void put_interface(struct bytes *f, uint32_t link, uint8_t resolution, int64_t offset_s, uint8_t fcs)
{
    put(f, 1, 4);
    put(f, 48, 4);
    put(f, link, 2);
    put(f, 0, 2);
    put(f, 0, 4);
    put(f, 9, 2); /* if_tsresol */
    put(f, 1, 2);
    put(f, resolution, 1);
    put(f, 0, 3);
    put(f, 14, 2); /* if_tsoffset */
    put(f, 8, 2);
    put(f, (uint64_t)offset_s, 8);
    put(f, 13, 2); /* if_fcslen */
    put(f, 1, 2);
    put(f, fcs, 1);
    put(f, 0, 3);
    put(f, 48, 4);
}

/* `there`: bytes that are in the block. */
static void put_enhanced(struct bytes *f, uint32_t interface, uint64_t units, uint32_t caplen, uint32_t len, uint32_t there)
{
    uint32_t padded = (there + 3) & ~3u;
    put(f, 6, 4);
    put(f, 32 + padded, 4);
    put(f, interface, 4);
    put(f, units >> 32, 4);
    put(f, units & UINT32_MAX, 4);
    put(f, caplen, 4);
    put(f, len, 4);
    put_data(f, there, 0x88b5);
    put(f, 0, padded - there);
    put(f, 32 + padded, 4);
}

static void put_simple(struct bytes *f, uint32_t len)
{
    uint32_t padded = (len + 3) & ~3u;
    put(f, 3, 4);
    put(f, 16 + padded, 4);
    put(f, len, 4);
    put_data(f, len, 0x88b5);
    put(f, 0, padded - len);
    put(f, 16 + padded, 4);
}

/* Unpack and parse, as a file of these bytes would be. */
static struct pcap_file *parse(const void *data, size_t len, bool strict)
{
    struct cap_bytes bytes = {.data = malloc(len ? len : 1), .len = len};
    char why[400];
    memcpy(bytes.data, data, len);
    if (cap__unpack(&bytes, 1 << 20, why, sizeof(why)) == 0)
        return cap__parse(&bytes, "bad.pcap", strict, err, sizeof(err));
    snprintf(err, sizeof(err), "bad.pcap: %s", why);
    free(bytes.data);
    return NULL;
}

/* The numbers of the packets that are kept, and the notes, are these; strictly, the file is refused with `strictly` (NULL: it
 * is whole). */
static void expect(const struct bytes *f, const char *numbers, const char *notes, const char *strictly)
{
    struct pcap_file *file = parse(f->b, f->len, false);
    char kept[200] = "", *text = NULL;
    size_t len = 0, at = 0;
    ck_assert_msg(file, "%s", err);
    for (uint32_t i = 0; i < file->count; i++)
        at += (size_t)snprintf(kept + at, sizeof(kept) - at, "%s%u", i ? " " : "", file->packets[i].number);
    ck_assert_str_eq(kept, numbers);
    FILE *out = open_memstream(&text, &len);
    pcap_file_notes(file, out);
    fclose(out);
    ck_assert_str_eq(text, notes);
    free(text);
    pcap_file_destroy(file);
    file = parse(f->b, f->len, true);
    ck_assert_msg(!file == !!strictly, "strictly: %s", file ? "taken" : err);
    if (!file)
        ck_assert_str_eq(err, strictly);
    pcap_file_destroy(file);
}

/* ---- pcap ---- */

/* Three records of 60 bytes; the second, and what is in its place, differs. */
static const struct {
    uint32_t caplen, len, there;
    uint16_t type;
    const char *numbers, *notes, *strictly;
} records[] = {
    {60, 60, 60, 0x88b5, "1 2 3", "", NULL},
    {20, 1514, 20, 0x88b5, "1 2 3", "", NULL},
    {14, 14, 14, 0x88b5, "1 2 3", "", NULL},
    {60, 59, 60, 0x88b5, "1 3", "bad.pcap: 1 packet with more bytes captured than it had left out: 2 (byte 100)\n",
     "bad.pcap: packet 2 (byte 100) is one with more bytes captured than it had"},
    {90, 60, 60, 0x88b5, "1 3", "bad.pcap: 1 packet with more bytes captured than it had left out: 2 (byte 100)\n",
     "bad.pcap: packet 2 (byte 100) is one with more bytes captured than it had"}, /* its length is right */
    {0, 0, 0, 0, "1 3", "bad.pcap: 1 packet of which nothing was captured left out: 2 (byte 100)\n",
     "bad.pcap: packet 2 (byte 100) is one of which nothing was captured"},
    {0, 60, 0, 0, "1 3", "bad.pcap: 1 packet of which nothing was captured left out: 2 (byte 100)\n",
     "bad.pcap: packet 2 (byte 100) is one of which nothing was captured"},
    {13, 13, 13, 0x88b5, "1 3", "bad.pcap: 1 packet shorter than an Ethernet header left out: 2 (byte 100)\n",
     "bad.pcap: packet 2 (byte 100) is one shorter than an Ethernet header"},
    {16, 16, 16, 0x8100, "1 3", "bad.pcap: 1 packet shorter than an Ethernet header left out: 2 (byte 100)\n",
     "bad.pcap: packet 2 (byte 100) is one shorter than an Ethernet header"},
    {13, 60, 13, 0x88b5, "1 3", "bad.pcap: 1 packet captured in less than an Ethernet header left out: 2 (byte 100)\n",
     "bad.pcap: packet 2 (byte 100) is one captured in less than an Ethernet header"},
    {16, 60, 16, 0x88a8, "1 3", "bad.pcap: 1 packet captured in less than an Ethernet header left out: 2 (byte 100)\n",
     "bad.pcap: packet 2 (byte 100) is one captured in less than an Ethernet header"},
    {60, 300000, 60, 0x88b5, "1 3", "bad.pcap: 1 packet longer than any frame left out: 2 (byte 100)\n",
     "bad.pcap: packet 2 (byte 100) is one longer than any frame"},
    {0xffffffff, 0xffffffff, 60, 0x88b5, "1 2",
     "bad.pcap: 76 bytes that are no packet records skipped, in 1 place, the first at byte 100\n",
     "bad.pcap: byte 100: no packet record begins here"},
    {40, 40, 60, 0x88b5, "1 2 3", /* a length that is too small: the rest of it is no record */
     "bad.pcap: 20 bytes that are no packet records skipped, in 1 place, the first at byte 156\n",
     "bad.pcap: byte 156: no packet record begins here"},
};

START_TEST(records_that_are_not_whole_are_left_out)
{
    struct bytes f = {.big = _i & 1};
    put_header(&f, 0xa1b2c3d4);
    put_record(&f, 60, 60, 60, 0x88b5);
    put_record(&f, records[_i / 2].caplen, records[_i / 2].len, records[_i / 2].there, records[_i / 2].type);
    put_record(&f, 60, 60, 60, 0x88b5);
    expect(&f, records[_i / 2].numbers, records[_i / 2].notes, records[_i / 2].strictly);
}
END_TEST

START_TEST(file_may_end_in_a_record)
{
    char notes[200], strictly[200];
    struct bytes f = {0};
    put_header(&f, 0xa1b23c4d);
    put_record(&f, 60, 60, 60, 0x88b5);
    put_record(&f, 60, 60, 60, 0x88b5);
    for (f.len--; f.len > 100; f.len--) {
        snprintf(notes, sizeof(notes), "bad.pcap: 1 packet cut short by the end of the file left out: 2 (byte 100)\n");
        snprintf(strictly, sizeof(strictly), "bad.pcap: packet 2 (byte 100) is one cut short by the end of the file");
        expect(&f, "1", notes, strictly);
    }
    expect(&f, "1", "", NULL);
}
END_TEST

START_TEST(many_of_a_kind_are_counted_and_the_first_placed)
{
    struct bytes f = {0};
    put_header(&f, 0xa1b2c3d4);
    for (unsigned i = 0; i < 6; i++)
        put_record(&f, 0, 0, 0, 0);
    put_record(&f, 60, 60, 60, 0x88b5);
    put_record(&f, 10, 10, 10, 0x88b5);
    expect(&f, "7",
           "bad.pcap: 6 packets of which nothing was captured left out: 1 (byte 24), 2 (byte 40), 3 (byte 56), 4 (byte 72)"
           " and 2 more\nbad.pcap: 1 packet shorter than an Ethernet header left out: 8 (byte 196)\n",
           "bad.pcap: packet 1 (byte 24) is one of which nothing was captured");
}
END_TEST

START_TEST(nothing_whole_is_refused)
{
    struct bytes f = {0};
    put_header(&f, 0xa1b2c3d4);
    put_record(&f, 60, 60, 30, 0x88b5);
    ck_assert_ptr_null(parse(f.b, f.len, false));
    ck_assert_str_eq(err, "bad.pcap: packet 1 (byte 24) is one cut short by the end of the file; no packet is whole");
}
END_TEST

/* Other writers' pcap: lengths in the other order before 1998, and a longer record header of a patched tcpdump. */
START_TEST(old_kinds_of_pcap_read)
{
    struct bytes f = {0};
    put_header(&f, 0xa1b2c3d4);
    f.b[6] = 3; /* version 2.3: either order */
    put_record(&f, 1514, 60, 60, 0x88b5);
    put_record(&f, 60, 1514, 60, 0x88b5);
    expect(&f, "1 2", "", NULL);
    f.len = 0;
    put_header(&f, 0xa1b2cd34);
    put_record(&f, 60, 60, 0, 0);
    put(&f, 0, 8); /* interface, protocol, type */
    put_data(&f, 60, 0x88b5);
    put_record(&f, 60, 60, 0, 0);
    put(&f, 0, 8);
    put_data(&f, 60, 0x88b5);
    expect(&f, "1 2", "", NULL);
}
END_TEST

/* ---- pcapng ---- */

START_TEST(interfaces_differ)
{
    struct bytes f = {.big = _i};
    put_section(&f);
    put_interface(&f, 1, 6, 0, 0);
    put_interface(&f, 51, 6, 0, 0);
    put_interface(&f, 1, 9, -1700000001, 4);    /* before the epoch, with check sequences */
    put_interface(&f, 1, 0x80 | 10, 1000, 0); /* 1/1024 s */
    put_enhanced(&f, 0, 1700000000000001, 60, 60, 60);
    put_enhanced(&f, 1, 1700000000000001, 60, 60, 60);
    put_enhanced(&f, 2, 1000000500, 64, 64, 64);
    put_enhanced(&f, 3, 512, 60, 60, 60);
    put_simple(&f, 60);
    struct pcap_file *file = parse(f.b, f.len, false);
    ck_assert_msg(file && file->count == 4, "%s", err);
    ck_assert(file->packets[0].time_ns == 1700000000000001000 && file->packets[1].time_ns == -1699999999999999500);
    ck_assert(file->packets[1].len == 60 && file->packets[1].number == 3);
    ck_assert(file->packets[2].time_ns == 1000500000000 && file->packets[3].time_ns == 1000500000000);
    pcap_file_destroy(file);
    expect(&f, "1 3 4 5",
           "bad.pcap: 1 packet of no Ethernet interface left out, the first is packet 2: link type PPP_ETHER (PPPoE"
           " without Ethernet), not Ethernet: capture at the Ethernet interface below it\n",
           NULL);
}
END_TEST

START_TEST(blocks_that_are_not_whole_are_left_out)
{
    struct bytes f = {.big = _i};
    put_section(&f);
    put_interface(&f, 1, 6, 0, 0);
    put_enhanced(&f, 0, 1, 60, 60, 60);
    put_enhanced(&f, 7, 1, 60, 60, 60);
    put_enhanced(&f, 0, 1, 61, 61, 60); /* past its block */
    put_enhanced(&f, 0, 1, 0, 0, 0);
    size_t damaged = f.len;
    put_enhanced(&f, 0, 1, 60, 60, 60);
    f.b[damaged + (_i ? 4 : 7)] = 0x55; /* its length */
    put_enhanced(&f, 0, 2, 60, 60, 60);
    put_section(&f); /* another section forgets the interface */
    put_enhanced(&f, 0, 2, 60, 60, 60);
    put_interface(&f, 1, 6, 0, 0);
    put_enhanced(&f, 0, 3, 60, 60, 60);
    size_t cut = f.len;
    put_enhanced(&f, 0, 3, 60, 60, 60);
    f.len -= 4;
    char notes[700];
    snprintf(notes, sizeof(notes),
             "bad.pcap: 1 packet cut short by the end of the file left out: 8 (byte %zu)\n"
             "bad.pcap: 1 packet with more bytes captured than it had left out: 3 (byte 260)\n"
             "bad.pcap: 1 packet of which nothing was captured left out: 4 (byte 352)\n"
             "bad.pcap: 2 packets of an interface that the file does not describe left out: 2 (byte 168), 6 (byte 596)\n"
             "bad.pcap: 92 bytes that are no packet records skipped, in 1 place, the first at byte 384\n",
             cut);
    expect(&f, "1 5 7", notes, "bad.pcap: packet 2 (byte 168) is one of an interface that the file does not describe");
}
END_TEST

/* ---- links without Ethernet ---- */

/* What comes before the IP header (`six` of it as an alternative), and what the frame becomes. */
static const struct {
    uint32_t link, len;
    uint8_t head[24];
    bool six;
} links[] = {
    {0, 4, {2, 0, 0, 0}, false},
    {0, 4, {0, 0, 0, 2}, false}, /* of a machine of the other byte order */
    {0, 4, {30, 0, 0, 0}, true},
    {108, 4, {0, 0, 0, 24}, true},
    {101, 0, {0}, false},
    {12, 0, {0}, true},
    {14, 0, {0}, false},
    {228, 0, {0}, false},
    {229, 0, {0}, true},
    {113, 16, {0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 0x08, 0x00}, false},
    {113, 16, {0, 4, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 0x86, 0xdd}, true},
    {276, 20, {0x08, 0x00, 0, 0, 0, 0, 0, 2, 0, 1, 4, 6, 1, 2, 3, 4, 5, 6, 0, 0}, false},
    {276, 20, {0x86, 0xdd, 0, 0, 0, 0, 0, 2, 0, 1, 4, 6, 1, 2, 3, 4, 5, 6, 0, 0}, true},
    {104, 4, {0x0f, 0, 0x08, 0x00}, false},
    {104, 4, {0x0f, 0, 0x86, 0xdd}, true},
    {9, 4, {0xff, 3, 0, 0x21}, false},
    {9, 2, {0, 0x57}, true},
    {9, 1, {0x21}, false},
    {50, 3, {0xff, 3, 0x21}, false},
    {50, 4, {0xff, 3, 0, 0x57}, true},
};

static struct pcap_file *parse_link(unsigned i, struct maker *m, uint32_t ip_len, uint32_t cut)
{
    struct bytes f = {0};
    put_header(&f, 0xa1b2c3d4);
    f.len -= 4;
    put(&f, links[i].link, 4);
    put_record(&f, links[i].len + ip_len - cut, links[i].len + ip_len, 0, 0);
    memcpy(f.b + f.len, links[i].head, links[i].len);
    memcpy(f.b + f.len + links[i].len, m->packet + 14, ip_len);
    f.len += links[i].len + ip_len - cut;
    return parse(f.b, f.len, true);
}

START_TEST(packets_without_ethernet_are_given_some)
{
    struct maker *m = maker_create();
    make_udp(m, 1, 2, links[_i].six, 50);
    uint32_t ip_len = m->len - 14;
    struct pcap_file *file = parse_link((unsigned)_i, m, ip_len, 0);
    ck_assert_msg(file, "%s", err);
    ck_assert(file->count == 1 && file->converted.count == 1 && file->converted.link == links[_i].link);
    const struct pcap_packet *p = &file->packets[0];
    ck_assert(p->len == m->len && p->caplen == m->len);
    ck_assert_mem_eq(p->data + 12, m->packet + 12, m->len - 12);
    if (!links[_i].six)
        ck_assert_mem_eq(p->data, ((uint8_t[12]){2, 0, 192, 0, 2, 2, 2, 0, 192, 0, 2, 1}), 12);
    ck_assert_mem_ne(p->data, p->data + 6, 6);
    pcap_file_destroy(file);
    file = parse_link((unsigned)_i, m, ip_len, 20); /* in part */
    ck_assert_msg(file && file->packets[0].len == m->len && file->packets[0].caplen == m->len - 20, "%s", err);
    pcap_file_destroy(file);
    ck_assert_ptr_null(parse_link((unsigned)_i, m, ip_len, ip_len - 19)); /* not even its IP header */
    if (links[_i].six) {
        make_nd(m, 1, 2, true);
        ck_assert_ptr_null(parse_link((unsigned)_i, m, m->len - 14, 0));
        ck_assert_ptr_nonnull(strstr(err, "without an IP packet to make a frame of"));
    }
    maker_destroy(m);
}
END_TEST

START_TEST(groups_have_their_own_addresses)
{
    static const struct {
        bool six;
        uint8_t dst[16], mac[6];
    } cases[] = {{false, {255, 255, 255, 255}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
                 {false, {239, 200, 3, 4}, {1, 0, 0x5e, 72, 3, 4}},
                 {true, {0xff, 2, [12] = 1, 2, 3, 4}, {0x33, 0x33, 1, 2, 3, 4}}};
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct maker *m = maker_create();
        make_udp(m, 1, 2, cases[i].six, 50);
        memcpy(m->packet + m->l3 + (cases[i].six ? 24 : 16), cases[i].dst, cases[i].six ? 16 : 4);
        struct pcap_file *file = parse_link(cases[i].six ? 5 : 4, m, m->len - 14, 0);
        ck_assert_msg(file, "%s", err);
        ck_assert_mem_eq(file->packets[0].data, cases[i].mac, 6);
        pcap_file_destroy(file);
        maker_destroy(m);
    }
}
END_TEST

/* ---- packed ---- */

enum packer { NONE, GZIP, ZSTD, XZ, PACKERS };
static const char *const packer_names[] = {"", "gzip", "zstd", "xz"};

static size_t pack(enum packer packer, const void *data, size_t len, uint8_t *out, size_t cap)
{
    size_t used = 0;
    switch (packer) {
    case GZIP: {
        z_stream z = {.next_in = (uint8_t *)(uintptr_t)data, .avail_in = (uInt)len, .next_out = out, .avail_out = (uInt)cap};
        ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
        ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
        used = cap - z.avail_out;
        deflateEnd(&z);
        break;
    }
    case ZSTD: {
        ZSTD_CCtx *z = ZSTD_createCCtx();
        ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1);
        used = ZSTD_compress2(z, out, cap, data, len);
        ck_assert(!ZSTD_isError(used));
        ZSTD_freeCCtx(z);
        break;
    }
    case XZ:
        ck_assert_int_eq(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL, data, len, out, &used, cap), LZMA_OK);
        break;
    case NONE:
    case PACKERS:
        memcpy(out, data, used = len);
    }
    return used;
}

/* _i: packer, and pcap or pcapng. */
START_TEST(packed_captures_read)
{
    enum packer packer = (enum packer)(_i % PACKERS);
    struct bytes f = {0};
    static uint8_t packed[16384];
    char notes[200];
    if (_i / PACKERS)
        put_section(&f);
    else
        put_header(&f, 0xa1b2c3d4);
    if (_i / PACKERS)
        put_interface(&f, 1, 6, 0, 0);
    for (unsigned i = 0; i < 40; i++) {
        if (_i / PACKERS)
            put_enhanced(&f, 0, i, 60 + i, 60 + i, 60 + i);
        else
            put_record(&f, 60 + i, 60 + i, 60 + i, 0x88b5);
    }
    size_t half = f.len / 2, len = pack(packer, f.b, half, packed, sizeof(packed)); /* in two members, as of two runs */
    len += pack(packer, f.b + half, f.len - half, packed + len, sizeof(packed) - len);
    struct pcap_file *plain = parse(f.b, f.len, true), *file = parse(packed, len, true);
    ck_assert_msg(file, "%s", err);
    ck_assert(file->count == 40 && file->digest == plain->digest);
    pcap_file_destroy(file);
    pcap_file_destroy(plain);
    if (packer == NONE)
        return;
    file = parse(packed, len - 9, false); /* the recorder was killed */
    ck_assert_msg(file && file->count >= 1 && file->count <= 40, "%s", err);
    pcap_file_destroy(file);
    ck_assert_ptr_null(parse(packed, len - 9, true));
    snprintf(notes, sizeof(notes), "bad.pcap: its %s data end early", packer_names[packer]);
    ck_assert_str_eq(err, notes);
    packed[len / 4] ^= 0x10; /* damaged: nobody knows which packet is right */
    ck_assert_ptr_null(parse(packed, len, false));
    snprintf(notes, sizeof(notes), "bad.pcap: its %s data are damaged: ", packer_names[packer]);
    ck_assert_msg(!strncmp(err, notes, strlen(notes)), "%s", err);
    len = pack(packer, "", 0, packed, sizeof(packed));
    ck_assert_ptr_null(parse(packed, len, false));
    ck_assert_str_eq(err, "bad.pcap: nothing is packed in it");
    size_t once = pack(packer, f.b, f.len, f.b + 6000, 2000);
    len = pack(packer, f.b + 6000, once, packed, sizeof(packed));
    ck_assert_ptr_null(parse(packed, len, false));
    ck_assert_ptr_nonnull(strstr(err, " is packed twice: "));
}
END_TEST

/* A bomb: the file is small, what it gives is not. */
START_TEST(packed_captures_are_limited)
{
    static uint8_t zeros[4 << 20], packed[65536];
    static const char *const by_hand[] = {"", "gzip -d", "zstd -d", "xz -d"};
    char want[200];
    size_t len = pack((enum packer)_i, zeros, sizeof(zeros), packed, sizeof(packed));
    ck_assert_ptr_null(parse(packed, len, false));
    snprintf(want, sizeof(want), "bad.pcap: unpacks to more than 1048576 bytes: %s it by hand if that is meant", by_hand[_i]);
    ck_assert_str_eq(err, want);
    len = pack((enum packer)_i, zeros, 1 << 20, packed, sizeof(packed)); /* the limit itself is not past it */
    ck_assert_ptr_null(parse(packed, len, false));
    ck_assert_ptr_nonnull(strstr(err, "unknown file format"));
}
END_TEST

START_TEST(other_packers_are_named)
{
    static const struct {
        const char *magic, *want;
    } cases[] = {
        {"BZh91AY", "bzip2"}, {"\x04\x22\x4d\x18", "lz4"}, {"PK\x03\x04", "zip"}, {"LZIP", "lzip"}, {"\x1f\x9d\x90", "compress"}};
    char want[200];
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t data[64] = {0};
        memcpy(data, cases[i].magic, strlen(cases[i].magic));
        ck_assert_ptr_null(parse(data, sizeof(data), false));
        snprintf(want, sizeof(want),
                 "bad.pcap: is packed by %s, of which only gzip, zstd and xz are unpacked here: ", cases[i].want);
        ck_assert_msg(!strncmp(err, want, strlen(want)), "%s", err);
    }
}
END_TEST

/* ---- anything ---- */

/* A world of two peers takes the capture, or says why not. */
static void replays(const struct pcap_file *file, bool segment)
{
    struct sim *sim = sim_create(1, NULL);
    struct peer *a = peer_create(sim, "a", mac_of(1)), *b = peer_create(sim, "b", mac_of(2));
    memcpy(peer_station(a)->ip4, (uint8_t[4]){198, 51, 100, 1}, 4);
    memcpy(peer_station(b)->ip4, (uint8_t[4]){198, 51, 100, 2}, 4);
    memcpy(peer_station(a)->ip6, (uint8_t[16]){0xfd, 1, [15] = 1}, 16);
    memcpy(peer_station(b)->ip6, (uint8_t[16]){0xfd, 1, [15] = 2}, 16);
    struct replay_params params = {
        .name = "r", .from = peer_station(a), .to = peer_station(b), .rewrite_ip = true, .segment = segment};
    struct replay *replay = replay_create(sim, file, &params, err, sizeof(err));
    ck_assert_msg(replay || !strncmp(err, "bad.pcap: ", 10), "%s", err);
    replay_destroy(replay);
    peer_destroy(a);
    peer_destroy(b);
    sim_destroy(sim);
}

/* Whatever the bytes are: what is kept lies within them and keeps its own promises. */
static void survives(const uint8_t *data, size_t len, bool replay)
{
    struct pcap_file *file = parse(data, len, false);
    if (!file) {
        ck_assert_msg(!strncmp(err, "bad.pcap: ", 10) && strlen(err) > 12, "%s", err);
        return;
    }
    uint32_t number = 0;
    for (uint32_t i = 0; i < file->count; i++) {
        const struct pcap_packet *p = &file->packets[i];
        ck_assert(p->number > number && p->caplen <= p->len && p->caplen >= 14 && p->len <= FRAME_BYTES_MAX);
        number = p->number;
        volatile uint8_t last = p->data[p->caplen - 1]; /* AddressSanitizer knows whether it is there */
        (void)last;
    }
    if (replay)
        replays(file, true);
    pcap_file_destroy(file);
}

static void sample(struct bytes *f, unsigned kind)
{
    f->len = 0;
    f->big = kind & 1;
    if (kind >= 6) { /* PPP, and IP without a link in simple packets */
        put_section(f);
        put_interface(f, kind == 6 ? 101 : 9, 6, 0, 0);
        for (unsigned i = 0; i < 4; i++) {
            put_simple(f, 60);
            memcpy(f->b + f->len - 64, kind == 6 ? "\x45\0\0\x3c" : "\xff\3\0\x21\x45\0\0\x3c", kind == 6 ? 4 : 8);
        }
        return;
    }
    if (kind < 4) {
        put_header(f, kind & 2 ? 0xa1b23c4d : 0xa1b2cd34);
        for (unsigned i = 0; i < 4; i++) {
            put_record(f, 60, 60, 0, 0);
            put(f, 0, kind & 2 ? 0 : 8);
            put_data(f, 60, i % 2 ? 0x0800 : 0x86dd);
        }
        return;
    }
    put_section(f);
    put_interface(f, 1, 6, 0, 0);
    put_interface(f, 1, 9, -5, 4);
    for (unsigned i = 0; i < 4; i++)
        put_enhanced(f, i % 2, i, 60, 60, 60);
    put_simple(f, 60);
}

enum { SAMPLES = 8, ROUNDS = 600, REPLAY_EVERY = 16 };

/* Cut at every byte; every byte changed in turn; then several at once. Plain and packed. */
START_TEST(nothing_in_a_file_does_harm)
{
    static const uint8_t values[] = {0x00, 0x7f, 0x80, 0xff};
    struct bytes f;
    static uint8_t data[8192];
    struct prng prng;
    sample(&f, (unsigned)_i % SAMPLES);
    size_t len = pack((enum packer)(_i / SAMPLES), f.b, f.len, data, sizeof(data));
    for (size_t cut = 0; cut <= len; cut++)
        survives(data, cut, cut % REPLAY_EVERY == 0);
    for (size_t at = 0; at < len; at++) {
        uint8_t was = data[at];
        for (unsigned v = 0; v < sizeof(values); v++) {
            data[at] = values[v];
            survives(data, len, (at + v) % REPLAY_EVERY == 0);
        }
        data[at] = was;
    }
    prng_init(&prng, (uint64_t)_i, "files");
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint8_t changed[8192];
        memcpy(changed, data, len);
        for (uint64_t n = 1 + prng_below(&prng, 6); n; n--)
            changed[prng_below(&prng, len)] = (uint8_t)prng_below(&prng, 256);
        survives(changed, len - prng_below(&prng, 8), round % REPLAY_EVERY == 0);
    }
}
END_TEST

static void make_any(struct maker *m, struct prng *prng)
{
    uint8_t from = (uint8_t)(1 + prng_below(prng, 2)), to = (uint8_t)(3 - from);
    bool six = prng_below(prng, 2);
    uint32_t payload = (uint32_t)prng_below(prng, 8) ? (uint32_t)prng_below(prng, 1400) : (uint32_t)prng_below(prng, 9000);
    switch (prng_below(prng, 4)) {
    case 0:
        make_udp(m, from, to, six, payload);
        break;
    case 1:
        make_tcp(m, from, to, six, payload);
        break;
    case 2:
        make_arp(m, from, to, six);
        break;
    default:
        make_nd(m, from, to, six);
    }
    if (six && !prng_below(prng, 2)) /* an extension header at random */
        m->packet[m->l3 + 6] = (uint8_t[]){0, 43, 44, 51, 60}[prng_below(prng, 5)];
    for (uint64_t n = prng_below(prng, 4); n; n--) /* behind the addresses: they shall still be the hosts' */
        m->packet[12 + prng_below(prng, m->len < 100 ? m->len - 12 : 88)] = (uint8_t)prng_below(prng, 256);
}

/* Packets of hosts that converse, each with a few bytes changed, some captured in part. */
START_TEST(nothing_in_a_packet_does_harm)
{
    struct prng prng;
    prng_init(&prng, (uint64_t)_i, "packets");
    for (unsigned round = 0; round < 300; round++) {
        struct maker *m = maker_create();
        free(m->file.path);
        m->file.path = strdup("bad.pcap");
        for (unsigned i = 0; i < 3; i++) {
            make_any(m, &prng);
            uint32_t least = m->packet[12] == 0x81 || m->packet[12] == 0x88 || (m->packet[12] & 0xfe) == 0x90 ? m->len : 14;
            maker_add_snapped(m, i, prng_below(&prng, 4) ? m->len : least + (uint32_t)prng_below(&prng, m->len - least + 1));
        }
        replays(&m->file, round % 2);
        maker_destroy(m);
    }
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("capture_bad");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, records_that_are_not_whole_are_left_out, 0, 2 * sizeof(records) / sizeof(records[0]));
    tcase_add_test(t, file_may_end_in_a_record);
    tcase_add_test(t, many_of_a_kind_are_counted_and_the_first_placed);
    tcase_add_test(t, nothing_whole_is_refused);
    tcase_add_test(t, old_kinds_of_pcap_read);
    tcase_add_loop_test(t, interfaces_differ, 0, 2);
    tcase_add_loop_test(t, blocks_that_are_not_whole_are_left_out, 0, 2);
    tcase_add_loop_test(t, packets_without_ethernet_are_given_some, 0, sizeof(links) / sizeof(links[0]));
    tcase_add_test(t, groups_have_their_own_addresses);
    tcase_add_loop_test(t, packed_captures_read, 0, 2 * PACKERS);
    tcase_add_loop_test(t, packed_captures_are_limited, GZIP, PACKERS);
    tcase_add_test(t, other_packers_are_named);
    tcase_add_loop_test(t, nothing_in_a_file_does_harm, 0, SAMPLES * PACKERS);
    tcase_add_loop_test(t, nothing_in_a_packet_does_harm, 0, 8);
    return run_suite("net_capture_bad", t);
}
