/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VM as a stream that another process can read: nothing in it means anything only to the world it comes from. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/frame/frame.h"
#include "vm/vm__.h"
#include "vm/move.h"

enum { FLOW_NAME_LEN = 48 };

/* What the guest has built on: it can't be otherwise where it goes on. */
static void identity_save(const struct vm *vm, struct save *s)
{
    const struct vm_params *p = &vm->params;

    save_section(s, "vm snapshot", 1);
    save_expect_u64(s, "the machine's version", MACHINE_VERSION);
    save_expect_u64(s, "the VM's number in the scenario", p->slot);
    save_expect_u64(s, "bytes of RAM", p->ram_bytes);
    save_expect_u64(s, "the application", p->app);
    save_expect_u64(s, "vCPUs", vm->vcpus);
    save_expect_u64(s, "the guest's system", p->face);
    save_expect_u64(s, "queues", p->queues ? p->queues : 1);
    save_expect_u64(s, "the MTU", p->mtu ? p->mtu : 1500);
    save_expect_u64(s, "the receive ring", p->rx_ring ? p->rx_ring : 256);
    save_expect_u64(s, "the transmit ring", p->tx_ring ? p->tx_ring : 256);
    save_expect_u64(s, "kHz of the CPU", vm->khz);
}

void vm_snapshot_check(const struct vm *vm, struct save *s) { identity_save(vm, s); }

/* Who asked for a job is of this world: what the guest makes of it is answered to nobody. */
static void cut_jobs(struct vm_run *run)
{
    for (unsigned i = 0; i < VM_JOBS_MAX; i++) {
        run->job[i].from = run->job[i].verb = 0;
        run->job[i].cookie = 0;
    }
}

/* ---- frames in its memory ---- */

struct frame_head {
    uint32_t len, made, fragments, flags;
    char flow[FLOW_NAME_LEN];
};

static void write_frames(struct vm *vm, struct save *s)
{
    struct sim *sim = vm->comp.sim;
    struct mem_resident r;
    struct frame_head head;

    for (uint32_t cursor = 0; mem_next_resident(&vm->mem, &cursor, &r);) {
        struct frame *f = frame_get(sim, r.ref);
        struct flow_report flow = {.name = ""};
        memset(&head, 0, sizeof(head));
        head.len = f->len;
        head.made = r.made;
        head.fragments = r.fragments;
        head.flags = f->flags & FRAME_BAD_FCS;
        if (f->flow)
            flow_get_report(sim, f->flow, &flow);
        snprintf(head.flow, sizeof(head.flow), "%s", flow.name);
        save_field(s, head);
        for (uint32_t i = 0; i < r.fragments; i++) {
            save_field(s, r.fragment[i].addr);
            save_field(s, r.fragment[i].len);
            save_field(s, r.frame_off[i]);
        }
        if (!r.made)
            save_bytes(s, frame_data(f), f->len);
    }
    memset(&head, 0, sizeof(head));
    save_field(s, head);
}

/* A conversation knows its frames by identity, and these are others: they belong to no flow of it. */
static uint32_t flow_of(struct sim *sim, const char *name)
{
    uint32_t flow = *name ? flow_find(sim, name) : FLOW_NONE;
    struct flow_report report = {0};

    if (flow)
        flow_get_report(sim, flow, &report);
    return flow && !report.parent && !report.is_parent ? flow : FLOW_NONE;
}

static void read_frame(struct vm *vm, const struct frame_head *head, struct save *s)
{
    struct mem_resident r = {.fragments = head->fragments};
    frame_ref ref;

    for (uint32_t i = 0; i < r.fragments && !s->err; i++) {
        save_field(s, r.fragment[i].addr);
        save_field(s, r.fragment[i].len);
        save_field(s, r.frame_off[i]);
        if (!s->err && (!r.fragment[i].len || !mem_at(&vm->mem, r.fragment[i].addr, r.fragment[i].len)))
            save_fail(s, -EPROTO, "a frame outside the VM's memory");
    }
    if (s->err || (!head->made && head->len > s->len - s->pos))
        return;
    ref = frame_birth(&vm->comp, flow_of(vm->comp.sim, head->flow), head->len);
    if (!ref) {
        s->pos += head->made ? 0 : head->len;
        return;
    }
    frame_get(vm->comp.sim, ref)->flags |= FRAME_PUT_BACK;
    if (head->made) {
        mem_tag_made(&vm->mem, r.fragment[0].addr, r.fragment[0].len, ref);
        return;
    }
    save_bytes(s, frame_data(frame_get(vm->comp.sim, ref)), head->len);
    frame_get(vm->comp.sim, ref)->flags |= (uint16_t)head->flags;
    for (uint32_t i = 0; i < r.fragments; i++)
        mem_tag_received(&vm->mem, r.fragment[i].addr, r.fragment[i].len, ref, r.frame_off[i]);
}

static void read_frames(struct vm *vm, struct save *s)
{
    struct frame_head head;

    for (;;) {
        save_field(s, head);
        if (s->err || !head.len)
            return;
        head.flow[sizeof(head.flow) - 1] = 0;
        if (head.len > FRAME_MAX_GIANT || head.fragments == 0 || head.fragments > MEM_FRAGMENTS_MAX) {
            save_fail(s, -EPROTO, "a frame of %u bytes in %u fragments", head.len, head.fragments);
            return;
        }
        read_frame(vm, &head, s);
    }
}

/* ---- the whole ---- */

void vm_snapshot_save(struct vm *vm, struct save *s)
{
    struct vm_stay stay;
    sim_time taken_at = sim_now(vm->comp.sim);

    assert(vm->run.paused && !save_is_loading(s));
    vm__stay_take(vm, &stay);
    for (uint32_t i = 0; i < vm->vcpus; i++)
        stay.vcpu[i].run.wake = stay.vcpu[i].run.due = (struct event_id){0, 0};
    cut_jobs(&stay.run);
    identity_save(vm, s);
    save_field(s, taken_at);
    vm__stay_save(vm, &stay, s);
    vm__ram_save_own(vm, s);
}

sim_time vm_snapshot_load(struct vm *vm, struct vm_ram *ram, struct save *s)
{
    sim_time taken_at = 0, later;

    identity_save(vm, s);
    save_field(s, taken_at);
    vm__stay_save(vm, &ram->stay, s);
    vm_ram_save(ram, s);
    cut_jobs(&ram->stay.run);
    later = sim_now(vm->comp.sim) - taken_at;
    ram->stay.run.epoch += later; /* cycle 0 may lie before this world's beginning: modulo 2^64 */
    ram->stay.run.paused = 1;
    return later;
}

void vm_snapshot_settle(struct vm *vm, struct save *s, sim_time later)
{
    sim_make_events(vm->comp.sim);
    save_section(s, "frames in a VM's memory", 1);
    if (save_is_loading(s))
        read_frames(vm, s);
    else
        write_frames(vm, s);
    station_position(&vm->station, s, later);
}

void vm_discard(struct vm *vm, enum fate fate)
{
    assert(vm->run.paused);
    sim_make_events(vm->comp.sim);
    vm__jobs_cancel(vm, -ECANCELED);
    mem_tag_clear(&vm->mem, 0, vm->mem.size, fate);
}
