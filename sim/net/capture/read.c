/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading captures: pcap, what makes a record whole, and what is said of the rest.
 *
 * A record that is not whole is left out, counted and placed. Where a record's own lengths are nonsense, the next one is
 * looked for byte by byte: what follows a damaged place is as good as what precedes it.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/fnv.h"
#include "net/capture/capture__.h"
#include "net/inet.h"

enum {
    PCAP_HEADER = 24,
    RECORD_HEADER = 16,
    PACKETS_STEP = 1 << 20, /* by which the list grows, once it is large */
    KUZNETZOV_MORE = 8,    /* bytes of a record's header beyond those of others */
    DAY_S = 24 * 60 * 60,  /* how far a record that is looked for may be from the last one */
};

uint32_t cap__get16(const struct cap_reader *r, size_t at)
{
    const uint8_t *p = r->b + at;
    return r->big ? (uint32_t)(p[0] << 8 | p[1]) : (uint32_t)(p[1] << 8 | p[0]);
}

uint32_t cap__get32(const struct cap_reader *r, size_t at)
{
    uint32_t first = cap__get16(r, at), second = cap__get16(r, at + 2);
    return r->big ? first << 16 | second : second << 16 | first;
}

int64_t cap__ns(uint64_t units, unsigned base, unsigned power, int64_t offset_s)
{
    unsigned __int128 per_s = 1;
    for (unsigned i = 0; i < power; i++)
        per_s *= base; /* 10^19 and 2^63 at most */
    __int128 ns = (__int128)((unsigned __int128)units * 1000000000u / per_s) + (__int128)offset_s * 1000000000;
    return ns > INT64_MAX ? INT64_MAX : ns < INT64_MIN ? INT64_MIN : (int64_t)ns;
}

/* ---- records ---- */

void cap__bad(struct cap_reader *r, enum pcap_bad kind, size_t at)
{
    struct pcap_bad_list *list = &r->file->bad[kind];
    if (list->count < PCAP_BAD_PLACES) {
        list->number[list->count] = r->number;
        list->at[list->count] = at;
    }
    list->count++;
}

static void keep(struct cap_reader *r, const struct cap_record *record)
{
    struct pcap_file *file = r->file;
    uint32_t fcs = record->fcs_len && record->len >= INET_ETH_LEN + record->fcs_len ? record->fcs_len : 0;
    if (file->count == PCAP_FILE_PACKETS_MAX) {
        r->full = true;
        return;
    }
    if (file->count == r->packet_cap) {
        r->packet_cap += r->packet_cap < PACKETS_STEP ? r->packet_cap + 256 : PACKETS_STEP;
        bulk_grow("a capture file", &file->packet_store, sizeof(*file->packets) * r->packet_cap, false);
        file->packets = file->packet_store.at;
    }
    struct pcap_packet *p = &file->packets[file->count++];
    *p = (struct pcap_packet){
        .time_ns = record->time_ns,
        .number = r->number,
        .len = record->len - fcs,
        .caplen = record->caplen < record->len - fcs ? record->caplen : record->len - fcs,
        .data = record->data,
    };
    r->last_ns = record->time_ns;
    r->has_last = true;
    file->digest = fnv1a(file->digest, &p->time_ns, sizeof(p->time_ns));
    file->digest = fnv1a(file->digest, &p->len, sizeof(p->len));
    file->digest = fnv1a(file->digest, p->data, p->caplen);
    r->walked += p->caplen + sizeof(*p);
    if (r->walked >= BULK_WALK) {
        pcap_file_relax(file);
        r->walked = 0;
    }
}

/* What a frame needs to be told apart: addresses, tags and the EtherType behind them, as far as the bytes tell. */
static uint32_t header_len(const uint8_t *data, uint32_t caplen)
{
    uint32_t len = INET_ETH_LEN;
    while (len <= caplen && inet_is_tag(inet_get16(data + len - 2)))
        len += 4;
    return len;
}

static void count_link(struct pcap_link_count *count, uint32_t number, uint32_t link)
{
    if (count->count++ == 0) {
        count->number = number;
        count->link = link;
    }
}

/* A packet of IP without Ethernet: it is given a header. */
static void take_converted(struct cap_reader *r, const struct cap_record *record)
{
    struct cap_record frame = *record;
    switch (cap__to_ethernet(&frame)) {
    case CAP_CONVERTED:
        count_link(&r->file->converted, r->number, record->link);
        keep(r, &frame);
        break;
    case CAP_NOT_IP:
        count_link(&r->file->not_ip, r->number, record->link);
        break;
    case CAP_SNAPPED:
        cap__bad(r, PCAP_BAD_SNAPPED, record->at);
        break;
    }
}

void cap__take(struct cap_reader *r, const struct cap_record *record)
{
    r->number++;
    if (record->link != LINK_ETHERNET && !cap__is_convertible(record->link)) {
        count_link(&r->file->foreign, r->number, record->link);
    } else if (record->caplen > record->len) {
        cap__bad(r, PCAP_BAD_CAPLEN, record->at);
    } else if (record->len > FRAME_BYTES_MAX) {
        cap__bad(r, PCAP_BAD_LONG, record->at);
    } else if (record->caplen == 0) {
        cap__bad(r, PCAP_BAD_EMPTY, record->at);
    } else if (record->link != LINK_ETHERNET) {
        take_converted(r, record);
    } else if (record->len < header_len(record->data, record->caplen)) {
        cap__bad(r, PCAP_BAD_RUNT, record->at);
    } else if (record->caplen < header_len(record->data, record->caplen)) {
        cap__bad(r, PCAP_BAD_SNAPPED, record->at);
    } else {
        keep(r, record);
    }
}

void cap__skip(struct cap_reader *r, size_t next)
{
    r->file->skipped += next - r->at;
    cap__bad(r, PCAP_BAD_NO_RECORD, r->at);
    r->at = next;
}

void cap__stop(struct cap_reader *r, bool is_record)
{
    if (is_record) {
        r->number++;
        cap__bad(r, PCAP_BAD_CUT, r->at);
        r->at = r->len;
    } else {
        cap__skip(r, r->len);
    }
}

/* ---- pcap ---- */

struct pcap_format {
    uint32_t link, fcs_len;
    size_t head; /* of a record */
    bool nano;
    bool swapped, maybe_swapped; /* caplen and len, in files of before 1998 */
};

static bool is_pcap(struct cap_reader *r, struct pcap_format *f)
{
    static const uint32_t micro = 0xa1b2c3d4, nano = 0xa1b23c4d, kuznetzov = 0xa1b2cd34;
    *f = (struct pcap_format){.head = RECORD_HEADER};
    for (unsigned big = 0; big < 2 && r->len >= PCAP_HEADER; big++) {
        r->big = big;
        uint32_t magic = cap__get32(r, 0), major = cap__get16(r, 4), minor = cap__get16(r, 6), link = cap__get32(r, 20);
        if (magic != micro && magic != nano && magic != kuznetzov)
            continue;
        f->nano = magic == nano;
        f->head += magic == kuznetzov ? KUZNETZOV_MORE : 0;
        f->swapped = (major == 2 && minor < 3) || major == 543;
        f->maybe_swapped = major == 2 && minor == 3;
        f->link = link & 0xffff;
        if (link & 1u << 26) /* the length of the check sequence is told, in words of 16 bits */
            f->fcs_len = (link >> 28) * 2;
        return true;
    }
    return false;
}

/* The record whose header is at `at`; its data may not be there. */
static struct cap_record record_at(const struct cap_reader *r, const struct pcap_format *f, size_t at)
{
    uint32_t caplen = cap__get32(r, at + 8), len = cap__get32(r, at + 12);
    bool swap = f->swapped || (f->maybe_swapped && caplen > len);
    return (struct cap_record){
        .at = at,
        .time_ns = cap__ns(cap__get32(r, at), 10, 0, 0) + (int64_t)cap__get32(r, at + 4) * (f->nano ? 1 : 1000),
        .caplen = swap ? len : caplen,
        .len = swap ? caplen : len,
        .data = r->b + at + f->head,
        .link = f->link,
        .fcs_len = f->fcs_len,
    };
}

static bool has_header(const struct cap_reader *r, const struct pcap_format *f, size_t at)
{
    return at <= r->len && r->len - at >= f->head;
}

/* Whether a record can begin at `at`: lengths that a frame has, within the file, a time near the last one's. */
static bool is_likely(const struct cap_reader *r, const struct pcap_format *f, size_t at)
{
    if (!has_header(r, f, at))
        return false;
    struct cap_record record = record_at(r, f, at);
    int64_t away = record.time_ns - r->last_ns;
    return cap__get32(r, at + 4) < (f->nano ? 1000000000u : 1000000u) && record.caplen <= record.len &&
           record.caplen >= INET_ETH_LEN && record.len <= FRAME_BYTES_MAX && r->len - at - f->head >= record.caplen &&
           (!r->has_last || (away < (int64_t)DAY_S * 1000000000 && away > -(int64_t)DAY_S * 1000000000));
}

/* The first place from `at` on where a record begins that the end or another one follows; the end: none. */
static size_t find_record(const struct cap_reader *r, const struct pcap_format *f, size_t at)
{
    for (; has_header(r, f, at); at++) {
        if (!is_likely(r, f, at))
            continue;
        size_t next = at + f->head + record_at(r, f, at).caplen;
        if (next == r->len || is_likely(r, f, next))
            return at;
    }
    return r->len;
}

/* Where the record ends: more bytes than the packet had are a wrong length, but which of the two is it? */
static size_t end_of(const struct cap_reader *r, const struct pcap_format *f, const struct cap_record *record)
{
    size_t end = record->at + f->head + record->caplen, other = record->at + f->head + record->len;
    if (record->caplen > record->len && end != r->len && !is_likely(r, f, end) && is_likely(r, f, other))
        return other;
    return end;
}

static void read_pcap(struct cap_reader *r, const struct pcap_format *f)
{
    r->at = PCAP_HEADER;
    while (r->at < r->len && !r->full) {
        bool fits = has_header(r, f, r->at);
        struct cap_record record = fits ? record_at(r, f, r->at) : (struct cap_record){0};
        bool sane = fits && record.caplen <= FRAME_BYTES_MAX && cap__get32(r, r->at + 4) < 1000000000u;
        if (sane && r->len - r->at - f->head >= record.caplen) {
            r->at = end_of(r, f, &record);
            cap__take(r, &record);
            continue;
        }
        size_t next = find_record(r, f, r->at + 1);
        if (next < r->len)
            cap__skip(r, next);
        else
            cap__stop(r, sane || !fits);
    }
}

/* ---- what is said ---- */

static const char *const bad_texts[PCAP_BAD_KINDS] = {
    [PCAP_BAD_CUT] = "cut short by the end of the file",
    [PCAP_BAD_CAPLEN] = "with more bytes captured than it had",
    [PCAP_BAD_EMPTY] = "of which nothing was captured",
    [PCAP_BAD_RUNT] = "shorter than an Ethernet header",
    [PCAP_BAD_SNAPPED] = "captured in less than an Ethernet header",
    [PCAP_BAD_LONG] = "longer than any frame",
    [PCAP_BAD_INTERFACE] = "of an interface that the file does not describe",
    [PCAP_BAD_NO_RECORD] = "",
};

/* The bad record that comes first in the file; false: none. */
static bool first_bad(const struct pcap_file *file, enum pcap_bad *kind)
{
    const struct pcap_bad_list *first = NULL;
    *kind = PCAP_BAD_NO_RECORD;
    for (unsigned k = 0; k < PCAP_BAD_KINDS; k++) {
        if (file->bad[k].count && (!first || file->bad[k].at[0] < first->at[0])) {
            *kind = (enum pcap_bad)k;
            first = &file->bad[k];
        }
    }
    return first;
}

static void bad_text(const struct pcap_file *file, enum pcap_bad kind, char *buf, size_t cap)
{
    const struct pcap_bad_list *list = &file->bad[kind];
    if (kind == PCAP_BAD_NO_RECORD)
        snprintf(buf, cap, "byte %" PRIu64 ": no packet record begins here", list->at[0]);
    else
        snprintf(buf, cap, "packet %" PRIu32 " (byte %" PRIu64 ") is one %s", list->number[0], list->at[0], bad_texts[kind]);
}

static void note_places(const struct pcap_bad_list *list, FILE *out)
{
    for (uint32_t i = 0; i < list->count && i < PCAP_BAD_PLACES; i++)
        fprintf(out, "%s%" PRIu32 " (byte %" PRIu64 ")", i ? ", " : "", list->number[i], list->at[i]);
    if (list->count > PCAP_BAD_PLACES)
        fprintf(out, " and %" PRIu32 " more", list->count - PCAP_BAD_PLACES);
    fputc('\n', out);
}

static void note_link(const struct pcap_file *file, const struct pcap_link_count *count, const char *what, bool advise, FILE *out)
{
    char link[400];
    if (!count->count)
        return;
    cap__link_text(count->link, advise, link, sizeof(link));
    fprintf(out, "%s: %" PRIu32 " %s %s, the first is packet %" PRIu32 ": %s\n", file->path, count->count,
            count->count == 1 ? "packet" : "packets", what, count->number, link);
}

void pcap_file_notes(const struct pcap_file *file, FILE *out)
{
    for (unsigned k = 0; k < PCAP_BAD_KINDS; k++) {
        const struct pcap_bad_list *list = &file->bad[k];
        if (!list->count || k == PCAP_BAD_NO_RECORD)
            continue;
        fprintf(out, "%s: %" PRIu32 " %s %s left out: ", file->path, list->count, list->count == 1 ? "packet" : "packets",
                bad_texts[k]);
        note_places(list, out);
    }
    if (file->bad[PCAP_BAD_NO_RECORD].count)
        fprintf(out, "%s: %" PRIu64 " bytes that are no packet records skipped, in %" PRIu32 " %s, the first at byte %" PRIu64 "\n",
                file->path, file->skipped, file->bad[PCAP_BAD_NO_RECORD].count,
                file->bad[PCAP_BAD_NO_RECORD].count == 1 ? "place" : "places", file->bad[PCAP_BAD_NO_RECORD].at[0]);
    if (file->cut_packed)
        fprintf(out, "%s: its %s data end early: what they gave is played\n", file->path, file->cut_packed);
    note_link(file, &file->foreign, "of no Ethernet interface left out", true, out);
    note_link(file, &file->not_ip, "of no Ethernet interface that are not IP, or resolve addresses, left out", false, out);
    note_link(file, &file->converted, "without Ethernet headers given some, with MAC addresses made from the IP addresses", false,
              out);
}

/* ---- the file ---- */

static const char *other_format(const struct cap_reader *r)
{
    static const struct {
        const char magic[9], *name;
    } known[] = {{"snoop\0\0\0", "a capture of snoop"},
                 {"GMBU", "a capture of Microsoft Network Monitor"},
                 {"RTSS", "a capture of Microsoft Network Monitor 1"},
                 {"TRSNIFF ", "a capture of Sniffer"},
                 {"XCP", "a capture of NetXRay"}};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (r->len >= 8 && memcmp(r->b, known[i].magic, strlen(known[i].magic)) == 0)
            return known[i].name;
    return NULL;
}

/* Read all that is whole. 0, or -1 with the reason in `why`. */
static int read_records(struct cap_reader *r, char *why, size_t cap)
{
    struct pcap_format format;
    const char *other = other_format(r);
    if (r->len == 0) {
        snprintf(why, cap, "%s",
                 r->bytes->cut      ? "its packed data end before they give anything"
                 : r->bytes->packed ? "nothing is packed in it"
                                    : "the file is empty");
        return -1;
    }
    if (cap__is_ng(r)) {
        cap__read_ng(r);
    } else if (is_pcap(r, &format)) {
        read_pcap(r, &format);
        if (r->number == 0 && format.link != LINK_ETHERNET && !cap__is_convertible(format.link))
            r->file->foreign = (struct pcap_link_count){1, 0, format.link};
    } else if (r->len < PCAP_HEADER && !other) {
        snprintf(why, cap, "%zu bytes are no capture", r->len);
        return -1;
    } else {
        snprintf(why, cap, "%s: neither pcap nor pcapng; Wireshark's `editcap -F pcap IN OUT` converts what it knows",
                 other ? other : "unknown file format");
        return -1;
    }
    if (r->full) {
        snprintf(why, cap, "more than %d packets", PCAP_FILE_PACKETS_MAX);
        return -1;
    }
    return 0;
}

/* What is read must be worth playing, and without a fault if that is asked for. */
static int judge(const struct pcap_file *file, bool strict, char *why, size_t cap)
{
    enum pcap_bad kind;
    bool bad = first_bad(file, &kind);
    char what[400];
    if (file->count == 0 && (file->foreign.count || file->not_ip.count)) {
        bool foreign = file->foreign.count;
        cap__link_text(foreign ? file->foreign.link : file->not_ip.link, foreign, what, sizeof(what));
        snprintf(why, cap, foreign ? "a capture of %s" : "a capture of %s, without an IP packet to make a frame of", what);
        return -1;
    }
    if (strict && file->cut_packed) {
        snprintf(why, cap, "its %s data end early", file->cut_packed);
        return -1;
    }
    if (!bad || (file->count && !strict))
        return 0;
    bad_text(file, kind, what, sizeof(what));
    snprintf(why, cap, "%s%s", what, strict ? "" : "; no packet is whole");
    return -1;
}

struct pcap_file *cap__parse(const struct cap_bytes *bytes, const char *path, bool strict, char *err, size_t err_cap)
{
    char why[500];
    struct pcap_file *file = alloc_zero("a capture file", 1, sizeof(*file));
    struct cap_reader r = {.file = file, .b = bytes->data, .len = bytes->len, .bytes = bytes};
    file->path = alloc_text("a capture file", path);
    file->bytes = bytes->store.at ? bytes->store : (struct bulk){.at = bytes->data, .cap = bytes->len};
    file->digest = FNV_BASIS;
    file->cut_packed = bytes->cut ? bytes->packed : NULL;
    if (read_records(&r, why, sizeof(why)) == 0 && judge(file, strict, why, sizeof(why)) == 0)
        return file;
    snprintf(err, err_cap, "%s: %s", path, why);
    pcap_file_destroy(file);
    return NULL;
}

struct pcap_file *pcap_file_read(const char *path, bool strict, char *err, size_t err_cap)
{
    struct cap_bytes bytes;
    char why[400];
    if (cap__load(path, PCAP_UNPACKED_MAX, &bytes, why, sizeof(why)) == 0)
        return cap__parse(&bytes, path, strict, err, err_cap);
    snprintf(err, err_cap, "%s: %s", path, why);
    cap__free(&bytes);
    return NULL;
}

void pcap_file_relax(const struct pcap_file *file)
{
    bulk_relax(&file->packet_store);
    if (!file->bytes.is_users || !file->converted.count) /* headers were written over what the file has */
        bulk_relax(&file->bytes);
}

void pcap_file_destroy(struct pcap_file *file)
{
    if (!file)
        return;
    free(file->path);
    bulk_free(&file->packet_store);
    bulk_free(&file->bytes);
    free(file);
}
