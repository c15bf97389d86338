/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal: who said what to whom, and when, in the conversations a report draws (a mode switch, a migration, a rollout).
 *
 * Whoever leads a conversation opens it and hands its number on with what he asks of others; each side writes down what it
 * says at the moment it says it. Nothing is inferred afterwards, and nothing in a simulation depends on it. Messages of
 * conversation 0 are nobody's and cost a branch.
 *
 * Limits are named and counted: conversations beyond JOURNAL_TALKS_MAX are number 0, messages beyond JOURNAL_MESSAGES_MAX in
 * all or JOURNAL_TALK_MESSAGES_MAX in one conversation are left out and told as a number.
 */
#ifndef VFSIM_CORE_JOURNAL_H
#define VFSIM_CORE_JOURNAL_H

#include <stdint.h>

#include "core/engine/engine.h"

enum { JOURNAL_TALKS_MAX = 8192, JOURNAL_MESSAGES_MAX = 65536, JOURNAL_TALK_MESSAGES_MAX = 512, JOURNAL_WHAT_LEN = 80 };

enum journal_role {
    JOURNAL_HYPERVISOR, /* of the host that is the component */
    JOURNAL_SHELL,      /* in the VM that is the component */
    JOURNAL_PLUGIN,     /* in the VM */
    JOURNAL_VNIC,       /* emulated device of the VM */
    JOURNAL_PF,         /* driver and function of the NIC that is the component, as are the next two */
    JOURNAL_VF,         /* sub: its number */
    JOURNAL_ESWITCH,
    JOURNAL_VM,         /* its vCPU and devices, as the hypervisor handles them */
    JOURNAL_OUTSIDE,    /* whatever is behind the uplinks; no component */
    JOURNAL_ROLLOUT,    /* the component: who asks hypervisors for the replacement of plugins */
    JOURNAL_ROLE_COUNT
};
const char *journal_role_name(enum journal_role role); /* "hypervisor", "embedded switch", … */

/* plain data */
struct journal_party {
    uint16_t component;
    uint8_t role; /* enum journal_role */
    uint8_t zero;
    int32_t sub; /* -1: none */
};
static inline struct journal_party journal_party(const struct component *c, enum journal_role role, int sub)
{
    return (struct journal_party){.component = c ? c->id : 0, .role = (uint8_t)role, .sub = sub};
}
static inline bool journal_party_is(struct journal_party a, struct journal_party b)
{
    return a.component == b.component && a.role == b.role && a.sub == b.sub;
}

/* plain data */
struct journal_message {
    sim_time at;
    struct journal_party from, to; /* the same: a note of his own */
    uint32_t talk;
    uint32_t next; /* of the conversation: 1 + index, 0 none */
    char what[JOURNAL_WHAT_LEN];
};

uint32_t journal_open(struct sim *sim); /* a new conversation, from 1; 0: there are too many */

void journal_say(struct sim *sim, uint32_t talk, struct journal_party from, struct journal_party to, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* Messages of a conversation in the order they were said: NULL in, the first one out; NULL out: no more. */
const struct journal_message *journal_next(const struct sim *sim, uint32_t talk, const struct journal_message *after);
uint32_t journal_left_out(const struct sim *sim, uint32_t talk);

#endif
