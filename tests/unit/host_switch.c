/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypervisor with real guests and a real NIC: refusals, policy, and a failure at every step of the mode switch in
 * both directions and orders, with frames under way; invariants and books must hold each time.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/attach/attach.h"
#include "host/control/control.h"
#include "host/mode/mode.h"
#include "host/parts/parts.h"
#include "net/wire.h"

enum { VMS = 2, FRAMES = 400 };

struct rig {
    struct sim *sim;
    struct nic *nic;
    struct host *host;
    struct component outside;
    struct port out;
    struct wire *wire;
    struct vm *vm[VMS];
    uint32_t flow;
    unsigned from_vm;
};

static const uint8_t macs[VMS][6] = {{2, 0, 0, 0, 0, 0x0a}, {2, 0, 0, 0, 0, 0x0b}};

static void feed(struct component *self, const struct event *ev);
static const struct component_ops outside_ops = {.kind = "outside", .event = feed};

static struct rig *rig_of(struct component *c) { return (struct rig *)((char *)c - offsetof(struct rig, outside)); }

/* A frame to the first VM every 20 us. */
static void feed(struct component *self, const struct event *ev)
{
    struct rig *r = rig_of(self);
    frame_ref ref = frame_birth(self, r->flow, 200);
    uint8_t *p = frame_data(frame_get(r->sim, ref));

    memset(p, 0, 200);
    memcpy(p, macs[0], 6);
    p[6] = 2;
    p[11] = 0x99;
    p[12] = 0x88;
    p[13] = 0xb5;
    port_send(&r->out, ref);
    if (ev->a > 1)
        event_post(self, self, sim_now(r->sim) + 20 * SIM_US, EV_HW, 1, ev->a - 1, 0, 0);
}

static void receive(struct port *port, frame_ref ref)
{
    rig_of(port->owner)->from_vm++;
    frame_end(port->owner, ref, FATE_delivered_peer);
}
static const struct port_ops port_ops = {.receive = receive};

static struct rig *rig_create(const char *model, unsigned vfs, bool host_npa, bool guest_npa)
{
    struct rig *r = calloc(1, sizeof(*r));
    struct nic_params nic = {.name = "h0.vmnic0", .model = model, .vfs = vfs, .mac = {2, 0, 0, 0, 1, 0}};
    struct host_params host = {.name = "h0", .cores = 2, .plugin_store = VFSIM_PLUGINS, .npa = host_npa, .parts = host_parts};
    struct wire_params wire = {.rate_bps = 10000000000, .latency_ps = 500 * SIM_NS};
    static const char *const name[VMS] = {"web", "db"};
    char err[256] = "";

    r->sim = sim_create(1, NULL);
    r->flow = (uint32_t)flow_add(r->sim, "in", 0);
    component_init(&r->outside, r->sim, &outside_ops, "outside");
    ck_assert_int_eq(port_init(&r->out, &r->outside, 0, "outside", &port_ops), 0);
    pci_link_params_default(&nic.link);
    r->nic = nic_create(r->sim, &nic, err, sizeof(err));
    ck_assert_msg(r->nic != NULL, "%s", err);
    r->wire = wire_create(r->sim, "wire", &wire, &r->nic->uplink, &r->out);
    r->host = host_create(r->sim, &host, err, sizeof(err));
    ck_assert_msg(r->host && host_add_nic(r->host, r->nic, NULL, err, sizeof(err)) == 0, "%s", err);
    for (unsigned i = 0; i < VMS; i++) {
        struct host_vm_params params = {
            .vm = {.name = name[i], .slot = i, .image = VFSIM_GUEST_IMAGE, .npa = guest_npa},
            .port_vlan = -1,
            .allow_mac_change = true,
            .allow_promisc = true,
            .allow_vlan_trunk = true,
            .allow_passthrough = true,
        };
        memcpy(params.vm.mac, macs[i], 6);
        r->vm[i] = host_add_vm(r->host, &params, err, sizeof(err));
        ck_assert_msg(r->vm[i] != NULL, "%s", err);
    }
    sim_run_until(r->sim, 5 * SIM_MS);
    return r;
}

static void rig_destroy(struct rig *r)
{
    host_destroy(r->host);
    wire_destroy(r->wire);
    nic_destroy(r->nic);
    port_fini(&r->out);
    sim_destroy(r->sim);
    free(r);
}

static void check(struct rig *r)
{
    struct books_report books;
    char why[200] = "";

    ck_assert_msg(host_check_invariants(r->host, why, sizeof(why)) == 0, "%s", why);
    books_get_report(r->sim, &books);
    ck_assert(books.balanced);
}

static void run_ms(struct rig *r, unsigned ms) { sim_run_until(r->sim, sim_now(r->sim) + ms * SIM_MS); }

static const struct switch_record *last(struct rig *r) { return host_switch_get(r->host, host_switch_count(r->host) - 1); }

static const struct switch_record *switch_vm(struct rig *r, unsigned vm, bool in, enum switch_order order, enum switch_step fail)
{
    struct switch_params params = {.to_passthrough = in, .order = order, .fail = fail};

    ck_assert_int_eq(host_switch(r->host, r->vm[vm], &params), 0);
    event_post(&r->outside, &r->outside, sim_now(r->sim), EV_HW, 1, FRAMES, 0, 0);
    /* the frames run over the moment that matters: the end of the reset, or at once */
    if (in) {
        run_ms(r, 96);
        event_post(&r->outside, &r->outside, sim_now(r->sim), EV_HW, 1, FRAMES, 0, 0);
    }
    run_ms(r, 20);
    return last(r);
}

static uint64_t lost(struct rig *r)
{
    struct flow_report flow;

    flow_get_report(r->sim, r->flow, &flow);
    ck_assert_uint_eq(flow.duplicated, 0);
    ck_assert_uint_eq(flow.reordered, 0);
    return flow.lost;
}

enum { SAFE, NAIVE, UPT, ORDERS }; /* the third on another NIC, with a guest and a host that know nothing of NPA */

static struct rig *rig_kind(int kind) { return rig_create(kind == UPT ? "upt" : "82599", 4, kind != UPT, kind != UPT); }
static enum switch_order order_of(int kind) { return kind == NAIVE ? SWITCH_NAIVE : SWITCH_SAFE; }

static bool has_step(int kind, enum switch_step step)
{
    switch (step) {
    case STEP_OFFER:
    case STEP_LOAD:
    case STEP_START:
    case STEP_STOP:
    case STEP_NOTIFY:
    case STEP_QUIET:
    case STEP_RESTART:
        return kind != UPT;
    case STEP_CLOSE:
    case STEP_SAVE_STATE:
    case STEP_OPEN:
        return kind == UPT;
    case STEP_DRAIN:
    case STEP_FENCE:
        return kind != NAIVE;
    default:
        return true;
    }
}

START_TEST(goes_in_and_out)
{
    struct rig *r = rig_kind(_i);
    enum switch_order order = order_of(_i);
    ck_assert_int_eq(switch_vm(r, 0, true, order, STEP_NONE)->result, SWITCH_DONE);
    ck_assert(host_vm_is_passthrough(r->host, r->vm[0]));
    ck_assert_int_ge(host_vm_vf(r->host, r->vm[0]), 0);
    check(r);
    ck_assert_int_eq(switch_vm(r, 0, false, order, STEP_NONE)->result, SWITCH_DONE);
    ck_assert(!host_vm_is_passthrough(r->host, r->vm[0]));
    ck_assert_int_eq(host_vm_vf(r->host, r->vm[0]), -1);
    check(r);
    if (order == SWITCH_SAFE)
        ck_assert_uint_eq(lost(r), 0);
    else
        ck_assert_uint_gt(lost(r), 0);
    ck_assert_uint_gt(last(r)->tx_stopped, 0);
    ck_assert_uint_gt(last(r)->tx_resumed, last(r)->tx_stopped);
    rig_destroy(r);
}
END_TEST

/* Whatever fails on the way in, all is as before, nothing is lost before the address has moved, and the next try works.
 */
START_TEST(in_fails_at_each_step)
{
    int kind = _i / (STEP_COMMIT_IN + 1);
    struct rig *r = rig_kind(kind);
    enum switch_step step = (enum switch_step)(_i % (STEP_COMMIT_IN + 1));
    const struct switch_record *record = switch_vm(r, 0, true, order_of(kind), step);

    if (!has_step(kind, step)) {
        ck_assert_int_eq(record->result, SWITCH_DONE);
    } else {
        ck_assert_int_eq(record->result, SWITCH_UNDONE);
        ck_assert_int_eq(record->step[record->steps - 1].step, step);
        ck_assert_int_eq(record->step[record->steps - 1].status, -EIO);
        ck_assert(!host_vm_is_passthrough(r->host, r->vm[0]));
        check(r);
        if (kind == UPT || (kind == SAFE && step <= STEP_MOVE_MAC))
            ck_assert_uint_eq(lost(r), 0);
        ck_assert_int_eq(switch_vm(r, 0, true, SWITCH_SAFE, STEP_NONE)->result, SWITCH_DONE);
    }
    check(r);
    rig_destroy(r);
}
END_TEST

START_TEST(out_always_ends_in_emulation)
{
    int steps = STEP_COUNT - STEP_MOVE_BACK, kind = _i / steps;
    struct rig *r = rig_kind(kind);
    enum switch_step step = (enum switch_step)(STEP_MOVE_BACK + _i % steps);
    const struct switch_record *record;

    ck_assert_int_eq(switch_vm(r, 0, true, SWITCH_SAFE, STEP_NONE)->result, SWITCH_DONE);
    record = switch_vm(r, 0, false, order_of(kind), step);
    ck_assert_int_eq(record->result, has_step(kind, step) ? SWITCH_FORCED : SWITCH_DONE);
    ck_assert(!host_vm_is_passthrough(r->host, r->vm[0]));
    check(r);
    if (kind == UPT && step != STEP_MOVE_BACK)
        ck_assert_uint_eq(lost(r), 0);
    ck_assert_int_eq(switch_vm(r, 0, true, SWITCH_SAFE, STEP_NONE)->result, SWITCH_DONE);
    ck_assert_int_eq(switch_vm(r, 0, false, SWITCH_SAFE, STEP_NONE)->result, SWITCH_DONE);
    check(r);
    rig_destroy(r);
}
END_TEST

static int try(struct rig *r, bool in)
{
    struct switch_params params = {.to_passthrough = in, .fail = STEP_NONE};
    return host_switch(r->host, r->vm[0], &params);
}

START_TEST(refuses)
{
    struct rig *r = rig_create("82599", 1, true, true);
    ck_assert_int_eq(try(r, false), -EALREADY);
    host_set_policy(r->host, r->vm[0], HOST_POLICY_PASSTHROUGH, false);
    ck_assert_int_eq(try(r, true), -EPERM);
    host_set_policy(r->host, r->vm[0], HOST_POLICY_PASSTHROUGH, true);
    ck_assert_int_eq(try(r, true), 0);
    ck_assert_int_eq(try(r, true), -EBUSY);
    ck_assert_int_eq(last(r)->result, SWITCH_REFUSED);
    run_ms(r, 120);
    ck_assert_int_eq(try(r, true), -EALREADY);
    ck_assert_int_eq(switch_vm(r, 1, true, SWITCH_SAFE, STEP_NONE)->result, SWITCH_UNDONE); /* no VF is left */
    ck_assert_int_eq(last(r)->step[0].status, -ENOSPC);
    check(r);
    rig_destroy(r);
}
END_TEST

START_TEST(needs_npa_and_sriov)
{
    struct rig *r = rig_create(_i == 2 ? "regular" : "82599", _i == 2 ? 0 : 2, _i != 0, _i != 1);
    static const char *const why[] = {"the host has no NPA", "the guest has no NPA", "the NIC has no SR-IOV"};
    ck_assert_int_eq(try(r, true), -ENOTSUP);
    ck_assert_str_eq(last(r)->reason, why[_i]);
    event_post(&r->outside, &r->outside, sim_now(r->sim), EV_HW, 1, FRAMES, 0, 0);
    run_ms(r, 20);
    ck_assert_uint_eq(lost(r), 0);
    check(r);
    rig_destroy(r);
}
END_TEST

START_TEST(survives_a_reset_of_its_vf)
{
    struct rig *r = rig_create("82599", 2, true, true);
    ck_assert_int_eq(host_vm_reset_vf(r->host, r->vm[0]), -ENODEV);
    ck_assert_int_eq(host_vm_iommu(r->host, r->vm[0], 0, 4096, false), -ENODEV);
    switch_vm(r, 0, true, SWITCH_SAFE, STEP_NONE);
    ck_assert_int_eq(host_vm_iommu(r->host, r->vm[0], 0, 4096, false), 0);
    ck_assert_int_eq(host_vm_iommu(r->host, r->vm[0], 0, 4096, true), 0);
    ck_assert_int_eq(host_vm_reset_vf(r->host, r->vm[0]), 0);
    run_ms(r, 20);
    ck_assert(!host_vm_is_passthrough(r->host, r->vm[0])); /* emulated again long before the reset is over */
    ck_assert_int_eq(last(r)->result, SWITCH_UNDER_WAY);
    run_ms(r, 85);
    ck_assert_int_eq(last(r)->result, SWITCH_FORCED);
    check(r);
    uint64_t before = lost(r);
    ck_assert_int_eq(switch_vm(r, 0, true, SWITCH_SAFE, STEP_NONE)->result, SWITCH_DONE);
    ck_assert_uint_eq(lost(r), before);
    check(r);
    rig_destroy(r);
}
END_TEST

/* ---- what guests ask for ---- */

static void job(struct rig *r, enum machine_job_kind kind, uint64_t arg, uint8_t last_byte)
{
    struct machine_job j = {.kind = kind, .arg = arg, .mac = {2, 0, 0, 0, 0, last_byte}};
    vm_job(r->vm[0], &j, &r->outside, 0xffff, 0);
    run_ms(r, 1);
}

static void ignore(struct component *self, const struct event *ev) {}
static const struct component_ops deaf_ops = {.kind = "outside", .event = ignore};

START_TEST(control_requests_meet_policy)
{
    struct rig *r = rig_create("82599", 2, true, true);
    const struct control_record *record;
    unsigned before;

    if (_i)
        switch_vm(r, 0, true, SWITCH_SAFE, STEP_NONE);
    run_ms(r, 20);
    r->outside.ops = &deaf_ops; /* its events are answers to jobs now */
    before = host_control_count(r->host);
    job(r, MACHINE_JOB_SET_MAC, 0, 0x1a);
    record = host_control_get(r->host, before);
    ck_assert(record && record->allowed);
    ck_assert_int_eq(record->applied_to_vf, _i);
    ck_assert_str_eq(record->what, "set mac 02:00:00:00:00:1a");
    ck_assert_uint_eq(vm_station(r->vm[0])->mac[5], 0x1a);
    host_set_policy(r->host, r->vm[0], HOST_POLICY_MAC_CHANGE, false);
    job(r, MACHINE_JOB_SET_MAC, 0, 0x1b);
    record = host_control_get(r->host, before + 1);
    ck_assert(record && !record->allowed);
    ck_assert_uint_eq(vm_station(r->vm[0])->mac[5], 0x1a);
    host_set_policy(r->host, r->vm[0], HOST_POLICY_PROMISC, false);
    job(r, MACHINE_JOB_RX_MODE, 1, 0);
    record = host_control_get(r->host, before + 2);
    ck_assert(record && !record->allowed);
    check(r);
    rig_destroy(r);
}
END_TEST

/* ---- the end of a VM ---- */

START_TEST(a_crash_gives_the_vf_back)
{
    struct rig *r = rig_create("82599", 1, true, true);
    struct machine_job crash = {.kind = MACHINE_JOB_WILD_STORE, .arg = 0x70000000};
    struct switch_params params = {.to_passthrough = true, .fail = STEP_NONE};
    static const sim_time when[] = {0,
                                    SIM_US,
                                    50 * SIM_MS,
                                    100 * SIM_MS + 7 * SIM_US,
                                    100 * SIM_MS + 12 * SIM_US,
                                    100 * SIM_MS + 20 * SIM_US,
                                    100 * SIM_MS + 130 * SIM_US,
                                    110 * SIM_MS};

    r->outside.ops = &deaf_ops;
    ck_assert_int_eq(host_switch(r->host, r->vm[0], &params), 0);
    sim_run_until(r->sim, sim_now(r->sim) + when[_i]);
    vm_job(r->vm[0], &crash, &r->outside, 0xffff, 0);
    run_ms(r, 150);
    ck_assert_int_eq(vm_get_state(r->vm[0]), VM_ENDED);
    ck_assert_int_eq(host_vm_vf(r->host, r->vm[0]), -1);
    check(r);
    ck_assert_int_eq(host_switch(r->host, r->vm[1], &params), 0);
    run_ms(r, 120);
    ck_assert(host_vm_is_passthrough(r->host, r->vm[1]));
    check(r);
    rig_destroy(r);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("hypervisor");
    TCase *t = tcase_create("all");
    SRunner *r;
    int failed;

    tcase_add_loop_test(t, goes_in_and_out, 0, ORDERS);
    tcase_add_loop_test(t, in_fails_at_each_step, 0, ORDERS * (STEP_COMMIT_IN + 1));
    tcase_add_loop_test(t, out_always_ends_in_emulation, 0, ORDERS * (STEP_COUNT - STEP_MOVE_BACK));
    tcase_add_test(t, refuses);
    tcase_add_loop_test(t, needs_npa_and_sriov, 0, 3);
    tcase_add_test(t, survives_a_reset_of_its_vf);
    tcase_add_loop_test(t, control_requests_meet_policy, 0, 2);
    tcase_add_loop_test(t, a_crash_gives_the_vf_back, 0, 8);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
