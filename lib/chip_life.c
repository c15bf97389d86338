/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations of the PF drivers of chips from outside: bring-up, the move of an address, fences, the life of a VF, its counters.
 *
 * Where a driver is asked to let something run dry it writes registers and says which one to look at (struct vfsim_wait): the step
 * gives the wait, and the table `look` reads the register until it says so, or ten milliseconds have gone by.
 */
#include <errno.h>
#include <string.h>

#include "lib/chip__.h"

enum { CONFIG_COMMAND = 0x04, COMMAND_MASTER = 0x04 };

static struct pf_vf *vf_of(struct pf *pf) { return &pf->s.vf[pf__op_now(pf)->args.vf]; }
static unsigned number(struct pf *pf) { return (unsigned)pf__op_now(pf)->args.vf; }

/* ---- waiting for a register ---- */

static int read_it(void *owner)
{
    struct pf *pf = owner;
    return chip_driver(pf)->wait.mask ? pf__read(pf, chip_driver(pf)->wait.reg) : PROCEDURE_LEAVE;
}

static int is_so(void *owner)
{
    struct pf *pf = owner;
    const struct vfsim_wait *wait = &chip_driver(pf)->wait;
    if ((pf->s.value & wait->mask) == wait->value)
        return PROCEDURE_LEAVE;
    return pf__is_late(pf) ? -ETIMEDOUT : PROCEDURE_NEXT;
}

static int look_again(void *owner) { return pf__jump(owner, "see whether it is so"); }

static const struct procedure_step look_steps[] = {
    {"see whether it is so", read_it, .done = is_so},
    {"wait a moment", pf__doze, .done = look_again},
};
static const struct procedure_table look = PROCEDURE_TABLE("wait for a register", look_steps);

static int drain(struct pf *pf, enum vfsim_drain what, int vf)
{
    chip_driver(pf)->wait = chip_ops(pf)->drain(chip_driver(pf), what, vf);
    pf__set_deadline(pf);
    return PROCEDURE_NEXT;
}

/* ---- bring-up ---- */

static int set_up(void *owner)
{
    struct pf *pf = owner;
    pf__config_space(pf);
    pf->s.link_up = true;
    pf->s.max_frame = 1518;
    chip_ops(pf)->start(chip_driver(pf));
    if (chip_ops(pf)->rings)
        chip__rings_post(chip_driver(pf));
    chip_ops(pf)->longest(chip_driver(pf), pf->s.max_frame);
    chip_ops(pf)->loopback(chip_driver(pf), true);
    return PROCEDURE_NEXT;
}

static int write_own_address(void *owner)
{
    ((struct pf *)owner)->family->address(owner, 0);
    return PROCEDURE_NEXT;
}

static const struct procedure_step start_steps[] = {
    {"set the chip up", set_up},
    {"read its address", .sub = &pf__own_address},
    {"let the switch know it", write_own_address},
};
const struct procedure_table chip__start = PROCEDURE_TABLE("START", start_steps);

static int read_cause(void *owner)
{
    struct pf *pf = owner;
    pf->s.misc_queued = false;
    return chip_ops(pf)->has_cause ? pf__read(pf, chip_ops(pf)->cause) : PROCEDURE_LEAVE;
}

static int tell_cause(void *owner)
{
    struct pf *pf = owner;
    chip_ops(pf)->cause_read(chip_driver(pf), pf->s.value);
    return PROCEDURE_NEXT;
}

static const struct procedure_step misc_steps[] = {{"read the cause", read_cause, .done = tell_cause}};
static const struct procedure_table misc = PROCEDURE_TABLE("serve causes", misc_steps);

/* ---- fences ---- */

static int fence_received(void *owner) { return drain(owner, VFSIM_DRAIN_RECEIVED, VFSIM_DRAIN_ALL); }
static int fence_sent(void *owner) { return drain(owner, VFSIM_DRAIN_SENT, VFSIM_DRAIN_ALL); }

/* What was steered to the PF is handed out before the fence is reported done. */
static const struct procedure_step rx_fence_steps[] = {
    {"fence what is received", fence_received, .sub = &look},
    {"hand out what has come", pf__hand_out},
};
static const struct procedure_table rx_fence = PROCEDURE_TABLE("receive fence", rx_fence_steps, PROCEDURE_FORCES);

static const struct procedure_step tx_fence_steps[] = {{"fence what is sent", fence_sent, .sub = &look}};
static const struct procedure_table tx_fence = PROCEDURE_TABLE("transmit fence", tx_fence_steps);

/* Every frame handed to pf_uplink() before now has left the chip. */
static const struct procedure_step own_tx_fence_steps[] = {
    {"tell the chip what was filled", pf__tell_chip},
    {"wait until it is done", pf__wait_for_sent, .done = pf__again},
    {"fence what is sent", fence_sent, .sub = &look},
};
static const struct procedure_table own_tx_fence = PROCEDURE_TABLE("own transmit fence", own_tx_fence_steps);

/* ---- the move of an address: one entry is written, so no frame sees two owners or none, whatever the order asked for ---- */

static void loses(struct pf *pf, unsigned vf)
{
    if (pf->s.vf[vf].state == PF_VF_ACTIVE)
        chip__port(pf, vf);
}

static int move(void *owner)
{
    static const struct pf_move write = {.loses = loses, .has = chip__port};
    return pf__move(owner, false, &write);
}

static const struct procedure_step move_steps[] = {{"write its entry", move}};
const struct procedure_table chip__move = PROCEDURE_TABLE("MOVE_MAC", move_steps);

static const struct procedure_step set_mac_steps[] = {
    {"see the address", pf__see_address},
    {"take the new one", .sub = &chip__move},
    {"give up the old one", pf__give_up_address},
};
const struct procedure_table chip__set_mac = PROCEDURE_TABLE("VF_SET_MAC", set_mac_steps);

/* ---- counters, register by register (op->i) ---- */

enum { RX_FRAMES, RX_BYTES_LOW, RX_BYTES_HIGH, RX_MISSED, RX_MULTICAST, TX_FRAMES, TX_BYTES_LOW, TX_BYTES_HIGH, COUNTERS };

static uint32_t counter_at(struct pf *pf, unsigned i)
{
    struct vfsim_driver_counters at = chip_ops(pf)->counters(chip_driver(pf), number(pf));
    const uint32_t offset[COUNTERS] = {at.rx_frames,    at.rx_bytes_low, at.rx_bytes_high, at.rx_missed,
                                       at.rx_multicast, at.tx_frames,    at.tx_bytes_low,  at.tx_bytes_high};
    return offset[i];
}

static int first_counter(void *owner)
{
    pf__op_now(owner)->i = 0;
    memset(pf__op_now(owner)->message, 0, sizeof(pf__op_now(owner)->message));
    return PROCEDURE_NEXT;
}

static int read_counter(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    while (op->i < COUNTERS && !counter_at(pf, op->i))
        op->i++;
    return op->i < COUNTERS ? pf__read(pf, counter_at(pf, op->i)) : pf__jump(pf, "say what came since");
}

static int keep_counter(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    op->message[op->i++] = pf->s.value;
    return pf__jump(pf, "read a counter");
}

static uint64_t since(const uint32_t *now, const uint32_t *base, bool wide)
{
    return wide ? (now[0] | (uint64_t)now[1] << 32) - (base[0] | (uint64_t)base[1] << 32) : (uint32_t)(now[0] - base[0]);
}

static int say_counters(void *owner)
{
    struct pf *pf = owner;
    const uint32_t *now = pf__op_now(pf)->message;
    uint32_t *base = chip_driver(pf)->base[number(pf)];
    vf_of(pf)->stats = (struct pf_vf_stats){
        .queues = pf->queues,
        .rx_multicast = now[RX_MULTICAST] - base[RX_MULTICAST],
        .queue = {{
            .rx_packets = now[RX_FRAMES] - base[RX_FRAMES],
            .rx_bytes = since(now + RX_BYTES_LOW, base + RX_BYTES_LOW, counter_at(pf, RX_BYTES_HIGH)),
            .rx_out_of_buffer = now[RX_MISSED] - base[RX_MISSED],
            .tx_packets = now[TX_FRAMES] - base[TX_FRAMES],
            .tx_bytes = since(now + TX_BYTES_LOW, base + TX_BYTES_LOW, counter_at(pf, TX_BYTES_HIGH)),
        }},
    };
    memcpy(base, now, COUNTERS * sizeof(*base));
    return PROCEDURE_NEXT;
}

static const struct procedure_step counters_steps[] = {
    {"begin with the first", first_counter},
    {"read a counter", read_counter, .done = keep_counter},
    {"say what came since", say_counters},
};
static const struct procedure_table counters = PROCEDURE_TABLE("VF_GET_QUEUE_STATS", counters_steps);

/* ---- VF_INIT ---- */

static int has_counters(void *owner) { return chip_ops(owner)->counters ? PROCEDURE_NEXT : pf__jump(owner, "enable it"); }

static int enable(void *owner)
{
    struct pf *pf = owner;
    struct pf_vf *v = vf_of(pf);
    int status = 0;
    pci_config_write(pf->nic->vf[number(pf)], CONFIG_COMMAND, 2, COMMAND_MASTER); /* the reset cleared it */
    memset(&v->stats, 0, sizeof(v->stats));
    pf__vf_set_state(pf, number(pf), PF_VF_ENABLED);
    if (v->admin.vlan || v->admin.qos)
        status = pf__set_default_vlan(pf, number(pf), v->admin.vlan, v->admin.qos);
    if (status)
        pf__vf_set_state(pf, number(pf), PF_VF_ACQUIRED);
    chip__open(pf, number(pf), false, false);
    return status;
}

static const struct procedure_step init_steps[] = {
    {"see whether it is acquired", pf__see_acquired},
    {"wait for its reset's end", .sub = &pf__reset_over},
    {"see whether it counts", has_counters},
    {"read what an earlier life has counted", .sub = &counters},
    {"enable it", enable},
};
static const struct procedure_table init = PROCEDURE_TABLE("VF_INIT", init_steps);

/* ---- VF_QUIESCE: what the guest has posted goes out, then nothing more is read; what was steered to it reaches memory ---- */

static int drain_ring(void *owner) { return drain(owner, VFSIM_DRAIN_RING, (int)number(owner)); }

static int send_no_more(void *owner)
{
    chip__open(owner, number(owner), true, false);
    return drain(owner, VFSIM_DRAIN_SENT, VFSIM_DRAIN_ALL);
}

static int receive_no_more(void *owner)
{
    chip__open(owner, number(owner), false, false);
    return drain(owner, VFSIM_DRAIN_RECEIVED, VFSIM_DRAIN_ALL);
}

static int is_quiet(void *owner)
{
    struct pf *pf = owner;
    pf__vf_is_quiet(pf, number(pf));
    chip__port(pf, number(pf));
    return PROCEDURE_NEXT;
}

static const struct procedure_step run_dry_steps[] = {
    {"wait until it has sent what it posted", drain_ring, .sub = &look},
    {"let it send no more", send_no_more, .sub = &look},
    {"let it receive no more", receive_no_more, .sub = &look},
    {"it is quiet", is_quiet},
};
static const struct procedure_table run_dry = PROCEDURE_TABLE("let a VF run dry", run_dry_steps, PROCEDURE_FORCES);

static const struct procedure_step quiesce_steps[] = {
    {"see whether it is active", pf__see_active},
    {"let it run dry", .sub = &run_dry},
};
static const struct procedure_table quiesce = PROCEDURE_TABLE("VF_QUIESCE", quiesce_steps);

const struct procedure_table *const chip__tables[] = {
    &pf__reset_over, &pf__own_address, &look,     &chip__start, &misc,    &rx_fence, &tx_fence, &own_tx_fence,
    &chip__move,     &chip__set_mac,   &counters, &init,        &run_dry, &quiesce,  NULL,
};

/* ---- what takes no time ---- */

static int activate(struct pf *pf, unsigned vf)
{
    if (pf->s.vf[vf].state != PF_VF_ENABLED)
        return -EINVAL;
    pf__vf_set_state(pf, vf, PF_VF_ACTIVE);
    chip__open(pf, vf, true, true);
    return 0;
}

static int release(struct pf *pf, unsigned vf)
{
    struct pf_vf *v = &pf->s.vf[vf];
    if (v->state == PF_VF_FREE)
        return -EINVAL;
    pf__filters_release(pf, vf);
    v->multicast_count = v->vlan_count = 0;
    pf__groups(pf);
    v->vlan = v->qos = 0;
    v->has_mac = v->spoof_suspended = false;
    pf__vf_set_state(pf, vf, PF_VF_FREE);
    chip__open(pf, vf, false, false);
    return 0;
}

static int flr(struct pf *pf, struct pf_op *op)
{
    int status = pf__vf_flr(pf, op);
    if (!status)
        chip__open(pf, (unsigned)op->args.vf, false, false);
    return status;
}

static int queue_status(struct pf *pf, unsigned vf)
{
    for (unsigned q = 0; q < pf->queues; q++)
        pf->s.vf[vf].status[q] = (struct pf_queue_status){
            .rx_stopped = !(chip_driver(pf)->rx_open >> vf & 1),
            .tx_stopped = !(chip_driver(pf)->tx_open >> vf & 1),
        };
    return 0;
}

static int vf_operation(struct pf *pf, struct pf_op *op)
{
    if (op->args.vf < 0 || op->args.vf >= (int)pf__vfs(pf))
        return -EINVAL;
    unsigned vf = (unsigned)op->args.vf;
    bool acquired = pf->s.vf[vf].state != PF_VF_FREE && pf->s.vf[vf].state != PF_VF_RESET;
    switch ((int)op->op) {
    case VMK_NETPTOP_VF_INIT:
        return pf__follow(pf, &init);
    case VMK_NETPTOP_VF_ACTIVATE:
        return activate(pf, vf);
    case VMK_NETPTOP_VF_QUIESCE:
        return pf__follow(pf, &quiesce);
    case VMK_NETPTOP_VF_RELEASE:
        return release(pf, vf);
    case VMK_NETPTOP_VF_GET_INFO:
        return acquired ? 0 : -EINVAL;
    case VMK_NETPTOP_VF_GET_QUEUE_STATUS:
        return acquired ? queue_status(pf, vf) : -EINVAL;
    case VMK_NETPTOP_VF_GET_QUEUE_STATS:
        if (!chip_ops(pf)->counters)
            return -ENOTSUP;
        return pf__vf_runs(&pf->s.vf[vf]) ? pf__follow(pf, &counters) : -EINVAL;
    case PF_OP_VF_FLR:
        return flr(pf, op);
    case VMK_NETPTOP_VF_SAVE_STATE:
    case VMK_NETPTOP_VF_SET_IML:
    case VMK_NETPTOP_VF_SET_RSS_IND_TABLE:
    case PF_OP_VF_SET_TX_RATE:
        return -ENOTSUP;
    default:
        return pf__vf_set(pf, op);
    }
}

int chip__dispatch(struct pf *pf, struct pf_op *op)
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
    case PF_OP_PF_FLR:
        return -ENOTSUP;
    default:
        return vf_operation(pf, op);
    }
}
