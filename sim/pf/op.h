/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An operation is what a PF driver was asked to do, and how far it has come with it.
 *
 * Operations wait in one queue and are done one at a time (op.c). An operation that only writes is a function. One that reads
 * registers or waits is a table of named steps (core/engine/procedure.h), to be read from above as a driver's routine is: a step
 * asks for a register or sleeps, its done() finds the answer in pf->s.value. What steps have to remember lies in struct pf_op, how
 * far the table has come in pf->procedure.
 */
#ifndef VFSIM_PF_OP_H
#define VFSIM_PF_OP_H

#include <assert.h>

#include "core/engine/procedure.h"
#include "pf/pf.h"

enum {
    PF_OPS_MAX = 256,          /* operations waiting at once; a further one is -EBUSY */
    PF_OPS_OWN = 2,            /* of them kept for the driver itself */
    PF_MESSAGE_WORDS = 16,     /* that an operation can keep: a mailbox message, say */
};
#define PF_POLL_PS SIM_US             /* between two looks at a register or a descriptor */
#define PF_TIMEOUT_PS (10 * SIM_MS)

enum { PF_WAIT = 1 }; /* of an operation that has begun: 0 or -errno it is over, PF_WAIT it waits */

/* Operations of the driver itself, in the same queue. */
enum { PF_OP_START = 0x200, PF_OP_MISC = 0x201 };

/* of a packet buffer, or of a ring */
struct pf_fence {
    uint32_t put, get, wrap; /* registers of a buffer's pointers, and where they wrap */
    uint32_t queue, ring_len_desc;
    uint32_t target, last;
    sim_time deadline;
};

struct pf_op {
    uint32_t op;          /* enum vmk_netptop or one of ours */
    struct pf_args args;
    uint16_t from;        /* component id, 0: nobody waits */
    uint16_t verb;
    bool admin;           /* an operator's: kept beyond the VF's life */
    bool wrote;           /* registers were written: flushed before it is reported done */
    uint64_t cookie;
    bool flushes;         /* it is over with `status`: what it wrote is being pushed */
    bool keeps;           /* `before` is what an operator's request has changed: put back when it fails */
    int32_t status;
    struct pf_fence fence;
    uint32_t i, j, k;     /* the steps' own */
    uint32_t word;        /* of `message` */
    uint64_t old_pools, new_pools;
    uint32_t message[PF_MESSAGE_WORDS];
    struct pf_vf_admin before;
};

/* ---- op.c ---- */
struct pf_op *pf__op_now(struct pf *pf); /* the one under way, or next to be */
void pf__op_event(struct pf *pf, const struct event *ev); /* its turn, or what it waits for, has come */
void pf__enqueue_own(struct pf *pf, uint32_t op, int vf);
/* The rest of the operation: PF_WAIT, or it is over already. */
int pf__follow(struct pf *pf, const struct procedure_table *table);
void pf__procedures_init(struct pf *pf);
void pf__report(struct pf *pf, const struct pf_op *op, int status);
void pf__write(struct pf *pf, uint32_t off, uint32_t value);
void pf__ask(struct pf *pf, uint32_t off);
void pf__sleep(struct pf *pf, sim_time span);
/* An operation that runs aside (a reset of 100 ms is not waited for in the queue) is over by an event of its own, `verb` at `when`,
 * with `detail` in the event's c. Who asked, for which VF and with which cookie travels in the event. */
void pf__leave_aside(struct pf *pf, struct pf_op *op, uint16_t verb, sim_time when, uint64_t detail);
struct pf_op pf__aside(const struct event *ev, uint32_t op); /* what the event says of the operation */

/* ---- run.c ---- */
int pf__run(struct pf *pf, struct pf_op *op); /* begin it */

/* ---- talk.c ---- */
void pf__say_asked(struct pf *pf, const struct pf_op *op);
void pf__say_begun(struct pf *pf, const struct pf_op *op);
void pf__say_answered(struct pf *pf, const struct pf_op *op, int status);
void pf__say_state(struct pf *pf, unsigned vf, const char *state); /* which the operation under way brings about */

/* The functions of steps have the PF driver as their owner. What is forgiven may fail: the table goes on as if it had gone well. */
enum { PF_STEP_FORGIVEN = 1 }; /* procedure_step.own */

static inline int pf__read(struct pf *pf, uint32_t off) /* into pf->s.value: the step's done() looks at it */
{
    pf__ask(pf, off);
    return PROCEDURE_WAIT;
}
int pf__doze(void *owner); /* a moment: between two looks at a register or a descriptor */
int pf__again(void *owner); /* done() of a step that has slept: it looks anew */
int pf__jump(struct pf *pf, const char *step);
void pf__set_deadline(struct pf *pf); /* op->fence.deadline: PF_TIMEOUT_PS from now */
bool pf__is_late(const struct pf *pf);

#endif
