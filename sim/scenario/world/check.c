/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What only the whole text can tell: names that mean something, addresses given out once, flows that end. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/model.h"

enum {
    STATIONS = SCN_BIT(SCN_PEER) | SCN_BIT(SCN_VM),
    LINK_ENDS = SCN_BIT(SCN_PEER) | SCN_BIT(SCN_NIC) | SCN_BIT(SCN_SWITCH),
    FLOW_KINDS = SCN_BIT(SCN_FLOW) | SCN_BIT(SCN_REPLAY),
};

static void check_overrides(struct scenario *sc)
{
    for (unsigned i = 0; i < sc->override_count; i++) {
        if (sc->overrides[i].used)
            continue;
        struct scn_suggest suggest;
        char near[80];
        scn_suggest_init(&suggest, sc->overrides[i].name);
        for (unsigned j = 0; j < sc->file.var_count; j++)
            scn_suggest_try(&suggest, sc->file.vars[j].name);
        scn_error(&sc->file, (struct scn_pos){0}, "--set %s: the scenario has no variable of this name%s",
                  sc->overrides[i].name, scn_suggest_text(&suggest, near, sizeof(near)));
    }
}

/* ---- what exists ---- */

/* Another function of a device that is declared before it. */
static void check_device(struct scenario *sc, struct scn_nic *nic)
{
    const struct scn_word *of = nic->port.text ? &nic->port : &nic->device;
    const struct scn_name *found = of->text ? scn_resolve(sc, of, SCN_BIT(SCN_NIC), "a NIC") : NULL;
    if (!found)
        return;
    const struct scn_nic *first = &sc->nics[found->index];
    if (nic->device.text && nic->port.text)
        scn_error(&sc->file, nic->device.at, "a NIC that shares a port is on its device: 'device' says nothing more");
    else if (first >= nic)
        scn_error(&sc->file, of->at, "'%s' must be declared before '%s', which is another function of its device", of->text,
                  nic->name.text);
    else if (first->host != nic->host)
        scn_error(&sc->file, of->at, "'%s' is on another host", of->text);
    else if (first->device.text || first->port.text)
        scn_error(&sc->file, of->at, "'%s' is itself another function: name the first one", of->text);
    else if (nic->pcie_given)
        scn_error(&sc->file, of->at, "'%s' shares the PCIe link of '%s', which has the 'pcie' options", nic->name.text, of->text);
    else
        nic->shares = (int)found->index;
}

static void check_nic(struct scenario *sc, struct scn_nic *nic)
{
    const char *dot = nic->name.text ? strchr(nic->name.text, '.') : NULL;
    if (!dot)
        return; /* said already */
    struct scn_word host = nic->name;
    host.text = scn_printf(&sc->file, "%.*s", (int)(dot - nic->name.text), nic->name.text);
    const struct scn_name *found = scn_resolve(sc, &host, SCN_BIT(SCN_HOST), "a host");
    if (found)
        nic->host = found->index;
    check_device(sc, nic);
}

/* A NIC's port sets the pace of a link that says nothing, and of one to a faster switch; no link is faster than its port. */
static void check_port_rate(struct scenario *sc, struct scn_link *link, const struct scn_nic *nic)
{
    const struct nic_model *model = nic->model ? nic_model_find(nic->model) : NULL;
    uint64_t port_bps = nic->rate_bps ? nic->rate_bps : model ? model->rate_bps : 0;
    if (link->rate_given && port_bps && link->rate_bps > port_bps)
        scn_error(&sc->file, link->a.at, "'%s' has a port of %llu Gb/s (model %s): its link can't be faster", nic->name.text,
                  (unsigned long long)(port_bps / 1000000000), nic->model);
    if (!link->rate_given && port_bps && (!link->rate_bps || link->rate_bps > port_bps))
        link->rate_bps = port_bps;
}

static void check_link(struct scenario *sc, struct scn_link *link, unsigned index)
{
    struct scn_word *ends[] = {&link->a, &link->b};
    for (int side = 0; side < 2; side++) {
        link->end[side] = scn_resolve(sc, ends[side], LINK_ENDS, "a NIC, switch or peer");
        if (!link->end[side] || link->end[side]->kind == SCN_SWITCH)
            continue;
        if (link->end[side]->kind == SCN_NIC && sc->nics[link->end[side]->index].port.text)
            scn_error(&sc->file, ends[side]->at, "'%s' has no plug of its own: it shares that of '%s'", ends[side]->text,
                      sc->nics[link->end[side]->index].port.text);
        for (unsigned i = 0; i < index; i++)
            if (sc->links[i].end[0] == link->end[side] || sc->links[i].end[1] == link->end[side])
                scn_error(&sc->file, ends[side]->at, "'%s' is linked in line %u already: it has one plug", ends[side]->text,
                          sc->links[i].a.at.line);
    }
    if (link->end[0] && link->end[0] == link->end[1])
        scn_error(&sc->file, link->b.at, "'%s' can't be linked to itself", link->b.text);
    for (int side = 0; side < 2 && !link->rate_given; side++)
        if (link->end[side] && link->end[side]->kind == SCN_SWITCH && !link->rate_bps)
            link->rate_bps = sc->switches[link->end[side]->index].rate_bps;
    for (int side = 0; side < 2; side++)
        if (link->end[side] && link->end[side]->kind == SCN_NIC)
            check_port_rate(sc, link, &sc->nics[link->end[side]->index]);
    if (!link->rate_bps)
        link->rate_bps = UINT64_C(10000000000);
}

static bool is_linked(const struct scenario *sc, const char *name)
{
    for (unsigned i = 0; i < sc->link_count; i++)
        if (!strcmp(sc->links[i].a.text, name) || !strcmp(sc->links[i].b.text, name))
            return true;
    return false;
}

/* "vmnic0" of a VM on h0 means h0.vmnic0. */
static void complete_nic(struct scenario *sc, struct scn_word *nic, const struct scn_vm *vm)
{
    if (!nic->text || scn_find(sc, nic->text, SCN_BIT(SCN_NIC)))
        return;
    char whole[2 * SCN_NAME_MAX];
    scn_join_name(whole, sizeof(whole), vm->host.text ? vm->host.text : "", nic->text);
    if (!strchr(nic->text, '.') && strlen(nic->text) <= SCN_NAME_MAX)
        nic->text = scn_printf(&sc->file, "%s", whole);
}

static void check_vm(struct scenario *sc, struct scn_vm *vm)
{
    const struct scn_name *host = vm->host.text ? scn_resolve(sc, &vm->host, SCN_BIT(SCN_HOST), "a host") : NULL;
    if (!host)
        return;
    vm->host_index = host->index;
    if (vm->writer_bytes && vm->writer_bytes + (6 << 20) > vm->ram)
        scn_error(&sc->file, vm->app_word.at,
                  "a working set of %llu KiB does not fit: the guest itself needs 6 MiB of its %llu MiB",
                  (unsigned long long)vm->writer_bytes >> 10, (unsigned long long)vm->ram >> 20);
    if (vm->app == MACHINE_APP_BRIDGE && vm->vlan >= 0)
        scn_error(&sc->file, vm->app_word.at, "a bridge between VLANs needs a port that carries tags: leave out 'vlan'");
    scn_check_boot_vf(sc, vm);
    if (!vm->via.text)
        return;
    complete_nic(sc, &vm->via, vm);
    const struct scn_name *nic = scn_resolve(sc, &vm->via, SCN_BIT(SCN_NIC), "a NIC");
    if (nic && sc->nics[nic->index].name.text && sc->nics[nic->index].host != host->index)
        scn_error(&sc->file, vm->via.at, "the NIC '%s' is on another host than the VM", vm->via.text);
}

/* ---- addresses ---- */

enum { NO_VLAN_PARTS = -2 };

struct mac_owner {
    const uint8_t *mac;
    const struct scn_word *name;
    int vlan;       /* -1 none, -2 none that could part it from others */
    bool duplicate; /* on purpose */
};

struct macs {
    struct mac_owner *owner;
    unsigned count;
};

static const struct mac_owner *find_mac(const struct macs *macs, const uint8_t mac[6])
{
    for (unsigned i = 0; i < macs->count; i++)
        if (!memcmp(macs->owner[i].mac, mac, 6))
            return &macs->owner[i];
    return NULL;
}

/* Two stations in different VLANs never meet: they may have one address. In one VLAN it is a fault of the network, which wants
 * to be said. */
static void claim_mac(struct scenario *sc, struct macs *macs, const struct mac_owner *claim)
{
    for (unsigned i = 0; i < macs->count; i++) {
        const struct mac_owner *other = &macs->owner[i];
        bool apart = claim->vlan != other->vlan && claim->vlan != NO_VLAN_PARTS && other->vlan != NO_VLAN_PARTS;
        if (memcmp(other->mac, claim->mac, 6) || apart || claim->duplicate)
            continue;
        scn_error(&sc->file, claim->name->at, "'%s' has the MAC address of '%s' (line %u)%s", claim->name->text, other->name->text,
                  other->name->at.line,
                  claim->vlan == NO_VLAN_PARTS || other->vlan == NO_VLAN_PARTS
                      ? ""
                      : " in one VLAN; if that is the experiment, write 'mac MAC duplicate'");
        break;
    }
    *SCN_ADD(macs->owner, macs->count) = *claim;
}

/* 02:00:00:00:GROUP:NUMBER … for what was given none. */
static void choose_mac(struct macs *macs, uint8_t group, unsigned index, uint8_t *mac, const struct scn_word *name)
{
    for (unsigned n = index + 1;; n += SCN_VMS_MAX) {
        const uint8_t chosen[6] = {2, 0, 0, (uint8_t)(n >> 16 | group << 4), (uint8_t)(n >> 8), (uint8_t)n};
        memcpy(mac, chosen, 6);
        if (!find_mac(macs, mac))
            break;
    }
    *SCN_ADD(macs->owner, macs->count) = (struct mac_owner){mac, name, NO_VLAN_PARTS, false};
}

static void check_macs(struct scenario *sc)
{
    struct macs macs = {0};
    for (unsigned i = 0; i < sc->vm_count; i++) {
        const struct scn_vm *vm = &sc->vms[i];
        if (vm->mac_given)
            claim_mac(sc, &macs, &(struct mac_owner){vm->mac, &vm->name, vm->vlan, vm->mac_duplicate});
    }
    for (unsigned i = 0; i < sc->peer_count; i++) {
        const struct scn_peer *peer = &sc->peers[i];
        if (peer->mac_given)
            claim_mac(sc, &macs, &(struct mac_owner){peer->mac, &peer->name, peer->vlan, peer->mac_duplicate});
    }
    for (unsigned i = 0; i < sc->nic_count; i++)
        if (sc->nics[i].mac_given)
            claim_mac(sc, &macs, &(struct mac_owner){sc->nics[i].mac, &sc->nics[i].name, NO_VLAN_PARTS, false});
    for (unsigned i = 0; i < sc->vm_count; i++)
        if (!sc->vms[i].mac_given)
            choose_mac(&macs, 0, i, sc->vms[i].mac, &sc->vms[i].name);
    for (unsigned i = 0; i < sc->peer_count; i++)
        if (!sc->peers[i].mac_given)
            choose_mac(&macs, 1, i, sc->peers[i].mac, &sc->peers[i].name);
    for (unsigned i = 0; i < sc->nic_count; i++)
        if (!sc->nics[i].mac_given)
            choose_mac(&macs, 2, i, sc->nics[i].mac, &sc->nics[i].name);
    free(macs.owner);
}

/* ---- what happens ---- */

static void check_ends(struct scenario *sc, const struct scn_word *from, const struct scn_word *to, bool to_is_mac)
{
    if (from->text)
        scn_resolve(sc, from, STATIONS, "a peer or VM");
    if (!to->text || to_is_mac)
        return;
    scn_resolve(sc, to, STATIONS, "a peer or VM");
    if (from->text && !strcmp(from->text, to->text))
        scn_error(&sc->file, to->at, "'%s' is both ends", to->text);
}

static bool line_has_error(const struct scenario *sc, uint32_t line)
{
    for (unsigned i = 0; i < sc->file.error_count; i++)
        if (sc->file.errors[i].at.line == line)
            return true;
    return false;
}

static void check_flow_ends(struct scenario *sc, const struct scn_item *item)
{
    const struct scn_flow *flow = &item->flow;
    check_ends(sc, &flow->from, &flow->to, flow->to_mac_given);
    if (flow->bad_fcs && flow->from.text && scn_find(sc, flow->from.text, SCN_BIT(SCN_VM)))
        scn_error(&sc->file, flow->from.at, "'%s' is a VM, and its device makes the checksum: only a peer sends errored frames",
                  flow->from.text);
    if (!flow->name.text || flow->count || flow->until_given || sc->limit_time_at.line ||
        line_has_error(sc, item->at.line))
        return;
    for (unsigned i = 0; i < sc->item_count; i++) {
        const struct scn_item *stop = &sc->items[i];
        if (stop->verb == SCN_DO_STOP && stop->act.name.text && !strcmp(stop->act.name.text, flow->name.text) &&
            stop->time >= item->time)
            return;
    }
    scn_error(&sc->file, flow->name.at, "the flow '%s' never ends: add 'count N', 'until T', or a later 'stop %s'",
              flow->name.text, flow->name.text);
}

static void check_link_name(struct scenario *sc, const struct scn_word *word)
{
    for (unsigned i = 0; i < sc->link_count; i++)
        if (!strcmp(sc->links[i].name, word->text))
            return;
    if (scn_find(sc, word->text, SCN_BIT(SCN_NIC) | SCN_BIT(SCN_PEER))) {
        if (!is_linked(sc, word->text))
            scn_error(&sc->file, word->at, "'%s' has no link", word->text);
        return;
    }
    struct scn_suggest suggest;
    char near[80];
    scn_suggest_init(&suggest, word->text);
    for (unsigned i = 0; i < sc->link_count; i++)
        scn_suggest_try(&suggest, sc->links[i].name);
    for (unsigned i = 0; i < sc->name_count; i++)
        if (SCN_BIT(sc->names[i].kind) & (SCN_BIT(SCN_NIC) | SCN_BIT(SCN_PEER)))
            scn_suggest_try(&suggest, sc->names[i].word.text);
    scn_error(&sc->file, word->at, "there is no NIC, peer or link named '%s'%s", word->text,
              scn_suggest_text(&suggest, near, sizeof(near)));
}

static void check_vf(struct scenario *sc, const struct scn_vf_set *set)
{
    const struct scn_name *found = scn_resolve(sc, &set->nic, SCN_BIT(SCN_NIC), "a NIC");
    if (!found)
        return;
    const struct scn_nic *nic = &sc->nics[found->index];
    unsigned vfs = nic->vfs - (nic->symmetric && nic->vfs ? 1 : 0);
    if (set->vf >= vfs)
        scn_error(&sc->file, set->nic.at, !vfs ? "'%s' has no VFs" : nic->symmetric ?
                  "'%s' has VFs 0 to %u, no VF %u (the last one is the hypervisor's own)" : "'%s' has VFs 0 to %u, no VF %u",
                  set->nic.text, vfs ? vfs - 1 : 0, set->vf);
}

static void check_mode(struct scenario *sc, struct scn_mode *mode)
{
    const struct scn_name *vm = scn_resolve(sc, &mode->vm, SCN_BIT(SCN_VM), "a VM");
    if (vm && mode->plugin.text)
        scn_check_plugin(sc, &mode->plugin, &sc->vms[vm->index]);
    if (!vm || !mode->nic.text)
        return;
    complete_nic(sc, &mode->nic, &sc->vms[vm->index]);
    scn_resolve(sc, &mode->nic, SCN_BIT(SCN_NIC), "a NIC");
}

/* A range beyond the VM's RAM has nothing to take away. */
static void check_iommu(struct scenario *sc, const struct scn_item *item)
{
    const struct scn_name *found = scn_resolve(sc, &item->act.name, SCN_BIT(SCN_VM), "a VM");
    const struct scn_vm *vm = found ? &sc->vms[found->index] : NULL;
    if (vm && (item->act.addr >= vm->ram || item->act.size > vm->ram - item->act.addr))
        scn_error(&sc->file, item->act.name.at, "'%s' has %" PRIu64 "M of RAM: the range ends beyond it", vm->name.text,
                  vm->ram >> 20);
}

static void check_guest(struct scenario *sc, const struct scn_guest *guest)
{
    const struct scn_name *vm = scn_resolve(sc, &guest->vm, SCN_BIT(SCN_VM), "a VM");

    if (vm && guest->job.kind == MACHINE_JOB_DRIVER && sc->vms[vm->index].net == MACHINE_NET_VF)
        scn_error(&sc->file, guest->vm.at, "the guest of '%s' has no vmxnet3 device whose driver could be another (net vf)",
                  guest->vm.text);
}

static void check_item(struct scenario *sc, struct scn_item *item)
{
    switch (item->verb) {
    case SCN_DO_REPLAY:
        check_ends(sc, &item->replay.from, &item->replay.to, false);
        break;
    case SCN_DO_FLOW:
        check_flow_ends(sc, item);
        break;
    case SCN_DO_STOP:
        if (item->act.name.text)
            scn_resolve(sc, &item->act.name, SCN_BIT(SCN_FLOW), "a flow");
        break;
    case SCN_DO_SWITCH:
        if (item->mode.vm.text)
            check_mode(sc, &item->mode);
        break;
    case SCN_DO_VF_SET:
        if (item->vf_set.nic.text)
            check_vf(sc, &item->vf_set);
        break;
    case SCN_DO_LINK_SET:
        if (item->act.name.text)
            check_link_name(sc, &item->act.name);
        break;
    case SCN_DO_LINK_SHOW:
        if (item->act.name.text)
            scn_resolve(sc, &item->act.name, SCN_BIT(SCN_NIC), "a NIC");
        break;
    case SCN_DO_OPERATOR:
        if (item->oper.nic.text)
            scn_resolve(sc, &item->oper.nic, SCN_BIT(item->oper.of_guest ? SCN_VM : SCN_NIC),
                        item->oper.of_guest ? "a VM" : "a NIC");
        break;
    case SCN_DO_GUEST:
        if (item->guest.vm.text)
            check_guest(sc, &item->guest);
        break;
    case SCN_DO_IOMMU:
        if (item->act.name.text)
            check_iommu(sc, item);
        break;
    case SCN_DO_POLICY:
    case SCN_DO_SUSPEND:
    case SCN_DO_RESUME:
    case SCN_DO_RESET:
        if (item->act.name.text)
            scn_resolve(sc, &item->act.name, SCN_BIT(item->verb == SCN_DO_RESET && !item->act.on ? SCN_NIC : SCN_VM),
                        item->verb == SCN_DO_RESET && !item->act.on ? "a NIC" : "a VM");
        break;
    case SCN_DO_SNAPSHOT:
    case SCN_DO_RESTORE:
        scn_check_snapshot(sc, item);
        break;
    case SCN_DO_SET:
        scn_check_setting(sc, &item->setting);
        break;
    case SCN_DO_MIGRATE:
        scn_check_migrate(sc, &item->migrate);
        break;
    case SCN_DO_HOTPLUG:
        scn_check_hotplug(sc, &item->hotplug);
        break;
    }
}

/* ---- what must be seen ---- */

static bool is_half(const char *half) { return !strcmp(half, "/forth") || !strcmp(half, "/back"); }

/* A flow, a replay, a half of one ("web/forth"), or what a VM's echo sends ("web/echo"). */
static void check_flow_name(struct scenario *sc, const struct scn_word *word)
{
    const char *slash = strchr(word->text, '/');
    if (!slash) {
        scn_resolve(sc, word, FLOW_KINDS, "a flow or replay");
        return;
    }
    struct scn_word whole = *word;
    whole.text = scn_printf(&sc->file, "%.*s", (int)(slash - word->text), word->text);
    if (!strcmp(slash, "/migration")) {
        if (scn_resolve(sc, &whole, SCN_BIT(SCN_VM), "a VM") && !scn_migrates_over_uplink(sc, whole.text))
            scn_error(&sc->file, word->at, "the VM '%s' makes no frames of its migration: it needs 'migrate %s … over uplink'",
                      whole.text, whole.text);
    } else if (!strcmp(slash, "/bridge")) {
        const struct scn_name *vm = scn_resolve(sc, &whole, SCN_BIT(SCN_VM), "a VM");
        if (vm && sc->vms[vm->index].app != MACHINE_APP_BRIDGE)
            scn_error(&sc->file, word->at, "the VM '%s' does not bridge: it needs 'app bridge'", whole.text);
    } else if (!strcmp(slash, "/echo")) {
        const struct scn_name *vm = scn_resolve(sc, &whole, SCN_BIT(SCN_VM), "a VM");
        if (vm && sc->vms[vm->index].app != MACHINE_APP_ECHO)
            scn_error(&sc->file, word->at, "the VM '%s' does not echo: it needs 'app echo'", whole.text);
    } else if (scn_resolve(sc, &whole, SCN_BIT(SCN_REPLAY), "a replay") && !is_half(slash)) {
        scn_error(&sc->file, word->at, "the halves of '%s' are '%s/forth' and '%s/back'", whole.text, whole.text, whole.text);
    }
}

int scn_find_act(const struct scenario *sc, const struct scn_expect *e)
{
    unsigned found = 0;
    for (unsigned i = 0; i < sc->item_count; i++)
        if (scn_contains(sc->items[i].text, e->name.text) && ++found == e->nth)
            return (int)i;
    return -1;
}

static void check_expect(struct scenario *sc, struct scn_expect *e)
{
    switch (e->subject) {
    case SCN_EXPECT_MEASURE:
        scn_check_expect_measure(sc, e);
        break;
    case SCN_EXPECT_FLOW:
        check_flow_name(sc, &e->name);
        break;
    case SCN_EXPECT_ON:
        scn_resolve(sc, &e->place, SCN_BIT(SCN_HOST), "a host");
        scn_resolve(sc, &e->name, SCN_BIT(SCN_VM), "a VM");
        break;
    case SCN_EXPECT_MIGRATION:
    case SCN_EXPECT_DOWNTIME:
    case SCN_EXPECT_STANDSTILL:
    case SCN_EXPECT_HOTPLUG:
    case SCN_EXPECT_REASON:
    case SCN_EXPECT_MODE:
    case SCN_EXPECT_SWITCH:
    case SCN_EXPECT_CONTROL:
        scn_resolve(sc, &e->name, SCN_BIT(SCN_VM), "a VM");
        break;
    case SCN_EXPECT_REPLAY:
        scn_resolve(sc, &e->name, SCN_BIT(SCN_REPLAY), "a replay");
        break;
    case SCN_EXPECT_ACT:
        if (scn_find_act(sc, e) < 0)
            scn_error(&sc->file, e->name.at, "no act has '%s' in its line%s", e->name.text, e->nth > 1 ? " so often" : "");
        break;
    case SCN_EXPECT_DROPS:
    case SCN_EXPECT_BOOKS:
        break;
    }
}

void scn_check(struct scenario *sc)
{
    check_overrides(sc);
    for (unsigned i = 0; i < sc->host_count; i++)
        scn_check_store(sc, &sc->hosts[i]);
    for (unsigned i = 0; i < sc->nic_count; i++)
        check_nic(sc, &sc->nics[i]);
    for (unsigned i = 0; i < sc->link_count; i++)
        check_link(sc, &sc->links[i], i);
    for (unsigned i = 0; i < sc->peer_count; i++)
        if (!is_linked(sc, sc->peers[i].name.text))
            scn_error(&sc->file, sc->peers[i].name.at, "the peer '%s' is linked to nothing: add 'on SWITCH' or a link",
                      sc->peers[i].name.text);
    for (unsigned i = 0; i < sc->vm_count; i++)
        check_vm(sc, &sc->vms[i]);
    check_macs(sc);
    for (unsigned i = 0; i < sc->item_count; i++)
        check_item(sc, &sc->items[i]);
    for (unsigned i = 0; i < sc->expect_count; i++)
        check_expect(sc, &sc->expects[i]);
    scn_check_measures(sc);
    if (sc->begin_at.line && sc->begin >= sc->limit_time)
        scn_error(&sc->file, sc->begin_at, "the run is over (limit time) before the timeline begins");
    if (!sc->file.error_count && !sc->vm_count && !sc->peer_count)
        scn_error(&sc->file, (struct scn_pos){0}, "nothing exists in this scenario: not even a peer or a VM");
}
