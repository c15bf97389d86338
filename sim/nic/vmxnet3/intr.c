/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the vmxnet3 device interrupts, and when.
 *
 * By MSI-X, or by its one MSI, or, where neither is enabled, by INTA. INTA stays asserted until the driver reads ICR, which
 * says whether it was this device, and acknowledges it [vmxnet3_intr() of Linux's vmxnet3_drv.c].
 *
 * At once, unless the driver has asked for a scheme (SET_COALESCE) or for a level of moderation from 1 to 7: then a vector that
 * would be raised is held back, and an event raises it. A scheme is for all vectors, and goes before any level.
 * UPT1_IML_ADAPTIVE leaves it to the device, and this one holds nothing back then. Events (ECR) are never held back.
 *
 *   static   until so many frames have raised it, 4 ms at the most
 *   rbc      so often a second
 *   adapt    every 10 µs, twice that, … 320 µs: rarer each time that more than one frame was waiting, more often else
 *   level N  N times PROFILE_vmxnet3_moderation_ps apart
 */
#include <string.h>

#include "nic/vmxnet3/vmxnet3__.h"

enum { ADAPT_STEPS = 6, ADAPT_FIRST_US = 10 };

static void set_line(struct vmxnet3 *dev, uint32_t level)
{
    dev->newer.icr = level;
    pci_intx_set(dev->fn, level);
}

void vmxnet3__interrupt(struct vmxnet3 *dev, unsigned vector)
{
    if (pci_sends_messages(dev->fn))
        pci_msix_raise(dev->fn, vector);
    else
        set_line(dev, 1);
}

void vmxnet3__lower(struct vmxnet3 *dev)
{
    if (dev->newer.icr)
        set_line(dev, 0);
}

uint32_t vmxnet3__read_icr(struct vmxnet3 *dev)
{
    uint32_t icr = dev->newer.icr;

    vmxnet3__lower(dev);
    return icr;
}

/* ---- when ---- */

static bool level_moderates(uint8_t level) { return level > UPT1_IML_NONE && level <= UPT1_IML_HIGHEST; }

void vmxnet3__moderation_changed(struct vmxnet3 *dev)
{
    const struct Vmxnet3_IntrConf *conf = &dev->st.conf.intrConf;

    dev->may_hold = dev->newer.coalesce.coalMode != VMXNET3_COALESCE_DISABLED;
    for (unsigned v = 0; v < VMXNET3_MAX_INTRS; v++)
        dev->may_hold |= v < conf->numIntrs && level_moderates(conf->modLevels[v]);
}

static bool serves_receive(const struct vmxnet3 *dev, unsigned vector)
{
    for (unsigned q = 0; q < dev->rings.st.rx_queues; q++)
        if (dev->rings.st.rx[q].intr == vector)
            return true;
    return false;
}

/* When the vector may be raised, after the frame that would have: now, or a later time. */
static sim_time due(struct vmxnet3 *dev, unsigned vector)
{
    const struct Vmxnet3_CoalesceScheme *scheme = &dev->newer.coalesce;
    const struct vmxnet3_held *held = &dev->held[vector];
    struct profile *profile = &dev->c.sim->profile;
    uint8_t level = dev->st.conf.intrConf.modLevels[vector];

    switch (scheme->coalMode) {
    case VMXNET3_COALESCE_STATIC:
        if (held->raised >=
            (serves_receive(dev, vector) ? scheme->coalPara.coalStatic.rx_depth : scheme->coalPara.coalStatic.tx_comp_depth))
            return sim_now(dev->c.sim);
        return sim_now(dev->c.sim) + profile_get(profile, PROFILE_vmxnet3_static_wait_ps);
    case VMXNET3_COALESCE_RBC:
        return held->sent + SIM_S / scheme->coalPara.rbc_rate;
    case VMXNET3_COALESCE_ADAPT:
        return held->step ? held->sent + ((ADAPT_FIRST_US * SIM_US) << (held->step - 1)) : sim_now(dev->c.sim);
    default:
        return level_moderates(level) ? held->sent + level * profile_get(profile, PROFILE_vmxnet3_moderation_ps)
                                      : sim_now(dev->c.sim);
    }
}

static void is_sent(struct vmxnet3 *dev, unsigned vector)
{
    struct vmxnet3_held *held = &dev->held[vector];

    event_cancel(dev->c.sim, &held->due);
    held->step += held->raised > 1 ? held->step < ADAPT_STEPS : 0;
    held->step -= held->raised <= 1 && held->step;
    held->raised = 0;
    held->sent = sim_now(dev->c.sim);
}

bool vmxnet3__holds(struct vmxnet3_rings *rings, unsigned vector)
{
    struct vmxnet3 *dev = (struct vmxnet3 *)((char *)rings - offsetof(struct vmxnet3, rings));
    struct vmxnet3_held *held = &dev->held[vector];
    bool is_first = !held->raised;

    if (!dev->may_hold || rings->st.paused)
        return false;
    held->raised++;
    sim_time at = due(dev, vector);
    if (at <= sim_now(dev->c.sim)) {
        is_sent(dev, vector);
        return false;
    }
    if (is_first)
        held->due = event_post(&dev->c, &dev->c, at, EV_HW, VERB_HELD, vector, 0, 0);
    return true;
}

void vmxnet3__held_is_due(struct vmxnet3 *dev, unsigned vector)
{
    is_sent(dev, vector);
    vmxnet3_rings_raise_at_once(&dev->rings, vector);
}

void vmxnet3__release(struct vmxnet3 *dev, bool send)
{
    for (unsigned v = 0; v < VMXNET3_MAX_INTRS; v++) {
        if (send && dev->held[v].raised)
            vmxnet3__held_is_due(dev, v);
        event_cancel(dev->c.sim, &dev->held[v].due);
        dev->held[v] = (struct vmxnet3_held){0};
    }
}
