/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of a VF. VF_INIT waits for its reset's end and provisions it: what it may offer, its queue pairs, address and MTU, and
 * the spreading over its queues; its driver sets the queues up by itself. VF_ACTIVATE lets them run, VF_QUIESCE stops them.
 */
#include "pf/virtio/virtio.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { CONFIG_COMMAND = 0x04, COMMAND_MASTER = 0x04 };

static struct pf_vf *vf_of(struct pf *pf) { return &pf->s.vf[pf__op_now(pf)->args.vf]; }
static int number(struct pf *pf) { return pf__op_now(pf)->args.vf; }

/* ---- one register says what a vport takes ---- */

void pf__virtio_vport(struct pf *pf, unsigned vf) { pf__vports_refresh(pf, &pf_virtio(pf)->open, vf); }

static void open_vport(struct pf *pf, unsigned vf, bool rx, bool tx) { pf__vports_open(pf, &pf_virtio(pf)->open, vf, rx, tx); }

/* ---- the move ---- */

static int move(void *owner)
{
    static const struct pf_move write = {.loses = pf__virtio_vport, .has = pf__virtio_vport};
    return pf__move(owner, true, &write);
}

static const struct procedure_step move_steps[] = {{"write its owner", move}};
const struct procedure_table pf__virtio_move = PROCEDURE_TABLE("MOVE_MAC", move_steps);

static const struct procedure_step set_mac_steps[] = {
    {"see the address", pf__see_address},
    {"take the new one", move},
    {"give up the old one", pf__give_up_address},
};
const struct procedure_table pf__virtio_set_mac = PROCEDURE_TABLE("VF_SET_MAC", set_mac_steps);

/* ---- what its plugin is told: what its capabilities say ---- */

void pf__virtio_vf_info(const struct pf *pf, unsigned vf, struct pf_vf_info *out)
{
    struct vio_device_info info = {.common = VIO_COMMON,
                                   .notify = VIO_NOTIFY_AT,
                                   .notify_multiplier = VIO_NOTIFY_MULTIPLIER,
                                   .isr = VIO_ISR_AT,
                                   .device = VIO_DEVICE,
                                   .pairs = pf->queues,
                                   .vectors = pf->queues};
    memset(out->device_info, 0, sizeof(out->device_info));
    memcpy(out->device_info, &info, sizeof(info));
    snprintf(out->plugin_name, sizeof(out->plugin_name), "%s", pf->nic->model->vf_plugin);
    out->bar_bytes = VIO_WINDOW_BYTES;
    out->fn = pf->nic->vf[vf];
    out->queues = pf->queues;
    out->vectors = pf->queues;
}

/* ---- init ---- */

static uint64_t offered(const struct pf *pf)
{
    uint64_t large = VIRTIO_BIT(VIRTIO_NET_F_GUEST_TSO4) | VIRTIO_BIT(VIRTIO_NET_F_GUEST_TSO6);
    return pf->s.features & PF_FEATURE_LRO ? ~UINT64_C(0) : ~large;
}

static int provision(void *owner)
{
    struct pf *pf = owner;
    const struct pf_vf *v = vf_of(pf);
    struct vio_provision set = {.features = offered(pf), .pairs = (uint16_t)pf->queues};
    pci_config_write(pf->nic->vf[number(pf)], CONFIG_COMMAND, 2, COMMAND_MASTER); /* a reset cleared it */
    set.mtu = v->asked_mtu > v->mtu ? v->asked_mtu : v->mtu;
    pf_vf_get_mac(pf, (unsigned)number(pf), set.mac);
    memcpy(pf__virtio_data(pf), &set, sizeof(set));
    return pf__virtio_call(pf, VIO_ADMIN_PROVISION, number(pf), sizeof(set));
}

/* The key is the one that the shell gives to its emulated device: a flow has one hash on both paths. */
static int spread(void *owner)
{
    struct pf *pf = owner;
    struct vio_rss rss = {.types = VIRTIO_NET_HASH_TYPES_ALL, .pairs = pf->queues};
    for (unsigned i = 0; i < sizeof(rss.key); i++)
        rss.key[i] = (uint8_t)(pf->s.rss_key[i / 4] >> (8 * (i % 4)));
    for (unsigned i = 0; i < sizeof(rss.table); i++)
        rss.table[i] = (uint8_t)(i % rss.pairs);
    memcpy(pf__virtio_data(pf), &rss, sizeof(rss));
    return pf__virtio_call(pf, VIO_ADMIN_RSS, number(pf), sizeof(rss));
}

static int enable(void *owner)
{
    struct pf *pf = owner;
    unsigned vf = (unsigned)number(pf);
    memset(&pf_virtio(pf)->base[vf], 0, sizeof(pf_virtio(pf)->base[vf]));
    return pf__vf_enable(pf, vf);
}

static const struct procedure_step init_steps[] = {
    {"see whether it is acquired", pf__see_acquired},
    {"wait for its reset's end", .sub = &pf__reset_over},
    {"provision it", provision, .sub = &pf__virtio_admin},
    {"spread over its queues", spread, .sub = &pf__virtio_admin},
    {"enable it", enable},
};
const struct procedure_table pf__virtio_init = PROCEDURE_TABLE("VF_INIT", init_steps);

/* ---- activate ---- */

uint32_t pf__virtio_run_word(struct pf *pf, unsigned vf, uint32_t what)
{
    pf__put_vf(pf_virtio(pf)->runs, vf, what == (VIO_RUN_RX | VIO_RUN_TX));
    return what | (pf->s.features & PF_FEATURE_LRO ? VIO_RUN_LRO : 0);
}

static int call_run(struct pf *pf, uint32_t what)
{
    return pf__virtio_call_word(pf, VIO_ADMIN_RUN, number(pf), pf__virtio_run_word(pf, (unsigned)number(pf), what));
}

static int let_it_run(void *owner)
{
    return vf_of(owner)->state == PF_VF_ENABLED ? call_run(owner, VIO_RUN_RX | VIO_RUN_TX) : -EINVAL;
}

static int open_it(void *owner)
{
    if (vf_of(owner)->state != PF_VF_ENABLED) /* it may have been reset meanwhile */
        return -EINVAL;
    pf__vf_set_state(owner, (unsigned)number(owner), PF_VF_ACTIVE);
    open_vport(owner, (unsigned)number(owner), true, true);
    return PROCEDURE_NEXT;
}

static const struct procedure_step activate_steps[] = {
    {"let its queues run", let_it_run, .sub = &pf__virtio_admin},
    {"open it", open_it},
};
const struct procedure_table pf__virtio_activate = PROCEDURE_TABLE("VF_ACTIVATE", activate_steps);

/*
 * ---- quiesce ----
 *
 * It takes no more frames from its queues; what was steered to it reaches memory, then nothing more is; what it sent has left.
 */

static int send_no_more(void *owner) { return call_run(owner, VIO_RUN_RX); }

static int call_rx_fence(void *owner)
{
    open_vport(owner, (unsigned)number(owner), false, true);
    return pf__virtio_call(owner, VIO_ADMIN_RX_FENCE, PF_ANY_VF, 0);
}

static int receive_no_more(void *owner) { return call_run(owner, 0); }

static int begin_to_wait(void *owner)
{
    pf__op_now(owner)->i = (uint32_t)(PF_TIMEOUT_PS / PF_POLL_PS);
    return PROCEDURE_NEXT;
}

static int call_status(void *owner) { return pf__virtio_call(owner, VIO_ADMIN_STATUS, number(owner), 0); }

static struct vio_status status_of(struct pf *pf)
{
    struct vio_status status;
    memcpy(&status, pf__virtio_answer(pf), sizeof(status));
    return status;
}

static int is_idle(void *owner)
{
    if (!(status_of(owner).flags & VIO_IS_BUSY))
        return PROCEDURE_LEAVE;
    return --pf__op_now(owner)->i ? PROCEDURE_NEXT : -ETIMEDOUT;
}

static int look_again(void *owner) { return pf__jump(owner, "see whether it is idle"); }

static int call_tx_fence(void *owner) { return pf__virtio_call(owner, VIO_ADMIN_TX_FENCE, PF_ANY_VF, 0); }

static int is_quiet(void *owner)
{
    pf__vf_is_quiet(owner, (unsigned)number(owner));
    open_vport(owner, (unsigned)number(owner), false, false);
    return PROCEDURE_NEXT;
}

static const struct procedure_step idle_steps[] = {
    {"begin to wait", begin_to_wait},
    {"see whether it is idle", call_status, .sub = &pf__virtio_admin, .done = is_idle},
    {"wait a moment", pf__doze, .done = look_again},
};
const struct procedure_table pf__virtio_idle = PROCEDURE_TABLE("wait until a VF is idle", idle_steps);

static const struct procedure_step run_dry_steps[] = {
    {"let it send no more", send_no_more, .sub = &pf__virtio_admin},
    {"fence what it receives", call_rx_fence, .sub = &pf__virtio_admin},
    {"let it receive no more", receive_no_more, .sub = &pf__virtio_admin},
    {"wait until it is idle", .sub = &pf__virtio_idle},
    {"fence what it sent", call_tx_fence, .sub = &pf__virtio_admin},
    {"it is quiet", is_quiet},
};
const struct procedure_table pf__virtio_run_dry = PROCEDURE_TABLE("let a VF run dry", run_dry_steps, PROCEDURE_FORCES);

static const struct procedure_step quiesce_steps[] = {
    {"see whether it is active", pf__see_active},
    {"let it run dry", .sub = &pf__virtio_run_dry},
};
const struct procedure_table pf__virtio_quiesce = PROCEDURE_TABLE("VF_QUIESCE", quiesce_steps);

/* ---- release: a chip that does not answer keeps nobody from giving it up ---- */

static int forget_it(void *owner)
{
    struct pf *pf = owner;
    unsigned vf = (unsigned)number(pf);
    if (vf_of(pf)->state == PF_VF_FREE)
        return -EINVAL;
    open_vport(pf, vf, false, false);
    pf__vports_forget(pf, vf);
    return PROCEDURE_NEXT;
}

static int stop_it(void *owner) { return call_run(owner, 0); }

static int is_free(void *owner)
{
    struct pf *pf = owner;
    pf__vf_set_state(pf, (unsigned)number(pf), PF_VF_FREE);
    pf__virtio_vport(pf, (unsigned)number(pf));
    return PROCEDURE_NEXT;
}

static const struct procedure_step release_steps[] = {
    {"forget what it had", forget_it},
    {"stop its queues", stop_it, .sub = &pf__virtio_admin, .own = PF_STEP_FORGIVEN},
    {"it is free", is_free},
};
const struct procedure_table pf__virtio_release = PROCEDURE_TABLE("VF_RELEASE", release_steps);

static int flr(struct pf *pf, struct pf_op *op)
{
    int status = pf__vf_flr(pf, op);

    if (status)
        return status;
    pf__put_vf(pf_virtio(pf)->runs, (unsigned)op->args.vf, false);
    open_vport(pf, (unsigned)op->args.vf, false, false);
    return 0;
}

/* ---- what its queues say ---- */

static int note_status(void *owner)
{
    struct pf *pf = owner;
    struct vio_status status = status_of(pf);
    bool runs = vf_of(pf)->state == PF_VF_ACTIVE && (status.flags & VIO_IS_RUNNING);
    for (unsigned q = 0; q < pf->queues; q++) {
        vf_of(pf)->status[q] = (struct pf_queue_status){.rx_stopped = !runs, .tx_stopped = !runs};
        vf_of(pf)->status[q].error = status.flags & VIO_IS_BROKEN ? 1 : 0;
    }
    return PROCEDURE_NEXT;
}

static const struct procedure_step queue_status_steps[] = {
    {"see how it is", call_status, .sub = &pf__virtio_admin, .done = note_status},
};
const struct procedure_table pf__virtio_queue_status = PROCEDURE_TABLE("VF_GET_QUEUE_STATUS", queue_status_steps);

static int call_stats(void *owner) { return pf__virtio_call(owner, VIO_ADMIN_STATS, number(owner), 0); }

static int take_stats(void *owner)
{
    struct pf *pf = owner;
    struct vports_counts now;
    memcpy(&now, pf__virtio_answer(pf), sizeof(now));
    pf__vports_count(pf, &vf_of(pf)->stats, &now, &pf_virtio(pf)->base[number(pf)]);
    return PROCEDURE_NEXT;
}

static const struct procedure_step queue_stats_steps[] = {
    {"have its counters", call_stats, .sub = &pf__virtio_admin, .done = take_stats},
};
const struct procedure_table pf__virtio_queue_stats = PROCEDURE_TABLE("VF_GET_QUEUE_STATS", queue_stats_steps);

/* ---- which operation is which ---- */

int pf__virtio_vf_run(struct pf *pf, struct pf_op *op)
{
    if (op->args.vf < 0 || op->args.vf >= (int)pf->nic->vf_count)
        return -EINVAL;
    unsigned vf = (unsigned)op->args.vf;
    bool acquired = pf->s.vf[vf].state != PF_VF_FREE && pf->s.vf[vf].state != PF_VF_RESET;
    switch ((int)op->op) {
    case VMK_NETPTOP_VF_INIT:
        return pf__follow(pf, &pf__virtio_init);
    case VMK_NETPTOP_VF_ACTIVATE:
        return pf__follow(pf, &pf__virtio_activate);
    case VMK_NETPTOP_VF_QUIESCE:
        return pf__follow(pf, &pf__virtio_quiesce);
    case VMK_NETPTOP_VF_RELEASE:
        return pf__follow(pf, &pf__virtio_release);
    case VMK_NETPTOP_VF_GET_INFO:
        return acquired ? 0 : -EINVAL;
    case VMK_NETPTOP_VF_GET_QUEUE_STATUS:
        return acquired ? pf__follow(pf, &pf__virtio_queue_status) : -EINVAL;
    case VMK_NETPTOP_VF_GET_QUEUE_STATS:
        return pf__vf_runs(&pf->s.vf[vf]) ? pf__follow(pf, &pf__virtio_queue_stats) : -EINVAL;
    case PF_OP_VF_FLR:
        return flr(pf, op);
    case VMK_NETPTOP_VF_SET_RSS_IND_TABLE: /* the table stays as VF_INIT has set it */
    case VMK_NETPTOP_VF_SAVE_STATE:        /* under NPA a VF has none */
    case VMK_NETPTOP_VF_SET_IML:
    case PF_OP_VF_SET_TX_RATE:
        return -ENOTSUP;
    default:
        return pf__vf_set(pf, op);
    }
}
