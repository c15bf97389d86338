/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inspection: tags, headers, checksums, and the comparison of what came with what had to come. */
#include "net/inspect.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "net/inspect__.h"

enum { MACS = 12, TAG = 4, VID = 0xfff, PRIORITY = 0xf000, TYPE_IP4 = 0x0800, TYPE_IP6 = 0x86dd };
enum { TPID_C = 0x8100, TPID_S = 0x88a8 };

bool inspect__fault(struct inspect_fault *fault, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(fault->text, sizeof(fault->text), fmt, args);
    va_end(args);
    return false;
}

/* ---- tags ---- */

uint32_t inspect_take_tags(const uint8_t *bytes, uint32_t len, struct inspect_tags *out)
{
    uint32_t at = MACS;
    out->count = 0;
    for (; out->count < INSPECT_TAGS_MAX && at + TAG <= len; at += TAG) {
        uint16_t type = inspect__get16(bytes + at);
        if (type != TPID_C && type != TPID_S)
            break;
        out->tag[out->count++] = inspect__get32(bytes + at);
    }
    return at;
}

static bool push(struct inspect_tags *tags, uint32_t tag)
{
    if (tags->count == INSPECT_TAGS_MAX)
        return false;
    memmove(&tags->tag[1], &tags->tag[0], tags->count * sizeof(tags->tag[0]));
    tags->tag[0] = tag;
    tags->count++;
    return true;
}

static void pop(struct inspect_tags *tags)
{
    tags->count--;
    memmove(&tags->tag[0], &tags->tag[1], tags->count * sizeof(tags->tag[0]));
}

static uint32_t outer_vid(const struct inspect_tags *tags) { return tags->count ? tags->tag[0] & VID : 0; }

bool inspect_tags_on(struct inspect_tags *tags, const struct inspect_port *from, const struct inspect_port *to)
{
    if (from->access >= 0) {
        uint32_t port = (uint32_t)TPID_C << 16 | (uint32_t)from->access;
        bool is_priority = tags->count && tags->tag[0] >> 16 == TPID_C && outer_vid(tags) == 0;
        if (from->keeps_priority && is_priority) /* [IEEE 802.1Q 6.9] the port's VID, the frame's priority */
            tags->tag[0] = (port & ~(uint32_t)PRIORITY) | (tags->tag[0] & PRIORITY);
        else if (!push(tags, port))
            return false;
    }
    if (to->access < 0)
        return true;
    if (outer_vid(tags) != ((uint32_t)to->access & VID))
        return false;
    if (tags->count && ((uint32_t)to->access & VID)) /* of VLAN 0 there is a priority on the way out only */
        pop(tags);
    return true;
}

static bool same_tags(const struct inspect_tags *a, const struct inspect_tags *b)
{
    return a->count == b->count && !memcmp(a->tag, b->tag, a->count * sizeof(a->tag[0]));
}

static const char *tags_text(const struct inspect_tags *tags, char *buf, size_t cap)
{
    size_t len = 0;
    if (!tags->count)
        return "no tag";
    for (uint32_t i = 0; i < tags->count && len < cap; i++)
        len += (size_t)snprintf(buf + len, cap - len, "%s%s%u",
                                i                 ? "+"
                                : tags->count > 1 ? "tags "
                                                  : "tag ",
                                tags->tag[i] >> 16 == TPID_S ? "S-" : "", tags->tag[i] & VID);
    for (uint32_t i = 0; i < tags->count && len < cap; i++)
        if (tags->tag[i] & PRIORITY)
            len += (size_t)snprintf(buf + len, cap - len, " priority %u", tags->tag[i] >> 13 & 7);
    return buf;
}

/* ---- headers ---- */

static void view_ip4(const uint8_t *ip, uint32_t left, struct inspect_view *v)
{
    uint32_t header = left >= 20 ? (ip[0] & 15u) * 4 : 0, total = left >= 20 ? inspect__get16(ip + 2) : 0;
    if (header < 20 || ip[0] >> 4 != 4 || total < header || total > left)
        return;
    v->version = 4;
    v->extended = header > 20;
    v->l4 = v->l3 + header;
    v->end = v->l3 + total;
    v->fragment = inspect__get16(ip + 6) & 0x3fff;
    v->proto = inspect__get16(ip + 6) & 0x1fff ? 0 : ip[9];
}

/* [RFC 8200 4] Hop-by-hop 0, routing 43, fragment 44, destination 60; everything else is what is carried. */
static void view_ip6(const uint8_t *ip, uint32_t left, struct inspect_view *v)
{
    uint32_t total = left >= 40 ? 40u + inspect__get16(ip + 4) : 0, at = 40;
    if (!total || ip[0] >> 4 != 6 || total > left)
        return;
    uint8_t next = ip[6];
    bool is_later = false;
    while ((next == 0 || next == 43 || next == 44 || next == 60) && at + 8 <= total && !is_later) {
        const uint8_t *ext = ip + at;
        v->extended = true;
        if (next == 44) {
            v->fragment = true;
            is_later = inspect__get16(ext + 2) & 0xfff8;
            at += 8;
        } else {
            at += (ext[1] + 1u) * 8;
        }
        next = ext[0];
    }
    v->version = 6;
    v->l4 = v->l3 + (at < total ? at : total);
    v->end = v->l3 + total;
    v->proto = is_later || at > total ? 0 : next;
}

void inspect__view(const uint8_t *body, uint32_t len, struct inspect_view *v)
{
    *v = (struct inspect_view){.l3 = 2, .end = len};
    if (len < 2)
        return;
    v->type = inspect__get16(body);
    if (v->type == TYPE_IP4)
        view_ip4(body + 2, len - 2, v);
    else if (v->type == TYPE_IP6)
        view_ip6(body + 2, len - 2, v);
    uint32_t room = v->end - v->l4;
    if (v->version && v->proto == INSPECT_UDP && room >= 8)
        v->payload = v->l4 + 8;
    else if (v->version && v->proto == INSPECT_TCP && room >= 20 && (body[v->l4 + 12] >> 4) * 4u >= 20 &&
             (body[v->l4 + 12] >> 4) * 4u <= room)
        v->payload = v->l4 + (body[v->l4 + 12] >> 4) * 4u;
}

uint32_t inspect_tcp_sequence(const uint8_t *bytes, uint32_t len)
{
    struct inspect_tags tags;
    struct inspect_view v;
    uint32_t at = inspect_take_tags(bytes, len, &tags);
    inspect__view(bytes + at, len - at, &v);
    return v.proto == INSPECT_TCP && v.payload ? inspect__get32(bytes + at + v.l4 + 4) : 0;
}

/* ---- checksums ---- */

/* In the machine's own order, word by word; a carry out is a carry in [RFC 1071 2]. Only a last piece may be odd. */
static uint64_t add(const uint8_t *p, uint32_t len, uint64_t sum)
{
    uint64_t word;
    for (; len >= 8; p += 8, len -= 8) {
        memcpy(&word, p, 8);
        sum += word;
        sum += sum < word;
    }
    if (len) {
        word = 0;
        memcpy(&word, p, len);
        sum += word;
        sum += sum < word;
    }
    return sum;
}

static uint16_t fold(uint64_t sum)
{
    sum = (sum >> 32) + (sum & 0xffffffff);
    sum = (sum >> 32) + (sum & 0xffffffff);
    sum = (sum >> 16) + (sum & 0xffff);
    sum = (sum >> 16) + (sum & 0xffff);
    return (uint16_t)((sum >> 16) + (sum & 0xffff));
}

/* A sum in network order, as one in the machine's, and back. */
static uint64_t swapped(uint64_t sum)
{
    uint16_t folded = fold(sum);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    folded = (uint16_t)(folded << 8 | folded >> 8);
#endif
    return folded;
}

uint16_t inspect_sum(const uint8_t *p, uint32_t len, uint64_t start) { return fold(swapped(add(p, len, 0)) + start); }

/* In the machine's order; the last `known_len` bytes of the frame have the sum `known`. */
static uint16_t l4_sum(const uint8_t *body, const struct inspect_view *v, uint32_t known_len, uint16_t known)
{
    const uint8_t *ip = body + v->l3;
    uint32_t len = v->end - v->l4;
    uint64_t sum = swapped(v->proto + (uint64_t)len + known);
    sum = v->version == 4 ? add(ip + 12, 8, sum) : add(ip + 8, 32, sum);
    return fold(add(body + v->l4, len - known_len, sum));
}

uint16_t inspect__l4_sum(const uint8_t *body, const struct inspect_view *v) { return (uint16_t)swapped(l4_sum(body, v, 0, 0)); }

/* `like` has been found to be the same frame: the sum of its tail is known. */
void inspect__sums(const uint8_t *body, const struct inspect_view *v, const struct inspect_whole *like, struct inspect_sums *out)
{
    uint32_t known = like->body_len + like->tail_len == v->end && like->tail_len <= v->end - v->l4 ? like->tail_len : 0;
    *out = (struct inspect_sums){.ip_good = true, .l4_good = true};
    if (v->version == 4)
        out->ip_good = fold(add(body + v->l3, (body[v->l3] & 15u) * 4, 0)) == 0xffff;
    out->l4_there = v->payload && !v->fragment;
    if (out->l4_there && !inspect__no_sum(body, v))
        out->l4_good = l4_sum(body, v, known, known ? like->tail_sum : 0) == 0xffff; /* that in any order */
}

bool inspect__no_sum(const uint8_t *body, const struct inspect_view *v)
{
    return v->proto == INSPECT_UDP && v->payload && inspect__get16(body + v->l4 + 6) == 0;
}

/* [Microsoft RSS: "Verifying the RSS hash calculation"] For every bit set in the input, the 32 bits of the key that begin at
 * that bit's number. */
uint32_t inspect_toeplitz(const uint8_t key[INSPECT_KEY_BYTES], const uint8_t *input, uint32_t len)
{
    uint32_t hash = 0;
    for (uint32_t i = 0; i < len; i++) {
        uint64_t window = 0;
        for (uint32_t k = 0; k < 5; k++)
            window = window << 8 | key[(i + k) % INSPECT_KEY_BYTES];
        for (unsigned bit = 0; bit < 8; bit++)
            if (input[i] & 0x80u >> bit)
                hash ^= (uint32_t)(window >> (8 - bit));
    }
    return hash;
}

/* ---- the comparison ---- */

/* Which field of the expected frame a byte of the body is in. */
static const char *field_at(const struct inspect_view *v, uint32_t at)
{
    static const char *const ip4[20] = {"version",         "type of service", "total length",   "total length", "identification",
                                        "identification",  "fragment field",  "fragment field", "time to live", "protocol",
                                        "header checksum", "header checksum", "source",         "source",       "source",
                                        "source",          "destination",     "destination",    "destination",  "destination"};
    static const char *const tcp[20] = {"source port",     "source port",     "destination port", "destination port",
                                        "sequence number", "sequence number", "sequence number",  "sequence number",
                                        "acknowledgement", "acknowledgement", "acknowledgement",  "acknowledgement",
                                        "header length",   "flags",           "window",           "window",
                                        "TCP checksum",    "TCP checksum",    "urgent pointer",   "urgent pointer"};
    static const char *const udp[8] = {"source port", "source port", "destination port", "destination port",
                                       "UDP length",  "UDP length",  "UDP checksum",     "UDP checksum"};
    if (at < 2)
        return "EtherType";
    if (!v->version)
        return "payload";
    uint32_t ip = at - v->l3;
    if (at < v->l4 && v->version == 4)
        return ip < 20 ? ip4[ip] : "IPv4 options";
    if (at < v->l4)
        return ip < 4    ? "traffic class"
               : ip < 6  ? "payload length"
               : ip < 7  ? "next header"
               : ip < 8  ? "hop limit"
               : ip < 24 ? "source"
               : ip < 40 ? "destination"
                         : "extension header";
    if (!v->payload || at >= v->payload)
        return at < v->end ? "payload" : "padding";
    if (v->proto == INSPECT_UDP)
        return udp[at - v->l4];
    return at - v->l4 < 20 ? tcp[at - v->l4] : "TCP options";
}

/* The expected frame in one piece, for who looks for what differs. */
static uint8_t expected_at(const struct inspect_whole *e, uint32_t at)
{
    return at < e->body_len ? e->body[at] : e->tail[at - e->body_len];
}

static bool compare_body(const struct inspect_whole *e, const uint8_t *body, uint32_t len, struct inspect_fault *fault)
{
    uint32_t whole = e->body_len + e->tail_len, common = len < whole ? len : whole, at = 0;
    struct inspect_view v;
    if (len == whole && !memcmp(e->body, body, e->body_len) && (!e->tail_len || !memcmp(e->tail, body + e->body_len, e->tail_len)))
        return true;
    while (at < common && expected_at(e, at) == body[at])
        at++;
    inspect__view(e->body, whole, &v); /* looks at headers only, and those are in front of a tail */
    if (at == common)
        return inspect__fault(fault, "%u bytes, not %u", len + MACS, whole + MACS);
    uint32_t first = at & ~1u; /* fields begin at even offsets; shorter ones are told with their neighbour */
    if (first + 2 <= common)
        return inspect__fault(fault, "%s: 0x%04x, not 0x%02x%02x (byte %u of %u untagged)", field_at(&v, at),
                              inspect__get16(body + first), expected_at(e, first), expected_at(e, first + 1), at + MACS,
                              len + MACS);
    return inspect__fault(fault, "%s: 0x%02x, not 0x%02x (byte %u of %u untagged)", field_at(&v, at), body[at], expected_at(e, at),
                          at + MACS, len + MACS);
}

static bool compare_addresses(const uint8_t *e, const uint8_t *got, struct inspect_fault *fault)
{
    if (!memcmp(e, got, MACS))
        return true;
    const char *which = memcmp(e, got, 6) ? "destination" : "source";
    unsigned at = memcmp(e, got, 6) ? 0 : 6;
    return inspect__fault(fault, "%s address: %02x:%02x:%02x:%02x:%02x:%02x, not %02x:%02x:%02x:%02x:%02x:%02x", which, got[at],
                          got[at + 1], got[at + 2], got[at + 3], got[at + 4], got[at + 5], e[at], e[at + 1], e[at + 2], e[at + 3],
                          e[at + 4], e[at + 5]);
}

/* What is as it was sent was sent right: the sender's own arithmetic is not believed either. */
static bool check_sums(const uint8_t *body, const struct inspect_view *v, const struct inspect_sums *sums,
                       struct inspect_fault *fault)
{
    if (!sums->ip_good)
        return inspect__fault(fault, "the IPv4 header's checksum is wrong");
    if (!sums->l4_good)
        return inspect__fault(fault, "the %s checksum is wrong", v->proto == INSPECT_TCP ? "TCP" : "UDP");
    if (sums->l4_there && v->proto == INSPECT_UDP && inspect__get16(body + v->l4 + 4) != v->end - v->l4)
        return inspect__fault(fault, "UDP length: %u, not %u", inspect__get16(body + v->l4 + 4), v->end - v->l4);
    return true;
}

bool inspect_frame(const struct inspect_whole *expected, const struct inspect_tags *tags, enum inspect_l4 l4,
                   const struct inspect_got *got, struct inspect_fault *fault)
{
    struct inspect_tags in_place, all;
    struct inspect_view v;
    struct inspect_sums sums;
    char a[64], b[64];
    fault->in_meta = false;
    if (got->len < MACS + 2)
        return inspect__fault(fault, "%u bytes", got->len);
    uint32_t at = inspect_take_tags(got->bytes, got->len, &in_place);
    const uint8_t *body = got->bytes + at;
    all = in_place;
    if (got->stripped >= 0 && !push(&all, (uint32_t)TPID_C << 16 | (uint32_t)got->stripped))
        return inspect__fault(fault, "more than %d tags", INSPECT_TAGS_MAX);
    if (!compare_addresses(expected->addresses, got->bytes, fault))
        return false;
    if (!same_tags(tags, &all))
        return inspect__fault(fault, "%s, not %s", tags_text(&all, a, sizeof(a)), tags_text(tags, b, sizeof(b)));
    if (!compare_body(expected, body, got->len - at, fault))
        return false;
    if (l4 == INSPECT_L4_AS_IT_IS && !got->meta)
        return true;
    inspect__view(body, got->len - at, &v);
    inspect__sums(body, &v, expected, &sums);
    if (l4 != INSPECT_L4_AS_IT_IS && !check_sums(body, &v, &sums, fault))
        return false;
    fault->in_meta = true;
    return !got->meta || inspect__meta(got, &in_place, body, &v, &sums, fault);
}
