/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A skin is what makes the engine one chip of Intel's family or another: its limits and clocks, the register maps that drivers see,
 * and the rules in which it differs.
 *
 * Queues are numbered the engine's way, pool by pool, and the words of a ring's block have the engine's places and bits (words.h);
 * a skin whose chip has them elsewhere translates.
 */
#ifndef VFSIM_NIC_INTEL_SKIN_H
#define VFSIM_NIC_INTEL_SKIN_H

#include "nic/intel/words.h"
#include "nic/nic.h"

enum intel_access { ACCESS_RO, ACCESS_RW, ACCESS_RW1C, ACCESS_RC, ACCESS_WO };

/* A line of a chip's map. What is no word of the engine's is kept in the chip's own registers, unless the skin does otherwise. */
struct intel_register {
    const char *name;
    uint32_t offset, stride, count, reset;
    uint32_t slot; /* of its first word in the chip's own registers */
    enum intel_access access;
};

/* The engine's word that a register is, and which of its elements the register's first one is; zero: none. */
struct intel_alias {
    uint16_t word, first;
};

/* How a line of a chip's list of registers, ONE or MANY, becomes a member of its own registers, a line of its map (MAP_STRUCT is
 * where the members are) and one of what `vfsim regs` shows (MAP_FUNCTION: "PF", "VF"). */
#define MAP_MEMBER_ONE(name, offset, access, reset, sentence) uint32_t name;
#define MAP_MEMBER_MANY(name, offset, stride, count, access, reset, sentence) uint32_t name[count];
#define MAP_LINE_ONE(name, offset, access, reset, sentence) MAP_LINE_MANY(name, offset, 4, 1, access, reset, sentence)
#define MAP_LINE_MANY(name, offset, stride, count, access, reset, sentence) \
    {#name, offset, stride, count, reset, offsetof(struct MAP_STRUCT, name) / 4, ACCESS_##access},
#define MAP_SHOW_ONE(name, offset, access, reset, sentence) {#name, offset, 4, 1, reset, #access, MAP_FUNCTION, sentence},
#define MAP_SHOW_MANY(name, offset, stride, count, access, reset, sentence) \
    {#name, offset, stride, count, reset, #access, MAP_FUNCTION, sentence},
/* Their numbers, in the order of the list. */
#define MAP_PF_ID_ONE(name, offset, access, reset, sentence) PF_##name,
#define MAP_PF_ID_MANY(name, offset, stride, count, access, reset, sentence) PF_##name,
#define MAP_VF_ID_ONE(name, offset, access, reset, sentence) VF_##name,
#define MAP_VF_ID_MANY(name, offset, stride, count, access, reset, sentence) VF_##name,

struct intel_map {
    const struct intel_register *reg;
    const struct intel_alias *alias; /* beside reg */
    unsigned count;
    size_t own_bytes;                /* of the chip's own registers of such a function */
};

struct intel_chip;
struct function;

struct queue_place {
    bool tx;
    unsigned queue; /* the engine's */
    uint32_t field; /* of the block: the engine's offset */
};

struct intel_skin {
    /* limits, none above the engine's of words.h and chip.h */
    unsigned pools, addresses, vlans;     /* receive addresses, entries of the VLAN pool filter */
    unsigned pf_vectors, vf_vectors;      /* MSI-X */
    unsigned pf_causes;                   /* of the PF's: have a cause bit of their own, from bit 0 */
    unsigned functions;                   /* of a device */
    uint32_t rx_buffer_bytes, tx_buffer_bytes;
    uint32_t ps_per_byte;                 /* at the port's rate, for the rate limiters */
    uint32_t tx_frame_ps; /* a transmit queue works its frames off one after the other, each in so long; 0: at once */
    /* interrupt throttle: an interval of (value & mask) >> shift units */
    uint32_t eitr_mask, eitr_shift;
    sim_time eitr_unit_ps;
    /* config space [82599 9.3.1; 82576 9.4] */
    uint16_t subsystem, vf_offset, vf_stride;
    unsigned pf_msix_bar;
    uint64_t pf_bar_bytes[PCI_BARS], vf_bar_bytes[PCI_BARS];
    bool pf_bar_is_64;
    bool own_pools_on; /* VFRE and VFTE are about pools of VFs: the PF's receives and sends whatever they say */
    /* the maps of BAR0, and access to register `id` of one, element i */
    struct intel_map pf, vf;
    size_t own_bytes; /* of intel_chip.own, which begins with the PF's own registers */
    uint32_t (*pf_read)(struct intel_chip *n, int id, uint32_t i);
    void (*pf_write)(struct intel_chip *n, int id, uint32_t i, uint32_t value);
    uint32_t (*vf_read)(struct function *fn, int id, uint32_t i);
    void (*vf_write)(struct function *fn, int id, uint32_t i, uint32_t value);
    /* Is `off` of BAR0 in the register block of a queue, and of which? */
    bool (*queue_block)(const struct function *fn, uint32_t off, struct queue_place *at);
    void (*rules)(struct intel_chip *n); /* makes all of n->rules of the chip's own registers */
    void (*pf_cause)(struct intel_chip *n, enum intel_cause cause);
    /* where a chip does other than most; each may be NULL */
    uint32_t (*rx_value)(uint32_t field, uint32_t value, bool write); /* of a receive queue, to or from the engine's */
    void (*reset)(struct intel_chip *n); /* registers and rules have their values after a reset: what else there is to do */
    void (*vf_reset)(struct function *fn);
    void (*spoofed)(struct intel_chip *n, unsigned queue);
    bool (*strips)(const struct intel_chip *n, unsigned pool, const struct frame *f); /* the tag, towards a pool */
    uint32_t (*pool_longest)(const struct intel_chip *n, unsigned pool); /* frame a pool accepts, with FCS, without tag */
};

#endif
