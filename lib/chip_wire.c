/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The queue in front of the wire of a chip from outside; frames that wait, chained by their marks. */
#include "lib/chip__.h"

enum { WIRE_MAX = 64 };

void chip__put(struct vfsim_nic *nic, struct chip_frames *q, vfsim_frame frame)
{
    *vfsim_frame_mark(nic, frame) = 0;
    if (q->count++)
        *vfsim_frame_mark(nic, q->last) = frame;
    else
        q->first = frame;
    q->last = frame;
}

vfsim_frame chip__get(struct vfsim_nic *nic, struct chip_frames *q)
{
    vfsim_frame frame = q->first;
    q->first = *vfsim_frame_mark(nic, frame);
    if (--q->count == 0)
        q->first = q->last = 0;
    return frame;
}

bool chip__wire_is_long(const struct vfsim_nic *nic) { return nic->wire.count >= WIRE_MAX; }

static void go_on(struct vfsim_nic *nic)
{
    struct component *c = chip_component(nic);
    while (nic->wire.count && !nic->wire_timer) {
        vfsim_time free_at = vfsim_wire_free_at(nic);
        if (free_at > vfsim_now(nic)) {
            nic->wire_timer = 1;
            event_post(c, c, free_at, EV_HW, CHIP_TIMER_WIRE, 0, 0, 0);
            return;
        }
        vfsim_wire_send(nic, chip__get(nic, &nic->wire));
        nic->wire_got++;
    }
}

void chip__transmit(struct vfsim_nic *nic, vfsim_frame frame)
{
    chip__put(nic, &nic->wire, frame);
    nic->wire_put++;
    go_on(nic);
}

/* The wire is free again: the next frame, and, in turn, functions that waited because the queue was long. */
void chip__wire_is_free(struct vfsim_nic *nic)
{
    unsigned functions = nic->nic.vf_count + 1;
    nic->wire_timer = 0;
    go_on(nic);
    for (unsigned i = 0; i < functions; i++)
        chip__queues_go_on(vfsim_nic_function(nic, (int)((nic->wire_turn + i) % functions) - 1));
    nic->wire_turn = (nic->wire_turn + 1) % functions;
}

void vfsim_wire_count(const struct vfsim_nic *nic, uint64_t *waiting, uint64_t *sent)
{
    *waiting = nic->wire.count;
    *sent = nic->wire_got;
}

void chip__wire_save(struct vfsim_nic *nic, struct save *s)
{
    save_field(s, nic->wire);
    save_field(s, nic->wire_put);
    save_field(s, nic->wire_got);
    save_field(s, nic->wire_fence);
    save_field(s, nic->wire_timer);
    save_field(s, nic->wire_turn);
}
