/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a scenario is made of and how it is joined, for those who draw it: as it was when the run began. */
#include <inttypes.h>

#include "scenario/outcome/outcome__.h"

enum { WHAT_MAX = 160 };

static void say_node(struct report *r, const char *name, const char *kind, const char *in, const char *what)
{
    report_object(r, NULL, NULL, REPORT_LINE, REPORT_JSON_ONLY);
    report_text(r, "name", NULL, REPORT_JSON_ONLY, "%s", name);
    report_text(r, "kind", NULL, REPORT_JSON_ONLY, "%s", kind);
    report_text(r, "in", NULL, *in ? REPORT_JSON_ONLY : REPORT_ABSENT, "%s", in);
    report_text(r, "what", NULL, REPORT_JSON_ONLY, "%s", what);
    report_end(r);
}

static void say_host(struct report *r, const struct scn_host *host)
{
    char what[WHAT_MAX];
    if (host->cores)
        snprintf(what, sizeof(what), "%u cores%s", host->cores, host->npa ? "" : ", without NPA");
    else
        snprintf(what, sizeof(what), "%s", host->npa ? "" : "without NPA");
    say_node(r, host->name.text, "host", "", what);
}

static void say_nic(const struct scenario *sc, struct report *r, const struct scn_nic *nic)
{
    char what[WHAT_MAX];
    snprintf(what, sizeof(what), "%s, %u VFs", nic->model, nic->vfs);
    say_node(r, nic->name.text, "nic", sc->hosts[nic->host].name.text, what);
}

static void say_vm(const struct scenario *sc, struct report *r, const struct scn_vm *vm)
{
    static const char *const nets[] = {[MACHINE_NET_VMXNET3] = "vmxnet3", [MACHINE_NET_VF] = "own VF", [MACHINE_NET_BOND] = "bond"};
    char what[WHAT_MAX];
    snprintf(what, sizeof(what), "%s%s%s", vm->npa ? "NPA" : nets[vm->net], vm->via.text ? " via " : "",
             vm->via.text ? vm->via.text : "");
    say_node(r, vm->name.text, "vm", sc->hosts[vm->host_index].name.text, what);
}

static void say_nodes(const struct scenario *sc, struct report *r)
{
    for (unsigned i = 0; i < sc->host_count; i++)
        say_host(r, &sc->hosts[i]);
    for (unsigned i = 0; i < sc->nic_count; i++)
        say_nic(sc, r, &sc->nics[i]);
    for (unsigned i = 0; i < sc->vm_count; i++)
        say_vm(sc, r, &sc->vms[i]);
    for (unsigned i = 0; i < sc->switch_count; i++)
        say_node(r, sc->switches[i].name.text, "switch", "", sc->switches[i].reflective ? "reflective relay" : "");
    for (unsigned i = 0; i < sc->peer_count; i++)
        say_node(r, sc->peers[i].name.text, "peer", "", "");
}

static void say_link(struct report *r, const char *a, const char *b, const struct scn_link *link)
{
    unsigned absent = link ? REPORT_JSON_ONLY : REPORT_ABSENT;
    report_object(r, NULL, NULL, REPORT_LINE, REPORT_JSON_ONLY);
    report_text(r, "a", NULL, REPORT_JSON_ONLY, "%s", a);
    report_text(r, "b", NULL, REPORT_JSON_ONLY, "%s", b);
    report_number(r, "bps", NULL, absent, link ? link->rate_bps : 0);
    report_time(r, "latency_ns", NULL, absent, link ? link->latency : 0);
    report_end(r);
}

static void say_links(const struct scenario *sc, struct report *r)
{
    for (unsigned i = 0; i < sc->link_count; i++)
        say_link(r, sc->links[i].a.text, sc->links[i].b.text, &sc->links[i]);
    for (unsigned i = 0; i < sc->vm_count; i++)
        if (sc->vms[i].via.text)
            say_link(r, sc->vms[i].name.text, sc->vms[i].via.text, NULL);
}

void world__report_topology(const struct world *w, struct report *r)
{
    report_object(r, "topology", NULL, REPORT_LINE, REPORT_JSON_ONLY);
    report_list(r, "nodes", NULL, REPORT_TABLE, REPORT_JSON_ONLY);
    if (w)
        say_nodes(w->sc, r);
    report_end(r);
    report_list(r, "links", NULL, REPORT_TABLE, REPORT_JSON_ONLY);
    if (w)
        say_links(w->sc, r);
    report_end(r);
    report_end(r);
}
