/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From declarations to components, kind by kind, in the order of the text. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/alloc.h"
#include "net/inspection.h"
#include "scenario/world/world__.h"

static void post(struct world *w, sim_time at, enum event_class cls, enum world_verb verb, unsigned index)
{
    event_post(&w->comp, &w->comp, sim_time_add(w->st.begin, at), cls, verb, index, 0, 0);
    w->st.pending++;
}

/* What is written so far apart is so far apart: all of it counts from now. */
static void post_timeline(struct world *w)
{
    const struct scenario *sc = w->sc;
    for (unsigned i = 0; i < sc->item_count; i++) {
        const struct scn_item *item = &sc->items[i];
        post(w, item->time, EV_SCENARIO, WORLD_ITEM, i);
        if (item->verb == SCN_DO_FLOW && item->flow.until_given)
            post(w, item->flow.until, EV_SCENARIO, WORLD_FLOW_UNTIL, i);
    }
    for (unsigned i = 0; i < sc->expect_count; i++)
        if (!sc->expects[i].at_end)
            post(w, sc->expects[i].time, EV_END, WORLD_EXPECT, i);
}

/* Nothing can change before the next event: a look each WORLD_BOOT_LOOK meanwhile would see the same. */
static void look_again(struct world *w)
{
    sim_time next = sim_next_event_time(w->sim), soon = sim_now(w->sim) + WORLD_BOOT_LOOK;
    if (next == SIM_NEVER)
        return;
    next = (next + WORLD_BOOT_LOOK - 1) / WORLD_BOOT_LOOK * WORLD_BOOT_LOOK;
    event_post(&w->comp, &w->comp, next > soon ? next : soon, EV_SCENARIO, WORLD_BEGIN, 0, 0, 0);
}

static void begin(struct world *w)
{
    const struct scenario *sc = w->sc;
    if (!sc->begin_at.line && !world__is_up(w)) {
        look_again(w);
        return;
    }
    w->st.pending--;
    w->st.begin = sim_now(w->sim);
    for (unsigned i = 0; i < sc->vm_count; i++)
        if (vm_get_state(w->vms[i]) != VM_ENDED && !vm_has_booted(w->vms[i]))
            world__note(w, WORLD_NOTE, sc->begin_at.line, "the timeline begins before '%s' is up", sc->vms[i].name.text);
    post_timeline(w);
}

static void event(struct component *self, const struct event *ev)
{
    struct world *w = (struct world *)self;
    unsigned index = (unsigned)ev->a;
    switch ((enum world_verb)ev->verb) {
    case WORLD_ITEM:
        w->st.pending--;
        world__do(w, index);
        break;
    case WORLD_EXPECT:
        w->st.pending--;
        world__judge(w, index);
        break;
    case WORLD_FLOW_UNTIL:
        w->st.pending--;
        if (w->sc->items[index].flow.count && !flow_source_done(w->flows[index]))
            world__note(w, WORLD_NOTE, w->sc->items[index].at.line, "flow %s: its time has passed before its count was sent",
                        w->sc->items[index].flow.name.text);
        flow_source_stop(w->flows[index]);
        break;
    case WORLD_ADMIN_DONE:
    case WORLD_JOB_DONE:
        world__done(w, ev);
        break;
    case WORLD_BEGIN:
        begin(w);
        break;
    }
}

const struct component_ops world__ops = {"scenario", event, world__save_state};

static void *array_of(unsigned count, size_t member)
{
    void *array = alloc_zero("the world", count + 1, member);
    return array;
}

static struct world *create(struct scenario *sc)
{
    struct world *w = array_of(1, sizeof(*w));
    w->sc = sc;
    w->hosts = array_of(sc->host_count, sizeof(*w->hosts));
    w->nics = array_of(sc->nic_count, sizeof(*w->nics));
    w->switches = array_of(sc->switch_count, sizeof(*w->switches));
    w->peers = array_of(sc->peer_count, sizeof(*w->peers));
    w->wires = array_of(sc->link_count, sizeof(*w->wires));
    w->vms = array_of(sc->vm_count, sizeof(*w->vms));
    w->replays = array_of(sc->item_count, sizeof(*w->replays));
    w->flows = array_of(sc->item_count, sizeof(*w->flows));
    w->files = array_of(sc->item_count, sizeof(*w->files));
    w->snapshots = array_of(sc->item_count, sizeof(*w->snapshots));
    w->results = array_of(sc->expect_count, sizeof(*w->results));
    w->sentences = array_of(sc->trace_count, sizeof(*w->sentences));
    w->tallies = array_of(sc->item_count, sizeof(*w->tallies));
    w->acts = array_of(sc->item_count, sizeof(*w->acts));
    w->nic_downs = array_of(sc->nic_count, sizeof(*w->nic_downs));
    w->rx_modes = array_of(sc->vm_count, sizeof(*w->rx_modes));
    for (unsigned i = 0; i < sc->trace_count; i++)
        w->sentences[i].at = SIM_NEVER;
    w->st.begin = SIM_NEVER;
    w->invariants_hold = true;
    return w;
}

void world_destroy(struct world *w)
{
    if (!w)
        return;
    struct scenario *sc = w->sc;
    for (unsigned i = 0; i < w->capture_count; i++)
        capture_abandon(w->captures[i]);
    for (unsigned i = 0; i < sc->item_count; i++) {
        replay_destroy(w->replays[i]);
        flow_source_destroy(w->flows[i]);
    }
    for (unsigned i = 0; i < sc->link_count; i++)
        wire_destroy(w->wires[i]);
    world__free_snapshots(w);
    migrator_destroy(w->migrator);
    for (unsigned i = 0; i < sc->host_count; i++)
        host_destroy(w->hosts[i]);
    for (unsigned i = 0; i < sc->nic_count; i++)
        nic_destroy(w->nics[i]);
    for (unsigned i = 0; i < sc->peer_count; i++)
        peer_destroy(w->peers[i]);
    for (unsigned i = 0; i < sc->switch_count; i++)
        xswitch_destroy(w->switches[i]);
    inspection_destroy(w->inspection);
    if (w->listening)
        trace_unlisten(w->sim, &w->listener);
    if (w->sim)
        recycler_give(w->sim->recycler, w->notes, WORLD_NOTES_BYTES, RECYCLER_ZEROED);
    sim_destroy(w->sim);
    void *arrays[] = {w->hosts, w->nics,  w->switches, w->peers,     w->wires, w->vms,     w->replays,
                      w->flows, w->files, w->results,  w->sentences, w->rx_modes,
                      w->tallies, w->nic_downs, w->placed, w->acts};
    for (unsigned i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
        free(arrays[i]);
    free(w);
}

/* ---- kind by kind; each adds its errors to the scenario ---- */

static void build_hosts(struct world *w)
{
    struct scenario *sc = w->sc;
    char err[512];
    for (unsigned i = 0; i < sc->host_count; i++) {
        const struct scn_host *host = &sc->hosts[i];
        struct host_params params = {
            .name = host->name.text,
            .cores = host->cores,
            .plugin_store = host->plugins.text ? host->plugins.text : sc->plugin_store,
            .npa = host->npa,
            .ram_bytes = host->ram,
        };
        w->hosts[i] = host_create(w->sim, &params, err, sizeof(err));
        if (!w->hosts[i])
            scn_error(&sc->file, host->name.at, "%s", err);
    }
}

static void build_nics(struct world *w)
{
    struct scenario *sc = w->sc;
    char err[512];
    for (unsigned i = 0; i < sc->nic_count; i++) {
        const struct scn_nic *nic = &sc->nics[i];
        struct nic_params params = {
            .name = nic->name.text, .model = nic->model, .vfs = nic->vfs, .rate_bps = nic->rate_bps, .link = nic->link};
        memcpy(params.mac, nic->mac, 6);
        params.link.iommu = sc->hosts[nic->host].iommu;
        params.device = nic->shares >= 0 ? w->nics[nic->shares] : NULL;
        params.same_port = nic->port.text != NULL;
        params.symmetric = nic->symmetric;
        if (nic->shares >= 0 && !params.device)
            continue; /* said already */
        w->nics[i] = nic_create(w->sim, &params, err, sizeof(err));
        if (!w->nics[i] || host_add_nic(w->hosts[nic->host], w->nics[i], err, sizeof(err)))
            scn_error(&sc->file, nic->name.at, "%s", err);
    }
}

static void build_outside(struct world *w)
{
    struct scenario *sc = w->sc;
    for (unsigned i = 0; i < sc->switch_count; i++) {
        w->switches[i] = xswitch_create(w->sim, sc->switches[i].name.text, sc->switches[i].latency);
        assert(w->switches[i]);
        xswitch_set_reflective(w->switches[i], sc->switches[i].reflective);
    }
    for (unsigned i = 0; i < sc->peer_count; i++) {
        const struct scn_peer *p = &sc->peers[i];
        struct peer *peer = w->peers[i] = peer_create(w->sim, p->name.text, p->mac);
        if (!peer) {
            scn_error(&sc->file, p->name.at, "no such peer can be made: its name is taken by a part of another component");
            continue;
        }
        struct station *station = peer_station(peer);
        memcpy(station->ip4, p->ip4, 4);
        memcpy(station->ip6, p->ip6, 16);
        station->mtu = p->mtu;
        peer_set_promiscuous(peer, p->promisc);
        peer_set_vlan(peer, p->vlan);
        for (unsigned j = 0; j < p->joins; j++)
            peer_add_multicast(peer, p->join[j]);
    }
}

static struct port *link_end(struct world *w, const struct scn_link *link, int side)
{
    const struct scn_name *end = link->end[side];
    if (end->kind == SCN_NIC)
        return w->nics[end->index]->plug;
    if (end->kind == SCN_PEER)
        return peer_port(w->peers[end->index]);
    struct port *port = xswitch_add_port(w->switches[end->index]);
    if (!port)
        scn_error(&w->sc->file, side ? link->b.at : link->a.at, "the switch '%s' has no port left", end->word.text);
    return port;
}

static void build_links(struct world *w)
{
    struct scenario *sc = w->sc;
    for (unsigned i = 0; i < sc->link_count; i++) {
        const struct scn_link *link = &sc->links[i];
        struct wire_params params = {link->rate_bps, link->latency, link->queue, {link->ifg_bits, 0}};
        struct port *a = link_end(w, link, 0), *b = a ? link_end(w, link, 1) : NULL;
        if (!b)
            continue;
        w->wires[i] = wire_create(w->sim, link->name, &params, a, b);
        assert(w->wires[i]);
    }
}

/* The longest frame of its flows that is for a device to segment, 0: none. */
static uint32_t burst_of(const struct scenario *sc, const struct scn_vm *vm)
{
    uint32_t longest = 0;
    for (unsigned i = 0; i < sc->item_count; i++) {
        const struct scn_flow *flow = &sc->items[i].flow;
        if (sc->items[i].verb == SCN_DO_FLOW && flow->shape.mss && !strcmp(flow->from.text, vm->name.text) && flow->size > longest)
            longest = flow->size;
    }
    return longest;
}

void world__vm_params(const struct world *w, unsigned i, struct host_vm_params *params)
{
    const struct scenario *sc = w->sc;
    const struct scn_vm *vm = &sc->vms[i];
    *params = (struct host_vm_params){
        .vm = {.name = vm->name.text,
               .slot = i,
               .ram_bytes = vm->ram,
               .image = sc->guest_image,
               .app = vm->app,
               .bridge_vlan = {vm->bridge_vlan[0], vm->bridge_vlan[1]},
               .writer_pages = (uint32_t)(vm->writer_bytes / 4096),
               .writer_rate_pps = (uint32_t)vm->writer_rate_pps,
               .npa = vm->npa,
               .net = vm->net,
               .vf_drivers = vm->vf_drivers,
               .queues = vm->queues,
               .mtu = vm->mtu,
               .rx_ring = vm->rx_ring,
               .tx_ring = vm->tx_ring,
               .tx_burst = burst_of(sc, vm)},
        .uplink = vm->via.text,
        .port_vlan = vm->vlan,
        .boot_vf = vm->boot_vf,
        .allow_mac_change = vm->policy[HOST_POLICY_MAC_CHANGE] != 0,
        .allow_promisc = vm->policy[HOST_POLICY_PROMISC] != 0,
        .allow_forged = vm->policy[HOST_POLICY_FORGED] == 1,
        .allow_vlan_trunk = vm->policy[HOST_POLICY_VLAN_TRUNK] != 0,
        .allow_passthrough = vm->policy[HOST_POLICY_PASSTHROUGH] != 0,
    };
    memcpy(params->vm.mac, vm->mac, 6);
}

static void build_vms(struct world *w)
{
    struct scenario *sc = w->sc;
    char err[512];
    for (unsigned i = 0; i < sc->vm_count; i++) {
        const struct scn_vm *vm = &sc->vms[i];
        struct host_vm_params params;
        world__vm_params(w, i, &params);
        w->vms[i] = host_add_vm(w->hosts[vm->host_index], &params, err, sizeof(err));
        if (!w->vms[i]) {
            scn_error(&sc->file, vm->name.at, "%s", err);
            continue;
        }
        struct station *station = vm_station(w->vms[i]);
        memcpy(station->ip4, vm->ip4, 4);
        memcpy(station->ip6, vm->ip6, 16);
    }
}

/* ---- workloads ---- */

static void capture_free(void *thing) { pcap_file_destroy(thing); }

static uint64_t capture_digest(const void *thing)
{
    const struct pcap_file *file = thing;
    uint64_t digest = recycler_hash(file->digest, file->path, strlen(file->path));
    for (uint32_t i = 0; i < file->count; i++)
        digest = recycler_hash(digest ^ file->packets[i].time_ns, file->packets[i].data, file->packets[i].caplen);
    return digest;
}

/* Once for all its replays and worlds. What is said of it names it as the scenario does, wherever the run was started or
 * restored. */
static struct pcap_file *read_capture(const struct world *w, const struct scn_replay *replay, char *err, size_t err_cap)
{
    static const char kind[] = "capture";
    struct pcap_file *file = recycler_shared(w->sim->recycler, kind, replay->file.text);
    if (file || !(file = pcap_file_read(replay->path, w->strict_captures, err, err_cap)))
        return file;
    free(file->path);
    file->path = alloc_text("the world", replay->file.text);
    recycler_share(w->sim->recycler, kind, replay->file.text, file, capture_free, capture_digest);
    return file;
}

static void build_replay(struct world *w, unsigned index)
{
    struct scenario *sc = w->sc;
    const struct scn_replay *replay = &sc->items[index].replay;
    char err[700];
    w->files[index] = read_capture(w, replay, err, sizeof(err));
    if (!w->files[index]) {
        scn_error(&sc->file, replay->file.at, "%s", err);
        return;
    }
    struct replay_params params = {
        .name = replay->name.text,
        .from = station_find(w->sim, replay->from.text),
        .to = station_find(w->sim, replay->to.text),
        .host_from = replay->host_from.text,
        .host_to = replay->host_to.text,
        .rewrite_ip = replay->rewrite_ip,
        .timing = replay->timing,
        .scale_num = replay->scale_num,
        .scale_den = replay->scale_den,
        .rate_bps = replay->rate_bps,
        .half_only = replay->one_way,
        .repeat = replay->repeat,
        .segment = replay->segment,
    };
    w->replays[index] = replay_create(w->sim, w->files[index], &params, err, sizeof(err));
    if (!w->replays[index])
        scn_error(&sc->file, replay->file.at, "%s", err);
}

/* How fast the sender's own plug is. */
static uint64_t rate_of(const struct world *w, const char *station, uint32_t size)
{
    for (unsigned i = 0; i < w->sc->peer_count; i++) {
        const struct scn_peer *peer = &w->sc->peers[i];
        uint64_t bps = port_rate_bps(peer_port(w->peers[i])), bytes = size + 8 + (peer->ifg_bits ? peer->ifg_bits / 8 : 12);
        if (!strcmp(peer->name.text, station)) /* a flow's rate counts the shortest legal gap: more of it fills a shorter one */
            return peer->ifg_bits ? (bps * (size + 20) + bytes - 1) / bytes : bps;
    }
    const struct scn_vm *vm = &w->sc->vms[world__vm_index(w, station)];
    for (unsigned i = 0; i < w->sc->nic_count; i++)
        if (vm->via.text ? !strcmp(vm->via.text, w->sc->nics[i].name.text) : w->sc->nics[i].host == vm->host_index)
            return port_rate_bps(&w->nics[i]->uplink);
    return 0;
}

static void build_flow(struct world *w, unsigned index)
{
    struct scenario *sc = w->sc;
    const struct scn_flow *flow = &sc->items[index].flow;
    char err[512];
    struct flow_params params = {
        .name = flow->name.text,
        .from = station_find(w->sim, flow->from.text),
        .to = flow->to_mac_given ? NULL : station_find(w->sim, flow->to.text),
        .dst_mac = flow->to_mac_given ? flow->to_mac : NULL,
        .src_mac = flow->src_given ? flow->src : NULL,
        .size = flow->size,
        .rate_pps_num = flow->pps,
        .rate_pps_den = 1,
        .rate_bps = flow->load_bps,
        .count = flow->count,
        .vlan_tci = flow->vlan,
        .bad_fcs = flow->bad_fcs,
        .tpid = flow->service_tag ? 0x88a8 : 0,
        .shape = flow->shape,
    };
    if (flow->back_to_back) {
        params.rate_bps = rate_of(w, flow->from.text, flow->size);
        if (!params.rate_bps)
            params.rate_bps = UINT64_C(10000000000);
    }
    w->flows[index] = flow_source_create(w->sim, &params, err, sizeof(err));
    if (!w->flows[index])
        scn_error(&sc->file, flow_frame_contradiction(&params) ? flow->name.at : flow->size_at, "%s", err);
}

static void build_workloads(struct world *w)
{
    for (unsigned i = 0; i < w->sc->item_count; i++) {
        if (w->sc->items[i].verb == SCN_DO_REPLAY)
            build_replay(w, i);
        else if (w->sc->items[i].verb == SCN_DO_FLOW)
            build_flow(w, i);
    }
}

/* ---- captures ---- */

static void open_capture(struct world *w, struct port *port, const char *dir, const char *name,
                         const struct scn_capture *said)
{
    char path[4096], err[512];
    if (w->capture_count == WORLD_CAPTURES_MAX)
        return;
    snprintf(path, sizeof(path), "%s/%s.pcap", dir, name);
    struct capture *capture = capture_open(w->sim, port, path, said ? said->filter.text : NULL, err, sizeof(err));
    if (capture)
        w->captures[w->capture_count++] = capture;
    else
        scn_error(&w->sc->file, said ? said->name.at : (struct scn_pos){0}, "%s", err);
}

static void no_such_point(struct world *w, const struct scn_word *point)
{
    struct scn_suggest suggest;
    char near[80];
    scn_suggest_init(&suggest, point->text);
    for (struct port *port = port_next(w->sim, NULL); port; port = port_next(w->sim, port))
        scn_suggest_try(&suggest, port->name);
    scn_error(&w->sc->file, point->at, "there is no point '%s' to capture at (a peer, VM or NIC)%s", point->text,
              scn_suggest_text(&suggest, near, sizeof(near)));
}

/* Also when nothing is to be written: a mistake is one with and without --pcap. */
static void check_captures(struct world *w)
{
    char err[512];
    for (unsigned i = 0; i < w->sc->capture_count; i++) {
        const struct scn_capture *said = &w->sc->captures[i];
        if (!port_find(w->sim, said->point.text))
            no_such_point(w, &said->point);
        if (said->filter.text && capture_check_filter(said->filter.text, err, sizeof(err)))
            scn_error(&w->sc->file, said->filter.at, "%s", err);
    }
}

/* Every peer, NIC and VM, for a scenario that names no captures. */
static void open_all(struct world *w, const char *dir)
{
    struct scenario *sc = w->sc;
    for (unsigned i = 0; i < sc->peer_count; i++)
        open_capture(w, peer_port(w->peers[i]), dir, sc->peers[i].name.text, NULL);
    for (unsigned i = 0; i < sc->nic_count; i++)
        open_capture(w, &w->nics[i]->uplink, dir, sc->nics[i].name.text, NULL);
    for (unsigned i = 0; i < sc->vm_count; i++) {
        struct port *port = port_find(w->sim, sc->vms[i].name.text);
        if (port)
            open_capture(w, port, dir, sc->vms[i].name.text, NULL);
    }
}

static void build_captures(struct world *w, const char *dir)
{
    struct scenario *sc = w->sc;
    check_captures(w);
    if (!dir || sc->file.error_count)
        return;
    if (mkdir(dir, 0777) && errno != EEXIST) {
        scn_error(&sc->file, (struct scn_pos){0}, "--pcap %s: %s", dir, alloc_reason(errno));
        return;
    }
    for (unsigned i = 0; i < sc->capture_count; i++)
        open_capture(w, port_find(w->sim, sc->captures[i].point.text), dir, sc->captures[i].name.text,
                     &sc->captures[i]);
    if (!sc->capture_count)
        open_all(w, dir);
}

/* ---- the whole ---- */

struct world *world_build(struct scenario *sc, const struct world_options *options)
{
    if (sc->file.error_count)
        return NULL;
    struct world *w = create(sc);
    w->strict_captures = options && options->strict_captures;
    struct sim_limits limits = {.frames_small = sc->limit_frames};
    w->sim = sim_create_with(sc->seed, &limits, options ? options->recycler : NULL);
    if (!w->sim) {
        scn_error(&sc->file, (struct scn_pos){0}, "no memory for the simulator");
        goto fail;
    }
    w->notes = recycler_take(w->sim->recycler, "the world", WORLD_NOTES_BYTES, RECYCLER_ZEROED);
    if (!world__read_profile(sc, &w->sim->profile))
        goto fail;
    component_init(&w->comp, w->sim, &world__ops, "scenario");
    void (*const parts[])(struct world *) = {build_hosts, build_nics, build_outside,
                                             build_links, build_vms,  world__build_policies, world__build_snapshots,
                                             world__build_migrations,
                                             build_workloads};
    for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        parts[i](w);
        if (sc->file.error_count)
            goto fail;
    }
    if (!options || !options->uninspected)
        world__build_inspection(w);
    build_captures(w, options ? options->pcap_dir : NULL);
    if (sc->file.error_count)
        goto fail;
    event_post(&w->comp, &w->comp, sc->begin, EV_SCENARIO, WORLD_BEGIN, 0, 0, 0);
    w->st.pending++;
    world__watch_begin(w);
    return w;
fail:
    world_destroy(w);
    return NULL;
}

struct sim *world_sim(struct world *w) { return w->sim; }
const struct scenario *world_scenario(const struct world *w) { return w->sc; }
sim_time world_now(const struct world *w) { return sim_now(w->sim); }
sim_time world_time_limit(const struct world *w) { return w->sc->limit_time; }
