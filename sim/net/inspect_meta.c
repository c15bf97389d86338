/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inspection: what a driver said of a frame.
 *
 * A device may know less than there is to know, but what it says is true, and of a plain frame it knows all: TCP or UDP right
 * behind an IPv4 or IPv6 header, whole, behind at most one 802.1Q tag. Nobody can say of a fragment whether the checksum of its
 * datagram is right, nor is one wrong that is not there (UDP's 0).
 */
#include <string.h>

#include "net/inspect__.h"

enum { TPID_C = 0x8100 };

static const char *const verdict_name[] = {"not verified", "right", "wrong"};

/* `truth`: INSPECT_UNKNOWN where there is none. */
static bool verdict(const char *what, uint8_t said, uint8_t truth, bool must_know, struct inspect_fault *fault)
{
    if (said > INSPECT_INCORRECT)
        return inspect__fault(fault, "%s: verdict %u is none", what, said);
    if (said == INSPECT_UNKNOWN ? !must_know : said == truth)
        return true;
    return inspect__fault(fault, "%s reported %s, and it is %s", what, verdict_name[said],
                          truth == INSPECT_UNKNOWN ? "nobody's to judge" : verdict_name[truth]);
}

static bool check_kind(const struct inspect_meta *m, const struct inspect_view *v, bool plain, struct inspect_fault *fault)
{
    if (m->not_ip == (m->ip4 || m->ip6) || (m->ip4 && m->ip6) || (m->tcp && m->udp))
        return inspect__fault(fault, "reported as two kinds of packet, or none");
    if ((m->ip4 && v->version != 4) || (m->ip6 && v->version != 6) || (m->tcp && v->proto != INSPECT_TCP) ||
        (m->udp && v->proto != INSPECT_UDP))
        return inspect__fault(fault, "reported as %s%s, and it is not",
                              m->ip4   ? "IPv4"
                              : m->ip6 ? "IPv6"
                                       : "",
                              m->tcp   ? " TCP"
                              : m->udp ? " UDP"
                                       : "");
    if (plain && ((v->version == 4) != m->ip4 || (v->version == 6) != m->ip6 || (v->proto == INSPECT_TCP) != m->tcp ||
                  (v->proto == INSPECT_UDP) != m->udp))
        return inspect__fault(fault, "not reported as IPv%u %s", v->version, v->proto == INSPECT_TCP ? "TCP" : "UDP");
    return true;
}

static bool check_verdicts(const struct inspect_meta *m, const uint8_t *body, const struct inspect_view *v,
                           const struct inspect_sums *sums, bool plain, struct inspect_fault *fault)
{
    uint8_t ip = v->version != 4 ? INSPECT_UNKNOWN : sums->ip_good ? INSPECT_CORRECT : INSPECT_INCORRECT;
    uint8_t l4 = !sums->l4_there ? INSPECT_UNKNOWN : sums->l4_good ? INSPECT_CORRECT : INSPECT_INCORRECT;
    bool none = inspect__no_sum(body, v), must = plain && m->verifies, tcp = v->proto == INSPECT_TCP, udp = v->proto == INSPECT_UDP;
    return verdict("IPv4 checksum", m->ip_sum, ip, must && v->version == 4, fault) &&
           verdict("TCP checksum", m->tcp_sum, tcp ? l4 : INSPECT_UNKNOWN, must && tcp, fault) &&
           verdict(none ? "UDP checksum (none)" : "UDP checksum", m->udp_sum, udp ? l4 : INSPECT_UNKNOWN, must && udp && !none,
                   fault);
}

/* The ports count for a whole TCP segment right behind the IP header; anything else that is IP is hashed by its addresses. */
static bool check_hash(const struct inspect_meta *m, const uint8_t *body, const struct inspect_view *v, bool parses,
                       struct inspect_fault *fault)
{
    bool tcp = m->hash_type == INSPECT_HASH_TCP4 || m->hash_type == INSPECT_HASH_TCP6;
    bool is4 = m->hash_type == INSPECT_HASH_IP4 || m->hash_type == INSPECT_HASH_TCP4;
    bool ports = v->proto == INSPECT_TCP && v->payload && !v->fragment && (v->version == 4 || !v->extended);
    uint32_t addresses = v->version == 4 ? 8 : 32;
    uint8_t input[36];
    if (m->hash_type == INSPECT_HASH_NONE)
        return !m->hashes || !parses || !v->version || inspect__fault(fault, "no hash, with several queues");
    if (m->hash_type > INSPECT_HASH_TCP6 || v->version != (is4 ? 4 : 6) || (tcp && !ports))
        return inspect__fault(fault, "hash of type %u, which does not fit it", m->hash_type);
    if (m->hashes && ports && !tcp)
        return inspect__fault(fault, "hashed without its ports");
    memcpy(input, body + v->l3 + (v->version == 4 ? 12 : 8), addresses);
    if (tcp)
        memcpy(input + addresses, body + v->l4, 4);
    uint32_t hash = m->key ? inspect_toeplitz(m->key, input, addresses + (tcp ? 4 : 0)) : m->hash;
    return hash == m->hash || inspect__fault(fault, "hash 0x%08x, not 0x%08x", m->hash, hash);
}

bool inspect__meta(const struct inspect_got *got, const struct inspect_tags *in_place, const uint8_t *body,
                   const struct inspect_view *v, const struct inspect_sums *sums, struct inspect_fault *fault)
{
    const struct inspect_meta *m = got->meta;
    uint32_t tags = in_place->count + (got->stripped >= 0);
    bool parses = tags == 0 || got->stripped >= 0 ? in_place->count == 0 : tags == 1 && in_place->tag[0] >> 16 == TPID_C;
    bool plain = parses && v->payload && !v->fragment && !v->extended;
    if (m->len != got->len)
        return inspect__fault(fault, "length reported as %u, and it is %u", m->len, got->len);
    if (m->strips && in_place->count && got->stripped < 0 && in_place->tag[0] >> 16 == TPID_C)
        return inspect__fault(fault, "tag %u left in place by a device that takes them off", in_place->tag[0] & 0xfff);
    return check_kind(m, v, plain, fault) && check_verdicts(m, body, v, sums, plain, fault) &&
           check_hash(m, body, v, parses, fault);
}
