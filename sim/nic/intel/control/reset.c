/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reset values, reset of the whole chip, save and load. Of the packet buffers only what is in them is written, of the queues
 * only those that are in use.
 */
#include "nic/intel/control/control.h"

#include <errno.h>
#include <string.h>

/* Registers of a function as a reset leaves them; what is in the packet buffer and what was counted stays. */
void intel_function_defaults(struct function *fn)
{
    if (fn->own)
        intel_registers_reset(fn->own, &fn->chip->skin->vf);
    memset(fn->s.queue_vectors, 0, sizeof(fn->s.queue_vectors));
    fn->s.misc_vector = 0;
    fn->s.intr = (struct interrupts){0};
    fn->s.vf_mailbox = INTEL_VFMAILBOX_RSTI;
    fn->s.pf_mailbox = 0;
}

void intel_reset_chip(struct intel_chip *n)
{
    struct chip_state *s = &n->s;
    for (unsigned f = 0; f <= n->nic.vf_count; f++)
        pci_function_drop_dma(n->fn[f].pci);
    for (unsigned q = 0; q < INTEL_QUEUES; q++) { /* while the registers still say whose they are */
        intel_rx_queue_reset(n, q);
        intel_tx_queue_reset(n, q);
        n->rxq[q].drop_enable = n->rxq[q].hide_vlan = n->rxq[q].blocked = n->txq[q].blocked = false;
        event_cancel(chip_component(n)->sim, &n->txq[q].rate_timer);
        n->txq[q].rate_control = 0;
        n->txq[q].rate_free = 0;
    }
    for (unsigned f = 0; f <= n->nic.vf_count; f++) {
        intel_intr_reset(&n->fn[f]);
        intel_function_defaults(&n->fn[f]);
    }
    memset(&s->reg, 0, sizeof(s->reg));
    n->rules = (struct intel_rules){.is_virtual = false};
    memset(n->own, 0, n->skin->own_bytes);
    intel_registers_reset(n->own, &n->skin->pf);
    intel_rss_key(n);
    intel_filters_changed(n);
    for (unsigned b = 0; b < 4; b++) /* entry 0 comes from the EEPROM */
        s->reg.RAL[0] |= (uint32_t)n->mac[b] << (8 * b);
    s->reg.RAH[0] = n->mac[4] | (uint32_t)n->mac[5] << 8 | INTEL_RAH_AV;
    s->flr_pending = s->mailbox_request = s->mailbox_ack = 0;
    eswitch_init(&n->sw, n->nic.vf_count + chip_own_pools(n), n->skin->addresses, n->skin->vlans);
    memset(&n->known, 0, sizeof(n->known));
    n->skin->rules(n);
    if (n->skin->reset)
        n->skin->reset(n);
    intel_switch_all(n);
    for (unsigned i = 0; i < INTEL_VLANS; i++)
        intel_switch_vlan_entry(n, i);
    s->tx_waits_for_rx = false;
    intel_tx_complete(n);
    intel_rx_drain(n);
    intel_tx_out(n);
}

/* ---- save and load ---- */

static void save_rx_buffer(struct intel_chip *n, struct save *s)
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

static void save_tx_buffer(struct intel_chip *n, struct save *s)
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

static void save_queue(struct intel_chip *n, unsigned q, struct save *s)
{
    uint8_t used = n->rxq[q].len_bytes || n->txq[q].len_bytes || n->rxq[q].epoch > 1 || n->rxq[q].drop_enable ||
                   n->txq[q].under_way || n->txq[q].rate_control || n->rxq[q].rxdctl || n->txq[q].txdctl || n->rxq[q].blocked ||
                   n->txq[q].blocked;
    save_field(s, used);
    if (used) {
        save_field(s, n->rxq[q]);
        save_field(s, n->txq[q]);
    } else if (save_is_loading(s)) {
        n->rxq[q] = (struct rx_queue){.epoch = 1, .srrctl = RX_SRRCTL_RESET};
        n->txq[q] = (struct tx_queue){.epoch = 1};
    }
}

static void save_function(struct function *fn, struct save *s)
{
    save_field(s, fn->s);
    if (fn->own)
        save_bytes(s, fn->own, fn->chip->skin->vf.own_bytes);
}

void intel_save(struct component *c, struct save *s)
{
    struct intel_chip *n = (struct intel_chip *)c;
    save_section(s, "intel", 4);
    save_expect_u64(s, "VFs", n->nic.vf_count);
    save_field(s, n->s);
    save_bytes(s, n->own, n->skin->own_bytes);
    save_field(s, n->sw);
    for (unsigned f = 0; f <= n->nic.vf_count; f++)
        save_function(&n->fn[f], s);
    for (unsigned q = 0; q < INTEL_QUEUES && !s->err; q++)
        save_queue(n, q, s);
    save_rx_buffer(n, s);
    save_tx_buffer(n, s);
    if (!save_is_loading(s))
        return;
    memset(&n->known, 0, sizeof(n->known));
    n->skin->rules(n);
    intel_rss_key(n);
}
