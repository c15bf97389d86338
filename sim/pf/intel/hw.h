/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The registers of an Intel chip, as the shared routines of its drivers speak to it: offsets inside BAR0 where chips differ only by
 * the place, functions where by more. One of these a chip: ixgbe_hw.c (82599), igb.c (82576).
 *
 * Queues are numbered pool by pool (pool * queues of a VF + n); who numbers otherwise translates in `rings` and `queue`.
 */
#ifndef VFSIM_PF_INTEL_HW_H
#define VFSIM_PF_INTEL_HW_H

#include <stdbool.h>
#include <stdint.h>

#include "core/time.h"
#include "pf/pf.h"

/* Fields of a ring's register block that both chips have at the same place; SRRCTL is `srrctl_field`. */
enum { RING_BAL = 0x00, RING_BAH = 0x04, RING_LEN = 0x08, RING_HEAD = 0x10, RING_TAIL = 0x18, RING_CTL = 0x28 };

/* Counters of a pool or a queue, as ixgbe_stats.c reads them. RX_OTHER: of a pool multicast, of a queue drops. */
enum {
    COUNT_RX_PACKETS,
    COUNT_RX_BYTES_LOW,
    COUNT_RX_BYTES_HIGH,
    COUNT_RX_OTHER,
    COUNT_TX_PACKETS,
    COUNT_TX_BYTES_LOW,
    COUNT_TX_BYTES_HIGH,
    COUNTS
};
#define PF_NO_REGISTER UINT32_MAX

enum { PF_NOT_MINE = 2 }; /* a mailbox message that the chip leaves to the shared ones */

struct intel_hw {
    unsigned filters_kept; /* of the receive addresses, from VFs that want further ones */
    uint32_t vf_bar_bytes;
    /* The chip's reset: the register of IXGBE_CTRL_RST, which is every chip's bit, and how long the driver waits after it. */
    uint32_t ctrl;
    sim_time reset_ps;
    uint32_t link, link_up; /* `link` has link_up while there is one */
    /* interrupts: what clears and enables the other causes of mailbox and link */
    uint32_t eims, misc_clear, misc_clear_bits, misc_enable_bits;
    uint32_t eitr0, eitr_shift;                 /* of the PF's vector 0 */
    uint32_t vf_eitr;                           /* where a VF's begin */
    const uint16_t *level_eitr;                 /* [PF_IML_COUNT]: register value of a level of moderation */
    /* mailbox: requests of 16 VFs a word at `causes`, 64 bytes of memory a VF */
    uint32_t vflre[2], vflrec[2], mailbox_causes, mailbox, mailbox_memory;
    unsigned reset_words;                       /* of the answer to a reset */
    bool lone_queue;                            /* the VF's driver that speaks by it has one queue pair [igbvf netdev.c] */
    bool pings;                                 /* the VF's driver waits for a message that says clear to send */
    /* pools and switch; arrays of words */
    uint32_t vfre, vfte, vmvir, mta, rssrk, reta, rxcsum, mrctl, vmrvm, vmrvlan;
    bool two_words;                             /* sets of pools and entries take a second word, 4 further */
    unsigned reta_shift;                        /* an entry's bit that chooses the queue of a pool */
    uint32_t rttdqsel, rttbcnrm, rttbcnrc;      /* rate of a queue */
    /* packet buffer pointers */
    uint32_t rx_put, rx_get, rx_wrap, tx_put, tx_get, tx_wrap;
    uint32_t srrctl_field, srrctl_drop;
    uint32_t thresholds; /* of TXDCTL */

    /* bring-up, in this order */
    void (*set_up)(struct pf *pf);       /* all but rings and addresses */
    void (*start_rings)(struct pf *pf);
    void (*let_come)(struct pf *pf);     /* VFs' drivers, and frames */

    uint32_t (*rx_ring)(unsigned queue); /* where its block begins */
    uint32_t (*tx_ring)(unsigned queue);
    uint32_t (*queue)(unsigned queue);   /* the chip's own number */
    uint32_t (*counter)(const struct pf *pf, unsigned vf, unsigned queue, unsigned what); /* PF_NO_REGISTER: not there */
    unsigned (*queue_counter)(const struct pf *pf, unsigned vf, unsigned queue); /* 0: it has none of its own */
    uint32_t (*eitr)(uint32_t per_second); /* register value of a rate; 0: it can't be held */
    void (*vf_throttle)(struct pf *pf, unsigned vf, uint32_t eitr);
    void (*own_pool)(struct pf *pf); /* features of the PF's own queues have changed; NULL: no pool has rules of that kind */
    void (*channels)(struct pf *pf);                                    /* vectors of its own queues */
    void (*spread)(struct pf *pf, unsigned bits);                       /* of a table entry, over them */
    void (*hold_transmit)(struct pf *pf, bool on);                      /* only where pools take two words */
    void (*rss_mode)(struct pf *pf);
    /* Queues blocked for their drivers' malice: words of 32 bits, cleared by writing them. wqbr_words 0: no such thing. */
    unsigned wqbr_words;
    uint32_t wqbr_rx, wqbr_tx;
    bool reset_leaves_head_wb; /* a VF's reset leaves its queues' head write-back [82599 specification update, clarification 5] */
    void (*lro)(struct pf *pf, bool on); /* may queues coalesce; off also closes what is open. NULL: no chip for that */
    enum pf_news (*news)(const uint32_t *msg);                           /* what a message is about, for who listens */
    int (*message)(struct pf *pf, unsigned vf, uint32_t *msg, uint32_t *words); /* 0, -errno or PF_NOT_MINE */
};

#endif
