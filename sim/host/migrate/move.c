/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interruption: the VM is stopped, packed into a stream, and set up at the destination, or again where it was. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "host/migrate/migrate__.h"

/* ---- stop ---- */

int migrate__stop(struct migrator *m, struct migration *g)
{
    struct host_vm *from = migrate__from(m, g);

    if (switch__is_active(from) || host__stop(from))
        return -EAGAIN;
    if (migrate__ops(m, g)->stop)
        migrate__ops(m, g)->stop(m, g);
    g->state.stopped = 1;
    migrate__record(m, g)->stopped = sim_now(m->c.sim);
    migrate__record(m, g)->cpu_stopped_ps = migrate__cpu(m, g);
    trace_migration(&m->c, vm_name(from->vm), "stopped", g->state.forward ? "its frames are kept" : "its frames are lost");
    return 0;
}

bool migrate__is_quiet(struct migrator *m, struct migration *g)
{
    struct host_vm *from = migrate__from(m, g);

    if (migrate__ops(m, g)->is_quiet && !migrate__ops(m, g)->is_quiet(m, g))
        return false;
    return host__is_quiet(from);
}

/* ---- the stream ---- */

int migrate__pack(struct migrator *m, struct migration *g)
{
    struct host_vm *from = migrate__from(m, g);
    struct save s;
    int err;

    save_init_writer(&s);
    vm_move_save(from->vm, &s);
    vmxnet3_move_save(from->dev, &s);
    host__port_save(from, &s);
    if (migrate__ops(m, g)->save)
        migrate__ops(m, g)->save(m, g, from, &s);
    err = g->state.post_copy ? migrate__postcopy_pack(m, g) : 0;
    if (g->state.post_copy && !err)
        migrate__postcopy_map(m, g, &s);
    err = err ? err : s.err;
    if (err) {
        save_fini(&s);
        return err;
    }
    g->stream = alloc_bytes("a migration", s.len);
    memcpy(g->stream, s.buf, s.len);
    g->state.stream_len = s.len;
    save_fini(&s);
    vm_detach(from->vm);
    g->state.detached = 1;
    migrate__record(m, g)->state_bytes = g->state.stream_len;
    return 0;
}

/* ---- arrival ---- */

static void leave_source(struct migrator *m, struct migration *g)
{
    struct host_vm *from = migrate__from(m, g);
    struct vm_stats stats;

    vm_get_stats(from->vm, &stats);
    from->state.traps += stats.trapped_mmio - from->state.traps_mark;
    from->state.present = 0;
    migrate_of(from)->departure = g->state.record + 1;
    for (unsigned rank = 0; rank < HOST_RANKS; rank++)
        if (from->host->parts[rank]->left)
            from->host->parts[rank]->left(from);
    vm_unmap_function(from->vm, vmxnet3_function(from->dev));
    iommu_unmap(from->dev_domain, 0, vm_mem(from->vm)->size);
    vmxnet3_vacate(from->dev);
    if (migrate__ops(m, g)->vacate)
        migrate__ops(m, g)->vacate(m, g);
    host__filter_del(from);
    vswitch_set_taking(from->host->vswitch, from->port, true, false);
    vswitch_set_divert(from->host->vswitch, from->port, VSWITCH_DIVERT_LEFT);
}

static int enter_destination(struct migrator *m, struct migration *g, char *why, size_t cap)
{
    struct host_vm *to = migrate__to(m, g);
    struct sim_mem *mem = vm_mem(to->vm);
    struct vm_stats stats;

    if (iommu_map(to->dev_domain, 0, mem, 0, mem->size, IOMMU_READ | IOMMU_WRITE) || !host__map_device(to, why, cap)) {
        snprintf(why, cap, "its memory or registers can't be mapped");
        return -EINVAL;
    }
    vm_get_stats(to->vm, &stats);
    to->state.traps_mark = stats.trapped_mmio;
    to->state.present = 1;
    host__port_settle(to, g->state.forward ? VSWITCH_DIVERT_STOPPED : VSWITCH_DIVERT_OFF);
    return 0;
}

static int load(struct migrator *m, struct migration *g, char *why, size_t cap)
{
    struct host_vm *to = migrate__to(m, g);
    struct save s;
    int err;

    uint64_t len = migrate__inject(m, g, MIGRATE_STEP_LOAD) ? g->state.stream_len / 2 : g->state.stream_len;
    save_init_reader(&s, g->arrived ? g->arrived : g->stream, len);
    vm_move_load(to->vm, g->ram, &s);
    if (!s.err)
        vmxnet3_move_save(to->dev, &s);
    if (!s.err)
        host__port_save(to, &s);
    if (!s.err && migrate__ops(m, g)->save)
        migrate__ops(m, g)->save(m, g, to, &s);
    if (!s.err && g->state.post_copy)
        migrate__postcopy_map(m, g, &s);
    err = s.err;
    if (err)
        snprintf(why, cap, "the state was refused: %.120s", s.why);
    save_fini(&s);
    return err;
}

int migrate__arrive(struct migrator *m, struct migration *g, char *why, size_t cap)
{
    struct host_vm *from = migrate__from(m, g), *to = migrate__to(m, g);
    uint64_t pages, data;
    int err = load(m, g, why, cap);
    bool clean = true;

    if (!err && migrate__inject(m, g, MIGRATE_STEP_RESUME)) {
        snprintf(why, cap, "its memory can't be mapped: failure injected");
        err = -ENOMEM;
    }
    if (err) {
        vmxnet3_vacate(to->dev);
        return err;
    }
    vm_ram_count(from->vm, g->ram, &pages, &data);
    assert((g->state.post_copy || pages == 0) && "every page that was written has been sent");
    leave_source(m, g);
    host__vm_comes(to);
    if (g->state.post_copy)
        clean = (g->rest = vm_arrive_partly(to->vm, g->ram)) != NULL;
    else
        clean = vm_arrive(to->vm, g->ram);
    assert(clean && "the source's memory can be punched");
    g->ram = NULL;
    err = enter_destination(m, g, why, cap);
    assert(!err && "the place was made for it");
    if (migrate__ops(m, g)->settle)
        migrate__ops(m, g)->settle(m, g);
    g->state.resumed = 1;
    g->state.detached = 0;
    if (g->state.post_copy)
        migrate__postcopy_begin(m, g);
    vmxnet3_unpause(to->dev);
    vm_unpause(to->vm);
    vswitch_announce(to->host->vswitch, to->port);
    return 0;
}

/* ---- return ---- */

void migrate__return(struct migrator *m, struct migration *g)
{
    struct host_vm *from = migrate__from(m, g);
    struct save s;

    if (g->state.detached) {
        save_init_reader(&s, g->stream, g->state.stream_len);
        vm_return(from->vm, &s);
        save_fini(&s);
        g->state.detached = 0;
    }
    vswitch_set_divert(from->host->vswitch, from->port, VSWITCH_DIVERT_OFF);
    vmxnet3_unpause(from->dev);
    if (migrate__ops(m, g)->go_on)
        migrate__ops(m, g)->go_on(m, g);
    vm_unpause(from->vm);
    g->state.stopped = 0;
    migrate__record(m, g)->resumed = sim_now(m->c.sim);
    migrate__tunnel_give_back(m, g);
    trace_migration(&m->c, vm_name(from->vm), "runs again where it was", from->host->name);
}
