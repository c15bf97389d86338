/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NetQueue: queue pairs of the host's own side, each in a pool of its own that takes what a filter names [vmknetddinetq.h:
 * VMKNETDDI_QUEUEOPS_OP_ALLOC_QUEUE, _APPLY_RX_FILTER]. How a filter changes hands is the family's (SET_QUEUE).
 */
#include "pf/pf__.h"

#include <stdio.h>

bool pf_has_queues(const struct pf *pf) { return pf->nic->own_pools; }
unsigned pf_netqueues(const struct pf *pf) { return pf->netqueues; }
struct port *pf_queue_uplink(struct pf *pf, unsigned queue) { return &pf->queue_uplink[queue]; }

struct cpu_thread *pf_queue_thread(struct pf *pf, unsigned queue, bool tx)
{
    return tx ? &pf->sender[queue] : &pf->poller[pf__queue_channel(queue)];
}

static void queue_receive(struct port *port, frame_ref ref)
{
    struct pf *pf = (struct pf *)port->owner;
    pf->family->send_by(pf, pf__queue_channel(port->index), ref);
}

static const struct port_ops port_ops = {.receive = queue_receive};

int pf__queues_create(struct pf *pf, const char *name)
{
    char port_name[64];
    for (unsigned q = 1; q <= pf->netqueues; q++) {
        snprintf(port_name, sizeof(port_name), "%.40s.q%u", name, q);
        int status = port_init(&pf->queue_uplink[q], &pf->c, q, port_name, &port_ops);
        if (status)
            return status;
    }
    return 0;
}

void pf__queues_destroy(struct pf *pf)
{
    for (unsigned q = 1; q <= pf->netqueues; q++)
        port_fini(&pf->queue_uplink[q]);
}

void pf__queues_forget(struct pf *pf)
{
    uint64_t own = pf__pool_bit(pf__pool(pf)), with_filters = pf__own_pools(pf) & ~own;
    pf->s.hears_all = false;
    for (unsigned q = 1; q <= pf->netqueues; q++)
        pf->s.queue[q] = (struct pf_queue){0};
    for (unsigned i = 0; i < PF_FILTERS_MAX; i++)
        if (pf->s.filter[i].pools & with_filters)
            pf->s.filter[i].pools = own;
}
