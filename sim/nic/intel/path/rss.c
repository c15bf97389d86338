/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Receive side scaling: which queue of its pool a frame goes to [82599 7.1.2.8].
 *
 * The Toeplitz hash over addresses, and ports of TCP (of UDP where MRQC says so), picks one of 128 entries of the redirection
 * table by its low seven bits; of the entry as many bits count as the pool has queues (PSRTYPE.RQPL), or four without pools.
 * Fragments hash by addresses only; what is not IP goes to queue 0. A hash is the XOR of one table entry for each nibble of
 * the input, so the key's bits are shifted when the key is written, not for each frame.
 */
#include "nic/intel/path/path.h"

#include <string.h>

enum { ETH_IPV4 = 0x0800, ETH_IPV6 = 0x86dd, ETH_VLAN = 0x8100, IP_TCP = 6, IP_UDP = 17, RSS_INPUT_MAX = 36, KEY_BYTES = 40 };

/* What the headers offer: addresses, then ports when l4 says so. */
struct flow_key {
    uint8_t input[RSS_INPUT_MAX];
    uint32_t addresses; /* bytes; 0: not IP */
    uint8_t l4;         /* IP_TCP, IP_UDP, or 0: none that can be used */
};

static uint16_t be16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }

/* Bits `at` … `at` + 31 of the key, most significant first. */
static uint32_t key_window(const uint8_t key[KEY_BYTES], uint32_t at)
{
    uint64_t window = 0;
    for (unsigned i = 0; i < 5; i++)
        window = window << 8 | key[at / 8 + i < KEY_BYTES ? at / 8 + i : at / 8 + i - KEY_BYTES];
    return (uint32_t)(window >> (8 - at % 8));
}

/* RSSRK is stored lowest byte first [82599 8.2.3.7.14]. */
void intel_rss_key(struct intel_chip *n)
{
    uint8_t key[KEY_BYTES];
    for (unsigned i = 0; i < KEY_BYTES; i++)
        key[i] = (uint8_t)(n->s.reg.RSSRK[i / 4] >> (8 * (i % 4)));
    for (unsigned nibble = 0; nibble < RSS_NIBBLES; nibble++)
        for (unsigned value = 0; value < 16; value++) {
            n->rss_table[nibble][value] = 0;
            for (unsigned bit = 0; bit < 4; bit++)
                if (value >> (3 - bit) & 1)
                    n->rss_table[nibble][value] ^= key_window(key, 4 * nibble + bit);
        }
}

static uint32_t toeplitz(const struct intel_chip *n, const uint8_t *input, uint32_t len)
{
    uint32_t hash = 0;
    for (uint32_t i = 0; i < len; i++)
        hash ^= n->rss_table[2 * i][input[i] >> 4] ^ n->rss_table[2 * i + 1][input[i] & 15];
    return hash;
}

/* ---- headers ---- */

static void take_l4(struct flow_key *k, uint8_t protocol, const uint8_t *l4, uint32_t left)
{
    if ((protocol != IP_TCP && protocol != IP_UDP) || left < 4)
        return;
    k->l4 = protocol;
    memcpy(k->input + k->addresses, l4, 4);
}

static void parse_ip(struct flow_key *k, const uint8_t *ip, uint32_t left, uint16_t type)
{
    uint32_t header = left ? 4u * (ip[0] & 15) : 0;
    if (type == ETH_IPV4 && left >= 20 && ip[0] >> 4 == 4 && header >= 20) {
        k->addresses = 8;
        memcpy(k->input, ip + 12, 8);
        if (!(be16(ip + 6) & 0x3fff) && header <= left)
            take_l4(k, ip[9], ip + header, left - header);
    } else if (type == ETH_IPV6 && left >= 40 && ip[0] >> 4 == 6) {
        k->addresses = 32;
        memcpy(k->input, ip + 8, 32);
        take_l4(k, ip[6], ip + 40, left - 40); /* a fragment's next header is the fragment header: no ports */
    }
}

static void parse(struct flow_key *k, const struct frame *f)
{
    const uint8_t *p = f->buf + f->head;
    uint32_t at = 12;
    k->addresses = 0;
    k->l4 = 0;
    if (f->len >= 18 && be16(p + at) == ETH_VLAN)
        at += 4;
    if (f->len >= at + 2)
        parse_ip(k, p + at + 2, f->len - at - 2, be16(p + at));
}

/* ---- the choice ---- */

/* Type of the receive descriptor [82599 table 7-18], 0: this frame is not hashed. */
static uint32_t rss_type(uint32_t fields, const struct flow_key *k)
{
    bool v4 = k->addresses == 8;
    if (!k->addresses)
        return 0;
    if (k->l4 == IP_TCP && (fields & (v4 ? INTEL_MRQC_RSS_FIELD_IPV4_TCP : INTEL_MRQC_RSS_FIELD_IPV6_TCP)))
        return v4 ? IXGBE_RXDADV_RSSTYPE_IPV4_TCP : IXGBE_RXDADV_RSSTYPE_IPV6_TCP;
    if (k->l4 == IP_UDP && (fields & (v4 ? INTEL_MRQC_RSS_FIELD_IPV4_UDP : INTEL_MRQC_RSS_FIELD_IPV6_UDP)))
        return v4 ? IXGBE_RXDADV_RSSTYPE_IPV4_UDP : IXGBE_RXDADV_RSSTYPE_IPV6_UDP;
    if (fields & (v4 ? INTEL_MRQC_RSS_FIELD_IPV4 : INTEL_MRQC_RSS_FIELD_IPV6))
        return v4 ? IXGBE_RXDADV_RSSTYPE_IPV4 : IXGBE_RXDADV_RSSTYPE_IPV6;
    return 0;
}

static uint32_t redirection(const struct intel_chip *n, uint32_t hash)
{
    uint32_t i = hash & 127;
    return n->s.reg.RETA[i / 4] >> (8 * (i % 4)) & 15;
}

/* Bits of a redirection entry that name a queue of this pool, 0: the pool has no RSS. */
static uint32_t queue_mask(const struct intel_chip *n, unsigned pool)
{
    uint32_t spread = n->rules.spread;
    if (!chip_is_virtual(n))
        return spread == INTEL_SPREAD_ALL ? 15 : 0;
    if (spread != INTEL_SPREAD_POOLS)
        return 0;
    uint32_t bits = n->s.reg.PSRTYPE[pool] >> INTEL_PSRTYPE_RQPL_SHIFT;
    uint32_t most = chip_queues_per_pool(n);
    if (!bits)
        return 0;
    return (bits < 3 && (1u << bits) < most ? 1u << bits : most) - 1;
}

unsigned intel_rss(struct intel_chip *n, unsigned pool, const struct frame *f, uint32_t *type, uint32_t *hash)
{
    uint32_t mask = queue_mask(n, pool);
    struct flow_key k;
    *type = *hash = 0;
    if (!mask)
        return 0;
    parse(&k, f);
    *type = rss_type(n->rules.hash_fields, &k);
    if (!*type)
        return 0;
    bool ports = *type != IXGBE_RXDADV_RSSTYPE_IPV4 && *type != IXGBE_RXDADV_RSSTYPE_IPV6;
    *hash = toeplitz(n, k.input, k.addresses + (ports ? 4 : 0));
    return redirection(n, *hash) & mask;
}
