/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking on while a world runs: sentences of the trace, ends of frames, frames at a place.
 *
 * Who looks on changes nothing: a run is the same with and without. What a callback is given lives during the call. It may look
 * (flows, counters), but neither run, free nor save this world. An observer is a number from 1; it lives as long as the world, and
 * is not part of what is saved.
 */
#ifndef VFSIM_OBSERVE_H
#define VFSIM_OBSERVE_H

#include <vfsim/flow.h>

VFSIM_BEGIN_DECLS

/* "[at] who > text". `category`: "nic", "pf", "switch", … */
typedef void vfsim_sentence_fn(void *user, vfsim_time at, const char *category, const char *who, const char *text);
VFSIM_API const char *vfsim_category(unsigned index); /* "core", "net", …; NULL past the last one */
/* `categories`: "switch,pf", or "all". Negative with the word that is none of them, and what was meant. */
VFSIM_API int vfsim_on_sentence(struct vfsim_world *world, const char *categories, vfsim_sentence_fn *sentence, void *user,
                                struct vfsim_error **error);

/* The end of one copy of a frame. */
struct vfsim_fate {
    vfsim_time at;
    uint64_t frame;     /* names it among all frames of the world; its copies share it */
    const char *flow;   /* NULL: it belongs to none */
    uint64_t number;    /* in its flow, from 0 */
    vfsim_time born;
    const char *reason; /* "delivered_app", "rx_no_descriptor", …: the words of `vfsim reasons` */
    bool is_delivery;
    const char *place;  /* "web", "h0.vmnic0 vf 2" */
    uint32_t length;    /* bytes without check sequence */
};
typedef void vfsim_fate_fn(void *user, const struct vfsim_fate *fate);
VFSIM_API int vfsim_on_fate(struct vfsim_world *world, vfsim_fate_fn *fate, void *user);

/* A frame at a port: of a peer ("client"), of a NIC ("h0.vmnic0"), of a VM ("web"). */
struct vfsim_sighting {
    vfsim_time at;
    bool sent;       /* by the port's owner; else it came in */
    uint64_t frame;
    const char *flow; /* NULL: none */
    const uint8_t *bytes; /* from the destination MAC on, without check sequence */
    uint32_t length;
};
typedef void vfsim_sighting_fn(void *user, const struct vfsim_sighting *sighting);
VFSIM_API int vfsim_on_frame(struct vfsim_world *world, const char *port, vfsim_sighting_fn *sighting, void *user,
                             struct vfsim_error **error);

VFSIM_API void vfsim_unobserve(struct vfsim_world *world, int observer); /* one that is gone is fine */

VFSIM_END_DECLS

#endif
