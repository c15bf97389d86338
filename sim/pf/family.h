/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A family is the part of a PF driver that knows a chip: limits, registers, bring-up, rings.
 *
 * The shared part (sim/pf) has the queue of operations, the life of VFs, and what is to be in the chip's tables: addresses, VLANs,
 * groups, rights. It keeps that in struct pf_state and asks the family to bring it there; it reads no register but `status`. A
 * family is a folder below this one and declares itself with PF_FAMILY(); a model of NIC names the family that drives it.
 *
 * Everything here is called by the shared part, on the PF that it gives. Pools are numbered as VFs; the pool behind them is the
 * host's own side.
 */
#ifndef VFSIM_PF_FAMILY_H
#define VFSIM_PF_FAMILY_H

#include "pf/netdev.h"

struct pf_op;
struct procedure_table;

/* what a pool takes besides its addresses, bits */
enum pf_accept {
    PF_ACCEPT_UNTAGGED = 1,
    PF_ACCEPT_BROADCAST = 2,
    PF_ACCEPT_GROUPS = 4,     /* those of the table of groups */
    PF_ACCEPT_ALL_GROUPS = 8,
};

/* of a driver, beyond those of its chip (struct nic_model) */
struct pf_limits {
    unsigned vf_queues;               /* queue pairs of a VF, unless others are asked for: */
    unsigned vf_queues_most, vfs_with_most; /* so many, with up to so many VFs */
    unsigned vf_vectors;
    unsigned channels_most;           /* queue pairs of its own; 0: PF_CHANNELS_MAX */
    unsigned ring_step;               /* lengths of its own rings are multiples */
    unsigned flow_tuples, flow_types; /* slots of ethtool -N: 5-tuples, behind them EtherTypes; 0: none */
    uint32_t link_mbps;
    /* rate limits: what a limit must be, in words, and the least one. At full speed: with a slower link there is none. */
    const char *rate_rule;
    uint32_t rate_least_mbps;
    bool rate_at_full_speed;
    /* moderation of its own vectors: steps, the most of them, where they begin. Unit 0: it does not moderate. */
    sim_time moderation_unit_ps;
    uint32_t moderation_most, moderation_first;
    bool jumbo_with_pf;               /* a VF may have jumbo frames only with the PF */
    bool frame_per_pool;              /* a pool has a longest frame of its own: `accept` writes it */
    bool filters_early;               /* a VF can be filtered for before VF_INIT */
    bool forces_link;                 /* `state enable` is something else than `auto` */
    bool has_lro;                     /* its queues can coalesce */
};

struct pf_family {
    const char *name;                 /* as struct nic_model has it */
    enum pf_passthru passthru;
    const struct pf_limits *limits;
    const void *chip;                 /* the family's own: the chip's registers, say */
    const uint8_t *effect;            /* [PF_SETTINGS], enum pf_effect; NULL: PF_EFFECT_NOTHING of all */
    unsigned reg_bar;                 /* of the registers that pf__write() and pf__ask() reach */
    uint32_t own_address[2];          /* where the PF's is when it comes up: its first four bytes, its last two */
    uint32_t status;                  /* a register whose answer pushes what was written before */

    const struct procedure_table *const *tables; /* all that can be under way, those that steps run, too; NULL at the end */

    const struct procedure_table *start, *move, *set_mac;   /* bring it up; MOVE_MAC, VF_SET_MAC */

    /* operations: 0, -errno or PF_WAIT */
    int (*dispatch)(struct pf *pf, struct pf_op *op);      /* begin an operation that run.c leaves to it */
    void (*vf_info)(const struct pf *pf, unsigned vf, struct pf_vf_info *out);

    /* the host's own side, by queue pair */
    uint64_t (*memory)(uint32_t ring_rx, uint32_t ring_tx); /* that a channel needs */
    void (*poll)(struct pf *pf, unsigned channel);
    void (*kick)(struct pf *pf, unsigned channel);
    void (*send)(struct pf *pf, frame_ref ref);            /* takes ref */
    /* both of one that has queue pairs with filters (pf/queues.c) where its chip lets it; NULL */
    void (*send_by)(struct pf *pf, unsigned channel, frame_ref ref); /* takes ref */
    const struct procedure_table *set_queue;               /* SET_QUEUE */
    /* of one with a single queue pair, for the steps and pf__post_one() of uplink.c; NULL where those are not used */
    uint32_t (*receive)(struct pf *pf, uint32_t budget);   /* up with what has come: how many frames */
    void (*reclaim)(struct pf *pf);                        /* tx_done is what the chip says now */

    /* struct pf_state has changed: into the chip with it */
    void (*address)(struct pf *pf, unsigned i);                         /* address i is another one, or gone */
    void (*pools)(struct pf *pf, unsigned i, uint64_t before);          /* address i is another set's */
    void (*vlan)(struct pf *pf, unsigned i, uint64_t pools, bool fresh); /* VLAN i; fresh: come or gone */
    void (*groups)(struct pf *pf, unsigned word);                       /* 32 bits of the table of groups */
    void (*checks)(struct pf *pf, unsigned vf);                         /* what is checked of what it sends */
    void (*accept)(struct pf *pf, unsigned pool, uint32_t what);        /* enum pf_accept */
    void (*port_vlan)(struct pf *pf, unsigned vf);                      /* its default VLAN and priority */
    void (*drop)(struct pf *pf, unsigned vf, bool on);                  /* without descriptors it drops; hides the port VLAN */
    void (*link_state)(struct pf *pf, unsigned vf);                     /* an operator has opened or closed it */
    void (*longest)(struct pf *pf);                                     /* the longest frame of all */
    void (*loopback)(struct pf *pf, bool on);                           /* what VFs say to each other stays inside */
    void (*mirror)(struct pf *pf, unsigned rule, uint64_t vlan_entries);
    void (*mirror_all)(struct pf *pf, bool on);                         /* to the PF, by a rule of its own */

    /* All may be NULL: it has no such. */
    void (*moderate)(struct pf *pf);                       /* its own vectors */
    void (*acquire)(struct pf *pf, unsigned vf);           /* a VF gets an owner */
    void (*vport)(struct pf *pf, unsigned vf);             /* an operator has set something for a VF */
    void (*tell)(struct pf *pf, unsigned vf);              /* the VF's driver is to begin anew, and to ask again */
    void (*rate_off)(struct pf *pf, unsigned vf);
    void (*flow_rule)(struct pf *pf, unsigned slot);       /* of ethtool -N: come, or gone */
    void (*set_mdd)(struct pf *pf, bool on);
    void (*vf_state)(struct pf *pf, unsigned vf, struct save *s); /* pf_vf_state() */
    struct vmxnet3_rings_image *(*rings)(struct pf *pf, unsigned vf); /* of PF_PASSTHRU_UPT: for VF_INIT, from VF_SAVE_STATE */
    /* of one that sets a VF's queues up by itself: as pf_vf_set_memory() and pf_vf_share() */
    const char *(*vf_memory)(struct pf *pf, unsigned vf, const struct pf_vf_memory *memory);
    void (*vf_share)(struct pf *pf, unsigned vf, struct sim_mem *guest);
    int (*create)(struct pf *pf);                          /* its share of struct pf; it may lower the queues of a VF */
    void (*destroy)(struct pf *pf);
    void (*save)(struct pf *pf, struct save *s);
};

#define PF_FAMILY_OUTSIDE "outside" /* of any chip whose PF a guest drives (struct pf_params) */

/*
 * Puts a family among those that pf_create() knows. The pointers of all families' files come together in one section of the object
 * that has the simulator, as those of NIC_MODEL() do.
 */
#define PF_FAMILY(family) \
    static const struct pf_family *const family##_entry __attribute__((used, section("pf_families"))) = &(family)

/* The same of a family from outside of that object, as nic_model_add() has it; its name is that of no other. */
struct pf_family_entry {
    const struct pf_family *family;
    struct pf_family_entry *next; /* private */
};
void pf_family_add(struct pf_family_entry *entry);

#endif
