/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The UPT NIC's commands: rings come out as they went in, images that cannot be are refused, nonsense in registers is survived. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/prng.h"
#include "nic/nic.h"
#include "nic/upt/regs.h"
#include "nic/vmxnet3/rings_image.h"
#include "unit/net_world.h"

enum { MEM = 1 << 20, IMAGE = 0x1000, OUT = 0x4000, RING = 0x10000, BUFFER = 0x20000, VFS = 3, COMMAND_MEMORY_MASTER = 6 };

static const struct component_ops plain = {.kind = "test"};
static struct sim *sim;
static struct component me;
static struct nic *nic;
static struct sim_mem mem;
static struct iommu_domain *domain;
static uint8_t *ram;
static struct box *box; /* of a test that makes one */

static void setup(void)
{
    struct nic_params params = {.name = "n", .model = "upt", .vfs = VFS, .mac = {2, 0, 0, 0, 0, 1}};
    char err[160];

    sim = sim_create(1, NULL);
    component_init(&me, sim, &plain, "me");
    ram = calloc(1, MEM);
    mem_init(&mem, &me, ram, MEM, 64);
    pci_link_params_default(&params.link);
    nic = nic_create(sim, &params, err, sizeof(err));
    ck_assert_msg(nic != NULL, "%s", err);
    domain = iommu_domain_create(&me, "d", MEM);
    ck_assert_int_eq(iommu_map(domain, 0, &mem, 0, MEM, IOMMU_READ | IOMMU_WRITE), 0);
    pci_function_set_domain(nic->pf, domain);
    pci_config_write(nic->pf, 4, 2, COMMAND_MEMORY_MASTER);
}

static void teardown(void)
{
    nic_destroy(nic);
    iommu_domain_destroy(domain);
    mem_fini(&mem);
    if (box)
        box_destroy(box);
    box = NULL;
    sim_destroy(sim);
    free(ram);
}

static void put(unsigned bar, uint32_t off, uint32_t value)
{
    pci_mmio_write(nic->pf, &me, sim_now(sim), bar, off, 4, value);
    sim_run_until(sim, sim_now(sim) + 10 * SIM_US);
}

static uint32_t get(uint32_t off) { return (uint32_t)pci_mmio_peek(nic->pf, UPT_CONTROL_BAR, off, 4); }

static uint32_t command(uint32_t command, uint32_t fn, uint32_t addr)
{
    put(UPT_CONTROL_BAR, UPT_CMD_FN, fn);
    put(UPT_CONTROL_BAR, UPT_CMD_ADDR_LO, addr);
    put(UPT_CONTROL_BAR, UPT_CMD_ADDR_HI, 0);
    put(UPT_CONTROL_BAR, UPT_CMD, command);
    return get(UPT_CMD_STATUS);
}

static struct vmxnet3_rings_image good(void)
{
    struct vmxnet3_rings_image im = {
        .magic = VMXNET3_IMAGE_MAGIC,
        .version = VMXNET3_IMAGE_VERSION,
        .tx_queues = 2,
        .rx_queues = 1,
        .vectors = 3,
        .auto_mask = 1,
        .masked = 0x5,
        .pending = 0x4,
        .features = UPT1_F_RXCSUM,
    };

    for (unsigned q = 0; q < 2; q++)
        im.tx[q] =
            (struct vmxnet3_tx_image){.ring = {RING, 64, 10, 1, 0}, .comp = {RING + 0x1000, 64, 63, 0, 0}, .prod = 10, .intr = q};
    im.rx[0] = (struct vmxnet3_rx_image){
        .ring = {{RING + 0x2000, 32, 31, 0, 0}, {RING + 0x3000, 32, 0, 1, 0}}, .comp = {RING + 0x4000, 64, 5, 1, 0}, .intr = 2};
    im.tx[1].stopped = 1; /* one whose driver gave it nonsense stays stopped, and says why */
    im.tx[1].error = VMXNET3_ERR_DESC_NOT_SPT;
    return im;
}

START_TEST(round_trip)
{
    struct vmxnet3_rings_image im = good();

    memcpy(ram + IMAGE, &im, sizeof(im));
    ck_assert_uint_eq(command(UPT_CMD_SAVE, 0, OUT), UPT_ERR_COMMAND); /* it has none yet */
    ck_assert_uint_eq(command(UPT_CMD_INIT, 0, IMAGE), 0);
    ck_assert_uint_eq(command(UPT_CMD_SAVE, 0, OUT), 0);
    ck_assert_int_eq(memcmp(ram + OUT, &im, sizeof(im)), 0);
    put(UPT_CONTROL_BAR, UPT_FCTL(0), UPT_FCTL_TX | UPT_FCTL_RX); /* an engine that runs gives nothing away */
    ck_assert_uint_eq(command(UPT_CMD_SAVE, 0, OUT), UPT_ERR_COMMAND);
    put(UPT_CONTROL_BAR, UPT_FCTL(0), 0);
    ck_assert_uint_eq(command(UPT_CMD_SAVE, 0, OUT), 0);
    ck_assert_uint_eq(command(UPT_CMD_CLEAR, 0, 0), 0);
    ck_assert_uint_eq(command(UPT_CMD_SAVE, 0, OUT), UPT_ERR_COMMAND);
    ck_assert_uint_eq(command(UPT_CMD_INIT, VFS + 1, IMAGE), UPT_ERR_COMMAND); /* no such function */
    ck_assert_uint_eq(command(UPT_CMD_INIT, 0, MEM), UPT_ERR_DMA);
    ck_assert_uint_eq(command(77, 0, 0), UPT_ERR_COMMAND);
}
END_TEST

/* One member of the image, what it becomes, and whether the chip takes it so: each bound from both sides. */
#define MEMBER(m) offsetof(struct vmxnet3_rings_image, m), sizeof(((struct vmxnet3_rings_image *)0)->m)
static const struct {
    size_t at, bytes;
    uint64_t value;
    bool taken;
} images[] = {
    {MEMBER(magic), VMXNET3_IMAGE_MAGIC + 1, false},
    {MEMBER(version), VMXNET3_IMAGE_VERSION + 1, false},
    {MEMBER(version), VMXNET3_IMAGE_VERSION - 1, false},
    {MEMBER(tx_queues), 0, false},
    {MEMBER(tx_queues), 1, true},
    {MEMBER(tx_queues), 9, false},
    {MEMBER(rx_queues), 0, false},
    {MEMBER(rx_queues), 9, false},
    {MEMBER(vectors), 0, false},
    {MEMBER(vectors), 2, false}, /* fewer than the queues use */
    {MEMBER(vectors), 25, true},
    {MEMBER(vectors), 26, false},
    {MEMBER(tx[0].ring.pa), RING + 8, false},
    {MEMBER(tx[0].ring.pa), RING + 256, false},
    {MEMBER(tx[0].ring.pa), RING + 512, true},
    {MEMBER(tx[0].ring.size), 0, false},
    {MEMBER(tx[0].ring.size), 48, false},
    {MEMBER(tx[0].ring.size), 4096, true},
    {MEMBER(tx[0].ring.size), 4128, false},
    {MEMBER(tx[0].ring.next), 63, true},
    {MEMBER(tx[1].ring.next), 64, false},
    {MEMBER(tx[0].ring.gen), 0, true},
    {MEMBER(tx[0].ring.gen), 2, false},
    {MEMBER(tx[1].comp.pa), RING + 0x1000 + 8, false},
    {MEMBER(tx[1].comp.size), 4096, true},
    {MEMBER(tx[1].comp.size), 4128, false},
    {MEMBER(tx[1].comp.next), 64, false},
    {MEMBER(tx[1].comp.gen), 2, false},
    {MEMBER(tx[0].prod), 63, true},
    {MEMBER(tx[0].prod), 64, false},
    {MEMBER(tx[0].intr), 2, true},
    {MEMBER(tx[0].intr), 3, false},
    {MEMBER(rx[0].ring[0].pa), RING + 0x2000 + 8, false},
    {MEMBER(rx[0].ring[0].size), 0, false},
    {MEMBER(rx[0].ring[0].size), 4096, true},
    {MEMBER(rx[0].ring[0].size), 4128, false},
    {MEMBER(rx[0].ring[0].next), 32, false},
    {MEMBER(rx[0].ring[0].gen), 2, false},
    {MEMBER(rx[0].ring[1].pa), RING + 0x3000 + 8, false},
    {MEMBER(rx[0].ring[1].size), 0, true}, /* there need not be one */
    {MEMBER(rx[0].ring[1].size), 4128, false},
    {MEMBER(rx[0].ring[1].next), 31, true},
    {MEMBER(rx[0].ring[1].next), 32, false},
    {MEMBER(rx[0].ring[1].gen), 2, false},
    {MEMBER(rx[0].comp.pa), RING + 0x4000 + 8, false},
    {MEMBER(rx[0].comp.size), 0, false},
    {MEMBER(rx[0].comp.size), 8192, true},
    {MEMBER(rx[0].comp.size), 8224, false},
    {MEMBER(rx[0].comp.next), 64, false},
    {MEMBER(rx[0].comp.gen), 2, false},
    {MEMBER(rx[0].intr), 3, false},
};

START_TEST(wrong_images)
{
    struct vmxnet3_rings_image im = good();

    memcpy((char *)&im + images[_i].at, &images[_i].value, images[_i].bytes);
    memcpy(ram + IMAGE, &im, sizeof(im));
    ck_assert_uint_eq(command(UPT_CMD_INIT, 1, IMAGE), images[_i].taken ? 0 : UPT_ERR_IMAGE);
    ck_assert_uint_eq(command(UPT_CMD_SAVE, 1, OUT), images[_i].taken ? 0 : UPT_ERR_COMMAND);
}
END_TEST

/* The RSS of an image, as a driver's: sizes, and queues that are there. */
START_TEST(wrong_rss)
{
    static const struct {
        uint16_t key, table;
        uint8_t entry;
        bool taken;
    } cases[] = {{40, 32, 0, true},  {41, 32, 0, false},  {40, 0, 0, false},
                 {40, 128, 0, true}, {40, 129, 0, false}, {40, 32, 1, false}};

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct vmxnet3_rings_image im = good();
        im.rss_on = 1;
        im.rss.hashFunc = UPT1_RSS_HASH_FUNC_TOEPLITZ;
        im.rss.hashKeySize = cases[i].key;
        im.rss.indTableSize = cases[i].table;
        im.rss.indTable[31] = cases[i].entry;
        memcpy(ram + IMAGE, &im, sizeof(im));
        ck_assert_uint_eq(command(UPT_CMD_INIT, 1, IMAGE), cases[i].taken ? 0 : UPT_ERR_IMAGE);
    }
}
END_TEST

/* MAX_FRAME counts the FCS and not a tag: a full-size frame may have one [IEEE 802.3 3.2.7]. */
START_TEST(longest_frames)
{
    static const struct {
        uint32_t len; /* without tag and FCS */
        int tci;
        bool fits;
    } cases[] = {{1514, -1, true}, {1515, -1, false}, {1514, 5, true}, {1515, 5, false}, {60, 5, true}, {9014, -1, false}};
    box = box_create(sim, "box");

    port_join(&nic->uplink, &box->port);
    ck_assert_uint_eq(get(UPT_MAX_FRAME), 1518);
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t before = books_fate_count(sim, FATE_too_long);
        port_send(&box->port, make_frame(&box->comp, mac_of(1), mac_of(2), cases[i].tci, cases[i].len));
        sim_run_until(sim, sim_now(sim) + SIM_US);
        ck_assert_uint_eq(books_fate_count(sim, FATE_too_long) - before, !cases[i].fits);
    }
    put(UPT_CONTROL_BAR, UPT_MAX_FRAME, 9018);
    port_send(&box->port, make_frame(&box->comp, mac_of(1), mac_of(2), 5, 9014));
    port_send(&box->port, make_frame(&box->comp, mac_of(1), mac_of(2), -1, 9014));
    sim_run_until(sim, sim_now(sim) + SIM_US);
    ck_assert_uint_eq(books_fate_count(sim, FATE_too_long), 3);
    assert_balanced(sim);
}
END_TEST

/* A port VLAN is pushed whole, its priority too. */
START_TEST(port_vlans)
{
    static const uint32_t tcis[] = {100, 3u << 13 | 100, 7u << 13 | 4094};
    struct vmxnet3_rings_image im = good();
    struct Vmxnet3_TxDesc *desc = (void *)(ram + RING);
    box = box_create(sim, "box");

    port_join(&nic->uplink, &box->port);
    put(UPT_CONTROL_BAR, UPT_VPORT(VFS), UPT_VPORT_RX | UPT_VPORT_TX);
    for (unsigned i = 0; i < 3; i++) {
        memset(ram + RING, 0, 0x5000);
        im.tx[0] = (struct vmxnet3_tx_image){.ring = {RING, 64, 0, 1, 0}, .comp = {RING + 0x1000, 64, 0, 1, 0}, .prod = 0};
        memcpy(ram + IMAGE, &im, sizeof(im));
        ck_assert_uint_eq(command(UPT_CMD_INIT, VFS, IMAGE), 0);
        put(UPT_CONTROL_BAR, UPT_VPORT_VLAN(VFS), UPT_VPORT_VLAN_INSERT | tcis[i]);
        put(UPT_CONTROL_BAR, UPT_FCTL(VFS), UPT_FCTL_TX | UPT_FCTL_RX);
        memcpy(ram + BUFFER, mac_of(9), 6);
        memcpy(ram + BUFFER + 12, "\x88\xb5", 2);
        desc[0] = (struct Vmxnet3_TxDesc){.addr = BUFFER, .dword2 = 100 | VMXNET3_TXD_GEN, .dword3 = VMXNET3_TXD_EOP};
        put(UPT_PAGE_BAR, VMXNET3_REG_TXPROD, 1);
        ck_assert_uint_eq(box->count, i + 1);
        ck_assert_uint_eq(box->seen[i].len, 104);
        ck_assert_uint_eq(box->seen[i].head[12], 0x81);
        ck_assert_uint_eq((uint32_t)box->seen[i].head[14] << 8 | box->seen[i].head[15], tcis[i]);
        ck_assert_uint_eq(box->seen[i].head[16], 0x88);
        put(UPT_CONTROL_BAR, UPT_FCTL(VFS), 0);
        ck_assert_uint_eq(command(UPT_CMD_CLEAR, VFS, 0), 0);
    }
}
END_TEST

/* An access that no register answers is counted, whichever way it goes and whyever. */
static const struct {
    bool write;
    unsigned bar;
    uint32_t off;
    unsigned size;
    bool bad;
} accesses[] = {
    {true, UPT_CONTROL_BAR, UPT_MAX_FRAME, 4, false},
    {false, UPT_CONTROL_BAR, UPT_MAX_FRAME, 4, false},
    {true, UPT_CONTROL_BAR, UPT_MAX_FRAME, 2, true},
    {false, UPT_CONTROL_BAR, UPT_MAX_FRAME, 2, true},
    {true, UPT_CONTROL_BAR, UPT_STATUS, 4, true},
    {false, UPT_CONTROL_BAR, UPT_STATUS, 4, false},
    {true, UPT_CONTROL_BAR, UPT_CONTROL_BYTES - 4, 4, true},
    {false, UPT_CONTROL_BAR, UPT_CONTROL_BYTES - 4, 4, true},
    {true, UPT_PAGE_BAR, VMXNET3_REG_TXPROD, 4, true}, /* it has no rings yet */
    {false, UPT_PAGE_BAR, VMXNET3_REG_TXPROD, 1, true},
};

static uint64_t bad_registers(void)
{
    const char *name;
    uint64_t value = 0;
    for (unsigned i = 0; nic->ops->counter(nic, i, &name, &value); i++)
        if (!strcmp(name, "bad_registers"))
            return value;
    ck_abort_msg("no bad_registers");
    return 0;
}

START_TEST(bad_accesses_are_counted)
{
    if (accesses[_i].write)
        pci_mmio_write(nic->pf, &me, sim_now(sim), accesses[_i].bar, accesses[_i].off, accesses[_i].size, 0);
    else
        pci_mmio_peek(nic->pf, accesses[_i].bar, accesses[_i].off, accesses[_i].size);
    sim_run_until(sim, sim_now(sim) + 10 * SIM_US);
    ck_assert_uint_eq(bad_registers(), accesses[_i].bad);
}
END_TEST

/* A function says that it is busy from the doorbell until its frame is gone, and one without rings has nothing to say. */
START_TEST(status_of_a_function)
{
    struct vmxnet3_rings_image im = good();
    struct Vmxnet3_TxDesc *desc = (void *)(ram + RING);
    box = box_create(sim, "box");

    port_join(&nic->uplink, &box->port);
    for (unsigned fn = 0; fn <= VFS; fn++)
        ck_assert_uint_eq(get(UPT_FSTAT(fn)), 0);
    put(UPT_CONTROL_BAR, UPT_VPORT(VFS), UPT_VPORT_RX | UPT_VPORT_TX);
    im.tx[0] = (struct vmxnet3_tx_image){.ring = {RING, 64, 0, 1, 0}, .comp = {RING + 0x1000, 64, 0, 1, 0}, .prod = 0};
    im.tx[1].stopped = im.tx[1].error = 0;
    memcpy(ram + IMAGE, &im, sizeof(im));
    ck_assert_uint_eq(command(UPT_CMD_INIT, VFS, IMAGE), 0);
    put(UPT_CONTROL_BAR, UPT_FCTL(VFS), UPT_FCTL_TX | UPT_FCTL_RX);
    ck_assert_uint_eq(get(UPT_FSTAT(VFS)), 0);
    memcpy(ram + BUFFER, mac_of(9), 6);
    desc[0] = (struct Vmxnet3_TxDesc){.addr = BUFFER, .dword2 = 100 | VMXNET3_TXD_GEN, .dword3 = VMXNET3_TXD_EOP};
    pci_mmio_write(nic->pf, &me, sim_now(sim), UPT_PAGE_BAR, VMXNET3_REG_TXPROD, 4, 1);
    bool was_busy = false;
    while (sim_step(sim) && !box->count)
        was_busy |= get(UPT_FSTAT(VFS)) == UPT_FSTAT_BUSY;
    ck_assert(was_busy);
    sim_run_until(sim, sim_now(sim) + SIM_MS);
    ck_assert_uint_eq(get(UPT_FSTAT(VFS)), 0);
}
END_TEST

/* Whatever is written anywhere: a reset, and the chip takes an image again. */
START_TEST(nonsense)
{
    struct prng p;
    struct vmxnet3_rings_image im = good();

    prng_init(&p, (uint64_t)_i, "nonsense");
    memcpy(ram + IMAGE, &im, sizeof(im));
    command(UPT_CMD_INIT, VFS, IMAGE);
    for (unsigned n = 0; n < 1000; n++) {
        unsigned bar = prng_below(&p, 2) ? UPT_CONTROL_BAR : UPT_PAGE_BAR;
        uint32_t off = (uint32_t)prng_below(&p, bar ? UPT_CONTROL_BYTES : UPT_PAGE_BYTES) & ~3u;
        put(bar, off, (uint32_t)prng_below(&p, 2) ? (uint32_t)prng_below(&p, 64) : (uint32_t)prng_below(&p, UINT32_MAX));
        pci_mmio_peek(nic->pf, bar, off, 4);
    }
    put(UPT_CONTROL_BAR, UPT_FCTL(0), 0);
    sim_run_until(sim, sim_now(sim) + SIM_MS);
    ck_assert_uint_eq(command(UPT_CMD_CLEAR, 0, 0), 0);
    memcpy(ram + IMAGE, &im, sizeof(im));
    ck_assert_uint_eq(command(UPT_CMD_INIT, 0, IMAGE), 0);
    ck_assert_uint_eq(command(UPT_CMD_SAVE, 0, OUT), 0);
    ck_assert_int_eq(memcmp(ram + OUT, &im, sizeof(im)), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("upt");
    TCase *t = tcase_create("all");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, round_trip);
    tcase_add_loop_test(t, wrong_images, 0, sizeof(images) / sizeof(images[0]));
    tcase_add_test(t, wrong_rss);
    tcase_add_test(t, longest_frames);
    tcase_add_test(t, port_vlans);
    tcase_add_loop_test(t, bad_accesses_are_counted, 0, sizeof(accesses) / sizeof(accesses[0]));
    tcase_add_test(t, status_of_a_function);
    tcase_add_loop_test(t, nonsense, 0, 8);
    suite_add_tcase(suite, t);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
