/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Status blocks and the IGU [struct igu_regular].
 *
 * A block is written whole, with its running index one higher, and its writing is what interrupts: the IGU compares the running
 * index with the one that was acknowledged last, and tells once for each enable. An acknowledgement moves that index only with its
 * update bit, so an enable without it is answered by a message at once if anything was written since.
 */
#include "nic/57712/e2__.h"

#include <string.h>

enum { GAP_RX, GAP_TX };

static sim_time gap_of(uint32_t rate) { return rate ? 1000 * SIM_MS / rate : 0; }

void e2__sb_start(struct e2 *e, const struct e2_client_setup *set)
{
    struct e2_sb_state *sb = &e->s.sb[set->sb];

    memset(sb, 0, sizeof(*sb));
    sb->addr = set->status_block;
    sb->gap_ps[GAP_RX] = gap_of(set->rx_rate);
    sb->gap_ps[GAP_TX] = gap_of(set->tx_rate);
}

static void tell(struct e2 *e, unsigned i)
{
    struct e2_sb_state *sb = &e->s.sb[i];
    uint32_t map = *e2_reg(e, E2_IGU_MAP(i));
    struct e2_function *fn = e2_owner(e, map);

    if (!fn || !sb->enabled || sb->told || sb->running == sb->acked)
        return;
    sb->told = 1;
    trace_nic_interrupt(e2_component(e), fn->vf, map & 15);
    pci_msix_raise(fn->pci, map & 15);
}

static void write_block(struct e2 *e, unsigned i)
{
    struct e2_sb_state *sb = &e->s.sb[i];
    struct e2_function *fn = e2_owner(e, *e2_reg(e, E2_IGU_MAP(i)));
    struct e2_status_block out = {.reserved = 0};

    sb->dirty = 0;
    if (!fn)
        return;
    sb->running++;
    sb->written = sim_now(e2_component(e)->sim);
    memcpy(out.index, sb->index, sizeof(out.index));
    out.running[0] = out.running[1] = sb->running;
    pci_dma_write(fn->pci, sb->addr, &out, sizeof(out), e2_tag(E2_TAG_NOTHING, 0, 0, 0));
    tell(e, i);
}

/* An event at the time when it is due, or before. */
static void set_timer(struct e2 *e, unsigned i)
{
    struct e2_sb_state *sb = &e->s.sb[i];
    struct component *c = e2_component(e);

    if (sb->due <= sim_now(c->sim) || (sb->timer && sb->timer <= sb->due))
        return;
    sb->timer = sb->due;
    event_post(c, c, sb->due, EV_HW, E2_VERB_SB, i, 0, 0);
}

/* It is due at `when`, or was earlier. */
static void set_due(struct e2 *e, unsigned i, sim_time when)
{
    struct e2_sb_state *sb = &e->s.sb[i];

    if (sb->dirty && sb->due <= when)
        return;
    sb->dirty = 1;
    sb->due = when;
    set_timer(e, i);
}

void e2__sb_changed(struct e2 *e, const struct e2_client_state *q, unsigned index, uint16_t value)
{
    struct e2_sb_state *sb = &e->s.sb[q->set.sb];
    sim_time now = sim_now(e2_component(e)->sim), gap = sb->gap_ps[index == E2_SB_TX ? GAP_TX : GAP_RX];

    sb->index[index] = value;
    set_due(e, q->set.sb, sb->written && sb->written + gap > now ? sb->written + gap : now);
    if (sb->due <= now)
        write_block(e, q->set.sb);
}

void e2__sb_arm(struct e2 *e, const struct e2_client_state *q)
{
    sim_time now = sim_now(e2_component(e)->sim), gap = e->s.sb[q->set.sb].gap_ps[GAP_RX];

    set_due(e, q->set.sb, now + (gap ? gap : 1));
}

void e2__sb_event(struct e2 *e, unsigned i)
{
    struct e2_sb_state *sb = &e->s.sb[i];
    sim_time now = sim_now(e2_component(e)->sim);

    if (sb->timer <= now)
        sb->timer = 0;
    if (sb->dirty && sb->due > now) /* it was written meanwhile, and owes again */
        set_timer(e, i);
    if (!sb->dirty || sb->due > now)
        return;
    sb->due = now + 1; /* what was gathered is reported with it, not by a writing of its own */
    for (unsigned z = 0; z < E2_ZONES && e->s.tpa_open; z++)
        if (e->client[z].is_set && e->client[z].set.sb == i && e2__tpa_open(&e->client[z]))
            e2__tpa_close(e, &e->client[z]);
    write_block(e, i);
}

void e2__sb_flush(struct e2 *e, unsigned i)
{
    if (e->s.sb[i].dirty)
        write_block(e, i);
}

void e2__igu_write(struct e2 *e, unsigned i, uint32_t word)
{
    struct e2_sb_state *sb = &e->s.sb[i];
    uint32_t op = (word & E2_IGU_OP_MASK) >> E2_IGU_OP_SHIFT;

    if ((word & (E2_IGU_SEGMENT_MASK | E2_IGU_CLEANUP)) || op > E2_IGU_NOP) {
        e->s.bad_registers++;
        trace_nic_bad_access(e2_component(e), E2_BAR, E2_IGU(i), 4);
        return;
    }
    if (word & E2_IGU_UPDATE)
        sb->acked = (uint16_t)(word & E2_IGU_INDEX_MASK);
    if (op == E2_IGU_DISABLE)
        sb->enabled = 0;
    if (op == E2_IGU_ENABLE) {
        sb->enabled = 1;
        sb->told = 0;
    }
    tell(e, i);
}
