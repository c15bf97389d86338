/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The UPT NIC's PF driver: commands of the chip, fences, bring-up, and what the shared part has written. */
#include "pf/upt/upt.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"

/* ---- commands: the step that names this table has pf__upt_call() give one ---- */

int pf__upt_call(struct pf *pf, uint32_t command, uint32_t fn)
{
    uint64_t addr = pf__upt_scratch(pf);
    pf__write(pf, UPT_CMD_FN, fn);
    pf__write(pf, UPT_CMD_ADDR_LO, (uint32_t)addr);
    pf__write(pf, UPT_CMD_ADDR_HI, (uint32_t)(addr >> 32));
    pf__write(pf, UPT_CMD, command);
    pf__set_deadline(pf);
    return PROCEDURE_NEXT;
}

static int read_command_status(void *owner) { return pf__read(owner, UPT_CMD_STATUS); }

static int is_over(void *owner)
{
    struct pf *pf = owner;
    if (pf->s.value & UPT_BUSY)
        return pf__is_late(pf) ? -ETIMEDOUT : PROCEDURE_NEXT;
    return pf->s.value == 0 ? PROCEDURE_LEAVE : pf->s.value == UPT_ERR_DMA ? -EIO : -EINVAL;
}

static int look_again(void *owner) { return pf__jump(owner, "see whether it is over"); }

static const struct procedure_step command_steps[] = {
    {"see whether it is over", read_command_status, .done = is_over},
    {"wait a moment", pf__doze, .done = look_again},
};
const struct procedure_table pf__upt_command = PROCEDURE_TABLE("command", command_steps);

/* ---- fences ---- */

static int call_rx_fence(void *owner) { return pf__upt_call(owner, UPT_CMD_RX_FENCE, UPT_FN_ALL); }
static int call_tx_fence(void *owner) { return pf__upt_call(owner, UPT_CMD_TX_FENCE, UPT_FN_ALL); }

static int hand_out(void *owner)
{
    pf__handed_up(owner, 0, pf__upt_receive(owner, UINT32_MAX));
    return PROCEDURE_NEXT;
}

/* What was steered to the PF is handed out before the fence is reported done. */
static const struct procedure_step rx_fence_steps[] = {
    {"fence what is received", call_rx_fence, .sub = &pf__upt_command},
    {"hand out what has come", hand_out},
};
static const struct procedure_table rx_fence = PROCEDURE_TABLE("receive fence", rx_fence_steps, PROCEDURE_FORCES);

static const struct procedure_step tx_fence_steps[] = {{"fence what is sent", call_tx_fence, .sub = &pf__upt_command}};
static const struct procedure_table tx_fence = PROCEDURE_TABLE("transmit fence", tx_fence_steps);

static int tell_chip(void *owner)
{
    struct pf *pf = owner;
    pf__upt_kick(pf, 0);
    pf__op_now(pf)->i = pf->s.channel[0].tx_put;
    pf__set_deadline(pf);
    return PROCEDURE_NEXT;
}

static int wait_for_completions(void *owner)
{
    struct pf *pf = owner;
    pf__upt_reclaim(pf);
    if ((int32_t)(pf->s.channel[0].tx_done - pf__op_now(pf)->i) >= 0)
        return PROCEDURE_NEXT;
    return pf__is_late(pf) ? -ETIMEDOUT : pf__doze(pf);
}

/* Every frame handed to pf_uplink() before now has left the chip. */
static const struct procedure_step own_tx_fence_steps[] = {
    {"tell the chip what was filled", tell_chip},
    {"wait for its completions", wait_for_completions, .done = pf__again},
    {"fence what is sent", call_tx_fence, .sub = &pf__upt_command},
};
static const struct procedure_table own_tx_fence = PROCEDURE_TABLE("own transmit fence", own_tx_fence_steps);

/* ---- bring-up ---- */

static int set_up(void *owner)
{
    struct pf *pf = owner;
    unsigned own = pf__pool(pf);
    pf__config_space(pf);
    pf->s.link_up = true;
    pf->s.max_frame = 1518;
    pf->family->loopback(pf, true);
    pf__write(pf, UPT_VPORT(own),
              UPT_VPORT_RX | UPT_VPORT_TX | UPT_VPORT_BROADCAST | UPT_VPORT_UNTAGGED | UPT_VPORT_MULTICAST |
                  UPT_VPORT_ALL_MULTICAST);
    return PROCEDURE_NEXT;
}

static int start_rings(void *owner)
{
    struct pf *pf = owner;
    pf__upt_rings(pf, mem_at(pf->mem, pf__upt_scratch(pf), sizeof(struct vmxnet3_rings_image)));
    return pf__upt_call(pf, UPT_CMD_INIT, pf__pool(pf));
}

static int let_come(void *owner)
{
    pf__write(owner, UPT_FCTL(pf__pool(owner)), UPT_FCTL_TX | UPT_FCTL_RX);
    return PROCEDURE_NEXT;
}

static const struct procedure_step start_steps[] = {
    {"set the chip up", set_up},
    {"start its rings", start_rings, .sub = &pf__upt_command},
    {"let frames come", let_come},
    {"read its address", .sub = &pf__own_address},
};
static const struct procedure_table start = PROCEDURE_TABLE("START", start_steps);

static int read_causes(void *owner)
{
    ((struct pf *)owner)->s.misc_queued = false;
    return pf__read(owner, UPT_ICR);
}

static int read_link(void *owner) { return pf__read(owner, UPT_STATUS); }

static int note_link(void *owner)
{
    struct pf *pf = owner;
    pf->s.link_up = pf->s.value & 1;
    return PROCEDURE_NEXT;
}

static const struct procedure_step misc_steps[] = {
    {"clear the causes", read_causes},
    {"see the link", read_link, .done = note_link},
};
static const struct procedure_table misc = PROCEDURE_TABLE("serve causes", misc_steps);

/* ---- which operation is which ---- */

static int dispatch(struct pf *pf, struct pf_op *op)
{
    if (pf_is_netdev_op(op->op))
        return -ENOTSUP; /* its own interface is as it came up */
    switch ((int)op->op) {
    case PF_OP_MISC:
        return pf__follow(pf, &misc);
    case PF_OP_RX_FENCE:
        return pf__follow(pf, &rx_fence);
    case PF_OP_TX_FENCE:
        return pf__follow(pf, &tx_fence);
    case PF_OP_PF_TX_FENCE:
        return pf__follow(pf, &own_tx_fence);
    default:
        return pf__upt_vf_run(pf, op);
    }
}

static void vf_info(const struct pf *pf, unsigned vf, struct pf_vf_info *out)
{
    out->bar_bytes = UPT_PAGE_BYTES;
    out->fn = pf->nic->vf[vf];
    out->queues = pf->queues;
    out->vectors = UPT_VECTORS;
}

/* ---- what the shared part has written ---- */

static void address(struct pf *pf, unsigned i)
{
    const struct pf_filter *f = &pf->s.filter[i];
    const uint8_t *mac = f->mac;

    pf__write(pf, UPT_MAC_LO(i), mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 | (uint32_t)mac[3] << 24);
    pf__write(pf, UPT_MAC_HI(i),
              f->valid && f->pools ? mac[4] | (uint32_t)mac[5] << 8 | UPT_VALID | (uint32_t)__builtin_ctzll(f->pools) << 16 : 0);
}

static void pools(struct pf *pf, unsigned i, uint64_t before)
{
    if (pf->s.filter[i].valid && pf->s.filter[i].pools != before)
        address(pf, i);
}

static void vlan(struct pf *pf, unsigned i, uint64_t vports, bool fresh)
{
    pf__write(pf, UPT_VLAN_LO(i), (uint32_t)vports);
    pf__write(pf, UPT_VLAN_HI(i), (uint32_t)(vports >> 32));
    pf__write(pf, UPT_VLAN(i), vports ? UPT_VALID | pf->s.vlan[i].vid : 0);
}

static void loopback(struct pf *pf, bool on)
{
    pf__write(pf, UPT_SWITCH, (on ? UPT_SWITCH_LOOPBACK : 0) | UPT_SWITCH_DEFAULT | pf__pool(pf) << UPT_SWITCH_DEFAULT_SHIFT);
}

/* The driver writes the vports of eight VFs at a time. */
static void checks(struct pf *pf, unsigned vf)
{
    for (unsigned v = vf / 8 * 8; v < vf / 8 * 8 + 8 && v < pf->nic->vf_count; v++)
        pf__upt_vport(pf, v);
}

static void accept(struct pf *pf, unsigned pool, uint32_t what) { pf__upt_vport(pf, pool); }
static void drop(struct pf *pf, unsigned vf, bool on) {} /* it never blocks others */
static void longest(struct pf *pf) { pf__write(pf, UPT_MAX_FRAME, pf->s.max_frame); }
static void groups(struct pf *pf, unsigned word) { pf__write(pf, UPT_MTA(word), pf->s.groups[word]); }

static void port_vlan(struct pf *pf, unsigned vf)
{
    const struct pf_vf *v = &pf->s.vf[vf];
    pf__write(pf, UPT_VPORT_VLAN(vf), v->vlan || v->qos ? UPT_VPORT_VLAN_INSERT | (uint32_t)v->qos << 13 | v->vlan : 0);
}

/* ---- mirror rules ---- */

_Static_assert((int)PF_MIRROR_POOL_UP == UPT_MIRROR_OF_VPORTS && (int)PF_MIRROR_UPLINK == UPT_MIRROR_UPLINK_IN &&
                   (int)PF_MIRROR_DOWNLINK == UPT_MIRROR_UPLINK_OUT && (int)PF_MIRROR_VLAN == UPT_MIRROR_OF_VLANS,
               "the kinds of rules are the chip's bits");

static void mirrored_vports(struct pf *pf, unsigned rule, uint64_t vports)
{
    pf__write(pf, UPT_MIRROR_VPORTS(rule), (uint32_t)vports);
    pf__write(pf, UPT_MIRROR_VPORTS(rule + PF_MIRRORS_MAX), (uint32_t)(vports >> 32));
}

static void mirror(struct pf *pf, unsigned rule, uint64_t vlan_entries)
{
    const struct pf_mirror *m = &pf->s.mirror[rule];
    pf__write(pf, UPT_MIRROR(rule), 0);
    mirrored_vports(pf, rule, m->pools);
    pf__write(pf, UPT_MIRROR_VLANS(rule), (uint32_t)vlan_entries);
    pf__write(pf, UPT_MIRROR_VLANS(rule + PF_MIRRORS_MAX), (uint32_t)(vlan_entries >> 32));
    if (m->what)
        pf__write(pf, UPT_MIRROR(rule), m->what | m->pool << UPT_MIRROR_TO_SHIFT);
}

static void mirror_all(struct pf *pf, bool on)
{
    enum { RULE = PF_MIRRORS_MAX - 1 }; /* an operator's rules begin at 0 */
    mirrored_vports(pf, RULE, pf__pool_bit(pf__vfs(pf)) - 1);
    pf__write(pf, UPT_MIRROR(RULE),
              on ? UPT_MIRROR_OF_VPORTS | UPT_MIRROR_UPLINK_IN | UPT_MIRROR_UPLINK_OUT | pf__pool(pf) << UPT_MIRROR_TO_SHIFT : 0);
}

/* ---- life ---- */

static int create(struct pf *pf)
{
    pf->own = alloc_zero("a PF driver", 1, sizeof(struct pf_upt));
    return 0;
}

static void destroy(struct pf *pf) { free(pf->own); }
static void save(struct pf *pf, struct save *s) { save_field(s, *pf_upt(pf)); }

static struct vmxnet3_rings_image *rings(struct pf *pf, unsigned vf) { return &pf_upt(pf)->rings[vf]; }

static const struct pf_limits limits = {
    .vf_queues = UPT_QUEUES,
    .vf_queues_most = UPT_QUEUES,
    .vfs_with_most = PF_VFS_MAX,
    .vf_vectors = UPT_VECTORS,
    .ring_step = 32,
    .link_mbps = 10000,
    .rate_rule = "a limit is above 10 Mb/s and at most the link's speed",
    .rate_at_full_speed = true,
    .filters_early = true,
    .forces_link = true,
};

static const struct procedure_table *const tables[] = {
    &pf__reset_over,
    &pf__own_address,
    &pf__upt_command,
    &rx_fence,
    &tx_fence,
    &own_tx_fence,
    &start,
    &misc,
    &pf__upt_move,
    &pf__upt_set_mac,
    &pf__upt_init,
    &pf__upt_quiesce,
    &pf__upt_run_dry,
    &pf__upt_idle,
    &pf__upt_save_state,
    &pf__upt_release,
    &pf__upt_queue_stats,
    &pf__upt_queue_status,
    NULL,
};

/* The UPT NIC is ours, and so is its driver: its VFs know no mailbox, so none can be told, and none is disturbed by a setting. */
static const struct pf_family upt = {
    .name = "upt",
    .passthru = PF_PASSTHRU_UPT,
    .limits = &limits,
    .reg_bar = UPT_CONTROL_BAR,
    .status = UPT_STATUS,
    .start = &start,
    .own_address = {UPT_MAC_LO_0, UPT_MAC_HI_0},
    .tables = tables,
    .dispatch = dispatch,
    .move = &pf__upt_move,
    .set_mac = &pf__upt_set_mac,
    .vf_info = vf_info,
    .memory = pf__upt_memory,
    .poll = pf__upt_poll,
    .kick = pf__upt_kick,
    .send = pf__upt_send,
    .address = address,
    .pools = pools,
    .vlan = vlan,
    .groups = groups,
    .checks = checks,
    .accept = accept,
    .port_vlan = port_vlan,
    .drop = drop,
    .link_state = pf__upt_vport,
    .longest = longest,
    .loopback = loopback,
    .mirror = mirror,
    .mirror_all = mirror_all,
    .vport = pf__upt_vport,
    .rings = rings,
    .create = create,
    .destroy = destroy,
    .save = save,
};
PF_FAMILY(upt);
