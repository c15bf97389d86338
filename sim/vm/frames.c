/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The application's end of the traffic: frames made in guest memory, handed up from it, or given up in it.
 *
 * A frame is known by the tags of the memory it lies in; its bytes are looked at for captures, and to hold what is handed up
 * against what was sent (net/inspection.h).
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/frame/way.h"
#include "vm/vm__.h"
#include "net/inspection.h"

#define REFUSED UINT64_MAX

/* ---- out ---- */

static void tap_made(struct vm *vm, frame_ref ref, const void *bytes)
{
    if (!vm->port.taps)
        return;
    struct frame *f = frame_get(vm->comp.sim, ref);
    memcpy(frame_data(f), bytes, f->len);
    port_tap(&vm->port, TAP_TX, f);
}

/* It comes out of the application, or is given to it; what is made waits while the queue is stopped. */
static void pass(const struct vcpu *vcpu, const struct frame *f, bool is_made)
{
    const struct vm *vm = vcpu->vm;
    const struct way_gap stopped = {vcpu->run.tx_stopped, vcpu->tx_stopped_ps};
    if (!frame_is_witness(f))
        return;
    cpu_thread_pass(vcpu->thread, vm->comp.sim, f, &vm->comp);
    if (!is_made)
        return;
    char *name = way_pass(vm->comp.sim, f, &vm->comp, WAY_SENDER, vcpu->number, way_gap_read(&stopped, sim_now(vm->comp.sim)));
    if (name)
        snprintf(name, WAY_NAME, "%s", vcpu->thread->name);
}

/* The frame is born into guest memory at `gpa`. */
static void birth(struct vcpu *vcpu, uint32_t flow, uint64_t gpa, uint32_t len)
{
    struct vm *vm = vcpu->vm;
    frame_ref ref = frame_birth(&vm->comp, flow, len);
    if (ref == 0)
        return;
    vm->run.stats.frames_made++;
    vm->run.stats.made_on_vf += vm->run.on_vf;
    pass(vcpu, frame_get(vm->comp.sim, ref), true);
    tap_made(vm, ref, vm->ram + gpa);
    mem_tag_made(&vm->mem, gpa, len, ref);
}

sim_time vm__next_due(const struct vcpu *vcpu)
{
    const struct vm *vm = vcpu->vm;
    return vm__is_alone(vm) ? station_next_due(&vm->station) : station_next_due_on(&vm->station, vcpu->number);
}

/* Of the part of the workload that this vCPU's threads play. */
static struct workload_frame next_of(struct vcpu *vcpu, bool is_stopped, uint8_t *buf, uint32_t cap)
{
    struct station *station = &vcpu->vm->station;
    if (!vm__is_alone(vcpu->vm))
        return station_next_on(station, vcpu->number, is_stopped, buf, cap);
    return is_stopped ? station_next_unless_it_waits(station, buf, cap) : station_next(station, buf, cap);
}

/* The workload says how long its frame is only when it writes it, and a guest may offer too little: through a buffer.
 */
static struct workload_frame fetch(struct vcpu *vcpu, const struct machine_tx *tx)
{
    struct vm *vm = vcpu->vm;
    uint8_t buf[FRAME_MAX_GIANT];
    struct workload_frame frame = next_of(vcpu, tx->stopped, buf, sizeof(buf));
    if (frame.len == 0)
        return frame;
    if (frame.len <= tx->cap) {
        memcpy(vm->ram + tx->gpa, buf, frame.len);
        birth(vcpu, frame.flow, tx->gpa, frame.len);
        return frame;
    }
    vm__bad(vm, "a frame into a buffer of bytes", tx->cap);
    frame_ref ref = frame_birth(&vm->comp, frame.flow, frame.len);
    if (ref) {
        memcpy(frame_data(frame_get(vm->comp.sim, ref)), buf, frame.len);
        frame_end(&vm->comp, ref, FATE_app_refused);
    }
    frame.len = 0;
    return frame;
}

/* The guest's stack has stopped its queue, or woken it. */
static void note_queue(struct vcpu *vcpu, bool stopped)
{
    struct vm *vm = vcpu->vm;
    if (stopped == (vcpu->run.tx_stopped != 0))
        return;
    sim_time now = sim_now(vm->comp.sim);
    if (stopped) {
        trace_vm_queue_stopped(&vm->comp, ++vm->run.stats.tx_stops);
        vcpu->run.tx_stopped = now;
        return;
    }
    trace_vm_queue_woken(&vm->comp, (now - vcpu->run.tx_stopped) / SIM_US);
    vcpu->tx_stopped_ps += now - vcpu->run.tx_stopped;
    vcpu->run.tx_stopped = 0;
}

uint64_t vm__frame_next(struct vcpu *vcpu, uint64_t va)
{
    struct vm *vm = vcpu->vm;
    struct machine_tx tx, *to = vm__at_va(vm, va, sizeof(tx));
    if (!to) {
        vm__bad(vm, "a transmit request at", va);
        return REFUSED;
    }
    memcpy(&tx, to, sizeof(tx));
    if (tx.cap == 0 || !mem_at(&vm->mem, tx.gpa, tx.cap)) {
        vm__bad(vm, "a frame into a buffer at", tx.gpa);
        return REFUSED;
    }
    note_queue(vcpu, tx.stopped);
    struct workload_frame frame = fetch(vcpu, &tx);
    tx.len = frame.len;
    tx.next_due = vm__cycles_at(vm, frame.next_due);
    tx.vlan = frame.offload.vlan;
    tx.mss = frame.offload.mss;
    tx.checksum = frame.offload.checksum;
    memcpy(to, &tx, sizeof(tx));
    return 0;
}

static const enum fate fate_of_drop[] = {
    [MACHINE_DROP_TX_QUEUE_FULL] = FATE_shell_queue_full,
    [MACHINE_DROP_TX_STOPPED] = FATE_shell_stopped,
    [MACHINE_DROP_RECLAIMED_TX] = FATE_reclaimed_tx,
    [MACHINE_DROP_RECLAIMED_RX] = FATE_reclaimed_rx,
    [MACHINE_DROP_APP_REFUSED] = FATE_app_refused,
    [MACHINE_DROP_NO_CARRIER] = FATE_no_carrier,
    [MACHINE_DROP_COALESCED] = FATE_coalesced,
    [MACHINE_DROP_NOT_FOR_ME] = FATE_not_for_me,
};
enum { DROPS = sizeof(fate_of_drop) / sizeof(fate_of_drop[0]) };

/* A frame that the app would have made, had there been room for it. */
static uint64_t made_in_vain(struct vm *vm, uint64_t len, uint64_t why)
{
    if (len == 0 || len > FRAME_MAX_GIANT || why >= DROPS) {
        vm__bad(vm, "a frame made in vain of bytes", len);
        return REFUSED;
    }
    frame_ref ref = frame_birth(&vm->comp, vm->echo_flow, (uint32_t)len);
    if (ref)
        frame_end(&vm->comp, ref, fate_of_drop[why]);
    return 0;
}

uint64_t vm__frame_made(struct vcpu *vcpu, uint64_t gpa, uint64_t len, uint64_t unsent)
{
    struct vm *vm = vcpu->vm;
    if (unsent)
        return made_in_vain(vm, len, unsent - 1);
    if (len == 0 || len > FRAME_MAX_GIANT || !mem_at(&vm->mem, gpa, len)) {
        vm__bad(vm, "a frame made at", gpa);
        return REFUSED;
    }
    birth(vcpu, vm->echo_flow, gpa, (uint32_t)len);
    return 0;
}

/* ---- in ---- */

static bool fragments_of(const struct vm *vm, const struct machine_rx *rx, struct mem_fragment *out, uint64_t *total)
{
    *total = 0;
    if (rx->fragments == 0 || rx->fragments > MACHINE_FRAGMENTS_MAX)
        return false;
    for (uint32_t i = 0; i < rx->fragments; i++) {
        uint64_t gpa = rx->fragment[i].gpa, len = rx->fragment[i].len;
        if (len == 0 || len > FRAME_MAX_GIANT || !mem_at(&vm->mem, gpa, len))
            return false;
        out[i] = (struct mem_fragment){gpa, (uint32_t)len};
        *total += len;
    }
    return true;
}

/* What is hashed with, unless it is on a page that is yet to follow (post-copy): the guest has not read it either. */
static const uint8_t *key_of(const struct vm *vm, const struct machine_rx *rx)
{
    if (!rx->hash_key || !mem_has(&vm->mem, rx->hash_key, INSPECT_KEY_BYTES))
        return NULL;
    return mem_at(&vm->mem, rx->hash_key, INSPECT_KEY_BYTES);
}

/* What the guest's driver says of it. False: nothing. */
static bool said_of(const struct vm *vm, const struct machine_rx *rx, struct inspect_meta *out)
{
    if (!(rx->info & MACHINE_RX_SAID))
        return false;
    *out = (struct inspect_meta){
        .ip4 = rx->info & MACHINE_RX_IPV4,
        .ip6 = rx->info & MACHINE_RX_IPV6,
        .tcp = rx->info & MACHINE_RX_TCP,
        .udp = rx->info & MACHINE_RX_UDP,
        .not_ip = rx->info & MACHINE_RX_NOT_IP,
        .ip_sum = rx->info >> MACHINE_RX_IP_XSUM_SHIFT & 3,
        .tcp_sum = rx->info >> MACHINE_RX_TCP_XSUM_SHIFT & 3,
        .udp_sum = rx->info >> MACHINE_RX_UDP_XSUM_SHIFT & 3,
        .verifies = rx->info & MACHINE_RX_VERIFIES,
        .strips = rx->info & MACHINE_RX_STRIPS,
        .hashes = rx->info & MACHINE_RX_HASHES,
        .hash_type = rx->hash_type,
        .hash = rx->hash,
        .key = key_of(vm, rx),
        .len = rx->bytes,
    };
    return true;
}

/* The frame's bytes, one behind the other: where they lie, or gathered in `buf` (FRAME_MAX_GIANT). */
static const uint8_t *gather(const struct vm *vm, const struct mem_fragment *fragment, uint32_t count, uint8_t *buf)
{
    uint32_t len = 0;
    if (count == 1)
        return vm->ram + fragment[0].addr;
    for (uint32_t i = 0; i < count; len += fragment[i++].len)
        memcpy(buf + len, vm->ram + fragment[i].addr, fragment[i].len);
    return buf;
}

static enum fate inspect(struct vm *vm, frame_ref ref, const struct machine_rx *rx, const struct mem_fragment *fragment)
{
    uint8_t buf[FRAME_MAX_GIANT];
    struct inspect_meta meta;
    if (!inspection_is_there(vm->comp.sim) && !vm->station.ear)
        return FATE_delivered_app;
    bool said = said_of(vm, rx, &meta);
    uint32_t len = frame_get(vm->comp.sim, ref)->len; /* the tags say that the fragments are the whole frame */
    const uint8_t *bytes = gather(vm, fragment, rx->fragments, buf);
    int32_t stripped = rx->vlan & 0x10000 ? (int32_t)(rx->vlan & 0xffff) : -1;
    enum fate fate = inspection_of(&vm->station, ref, FATE_delivered_app, bytes, len, stripped, said ? &meta : NULL);
    if (fate == FATE_delivered_app)
        station_hear(&vm->station, bytes, len, said && meta.tcp_sum == INSPECT_CORRECT);
    return fate;
}

uint64_t vm__frame_deliver(struct vcpu *vcpu, uint64_t va)
{
    struct vm *vm = vcpu->vm;
    struct machine_rx rx;
    const void *from = vm__at_va(vm, va, sizeof(rx));
    if (!from) {
        vm__bad(vm, "a hand-over at", va);
        return 1;
    }
    memcpy(&rx, from, sizeof(rx));
    return vm__hand_over(vcpu, &rx);
}

uint64_t vm__hand_over(struct vcpu *vcpu, const struct machine_rx *rx)
{
    struct vm *vm = vcpu->vm;
    struct mem_fragment fragment[MACHINE_FRAGMENTS_MAX];
    uint64_t total;
    if (!fragments_of(vm, rx, fragment, &total)) {
        vm__bad(vm, "a hand-over of fragments", rx->fragments);
        return 1;
    }
    frame_ref ref = mem_tag_hand_over(&vm->mem, fragment, rx->fragments);
    if (ref == 0) {
        vm->run.stats.bad_handovers++;
        trace_vm_bad_handover(&vm->comp, fragment[0].addr, total);
        return 1;
    }
    vm->run.stats.frames_delivered++;
    vm->run.stats.delivered_on_vf += vm->run.on_vf;
    pass(vcpu, frame_get(vm->comp.sim, ref), false);
    if (vm->port.taps)
        port_tap(&vm->port, TAP_RX, frame_get(vm->comp.sim, ref));
    frame_end(&vm->comp, ref, inspect(vm, ref, rx, fragment));
    return 0;
}

uint64_t vm__frame_drop(struct vm *vm, uint64_t gpa, uint64_t len, uint64_t why)
{
    if (why >= DROPS || len == 0 || !mem_at(&vm->mem, gpa, len)) {
        vm__bad(vm, "a drop at", gpa);
        return 0;
    }
    return mem_tag_clear(&vm->mem, gpa, len, fate_of_drop[why]);
}

/* ---- the station and the port ---- */

static void arm(struct vcpu *vcpu, sim_time at)
{
    struct vm *vm = vcpu->vm;
    struct vcpu_run *run = &vcpu->run;
    if (event_id_is_set(run->due) && run->due_at <= at)
        return;
    event_cancel(vm->comp.sim, &run->due);
    if (at < vm->mem.seen_until) {
        assert(sim_has_unseen(vm->comp.sim, vm->mem.seen_until) && "a horizon was too far");
        at = vm->mem.seen_until;
    }
    run->due_at = at;
    run->due = event_post(&vm->comp, &vm->comp, at, EV_HW, VM_EV_DUE, vcpu->number, 0, 0);
}

void vm__arm(struct vm *vm)
{
    sim_time now = sim_now(vm->comp.sim);
    for (uint32_t i = 0; i < vm->vcpus; i++) {
        sim_time due = vm__next_due(&vm->vcpu[i]);
        if (due != SIM_NEVER)
            arm(&vm->vcpu[i], due > now ? due : now);
    }
}

static void station_due(struct station *station, sim_time at)
{
    struct vm *vm = (struct vm *)station->comp;
    if (vm->run.state == VM_ENDED || vm->run.paused)
        return;
    if (vm__is_alone(vm)) {
        arm(&vm->vcpu[0], at);
        return;
    }
    for (uint32_t i = 0; i < vm->vcpus; i++) { /* whose it is */
        sim_time due = station_next_due_on(station, i);
        if (due <= at)
            arm(&vm->vcpu[i], at);
    }
}

/* A workload's receiver must hear a group: its application joins it, as a guest's would. */
static void station_join(struct station *station, const uint8_t mac[6])
{
    struct vm *vm = (struct vm *)station->comp;
    const struct vm_run *run = &vm->run;
    struct machine_job job = {.kind = MACHINE_JOB_ADD_MULTICAST};
    memcpy(job.mac, mac, 6);
    for (uint32_t i = 0; i < run->job_count; i++) {
        const struct machine_job *queued = &run->job[(run->job_head + i) % VM_JOBS_MAX].job;
        if (queued->kind == job.kind && memcmp(queued->mac, mac, 6) == 0)
            return;
    }
    vm_job(vm, &job, NULL, 0, 0);
}

const struct station_ops vm__station_ops = {.due = station_due, .join = station_join};

/* Frames come and go through guest memory; the port is there for captures alone. */
static void port_receive(struct port *port, frame_ref ref) { frame_end(port->owner, ref, FATE_not_for_me); }

const struct port_ops vm__port_ops = {.receive = port_receive};
