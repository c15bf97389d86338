/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Queues of a function: pairs of rings of descriptors in its driver's memory, which the library drives for a chip that wants it.
 *
 * A chip says what a descriptor looks like (struct vfsim_queue_ops), how many queues a function has (`queues` of its kind), and
 * tells the library what its driver writes into registers: where a ring lies, how long it is, its tail. The library fetches
 * descriptors, moves frames, writes back, counts, ends frames at a reset, saves all of it, and knows what a fence has to wait for.
 * A chip whose rings are otherwise does it by vfsim_dma_read() and the like (chip_device.h), and has no queues.
 *
 *   receive   A frame that the switch gives to a function waits only while descriptors are fetched, eight at a time; without one it
 *             is dropped, and holds up nobody. Its bytes, then the write-back are written, and so they land.
 *   transmit  One frame a queue at a time: its descriptors, its pieces; then it goes through the switch. What no frame can be made
 *             of is done at once. While the wire's queue is long no function fetches another frame; then they come in turn.
 *   wire      A chip without `transmit` has a queue in front of its wire.
 */
#ifndef VFSIM_CHIP_QUEUE_H
#define VFSIM_CHIP_QUEUE_H

#include <vfsim/chip_device.h>

VFSIM_BEGIN_DECLS

enum { VFSIM_QUEUES_MAX = 8, VFSIM_DESCRIPTOR_MAX = 32, VFSIM_FRAGMENTS_MAX = 40 };
enum vfsim_ring { VFSIM_RX, VFSIM_TX };

struct vfsim_buffer {
    uint64_t address;
    uint32_t length; /* bytes that it has room for, or that are to be sent */
    bool end;        /* of a transmit ring: the frame's last */
};

/* The driver may have written anything into a descriptor; the library believes none of it. These hooks come from inside services of
 * this header and of vfsim_switch(); they use no service of rings themselves. `written` comes alone. */
struct vfsim_queue_ops {
    uint32_t descriptor; /* its bytes, a multiple of 8; a ring's address is a multiple of it */
    uint32_t fragments; /* descriptors of a frame that is sent, at most */

    struct vfsim_buffer (*buffer)(struct vfsim_function *fn, enum vfsim_ring ring, const void *descriptor);

    /* A frame goes to this descriptor's buffer. Changes the frame as the chip does (a tag comes off), and the descriptor to what is
     * written back. */
    void (*received)(struct vfsim_function *fn, void *descriptor, vfsim_frame frame);
    /* A frame is whole, and goes to the switch: changes it as the first of its descriptors says. NULL: none says anything. */
    void (*sending)(struct vfsim_function *fn, const void *first, vfsim_frame frame);
    /* It was taken, or none could be made of it: changes its last descriptor to what is written back; false: it is not. */
    bool (*sent)(struct vfsim_function *fn, void *last);

    void (*written)(struct vfsim_function *fn, unsigned queue); /* a write-back has landed: time for an interrupt */
};

/* ---- rings, as registers say; `head` and `tail` are indices ---- */
/* On, with no descriptors: head and tail are 0. Descriptors that were fetched before are forgotten. A size of 0 never has any. */
VFSIM_API void vfsim_ring_start(struct vfsim_function *fn, unsigned queue, enum vfsim_ring ring, uint64_t address, uint32_t size);
VFSIM_API void vfsim_ring_stop(struct vfsim_function *fn, unsigned queue,
                               enum vfsim_ring ring); /* what is under way ends as usual */
/* Descriptors from the head up to this one are the chip's; taken modulo the size. */
VFSIM_API void vfsim_ring_set_tail(struct vfsim_function *fn, unsigned queue, enum vfsim_ring ring, uint32_t tail);
VFSIM_API uint32_t vfsim_ring_head(const struct vfsim_function *fn, unsigned queue, enum vfsim_ring ring); /* next to be used */

/* What the switch gave, into this queue; without the upcall `receive` the library gives queue 0 all. Takes it. */
VFSIM_API void vfsim_queue_receive(struct vfsim_function *fn, unsigned queue, vfsim_frame frame);

/* ---- what a hypervisor waits for: chip_driver.h, vfsim_drain ---- */
VFSIM_API void vfsim_fence(struct vfsim_nic *nic); /* begins one, for both directions */
/* VFSIM_RX: something that was given to a function before the fence is not in memory yet. VFSIM_TX: something that was to be sent
 * by the wire has not left yet. */
VFSIM_API bool vfsim_fence_waits(const struct vfsim_nic *nic, enum vfsim_ring ring);
VFSIM_API bool vfsim_function_is_sending(const struct vfsim_function *fn); /* something posted has not been taken */

/* What its queues carried: counts from when the NIC was made, over resets. What `counts` says without that upcall. */
VFSIM_API void vfsim_function_count(const struct vfsim_function *fn, struct vfsim_function_counts *out);
/* The queue in front of the wire: frames that wait in it now, and that have left it. */
VFSIM_API void vfsim_wire_count(const struct vfsim_nic *nic, uint64_t *waiting, uint64_t *sent);

VFSIM_END_DECLS

#endif
