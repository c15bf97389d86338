/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The test stand of the conformance kit, as the suite in the guest (guest/conformance) and the stand itself (sim/conformance)
 * see it: what lies where in the machine's RAM, which calls the suite may make, the cases and the rules by number.
 *
 * A call: the guest-physical address of a struct stand_call is written to STAND_CALL, and STAND_ANSWER is read: STAND_BUSY as
 * long as it takes time. The struct stays as it is until then.
 *
 * Freestanding: needs only <stdint.h>.
 */
#ifndef GUEST_CONFORMANCE_STAND_H
#define GUEST_CONFORMANCE_STAND_H

#include <stdint.h>

#include "guest/include/machine.h"

#define STAND_REGISTERS (MACHINE_MMIO_OFFSET + 0x20000)
enum {
    STAND_CALL = 0,
    STAND_ANSWER = 8,
    STAND_BUSY_NOW = 16, /* 1: the PF's driver has not answered yet */
    STAND_LAST = 24,     /* what it has answered last, whatever was called since */
    STAND_REGISTER_BYTES = 4096
};
#define STAND_BUSY UINT64_MAX

/* The image's own data begin so far behind its first byte (guest/CMakeLists.txt); what lies before is code. */
#define STAND_SUITE_BASE 0x100000u
#define STAND_SUITE_DATA 0x40000u

enum {
    STAND_QUEUES = 2,
    STAND_RING_MAX = 320,
    STAND_BUFFER_BYTES = 4096,
    STAND_RING_BYTES = STAND_RING_MAX * 256,
    STAND_TX_SLOTS = 384,         /* of each queue, a buffer each */
    STAND_RX_BUFFERS = 1024,
    STAND_SHARED_BYTES = 0x6000,
    STAND_TEXT = 200,
};

/* Guest-physical places. Behind each ring lies a page that nobody may touch. */
#define STAND_RAM 0x1000000u
#define STAND_PLUGIN 0x400000u
#define STAND_CONFIG 0x480000u
#define STAND_SHARED 0x490000u
#define STAND_RING_RX(queue) (0x600000u + (queue) * 0x40000u)
#define STAND_RING_TX(queue) (0x620000u + (queue) * 0x40000u)
#define STAND_GUARD_BYTES 0x1000u
#define STAND_RX_POOL 0x800000u
#define STAND_TX_POOL 0xc00000u
#define STAND_TX_BUFFER(queue, slot) (STAND_TX_POOL + ((queue) * STAND_TX_SLOTS + (slot)) * STAND_BUFFER_BYTES)

enum stand_rule {
#define RULE(name, ...) STAND_RULE_##name,
#include "guest/conformance/rules.def"
#undef RULE
    STAND_RULES
};

enum stand_case {
#define CASE(id, ...) STAND_CASE_##id,
#include "guest/conformance/cases.def"
#include "guest/conformance/chip_cases.def"
#undef CASE
    STAND_CASES
};

/* Written before the machine starts. */
struct stand_config {
    uint32_t number;      /* enum stand_case */
    uint32_t has_chip;    /* 0: behind the registers is a device that knows nothing */
    uint32_t has_driver;  /* 0: no PF's driver has said anything: device_info is zero */
    uint32_t queues, vectors, ring, mtu;
    uint32_t memio_bytes;
    uint32_t device_info[32];
    uint64_t entry;       /* virtual address of NPA_PluginMain */
    uint8_t mac[6], peer[6];
};

enum stand_what {
    STAND_OVER,     /* the case is: a = enum stand_end */
    STAND_BROKEN,   /* rule a; text at gpa, len bytes */
    STAND_ARRIVES,  /* a frame comes by the wire: gpa, len; a = 0, or its tag: STAND_TAGGED | VID */
    STAND_LEFT,     /* the next frame that has left by the wire, to gpa: its length, 0: none; its tag << 32, likewise */
    STAND_ACTIVATE, /* the rings are there: the VF may move frames. The three answer 0, or a positive errno */
    STAND_LEAVE,    /* it may not any more, and is reset; rings need a new beginning. a: 1: by another VF */
    STAND_SPOOF,    /* a: whether the chip lets forged sources out (0) or not (1) */
    STAND_ACCESSES, /* to the VF's registers so far */
    /* of a chip's cases: */
    STAND_OP,       /* the PF's driver is asked for struct stand_op at gpa: 0, or a positive errno */
    STAND_RELEASE,  /* what was held arrives */
    STAND_HOST,     /* how many frames have come up to the host */
    STAND_HOST_SENDS, /* the host sends a frame: gpa, len */
    STAND_MASK,     /* vector 0 in the MSI-X table: a = 1: masked */
    STAND_MASTER,   /* a = 0: the VF may not use memory; 1: it may */
    STAND_IS_ON,    /* 1: the VF may use memory, or MSI-X is on */
    STAND_FAULTS,   /* of the IOMMU so far, which are what the case is about from then on */
    STAND_STATS,    /* of the VF since they were asked for last: rx_packets << 32 | tx_packets */
    STAND_MODE,     /* how the device that knows nothing answers: a = enum stand_mode */
    STAND_CARRY,    /* as STAND_LEAVE by another VF, with the rings that the VF before gives back: 0, or a positive errno */
    STAND_DEAF,     /* a = 1: the PF's driver hears nothing: no interrupt, no memory; 0: it does again */
};
enum stand_end { STAND_END_DONE, STAND_END_NOT_HERE }; /* NOT_HERE: text at gpa says why */
enum stand_mode { STAND_MODE_ECHO, STAND_MODE_ONES, STAND_MODE_ZEROS, STAND_MODE_NOISE, STAND_MODES };

#define STAND_TAGGED 0x10000u
#define STAND_HELD 0x20000u /* of STAND_ARRIVES: it waits for STAND_RELEASE, and all come at once then, faster than by any wire */

enum { STAND_HEARS_UNICAST = 1, STAND_HEARS_BROADCAST = 2, STAND_HEARS_GROUPS = 4, STAND_HEARS_ALL_GROUPS = 8 };

/* As struct pf_args of sim/pf/pf.h. */
struct stand_op {
    uint32_t op;
    uint32_t on_pf; /* 1: of no VF, but the PF */
    uint32_t on_other; /* 1: of the VF that is not the suite's */
    uint32_t enable, vlan, rate, level;
    uint32_t modes; /* STAND_HEARS_* */
    uint32_t queue; /* of VF_SET_RSS_IND_TABLE: that has all */
    uint32_t gives; /* with on_pf: the VF gives it up */
    uint8_t mac[8]; /* of VF_SET_MULTICAST: the group */
};

struct stand_call {
    uint32_t what, a;
    uint64_t gpa, len;
};

#endif
