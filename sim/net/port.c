/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports: the list of them, their connections and their taps. */
#include "net/port.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "net/net__.h"

struct net *net__of(struct sim *sim)
{
    if (!sim->net)
        sim->net = alloc_zero("ports", 1, sizeof(*sim->net));
    return sim->net;
}

int port_init(struct port *port, struct component *owner, unsigned index, const char *name, const struct port_ops *ops)
{
    assert(ops && ops->receive);
    struct net *net = net__of(owner->sim);
    if (!net)
        return -ENOMEM;
    if (strlen(name) >= sizeof(port->name))
        return -ENAMETOOLONG;
    struct port **end = &net->ports;
    for (; *end; end = &(*end)->next) {
        if (strcmp((*end)->name, name) == 0)
            return -EEXIST;
    }
    *port = (struct port){.ops = ops, .owner = owner, .index = index};
    snprintf(port->name, sizeof(port->name), "%s", name);
    *end = port;
    return 0;
}

void port_fini(struct port *port)
{
    if (!port->owner)
        return;
    for (struct port **p = &port->owner->sim->net->ports; *p; p = &(*p)->next) {
        if (*p == port) {
            *p = port->next;
            break;
        }
    }
    if (port->wire)
        wire__port_gone(port->wire, port->side);
    if (port->peer)
        port->peer->peer = NULL;
    *port = (struct port){0};
}

struct port *port_find(struct sim *sim, const char *name)
{
    struct port *p = sim->net ? sim->net->ports : NULL;
    while (p && strcmp(p->name, name) != 0)
        p = p->next;
    return p;
}

struct port *port_next(struct sim *sim, struct port *after)
{
    if (after)
        return after->next;
    return sim->net ? sim->net->ports : NULL;
}

void port_join(struct port *a, struct port *b)
{
    assert(a != b && !a->wire && !b->wire && !a->peer && !b->peer);
    a->peer = b;
    b->peer = a;
    port__link_changed(a, true);
    port__link_changed(b, true);
}

void port_listen(struct port *port, struct tap *tap)
{
    tap->next = port->taps;
    port->taps = tap;
}

void port_unlisten(struct port *port, struct tap *tap)
{
    for (struct tap **t = &port->taps; *t; t = &(*t)->next)
        if (*t == tap) {
            *t = tap->next;
            return;
        }
}

void port_tap(struct port *port, enum tap_direction dir, const struct frame *f)
{
    for (struct tap *t = port->taps; t; t = t->next)
        t->saw(t, port, dir, f);
}

static void tap_ref(struct port *port, enum tap_direction dir, frame_ref ref)
{
    if (__builtin_expect(port->taps != NULL, 0))
        port_tap(port, dir, frame_get(port->owner->sim, ref));
}

void port_send(struct port *port, frame_ref ref)
{
    tap_ref(port, TAP_TX, ref);
    if (port->wire)
        wire__send(port->wire, port->side, ref);
    else if (port->peer)
        port__receive(port->peer, ref);
    else
        frame_end(port->owner, ref, FATE_link_down);
}

void port__receive(struct port *port, frame_ref ref)
{
    frame_get(port->owner->sim, ref)->at = port->owner->id;
    tap_ref(port, TAP_RX, ref);
    port->ops->receive(port, ref);
}

void port_put_in(struct port *port, frame_ref ref) { port__receive(port, ref); }

void port__link_changed(struct port *port, bool up)
{
    if (port->ops->link_changed)
        port->ops->link_changed(port, up);
}

/* Where what is sent goes onto a wire; `port` itself when it has one, or none is reached. */
static const struct port *way_out(const struct port *port, sim_time *later)
{
    *later = 0;
    return port->peer && port->peer->ops->leads_to ? port->peer->ops->leads_to(port->peer, later) : port;
}

sim_time port_free_at(const struct port *port)
{
    sim_time now = sim_now(port->owner->sim), later;
    const struct port *out = way_out(port, &later);
    sim_time free_at = out->wire ? wire__free_at(out->wire, out->side) : 0;
    return free_at > now ? free_at + later : now;
}

bool port_link_is_up(const struct port *port)
{
    sim_time later;
    const struct port *out = way_out(port, &later);
    return out->wire ? wire_is_up(out->wire) : out->peer != NULL;
}

uint64_t port_rate_bps(const struct port *port)
{
    sim_time later;
    const struct port *out = way_out(port, &later);
    return out->wire ? wire__rate_bps(out->wire) : 0;
}
