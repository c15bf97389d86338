/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's own side, as all families have it: the memory of its rings, what may be sent, what a frame costs its core, and when
 * its queue pairs are polled.
 */
#include "pf/pf__.h"

#include <errno.h>

/* What was mapped once stays mapped: a driver's pool, whatever the rings shrink to. */
int pf__use_memory(struct pf *pf)
{
    uint64_t need = pf->s.channels * pf->family->memory(pf->s.ring_rx, pf->s.ring_tx), have = pf->s.mem_used;
    if (need > pf->mem_len)
        return -ENOMEM;
    if (need <= have)
        return 0;
    int status = iommu_map(pf->domain, pf->mem_base + have, pf->mem, pf->mem_base + have, need - have, IOMMU_READ | IOMMU_WRITE);
    if (!status)
        pf->s.mem_used = need;
    return status;
}

void pf__message(struct pf *pf, uint32_t vector)
{
    struct sim *sim = pf->c.sim;
    sim_time handler = sim_now(sim) + pf__cpu(pf, profile_get(&sim->profile, PROFILE_host_irq_cycles));
    if (vector == PF_VECTOR_MISC) {
        if (!pf->s.misc_queued)
            event_post(&pf->c, &pf->c, handler, EV_HOST, PF_EV_MISC, 0, 0, 0);
        pf->s.misc_queued = true;
        return;
    }
    unsigned c = vector > PF_VECTOR_MISC ? vector - PF_VECTOR_MISC : 0;
    struct pf_channel *ch = &pf->s.channel[c];
    if (!ch->poll_pending && c < pf->s.channels) {
        ch->poll_pending = true;
        event_post(&pf->c, &pf->c, handler > ch->busy_until ? handler : ch->busy_until, EV_HOST, PF_EV_POLL, c, 0, 0);
    }
}

/* Frames handed up outside of a poll: their cycles are taken behind what the core has to do already. */
void pf__handed_up(struct pf *pf, unsigned c, uint32_t frames)
{
    struct pf_channel *ch = &pf->s.channel[c];
    sim_time now = sim_now(pf->c.sim);
    uint64_t cycles = frames * profile_get(&pf->c.sim->profile, PROFILE_pf_driver_frame_cycles);
    ch->busy_until = (ch->busy_until > now ? ch->busy_until : now) + pf__cpu(pf, cycles);
}

/* Its cycles are taken; true when there is more to do, at once. */
bool pf__polled(struct pf *pf, unsigned c, uint32_t frames)
{
    struct pf_channel *ch = &pf->s.channel[c];
    uint64_t cycles = frames * profile_get(&pf->c.sim->profile, PROFILE_pf_driver_frame_cycles);
    ch->busy_until = sim_now(pf->c.sim) + pf__cpu(pf, cycles);
    if (frames < PF_POLL_BUDGET)
        return false;
    ch->poll_pending = true;
    event_post(&pf->c, &pf->c, ch->busy_until, EV_HOST, PF_EV_POLL, c, 0, 0);
    return true;
}

/* A bridge sends nothing longer than its port's MTU; the tag of a VLAN does not count. */
enum fate pf__judge(const struct pf *pf, const struct frame *f)
{
    uint16_t tci;
    uint32_t most = pf->s.mtu + 14 + (frame_vlan_peek(f, &tci) ? 4 : 0);
    if (f->len > FRAME_MAX_JUMBO || f->len > most)
        return FATE_too_long;
    return pf->s.tx_stopped ? FATE_tx_disabled : FATE_COUNT;
}

uint32_t pf__tx_free(const struct pf *pf, unsigned c)
{
    return pf->s.ring_tx - 1 - (pf->s.channel[c].tx_put - pf->s.channel[c].tx_done);
}

uint32_t pf_tx_free(const struct pf *pf) { return pf__tx_free(pf, 0); }

/* A frame is in its ring: its cycles are taken, the kick is on its way. */
void pf__sent(struct pf *pf, unsigned c)
{
    struct sim *sim = pf->c.sim;
    struct pf_channel *ch = &pf->s.channel[c];
    sim_time from = sim_now(sim) > ch->busy_until ? sim_now(sim) : ch->busy_until;
    ch->busy_until = from + pf__cpu(pf, profile_get(&sim->profile, PROFILE_pf_driver_frame_cycles));
    if (!ch->kick_pending) {
        ch->kick_pending = true;
        event_post(&pf->c, &pf->c, ch->busy_until, EV_HOST, PF_EV_KICK, c, 0, 0);
    }
}
