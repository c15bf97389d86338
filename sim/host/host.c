/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host: what belongs to it, and the events that drive it. */
#include "host/hypervisor.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/engine/horizon.h"
#include "host/host__.h"

static const struct host_part *part_at(const struct host *host, unsigned rank) { return host->parts[rank]; }

/* ---- events ---- */

static void pf_done(struct host *host, const struct event *ev)
{
    if (ev->a == HOST_NOBODY) /* a reset of the PF, say: this host may have no VM */
        return;
    struct host_cookie cookie = host__cookie_fields(ev->a);

    if (cookie.rank == HOST_RANKS)
        host__filter_done(host->vm[cookie.vm], cookie.number, (int)(int64_t)ev->b);
    else
        part_at(host, cookie.rank)
            ->pf_done(host->vm[cookie.vm], cookie.kind, cookie.number, (int)(int64_t)ev->b, (int)(int64_t)ev->c);
}

static void pf_lost(struct host *host, unsigned nic, bool gone)
{
    const char *why = gone ? "the PF was reset" : "the PF's driver has reset the chip";

    for (unsigned i = 0; i < host->vms; i++)
        for (unsigned rank = 0; rank < HOST_RANKS && host->vm[i]->state.nic == nic; rank++)
            if (part_at(host, rank)->pf_lost)
                part_at(host, rank)->pf_lost(host->vm[i], gone, why);
    host__changed(host);
}

static void num_vfs_changed(struct host *host, unsigned nic)
{
    for (unsigned i = 0; i < host->vms; i++)
        for (unsigned rank = 0; rank < HOST_RANKS && host->vm[i]->state.nic == nic; rank++)
            if (part_at(host, rank)->num_vfs_changed)
                part_at(host, rank)->num_vfs_changed(host->vm[i]);
    host__changed(host);
}

static void queue_moves(struct host *host, unsigned nic, unsigned queue)
{
    for (unsigned rank = 0; rank < HOST_RANKS; rank++)
        if (part_at(host, rank)->queue_moves)
            part_at(host, rank)->queue_moves(host, nic, queue);
}

static void pf_news(struct host *host, const struct event *ev)
{
    unsigned nic = pf_news_cookie(ev->a), vf = pf_news_vf(ev->a);
    enum pf_news news = pf_news_kind(ev->a);

    if (news == PF_NEWS_NUM_VFS)
        num_vfs_changed(host, nic);
    else if (news == PF_NEWS_RESTART)
        pf_lost(host, nic, false);
    else if (news == PF_NEWS_QUEUE_MOVES)
        queue_moves(host, nic, vf);
    else
        for (unsigned rank = 0; rank < HOST_RANKS; rank++)
            if (part_at(host, rank)->mailbox)
                part_at(host, rank)->mailbox(host, nic, vf, news, (int)(int64_t)ev->b, ev->c);
}

static void host_event(struct component *self, const struct event *ev)
{
    struct host *host = (struct host *)self;

    if (ev->verb >= HOST_EV_PART) {
        part_at(host, (ev->verb >> 8) - 1)->event(host, ev->verb & 0xff, ev);
        return;
    }
    switch ((enum host_verb)ev->verb) {
    case HOST_EV_START:
        pf_start(host->nic[ev->a].pf);
        break;
    case HOST_EV_BOOT:
        host__vm_boot(host->vm[ev->a]);
        break;
    case HOST_EV_PF_DONE:
        pf_done(host, ev);
        break;
    case HOST_EV_CLEAR:
        mem_tag_clear(vm_mem(host->vm[ev->a]->vm), 0, vm_mem(host->vm[ev->a]->vm)->size, FATE_vm_ended);
        break;
    case HOST_EV_VF_NEWS:
        pf_news(host, ev);
        break;
    case HOST_EV_PART:
        break;
    }
}

static const struct component_ops host_ops = {.kind = "host", .event = host_event, .save = host__save, .show = host__show};

/* ---- told by the virtual switch ---- */

static struct host *of_vswitch(struct vswitch_host *self)
{
    return (struct host *)((char *)self - offsetof(struct host, vswitch_host));
}

/* Frames have left queues of a port: whoever waits for them to be empty looks again. */
static void vswitch_progress(struct vswitch_host *self, unsigned port)
{
    struct host *host = of_vswitch(self);

    if (host->progress && port < host->vms && host->vm[port]->port == port)
        host->progress->progress(host->vm[port]);
}

static void vswitch_diverted(struct vswitch_host *self, unsigned port, frame_ref ref)
{
    host__diverted(of_vswitch(self)->vm[port], ref);
}

static bool vswitch_received(struct vswitch_host *self, unsigned uplink, frame_ref ref)
{
    struct host *host = of_vswitch(self);

    return host->received && !memcmp(frame_data(frame_get(host->c.sim, ref)), pf_mac(host->nic[uplink].pf), 6) &&
           host->received->received(host, uplink, ref);
}

/* ---- for parts ---- */

struct event_id host__post(struct host_vm *hv, enum host_rank rank, unsigned verb, sim_time at, uint64_t b)
{
    return event_post(&hv->host->c, &hv->host->c, at, EV_HOST, HOST_VERB(rank, verb), hv->index, b, 0);
}

struct event_id host__post_of_host(struct host *host, enum host_rank rank, unsigned verb, sim_time at, uint64_t a)
{
    return event_post(&host->c, &host->c, at, EV_HOST, HOST_VERB(rank, verb), a, 0, 0);
}

void host__ask_pf(struct host_vm *hv, enum vmk_netptop op, const struct pf_args *args, uint64_t cookie)
{
    pf_request(host__nic(hv)->pf, op, args, host__who(hv), HOST_EV_PF_DONE, cookie);
}

void host__ask_pf_as_admin(struct host_vm *hv, enum vmk_netptop op, const struct pf_args *args, uint64_t cookie)
{
    pf_admin_request(host__nic(hv)->pf, op, args, host__who(hv), HOST_EV_PF_DONE, cookie);
}

void host__changed(struct host *host)
{
    for (unsigned rank = 0; rank < HOST_RANKS; rank++)
        if (part_at(host, rank)->changed)
            part_at(host, rank)->changed(host);
}

/* The one function of a kind that there is among the parts' ops tables of the device. */
#define TAKE(member)                       \
    if (ops->member) {                     \
        assert(!host->device.member);      \
        host->device.member = ops->member; \
    }

static void take_device(struct host *host, const struct vmxnet3_host_ops *ops)
{
    TAKE(command)
    TAKE(activate)
    TAKE(set_mac)
    TAKE(set_rx_mode)
    TAKE(set_multicast)
    TAKE(set_vlans)
    TAKE(rss_changed)
    TAKE(progress)
    TAKE(page_written)
    TAKE(given_up)
}
#undef TAKE

static void take_parts(struct host *host, const struct host_params *params)
{
    host->parts = params->parts;
    for (unsigned rank = 0; rank < HOST_RANKS; rank++) {
        const struct host_part *part = part_at(host, rank);
        assert(part->rank == rank && "parts stand in the order of their ranks");
        host->part[rank] = part->host_bytes ? alloc_zero(part->name, 1, part->host_bytes) : NULL;
        if (part->device)
            take_device(host, part->device);
        if (part->progress)
            host->progress = part;
        if (part->received)
            host->received = part;
        if (part->host_made)
            part->host_made(host, params);
    }
}

/* ---- life ---- */

/* What a VM does, and what comes from outside, is seen by another VM of the host after one of these at least: a message's way into
 * a vCPU, the virtual switch's work for a frame, an operation of a PF driver. */
static void limit_lookahead(struct host *host)
{
    static const enum profile_key costs[] = {PROFILE_irq_inject_cycles, PROFILE_vswitch_frame_cycles, PROFILE_pf_op_cycles};
    struct sim *sim = host->c.sim;
    sim_limit_lookahead(sim, profile_peek(&sim->profile, PROFILE_irq_posted_ps));
    for (unsigned i = 0; i < sizeof(costs) / sizeof(costs[0]); i++) {
        struct sim_rate rate = sim_rate_cycles(profile_peek(&sim->profile, PROFILE_cpu_khz));
        sim_limit_lookahead(sim, sim_rate_take(&rate, profile_peek(&sim->profile, costs[i])));
    }
}

static void make_cores(struct host *host, const struct host_params *params)
{
    char name[64];

    const struct cores_params cores = {.number = params->cores, .smt = params->smt};
    snprintf(name, sizeof(name), "%.36s.cores", params->name);
    host->cores = cores_create(host->c.sim, name, &cores);
    cores_set_pin(host->cores, &params->pin);
    snprintf(name, sizeof(name), "%.36s/migration", params->name);
    cpu_server_init(&host->migrator, host->cores, name, &host->c);
}

struct host *host_create(struct sim *sim, const struct host_params *params, char *err, size_t err_cap)
{
    struct host *host = alloc_zero("a host", 1, sizeof(*host));
    char name[64];

    component_init(&host->c, sim, &host_ops, params->name);
    limit_lookahead(host);
    snprintf(host->name, sizeof(host->name), "%s", params->name);
    snprintf(host->store, sizeof(host->store), "%s", params->plugin_store ? params->plugin_store : ".");
    snprintf(host->without, sizeof(host->without), "%s", params->without ? params->without : "");
    host->ram_bytes = params->ram_bytes;
    host->vswitch_host.progress = vswitch_progress;
    host->vswitch_host.diverted = vswitch_diverted;
    host->vswitch_host.received = vswitch_received;
    make_cores(host, params);
    snprintf(name, sizeof(name), "%.36s.vswitch", params->name);
    host->vswitch = vswitch_create(sim, name, params->cores ? params->cores : VSWITCH_THREADS, host->cores, &host->vswitch_host);
    take_parts(host, params);
    return host;
}

static void nic_free(struct host *host, struct host_nic *nic)
{
    pf_destroy(nic->pf);
    if (nic->bytes) {
        recycler_give(host->c.sim->recycler, nic->bytes, nic->mem.size, RECYCLER_ZEROED); /* before mem_fini() forgets the size */
        mem_fini(&nic->mem);
    }
    memset(nic, 0, sizeof(*nic));
}

void host_destroy(struct host *host)
{
    if (!host)
        return;
    for (unsigned i = 0; i < host->vms; i++)
        host__vm_free(host->vm[i]);
    free(host->vm);
    vswitch_destroy(host->vswitch);
    for (unsigned i = 0; i < host->nics; i++)
        nic_free(host, &host->nic[i]);
    for (unsigned rank = 0; rank < HOST_RANKS; rank++) {
        if (part_at(host, rank)->host_freed)
            part_at(host, rank)->host_freed(host);
        free(host->part[rank]);
    }
    cpu_thread_fini(&host->migrator);
    cores_destroy(host->cores);
    free(host);
}

struct component *host_component(struct host *host) { return &host->c; }
const char *host_name(const struct host *host) { return host->name; }

/* ---- NICs ---- */

static int make_host_memory(struct host *host, struct host_nic *n, uint64_t bytes)
{
    int status;

    bytes = (bytes + 4095) & ~UINT64_C(4095);
    n->bytes = recycler_take(host->c.sim->recycler, "a PF driver's memory", bytes, RECYCLER_ZEROED);
    status = mem_init(&n->mem, &host->c, n->bytes, bytes, PF_MEM_TAGS);
    if (status) {
        recycler_give(host->c.sim->recycler, n->bytes, bytes, RECYCLER_ZEROED);
        n->bytes = NULL;
    }
    return status;
}

/* A frame that needs no look-up is seen sooner. */
static void limit_lookahead_of_queue(struct sim *sim)
{
    struct sim_rate rate = sim_rate_cycles(profile_peek(&sim->profile, PROFILE_cpu_khz));
    uint64_t cycles =
        profile_peek(&sim->profile, PROFILE_vswitch_frame_cycles) + profile_peek(&sim->profile, PROFILE_vnic_frame_cycles);
    uint64_t spared = profile_peek(&sim->profile, PROFILE_vswitch_lookup_cycles);

    sim_limit_lookahead(sim, sim_rate_take(&rate, cycles - (spared < cycles ? spared : cycles)));
}

/* Each with threads of its own, which the virtual switch goes on with. */
static int add_queues(struct host *host, struct host_nic *n)
{
    char name[48];

    if (!pf_has_queues(n->pf))
        return 0;
    vswitch_set_uplink_thread(host->vswitch, n->uplink, pf_queue_thread(n->pf, 0, false));
    for (unsigned q = 1; q <= pf_netqueues(n->pf); q++) {
        snprintf(name, sizeof(name), "%.32s.q%u", n->nic->c.name, q);
        int queue = vswitch_add_queue(host->vswitch, n->uplink, name, pf_queue_uplink(n->pf, q), pf_queue_thread(n->pf, q, false),
                                      pf_queue_thread(n->pf, q, true));
        if (queue < 0)
            return queue;
        if (q == 1)
            n->first_queue = queue;
    }
    limit_lookahead_of_queue(host->c.sim);
    return 0;
}

int host_add_nic(struct host *host, struct nic *nic, const struct host_nic_params *how, char *err, size_t err_cap)
{
    struct host_nic *n = &host->nic[host->nics];
    struct pf_params params = {.nic = nic,
                               .outside = how && how->outside,
                               .vf_queues = how ? how->vf_queues : 0,
                               .ring_max_desc = HOST_PF_RING_MAX,
                               .channels_max = PF_CHANNELS_MAX,
                               .cores = host->cores};
    char name[48];
    int status;

    if (host->nics == HOST_NICS_MAX) {
        snprintf(err, err_cap, "host %s: more than %d NICs", host->name, HOST_NICS_MAX);
        return -ENOSPC;
    }
    n->nic = nic;
    params.mem_len = pf_memory_needed(&params);
    status = make_host_memory(host, n, params.mem_len);
    if (status) {
        snprintf(err, err_cap, "host %s: no memory for the PF driver of %s", host->name, nic->c.name);
        return status;
    }
    params.mem = &n->mem;
    snprintf(name, sizeof(name), "%.40s.pf", nic->c.name);
    n->pf = pf_create(host->c.sim, name, &params, err, err_cap);
    if (!n->pf) {
        nic_free(host, n);
        return -EINVAL;
    }
    status = vswitch_add_uplink(host->vswitch, nic->c.name, pf_uplink(n->pf));
    if (status < 0) {
        snprintf(err, err_cap, "host %s: uplink %s: %s", host->name, nic->c.name, pf_status_text((enum vmk_netptop)0, status));
        nic_free(host, n);
        return status;
    }
    n->uplink = (unsigned)status;
    status = add_queues(host, n);
    if (status) {
        snprintf(err, err_cap, "host %s: queues of %s: %s", host->name, nic->c.name, pf_status_text((enum vmk_netptop)0, status));
        return status;
    }
    pf_listen(n->pf, &host->c, HOST_EV_VF_NEWS, host->nics);
    event_post(&host->c, &host->c, sim_now(host->c.sim), EV_HOST, HOST_EV_START, host->nics, 0, 0);
    host->nics++;
    return 0;
}

int host__find_nic(const struct host *host, const char *name)
{
    for (unsigned i = 0; i < host->nics; i++)
        if (!strcmp(host->nic[i].nic->c.name, name))
            return (int)i;
    return -1;
}

struct pf *host_find_pf(struct host *host, const char *nic_name)
{
    int i = host__find_nic(host, nic_name);
    return i < 0 ? NULL : host->nic[i].pf;
}

/* Of those in use, too: who has a VF of its own must give it up first. */
int host_set_num_vfs(struct host *host, const char *nic, unsigned count, bool surprise, struct component *from, uint16_t verb,
                     uint64_t cookie)
{
    struct pf_args args = {.vf = PF_ANY_VF, .rate = count, .enable = surprise};
    int index = host__find_nic(host, nic);

    if (index < 0)
        return -ENODEV;
    for (unsigned i = 0; i < host->vms; i++)
        if (host->vm[i]->state.nic == (unsigned)index && host__is_claimed(host->vm[i], CLAIM_OWN_VF))
            return -EBUSY;
    pf_request(host->nic[index].pf, (enum vmk_netptop)PF_OP_SET_NUM_VFS, &args, from, verb, cookie);
    return 0;
}

int host_reset_pf(struct host *host, const char *nic)
{
    int n = host__find_nic(host, nic);
    const struct pf_args args = {.vf = PF_ANY_VF};

    if (!nic_model_can(pf_nic(host->nic[n].pf)->model, NIC_RESTARTS)) /* who would set the chip up anew? */
        return -ENOTSUP;
    pf_request(host->nic[n].pf, PF_OP_PF_FLR, &args, &host->c, HOST_EV_PF_DONE, HOST_NOBODY);
    pf_lost(host, (unsigned)n, true);
    return 0;
}

/* ---- VMs ---- */

static struct host_vm *add(struct host *host, const struct host_vm_params *params, struct vm *vm, char *err, size_t err_cap)
{
    struct host_vm *hv;

    if (host->vms == host->vms_cap) {
        unsigned cap = host->vms_cap ? 2 * host->vms_cap : 16;
        struct host_vm **grown = alloc_grow("a host", host->vm, cap * sizeof(*grown));
        host->vm = grown;
        host->vms_cap = cap;
    }
    hv = host__vm_make(host, params, vm, err, err_cap);
    if (!hv)
        return NULL;
    assert(hv->port == host->vms && "VMs and their ports have the same numbers");
    host->vm[host->vms++] = hv;
    return hv;
}

struct vm *host_add_vm(struct host *host, const struct host_vm_params *params, char *err, size_t err_cap)
{
    struct host_vm *hv = add(host, params, NULL, err, err_cap);

    if (!hv)
        return NULL;
    event_post(&host->c, &host->c, sim_now(host->c.sim), EV_HOST, HOST_EV_BOOT, hv->index, 0, 0);
    return hv->vm;
}

int host_add_place(struct host *host, struct vm *vm, const struct host_vm_params *params, char *err, size_t err_cap)
{
    return add(host, params, vm, err, err_cap) ? 0 : -EINVAL;
}

bool host_has_vm(const struct host *host, const struct vm *vm)
{
    for (unsigned i = 0; i < host->vms; i++)
        if (host->vm[i]->vm == vm)
            return host->vm[i]->state.present;
    return false;
}

struct vm *host_vm_at(const struct host *host, unsigned i) { return i < host->vms ? host->vm[i]->vm : NULL; }

struct host_vm *host__find(const struct host *host, const struct vm *vm)
{
    for (unsigned i = 0; i < host->vms; i++)
        if (host->vm[i]->vm == vm)
            return host->vm[i];
    assert(!"the VM is not on this host");
    return NULL;
}

int host_vm_vf(const struct host *host, const struct vm *vm) { return host__find(host, vm)->state.vf; }
struct vmxnet3 *host_vm_device(const struct host *host, const struct vm *vm) { return host__find(host, vm)->dev; }
struct pf *host_vm_pf(const struct host *host, const struct vm *vm) { return host__nic(host__find(host, vm))->pf; }

/* An operator's VLAN of a VF is in force as long as the VM has that VF, unless its own port is in one. */
void host_vm_place(const struct host *host, const struct vm *vm, struct station_place *out)
{
    struct host_vm *hv = host__find(host, vm);
    *out = (struct station_place){.access = {hv->vlan}, .accesses = 1, .keeps_priority = true};
    if (hv->state.vf < 0)
        return;
    struct pf_vf_admin admin;
    pf_vf_get_admin(host__nic(hv)->pf, (unsigned)hv->state.vf, &admin);
    if (admin.vlan || admin.qos)
        out->access[out->accesses++] = admin.vlan | admin.qos << 13;
}

bool host_vm_rss_key(const struct host *host, const struct vm *vm, uint8_t key[PF_RSS_KEY_BYTES])
{
    struct host_vm *hv = host__find(host, vm);
    struct pf_netdev netdev;
    if (hv->state.vf < 0)
        return false;
    pf_netdev_get(host__nic(hv)->pf, &netdev);
    memcpy(key, netdev.rss_key, sizeof(netdev.rss_key));
    return true;
}

/* ---- CPU ---- */

uint64_t host__cycles_ps(struct host *host, uint64_t cycles)
{
    uint64_t khz = profile_get(&host->c.sim->profile, PROFILE_cpu_khz);
    return (uint64_t)((unsigned __int128)cycles * 1000 * SIM_US / khz);
}

uint64_t host__copy_cycles(struct host *host, uint64_t copies, uint64_t bytes)
{
    struct profile *p = &host->c.sim->profile;
    unsigned __int128 milli = (unsigned __int128)bytes * profile_get(p, PROFILE_copy_cold_byte_millicycles);
    return copies * profile_get(p, PROFILE_copy_cold_base_cycles) + (uint64_t)(milli / 1000);
}

void host_get_cpu(const struct host *host, struct host_cpu *out)
{
    struct host *h = (struct host *)host; /* reading the profile marks the values as used */
    struct profile *profile = &h->c.sim->profile;
    uint64_t traps = 0, copied = 0;

    for (unsigned i = 0; i < host->vms; i++) {
        struct vm_stats vm;
        vm_get_stats(host->vm[i]->vm, &vm);
        traps += host->vm[i]->state.traps + (host->vm[i]->state.present ? vm.trapped_mmio - host->vm[i]->state.traps_mark : 0);
        copied += vmxnet3_copy_ps(host->vm[i]->dev) + host->vm[i]->vmx.st.run_ps;
    }
    out->exits_ps =
        host__cycles_ps(h, traps * (profile_get(profile, PROFILE_vm_exit_cycles) + profile_get(profile, PROFILE_exit_mmio_cycles)));
    out->copy_ps = copied;
    out->vswitch_ps = vswitch_busy_ps(host->vswitch);
    out->pf_ps = 0;
    for (unsigned i = 0; i < host->nics; i++)
        out->pf_ps += pf_cpu_ps(host->nic[i].pf);
}
