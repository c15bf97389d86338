/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way of a flow: what its frames passed, one after the other, and how busy each of these was meanwhile.
 *
 * A stop is something that frames pass and that can be too slow for them: a wire, a link of PCIe, a processor. Its owner counts,
 * for himself, how long it was busy, and for how long it could have been (a reading, in whatever unit). Some frames of a flow are
 * its witnesses: the first WAY_EVERY, and every one whose number is a multiple of that. Where a witness passes, the owner gives the
 * reading of that moment (way_pass()). Between a flow's first witness at a stop and its last one lies how busy the stop was while
 * the flow used it, whoever else did; a frame that is no witness costs a look at a bit.
 *
 * Stops stand in the order in which the flow came to them. A flow whose way changes has those of both ways.
 */
#ifndef VFSIM_CORE_WAY_H
#define VFSIM_CORE_WAY_H

#include "core/frame/frame.h"

enum {
    WAY_EVERY = 64,
    WAY_STOPS_MAX = 64, /* of a flow; what comes beyond is not written down */
    WAY_NAME = 80       /* bytes of a stop's name, with its end */
};

enum way_kind {
    WAY_VCPU,   /* `waited`: it could have run and had no core */
    WAY_THREAD, /* of a hypervisor; likewise */
    WAY_LINK,   /* a wire, one way */
    WAY_UP,     /* PCIe, to memory; `waited`: for what the IOMMU had not translated */
    WAY_DOWN,   /* PCIe, from memory; `waited`: for a tag to ask with */
    WAY_WALKS,  /* the IOMMU's page walks, of those that it could do at once */
    WAY_RATE,   /* a limit of a rate: busy is the time that frames take at it */
    WAY_SENDER, /* a sender's queue: busy is the time for which it was stopped */
    WAY_TX,     /* a chip's transmit queue: busy while it had something to send */
    WAY_RX,     /* a receive queue: busy while it had no buffer for what came */
    WAY_KINDS
};

/* Until a moment; nothing in it goes back but when its owner begins anew. */
struct way_reading {
    uint64_t busy, waited, of;
};

/* plain data */
struct way_stop {
    uint16_t at; /* component */
    uint16_t kind; /* enum way_kind */
    uint32_t sub; /* of several of one kind at a component */
    uint64_t witnesses;
    struct way_reading sum;  /* from the first witness to the last */
    struct way_reading last; /* what the last one read */
    char name[WAY_NAME];
};

static inline bool frame_is_witness(const struct frame *f) { return __builtin_expect(f->flags & FRAME_WITNESS, 0); }

/* A witness passes. Where it is the first of its flow, the name of the stop (WAY_NAME bytes), which the caller writes at once; else
 * NULL. */
char *way_pass(struct sim *sim, const struct frame *f, const struct component *at, enum way_kind kind, uint32_t sub,
               struct way_reading reading);

unsigned flow_stop_count(const struct sim *sim, uint32_t flow); /* of this flow alone, not of its children */
const struct way_stop *flow_stop(const struct sim *sim, uint32_t flow, unsigned i);

/* Where frames of this flow were lost: false past the end. */
struct flow_loss {
    uint64_t lost;
    enum fate fate;
    uint16_t at; /* component */
    char place[80];
};
bool flow_get_loss(const struct sim *sim, uint32_t flow, unsigned i, struct flow_loss *out);

/* Time for which something was so, in stretches. All zeros: never. */
struct way_gap {
    sim_time since; /* 0: it is not */
    sim_time sum;
};
static inline void way_gap_begins(struct way_gap *gap, sim_time now)
{
    if (!gap->since)
        gap->since = now;
}
static inline void way_gap_ends(struct way_gap *gap, sim_time now)
{
    if (gap->since) {
        gap->sum += now - gap->since;
        gap->since = 0;
    }
}
static inline struct way_reading way_gap_read(const struct way_gap *gap, sim_time now)
{
    return (struct way_reading){.busy = gap->sum + (gap->since ? now - gap->since : 0), .of = now};
}

#endif
