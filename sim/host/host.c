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
#include "host/host__.h"
#include "host/migrate/wire/wire.h"

/* ---- events ---- */

static void pf_done(struct host *host, const struct event *ev)
{
    enum pf_cookie cookie = (enum pf_cookie)(ev->a >> 56);
    if (cookie == FOR_NOBODY) /* a reset of the PF, say: this host may have no VM */
        return;
    struct host_vm *hv = host->vm[ev->a >> 32 & 0xffffff];
    uint32_t number = (uint32_t)ev->a;
    int status = (int)(int64_t)ev->b;

    switch (cookie) {
    case FOR_SWITCH:
        switch__pf_done(hv, number, status, (int)(int64_t)ev->c);
        break;
    case FOR_CONTROL:
        host__control_done(hv, number, status);
        break;
    case FOR_FILTER:
        host__filter_done(hv, number, status);
        break;
    case FOR_RESET:
        switch__reset_over(hv);
        break;
    case FOR_NOBODY:
        break;
    case FOR_ASSIGN:
        assign__pf_done(hv, number, status, (int)(int64_t)ev->c);
        break;
    case FOR_STANDBY:
        assign__fenced(hv, number);
        break;
    }
}

static void host_event(struct component *self, const struct event *ev)
{
    struct host *host = (struct host *)self;

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
    case HOST_EV_POLICY:
        policy__look(host, ev->a);
        break;
    case HOST_EV_STILL:
        standstill__event(host->vm[ev->a], ev);
        break;
    case HOST_EV_ASSIGN:
        assign__event(host->vm[ev->a], ev);
        break;
    case HOST_EV_VF_NEWS:
        if (pf_news_kind(ev->a) == PF_NEWS_NUM_VFS)
            switch__num_vfs_changed(host, pf_news_cookie(ev->a));
        else if (pf_news_kind(ev->a) == PF_NEWS_RESTART)
            host__pf_lost(host, pf_news_cookie(ev->a), false);
        else
            assign__news(host, ev);
        break;
    case HOST_EV_ADVANCE:
    case HOST_EV_TIMEOUT:
    case HOST_EV_DRAIN:
    case HOST_EV_COPIED:
    case HOST_EV_QUIET:
        switch__event(host->vm[ev->a], ev);
        break;
    }
}

static const struct component_ops host_ops = {.kind = "host", .event = host_event, .save = host__save};

/* Frames have left queues of a port: whoever waits for them to be empty looks again. */
static void vswitch_progress(struct vswitch_host *self, unsigned port)
{
    struct host *host = (struct host *)((char *)self - offsetof(struct host, vswitch_host));

    if (port < host->vms && host->vm[port]->port == port)
        switch__progress(host->vm[port]);
}

static void vswitch_diverted(struct vswitch_host *self, unsigned port, frame_ref ref)
{
    struct host *host = (struct host *)((char *)self - offsetof(struct host, vswitch_host));

    host__diverted(host->vm[port], ref);
}

static bool vswitch_received(struct vswitch_host *self, unsigned uplink, frame_ref ref)
{
    struct host *host = (struct host *)((char *)self - offsetof(struct host, vswitch_host));
    struct frame *f = frame_get(host->c.sim, ref);

    if (!host->migrator || memcmp(frame_data(f), pf_mac(host->nic[uplink].pf), 6) || !migrate__wire_is_ours(f))
        return false;
    migrate__wire_receive(host, ref);
    return true;
}

/* ---- life ---- */

struct host *host_create(struct sim *sim, const struct host_params *params, char *err, size_t err_cap)
{
    struct host *host = alloc_zero("a host", 1, sizeof(*host));
    char name[64];

    component_init(&host->c, sim, &host_ops, params->name);
    snprintf(host->name, sizeof(host->name), "%s", params->name);
    snprintf(host->store, sizeof(host->store), "%s", params->plugin_store ? params->plugin_store : ".");
    policy__init_host(host, params->npa);
    host->cores = params->cores ? params->cores : 1;
    host->ram_bytes = params->ram_bytes;
    host->vswitch_host.progress = vswitch_progress;
    host->vswitch_host.diverted = vswitch_diverted;
    host->vswitch_host.received = vswitch_received;
    snprintf(name, sizeof(name), "%.36s.vswitch", params->name);
    host->vswitch = vswitch_create(sim, name, host->cores, &host->vswitch_host);
    if (!host->vswitch) {
        snprintf(err, err_cap, "host %s: out of memory", params->name);
        free(host);
        return NULL;
    }
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
    free(host->switches);
    free(host->controls);
    free(host->stills);
    free(host->hotplugs);
    free(host->reasons);
    snapshot__free_all(host);
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

int host_add_nic(struct host *host, struct nic *nic, char *err, size_t err_cap)
{
    struct host_nic *n = &host->nic[host->nics];
    struct pf_params params = {.nic = nic, .ring_max_desc = HOST_PF_RING_MAX, .channels_max = PF_CHANNELS_MAX};
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
        snprintf(err, err_cap, "host %s: uplink %s: %s", host->name, nic->c.name,
                 pf_status_text((enum vmk_netptop)0, status));
        nic_free(host, n);
        return status;
    }
    n->uplink = (unsigned)status;
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

/* ---- VMs ---- */

static struct host_vm *add(struct host *host, const struct host_vm_params *params, struct vm *vm, char *err,
                           size_t err_cap)
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

bool host_vm_is_passthrough(const struct host *host, const struct vm *vm)
{
    return host__find(host, vm)->state.passthrough || host_vm_has_native_vf(host, vm);
}
int host_vm_vf(const struct host *host, const struct vm *vm) { return host__find(host, vm)->state.vf; }
static void carried(const struct host_vm *hv, struct nic_function_stats *out)
{
    const struct nic *nic = hv->host->nic[hv->state.nic].nic;
    const uint64_t *base = attach_of(hv)->base;
    nic->ops->function_stats(nic, hv->state.vf, out);
    out->rx_packets -= base[0];
    out->rx_bytes -= base[1];
    out->rx_multicast -= base[2];
    out->rx_dropped -= base[3];
    out->tx_packets -= base[4];
    out->tx_bytes -= base[5];
}

void host_vm_netdev(const struct host *host, const struct vm *vm, struct host_netdev *out)
{
    const struct host_vm *hv = host__find(host, vm);
    bool emulated = host__has_vnic(hv), own = hv->slot && attach_of(hv)->netdev;
    unsigned of_vf = pf_vf_queues(hv->host->nic[hv->state.nic].pf);

    *out = (struct host_netdev){.vf = -1, .queues = vm_get_params(vm)->queues};
    memcpy(out->mac, hv->state.mac, 6);
    out->runs = vm_get_state(vm) == VM_RUNNING &&
                (standstill_of(hv)->phase == STANDSTILL_PHASE_NONE || standstill_of(hv)->phase == STANDSTILL_PHASE_OUT ||
                 standstill_of(hv)->phase == STANDSTILL_PHASE_BACK);
    out->kind = hv->slot && emulated ? HOST_NETDEV_MASTER
                : emulated           ? HOST_NETDEV_VMXNET3
                : own                ? HOST_NETDEV_VF
                                     : HOST_NETDEV_NONE;
    out->carrier = (emulated && !policy_of(hv)->set[VM_SET_LINK]) || (own && attach_of(hv)->carrier);
    if (!own || hv->state.vf < 0)
        return;
    out->vf = hv->state.vf;
    out->queues = out->queues < of_vf ? out->queues : of_vf;
    carried(hv, &out->carried);
}

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

uint64_t host__copy_ps(struct host *host, uint64_t copies, uint64_t bytes)
{
    struct profile *p = &host->c.sim->profile;
    unsigned __int128 milli = (unsigned __int128)bytes * profile_get(p, PROFILE_copy_byte_millicycles) +
                              (unsigned __int128)copies * 1000 * profile_get(p, PROFILE_copy_base_cycles);
    return (uint64_t)(milli * SIM_US / profile_get(p, PROFILE_cpu_khz));
}

void host_get_cpu(const struct host *host, struct host_cpu *out)
{
    struct host *h = (struct host *)host; /* reading the profile marks the values as used */
    uint64_t traps = 0, copies = 0, bytes = 0;

    for (unsigned i = 0; i < host->vms; i++) {
        struct vm_stats vm;
        struct vmxnet3_stats dev;
        vm_get_stats(host->vm[i]->vm, &vm);
        vmxnet3_get_stats(host->vm[i]->dev, &dev);
        traps += host->vm[i]->state.traps + (host->vm[i]->state.present ? vm.trapped_mmio - host->vm[i]->state.traps_mark : 0);
        copies += dev.copies;
        bytes += dev.copy_bytes;
    }
    out->exits_ps = host__cycles_ps(h, traps * profile_get(&h->c.sim->profile, PROFILE_vm_exit_cycles));
    out->copy_ps = host__copy_ps(h, copies, bytes) + host->plugin_copy_ps;
    out->vswitch_ps = vswitch_busy_ps(host->vswitch);
    out->pf_ps = 0;
    for (unsigned i = 0; i < host->nics; i++)
        out->pf_ps += pf_cpu_ps(host->nic[i].pf);
}
