/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The threads of a PF driver: of each queue pair its interrupts and what they ask for, the other interrupts, operations. */
#include <stdio.h>

#include "pf/pf__.h"

typedef void (*init_fn)(struct cpu_thread *thread, struct cores *cores, const char *name, struct component *owner);

static void make(struct pf *pf, struct cpu_thread *thread, struct cores *cores, init_fn init, const char *what, unsigned number)
{
    char name[sizeof(thread->name)];
    snprintf(name, sizeof(name), "%.30s/%s%u", pf->c.name, what, number);
    init(thread, cores, name, &pf->c);
}

/* Of a NIC with queues that have filters what a queue brings is one thread's all the way, so it is no mere interrupt's. */
void pf__threads_init(struct pf *pf, struct cores *cores)
{
    bool has_queues = pf_has_queues(pf);
    for (unsigned q = 0; q < pf->channels_max; q++) {
        make(pf, &pf->handler[q], cores, cpu_interrupt_init, "irq", q);
        make(pf, &pf->poller[q], cores, has_queues ? cpu_server_init : cpu_interrupt_init, has_queues ? "rxq" : "poll", q);
    }
    make(pf, &pf->misc, cores, cpu_interrupt_init, "irq", pf->channels_max);
    make(pf, &pf->operator, cores, cpu_server_init, "ops", 0);
    for (unsigned q = 1; q <= pf->netqueues; q++) {
        make(pf, &pf->handler[pf__queue_channel(q)], cores, cpu_interrupt_init, "irq", pf->channels_max + q);
        make(pf, &pf->poller[pf__queue_channel(q)], cores, cpu_server_init, "rxq", q);
        make(pf, &pf->sender[q], cores, cpu_server_init, "txq", q);
        cpu_thread_sleeps(&pf->sender[q]);
    }
}

static struct cpu_thread *thread_of_queue(struct pf *pf, unsigned i)
{
    unsigned q = 1 + i / 3, c = pf__queue_channel(q);
    return i % 3 == 0 ? &pf->handler[c] : i % 3 == 1 ? &pf->poller[c] : &pf->sender[q];
}

static struct cpu_thread *thread_at(struct pf *pf, unsigned i)
{
    unsigned q = i / 2;
    if (q > pf->channels_max)
        return thread_of_queue(pf, i - 2 * pf->channels_max - 2);
    if (q == pf->channels_max)
        return i % 2 ? &pf->operator: & pf->misc;
    return i % 2 ? &pf->poller[q] : &pf->handler[q];
}

static unsigned count(const struct pf *pf) { return 2 * pf->channels_max + 2 + 3 * pf->netqueues; }

void pf__threads_fini(struct pf *pf)
{
    for (unsigned i = 0; i < count(pf); i++)
        cpu_thread_fini(thread_at(pf, i));
}

void pf__threads_save(struct pf *pf, struct save *s)
{
    for (unsigned i = 0; i < count(pf); i++)
        cpu_thread_save(thread_at(pf, i), s);
}

uint64_t pf_cpu_ps(const struct pf *pf)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < count(pf); i++)
        sum += thread_at((struct pf *)pf, i)->st.run_ps;
    return sum;
}
