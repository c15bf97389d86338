/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An operation is what a PF driver was asked to do, and how far it has come with it.
 *
 * Operations wait in one queue and are done one at a time (op.c). An operation is a routine that waits for register reads and for
 * time. It is written straight on, as real drivers are, with WAIT_READ() and WAIT_PS(), which return from the routine and come
 * back behind themselves (Duff's device, as in protothreads). All that a routine must remember lives in struct pf_op, so a wait
 * can be saved and restored like anything else.
 */
#ifndef VFSIM_PF_OP_H
#define VFSIM_PF_OP_H

#include <assert.h>

#include "pf/pf.h"

enum {
    PF_OPS_MAX = 256,          /* operations waiting at once; a further one is -EBUSY */
    PF_OPS_OWN = 2,            /* of them kept for the driver itself */
    PF_MESSAGE_WORDS = 16,     /* that an operation can keep: a mailbox message, say */
};
#define PF_POLL_PS SIM_US             /* between two looks at a register or a descriptor */
#define PF_TIMEOUT_PS (10 * SIM_MS)

enum { PF_WAIT = 1 }; /* an operation's routine: 0 or -errno done, PF_WAIT it waits */

/* Operations of the driver itself, in the same queue. */
enum { PF_OP_START = 0x200, PF_OP_MISC = 0x201 };

struct pf_fence { /* of a packet buffer, or of a ring */
    int32_t place;
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
    int32_t place, sub_place, call_place;
    int32_t half, stage;  /* of the driver's own reset, and around it */
    int32_t status;
    struct pf_fence fence;
    uint32_t i, j, k;     /* the routine's own */
    uint64_t old_pools, new_pools;
    uint32_t message[PF_MESSAGE_WORDS];
    struct pf_vf_admin before; /* what an operator's request would change */
};

/* ---- op.c ---- */
struct pf_op *pf__op_now(struct pf *pf); /* the one under way, or next to be */
void pf__op_event(struct pf *pf, const struct event *ev); /* its turn, or what it waits for, has come */
void pf__enqueue_own(struct pf *pf, uint32_t op, int vf);
void pf__report(struct pf *pf, const struct pf_op *op, int status);
void pf__write(struct pf *pf, uint32_t off, uint32_t value);
void pf__ask(struct pf *pf, uint32_t off);
void pf__sleep(struct pf *pf, sim_time span);
/* An operation that runs aside (a reset of 100 ms is not waited for in the queue) is over by an event of its own, `verb` at `when`,
 * with `detail` in the event's c. Who asked, for which VF and with which cookie travels in the event. */
void pf__leave_aside(struct pf *pf, struct pf_op *op, uint16_t verb, sim_time when, uint64_t detail);
struct pf_op pf__aside(const struct event *ev, uint32_t op); /* what the event says of the operation */

/* ---- run.c ---- */
int pf__run(struct pf *pf, struct pf_op *op);

/* ---- talk.c ---- */
void pf__say_asked(struct pf *pf, const struct pf_op *op);
void pf__say_begun(struct pf *pf, const struct pf_op *op);
void pf__say_answered(struct pf *pf, const struct pf_op *op, int status);
void pf__say_state(struct pf *pf, unsigned vf, const char *state); /* which the operation under way brings about */

/*
 * In a routine whose place is kept in `place`: read a register into pf->s.value; let time pass; wait for a sub-routine.
 * `n` names the wait, from 1 on and unlike any other of its routine (the compiler sees to that). It goes to disk, so a wait
 * keeps its number for as long as it is the same wait.
 */
#define OP_BEGIN(place)                                                                                                \
    switch (place) {                                                                                                   \
    case 0:
#define OP_END                                                                                                         \
    break;                                                                                                             \
    default:                                                                                                           \
        assert(!"an operation waits where no wait is");                                                                \
        }
#define WAIT_READ(place, n, off)                                                                                       \
    do {                                                                                                               \
        (place) = (n);                                                                                                 \
        pf__ask(pf, off);                                                                                              \
        return PF_WAIT;                                                                                                \
    case (n):;                                                                                                         \
    } while (0)
#define WAIT_PS(place, n, span)                                                                                        \
    do {                                                                                                               \
        (place) = (n);                                                                                                 \
        pf__sleep(pf, span);                                                                                           \
        return PF_WAIT;                                                                                                \
    case (n):;                                                                                                         \
    } while (0)
#define WAIT_FOR(place, n, result, routine)                                                                            \
    do {                                                                                                               \
        (place) = (n);                                                                                                 \
        __attribute__((fallthrough));                                                                                  \
    case (n):                                                                                                          \
        if (((result) = (routine)) == PF_WAIT)                                                                         \
            return PF_WAIT;                                                                                            \
    } while (0)

#endif
