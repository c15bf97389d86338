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
    uint64_t need = pf__rings(pf) * pf->family->memory(pf->s.ring_rx, pf->s.ring_tx), have = pf->s.mem_used;
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
    uint64_t handler = profile_get(&pf->c.sim->profile, PROFILE_host_irq_cycles);
    if (vector == PF_VECTOR_MISC) {
        cpu_work(&pf->misc, NULL, CPU_interrupt, handler, (struct cpu_done){pf->s.misc_queued ? 0 : PF_EV_MISC});
        pf->s.misc_queued = true;
        return;
    }
    unsigned c = vector > PF_VECTOR_MISC ? vector - PF_VECTOR_MISC : 0;
    struct pf_channel *ch = &pf->s.channel[c];
    bool is_news = !ch->poll_pending && pf__has_ring(pf, c);
    cpu_work(&pf->handler[c < pf->channels_max || c >= PF_CHANNELS_MAX ? c : 0], NULL, CPU_interrupt, handler,
             (struct cpu_done){is_news ? PF_EV_HANDLED : 0, .a = c});
    ch->poll_pending |= is_news;
}

/* The poll comes behind what its thread has to do already. */
void pf__handled(struct pf *pf, unsigned c)
{
    if (!cpu_is_free(&pf->poller[c])) {
        cpu_work(&pf->poller[c], NULL, CPU_driver, 0, (struct cpu_done){PF_EV_POLL, .a = c});
        return;
    }
    pf->s.channel[c].poll_pending = false;
    pf->family->poll(pf, c);
}

/* Frames handed up outside of a poll: their cycles are taken behind what the thread has to do already. */
void pf__handed_up(struct pf *pf, unsigned c, uint32_t frames)
{
    uint64_t cycles = frames * profile_get(&pf->c.sim->profile, PROFILE_pf_driver_rx_frame_cycles);
    cpu_work(&pf->poller[c], NULL, CPU_driver, cycles, (struct cpu_done){0});
}

/* Its cycles are taken; true when there is more to do, at once. */
bool pf__polled(struct pf *pf, unsigned c, uint32_t frames)
{
    struct pf_channel *ch = &pf->s.channel[c];
    struct profile *profile = &pf->c.sim->profile;
    uint64_t cycles =
        profile_get(profile, PROFILE_pf_driver_poll_cycles) + frames * profile_get(profile, PROFILE_pf_driver_rx_frame_cycles);
    bool is_more = frames >= PF_POLL_BUDGET;
    cpu_work(&pf->poller[c], NULL, CPU_driver, cycles, (struct cpu_done){is_more ? PF_EV_POLL : 0, .a = c});
    ch->poll_pending |= is_more;
    return is_more;
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

void pf__post_one(struct pf *pf, frame_ref ref, void (*post)(struct pf *pf, uint32_t at, frame_ref ref))
{
    struct pf_channel *ch = &pf->s.channel[0];
    const struct frame *f = frame_get(pf->c.sim, ref);
    enum fate refused = pf__judge(pf, f);
    if (pf__tx_free(pf, 0) == 0)
        pf->family->reclaim(pf);
    if (refused == FATE_COUNT && pf__tx_free(pf, 0) == 0) {
        ch->tx_full++;
        refused = FATE_uplink_ring_full;
    }
    if (refused != FATE_COUNT) {
        frame_end(&pf->c, ref, refused);
        return;
    }
    ch->tx_frames++;
    ch->tx_bytes += f->len;
    pf__pass(pf, 0, f);
    post(pf, ch->tx_put++, ref);
    pf__sent(pf, 0);
}

void pf__hand_up(struct pf *pf, frame_ref ref)
{
    struct pf_channel *ch = &pf->s.channel[0];
    if (!ref) { /* the DMA was refused or the frame was overwritten: booked where that happened */
        ch->rx_strange++;
        return;
    }
    ch->rx_frames++;
    const struct frame *f = frame_get(pf->c.sim, ref);
    ch->rx_bytes += f->len;
    pf__pass(pf, 0, f);
    port_send(&pf->uplink, ref);
}

/* ---- fences of one queue pair ---- */

int pf__hand_out(void *owner)
{
    struct pf *pf = owner;
    pf__handed_up(pf, 0, pf->family->receive(pf, UINT32_MAX));
    return PROCEDURE_NEXT;
}

int pf__tell_chip(void *owner)
{
    struct pf *pf = owner;
    pf->family->kick(pf, 0);
    pf__op_now(pf)->i = pf->s.channel[0].tx_put;
    pf__set_deadline(pf);
    return PROCEDURE_NEXT;
}

int pf__wait_for_sent(void *owner)
{
    struct pf *pf = owner;
    pf->family->reclaim(pf);
    if ((int32_t)(pf->s.channel[0].tx_done - pf__op_now(pf)->i) >= 0)
        return PROCEDURE_NEXT;
    return pf__is_late(pf) ? -ETIMEDOUT : pf__doze(pf);
}

/* A frame is in its ring: its cycles are taken, the kick is on its way. */
void pf__sent(struct pf *pf, unsigned c)
{
    struct pf_channel *ch = &pf->s.channel[c];
    struct cpu_thread *thread = c < PF_CHANNELS_MAX ? &pf->poller[c] : &pf->sender[c + 1 - PF_CHANNELS_MAX];
    cpu_work(thread, NULL, CPU_driver, profile_get(&pf->c.sim->profile, PROFILE_pf_driver_tx_frame_cycles),
             (struct cpu_done){ch->kick_pending ? 0 : PF_EV_KICK, .a = c});
    ch->kick_pending = true;
}
