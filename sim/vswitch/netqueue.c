/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtual switch above NICs that have queues with filters: which port has one for itself, and what follows. */
#include <limits.h>
#include <string.h>

#include "vswitch/vswitch__.h"

void vswitch_set_uplink_thread(struct vswitch *vs, unsigned uplink, struct cpu_thread *thread)
{
    vs->uplink_thread[uplink] = thread;
}

/* Who brings a frame up copies it into the guest. */
void vswitch__copier(struct vswitch *vs, unsigned port)
{
    struct vswitch_port *p = vs->port[port];

    vmxnet3_set_copier(p->dev, p->st.own_queue >= 0 ? vs->queue[p->st.own_queue].rx : vs->uplink_thread[p->st.uplink]);
}

void vswitch_set_queue(struct vswitch *vs, unsigned port, int queue)
{
    vs->port[port]->st.own_queue = (int16_t)queue;
    vswitch__copier(vs, port);
}

/* The frame that is being worked on waits with the others, and is begun anew. */
void vswitch_hold_sending(struct vswitch *vs, unsigned port, bool hold)
{
    struct vswitch_port_state *st = &vs->port[port]->st;

    st->sending_held = hold;
    if (hold && st->serving[FROM_VM])
        vswitch__stop_serving(st, FROM_VM);
    if (!hold)
        vswitch__serve_if_due(vs, port, FROM_VM);
}

bool vswitch__came_back(struct vswitch *vs, unsigned uplink, struct frame *f)
{
    struct vswitch_walk walk;
    uint8_t from[6];

    memcpy(from, frame_data(f) + 6, 6);
    if (mac_is_multicast(from))
        return false;
    vswitch__walk(vs, from, &walk);
    for (unsigned i; (i = vswitch__walk_next(vs, from, &walk)) != UINT_MAX;) {
        const struct vswitch_port_state *st = &vs->port[i]->st;
        if (st->own_queue >= 0 && st->uplink == uplink && !memcmp(st->mac, from, 6))
            return true;
    }
    return false;
}
