/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Receive side scaling [RSS_UPDATE ramrod]: the Toeplitz hash over addresses, and ports of TCP, picks one of 128 entries of the
 * function's table. Fragments hash by addresses; what is not IP goes to the first queue. Hash types are numbered as the
 * completion has them: 1 IPv4, 2 TCP over it, 3 IPv6, 4 TCP over it.
 */
#include "nic/57712/e2__.h"

#include <string.h>

#include "net/inet.h"

enum { HASH_IP4 = 1, HASH_TCP4, HASH_IP6, HASH_TCP6, KEY_BYTES = 40, INPUT_MAX = 36 };

/* Bits `at` … `at` + 31 of the key, the most significant first. */
static uint32_t key_window(const uint8_t *key, uint32_t at)
{
    uint64_t window = 0;
    for (unsigned i = 0; i < 5; i++)
        window = window << 8 | key[(at / 8 + i) % KEY_BYTES];
    return (uint32_t)(window >> (8 - at % 8));
}

/* The hash is the sum of one entry for each nibble of the input. */
static void use_key(struct e2 *e, const uint8_t *key)
{
    if (!memcmp(e->hash_key, key, KEY_BYTES))
        return;
    memcpy(e->hash_key, key, KEY_BYTES);
    memset(e->hash_table, 0, sizeof(e->hash_table));
    for (unsigned nibble = 0; nibble < 2 * INPUT_MAX; nibble++)
        for (unsigned value = 0; value < 16; value++)
            for (unsigned bit = 0; bit < 4; bit++)
                if (value >> (3 - bit) & 1)
                    e->hash_table[nibble][value] ^= key_window(key, 4 * nibble + bit);
}

static uint32_t toeplitz(const struct e2 *e, const uint8_t *input, uint32_t len)
{
    uint32_t hash = 0;
    for (uint32_t i = 0; i < len; i++)
        hash ^= e->hash_table[2 * i][input[i] >> 4] ^ e->hash_table[2 * i + 1][input[i] & 15];
    return hash;
}

unsigned e2__rss(struct e2 *e, struct e2_function *fn, const struct frame *f, uint32_t *type, uint32_t *hash)
{
    const uint8_t *p = f->buf + f->head;
    uint8_t input[INPUT_MAX];
    struct e2_packet packet;

    *type = *hash = 0;
    if (fn->s.rss.queues < 2)
        return 0;
    e2__packet(f, false, &packet);
    if (!packet.v4 && !packet.v6)
        return 0;
    uint32_t addresses = packet.v4 ? 8 : 32;
    memcpy(input, p + packet.ip + (packet.v4 ? 12 : 8), addresses);
    if (packet.tcp)
        memcpy(input + addresses, p + packet.l4, 4);
    use_key(e, fn->s.rss.key);
    *type = packet.v4 ? (packet.tcp ? HASH_TCP4 : HASH_IP4) : packet.tcp ? HASH_TCP6 : HASH_IP6;
    *hash = toeplitz(e, input, addresses + (packet.tcp ? 4 : 0));
    return fn->s.rss.table[*hash & 127];
}
