/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The UPT NIC's PF driver: which operations a VF is ready for in which state, and what each makes of its rings and counters. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nic/nic.h"
#include "nic/vmxnet3/rings_image.h"
#include "pf/pf.h"
#include "unit/net_world.h"

enum { VFS = 3, MEM = 1 << 20, RING = 0x10000, EV_ANSWER = 1 };

static struct sim *sim;
static struct component me;
static struct nic *nic;
static struct pf *pf;
static struct box *peer, *host;
static struct sim_mem host_mem, vf_mem;
static struct iommu_domain *domain;
static uint8_t *host_ram, *vf_ram;
static bool answered;
static int answer;

static void event(struct component *c, const struct event *ev)
{
    answered = true;
    answer = (int)(int64_t)ev->b;
}

static void setup(void)
{
    static const struct component_ops ops = {.kind = "test", .event = event};
    struct nic_params params = {.name = "n", .model = "upt", .vfs = VFS, .mac = {2, 0, 0, 0, 0, 100}};
    struct pf_params pp = {.mem = &host_mem};
    char err[200];
    sim = sim_create(1, NULL);
    component_init(&me, sim, &ops, "me");
    pci_link_params_default(&params.link);
    nic = nic_create(sim, &params, err, sizeof(err));
    ck_assert_msg(nic != NULL, "%s", err);
    peer = box_create(sim, "peer");
    host = box_create(sim, "host");
    port_join(&nic->uplink, &peer->port);
    pp.nic = nic;
    pp.mem_len = pf_memory_needed(&pp);
    host_ram = calloc(1, pp.mem_len);
    ck_assert_int_eq(mem_init(&host_mem, &me, host_ram, pp.mem_len, 4096), 0);
    pf = pf_create(sim, "n.pf", &pp, err, sizeof(err));
    ck_assert_msg(pf != NULL, "%s", err);
    port_join(pf_uplink(pf), &host->port);
    vf_ram = calloc(1, MEM);
    ck_assert_int_eq(mem_init(&vf_mem, &me, vf_ram, MEM, 64), 0);
    domain = iommu_domain_create(&me, "vm", MEM);
    ck_assert_int_eq(iommu_map(domain, 0, &vf_mem, 0, MEM, IOMMU_READ | IOMMU_WRITE), 0);
    pci_function_set_domain(nic->vf[0], domain);
    pf_start(pf);
    sim_run_until(sim, 200 * SIM_MS);
}

static void teardown(void)
{
    pf_destroy(pf);
    nic_destroy(nic);
    box_destroy(peer);
    box_destroy(host);
    iommu_domain_destroy(domain);
    mem_fini(&vf_mem);
    mem_fini(&host_mem);
    sim_destroy(sim);
    free(vf_ram);
    free(host_ram);
}

static int op(int which, const struct pf_args *args)
{
    answered = false;
    pf_request(pf, (enum vmk_netptop)which, args, &me, EV_ANSWER, 1);
    while (!answered)
        ck_assert(sim_step(sim));
    return answer;
}

static int vf_op(int which, int vf)
{
    struct pf_args args = {.vf = vf};
    return op(which, &args);
}

static struct vmxnet3_rings_image image(void)
{
    struct vmxnet3_rings_image im = {
        .magic = VMXNET3_IMAGE_MAGIC,
        .version = VMXNET3_IMAGE_VERSION,
        .tx_queues = 1,
        .rx_queues = 1,
        .vectors = 2,
        .masked = 3,
    };
    im.tx[0] = (struct vmxnet3_tx_image){.ring = {RING, 64, 10, 1, 0}, .comp = {RING + 0x1000, 64, 63, 0, 0}, .prod = 10};
    im.rx[0] = (struct vmxnet3_rx_image){
        .ring = {{RING + 0x2000, 32, 31, 0, 0}, {RING + 0x3000, 32, 0, 1, 0}}, .comp = {RING + 0x4000, 64, 5, 1, 0}, .intr = 1};
    return im;
}

/* ---- states ---- */

/* Which operations succeed: of a VF that is free, acquired, enabled, active, quiesced (enabled again), released. */
START_TEST(each_state_has_its_operations)
{
    static const struct {
        int op;
        const char *name, *status; /* a letter a state: . done, i EINVAL */
    } rows[] = {
        {VMK_NETPTOP_VF_GET_INFO, "GET_INFO", "i..."},
        {VMK_NETPTOP_VF_GET_QUEUE_STATUS, "GET_QUEUE_STATUS", "i..."},
        {VMK_NETPTOP_VF_GET_QUEUE_STATS, "GET_QUEUE_STATS", "ii.."},
        {VMK_NETPTOP_VF_SAVE_STATE, "SAVE_STATE", "ii.i"},
        {VMK_NETPTOP_VF_QUIESCE, "QUIESCE", "i..x"}, /* x: not tried, it changes the state */
        {VMK_NETPTOP_VF_ACTIVATE, "ACTIVATE", "iixi"},
        {VMK_NETPTOP_VF_INIT, "INIT", "ixii"},
        {VMK_NETPTOP_VF_RELEASE, "RELEASE", "ixxx"},
    };
    struct vmxnet3_rings_image im = image();
    for (unsigned state = 0; state < 4; state++) {
        if (state == 1) {
            ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACQUIRE, 0), 0);
            ck_assert_int_eq(pf_vf_set_rings(pf, 0, &im), 0);
        }
        if (state == 2)
            ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_INIT, 0), 0);
        if (state == 3)
            ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACTIVATE, 0), 0);
        for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
            if (rows[i].status[state] != 'x')
                ck_assert_msg(vf_op(rows[i].op, 0) == (rows[i].status[state] == 'i' ? -EINVAL : 0), "%s in state %u: %d",
                              rows[i].name, state, answer);
    }
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_QUIESCE, 0), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_SAVE_STATE, 0), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_RELEASE, 0), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_RELEASE, 0), -EINVAL);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_INIT, VFS), -EINVAL); /* no such VF */
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_INIT, -1), -EINVAL);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_SET_IML, 0), -ENOTSUP);
}
END_TEST

START_TEST(rings_come_back_as_they_went)
{
    struct vmxnet3_rings_image im = image(), out;
    memset(&out, 0, sizeof(out));
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACQUIRE, 0), 0);
    ck_assert_int_eq(pf_vf_set_rings(pf, 0, &im), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_INIT, 0), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACTIVATE, 0), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_QUIESCE, 0), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_SAVE_STATE, 0), 0);
    ck_assert_int_eq(pf_vf_get_rings(pf, 0, &out), 0);
    ck_assert_mem_eq(&out, &im, sizeof(im));
    im.magic++;
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_RELEASE, 0), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACQUIRE, 0), 0);
    ck_assert_int_eq(pf_vf_set_rings(pf, 0, &im), 0);
    ck_assert_int_lt(vf_op(VMK_NETPTOP_VF_INIT, 0), 0); /* the chip refuses it */
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACTIVATE, 0), -EINVAL);
}
END_TEST

/* ---- addresses ---- */

static int move(int vf, const uint8_t *mac)
{
    struct pf_args args = {.vf = vf};
    memcpy(args.mac, mac, 6);
    return op(PF_OP_MOVE_MAC, &args);
}

START_TEST(addresses_change_hands)
{
    static const uint8_t group[6] = {1, 0, 0x5e, 0, 0, 1}, none[6] = {0};
    struct vmxnet3_rings_image im = image();
    ck_assert_int_eq(move(0, mac_of(1)), -EINVAL); /* nobody has acquired it */
    for (int vf = 0; vf < 2; vf++) {
        ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACQUIRE, vf), 0);
        ck_assert_int_eq(pf_vf_set_rings(pf, (unsigned)vf, &im), 0);
    }
    ck_assert_int_eq(move(0, group), -EINVAL);
    ck_assert_int_eq(move(0, none), -EINVAL);
    ck_assert_int_eq(move(VFS, mac_of(1)), -EINVAL);
    ck_assert_int_eq(move(0, mac_of(100)), -EPERM); /* the PF's */
    ck_assert_int_eq(move(0, mac_of(1)), 0);
    ck_assert_int_eq(move(PF_ANY_VF, mac_of(1)), 0); /* to the PF's pool: what comes for it goes up there */
    box_send(peer, mac_of(1), mac_of(9), -1);
    sim_run_until(sim, sim_now(sim) + SIM_MS);
    ck_assert_uint_eq(host->count, 1);
    ck_assert_int_eq(move(1, mac_of(1)), 0);
    box_send(peer, mac_of(1), mac_of(9), -1);
    sim_run_until(sim, sim_now(sim) + SIM_MS);
    ck_assert_uint_eq(host->count, 1); /* it waits on the chip for VF 1 */
    ck_assert_int_eq(move(0, mac_of(1)), 0); /* whoever else has it */
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_RELEASE, 1), 0);
    assert_balanced(sim);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pf upt");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, each_state_has_its_operations);
    tcase_add_test(t, rings_come_back_as_they_went);
    tcase_add_test(t, addresses_change_hands);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
