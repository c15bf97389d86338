/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VM's snapshot, taken of one that stands still and put back into one: memory, context, device, port, frames, flows.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "host/mode/mode__.h"
#include "host/policy/policy__.h"
#include "host/standstill/standstill__.h"
#include "vm/move.h"

/* ---- kept by name ---- */

struct host_snapshot *snapshot__find(struct host *host, const char *name)
{
    for (unsigned i = 0; i < standstill_of_host(host)->snapshots; i++)
        if (!strcmp(standstill_of_host(host)->snapshot[i].name, name))
            return &standstill_of_host(host)->snapshot[i];
    return NULL;
}

static struct host_snapshot *slot_for(struct host *host, const char *name)
{
    struct host_snapshot *slot = snapshot__find(host, name);

    if (!slot && standstill_of_host(host)->snapshots < HOST_SNAPSHOTS_MAX)
        slot = &standstill_of_host(host)->snapshot[standstill_of_host(host)->snapshots++];
    if (!slot)
        return NULL;
    free(slot->bytes);
    memset(slot, 0, sizeof(*slot));
    snprintf(slot->name, sizeof(slot->name), "%s", name);
    return slot;
}

int snapshot__keep(struct host *host, const char *name, const void *bytes, uint64_t len, bool taken)
{
    struct host_snapshot *slot = slot_for(host, name);

    if (!slot)
        return -ENOSPC;
    slot->bytes = alloc_bytes("a snapshot", len);
    memcpy(slot->bytes, bytes, len);
    slot->len = len;
    slot->taken = taken;
    return 0;
}

void snapshot__free_all(struct host *host)
{
    for (unsigned i = 0; i < standstill_of_host(host)->snapshots; i++)
        free(standstill_of_host(host)->snapshot[i].bytes);
    standstill_of_host(host)->snapshots = 0;
}

void snapshot__save_all(struct host *host, struct save *s)
{
    uint32_t count = standstill_of_host(host)->snapshots;

    save_field(s, count);
    if (save_is_loading(s)) {
        snapshot__free_all(host);
        if (s->err || count > HOST_SNAPSHOTS_MAX) {
            save_fail(s, -EPROTO, "%u snapshots", count);
            return;
        }
    }
    for (uint32_t i = 0; i < count && !s->err; i++) {
        struct host_snapshot *slot = &standstill_of_host(host)->snapshot[i], head = *slot;
        head.bytes = NULL;
        save_field(s, head);
        if (save_is_loading(s)) {
            if (s->err || head.len > s->len - s->pos || !memchr(head.name, 0, sizeof(head.name))) {
                save_fail(s, -EPROTO, "a snapshot of %llu bytes", (unsigned long long)head.len);
                return;
            }
            *slot = head;
            slot->bytes = alloc_bytes("a snapshot", head.len);
            standstill_of_host(host)->snapshots = i + 1;
        }
        save_bytes(s, slot->bytes, slot->len);
    }
}

const void *host_snapshot_bytes(const struct host *host, const char *name, size_t *len)
{
    const struct host_snapshot *slot = snapshot__find((struct host *)host, name);

    if (!slot || !slot->taken)
        return NULL;
    *len = slot->len;
    return slot->bytes;
}

const char *host_snapshot_name(const struct host *host, unsigned i)
{
    return i < standstill_of_host(host)->snapshots ? standstill_of_host(host)->snapshot[i].name : NULL;
}

int host_snapshot_check(const struct host *host, struct vm *vm, const void *bytes, size_t len, char *why, size_t cap)
{
    struct save s;

    (void)host;
    save_init_reader(&s, bytes, len);
    vm_snapshot_check(vm, &s);
    if (s.err)
        snprintf(why, cap, "%s", s.why);
    return s.err;
}

/* ---- taken ---- */

int snapshot__take(struct host_vm *hv, const char *name)
{
    struct save s;
    int status;

    save_init_writer(&s);
    vm_snapshot_save(hv->vm, &s);
    vmxnet3_move_save(hv->dev, &s);
    host__port_save(hv, &s);
    vm_snapshot_settle(hv->vm, &s, 0);
    status = s.err ? s.err : snapshot__keep(hv->host, name, s.buf, s.len, true);
    save_fini(&s);
    return status;
}

/* ---- put back ---- */

/* The device as it was before, should the stream turn out wrong behind the VM's own part. */
static void give_device_back(struct host_vm *hv, struct save *own)
{
    struct save s;

    vmxnet3_vacate(hv->dev);
    save_init_reader(&s, own->buf, own->len);
    vmxnet3_move_save(hv->dev, &s);
    save_fini(&s);
}

/* What a snapshot says of settings is its host's of then: those here stay. */
static void load_port(struct host_vm *hv, struct save *s)
{
    struct policy_state settings = *policy_of(hv);
    struct plugin_choice choice = mode_of(hv)->choice;
    uint8_t policy[HOST_POLICIES];

    memcpy(policy, hv->state.policy, sizeof(policy));
    host__port_save(hv, s);
    *policy_of(hv) = settings;
    mode_of(hv)->choice = choice;
    memcpy(hv->state.policy, policy, sizeof(policy));
}

static void move_in(struct host_vm *hv, struct vm_ram *ram)
{
    struct sim_mem *mem = vm_mem(hv->vm);

    vm_discard(hv->vm, FATE_vm_reverted);
    iommu_unmap(hv->dev_domain, 0, mem->size);
    vm_detach(hv->vm);
    vm_arrive(hv->vm, ram);
    iommu_map(hv->dev_domain, 0, mem, 0, mem->size, IOMMU_READ | IOMMU_WRITE);
}

int snapshot__put(struct host_vm *hv, const char *name, char *why, size_t cap)
{
    const struct host_snapshot *slot = snapshot__find(hv->host, name);
    struct vm_ram *ram = vm_ram_create(hv->vm, why, cap);
    struct save s, own;
    sim_time later;
    int status;

    if (!slot || !ram) {
        vm_ram_destroy(ram);
        return -ENOMEM;
    }
    save_init_reader(&s, slot->bytes, slot->len);
    save_init_writer(&own);
    vmxnet3_move_save(hv->dev, &own);
    later = vm_snapshot_load(hv->vm, ram, &s);
    if (!s.err) {
        vmxnet3_vacate(hv->dev);
        vmxnet3_move_save(hv->dev, &s);
        if (s.err)
            give_device_back(hv, &own);
    }
    if (!s.err) {
        host__filter_del(hv);
        load_port(hv, &s);
        move_in(hv, ram);
        ram = NULL;
        vm_snapshot_settle(hv->vm, &s, later);
        host__port_settle(hv, VSWITCH_DIVERT_STOPPED);
    }
    status = s.err;
    if (status)
        snprintf(why, cap, "%s", s.why);
    vm_ram_destroy(ram);
    save_fini(&own);
    save_fini(&s);
    return status;
}
