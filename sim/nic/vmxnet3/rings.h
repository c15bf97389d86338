/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ring engine of vmxnet3: descriptors in, frames out, and the other way round; masks and interrupts. It does not know
 * whether a hypervisor emulates the device around it or a NIC has it in hardware.
 *
 * Its owner embeds it, names the PCI function its DMA and interrupts go through, and is told what leaves it: frames, errors,
 * progress. The owner sets the queues up (from DriverShared, or from an image of another engine) and hands frames in. The
 * pass-through page (BAR 0 of vmxnet3_defs.h) is decoded here, since both kinds of owner show it to the driver.
 *
 * One frame at a time a queue and direction. A raise of a masked vector is kept and sent at the unmask.
 *
 * Everything an engine has to remember lies in struct vmxnet3_rings_state, plain data: the owner saves it as it is.
 */
#ifndef VFSIM_NIC_VMXNET3_RINGS_H
#define VFSIM_NIC_VMXNET3_RINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/engine/probe.h"
#include "core/frame/way.h"
#include "core/world/sim.h"
#include "nic/vmxnet3/rings_image.h"
#include "nic/vmxnet3/rings_state.h"
#include "pcie/pcie.h"

struct vmxnet3_rings;

struct vmxnet3_rings_ops {
    void (*send)(struct vmxnet3_rings *rings, unsigned queue, frame_ref ref); /* a frame leaves it; takes ref */
    /* A queue has stopped over what its driver gave it (VMXNET3_ERR_*). */
    void (*tx_error)(struct vmxnet3_rings *rings, unsigned queue, uint32_t error);
    /* A frame has left it or a gate has closed: ask again whether it is idle. May be NULL. */
    void (*progress)(struct vmxnet3_rings *rings);
    /* Are all its interrupts off by other means than their masks? May be NULL. */
    bool (*interrupts_are_off)(struct vmxnet3_rings *rings);
    /* May queue take another frame now? Whoever says no kicks later. NULL: always. */
    bool (*may_send)(struct vmxnet3_rings *rings);
    /* Raises a vector; NULL: by MSI-X. */
    void (*interrupt)(struct vmxnet3_rings *rings, unsigned vector);
    /* Is a vector that is raised held back? Then its owner raises it later, by vmxnet3_rings_raise_at_once(). May be NULL. */
    bool (*holds)(struct vmxnet3_rings *rings, unsigned vector);
    /* It maps a buffer of the guest, of a frame that is received or sent, before it copies. NULL: hardware. */
    void (*maps)(struct vmxnet3_rings *rings, bool received);
    /* It has so many bytes read or written, as one transfer. NULL: hardware, whose transfers are nobody's work. */
    void (*copies)(struct vmxnet3_rings *rings, uint32_t bytes, bool received);
    /* It has an interrupt put into the guest. NULL: hardware, likewise. */
    void (*signals)(struct vmxnet3_rings *rings);
};

/* By queue; plain data, which its owner saves beside the state and which does not move with a VM. */
struct vmxnet3_rings_times {
    struct way_gap working[VMXNET3_RINGS_QUEUES]; /* transmit: a frame is under way, or descriptors that it was told of */
    struct way_gap empty[VMXNET3_RINGS_QUEUES];   /* receive: a frame has come and found no buffer */
};

struct vmxnet3_rings {
    struct component *c;
    struct pci_function *fn;
    const struct vmxnet3_rings_ops *ops;
    unsigned index;           /* the owner's; in its events */
    int vf;                   /* the owner's number of it, for people; -1: none */
    uint16_t retry_verb;      /* verb of the event (a: queue, b: index) for vmxnet3_rings_retry() */
    uint32_t rx_queue_frames; /* frames that may wait for a receive queue; more end as full_fate */
    enum fate full_fate;
    struct vmxnet3_rings_state st;
    struct vmxnet3_rings_more more;
    struct vmxnet3_rings_times times;
};

/* ---- life ---- */
/* Its indices and vectors, each name with `before` in front of it. */
void vmxnet3_rings_show(const struct vmxnet3_rings *rings, const char *before, struct probes *to);
void vmxnet3_rings_clear(struct vmxnet3_rings *rings); /* as after power-on, the epoch and the counters excepted */
void vmxnet3_rings_retry(struct vmxnet3_rings *rings, unsigned queue); /* its event has come, or the driver has posted */
/* The function's DMA upcalls. */
void vmxnet3_rings_read_done(struct vmxnet3_rings *rings, uint64_t tag, const void *data, uint32_t len, enum pci_status status);
void vmxnet3_rings_write_done(struct vmxnet3_rings *rings, uint64_t tag, enum pci_status status);

/* ---- set-up; all false with a reason that completes "driver > gave …", and the value, when it can't be ---- */
struct vmxnet3_refusal {
    const char *why;
    uint64_t value;
};
bool vmxnet3_rings_set_tx(struct vmxnet3_rings *rings, unsigned queue, const struct Vmxnet3_TxQueueConf *conf,
                          struct vmxnet3_refusal *no);
bool vmxnet3_rings_set_rx(struct vmxnet3_rings *rings, unsigned queue, const struct Vmxnet3_RxQueueConf *conf,
                          struct vmxnet3_refusal *no);
/* Of a queue that has been set up; before revision 3 a place of a transmit data ring has VMXNET3_HDR_COPY_SIZE bytes, and there is
 * no receive data ring. */
bool vmxnet3_rings_set_tx_data(struct vmxnet3_rings *rings, unsigned queue, unsigned rev, const struct Vmxnet3_TxQueueConf *conf,
                               struct vmxnet3_refusal *no);
bool vmxnet3_rings_set_rx_data(struct vmxnet3_rings *rings, unsigned queue, unsigned rev, const struct Vmxnet3_RxQueueConf *conf,
                               struct vmxnet3_refusal *no);
bool vmxnet3_rings_set_rss(struct vmxnet3_rings *rings, const struct UPT1_RSSConf *rss, struct vmxnet3_refusal *no);

/* ---- gates ---- */
void vmxnet3_rings_run(struct vmxnet3_rings *rings);
void vmxnet3_rings_start_tx(struct vmxnet3_rings *rings);
void vmxnet3_rings_gate(struct vmxnet3_rings *rings, bool tx, bool rx); /* each open or closed; what waits stays */
void vmxnet3_rings_kick(struct vmxnet3_rings *rings); /* ops->may_send would say yes again */
void vmxnet3_rings_stop(struct vmxnet3_rings *rings, enum fate fate);
bool vmxnet3_rings_tx_is_idle(const struct vmxnet3_rings *rings);
uint32_t vmxnet3_rings_rx_backlog(const struct vmxnet3_rings *rings);
/* Takes no more descriptors and fills no more buffers; what is under way is finished. Quiet: all it did is in memory. */
void vmxnet3_rings_pause(struct vmxnet3_rings *rings);
void vmxnet3_rings_unpause(struct vmxnet3_rings *rings);
bool vmxnet3_rings_is_quiet(const struct vmxnet3_rings *rings);
bool vmxnet3_rings_state_is_sound(const struct vmxnet3_rings_state *st); /* of one that came from outside */
bool vmxnet3_rings_more_is_sound(const struct vmxnet3_rings_more *more);

/* ---- frames ---- */
/* Frames that came into a queue before now, and those of them that are in memory or have ended. */
uint64_t vmxnet3_rings_rx_taken(const struct vmxnet3_rings *rings, unsigned queue);
uint64_t vmxnet3_rings_rx_left(const struct vmxnet3_rings *rings, unsigned queue);
void vmxnet3_rings_receive(struct vmxnet3_rings *rings, frame_ref ref); /* towards the driver; takes ref */
frame_ref vmxnet3_rings_take_rx(struct vmxnet3_rings *rings);           /* the next one that waits; 0: none */

/* ---- the pass-through page; false: no such register, or a value that cannot be ---- */
bool vmxnet3_rings_page_write(struct vmxnet3_rings *rings, uint32_t off, uint32_t value);
bool vmxnet3_rings_page_read(const struct vmxnet3_rings *rings, uint32_t off, uint32_t *value);
void vmxnet3_rings_raise(struct vmxnet3_rings *rings, unsigned vector);
void vmxnet3_rings_raise_at_once(struct vmxnet3_rings *rings, unsigned vector); /* unless it is masked */

/* ---- from one implementation to another ---- */
/* Of a quiet engine. What it has fetched ahead is not in it: the other one reads it again. */
void vmxnet3_rings_export(const struct vmxnet3_rings *rings, struct vmxnet3_rings_image *out);
/* Into an engine whose gates are closed, which then has these queues; false: refused, and it has none. */
bool vmxnet3_rings_import(struct vmxnet3_rings *rings, const struct vmxnet3_rings_image *in, struct vmxnet3_refusal *no);

#endif
