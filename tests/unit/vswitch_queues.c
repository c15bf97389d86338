/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtual switch above a NIC that has queues with filters: whose thread works, how much, in which order, and what waits. */
#include "vmxnet3_world.h"
#include "vswitch/vswitch.h"

enum { A, B, VMS };

struct rig {
    struct sim *sim;
    struct vswitch *vs;
    struct world vm[VMS], wire, queue; /* wire, queue: only `outside` and `out`, the PF's side */
    struct cpu_thread rxq0, rxq1, txq1;
    struct vswitch_host host;
};

static const uint8_t macs[VMS][6] = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}};
static const uint8_t stranger[6] = {2, 0, 0, 0, 0, 0x77};
static const uint8_t all[6] = {255, 255, 255, 255, 255, 255};

static void progress(struct vswitch_host *host, unsigned port) {}

static void make_outside(struct world *w, struct sim *sim, const char *name)
{
    w->sim = sim;
    component_init(&w->outside, sim, &w_plain, name);
    ck_assert_int_eq(port_init(&w->out, &w->outside, 0, name, &w_port_ops), 0);
}

static struct rig *rig_create(void)
{
    struct rig *r = calloc(1, sizeof(*r));

    r->sim = sim_create(1, NULL);
    r->host.progress = progress;
    make_outside(&r->wire, r->sim, "wire");
    make_outside(&r->queue, r->sim, "queue");
    cpu_server_init(&r->rxq0, NULL, "rxq0", &r->wire.outside);
    cpu_server_init(&r->rxq1, NULL, "rxq1", &r->wire.outside);
    cpu_server_init(&r->txq1, NULL, "txq1", &r->wire.outside);
    r->vs = vswitch_create(r->sim, "vs", 2, NULL, &r->host);
    ck_assert_int_eq(vswitch_add_uplink(r->vs, "nic", &r->wire.out), 0);
    vswitch_set_uplink_thread(r->vs, 0, &r->rxq0);
    ck_assert_int_eq(vswitch_add_queue(r->vs, 0, "nic.q1", &r->queue.out, &r->rxq1, &r->txq1), 0);
    for (unsigned i = 0; i < VMS; i++) {
        struct vswitch_port_params params = {.name = i ? "b" : "a", .vlan = -1, .trunk = true};
        w_init(&r->vm[i], r->sim, params.name, macs[i]);
        w_prepare(&r->vm[i], 1);
        w_post_rx(&r->vm[i], 0, 0, W_RING, 2048);
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
    char why[200];

    books_get_report(r->sim, &books);
    ck_assert(books.balanced);
    ck_assert_msg(!cpu_thread_check(&r->rxq0, 0, why, sizeof(why)) && !cpu_thread_check(&r->rxq1, 0, why, sizeof(why)) &&
                      !cpu_thread_check(&r->txq1, 0, why, sizeof(why)),
                  "%s", why);
    for (unsigned i = 0; i < VMS; i++)
        w_fini(&r->vm[i]);
    vswitch_destroy(r->vs);
    cpu_thread_fini(&r->rxq0);
    cpu_thread_fini(&r->rxq1);
    cpu_thread_fini(&r->txq1);
    port_fini(&r->wire.out);
    port_fini(&r->queue.out);
    sim_destroy(r->sim);
    free(r);
}

static void run(struct rig *r) { sim_run_until(r->sim, sim_now(r->sim) + 200 * SIM_US); }

static frame_ref make(struct rig *r, const uint8_t to[6], const uint8_t from[6])
{
    frame_ref ref = w_frame(&r->wire, to, 100);
    memcpy(frame_data(frame_get(r->sim, ref)) + 6, from, 6);
    return ref;
}

static unsigned got(struct rig *r, unsigned vm)
{
    struct vmxnet3_stats stats;
    vmxnet3_get_stats(r->vm[vm].dev, &stats);
    return (unsigned)stats.rx_frames;
}

static uint64_t worked(const struct cpu_thread *thread, enum cpu_activity activity) { return thread->st.own.cycles[activity]; }

static uint64_t cost(struct rig *r, enum profile_key key) { return profile_get(&r->sim->profile, key); }

/* Its own queue's thread switches, without a look-up, and copies; queue 0's does both for whoever has none. */
START_TEST(who_works)
{
    struct rig *r = rig_create();
    uint64_t whole = cost(r, PROFILE_vswitch_frame_cycles) + cost(r, PROFILE_vnic_frame_cycles);
    vswitch_set_queue(r->vs, A, 0);
    for (unsigned i = 0; i < 3; i++)
        port_send(&r->queue.out, make(r, macs[A], stranger));
    port_send(&r->wire.out, make(r, macs[B], stranger));
    run(r);
    ck_assert_uint_eq(got(r, A), 3);
    ck_assert_uint_eq(got(r, B), 1);
    ck_assert_uint_eq(worked(&r->rxq1, CPU_vswitch), 3 * (whole - cost(r, PROFILE_vswitch_lookup_cycles)));
    ck_assert_uint_eq(worked(&r->rxq0, CPU_vswitch), whole);
    ck_assert_uint_gt(worked(&r->rxq1, CPU_copy), 0);
    ck_assert_uint_gt(worked(&r->rxq0, CPU_copy), 0);
    ck_assert_uint_eq(vswitch_busy_ps(r->vs), 0);
    uint64_t copied = worked(&r->rxq1, CPU_copy);
    port_send(&r->wire.out, make(r, all, stranger)); /* by queue 0, and looked up for each */
    run(r);
    ck_assert_uint_eq(got(r, A), 4);
    ck_assert_uint_eq(got(r, B), 2);
    ck_assert_uint_eq(worked(&r->rxq0, CPU_vswitch), 3 * whole);
    ck_assert_uint_gt(worked(&r->rxq1, CPU_copy), copied); /* who has a queue is copied to by its thread */
    rig_destroy(r);
}
END_TEST

/* One behind the other: by its queue and by queue 0 in turn, each with a thread that is as fast as the other. */
START_TEST(in_order)
{
    struct rig *r = rig_create();
    vswitch_set_queue(r->vs, A, 0);
    for (unsigned i = 0; i < 20; i++) {
        frame_ref ref = make(r, macs[A], stranger);
        frame_data(frame_get(r->sim, ref))[20] = (uint8_t)i;
        port_send(i % 3 ? &r->queue.out : &r->wire.out, ref);
    }
    run(r);
    ck_assert_uint_eq(got(r, A), 20);
    for (unsigned i = 0; i < 20; i++)
        ck_assert_uint_eq(*((uint8_t *)w_at(&r->vm[A], w_rx_buffer(0, 0, i)) + 20), i);
    ck_assert_uint_eq(vswitch_to_vm(r->vs, A), 0);
    rig_destroy(r);
}
END_TEST

/* Unicast by its queue, the rest by queue 0; to a port of the same switch it stays inside. */
START_TEST(how_it_sends)
{
    struct rig *r = rig_create();
    vswitch_set_queue(r->vs, A, 0);
    port_send(vmxnet3_port(r->vm[A].dev), make(r, stranger, macs[A]));
    port_send(vmxnet3_port(r->vm[A].dev), make(r, all, macs[A]));
    port_send(vmxnet3_port(r->vm[A].dev), make(r, macs[B], macs[A]));
    run(r);
    ck_assert_uint_eq(r->queue.caught, 1);
    ck_assert_uint_eq(r->wire.caught, 1);
    ck_assert_uint_eq(got(r, B), 2);
    ck_assert_uint_gt(worked(&r->txq1, CPU_vswitch), 0);
    vswitch_set_queue(r->vs, A, VSWITCH_NO_QUEUE);
    port_send(vmxnet3_port(r->vm[A].dev), make(r, stranger, macs[A]));
    run(r);
    ck_assert_uint_eq(r->queue.caught, 1);
    ck_assert_uint_eq(r->wire.caught, 2);
    vswitch_set_queue(r->vs, A, 0);
    vswitch_set_uplink(r->vs, A, 0); /* as when it goes to another NIC: it has no queue there */
    port_send(vmxnet3_port(r->vm[A].dev), make(r, stranger, macs[A]));
    run(r);
    ck_assert_uint_eq(r->queue.caught, 1);
    ck_assert_uint_eq(r->wire.caught, 3);
    rig_destroy(r);
}
END_TEST

START_TEST(sending_waits)
{
    struct rig *r = rig_create();
    port_send(vmxnet3_port(r->vm[A].dev), make(r, stranger, macs[A])); /* is being worked at */
    vswitch_hold_sending(r->vs, A, true);
    port_send(vmxnet3_port(r->vm[A].dev), make(r, stranger, macs[A]));
    run(r);
    ck_assert_uint_eq(r->wire.caught, 0);
    ck_assert_uint_eq(vswitch_from_vm(r->vs, A), 2);
    vswitch_set_queue(r->vs, A, 0);
    vswitch_hold_sending(r->vs, A, false);
    run(r);
    ck_assert_uint_eq(r->queue.caught, 2);
    ck_assert_uint_eq(r->wire.caught, 0);
    rig_destroy(r);
}
END_TEST

/* A reflective relay gives back what a port with a queue has sent: by queue 0, where the chip does not know it. */
START_TEST(what_comes_back)
{
    struct rig *r = rig_create();
    vswitch_set_queue(r->vs, A, 0);
    port_send(&r->wire.out, make(r, all, macs[A]));
    run(r);
    ck_assert_uint_eq(got(r, A) + got(r, B), 0);
    ck_assert_uint_eq(books_fate_count(r->sim, FATE_source_only), 1);
    vswitch_set_queue(r->vs, A, VSWITCH_NO_QUEUE);
    port_send(&r->wire.out, make(r, all, macs[A]));
    run(r);
    ck_assert_uint_eq(got(r, A) + got(r, B), 2);
    rig_destroy(r);
}
END_TEST

/* What was thrown away, diverted or held while a queue's thread was at it is no longer its matter. */
START_TEST(thrown_away_meanwhile)
{
    struct rig *r = rig_create();
    vswitch_set_queue(r->vs, A, 0);
    for (unsigned i = 0; i < 5; i++)
        port_send(&r->queue.out, make(r, macs[A], stranger));
    vswitch_discard(r->vs, A, FATE_vm_ended);
    port_send(&r->queue.out, make(r, macs[A], stranger));
    run(r);
    ck_assert_uint_eq(got(r, A), 1);
    for (unsigned i = 0; i < 5; i++)
        port_send(&r->queue.out, make(r, macs[A], stranger));
    vswitch_hold(r->vs, A, 10000);
    for (unsigned i = 0; i < 5; i++)
        port_send(&r->queue.out, make(r, macs[A], stranger));
    run(r);
    ck_assert_uint_eq(got(r, A), 6);
    vswitch_release(r->vs, A);
    run(r);
    ck_assert_uint_eq(got(r, A), 11);
    rig_destroy(r);
}
END_TEST

/* A world saved with frames at a queue's thread goes on as if nothing had been. */
START_TEST(saves_in_mid_flow)
{
    struct rig *a = rig_create(), *b = rig_create();
    struct save s;
    vswitch_set_queue(a->vs, A, 0);
    for (unsigned i = 0; i < 5; i++)
        port_send(&a->queue.out, make(a, macs[A], stranger));
    port_send(vmxnet3_port(a->vm[A].dev), make(a, stranger, macs[A]));
    vswitch_hold_sending(a->vs, A, true);
    for (int i = 0; i < _i; i++)
        ck_assert(sim_step(a->sim));
    save_init_writer(&s);
    sim_save(a->sim, &s);
    for (unsigned i = 0; i < 3; i++)
        cpu_thread_save(i == 0 ? &a->rxq0 : i == 1 ? &a->rxq1 : &a->txq1, &s);
    ck_assert_int_eq(s.err, 0);
    struct save in;
    save_init_reader(&in, s.buf, s.len);
    sim_save(b->sim, &in);
    for (unsigned i = 0; i < 3; i++)
        cpu_thread_save(i == 0 ? &b->rxq0 : i == 1 ? &b->rxq1 : &b->txq1, &in);
    ck_assert_msg(!in.err, "%s", in.why);
    save_fini(&s);
    for (unsigned i = 0; i < VMS; i++) {
        struct save from, to;
        memcpy(b->vm[i].mem.base, a->vm[i].mem.base, W_MEM);
        save_init_writer(&from);
        mem_save(&a->vm[i].mem, &from);
        save_init_reader(&to, from.buf, from.len);
        mem_save(&b->vm[i].mem, &to);
        save_fini(&from);
    }
    for (unsigned i = 0; i < 2; i++) {
        struct rig *r = i ? b : a;
        run(r);
        vswitch_hold_sending(r->vs, A, false);
        run(r);
    }
    ck_assert_uint_eq(got(b, A), got(a, A));
    ck_assert_uint_eq(got(b, A), 5);
    ck_assert_uint_eq(b->queue.caught, 1);
    ck_assert_uint_eq(worked(&b->rxq1, CPU_copy), worked(&a->rxq1, CPU_copy));
    ck_assert_uint_eq(sim_event_count(a->sim), sim_event_count(b->sim));
    rig_destroy(a);
    rig_destroy(b);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("queues above the virtual switch");
    TCase *t = tcase_create("all");
    SRunner *r;
    int failed;

    tcase_add_test(t, who_works);
    tcase_add_test(t, in_order);
    tcase_add_test(t, how_it_sends);
    tcase_add_test(t, sending_waits);
    tcase_add_test(t, what_comes_back);
    tcase_add_test(t, thrown_away_meanwhile);
    tcase_add_loop_test(t, saves_in_mid_flow, 0, 8);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
