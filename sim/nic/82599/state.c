/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reset values, reset of the whole chip, save and load. Of the packet buffers only what is in them is written, of the queues
 * only those that are in use.
 */
#include "nic/82599/nic82599__.h"

#include <errno.h>

static void reset_values(uint32_t *words, const struct reg_info *reg, unsigned count)
{
    for (unsigned id = 0; id < count; id++)
        for (uint32_t i = 0; i < reg[id].count; i++)
            words[reg[id].slot + i] = reg[id].reset;
}

/* Registers of a function as a reset leaves them; what is in the packet buffer and what was counted stays. */
void nic82599__function_defaults(struct function *fn)
{
    reset_values((uint32_t *)&fn->s.reg, nic82599__vf_reg, R_VF_COUNT);
    fn->s.intr = (struct interrupts){0};
    fn->s.vf_mailbox = IXGBE_VFMAILBOX_RSTI;
    fn->s.pf_mailbox = 0;
}

void nic82599__reset_chip(struct nic82599 *n)
{
    struct chip_state *s = &n->s;
    for (unsigned f = 0; f <= n->nic.vf_count; f++)
        pci_function_drop_dma(n->fn[f].pci);
    for (unsigned q = 0; q < IXGBE_QUEUES; q++) { /* while the registers still say whose they are */
        nic82599__rx_queue_reset(n, q);
        nic82599__tx_queue_reset(n, q);
        n->rxq[q].drop_enable = n->rxq[q].hide_vlan = n->rxq[q].blocked = n->txq[q].blocked = false;
        event_cancel(chip_component(n)->sim, &n->txq[q].rate_timer);
        n->txq[q].rate_control = 0;
        n->txq[q].rate_free = 0;
    }
    for (unsigned f = 0; f <= n->nic.vf_count; f++) {
        nic82599__intr_reset(&n->fn[f]);
        nic82599__function_defaults(&n->fn[f]);
    }
    reset_values((uint32_t *)&s->reg, nic82599__pf_reg, R_PF_COUNT);
    nic82599__rss_key(n);
    nic82599__filters_changed(n);
    s->reg.RXPBSIZE[0] = n->skin->rx_buffer_bytes;
    s->reg.TXPBSIZE[0] = n->skin->tx_buffer_bytes;
    for (unsigned b = 0; b < 4; b++) /* entry 0 comes from the EEPROM */
        s->reg.RAL[0] |= (uint32_t)n->mac[b] << (8 * b);
    s->reg.RAH[0] = n->mac[4] | (uint32_t)n->mac[5] << 8 | IXGBE_RAH_AV;
    s->flr_pending = s->mailbox_request = s->mailbox_ack = 0;
    eswitch_init(&n->sw, n->nic.vf_count + 1, n->skin->addresses, n->skin->vlans);
    if (n->skin->reset)
        n->skin->reset(n);
    nic82599__switch_all(n);
    for (unsigned i = 0; i < ESWITCH_VLANS_MAX; i++)
        nic82599__switch_vlan_entry(n, i);
    s->tx_waits_for_rx = false;
    nic82599__tx_complete(n);
    nic82599__rx_drain(n);
    nic82599__tx_out(n);
}

/* ---- save and load ---- */

static void save_rx_buffer(struct nic82599 *n, struct save *s)
{
    struct rx_buffer *b = &n->rxb;
    save_field(s, b->put);
    save_field(s, b->get);
    save_field(s, b->wr_units);
    save_field(s, b->rd_units);
    if (b->put - b->get > RX_ENTRIES) {
        save_fail(s, -EPROTO, "receive packet buffer with %u frames", b->put - b->get);
        return;
    }
    for (uint32_t i = b->get; i != b->put && !s->err; i++)
        save_field(s, b->entry[i % RX_ENTRIES]);
}

static void save_tx_buffer(struct nic82599 *n, struct save *s)
{
    struct tx_buffer *b = &n->txb;
    save_field(s, b->put);
    save_field(s, b->ready);
    save_field(s, b->get);
    save_field(s, b->wr_units);
    save_field(s, b->rd_units);
    if (b->put - b->get > TX_ENTRIES || b->ready - b->get > b->put - b->get) {
        save_fail(s, -EPROTO, "transmit packet buffer with %u frames", b->put - b->get);
        return;
    }
    for (uint32_t i = b->get; i != b->put && !s->err; i++)
        save_field(s, b->entry[i % TX_ENTRIES]);
}

static void save_queue(struct nic82599 *n, unsigned q, struct save *s)
{
    uint8_t used = n->rxq[q].len_bytes || n->txq[q].len_bytes || n->rxq[q].epoch > 1 || n->rxq[q].drop_enable ||
                   n->txq[q].under_way || n->txq[q].rate_control || n->rxq[q].rxdctl || n->txq[q].txdctl ||
                   n->rxq[q].blocked || n->txq[q].blocked;
    save_field(s, used);
    if (used) {
        save_field(s, n->rxq[q]);
        save_field(s, n->txq[q]);
    } else if (save_is_loading(s)) {
        n->rxq[q] = (struct rx_queue){.epoch = 1, .srrctl = 0x402};
        n->txq[q] = (struct tx_queue){.epoch = 1};
    }
}

void nic82599__save(struct component *c, struct save *s)
{
    struct nic82599 *n = (struct nic82599 *)c;
    save_section(s, "82599", 1);
    save_expect_u64(s, "VFs", n->nic.vf_count);
    save_field(s, n->s);
    if (n->skin->own_bytes)
        save_bytes(s, n->own, n->skin->own_bytes);
    save_field(s, n->sw);
    for (unsigned f = 0; f <= n->nic.vf_count; f++)
        save_field(s, n->fn[f].s);
    for (unsigned q = 0; q < IXGBE_QUEUES && !s->err; q++)
        save_queue(n, q, s);
    save_rx_buffer(n, s);
    save_tx_buffer(n, s);
    if (save_is_loading(s))
        nic82599__rss_key(n);
}
