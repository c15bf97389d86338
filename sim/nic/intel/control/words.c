/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control words: reading one answers from where its value lives, writing one sets state and kicks whoever must look at it. No
 * packet moves here.
 */
#include "nic/intel/control/control.h"

static uint32_t microseconds(struct intel_chip *n)
{
    return (uint32_t)(sim_now(chip_component(n)->sim) / SIM_US);
}

static void queue_ivar_fix(uint32_t *value, unsigned vectors)
{
    for (unsigned byte = 0; byte < 4; byte++) /* a vector that is not there is no vector */
        if ((*value >> (8 * byte) & 0x3f) >= vectors)
            *value &= ~(INTEL_IVAR_ALLOC_VAL << (8 * byte));
}

/* ---- the kept words: where each begins ---- */

struct kept {
    uint16_t place, count;
};

#define KEPT_ONE(name, sentence) [WORD_##name] = {offsetof(struct intel_words, name) / 4, 1},
#define KEPT_MANY(name, count, sentence) [WORD_##name] = {offsetof(struct intel_words, name) / 4, count},
static const struct kept kept[WORD_COUNT] = {INTEL_KEPT_WORDS(KEPT_ONE, KEPT_MANY)};
#undef KEPT_ONE
#undef KEPT_MANY

/* NULL: it is a live one. */
static uint32_t *kept_word(struct intel_chip *n, enum intel_word word, uint32_t i)
{
    return i < kept[word].count ? (uint32_t *)&n->s.reg + kept[word].place + i : NULL;
}

/* ---- PF ---- */

/* Octets since they were last read: the low half is cleared by its reading, both by that of the high one, which drivers read
 * second [ixgbe_main.c ixgbe_update_stats, igb_main.c igb_update_stats]. */
static uint32_t take_octets(uint64_t total, uint64_t *read_at, bool high)
{
    uint64_t since = total - *read_at;
    *read_at += high ? since : (uint32_t)since;
    return (uint32_t)(high ? since >> 32 : since);
}

/* A statistics register: how many since it was last read. */
static bool read_counter(struct intel_chip *n, enum intel_word word, uint32_t i, uint32_t *value)
{
    const struct chip_state *s = &n->s;
    uint64_t total;
    switch (word) {
    case WORD_CRCERRS: total = s->rx_crc; break;
    case WORD_MPC: total = i == 0 ? s->rx_missed : 0; break;
    case WORD_ROC: total = s->rx_long; break;
    case WORD_RLEC: total = 0; break;
    case WORD_GPRC: total = s->rx_good; break;
    case WORD_TPR: total = s->rx_good + s->rx_crc + s->rx_long; break;
    case WORD_BPRC: total = s->rx_broadcast; break;
    case WORD_MPRC: total = s->rx_multicast; break;
    case WORD_GPTC: case WORD_TPT: total = s->tx_good; break;
    case WORD_BPTC: total = s->tx_broadcast; break;
    case WORD_MPTC: total = s->tx_multicast; break;
    case WORD_GORCL: case WORD_GORCH:
        *value = take_octets(s->rx_bytes, &n->s.stat_base[WORD_GORCL], word == WORD_GORCH);
        return true;
    case WORD_GOTCL: case WORD_GOTCH:
        *value = take_octets(s->tx_bytes, &n->s.stat_base[WORD_GOTCL], word == WORD_GOTCH);
        return true;
    case WORD_SSVPC: total = s->spoofed; break;
    default: return false;
    }
    *value = (uint32_t)(total - s->stat_base[word]);
    n->s.stat_base[word] = total;
    return true;
}

/* Half of a counter of 64 bits, cleared by reading. */
static uint32_t take_half(uint64_t *counter, bool high)
{
    uint32_t value = (uint32_t)(high ? *counter >> 32 : *counter);
    *counter &= high ? UINT32_MAX : ~(uint64_t)UINT32_MAX;
    return value;
}

static bool read_queue_counter(struct intel_chip *n, enum intel_word word, uint32_t i, uint32_t *value)
{
    struct queue_stat *q = &n->s.queue_stat[i % INTEL_STAT_COUNTERS];
    switch (word) {
    case WORD_QPRC: *value = take_half(&q->rx_packets, false); return true;
    case WORD_QBRC_L: case WORD_QBRC_H: *value = take_half(&q->rx_bytes, word == WORD_QBRC_H); return true;
    case WORD_QPRDC: *value = take_half(&q->rx_dropped, false); return true;
    case WORD_QPTC: *value = take_half(&q->tx_packets, false); return true;
    case WORD_QBTC_L: case WORD_QBTC_H: *value = take_half(&q->tx_bytes, word == WORD_QBTC_H); return true;
    default: return false;
    }
}

/* What a pool's function counts, seen from the PF. */
static bool read_pool_counter(struct intel_chip *n, enum intel_word word, uint32_t pool, uint32_t *value)
{
    if (pool > n->nic.vf_count)
        return false;
    const struct function_state *s = &n->fn[pool].s;
    switch (word) {
    case WORD_PVFGPRC: *value = (uint32_t)s->frames_rx; return true;
    case WORD_PVFGORC_LSB: *value = (uint32_t)s->bytes_rx; return true;
    case WORD_PVFGORC_MSB: *value = (uint32_t)(s->bytes_rx >> 32); return true;
    case WORD_PVFMPRC: *value = (uint32_t)s->multicast_rx; return true;
    case WORD_PVFGPTC: *value = (uint32_t)s->frames_tx; return true;
    case WORD_PVFGOTC_LSB: *value = (uint32_t)s->bytes_tx; return true;
    case WORD_PVFGOTC_MSB: *value = (uint32_t)(s->bytes_tx >> 32); return true;
    default: return false;
    }
}

static void set_by_software(struct function *fn, uint32_t causes)
{
    if (fn->chip->s.reg.GPIE & INTEL_GPIE_EIMEN)
        intel_intr_now(fn, causes);
    else
        intel_intr_set(fn, causes);
}

static uint32_t read_cause(struct function *pf)
{
    struct interrupts *intr = &pf->s.intr;
    uint32_t cause = intr->cause, gpie = pf->chip->s.reg.GPIE;
    intr->cause &= gpie & INTEL_GPIE_OCD ? ~INTEL_EICR_OTHER : 0;
    if (!(gpie & INTEL_GPIE_EIAME)) /* else a message does it [82599 7.3.1.4] */
        intr->mask &= ~intr->auto_mask;
    return cause;
}

uint32_t intel_word_read(struct intel_chip *n, enum intel_word word, uint32_t i)
{
    struct chip_state *s = &n->s;
    struct function *pf = chip_pf(n);
    const uint32_t *place = kept_word(n, word, i);
    uint32_t value;
    if (place)
        return *place;
    if (read_counter(n, word, i, &value) || read_queue_counter(n, word, i, &value) || read_pool_counter(n, word, i, &value))
        return value;
    switch (word) {
    case WORD_FRTIMER: return microseconds(n);
    case WORD_MBICR:
        return (uint32_t)(s->mailbox_request >> (16 * i) & 0xffff) | (uint32_t)(s->mailbox_ack >> (16 * i) & 0xffff) << 16;
    case WORD_EICR: return read_cause(pf);
    case WORD_EIMS: return pf->s.intr.mask;
    case WORD_EIAC: return pf->s.intr.auto_clear;
    case WORD_EIAM: return pf->s.intr.auto_mask;
    case WORD_WQBR_RX: case WORD_WQBR_TX: return intel_mdd_blocked(n, word == WORD_WQBR_TX, i);
    case WORD_LMVM_RX: case WORD_LMVM_TX: return s->malicious_pool[word == WORD_LMVM_TX];
    case WORD_LVMMC_RX: case WORD_LVMMC_TX:
        value = s->malice[word == WORD_LVMMC_TX];
        s->malice[word == WORD_LVMMC_TX] = 0;
        return value;
    case WORD_RTTBCNRC: return n->txq[n->rules.rate_queue].rate_control;
    case WORD_PFMAILBOX: return i < n->nic.vf_count ? n->fn[i].s.pf_mailbox : 0;
    case WORD_PFMBMEM: return s->mailbox_memory[i / INTEL_MAILBOX_WORDS][i % INTEL_MAILBOX_WORDS];
    default: return 0; /* write only */
    }
}

static bool write_interrupt(struct intel_chip *n, enum intel_word word, uint32_t i, uint32_t value)
{
    struct function *pf = chip_pf(n);
    struct interrupts *intr = &pf->s.intr;
    switch (word) {
    case WORD_EICR: intr->cause &= ~value; return true;
    case WORD_EICS: set_by_software(pf, value); return true;
    case WORD_EIMS: intel_intr_enable(pf, value); return true;
    case WORD_EIMC: intr->mask &= ~value; return true;
    case WORD_EIAC: intr->auto_clear = value; return true;
    case WORD_EIAM: intr->auto_mask = value; return true;
    case WORD_IVAR: queue_ivar_fix(&value, n->skin->pf_causes); n->s.reg.IVAR[i] = value; return true;
    case WORD_IVAR_MISC: queue_ivar_fix(&value, VECTORS_MAX); n->s.reg.IVAR_MISC = value; return true;
    default: return false;
    }
}

/* The pools of word i may receive, those that could not before too: what their rings have may have come without a doorbell. */
static void receive_enable(struct intel_chip *n, uint32_t i, uint32_t value, uint32_t fresh)
{
    unsigned queues = chip_queues_per_pool(n);
    for (unsigned p = 0; p < 32; p++) {
        unsigned pool = 32 * i + p;
        intel_switch_pool(n, pool);
        if (pool * queues >= INTEL_QUEUES)
            continue;
        if ((fresh >> p & 1) && pool < n->nic.vf_count)
            for (unsigned q = 0; q < queues; q++)
                intel_rx_kick(n, pool * queues + q);
        if (!(value >> p & 1))
            intel_rsc_close(n, pool * queues, queues);
    }
}

static void transmit_enable(struct intel_chip *n, uint32_t i)
{
    unsigned queues = chip_queues_per_pool(n);
    for (unsigned pool = 32 * i; pool < 32 * (i + 1); pool++) {
        intel_switch_pool(n, pool);
        for (unsigned q = 0; q < queues && pool * queues < INTEL_QUEUES; q++)
            intel_tx_kick(n, pool * queues + q);
    }
    intel_tx_arbitrate(n);
}

static void pools_changed(struct intel_chip *n, unsigned first, unsigned count)
{
    for (unsigned p = 0; p < count; p++)
        intel_switch_pool(n, first + p);
}

/* A kept word has another value: whoever made something of it makes it anew. */
static void kept_changed(struct intel_chip *n, enum intel_word word, uint32_t i, uint32_t value, uint32_t before)
{
    switch (word) {
    case WORD_RAL: case WORD_RAH: case WORD_MPSAR_LO: case WORD_MPSAR_HI: intel_switch_address(n, i); return;
    case WORD_VLVF: intel_switch_vlan_entry(n, i); return;
    case WORD_VLVFB: intel_switch_vlan_entry(n, i / 2); return;
    case WORD_VFTA: n->sw.vlan_table[i] = value; eswitch_touch(&n->sw); return;
    case WORD_MTA: n->sw.multicast_table[i] = value; eswitch_touch(&n->sw); return;
    case WORD_UTA: n->sw.unicast_table[i] = value; eswitch_touch(&n->sw); return;
    case WORD_VMOLR: case WORD_VMVIR: intel_switch_pool(n, i); return;
    case WORD_MRCTL: case WORD_VMRVLAN: case WORD_VMRVM: intel_switch_mirror(n, i % INTEL_MIRRORS); return;
    case WORD_VMTXSW: case WORD_PFFLP: pools_changed(n, 32 * i, 32); return;
    case WORD_PFVFSPOOF: pools_changed(n, 8 * i, 8); return;
    case WORD_VFRE: receive_enable(n, i, value, value & ~before); return;
    case WORD_VFTE: transmit_enable(n, i); return;
    case WORD_ETQF:
        intel_filters_changed(n);
        intel_switch_type(n, i);
        return;
    case WORD_SYNQF: case WORD_FTQF: case WORD_IMIRVP: intel_filters_changed(n); return;
    case WORD_RSSRK: intel_rss_key(n); return;
    default: return; /* looked at when it matters */
    }
}

void intel_word_write(struct intel_chip *n, enum intel_word word, uint32_t i, uint32_t value)
{
    struct chip_state *s = &n->s;
    uint32_t *place = kept_word(n, word, i);
    if (write_interrupt(n, word, i, value))
        return;
    if (place) {
        uint32_t before = *place;
        *place = value;
        kept_changed(n, word, i, value, before);
        return;
    }
    switch (word) {
    case WORD_MBICR:
        s->mailbox_request &= ~((uint64_t)(value & 0xffff) << (16 * i));
        s->mailbox_ack &= ~((uint64_t)(value >> 16) << (16 * i));
        return;
    case WORD_PFMAILBOX:
        if (i < n->nic.vf_count)
            intel_pf_mailbox_write(n, i, value);
        return;
    case WORD_PFMBMEM: s->mailbox_memory[i / INTEL_MAILBOX_WORDS][i % INTEL_MAILBOX_WORDS] = value; return;
    case WORD_RTTBCNRC: n->txq[n->rules.rate_queue].rate_control = value; return;
    case WORD_WQBR_RX: case WORD_WQBR_TX: intel_mdd_release(n, word == WORD_WQBR_TX, i, value); return;
    default: return; /* read only */
    }
}

void intel_transmit_changed(struct intel_chip *n)
{
    for (unsigned q = 0; q < INTEL_QUEUES; q++)
        intel_tx_kick(n, q);
    intel_tx_arbitrate(n);
}

/* ---- VF ---- */

uint32_t intel_vf_word_read(struct function *fn, enum intel_vf_word word, uint32_t i)
{
    struct intel_chip *n = fn->chip;
    struct function_state *s = &fn->s;
    uint32_t cause;
    switch (word) {
    case VF_WORD_FRTIMER: return microseconds(n);
    case VF_WORD_EICR:
        cause = s->intr.cause;
        s->intr.cause = 0;
        return cause;
    case VF_WORD_EIMS: return s->intr.mask;
    case VF_WORD_EIAC: return s->intr.auto_clear;
    case VF_WORD_EIAM: return s->intr.auto_mask;
    case VF_WORD_EITR: return s->intr.vector[i].eitr;
    case VF_WORD_IVAR: return s->queue_vectors[i];
    case VF_WORD_IVAR_MISC: return s->misc_vector;
    case VF_WORD_MBMEM: return n->s.mailbox_memory[fn->pool][i];
    case VF_WORD_MAILBOX: return intel_vf_mailbox_read(fn);
    case VF_WORD_PSRTYPE: return n->s.reg.PSRTYPE[fn->pool];
    case VF_WORD_GPRC: return (uint32_t)s->frames_rx;
    case VF_WORD_GORC_LSB: return (uint32_t)s->bytes_rx;
    case VF_WORD_GORC_MSB: return (uint32_t)(s->bytes_rx >> 32);
    case VF_WORD_MPRC: return (uint32_t)s->multicast_rx;
    case VF_WORD_GPTC: return (uint32_t)s->frames_tx;
    case VF_WORD_GOTC_LSB: return (uint32_t)s->bytes_tx;
    case VF_WORD_GOTC_MSB: return (uint32_t)(s->bytes_tx >> 32);
    default: return 0; /* write only */
    }
}

void intel_vf_word_write(struct function *fn, enum intel_vf_word word, uint32_t i, uint32_t value)
{
    struct function_state *s = &fn->s;
    const unsigned vectors = fn->chip->skin->vf_vectors;
    const uint32_t all = (1u << vectors) - 1;
    switch (word) {
    case VF_WORD_RESET:
        if (value & INTEL_CTRL_RST)
            intel_reset_vf(fn, false);
        return;
    case VF_WORD_EICR: s->intr.cause &= ~value; return;
    case VF_WORD_EICS: set_by_software(fn, value & all); return;
    case VF_WORD_EIMS: intel_intr_enable(fn, value & all); return;
    case VF_WORD_EIMC: s->intr.mask &= ~value; return;
    case VF_WORD_EIAC: s->intr.auto_clear = value & all; return;
    case VF_WORD_EIAM: s->intr.auto_mask = value & all; return;
    case VF_WORD_EITR: intel_intr_throttle(fn, i, value); return;
    case VF_WORD_IVAR: queue_ivar_fix(&value, vectors); s->queue_vectors[i] = value; return;
    case VF_WORD_IVAR_MISC: queue_ivar_fix(&value, vectors); s->misc_vector = value; return;
    case VF_WORD_MBMEM: fn->chip->s.mailbox_memory[fn->pool][i] = value; return;
    case VF_WORD_MAILBOX: intel_vf_mailbox_write(fn, value); return;
    case VF_WORD_PSRTYPE: fn->chip->s.reg.PSRTYPE[fn->pool] = value; return; /* the PF's PSRTYPE of this pool */
    default: return; /* read only */
    }
}
