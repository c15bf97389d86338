/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A port's plug, and the filters of its I/O chain. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "vswitch/vswitch__.h"

void vswitch_set_connected(struct vswitch *vs, unsigned port, bool connected)
{
    vs->port[port]->st.unplugged = !connected;
    if (!connected)
        vswitch_discard(vs, port, FATE_link_down);
}

void vswitch__seen(struct vswitch *vs, struct vswitch_port *p, frame_ref ref)
{
    uint32_t len = frame_get(vs->c.sim, ref)->len;

    for (unsigned i = 0; i < p->st.filters; i++) {
        p->st.filter[i].frames++;
        p->st.filter[i].bytes += len;
    }
}

static int find(const struct vswitch_port *p, const char *name)
{
    for (unsigned i = 0; i < p->st.filters; i++)
        if (!strcmp(p->st.filter[i].name, name))
            return (int)i;
    return -1;
}

int vswitch_add_filter(struct vswitch *vs, unsigned port, const char *name)
{
    struct vswitch_port *p = vs->port[port];

    if (find(p, name) >= 0)
        return -EEXIST;
    if (p->st.filters == VSWITCH_FILTERS_MAX)
        return -ENOSPC;
    snprintf(p->st.filter[p->st.filters].name, sizeof(p->st.filter[0].name), "%s", name);
    p->st.filters++;
    return 0;
}

int vswitch_del_filter(struct vswitch *vs, unsigned port, const char *name)
{
    struct vswitch_port *p = vs->port[port];
    int i = find(p, name);

    if (i < 0)
        return -ENOENT;
    p->st.filters--;
    memmove(&p->st.filter[i], &p->st.filter[i + 1], (p->st.filters - (unsigned)i) * sizeof(p->st.filter[0]));
    memset(&p->st.filter[p->st.filters], 0, sizeof(p->st.filter[0]));
    return 0;
}

const struct iochain_filter *vswitch_filter(const struct vswitch *vs, unsigned port, unsigned i)
{
    const struct vswitch_port *p = vs->port[port];

    return i < p->st.filters ? &p->st.filter[i] : NULL;
}
