/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtual switch: who gets which frame, VLANs, spoof check, queues, the hold queue and its release. */
#include "vswitch/vswitch.h"
#include "vmxnet3_world.h"

enum { A, B, C, VMS };

struct rig {
    struct sim *sim;
    struct vswitch *vs;
    struct world vm[VMS];
    struct world wire; /* only `outside` and `out`: the PF's side */
    struct vswitch_host host;
    unsigned progress[VMS];
};

static const uint8_t macs[VMS][6] = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}, {2, 0, 0, 0, 0, 3}};
static const uint8_t stranger[6] = {2, 0, 0, 0, 0, 0x77};
static const uint8_t all[6] = {255, 255, 255, 255, 255, 255};
static const uint8_t group[6] = {1, 0, 0x5e, 0, 0, 5};

static void progress(struct vswitch_host *host, unsigned port)
{
    ((struct rig *)((char *)host - offsetof(struct rig, host)))->progress[port]++;
}

static struct rig *rig_create(const int vlan[VMS])
{
    static const char *const name[VMS] = {"a", "b", "c"};
    struct rig *r = calloc(1, sizeof(*r));

    r->sim = sim_create(1, NULL);
    r->host.progress = progress;
    r->wire.sim = r->sim;
    component_init(&r->wire.outside, r->sim, &w_plain, "wire");
    ck_assert_int_eq(port_init(&r->wire.out, &r->wire.outside, 0, "wire", &w_port_ops), 0);
    r->vs = vswitch_create(r->sim, "h0.vswitch", 2, NULL, &r->host);
    ck_assert_int_eq(vswitch_add_uplink(r->vs, "h0.vmnic0", &r->wire.out), 0);
    for (unsigned i = 0; i < VMS; i++) {
        struct vswitch_port_params params = {.name = name[i], .dev = NULL, .vlan = vlan ? vlan[i] : -1, .trunk = true};
        w_init(&r->vm[i], r->sim, name[i], macs[i]);
        w_prepare(&r->vm[i], 1);
        w_post_rx(&r->vm[i], 0, 0, W_RING, 2048);
        memset(w_shared(&r->vm[i])->devRead.rxFilterConf.vfTable, 0xff, 512);
        ck_assert_uint_eq(w_command_result(&r->vm[i], VMXNET3_CMD_ACTIVATE_DEV), 0);
        params.dev = r->vm[i].dev;
        memcpy(params.mac, macs[i], 6);
        ck_assert_int_eq(vswitch_add_port(r->vs, &params), (int)i);
    }
    return r;
}

static void rig_destroy(struct rig *r)
{
    struct books_report books;

    books_get_report(r->sim, &books);
    ck_assert(books.balanced);
    for (unsigned i = 0; i < VMS; i++)
        w_fini(&r->vm[i]);
    vswitch_destroy(r->vs);
    port_fini(&r->wire.out);
    sim_destroy(r->sim);
    free(r);
}

static void run(struct rig *r) { sim_run_until(r->sim, sim_now(r->sim) + 200 * SIM_US); }

static frame_ref make(struct rig *r, const uint8_t to[6], const uint8_t from[6], int tci, uint32_t len)
{
    frame_ref ref = w_frame(&r->wire, to, len);
    struct frame *f = frame_get(r->sim, ref);

    memcpy(frame_data(f) + 6, from, 6);
    if (tci >= 0)
        frame_vlan_push(f, (uint16_t)tci);
    return ref;
}

static void from_wire(struct rig *r, const uint8_t to[6], int tci)
{
    port_send(&r->wire.out, make(r, to, stranger, tci, 100));
    run(r);
}

/* Out of the device's port, as its transmit loop does. */
static void from_vm(struct rig *r, unsigned vm, const uint8_t to[6], const uint8_t from[6], int tci)
{
    port_send(vmxnet3_port(r->vm[vm].dev), make(r, to, from, tci, 100));
    run(r);
}

static unsigned got(struct rig *r, unsigned vm)
{
    struct vmxnet3_stats stats;
    vmxnet3_get_stats(r->vm[vm].dev, &stats);
    return (unsigned)stats.rx_frames;
}

static void expect(struct rig *r, unsigned a, unsigned b, unsigned c, unsigned wire)
{
    ck_assert_uint_eq(got(r, A), a);
    ck_assert_uint_eq(got(r, B), b);
    ck_assert_uint_eq(got(r, C), c);
    ck_assert_uint_eq(r->wire.caught, wire);
}

START_TEST(unicast_goes_to_one)
{
    struct rig *r = rig_create(NULL);
    from_vm(r, A, macs[B], macs[A], -1);
    expect(r, 0, 1, 0, 0);
    from_vm(r, A, stranger, macs[A], -1);
    expect(r, 0, 1, 0, 1);
    from_wire(r, macs[C], -1);
    expect(r, 0, 1, 1, 1);
    from_wire(r, stranger, -1);
    expect(r, 0, 1, 1, 1);
    ck_assert_uint_eq(books_fate_count(r->sim, FATE_vswitch_no_port), 1);
    rig_destroy(r);
}
END_TEST

START_TEST(groups_go_to_all_that_want_them)
{
    struct rig *r = rig_create(NULL);
    from_vm(r, A, all, macs[A], -1);
    expect(r, 0, 1, 1, 1);
    from_wire(r, all, -1);
    expect(r, 1, 2, 2, 1);
    memcpy(w_at(&r->vm[B], W_GROUPS), group, 6);
    w_shared(&r->vm[B])->devRead.rxFilterConf.mfTablePA = W_GROUPS;
    w_shared(&r->vm[B])->devRead.rxFilterConf.mfTableLen = 6;
    w_command_result(&r->vm[B], VMXNET3_CMD_UPDATE_MAC_FILTERS);
    from_wire(r, group, -1);
    expect(r, 1, 3, 2, 1);
    ck_assert_uint_eq(books_fate_count(r->sim, FATE_no_match), 0); /* no copy was made for who does not want it */
    vswitch_set_multicast(r->vs, B, false);
    from_wire(r, group, -1);
    expect(r, 1, 3, 2, 1);
    ck_assert_uint_eq(books_fate_count(r->sim, FATE_vswitch_no_port), 1);
    rig_destroy(r);
}
END_TEST

START_TEST(promiscuous_port_hears_all)
{
    struct rig *r = rig_create(NULL);
    w_shared(&r->vm[C])->devRead.rxFilterConf.rxMode |= VMXNET3_RXM_PROMISC;
    w_command_result(&r->vm[C], VMXNET3_CMD_UPDATE_RX_MODE);
    from_vm(r, A, macs[B], macs[A], -1);
    expect(r, 0, 1, 1, 0);
    from_vm(r, A, stranger, macs[A], -1);
    expect(r, 0, 1, 2, 1);
    from_wire(r, macs[A], -1);
    expect(r, 1, 1, 3, 1);
    rig_destroy(r);
}
END_TEST

START_TEST(forged_sources_end)
{
    struct rig *r = rig_create(NULL);
    from_vm(r, A, stranger, macs[B], -1);
    expect(r, 0, 0, 0, 0);
    ck_assert_uint_eq(books_fate_count(r->sim, FATE_forged_source), 1);
    vswitch_set_forged(r->vs, A, true);
    from_vm(r, A, stranger, macs[B], -1);
    expect(r, 0, 0, 0, 1);
    rig_destroy(r);
}
END_TEST

/* a: access VLAN 10, b: access VLAN 20, c: trunk */
START_TEST(vlans_are_kept_apart)
{
    struct rig *r = rig_create((const int[VMS]){10, 20, -1});
    from_vm(r, A, all, macs[A], -1);
    expect(r, 0, 0, 1, 1);
    ck_assert_uint_eq(r->wire.caught_data[0][12], 0x81);
    ck_assert_uint_eq(r->wire.caught_data[0][15], 10);
    from_vm(r, A, macs[B], macs[A], -1); /* another VLAN: not here, so outside */
    expect(r, 0, 0, 1, 2);
    from_wire(r, all, 10);
    expect(r, 1, 0, 2, 2);
    ck_assert_uint_eq(w_rxc(&r->vm[A], 0, 0)->dword2 & VMXNET3_RCD_LEN_MASK, 100); /* untagged */
    from_wire(r, macs[A], 20);
    from_wire(r, macs[A], -1);
    expect(r, 1, 0, 2, 2);
    ck_assert_uint_eq(books_fate_count(r->sim, FATE_vswitch_no_port), 2);
    from_vm(r, A, stranger, macs[A], 10); /* an access port has no tags of its own */
    ck_assert_uint_eq(books_fate_count(r->sim, FATE_port_vlan), 1);
    from_vm(r, C, macs[B], macs[C], 20);
    expect(r, 1, 1, 2, 2);
    vswitch_set_trunk(r->vs, C, false);
    from_vm(r, C, macs[B], macs[C], 20);
    from_wire(r, macs[C], 10);
    expect(r, 1, 1, 2, 2);
    ck_assert_uint_eq(books_fate_count(r->sim, FATE_port_vlan), 2);
    rig_destroy(r);
}
END_TEST

START_TEST(a_port_on_a_vf_is_reached_outside)
{
    struct rig *r = rig_create(NULL);
    vswitch_set_taking(r->vs, B, true, false);
    from_vm(r, A, macs[B], macs[A], -1);
    expect(r, 0, 0, 0, 1);
    from_wire(r, macs[B], -1);
    expect(r, 0, 1, 0, 1);
    vswitch_set_taking(r->vs, B, false, false);
    from_wire(r, macs[B], -1);
    expect(r, 0, 1, 0, 1);
    ck_assert_uint_eq(books_fate_count(r->sim, FATE_vswitch_no_port), 1);
    rig_destroy(r);
}
END_TEST

START_TEST(an_uplink_left_behind_still_delivers)
{
    struct rig *r = rig_create(NULL);
    struct world second = {.sim = r->sim};
    component_init(&second.outside, r->sim, &w_plain, "wire2");
    ck_assert_int_eq(port_init(&second.out, &second.outside, 0, "wire2", &w_port_ops), 0);
    ck_assert_int_eq(vswitch_add_uplink(r->vs, "h0.vmnic1", &second.out), 1);
    vswitch_set_uplink(r->vs, A, 1);
    from_vm(r, A, macs[B], macs[A], -1); /* b is in another segment now */
    ck_assert_uint_eq(second.caught, 1);
    from_wire(r, macs[A], -1);
    expect(r, 1, 0, 0, 0);
    from_wire(r, all, -1);
    expect(r, 1, 1, 1, 0);
    port_fini(&second.out);
    rig_destroy(r);
}
END_TEST

START_TEST(costs_time_and_bounds_its_queues)
{
    struct rig *r = rig_create(NULL);
    uint64_t cost =
        (profile_get(&r->sim->profile, PROFILE_vswitch_frame_cycles) + profile_get(&r->sim->profile, PROFILE_vnic_frame_cycles)) *
        1000 * SIM_US / profile_get(&r->sim->profile, PROFILE_cpu_khz);
    sim_time start = sim_now(r->sim);
    for (unsigned i = 0; i < VSWITCH_QUEUE_FRAMES + 2; i++)
        port_send(vmxnet3_port(r->vm[A].dev), make(r, stranger, macs[A], -1, 60));
    ck_assert_uint_eq(books_fate_count(r->sim, FATE_vswitch_queue_full), 2);
    ck_assert_uint_eq(vswitch_from_vm(r->vs, A), VSWITCH_QUEUE_FRAMES);
    sim_run_until(r->sim, start + cost * 10 + cost / 2);
    ck_assert_uint_eq(r->wire.caught, 10);
    vswitch_discard(r->vs, A, FATE_switch_cut);
    ck_assert_uint_eq(books_fate_count(r->sim, FATE_switch_cut), VSWITCH_QUEUE_FRAMES - 10);
    ck_assert_uint_eq(vswitch_from_vm(r->vs, A), 0);
    run(r);
    ck_assert_uint_eq(r->wire.caught, 10);
    ck_assert_uint_ge(vswitch_busy_ps(r->vs), 10 * cost);
    rig_destroy(r);
}
END_TEST

/* Ports 0 … 2 have directions 0 … 5 on two cores: a and b send on core 0. They share it evenly. */
START_TEST(cores_take_turns)
{
    struct rig *r = rig_create(NULL);
    unsigned a = 0;
    for (unsigned i = 0; i < 20; i++) {
        port_send(vmxnet3_port(r->vm[A].dev), make(r, stranger, macs[A], -1, 60));
        if (i < 10)
            port_send(vmxnet3_port(r->vm[B].dev), make(r, stranger, macs[B], -1, 60));
    }
    while (r->wire.caught < 20)
        ck_assert(sim_step(r->sim));
    for (unsigned i = 0; i < 20; i++)
        a += r->wire.caught_data[i][11] == 1;
    ck_assert_uint_eq(a, 10);
    run(r);
    rig_destroy(r);
}
END_TEST

START_TEST(holds_and_releases_in_order)
{
    struct rig *r = rig_create(NULL);
    struct vswitch_hold_stats hold;
    vswitch_hold(r->vs, A, 100 * 50);
    for (unsigned i = 0; i < 52; i++) {
        frame_ref ref = make(r, macs[A], stranger, -1, 100);
        frame_data(frame_get(r->sim, ref))[20] = (uint8_t)i;
        port_send(&r->wire.out, ref);
    }
    run(r);
    vswitch_get_hold(r->vs, A, &hold);
    ck_assert_uint_eq(hold.frames, 50);
    ck_assert_uint_eq(hold.bytes_max, 5000);
    ck_assert_uint_eq(books_fate_count(r->sim, FATE_hold_overflow), 2);
    ck_assert_uint_eq(vswitch_to_vm(r->vs, A), 50);
    ck_assert_uint_eq(got(r, A), 0);
    vswitch_release(r->vs, A);
    run(r);
    ck_assert_uint_eq(got(r, A), W_RING); /* the device waits for the driver's next buffers: nothing is dropped */
    ck_assert_uint_le(vmxnet3_rx_backlog(r->vm[A].dev), 9); /* which does not get all of them at once */
    from_wire(r, macs[A], -1);                              /* and what comes meanwhile stays behind */
    struct Vmxnet3_RxDesc *desc = w_at(&r->vm[A], w_ring(0, W_RX));
    for (unsigned i = 0; i < W_RING; i++) {
        ck_assert_uint_eq(((uint8_t *)w_at(&r->vm[A], w_rx_buffer(0, 0, i)))[20], i);
        desc[i].dword2 &= ~VMXNET3_RXD_GEN;
    }
    run(r);
    ck_assert_uint_eq(got(r, A), 51);
    for (unsigned i = W_RING; i < 50; i++)
        ck_assert_uint_eq(((uint8_t *)w_at(&r->vm[A], w_rx_buffer(0, 0, i - W_RING)))[20], i);
    vswitch_get_hold(r->vs, A, &hold);
    ck_assert_uint_eq(hold.bytes, 0);
    ck_assert_uint_eq(vswitch_to_vm(r->vs, A), 0);
    /* enough buffers are left for what follows: the release is over, and without descriptors the device drops again */
    for (unsigned i = 0; i < 8; i++)
        desc[i].dword2 |= VMXNET3_RXD_GEN;
    run(r);
    for (unsigned i = 0; i < 30; i++)
        from_wire(r, macs[A], -1);
    ck_assert_uint_ge(books_fate_count(r->sim, FATE_rx_no_descriptor), 1);
    rig_destroy(r);
}
END_TEST

/* A burst takes all buffers. The frame behind it comes before the driver has posted any, and must find one as it would have
 * without the burst: the release is over only when the driver has caught up. */
START_TEST(release_waits_for_the_driver)
{
    struct rig *r = rig_create(NULL);
    struct Vmxnet3_RxDesc *desc = w_at(&r->vm[A], w_ring(0, W_RX));

    vswitch_hold(r->vs, A, 10000);
    for (unsigned i = 0; i < W_RING; i++)
        port_send(&r->wire.out, make(r, macs[A], stranger, -1, 100));
    run(r);
    vswitch_release(r->vs, A);
    run(r);
    ck_assert_uint_eq(got(r, A), W_RING);
    from_wire(r, macs[A], -1);
    from_wire(r, macs[A], -1);
    ck_assert_uint_eq(books_fate_count(r->sim, FATE_rx_no_descriptor), 0);
    for (unsigned i = 0; i < W_RING; i++)
        desc[i].dword2 &= ~VMXNET3_RXD_GEN;
    run(r);
    ck_assert_uint_eq(got(r, A), W_RING + 2);
    ck_assert_uint_eq(books_fate_count(r->sim, FATE_rx_no_descriptor), 0);
    for (unsigned i = 0; i < W_RING; i++) /* a driver that never catches up */
        from_wire(r, macs[A], -1);
    ck_assert_uint_ge(books_fate_count(r->sim, FATE_rx_no_descriptor), 1);
    rig_destroy(r);
}
END_TEST

/* … but not for ever: a driver that posts nothing for a second gets what it has buffers for. */
START_TEST(release_has_a_limit)
{
    struct rig *r = rig_create(NULL);

    vswitch_hold(r->vs, A, 10000);
    for (unsigned i = 0; i < W_RING + 20; i++)
        port_send(&r->wire.out, make(r, macs[A], stranger, -1, 100));
    run(r);
    vswitch_release(r->vs, A);
    sim_run_until(r->sim, sim_now(r->sim) + 900 * SIM_MS);
    ck_assert_uint_eq(books_fate_count(r->sim, FATE_rx_no_descriptor), 0);
    sim_run_until(r->sim, sim_now(r->sim) + 200 * SIM_MS);
    ck_assert_uint_eq(got(r, A), W_RING);
    ck_assert_uint_eq(books_fate_count(r->sim, FATE_rx_no_descriptor), 20);
    rig_destroy(r);
}
END_TEST

START_TEST(saves_in_mid_flow)
{
    struct rig *a = rig_create(NULL), *b = rig_create(NULL);
    struct save s, l;
    vswitch_hold(a->vs, C, 1000);
    for (unsigned i = 0; i < 5; i++) {
        port_send(vmxnet3_port(a->vm[A].dev), make(a, i & 1 ? all : stranger, macs[A], -1, 60));
        port_send(&a->wire.out, make(a, i & 1 ? macs[C] : macs[B], stranger, -1, 60));
    }
    for (int i = 0; i < _i; i++)
        ck_assert(sim_step(a->sim));
    save_init_writer(&s);
    sim_save(a->sim, &s);
    save_init_reader(&l, s.buf, s.len);
    sim_save(b->sim, &l);
    ck_assert_msg(!s.err && !l.err, "%s %s", s.why, l.why);
    for (unsigned i = 0; i < VMS; i++) {
        struct save s1, l1;
        memcpy(b->vm[i].mem.base, a->vm[i].mem.base, W_MEM);
        save_init_writer(&s1);
        mem_save(&a->vm[i].mem, &s1);
        save_init_reader(&l1, s1.buf, s1.len);
        mem_save(&b->vm[i].mem, &l1);
        save_fini(&s1);
    }
    b->wire.caught = a->wire.caught;
    run(a);
    run(b);
    vswitch_release(a->vs, C);
    vswitch_release(b->vs, C);
    run(a);
    run(b);
    ck_assert_uint_eq(a->wire.caught, 5);
    ck_assert_uint_eq(got(a, C), 4);
    expect(b, got(a, A), got(a, B), got(a, C), 5);
    ck_assert_uint_eq(sim_event_count(a->sim), sim_event_count(b->sim));
    save_fini(&s);
    rig_destroy(a);
    rig_destroy(b);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("virtual switch");
    TCase *t = tcase_create("all");
    SRunner *r;
    int failed;

    tcase_add_test(t, unicast_goes_to_one);
    tcase_add_test(t, groups_go_to_all_that_want_them);
    tcase_add_test(t, promiscuous_port_hears_all);
    tcase_add_test(t, forged_sources_end);
    tcase_add_test(t, vlans_are_kept_apart);
    tcase_add_test(t, a_port_on_a_vf_is_reached_outside);
    tcase_add_test(t, an_uplink_left_behind_still_delivers);
    tcase_add_test(t, costs_time_and_bounds_its_queues);
    tcase_add_test(t, cores_take_turns);
    tcase_add_test(t, holds_and_releases_in_order);
    tcase_add_test(t, release_waits_for_the_driver);
    tcase_add_test(t, release_has_a_limit);
    tcase_add_loop_test(t, saves_in_mid_flow, 0, 22);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
