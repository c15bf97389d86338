/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The queue of operations: in order of arrival, one at a time; what reaches registers for them. */
#include "pf/pf__.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

struct pf_op *pf__op_now(struct pf *pf) { return &pf->op[pf->s.op_get % PF_OPS_MAX]; }

/* ---- what steps ask for ---- */

void pf__write(struct pf *pf, uint32_t off, uint32_t value)
{
    pf__op_now(pf)->wrote |= pf->s.op_running;
    pci_mmio_write(pf->nic->pf, &pf->c, sim_now(pf->c.sim), pf->family->reg_bar, off, 4, value);
}

void pf__ask(struct pf *pf, uint32_t off)
{
    pci_mmio_read(pf->nic->pf, &pf->c, sim_now(pf->c.sim), pf->family->reg_bar, off, 4, EV_HOST, PF_EV_READ, ++pf->s.read_serial);
}

void pf__sleep(struct pf *pf, sim_time span)
{
    event_post(&pf->c, &pf->c, sim_time_add(sim_now(pf->c.sim), span), EV_HOST, PF_EV_WAKE, ++pf->s.read_serial, 0, 0);
}

/* ---- the queue of operations ---- */

static void op_begin(struct pf *pf)
{
    if (pf->s.op_running || pf->s.op_get == pf->s.op_put)
        return;
    pf->s.op_running = true;
    struct pf_op *op = pf__op_now(pf);
    uint64_t cycles = op->op == PF_OP_START ? 0 : profile_get(&pf->c.sim->profile, PROFILE_pf_op_cycles);
    cpu_work(&pf->operator, NULL, CPU_operation, cycles, (struct cpu_done){PF_EV_GO});
}

void pf__report(struct pf *pf, const struct pf_op *op, int status)
{
    struct component *from = op->from ? component_by_id(pf->c.sim, op->from) : NULL;
    trace_pf_op_done(&pf->c, pf_op_name((enum vmk_netptop)op->op), op->args.vf, pf_status_text((enum vmk_netptop)op->op, status));
    if (!from)
        return;
    pf__say_answered(pf, op, status);
    event_post(&pf->c, from, sim_now(pf->c.sim), EV_HOST, op->verb, op->cookie, (uint64_t)(int64_t)status,
               (uint64_t)(int64_t)op->args.vf);
}

static void op_over(struct pf *pf, int status)
{
    pf__report(pf, pf__op_now(pf), status);
    pf->s.op_get++;
    pf->s.op_running = false;
    op_begin(pf);
}

/* What an operation wrote has reached the chip before it is reported done: a read pushes posted writes [PCIe 2.4]. */
static void op_settle(struct pf *pf, int status)
{
    struct pf_op *op = pf__op_now(pf);
    if (status && op->keeps)
        pf__vf_put_back(pf, op);
    if (!op->wrote) {
        op_over(pf, status);
        return;
    }
    op->status = status;
    op->flushes = true;
    pf__ask(pf, pf->family->status);
}

static void op_go(struct pf *pf)
{
    struct pf_op *op = pf__op_now(pf);
    int status;
    pf__say_begun(pf, op);
    if (op->op == PF_OP_SET_NUM_VFS) { /* config space alone, which nothing has to push */
        op_over(pf, pf->outside ? -EPERM : pf__set_num_vfs(pf, op));
        return;
    }
    trace_pf_op_start(&pf->c, pf_op_name((enum vmk_netptop)op->op), op->args.vf);
    status = pf__run(pf, op);
    if (status != PF_WAIT)
        op_settle(pf, status);
}

static struct pf_op *op_append(struct pf *pf, uint32_t kind, bool from_outside)
{
    uint32_t limit = from_outside ? PF_OPS_MAX - PF_OPS_OWN : PF_OPS_MAX;
    if (pf->s.op_put - pf->s.op_get >= limit)
        return NULL;
    struct pf_op *op = &pf->op[pf->s.op_put++ % PF_OPS_MAX];
    memset(op, 0, sizeof(*op));
    op->op = kind;
    return op;
}

void pf__enqueue_own(struct pf *pf, uint32_t kind, int vf)
{
    struct pf_op *op = op_append(pf, kind, false);
    assert(op && "START and one MISC always find room");
    op->args.vf = vf;
    op_begin(pf);
}

static void request(struct pf *pf, enum vmk_netptop kind, const struct pf_args *args, struct component *from, uint16_t verb,
                    uint64_t cookie, bool admin)
{
    struct pf_op *op = op_append(pf, (uint32_t)kind, true),
                 asked = {.op = (uint32_t)kind, .args = *args, .from = from->id, .verb = verb, .cookie = cookie};
    pf__say_asked(pf, &asked);
    if (!op) {
        pf__report(pf, &asked, -EBUSY);
        return;
    }
    memcpy(&op->args, args, offsetof(struct pf_args, multicast) + sizeof(args->multicast)); /* not the padding: it is saved */
    op->args.gap_ps = args->gap_ps;
    op->from = from->id;
    op->verb = verb;
    op->cookie = cookie;
    op->admin = admin;
    op_begin(pf);
}

void pf_request(struct pf *pf, enum vmk_netptop op, const struct pf_args *args, struct component *from, uint16_t verb,
                uint64_t cookie)
{
    request(pf, op, args, from, verb, cookie, false);
}

void pf_admin_request(struct pf *pf, enum vmk_netptop op, const struct pf_args *args, struct component *from, uint16_t verb,
                      uint64_t cookie)
{
    request(pf, op, args, from, verb, cookie, true);
}

/* ---- aside: what is over by an event of its own ---- */

void pf__leave_aside(struct pf *pf, struct pf_op *op, uint16_t verb, sim_time when, uint64_t detail)
{
    uint64_t who = (uint16_t)op->args.vf | (uint64_t)op->from << 16 | (uint64_t)op->verb << 32;

    event_post(&pf->c, &pf->c, when, EV_HOST, verb, who, op->cookie, detail);
    op->from = 0; /* not reported now */
}

struct pf_op pf__aside(const struct event *ev, uint32_t op)
{
    return (struct pf_op){.op = op,
                          .args = {.vf = (int16_t)(ev->a & 0xffff)},
                          .from = (uint16_t)(ev->a >> 16),
                          .verb = (uint16_t)(ev->a >> 32),
                          .cookie = ev->b};
}

/* ---- procedures: one at a time, as operations are ---- */

int pf__doze(void *owner)
{
    pf__sleep(owner, PF_POLL_PS);
    return PROCEDURE_WAIT;
}

int pf__again(void *owner) { return PROCEDURE_AGAIN; }

int pf__jump(struct pf *pf, const char *step)
{
    procedure_jump(&pf->procedure, step);
    return PROCEDURE_JUMP;
}

void pf__set_deadline(struct pf *pf) { pf__op_now(pf)->fence.deadline = sim_now(pf->c.sim) + PF_TIMEOUT_PS; }

bool pf__is_late(const struct pf *pf) { return sim_now(pf->c.sim) >= pf->op[pf->s.op_get % PF_OPS_MAX].fence.deadline; }

static int step_ends(void *owner, const struct procedure_step *step, int answer)
{
    struct pf *pf = owner;
    if (step->own != PF_STEP_FORGIVEN)
        return answer;
    pf->procedure.status = 0;
    return answer < 0 ? PROCEDURE_NEXT : answer;
}

void pf__procedures_init(struct pf *pf)
{
    pf->procedures = (struct procedure_kind){.table = pf->family->tables, .ends = step_ends};
    procedure_init(&pf->procedure, &pf->procedures, pf, &pf->c, 0);
}

int pf__follow(struct pf *pf, const struct procedure_table *table)
{
    procedure_begin(&pf->procedure, table);
    return procedure_is_active(&pf->procedure) ? PF_WAIT : pf->procedure.status;
}

/* ---- it goes on ---- */

void pf__op_event(struct pf *pf, const struct event *ev)
{
    struct pf_op *op = pf__op_now(pf);
    if (ev->verb == PF_EV_GO) {
        op_go(pf);
        return;
    }
    if (ev->verb == PF_EV_READ) {
        assert(ev->a == pf->s.read_serial && "an answer nobody waits for");
        pf->s.value = (uint32_t)ev->b;
    }
    if (op->flushes) {
        op_over(pf, op->status);
        return;
    }
    bool is_awaited = procedure_done(&pf->procedure, pf->procedure.gen, 0);
    assert(is_awaited);
    if (!procedure_is_active(&pf->procedure))
        op_settle(pf, pf->procedure.status);
}
