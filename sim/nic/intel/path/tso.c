/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Transmit segmentation [82599 7.2.4]: a frame of up to 64 KB leaves as TCP segments of MSS bytes, each with the headers of
 * the whole, its own lengths, sequence number, IP identification, flags and checksums.
 */
#include "nic/intel/path/path.h"

#include <string.h>

enum { MSS_MIN = 64, HEADER_MAX = 255, TCP_FIN = 0x01, TCP_PSH = 0x08, TCP_CWR = 0x80 };

static uint32_t ip_len(const struct ixgbe_adv_tx_context_desc *c) { return c->vlan_macip_lens & IXGBE_ADVTXD_IPLEN_MASK; }
static uint32_t mac_len(const struct ixgbe_adv_tx_context_desc *c)
{
    return (c->vlan_macip_lens & IXGBE_ADVTXD_MACLEN_MASK) >> IXGBE_ADVTXD_MACLEN_SHIFT;
}
static uint32_t l4_len(const struct ixgbe_adv_tx_context_desc *c)
{
    return (c->mss_l4len_idx & IXGBE_ADVTXD_L4LEN_MASK) >> IXGBE_ADVTXD_L4LEN_SHIFT;
}

uint32_t intel_tso_header(const struct ixgbe_adv_tx_context_desc *c) { return mac_len(c) + ip_len(c) + l4_len(c); }

const char *intel_tso_judge(const struct ixgbe_adv_tx_context_desc *c, uint32_t len)
{
    uint32_t header = intel_tso_header(c);
    bool v4 = c->type_tucmd_mlhl & IXGBE_ADVTXD_TUCMD_IPV4;
    if ((c->type_tucmd_mlhl & IXGBE_ADVTXD_TUCMD_L4T_MASK) != IXGBE_ADVTXD_TUCMD_L4T_TCP)
        return "segmentation of something that is not TCP";
    if (c->mss_l4len_idx >> IXGBE_ADVTXD_MSS_SHIFT < MSS_MIN)
        return "MSS too small";
    if (mac_len(c) < 14 || ip_len(c) < (v4 ? 20u : 40u) || l4_len(c) < 20 || header > HEADER_MAX || header >= len)
        return "headers that cannot be";
    if (header + (c->mss_l4len_idx >> IXGBE_ADVTXD_MSS_SHIFT) > FRAME_BYTES_MAX)
        return "segments longer than the chip sends";
    return NULL;
}

static void add_be16(uint8_t *p, uint32_t v)
{
    v += (uint32_t)p[0] << 8 | p[1];
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void put_be16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void add_be32(uint8_t *p, uint32_t v)
{
    v += (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    put_be16(p, v >> 16);
    put_be16(p + 2, v);
}

/* The headers of segment number `number`, whose payload is bytes [off, off + chunk) of the whole's. */
static void finish_header(uint8_t *p, const struct tx_entry *e, uint32_t number, uint32_t off, uint32_t chunk, bool last)
{
    uint32_t mac = (e->vlan_macip_lens & IXGBE_ADVTXD_MACLEN_MASK) >> IXGBE_ADVTXD_MACLEN_SHIFT;
    uint32_t ip = e->vlan_macip_lens & IXGBE_ADVTXD_IPLEN_MASK;
    uint32_t ip_bytes = e->header - mac + chunk;
    uint8_t *tcp = p + mac + ip;
    if (e->tucmd & IXGBE_ADVTXD_TUCMD_IPV4) {
        put_be16(p + mac + 2, ip_bytes);
        add_be16(p + mac + 4, number);
    } else {
        put_be16(p + mac + 4, ip_bytes - 40);
    }
    add_be32(tcp + 4, off);
    tcp[13] &= (uint8_t)~((last ? 0 : TCP_FIN | TCP_PSH) | (number ? TCP_CWR : 0)); /* [82599 8.2.3.9.3 DTXTCPFLG] */
}

/* The next segment of the whole in `e`; the whole ends with its last one. 0: no frame could be had for it (booked). */
frame_ref intel_tso_next(struct intel_chip *n, struct tx_entry *e)
{
    struct component *c = chip_component(n);
    uint32_t left = e->len - e->header - e->sent, chunk = left < e->mss ? left : e->mss;
    frame_ref ref = frame_split(c, e->ref, e->header + chunk);
    if (ref) {
        uint8_t *to = frame_data(frame_get(c->sim, ref));
        const uint8_t *from = frame_data(frame_get(c->sim, e->ref));
        memcpy(to, from, e->header);
        memcpy(to + e->header, from + e->header + e->sent, chunk);
        finish_header(to, e, e->sent / e->mss, e->sent, chunk, chunk == left);
        intel_csum_insert(frame_get(c->sim, ref), IXGBE_ADVTXD_POPTS_IXSM | IXGBE_ADVTXD_POPTS_TXSM, e->vlan_macip_lens, e->tucmd);
        intel_tx_tag(n, e, frame_get(c->sim, ref));
    }
    e->sent += chunk;
    if (chunk == left) {
        frame_end(c, e->ref, FATE_segmented);
        e->ref = 0;
    }
    return ref;
}
