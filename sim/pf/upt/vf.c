/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of a VF of the UPT NIC, and what is set for one. As enic's: VF_INIT restores rings, VF_SAVE_STATE gives them back
 * [vmkapi_net_pt.h]. Unlike NPA's VFs it may be filtered for before it is initialised: from MOVE_MAC on its vport is open, and
 * what comes waits on the chip until VF_ACTIVATE.
 */
#include "pf/upt/upt.h"

#include <errno.h>
#include <string.h>

enum { CONFIG_COMMAND = 0x04, COMMAND_MASTER = 0x04 };

/* ---- one register says what a vport takes, another what its function does ---- */

void pf__upt_vport(struct pf *pf, unsigned vf) { pf__vports_refresh(pf, &pf_upt(pf)->open, vf); }

static void open_vport(struct pf *pf, unsigned vf, bool rx, bool tx) { pf__vports_open(pf, &pf_upt(pf)->open, vf, rx, tx); }

/* ---- the move ---- */

static void loses(struct pf *pf, unsigned vf)
{
    if (pf->s.vf[vf].state == PF_VF_ACTIVE)
        pf__upt_vport(pf, vf);
    else /* what waits for it goes in front of what comes to the PF */
        pf__write(pf, UPT_FCTL(vf), UPT_FCTL_YIELD);
}

static void takes(struct pf *pf, unsigned vf) { open_vport(pf, vf, true, pf__has_vf(pf_upt(pf)->open.tx, vf)); }

static int move(void *owner)
{
    static const struct pf_move write = {.loses = loses, .takes = takes, .has = pf__upt_vport};
    return pf__move(owner, true, &write);
}

static const struct procedure_step move_steps[] = {{"write its owner", move}};
const struct procedure_table pf__upt_move = PROCEDURE_TABLE("MOVE_MAC", move_steps);

static const struct procedure_step set_mac_steps[] = {
    {"see the address", pf__see_address},
    {"take the new one", move},
    {"give up the old one", pf__give_up_address},
};
const struct procedure_table pf__upt_set_mac = PROCEDURE_TABLE("VF_SET_MAC", set_mac_steps);

/* ---- life ---- */

static struct pf_vf *vf_of(struct pf *pf) { return &pf->s.vf[pf__op_now(pf)->args.vf]; }
static unsigned number(struct pf *pf) { return (unsigned)pf__op_now(pf)->args.vf; }

static int restore_rings(void *owner)
{
    struct pf *pf = owner;
    unsigned vf = number(pf);
    pci_config_write(pf->nic->vf[vf], CONFIG_COMMAND, 2, COMMAND_MASTER); /* a reset cleared it */
    memcpy(mem_at(pf->mem, pf__upt_scratch(pf), sizeof(struct vmxnet3_rings_image)), &pf_upt(pf)->rings[vf],
           sizeof(struct vmxnet3_rings_image));
    return pf__upt_call(pf, UPT_CMD_INIT, vf);
}

static int enable(void *owner)
{
    struct pf *pf = owner;
    unsigned vf = number(pf);
    const struct pf_vf_admin *admin = &vf_of(pf)->admin;
    memset(&pf_upt(pf)->base[vf], 0, sizeof(pf_upt(pf)->base[vf]));
    memset(&vf_of(pf)->stats, 0, sizeof(vf_of(pf)->stats));
    pf__vf_set_state(pf, vf, PF_VF_ENABLED);
    return admin->vlan ? pf__set_default_vlan(pf, vf, admin->vlan, admin->qos) : PROCEDURE_NEXT;
}

static const struct procedure_step init_steps[] = {
    {"see whether it is acquired", pf__see_acquired},
    {"wait for its reset's end", .sub = &pf__reset_over},
    {"restore its rings", restore_rings, .sub = &pf__upt_command},
    {"enable it", enable},
};
const struct procedure_table pf__upt_init = PROCEDURE_TABLE("VF_INIT", init_steps);

static int activate(struct pf *pf, unsigned vf)
{
    if (pf->s.vf[vf].state != PF_VF_ENABLED)
        return -EINVAL;
    pf__vf_set_state(pf, vf, PF_VF_ACTIVE);
    open_vport(pf, vf, true, true);
    pf__write(pf, UPT_FCTL(vf), UPT_FCTL_TX | UPT_FCTL_RX);
    return 0;
}

/*
 * ---- quiesce ----
 *
 * It takes no more descriptors; what was steered to it reaches memory, then nothing more is; what it sent has left.
 */

static int send_no_more(void *owner)
{
    pf__write(owner, UPT_FCTL(number(owner)), UPT_FCTL_RX);
    open_vport(owner, number(owner), false, true);
    return pf__upt_call(owner, UPT_CMD_RX_FENCE, number(owner));
}

static int receive_no_more(void *owner)
{
    pf__write(owner, UPT_FCTL(number(owner)), 0);
    pf__set_deadline(owner);
    return PROCEDURE_NEXT;
}

static int read_function(void *owner) { return pf__read(owner, UPT_FSTAT(number(owner))); }

static int is_idle(void *owner)
{
    struct pf *pf = owner;
    if (!(pf->s.value & UPT_FSTAT_BUSY))
        return PROCEDURE_LEAVE;
    return pf__is_late(pf) ? -ETIMEDOUT : PROCEDURE_NEXT;
}

static int look_again(void *owner) { return pf__jump(owner, "see whether it is idle"); }

static int call_tx_fence(void *owner) { return pf__upt_call(owner, UPT_CMD_TX_FENCE, number(owner)); }

static int is_quiet(void *owner)
{
    struct pf *pf = owner;
    pf__vf_is_quiet(pf, number(pf));
    open_vport(pf, number(pf), false, false);
    return PROCEDURE_NEXT;
}

static const struct procedure_step idle_steps[] = {
    {"see whether it is idle", read_function, .done = is_idle},
    {"wait a moment", pf__doze, .done = look_again},
};
const struct procedure_table pf__upt_idle = PROCEDURE_TABLE("wait until a VF is idle", idle_steps);

static const struct procedure_step run_dry_steps[] = {
    {"send no more, fence what it receives", send_no_more, .sub = &pf__upt_command},
    {"receive no more, wait until it is idle", receive_no_more, .sub = &pf__upt_idle},
    {"fence what it sent", call_tx_fence, .sub = &pf__upt_command},
    {"it is quiet", is_quiet},
};
const struct procedure_table pf__upt_run_dry = PROCEDURE_TABLE("let a VF run dry", run_dry_steps, PROCEDURE_FORCES);

static const struct procedure_step quiesce_steps[] = {
    {"see whether it is active", pf__see_active},
    {"let it run dry", .sub = &pf__upt_run_dry},
};
const struct procedure_table pf__upt_quiesce = PROCEDURE_TABLE("VF_QUIESCE", quiesce_steps);

/* ---- its rings, given back ---- */

static int call_save(void *owner)
{
    return vf_of(owner)->state == PF_VF_ENABLED ? pf__upt_call(owner, UPT_CMD_SAVE, number(owner)) : -EINVAL;
}

static int keep_rings(void *owner)
{
    struct pf *pf = owner;
    memcpy(&pf_upt(pf)->rings[number(pf)], mem_at(pf->mem, pf__upt_scratch(pf), sizeof(struct vmxnet3_rings_image)),
           sizeof(struct vmxnet3_rings_image));
    return PROCEDURE_NEXT;
}

static const struct procedure_step save_state_steps[] = {
    {"have its rings written", call_save, .sub = &pf__upt_command, .done = keep_rings},
};
const struct procedure_table pf__upt_save_state = PROCEDURE_TABLE("VF_SAVE_STATE", save_state_steps);

/* ---- release: a chip that does not answer keeps nobody from giving it up ---- */

static int forget_it(void *owner)
{
    struct pf *pf = owner;
    unsigned vf = number(pf);
    if (vf_of(pf)->state == PF_VF_FREE)
        return -EINVAL;
    open_vport(pf, vf, false, false);
    pf__write(pf, UPT_FCTL(vf), 0);
    pf__vports_forget(pf, vf);
    return PROCEDURE_NEXT;
}

static int call_clear(void *owner) { return pf__upt_call(owner, UPT_CMD_CLEAR, number(owner)); }

static int is_free(void *owner)
{
    pf__vf_set_state(owner, number(owner), PF_VF_FREE);
    pf__upt_vport(owner, number(owner));
    return PROCEDURE_NEXT;
}

static const struct procedure_step release_steps[] = {
    {"forget what it had", forget_it},
    {"have its rings cleared", call_clear, .sub = &pf__upt_command, .own = PF_STEP_FORGIVEN},
    {"it is free", is_free},
};
const struct procedure_table pf__upt_release = PROCEDURE_TABLE("VF_RELEASE", release_steps);

static int flr(struct pf *pf, struct pf_op *op)
{
    int status = pf__vf_flr(pf, op);

    if (status)
        return status;
    open_vport(pf, (unsigned)op->args.vf, false, false);
    pf__write(pf, UPT_FCTL((unsigned)op->args.vf), 0);
    return 0;
}

/* ---- what the VF's queues say ---- */

static int call_stats(void *owner) { return pf__upt_call(owner, UPT_CMD_STATS, number(owner)); }

static int take_stats(void *owner)
{
    struct pf *pf = owner;
    const struct vports_counts *now = mem_at(pf->mem, pf__upt_scratch(pf), sizeof(*now));
    pf__vports_count(pf, &vf_of(pf)->stats, now, &pf_upt(pf)->base[number(pf)]);
    return PROCEDURE_NEXT;
}

static const struct procedure_step queue_stats_steps[] = {
    {"have its counters written", call_stats, .sub = &pf__upt_command, .done = take_stats},
};
const struct procedure_table pf__upt_queue_stats = PROCEDURE_TABLE("VF_GET_QUEUE_STATS", queue_stats_steps);

static int read_control(void *owner) { return pf__read(owner, UPT_FCTL(number(owner))); }

static int note_control(void *owner)
{
    struct pf *pf = owner;
    for (unsigned q = 0; q < pf->queues; q++)
        vf_of(pf)->status[q] = (struct pf_queue_status){
            .rx_stopped = !(pf->s.value & UPT_FCTL_RX),
            .tx_stopped = !(pf->s.value & UPT_FCTL_TX),
        };
    return PROCEDURE_NEXT;
}

static int note_errors(void *owner)
{
    struct pf *pf = owner;
    for (unsigned q = 0; q < pf->queues && (pf->s.value & UPT_FSTAT_ERROR); q++)
        vf_of(pf)->status[q].error = 1;
    return PROCEDURE_NEXT;
}

static const struct procedure_step queue_status_steps[] = {
    {"see whether it receives and sends", read_control, .done = note_control},
    {"see whether a queue has stopped", read_function, .done = note_errors},
};
const struct procedure_table pf__upt_queue_status = PROCEDURE_TABLE("VF_GET_QUEUE_STATUS", queue_status_steps);

/* ---- which operation is which ---- */

int pf__upt_vf_run(struct pf *pf, struct pf_op *op)
{
    if (op->args.vf < 0 || op->args.vf >= (int)pf->nic->vf_count)
        return -EINVAL;
    unsigned vf = (unsigned)op->args.vf;
    bool acquired = pf->s.vf[vf].state != PF_VF_FREE && pf->s.vf[vf].state != PF_VF_RESET;
    bool enabled = pf->s.vf[vf].state == PF_VF_ENABLED || pf->s.vf[vf].state == PF_VF_ACTIVE;
    switch ((int)op->op) {
    case VMK_NETPTOP_VF_INIT:
        return pf__follow(pf, &pf__upt_init);
    case VMK_NETPTOP_VF_ACTIVATE:
        return activate(pf, vf);
    case VMK_NETPTOP_VF_QUIESCE:
        return pf__follow(pf, &pf__upt_quiesce);
    case VMK_NETPTOP_VF_SAVE_STATE:
        return pf__follow(pf, &pf__upt_save_state);
    case VMK_NETPTOP_VF_RELEASE:
        return pf__follow(pf, &pf__upt_release);
    case VMK_NETPTOP_VF_GET_INFO:
        return acquired ? 0 : -EINVAL;
    case VMK_NETPTOP_VF_GET_QUEUE_STATUS:
        return acquired ? pf__follow(pf, &pf__upt_queue_status) : -EINVAL;
    case VMK_NETPTOP_VF_GET_QUEUE_STATS:
        return enabled ? pf__follow(pf, &pf__upt_queue_stats) : -EINVAL;
    case PF_OP_VF_FLR:
        return flr(pf, op);
    case VMK_NETPTOP_VF_SET_IML:
    case VMK_NETPTOP_VF_SET_RSS_IND_TABLE:
    case PF_OP_VF_SET_TX_RATE:
        return -ENOTSUP; /* the chip moderates nothing and limits nothing; RSS is in the image */
    default:
        return pf__vf_set(pf, op);
    }
}
