/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtual switch: ports and where frames go. */
#include "vswitch/vswitch.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "vswitch/vswitch__.h"

/* ---- where a frame goes ---- */

/* A frame inside the switch: its tag is taken off and kept here, so that every port sees it in its own form. */
struct transit {
    frame_ref ref;
    struct frame *f;
    int32_t tci; /* -1: untagged */
    unsigned uplink;
    int source; /* VM port, -1: the uplink */
    struct cpu_thread *by; /* the NIC's queue that it came by */
};

static bool vlan_fits(const struct vswitch_port *p, int32_t tci)
{
    int vid = tci < 0 ? 0 : tci & 0xfff;

    if (p->vlan >= 0)
        return vid == p->vlan;
    return vid == 0 || p->st.trunk;
}

/* Would the device take it, in the form this port would give it? */
static bool port_accepts(const struct vswitch_port *p, struct transit *t)
{
    bool tagged = p->vlan < 0 && t->tci >= 0, accepts;
    uint16_t tci;

    if (tagged)
        frame_vlan_push(t->f, (uint16_t)t->tci);
    accepts = vmxnet3_check_rx(p->dev, t->f) == FATE_COUNT;
    if (tagged)
        frame_vlan_pop(t->f, &tci);
    return accepts;
}

static bool port_wants(const struct vswitch *vs, unsigned i, struct transit *t)
{
    const struct vswitch_port *p = vs->port[i];
    const uint8_t *to = frame_data(t->f);

    if ((int)i == t->source || !(t->source < 0 ? p->st.from_uplink : p->st.from_local) || !vlan_fits(p, t->tci))
        return false;
    if (p->st.divert == VSWITCH_DIVERT_LEFT && p->st.uplink == t->uplink)
        return !memcmp(to, p->st.mac, 6) || (mac_is_broadcast(to) && !memcmp(to + 6, p->st.mac, 6));
    if (p->st.uplink != t->uplink) /* the outside has not learnt yet where it went */
        return t->source < 0 && p->st.old_uplink == t->uplink && !memcmp(to, p->st.mac, 6);
    if (mac_is_multicast(to))
        return p->st.multicast && port_accepts(p, t);
    return !memcmp(to, p->st.mac, 6) || ((vmxnet3_rx_mode(p->dev) & VMXNET3_RXM_PROMISC) && port_accepts(p, t));
}

/* Takes a reference of its own. */
static void give(struct vswitch *vs, unsigned i, frame_ref ref, const struct transit *t)
{
    if (vs->port[i]->vlan < 0 && t->tci >= 0)
        frame_vlan_push(frame_get(vs->c.sim, ref), (uint16_t)t->tci);
    vswitch__enqueue(vs, i, TO_VM, ref, t->by);
}

/* Gives copies to all local ports that want it, the frame itself to the last of them unless the uplink needs it.
 * Returns whether the frame is still the caller's; *kept_inside: its address is one of ours. */
static bool give_local(struct vswitch *vs, struct transit *t, bool uplink_too, bool *kept_inside)
{
    int last = -1;
    frame_ref copy;

    struct vswitch_walk walk;
    uint8_t to[6];

    *kept_inside = false;
    memcpy(to, frame_data(t->f), 6);
    vswitch__walk(vs, to, &walk);
    for (unsigned i; (i = vswitch__walk_next(vs, to, &walk)) != UINT_MAX;) {
        if (!port_wants(vs, i, t))
            continue;
        if (!memcmp(to, vs->port[i]->st.mac, 6))
            *kept_inside = true;
        if (last >= 0) {
            copy = frame_clone(&vs->c, t->ref);
            t->f = frame_get(vs->c.sim, t->ref);
            if (copy)
                give(vs, (unsigned)last, copy, t);
        }
        last = (int)i;
    }
    if (last < 0)
        return true;
    if (uplink_too && !*kept_inside) {
        copy = frame_clone(&vs->c, t->ref);
        t->f = frame_get(vs->c.sim, t->ref);
        if (copy)
            give(vs, (unsigned)last, copy, t);
        return true;
    }
    give(vs, (unsigned)last, t->ref, t);
    return false;
}

static void transit_begin(struct vswitch *vs, struct transit *t, frame_ref ref, unsigned uplink, int source)
{
    uint16_t tci;

    t->ref = ref;
    t->f = frame_get(vs->c.sim, ref);
    t->uplink = uplink;
    t->source = source;
    t->by = NULL;
    t->tci = frame_vlan_pop(t->f, &tci) ? tci : -1;
}

void vswitch__forward_from_vm(struct vswitch *vs, unsigned port, frame_ref ref)
{
    struct vswitch_port *p = vs->port[port];
    struct transit t;
    bool inside, alone = p->st.own_queue >= 0 && !mac_is_multicast(frame_data(frame_get(vs->c.sim, ref)));

    transit_begin(vs, &t, ref, p->st.uplink, (int)port);
    if (p->vlan >= 0)
        t.tci = p->vlan | (t.tci < 0 ? 0 : t.tci & 0xe000);
    if (!give_local(vs, &t, true, &inside))
        return;
    if (t.tci >= 0)
        frame_vlan_push(t.f, (uint16_t)t.tci);
    port_send(alone ? &vs->queue[p->st.own_queue].port : &vs->uplink[p->st.uplink], ref);
}

/* To the ports that take it. Takes t->ref. */
static void come_in(struct vswitch *vs, struct transit *t)
{
    bool inside;

    if (give_local(vs, t, false, &inside)) /* announcements are for switches, this one included */
        frame_end_sub(&vs->c, t->ref, vswitch__is_rarp(t->f) ? FATE_delivered_host : FATE_vswitch_no_port, "uplink %d",
                      (int)t->uplink);
}

static void uplink_receive(struct port *port, frame_ref ref)
{
    struct vswitch *vs = (struct vswitch *)port->owner;
    struct transit t;

    transit_begin(vs, &t, ref, port->index, -1);
    t.by = vs->uplink_thread[port->index];
    if (t.by && vswitch__came_back(vs, port->index, t.f)) {
        frame_end_sub(&vs->c, ref, FATE_source_only, "uplink %d", (int)port->index);
        return;
    }
    if (t.tci < 0 && vs->host && vs->host->received && vs->host->received(vs->host, port->index, ref))
        return;
    come_in(vs, &t);
}

static void queue_receive(struct port *port, frame_ref ref)
{
    struct vswitch *vs = (struct vswitch *)port->owner;
    struct vswitch_queue *queue = &vs->queue[port->index];
    struct transit t;

    transit_begin(vs, &t, ref, queue->uplink, -1);
    t.by = queue->rx;
    come_in(vs, &t);
}

static void vm_receive(struct port *port, frame_ref ref)
{
    struct vswitch *vs = (struct vswitch *)port->owner;
    struct vswitch_port *p = vs->port[port->index];
    struct frame *f = frame_get(vs->c.sim, ref);
    uint16_t tci;

    if (!p->st.forged && memcmp(frame_data(f) + 6, p->st.mac, 6)) {
        frame_end_sub(&vs->c, ref, FATE_forged_source, "port %d", (int)port->index);
        return;
    }
    if (frame_vlan_peek(f, &tci) && (tci & 0xfff) && (p->vlan >= 0 || !p->st.trunk)) {
        frame_end_sub(&vs->c, ref, FATE_port_vlan, "port %d", (int)port->index);
        return;
    }
    vswitch__enqueue(vs, port->index, FROM_VM, ref, NULL);
}

static const struct port_ops vm_port_ops = {.receive = vm_receive};
static const struct port_ops uplink_port_ops = {.receive = uplink_receive};
static const struct port_ops queue_port_ops = {.receive = queue_receive};

/* ---- life ---- */

static void vswitch_event(struct component *self, const struct event *ev)
{
    struct vswitch *vs = (struct vswitch *)self;

    if (ev->verb == VERB_SERVED) {
        vswitch__served(vs, (unsigned)ev->a, (unsigned)ev->b, ev->c);
    } else {
        vs->port[ev->a]->st.retry = (struct event_id){0, 0};
        vswitch__release_more(vs, (unsigned)ev->a);
    }
}

static void vswitch_save(struct component *self, struct save *s)
{
    struct vswitch *vs = (struct vswitch *)self;

    save_section(s, "vswitch", 5);
    save_expect_u64(s, "ports", vs->ports);
    save_expect_u64(s, "queues of NICs", vs->queues);
    for (unsigned i = 0; i < vs->threads; i++)
        cpu_thread_save(&vs->thread[i], s);
    for (unsigned i = 0; i < vs->ports; i++)
        save_field(s, vs->port[i]->st);
    vs->index.is_stale = true;
    for (unsigned i = 0; i < vs->ports && !s->err; i++)
        if (vs->port[i]->st.filters > VSWITCH_FILTERS_MAX)
            save_fail(s, -EPROTO, "%u filters at a port", vs->port[i]->st.filters);
    for (unsigned i = 0; i < vs->ports && !s->err; i++) {
        if (vs->port[i]->st.own_queue >= (int)vs->queues || vs->port[i]->st.uplink >= vs->uplinks)
            save_fail(s, -EPROTO, "a port at queue %d of uplink %u", vs->port[i]->st.own_queue, vs->port[i]->st.uplink);
        else
            vswitch__copier(vs, i);
    }
}

static const struct component_ops vswitch_ops = {.kind = "vswitch", .event = vswitch_event, .save = vswitch_save};

struct vswitch *vswitch_create(struct sim *sim, const char *name, unsigned threads, struct cores *cores, struct vswitch_host *host)
{
    struct vswitch *vs = alloc_zero("a virtual switch", 1, sizeof(*vs));
    char thread_name[48];

    component_init(&vs->c, sim, &vswitch_ops, name);
    vs->host = host;
    vs->threads = threads == 0 ? 1 : threads > VSWITCH_THREADS_MAX ? VSWITCH_THREADS_MAX : threads;
    for (unsigned i = 0; i < vs->threads; i++) {
        snprintf(thread_name, sizeof(thread_name), "%.34s/%u", name, i);
        cpu_server_init(&vs->thread[i], cores, thread_name, &vs->c);
        cpu_thread_sleeps(&vs->thread[i]);
    }
    return vs;
}

void vswitch_destroy(struct vswitch *vs)
{
    if (!vs)
        return;
    for (unsigned i = 0; i < vs->ports; i++) {
        port_fini(&vs->port[i]->port);
        free(vs->port[i]);
    }
    for (unsigned i = 0; i < vs->uplinks; i++)
        port_fini(&vs->uplink[i]);
    for (unsigned i = 0; i < vs->queues; i++)
        port_fini(&vs->queue[i].port);
    free(vs->queue);
    for (unsigned i = 0; i < vs->threads; i++)
        cpu_thread_fini(&vs->thread[i]);
    free(vs);
}

struct component *vswitch_component(struct vswitch *vs) { return &vs->c; }

int vswitch_add_uplink(struct vswitch *vs, const char *name, struct port *peer)
{
    char port_name[48];
    int status;

    if (vs->uplinks == VSWITCH_UPLINKS_MAX)
        return -ENOSPC;
    snprintf(port_name, sizeof(port_name), "%.36s.vswitch", name);
    status = port_init(&vs->uplink[vs->uplinks], &vs->c, vs->uplinks, port_name, &uplink_port_ops);
    if (status)
        return status;
    port_join(&vs->uplink[vs->uplinks], peer);
    return (int)vs->uplinks++;
}

int vswitch_add_queue(struct vswitch *vs, unsigned uplink, const char *name, struct port *peer, struct cpu_thread *rx,
                      struct cpu_thread *tx)
{
    struct vswitch_queue *queue;
    char port_name[48];
    int status;

    if (vs->queues == VSWITCH_QUEUES_MAX)
        return -ENOSPC;
    if (!vs->queue) /* ports are joined by where they lie: they must not move */
        vs->queue = alloc_zero("a virtual switch", VSWITCH_QUEUES_MAX, sizeof(*vs->queue));
    queue = &vs->queue[vs->queues];
    snprintf(port_name, sizeof(port_name), "%.36s.vswitch", name);
    status = port_init(&queue->port, &vs->c, vs->queues, port_name, &queue_port_ops);
    if (status)
        return status;
    queue->uplink = uplink;
    queue->rx = rx;
    queue->tx = tx;
    port_join(&queue->port, peer);
    return (int)vs->queues++;
}

int vswitch_add_port(struct vswitch *vs, const struct vswitch_port_params *params)
{
    struct vswitch_port *p;
    char port_name[48];
    int status;

    if (vs->ports == VSWITCH_PORTS_MAX)
        return -ENOSPC;
    p = alloc_zero("a virtual switch", 1, sizeof(*p));
    snprintf(port_name, sizeof(port_name), "%.36s.vport", params->name);
    status = port_init(&p->port, &vs->c, vs->ports, port_name, &vm_port_ops);
    if (status) {
        free(p);
        return status;
    }
    p->dev = params->dev;
    p->vcpu = params->vcpu;
    p->vlan = params->vlan;
    memcpy(p->st.mac, params->mac, 6);
    p->st.uplink = p->st.old_uplink = params->uplink;
    p->st.forged = params->forged;
    p->st.trunk = params->trunk;
    p->st.from_uplink = p->st.from_local = p->st.multicast = 1;
    p->st.own_queue = VSWITCH_NO_QUEUE;
    port_join(&p->port, vmxnet3_port(params->dev));
    vmxnet3_watch_rx_mode(params->dev, &vs->index.is_stale);
    vs->index.is_stale = true;
    vs->port[vs->ports] = p;
    vswitch__copier(vs, vs->ports);
    return (int)vs->ports++;
}

/* ---- settings ---- */

void vswitch_host_send(struct vswitch *vs, unsigned uplink, frame_ref ref) { port_send(&vs->uplink[uplink], ref); }

void vswitch_set_mac(struct vswitch *vs, unsigned port, const uint8_t mac[6])
{
    memcpy(vs->port[port]->st.mac, mac, 6);
    vs->index.is_stale = true;
}

void vswitch_set_forged(struct vswitch *vs, unsigned port, bool allow) { vs->port[port]->st.forged = allow; }
void vswitch_set_trunk(struct vswitch *vs, unsigned port, bool allow) { vs->port[port]->st.trunk = allow; }
void vswitch_set_cut(struct vswitch *vs, unsigned port, bool cut) { vs->port[port]->st.cut = cut; }
void vswitch_set_multicast(struct vswitch *vs, unsigned port, bool on) { vs->port[port]->st.multicast = on; }

void vswitch_set_uplink(struct vswitch *vs, unsigned port, unsigned uplink)
{
    vs->port[port]->st.old_uplink = vs->port[port]->st.uplink;
    vs->port[port]->st.uplink = uplink;
    vswitch_set_queue(vs, port, VSWITCH_NO_QUEUE);
}

void vswitch_forget_uplink(struct vswitch *vs, unsigned port) { vs->port[port]->st.old_uplink = vs->port[port]->st.uplink; }

void vswitch_set_taking(struct vswitch *vs, unsigned port, bool from_uplink, bool from_local)
{
    vs->port[port]->st.from_uplink = from_uplink;
    vs->port[port]->st.from_local = from_local;
}

unsigned vswitch_port_count(const struct vswitch *vs) { return vs->ports; }

uint64_t vswitch_busy_ps(const struct vswitch *vs)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < vs->threads; i++)
        sum += vs->thread[i].st.run_ps;
    return sum;
}
