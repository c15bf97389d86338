/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames are made in guest memory, read and written by a device, handed up, echoed and given up; jobs are done. */
#include "net/peer.h"
#include "net/traffic/flow_source.h"
#include "net/traffic/replay.h"
#include "net/xswitch.h"
#include "unit/vm_test.h"

static struct world w;

/* The smallest NIC: tests/guest_vm/loop.c says what its registers are. What it reads comes back to the VM's memory. */
static void nic_written(struct device *d, uint32_t off, uint64_t value)
{
    struct vm *vm = d->world->vm;
    struct sim_mem *mem = vm_mem(vm);
    uint64_t from, to, len = value;
    if (off != 0x08)
        return;
    memcpy(&from, d->reg, 8);
    memcpy(&to, d->reg + 0x10, 8);
    memcpy(d->reg + 0x18, &len, 8);
    frame_ref ref = mem_tag_read(mem, &d->c, from);
    ck_assert_uint_ne(ref, 0);
    struct frame *f = frame_get(d->world->sim, ref);
    ck_assert_uint_eq(f->len, len);
    memcpy(frame_data(f), mem_at(mem, from, len), len);
    if (frame_data(f)[13] == 0xdd) { /* its type says: outside */
        frame_end(&d->c, ref, FATE_delivered_peer);
        return;
    }
    memcpy(mem_at(mem, to, len), frame_data(f), len);
    mem_tag_received(mem, to, (uint32_t)len, ref, 0);
    struct msi_sink *sink = vm_msi_sink(vm, false);
    sink->message(sink, d->fn, MACHINE_MSI_ADDRESS, 0);
}

static void start(enum machine_app app)
{
    world_sim(&w);
    world_vm(&w, "loop", &(struct vm_params){.app = app, .npa = app == MACHINE_APP_SINK, .mac = {2, 0, 0, 0, 0, 1}});
    world_device(&w, 100 * SIM_NS, VM_MMIO_DIRECT);
    w.device.written = nic_written;
    vm_boot(w.vm);
    sim_run_until(w.sim, 10 * SIM_US);
}

/* Frames of `type` from the VM's application. */
static struct flow_source *flow(uint64_t count, uint32_t size)
{
    char err[256];
    struct flow_params p = {.name = "out",
                            .from = vm_station(w.vm),
                            .dst_mac = (const uint8_t[]){2, 0, 0, 0, 0, 9},
                            .size = size,
                            .rate_pps_num = 10000,
                            .rate_pps_den = 1,
                            .count = count,
                            .vlan_tci = -1};
    struct flow_source *source = flow_source_create(w.sim, &p, err, sizeof(err));
    ck_assert_msg(source != NULL, "%s", err);
    return source;
}

static void check_books(void)
{
    struct books_report books;
    books_get_report(w.sim, &books);
    ck_assert(books.balanced);
    ck_assert_uint_eq(books.in_flight, 0);
}

struct counting_tap {
    struct tap tap;
    unsigned seen[2];
    bool wrong; /* a frame to another address */
};
static void tap_saw(struct tap *tap, struct port *port, enum tap_direction dir, const struct frame *f)
{
    struct counting_tap *t = (struct counting_tap *)tap;
    (void)port;
    t->seen[dir]++;
    t->wrong |= f->buf[f->head + 5] != 9; /* of the destination MAC */
}

START_TEST(there_and_back)
{
    start(MACHINE_APP_STATION);
    struct port *port = port_find(w.sim, "web");
    ck_assert_ptr_nonnull(port);
    struct counting_tap tap = {.tap = {.saw = tap_saw}};
    tap.tap.next = port->taps;
    port->taps = &tap.tap;
    struct flow_source *source = flow(5, 64);
    flow_source_start(source, 20 * SIM_US);
    sim_run_until(w.sim, 2 * SIM_MS);
    struct flow_report report;
    flow_get_report(w.sim, flow_find(w.sim, "out"), &report);
    ck_assert_uint_eq(report.sent, 5);
    ck_assert_uint_eq(report.delivered, 5);
    ck_assert_uint_eq(report.duplicated + report.reordered + report.lost, 0);
    ck_assert_uint_eq(tap.seen[TAP_TX], 5);
    ck_assert_uint_eq(tap.seen[TAP_RX], 5);
    ck_assert(!tap.wrong);
    ck_assert_uint_eq(report.first_sent / SIM_US, 20);
    struct vm_stats stats;
    vm_get_stats(w.vm, &stats);
    ck_assert_uint_eq(stats.frames_delivered, 5);
    ck_assert_uint_eq(stats.bad_handovers, 0);
    ck_has(w.text, "shell > up -> data path is emulated\n");
    ck_has(w.text, "console > delivered 0x0\n");
    check_books();
    flow_source_destroy(source);
    world_end(&w);
}
END_TEST

/* The device writes into the app's frame type by hand: a frame for it comes from outside. */
START_TEST(echo_makes_frames_of_its_own)
{
    start(MACHINE_APP_ECHO);
    ck_assert_uint_ne(vm_echo_flow(w.vm), 0);
    ck_assert_uint_eq(flow_find(w.sim, "web/echo"), vm_echo_flow(w.vm));
    struct sim_mem *mem = vm_mem(w.vm);
    uint64_t to, len = 80;
    memcpy(&to, w.device.reg + 0x10, 8);
    frame_ref ref = frame_birth(&w.device.c, 0, 80);
    memset(frame_data(frame_get(w.sim, ref)), 0xdd, 80); /* its echo goes outside */
    memcpy(mem_at(mem, to, 80), frame_data(frame_get(w.sim, ref)), 80);
    memcpy(w.device.reg + 0x18, &len, 8);
    mem_tag_received(mem, to, 80, ref, 0);
    vm_irq(w.vm, 0);
    sim_run_until(w.sim, SIM_MS);
    struct flow_report report;
    flow_get_report(w.sim, vm_echo_flow(w.vm), &report);
    ck_assert_uint_eq(report.sent, 1);
    ck_assert_uint_eq(report.delivered, 1);
    ck_assert_uint_eq(books_fate_count(w.sim, FATE_delivered_app), 1);
    ck_assert_uint_eq(books_fate_count(w.sim, FATE_delivered_peer), 1);
    check_books();
    world_end(&w);
}
END_TEST

START_TEST(earlier_work_comes_first)
{
    start(MACHINE_APP_STATION);
    struct station *station = vm_station(w.vm);
    struct vm_stats stats;
    station->ops->due(station, 500 * SIM_US);
    station->ops->due(station, 20 * SIM_US);
    station->ops->due(station, 300 * SIM_US);
    sim_run_until(w.sim, 19 * SIM_US);
    vm_get_stats(w.vm, &stats);
    ck_assert_uint_eq(stats.calls[MACHINE_OP_FRAME_NEXT], 0);
    sim_run_until(w.sim, 21 * SIM_US);
    vm_get_stats(w.vm, &stats);
    ck_assert_uint_eq(stats.calls[MACHINE_OP_FRAME_NEXT], 1); /* whose answer says when the next is due */
    world_end(&w);
}
END_TEST

START_TEST(too_long_for_its_buffer)
{
    start(MACHINE_APP_STATION);
    vm_station(w.vm)->mtu = 9000;
    struct flow_source *source = flow(2, 5000);
    flow_source_start(source, 20 * SIM_US);
    sim_run_until(w.sim, 2 * SIM_MS);
    ck_assert_uint_eq(books_fate_count(w.sim, FATE_app_refused), 2);
    ck_assert_int_eq(vm_get_state(w.vm), VM_RUNNING);
    ck_has(w.text, "a frame into a buffer of bytes 0x800 -> refused");
    check_books();
    flow_source_destroy(source);
    world_end(&w);
}
END_TEST

START_TEST(end_takes_its_frames)
{
    start(MACHINE_APP_STATION);
    frame_ref ref = frame_birth(&w.device.c, 0, 100);
    mem_tag_received(vm_mem(w.vm), 0x3000, 100, ref, 0);
    vm_job(w.vm, &(struct machine_job){.kind = MACHINE_JOB_WILD_STORE, .arg = 0x50000000}, NULL, 0, 0);
    sim_run_until(w.sim, SIM_MS);
    ck_assert_int_eq(vm_get_state(w.vm), VM_ENDED);
    ck_has(vm_end_text(w.vm), "page fault at 0x200050000000 in loop ");
    ck_assert_uint_eq(books_fate_count(w.sim, FATE_vm_ended), 1);
    check_books();
    world_end(&w);
}
END_TEST

/* ---- jobs ---- */

struct operator_end {
    struct component c;
    char text[8192];
};
static void operator_event(struct component *self, const struct event *ev)
{
    struct operator_end *o = (struct operator_end *)self;
    size_t n = strlen(o->text);
    snprintf(o->text + n, sizeof(o->text) - n, "%u %llu: %lld;", ev->verb, (unsigned long long)ev->a, (long long)ev->b);
}

START_TEST(jobs_are_answered_in_order)
{
    static const struct component_ops ops = {.kind = "operator", .event = operator_event};
    static struct operator_end o;
    start(_i ? MACHINE_APP_SINK : MACHINE_APP_STATION); /* takes one at a WORK line, or all there are */
    component_init(&o.c, w.sim, &ops, "operator");
    memset(o.text, 0, sizeof(o.text));
    vm_job(w.vm, &(struct machine_job){.kind = MACHINE_JOB_SET_MAC}, &o.c, 7, 100);
    vm_job(w.vm, &(struct machine_job){.kind = MACHINE_JOB_ADD_VLAN}, &o.c, 7, 101);
    sim_run_until(w.sim, SIM_MS);
    ck_assert_str_eq(o.text, "7 100: 0;7 101: -95;");
    ck_has_not(w.text, "two jobs at once");
    o.text[0] = '\0';
    vm_job(w.vm, &(struct machine_job){.kind = MACHINE_JOB_WILD_STORE, .arg = 0x50000000}, &o.c, 8, 1);
    vm_job(w.vm, &(struct machine_job){.kind = MACHINE_JOB_SET_MAC}, &o.c, 8, 2);
    sim_run_until(w.sim, 2 * SIM_MS);
    vm_job(w.vm, &(struct machine_job){.kind = MACHINE_JOB_SET_MAC}, &o.c, 8, 3);
    sim_run_until(w.sim, 3 * SIM_MS);
    ck_assert_str_eq(o.text, "8 1: -5;8 2: -5;8 3: -5;");
    world_end(&w);
}
END_TEST

START_TEST(jobs_are_bounded)
{
    static const struct component_ops ops = {.kind = "operator", .event = operator_event};
    static struct operator_end o;
    world_sim(&w);
    world_vm(&w, "loop", NULL);
    component_init(&o.c, w.sim, &ops, "operator");
    for (unsigned i = 0; i < 65; i++)
        vm_job(w.vm, &(struct machine_job){.kind = MACHINE_JOB_SET_MAC}, &o.c, 1, i);
    sim_run_until(w.sim, 1);
    ck_assert_str_eq(o.text, "1 64: -11;");
    world_end(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vm_frames");
    TCase *tc = tcase_create("all");
    suite_add_tcase(suite, tc);
    tcase_add_test(tc, there_and_back);
    tcase_add_test(tc, echo_makes_frames_of_its_own);
    tcase_add_test(tc, earlier_work_comes_first);
    tcase_add_test(tc, too_long_for_its_buffer);
    tcase_add_test(tc, end_takes_its_frames);
    tcase_add_loop_test(tc, jobs_are_answered_in_order, 0, 2);
    tcase_add_test(tc, jobs_are_bounded);
    return run_suite(suite);
}
