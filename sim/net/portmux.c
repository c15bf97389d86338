/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One plug for several owners: who gets a frame, and whose turn it is. */
#include "net/portmux.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/engine/horizon.h"
#include "core/alloc.h"
#include "net/net__.h"

/* plain data */
struct portmux_state {
    uint32_t last;     /* who sent last; count: nobody yet */
    uint32_t zero;
};

struct portmux {
    struct component c; /* first */
    struct port plug;
    struct port port[PORTMUX_PORTS_MAX];
    struct portmux_owner *owner[PORTMUX_PORTS_MAX];
    unsigned count;
    struct portmux_state st;
};

static enum portmux_interest interest(struct portmux *m, unsigned i, const struct frame *f)
{
    return m->owner[i]->interest(m->owner[i], f);
}

/* Gives `ref` to every port of `to`, copies to all but the last; false: nobody took it. */
static bool give(struct portmux *m, uint32_t to, frame_ref ref)
{
    while (to) {
        unsigned i = (unsigned)__builtin_ctz(to);
        to &= to - 1;
        frame_ref copy = to ? frame_clone(&m->c, ref) : ref;
        if (copy)
            port_send(&m->port[i], copy);
        if (!to)
            return true;
    }
    return false;
}

static uint32_t takers(struct portmux *m, unsigned not_to, const struct frame *f, enum portmux_interest least)
{
    uint32_t to = 0;
    for (unsigned i = 0; i < m->count; i++)
        if (i != not_to && interest(m, i, f) >= least)
            to |= 1u << i;
    return to;
}

static void from_owner(struct port *port, frame_ref ref)
{
    struct portmux *m = (struct portmux *)port->owner;
    const struct frame *f = frame_get(m->c.sim, ref);
    unsigned from = port->index;
    bool group = mac_is_multicast(f->buf + f->head);
    uint32_t to = 0;
    if (m->owner[from]->forwards(m->owner[from]))
        to = takers(m, from, f, group ? PORTMUX_ANY : PORTMUX_EXACT);
    if (to && !group) {
        give(m, to, ref);
        return;
    }
    frame_ref copy = to ? frame_clone(&m->c, ref) : 0;
    m->st.last = from;
    port_send(&m->plug, ref);
    if (copy)
        give(m, to, copy);
}

static void from_plug(struct port *port, frame_ref ref)
{
    struct portmux *m = (struct portmux *)port->owner;
    const struct frame *f = frame_get(m->c.sim, ref);
    uint32_t to = mac_is_multicast(f->buf + f->head) ? 0 : takers(m, m->count, f, PORTMUX_EXACT);
    if (!to)
        to = takers(m, m->count, f, PORTMUX_ANY);
    if (!give(m, to, ref))
        frame_end(&m->c, ref, FATE_no_match);
}

static void plug_changed(struct port *port, bool up)
{
    struct portmux *m = (struct portmux *)port->owner;
    for (unsigned i = 0; i < m->count; i++)
        port__link_changed(m->port[i].peer, up);
}

static const struct port *leads_to(const struct port *port, sim_time *later)
{
    const struct portmux *m = (const struct portmux *)port->owner;
    *later = m->st.last == port->index ? 1 : 0;
    return &m->plug;
}

static const struct port_ops plug_ops = {.receive = from_plug, .link_changed = plug_changed};
static const struct port_ops inner_ops = {.receive = from_owner, .leads_to = leads_to};

static void event(struct component *c, const struct event *ev) {}

static void save(struct component *c, struct save *s)
{
    struct portmux *m = (struct portmux *)c;
    save_section(s, "portmux", 1);
    save_expect_u64(s, "ports", m->count);
    save_field(s, m->st);
}

static const struct component_ops ops = {.kind = "portmux", .event = event, .save = save};

struct portmux *portmux_create(struct sim *sim, const char *name)
{
    struct portmux *m = alloc_zero("a port", 1, sizeof(*m));
    component_init(&m->c, sim, &ops, name);
    component_is_far(&m->c);
    m->st.last = PORTMUX_PORTS_MAX;
    if (port_init(&m->plug, &m->c, 0, name, &plug_ops)) {
        free(m);
        return NULL;
    }
    return m;
}

void portmux_destroy(struct portmux *m)
{
    if (!m)
        return;
    for (unsigned i = 0; i < m->count; i++)
        port_fini(&m->port[i]);
    port_fini(&m->plug);
    free(m);
}

struct port *portmux_plug(struct portmux *m) { return &m->plug; }

int portmux_add(struct portmux *m, struct port *port, struct portmux_owner *owner)
{
    char name[48];
    if (m->count == PORTMUX_PORTS_MAX)
        return -ENOSPC;
    snprintf(name, sizeof(name), "%.40s.%u", m->plug.name, m->count);
    int status = port_init(&m->port[m->count], &m->c, m->count, name, &inner_ops);
    if (status)
        return status;
    m->owner[m->count] = owner;
    port_join(&m->port[m->count++], port);
    return 0;
}
