/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The driver of the virtio NIC's PF: administration commands, fences, bring-up, and what the shared part has written. */
#include "pf/virtio/virtio.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"

enum { MTU_MAX = 9600, ANSWER_AT = 1024, ANSWER_BYTES = 1024, COMMAND_BYTES = ANSWER_AT };

/* ---- administration commands: the step that names this table has pf__virtio_call() give one ---- */

static void *scratch(struct pf *pf, uint32_t at) { return mem_at(pf->mem, pf__virtio_scratch(pf) + at, COMMAND_BYTES); }
void *pf__virtio_data(struct pf *pf) { return (uint8_t *)scratch(pf, 0) + sizeof(struct virtio_admin_cmd_hdr); }
const void *pf__virtio_answer(struct pf *pf)
{
    return (const uint8_t *)scratch(pf, ANSWER_AT) + sizeof(struct virtio_admin_cmd_status);
}

int pf__virtio_call(struct pf *pf, uint16_t opcode, int vf, uint32_t len)
{
    struct virtio_admin_cmd_hdr hdr = {.opcode = opcode};
    uint64_t at = pf__virtio_scratch(pf);
    if (vf != PF_ANY_VF) {
        hdr.group_type = VIRTIO_ADMIN_GROUP_TYPE_SRIOV;
        hdr.group_member_id = (uint64_t)vf + 1;
    }
    memcpy(scratch(pf, 0), &hdr, sizeof(hdr));
    memset(scratch(pf, ANSWER_AT), 0xff, ANSWER_BYTES);
    *pf__virtio_desc(pf, PF_VIRTIO_ADMIN, 0) =
        (struct virtq_desc){.addr = at, .len = (uint32_t)sizeof(hdr) + len, .flags = VIRTQ_DESC_F_NEXT, .next = 1};
    *pf__virtio_desc(pf, PF_VIRTIO_ADMIN, 1) =
        (struct virtq_desc){.addr = at + ANSWER_AT, .len = ANSWER_BYTES, .flags = VIRTQ_DESC_F_WRITE};
    pf__virtio_offer(pf, PF_VIRTIO_ADMIN, 0);
    pf__virtio_ring_bell(pf, PF_VIRTIO_ADMIN);
    pf__set_deadline(pf);
    return PROCEDURE_NEXT;
}

int pf__virtio_call_word(struct pf *pf, uint16_t opcode, int vf, uint32_t word)
{
    memcpy(pf__virtio_data(pf), &word, sizeof(word));
    return pf__virtio_call(pf, opcode, vf, sizeof(word));
}

/* A command that was given up is answered late, or never: the ring's index says which one this is. */
static int look_for_answer(void *owner)
{
    struct pf *pf = owner;
    struct virtio_admin_cmd_status status;
    if (pf__virtio_used_index(pf, PF_VIRTIO_ADMIN) != (uint16_t)pf_virtio(pf)->avail[PF_VIRTIO_ADMIN])
        return pf__is_late(pf) ? -ETIMEDOUT : PROCEDURE_NEXT;
    memcpy(&status, scratch(pf, ANSWER_AT), sizeof(status));
    return status.status == VIRTIO_ADMIN_STATUS_OK ? PROCEDURE_LEAVE : -EINVAL;
}

static int look_again(void *owner) { return pf__jump(owner, "look for the answer"); }

static const struct procedure_step admin_steps[] = {
    {"look for the answer", look_for_answer},
    {"wait a moment", pf__doze, .done = look_again},
};
const struct procedure_table pf__virtio_admin = PROCEDURE_TABLE("administration command", admin_steps);

/* ---- fences ---- */

static int call_rx_fence(void *owner) { return pf__virtio_call(owner, VIO_ADMIN_RX_FENCE, PF_ANY_VF, 0); }
static int call_tx_fence(void *owner) { return pf__virtio_call(owner, VIO_ADMIN_TX_FENCE, PF_ANY_VF, 0); }

/* What was steered to the PF is handed out before the fence is reported done. */
static const struct procedure_step rx_fence_steps[] = {
    {"fence what is received", call_rx_fence, .sub = &pf__virtio_admin},
    {"hand out what has come", pf__hand_out},
};
static const struct procedure_table rx_fence = PROCEDURE_TABLE("receive fence", rx_fence_steps, PROCEDURE_FORCES);

static const struct procedure_step tx_fence_steps[] = {{"fence what is sent", call_tx_fence, .sub = &pf__virtio_admin}};
static const struct procedure_table tx_fence = PROCEDURE_TABLE("transmit fence", tx_fence_steps);

/* Every frame handed to pf_uplink() before now has left the chip. */
static const struct procedure_step own_tx_fence_steps[] = {
    {"tell the chip what was filled", pf__tell_chip},
    {"wait for its completions", pf__wait_for_sent, .done = pf__again},
    {"fence what is sent", call_tx_fence, .sub = &pf__virtio_admin},
};
static const struct procedure_table own_tx_fence = PROCEDURE_TABLE("own transmit fence", own_tx_fence_steps);

/* ---- bring-up ---- */

static int set_up(void *owner)
{
    struct pf *pf = owner;
    pf__config_space(pf);
    pf->s.link_up = true;
    pf->s.max_frame = 1518;
    pf->family->loopback(pf, true);
    pf__vports_write_own(pf);
    pf__virtio_bring_up(pf);
    return PROCEDURE_NEXT;
}

static int ask_for_list(void *owner) { return pf__virtio_call(owner, VIRTIO_ADMIN_CMD_LIST_QUERY, PF_ANY_VF, 0); }

/* [2.13.1] A driver says which commands it will give before it gives one. */
static int use_list(void *owner)
{
    memcpy(pf__virtio_data(owner), pf__virtio_answer(owner), sizeof(uint64_t));
    return pf__virtio_call(owner, VIRTIO_ADMIN_CMD_LIST_USE, PF_ANY_VF, sizeof(uint64_t));
}

static const struct procedure_step start_steps[] = {
    {"set the chip up", set_up},
    {"ask which commands it has", ask_for_list, .sub = &pf__virtio_admin},
    {"say that they will be given", use_list, .sub = &pf__virtio_admin},
    {"read its address", .sub = &pf__own_address},
};
static const struct procedure_table start = PROCEDURE_TABLE("START", start_steps);

/* ---- which operation is which ---- */

/* ---- features: a VF's next driver will find large receives offered; off takes them from those that run, too ---- */

static int set_features(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    pf->s.features = (pf->s.features & ~(uint32_t)PF_FEATURE_LRO) | (op->args.features & PF_FEATURE_LRO);
    op->i = 0;
    return PROCEDURE_NEXT;
}

static int next_running(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    while (op->i < pf->nic->vf_count && !pf__has_vf(pf_virtio(pf)->runs, op->i))
        op->i++;
    return op->i < pf->nic->vf_count ? PROCEDURE_NEXT : PROCEDURE_LEAVE;
}

static int tell_it(void *owner)
{
    unsigned vf = pf__op_now(owner)->i++;
    return pf__virtio_call_word(owner, VIO_ADMIN_RUN, (int)vf, pf__virtio_run_word(owner, vf, VIO_RUN_RX | VIO_RUN_TX));
}

static int and_the_next(void *owner) { return pf__jump(owner, "see which VF is next"); }

static const struct procedure_step features_steps[] = {
    {"note what is wanted", set_features},
    {"see which VF is next", next_running},
    {"say what it does", tell_it, .sub = &pf__virtio_admin, .done = and_the_next},
};
static const struct procedure_table features = PROCEDURE_TABLE("set features", features_steps);

static int dispatch(struct pf *pf, struct pf_op *op)
{
    if (op->op == PF_OP_NETDEV_FEATURES)
        return pf__follow(pf, &features);
    if (op->op == PF_OP_NETDEV_MTU)
        return pf__take_mtu(pf, op->args.mtu, MTU_MAX);
    if (pf_is_netdev_op(op->op))
        return -ENOTSUP; /* its own interface is as it came up */
    switch ((int)op->op) {
    case PF_OP_MISC:
        return pf__follow(pf, &pf__virtio_misc);
    case PF_OP_RX_FENCE:
        return pf__follow(pf, &rx_fence);
    case PF_OP_TX_FENCE:
        return pf__follow(pf, &tx_fence);
    case PF_OP_PF_TX_FENCE:
        return pf__follow(pf, &own_tx_fence);
    default:
        return pf__virtio_vf_run(pf, op);
    }
}

/* ---- what the shared part has written ---- */

static void checks(struct pf *pf, unsigned vf) { pf__virtio_vport(pf, vf); }
static void accept(struct pf *pf, unsigned pool, uint32_t what) { pf__virtio_vport(pf, pool); }

/* ---- life ---- */

static int create(struct pf *pf)
{
    pf->own = alloc_zero("a PF driver", 1, sizeof(struct pf_virtio));
    return 0;
}

static void destroy(struct pf *pf) { free(pf->own); }
static void save(struct pf *pf, struct save *s) { save_field(s, *pf_virtio(pf)); }

static const struct pf_limits limits = {
    .vf_queues = VIO_PAIRS_MAX,
    .vf_queues_most = VIO_PAIRS_MAX,
    .vfs_with_most = PF_VFS_MAX,
    .vf_vectors = VIO_PAIRS_MAX,
    .channels_most = 1,
    .ring_step = 32,
    .link_mbps = 10000,
    .rate_rule = "a limit is above 10 Mb/s and at most the link's speed",
    .rate_at_full_speed = true,
    .forces_link = true,
    .has_lro = true,
};

static const struct procedure_table *const tables[] = {
    &pf__reset_over,
    &pf__own_address,
    &pf__virtio_admin,
    &rx_fence,
    &tx_fence,
    &own_tx_fence,
    &start,
    &features,
    &pf__virtio_misc,
    &pf__virtio_move,
    &pf__virtio_set_mac,
    &pf__virtio_init,
    &pf__virtio_activate,
    &pf__virtio_quiesce,
    &pf__virtio_run_dry,
    &pf__virtio_idle,
    &pf__virtio_release,
    &pf__virtio_queue_stats,
    &pf__virtio_queue_status,
    NULL,
};

static const struct pf_family virtio = {
    .name = "virtio",
    .passthru = PF_PASSTHRU_NPA,
    .limits = &limits,
    .reg_bar = VIO_BAR,
    .status = VIO_STATUS,
    .start = &start,
    .own_address = {VIO_MAC_LO_0, VIO_MAC_HI_0},
    .tables = tables,
    .dispatch = dispatch,
    .move = &pf__virtio_move,
    .set_mac = &pf__virtio_set_mac,
    .vf_info = pf__virtio_vf_info,
    .memory = pf__virtio_memory,
    .poll = pf__virtio_poll,
    .kick = pf__virtio_kick,
    .send = pf__virtio_send,
    .receive = pf__virtio_receive,
    .reclaim = pf__virtio_reclaim,
    .address = pf__vports_address,
    .pools = pf__vports_pools,
    .vlan = pf__vports_vlan,
    .groups = pf__vports_groups,
    .checks = checks,
    .accept = accept,
    .port_vlan = pf__vports_port_vlan,
    .drop = pf__vports_drop,
    .link_state = pf__virtio_vport,
    .longest = pf__vports_longest,
    .loopback = pf__vports_loopback,
    .mirror = pf__vports_mirror,
    .mirror_all = pf__vports_mirror_all,
    .vport = pf__virtio_vport,
    .create = create,
    .destroy = destroy,
    .save = save,
};
PF_FAMILY(virtio);
