/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of a VF [vmkdrivers bnx2x_esx.c bnx2x_pt_vf_*]: VF_INIT takes the guest's rings and shared region, waits for the reset's
 * end, sets the queues up, inactive; VF_ACTIVATE switches each of them on, VF_QUIESCE off; VF_RELEASE halts them. What is set for
 * a VF needs it initialised.
 */
#include "pf/bnx2x/bnx2x.h"

#include <errno.h>
#include <string.h>

static struct pf_vf *vf_of(struct pf *pf) { return &pf->s.vf[pf__op_now(pf)->args.vf]; }
static unsigned number(struct pf *pf) { return (unsigned)pf__op_now(pf)->args.vf; }

/* ---- one register says what a vport takes ---- */

void pf__bnx2x_vport(struct pf *pf, unsigned vf) { pf__vports_refresh(pf, &pf_bnx2x(pf)->open, vf); }

static void open_vport(struct pf *pf, unsigned vf, bool rx, bool tx) { pf__vports_open(pf, &pf_bnx2x(pf)->open, vf, rx, tx); }

/* ---- the move ---- */

static int move(void *owner)
{
    static const struct pf_move write = {.loses = pf__bnx2x_vport, .has = pf__bnx2x_vport};
    return pf__move(owner, true, &write);
}

static const struct procedure_step move_steps[] = {{"write its owner", move}};
const struct procedure_table pf__bnx2x_move = PROCEDURE_TABLE("MOVE_MAC", move_steps);

static const struct procedure_step set_mac_steps[] = {
    {"see the address", pf__see_address},
    {"take the new one", move},
    {"give up the old one", pf__give_up_address},
};
const struct procedure_table pf__bnx2x_set_mac = PROCEDURE_TABLE("VF_SET_MAC", set_mac_steps);

/* ---- queue by queue (op->i) ---- */

static int first_queue(void *owner)
{
    pf__op_now(owner)->i = 0;
    return pf_bnx2x(owner)->queues[number(owner)] ? PROCEDURE_NEXT : PROCEDURE_LEAVE;
}

static int next_queue(void *owner)
{
    return ++pf__op_now(owner)->i < pf_bnx2x(owner)->queues[number(owner)] ? PROCEDURE_AGAIN : PROCEDURE_NEXT;
}

static int call_update(void *owner)
{
    const struct pf_op *op = pf__op_now(owner);
    return pf__bnx2x_call(owner, E2_RAMROD_CLIENT_UPDATE, bnx2x_zone(owner, number(owner), op->i), op->j);
}

static int call_halt(void *owner)
{
    return pf__bnx2x_call(owner, E2_RAMROD_HALT, bnx2x_zone(owner, number(owner), pf__op_now(owner)->i), 0);
}

static const struct procedure_step update_steps[] = {
    {"begin with the first queue", first_queue},
    {"say what it does", call_update, .sub = &pf__bnx2x_ramrod, .done = next_queue}, /* op->j */
};
const struct procedure_table pf__bnx2x_update = PROCEDURE_TABLE("switch its queues", update_steps);

static const struct procedure_step halt_steps[] = {
    {"begin with the first queue", first_queue},
    {"halt it", call_halt, .sub = &pf__bnx2x_ramrod, .done = next_queue},
};
const struct procedure_table pf__bnx2x_halt = PROCEDURE_TABLE("halt its queues", halt_steps);

/* ---- activate ---- */

static int is_enabled(void *owner)
{
    pf__op_now(owner)->j = E2_CLIENT_RX | E2_CLIENT_TX;
    return vf_of(owner)->state == PF_VF_ENABLED ? PROCEDURE_NEXT : -EINVAL;
}

static int open_it(void *owner)
{
    if (vf_of(owner)->state != PF_VF_ENABLED) /* it may have been reset meanwhile */
        return -EINVAL;
    pf__vf_set_state(owner, number(owner), PF_VF_ACTIVE);
    open_vport(owner, number(owner), true, true);
    return PROCEDURE_NEXT;
}

static const struct procedure_step activate_steps[] = {
    {"see whether it is enabled", is_enabled},
    {"switch its queues on", .sub = &pf__bnx2x_update},
    {"open it", open_it},
};
const struct procedure_table pf__bnx2x_activate = PROCEDURE_TABLE("VF_ACTIVATE", activate_steps);

/*
 * ---- quiesce ----
 *
 * It takes no more frames from its rings; what was steered to it reaches memory, then nothing more is; what it sent has left.
 */

static int send_no_more(void *owner)
{
    pf__op_now(owner)->j = E2_CLIENT_RX;
    return PROCEDURE_NEXT;
}

static int call_empty(void *owner)
{
    open_vport(owner, number(owner), false, true);
    return pf__bnx2x_call(owner, E2_RAMROD_EMPTY, number(owner), 0);
}

static int receive_no_more(void *owner)
{
    pf__op_now(owner)->j = 0;
    return PROCEDURE_NEXT;
}

static int begin_to_wait(void *owner)
{
    pf__set_deadline(owner);
    return PROCEDURE_NEXT;
}

static int read_function(void *owner) { return pf__read(owner, E2_FUNCTION(number(owner))); }

static int is_idle(void *owner)
{
    struct pf *pf = owner;
    if (!(pf->s.value & E2_FUNCTION_BUSY))
        return PROCEDURE_LEAVE;
    return pf__is_late(pf) ? -ETIMEDOUT : PROCEDURE_NEXT;
}

static int look_again(void *owner) { return pf__jump(owner, "see whether it is idle"); }

static int call_forward_empty(void *owner) { return pf__bnx2x_call(owner, E2_RAMROD_FORWARD_EMPTY, number(owner), 0); }

static int is_quiet(void *owner)
{
    struct pf *pf = owner;
    pf__vf_is_quiet(pf, number(pf));
    open_vport(pf, number(pf), false, false);
    return PROCEDURE_NEXT;
}

static const struct procedure_step idle_steps[] = {
    {"begin to wait", begin_to_wait},
    {"see whether it is idle", read_function, .done = is_idle},
    {"wait a moment", pf__doze, .done = look_again},
};
const struct procedure_table pf__bnx2x_idle = PROCEDURE_TABLE("wait until a VF is idle", idle_steps);

static const struct procedure_step run_dry_steps[] = {
    {"send no more", send_no_more, .sub = &pf__bnx2x_update},
    {"fence what it receives", call_empty, .sub = &pf__bnx2x_ramrod},
    {"receive no more", receive_no_more, .sub = &pf__bnx2x_update},
    {"wait until it is idle", .sub = &pf__bnx2x_idle},
    {"fence what it sent", call_forward_empty, .sub = &pf__bnx2x_ramrod},
    {"it is quiet", is_quiet},
};
const struct procedure_table pf__bnx2x_run_dry = PROCEDURE_TABLE("let a VF run dry", run_dry_steps, PROCEDURE_FORCES);

static const struct procedure_step quiesce_steps[] = {
    {"see whether it is active", pf__see_active},
    {"let it run dry", .sub = &pf__bnx2x_run_dry},
};
const struct procedure_table pf__bnx2x_quiesce = PROCEDURE_TABLE("VF_QUIESCE", quiesce_steps);

/* ---- release: a chip that does not answer keeps nobody from giving it up ---- */

static int forget_it(void *owner)
{
    struct pf *pf = owner;
    unsigned vf = number(pf);
    if (vf_of(pf)->state == PF_VF_FREE)
        return -EINVAL;
    open_vport(pf, vf, false, false);
    pf__vports_forget(pf, vf);
    return PROCEDURE_NEXT;
}

static int is_free(void *owner)
{
    struct pf *pf = owner;
    unsigned vf = number(pf);
    memset(&pf_bnx2x(pf)->memory[vf], 0, sizeof(pf_bnx2x(pf)->memory[vf]));
    pf_bnx2x(pf)->queues[vf] = 0;
    pf__vf_set_state(pf, vf, PF_VF_FREE);
    pf__bnx2x_vport(pf, vf);
    return PROCEDURE_NEXT;
}

static const struct procedure_step release_steps[] = {
    {"forget what it had", forget_it},
    {"halt its queues", .sub = &pf__bnx2x_halt, .own = PF_STEP_FORGIVEN},
    {"it is free", is_free},
};
const struct procedure_table pf__bnx2x_release = PROCEDURE_TABLE("VF_RELEASE", release_steps);

static int flr(struct pf *pf, struct pf_op *op)
{
    int status = pf__vf_flr(pf, op);

    if (status)
        return status;
    pf_bnx2x(pf)->queues[op->args.vf] = 0; /* the chip has forgotten them */
    open_vport(pf, (unsigned)op->args.vf, false, false);
    return 0;
}

/* ---- what its queues say ---- */

static int note_function(void *owner)
{
    struct pf *pf = owner;
    bool active = vf_of(pf)->state == PF_VF_ACTIVE;
    for (unsigned q = 0; q < pf->queues; q++) {
        bool runs = active && q < pf_bnx2x(pf)->queues[number(pf)];
        vf_of(pf)->status[q] = (struct pf_queue_status){.rx_stopped = !runs, .tx_stopped = !runs};
        vf_of(pf)->status[q].error = pf->s.value & E2_FUNCTION_STOPPED ? 1 : 0;
    }
    return PROCEDURE_NEXT;
}

static const struct procedure_step queue_status_steps[] = {
    {"see whether a queue was stopped", read_function, .done = note_function},
};
const struct procedure_table pf__bnx2x_queue_status = PROCEDURE_TABLE("VF_GET_QUEUE_STATUS", queue_status_steps);

/* ---- which operation is which ---- */

int pf__bnx2x_vf_run(struct pf *pf, struct pf_op *op)
{
    if (op->args.vf < 0 || op->args.vf >= (int)pf->nic->vf_count)
        return -EINVAL;
    unsigned vf = (unsigned)op->args.vf;
    bool acquired = pf->s.vf[vf].state != PF_VF_FREE && pf->s.vf[vf].state != PF_VF_RESET;
    switch ((int)op->op) {
    case VMK_NETPTOP_VF_INIT:
        return pf__follow(pf, &pf__bnx2x_init);
    case VMK_NETPTOP_VF_ACTIVATE:
        return pf__follow(pf, &pf__bnx2x_activate);
    case VMK_NETPTOP_VF_QUIESCE:
        return pf__follow(pf, &pf__bnx2x_quiesce);
    case VMK_NETPTOP_VF_RELEASE:
        return pf__follow(pf, &pf__bnx2x_release);
    case VMK_NETPTOP_VF_GET_INFO:
        return acquired ? 0 : -EINVAL;
    case VMK_NETPTOP_VF_GET_QUEUE_STATUS:
        return acquired ? pf__follow(pf, &pf__bnx2x_queue_status) : -EINVAL;
    case VMK_NETPTOP_VF_GET_QUEUE_STATS:
        return pf__vf_runs(&pf->s.vf[vf]) ? pf__follow(pf, &pf__bnx2x_queue_stats) : -EINVAL;
    case VMK_NETPTOP_VF_SET_RSS_IND_TABLE: /* [bnx2x_pt_vf_set_rss_ind_table: checked, and ignored] */
        return op->args.rss_count <= PF_RSS_TABLE_MAX ? 0 : -EINVAL;
    case PF_OP_VF_FLR:
        return flr(pf, op);
    case VMK_NETPTOP_VF_SAVE_STATE: /* under NPA a VF has none */
    case VMK_NETPTOP_VF_SET_IML:
    case PF_OP_VF_SET_TX_RATE:
        return -ENOTSUP;
    default:
        return pf__vf_set(pf, op);
    }
}
