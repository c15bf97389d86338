/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DMA and MMIO over the link: bandwidth and latency by the published counts, order, refusals, frames, resets, save. */
#include "pcie/pcie__.h" /* only for how many operations wait */
#include "pcie_world.h"

/* ---- bandwidth: validation.md 1.3, in Mb/s of payload ---- */

struct bandwidth_row {
    uint32_t len, write, read, both;
};

/* column D: MPS 128, MRRS 512 */
static const struct bandwidth_row gen2_x8[] = {
    {1, 1103, 1149, 563},       {8, 6894, 7879, 3940},       {64, 20057, 21012, 15759},   {65, 20141, 21089, 15863},
    {128, 23223, 23851, 20057}, {129, 20099, 21051, 17699},  {257, 21543, 22358, 20078},  {512, 23223, 23851, 22342},
    {513, 22350, 23079, 20774}, {1024, 23223, 23851, 22342}, {1500, 23136, 23774, 22240},
};
/* column A: MPS 256, MRRS 512 */
static const struct bandwidth_row gen3_x8[] = {
    {1, 2315, 2412, 1181},      {16, 23154, 25727, 14471},  {64, 42098, 44103, 33077},  {128, 48745, 50063, 42098},
    {256, 52923, 53690, 48745}, {257, 48775, 50089, 45217}, {513, 50760, 51824, 46911}, {1500, 52815, 53597, 50599},
};

enum { OPS = 1000 };

/* Mb/s of the direction that `what` marks the ends of. */
static uint64_t measured(struct world *w, char what, uint32_t len)
{
    sim_time first = 0, last = 0;
    for (unsigned i = 0; i < w->st.n; i++)
        if (w->st.log[i].what == what) {
            ck_assert_uint_eq(w->st.log[i].status, PCI_OK);
            last = w->st.log[i].at;
            if (!first)
                first = last;
        }
    return (uint64_t)len * 8 * (OPS - 1) * 1000000 / (last - first);
}

static void check_close(uint64_t got, uint64_t want, uint32_t len, const char *what)
{
    ck_assert_msg(got + 2 >= want && got <= want + 2, "%s of %u B: %lu instead of %lu Mb/s", what, len, (unsigned long)got,
                  (unsigned long)want);
}

static void run_bandwidth(const struct pci_link_params *p, const struct bandwidth_row *r, bool reads, bool writes)
{
    struct world *w = world_up(p);
    frame_ref ref = frame_birth(&w->c, 0, 2048);

    for (unsigned i = 0; i < OPS; i++) {
        if (reads)
            pci_dma_read(w->pf, 0, r->len, i);
        if (writes)
            pci_dma_write_frame(w->pf, 0, ref, 0, r->len, false, i);
    }
    sim_run_until(w->sim, SIM_NEVER);
    ck_assert_uint_eq(w->st.n, OPS * ((unsigned)reads + writes));
    if (reads && writes)
        check_close(measured(w, 'w', r->len), r->both, r->len, "both");
    else
        check_close(measured(w, reads ? 'r' : 'w', r->len), reads ? r->read : r->write, r->len, reads ? "read" : "write");
    frame_end(&w->c, ref, FATE_delivered_app);
    world_destroy(w);
}

static void run_rows(const struct pci_link_params *p, const struct bandwidth_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        run_bandwidth(p, &rows[i], false, true);
        run_bandwidth(p, &rows[i], true, false);
        run_bandwidth(p, &rows[i], true, true);
    }
}

static struct pci_link_params gen3(void)
{
    struct pci_link_params p;
    pci_link_params_default(&p);
    p.iommu.iotlb = 0;
    p.gen = 3;
    p.mps = 256;
    return p;
}

START_TEST(bandwidth_gen2)
{
    struct pci_link_params p;
    pci_link_params_default(&p);
    p.iommu.iotlb = 0;
    run_rows(&p, gen2_x8, sizeof(gen2_x8) / sizeof(gen2_x8[0]));
}
END_TEST

START_TEST(bandwidth_gen3)
{
    struct pci_link_params p = gen3();
    run_rows(&p, gen3_x8, sizeof(gen3_x8) / sizeof(gen3_x8[0]));
}
END_TEST

/* validation.md 1.2: TLP bandwidth of links, in Mb/s of wire bytes: with writes of one MPS chunk, payload x 152/128. */
START_TEST(tlp_bandwidth)
{
    static const struct {
        unsigned gen, lanes;
        uint32_t mps, mbps;
    } rows[] = {
        {1, 1, 128, 1860}, {1, 16, 512, 25963}, {2, 4, 256, 14444}, {2, 8, 128, 27578},  {2, 16, 512, 56359},
        {3, 1, 128, 7478}, {3, 4, 256, 29070},  {3, 8, 512, 57312}, {4, 8, 256, 115770}, {5, 16, 512, 458493},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pci_link_params p = gen3();
        p.gen = rows[i].gen;
        p.lanes = rows[i].lanes;
        p.mps = rows[i].mps;
        struct world *w = world_up(&p);
        frame_ref ref = frame_birth(&w->c, 0, 512);
        for (unsigned k = 0; k < OPS; k++)
            pci_dma_write_frame(w->pf, 0, ref, 0, p.mps, false, k);
        sim_run_until(w->sim, SIM_NEVER);
        check_close(measured(w, 'w', p.mps + 24), rows[i].mbps, p.mps, "TLP bandwidth");
        frame_end(&w->c, ref, FATE_delivered_app);
        world_destroy(w);
    }
}
END_TEST

START_TEST(wire_bytes)
{
    struct world *w = world_up(NULL);
    struct pci_link_stats s;
    uint8_t data[16] = {0};

    pci_dma_write(w->pf, 0, data, 16, 1);                       /* up 24 + 16 */
    pci_dma_read(w->pf, 0, 1500, 2);                            /* up 3 x 24; down 12 x 20 + 1500 */
    pci_mmio_write(w->pf, &w->c, 0, 0, 0, 4, 1);                /* down 28 */
    pci_mmio_read(w->pf, &w->c, 0, 0, 0, 8, EV_CPU, 1, 0);      /* down 24, up 28 */
    pci_msix_program(w->pf, 0, 0xfee00000, 1, false);
    pci_msix_enable(w->pf, true);
    pci_msix_raise(w->pf, 0);                                   /* up 28 */
    sim_run_until(w->sim, SIM_NEVER);
    pci_link_get_stats(w->link, &s);
    ck_assert_uint_eq(s.bytes_up, 40 + 72 + 28 + 28);
    ck_assert_uint_eq(s.bytes_down, 1740 + 28 + 24);
    ck_assert_uint_eq(s.reads + 10 * s.writes + 100 * s.mmio_reads + 1000 * s.mmio_writes + 10000 * s.messages, 11111);
    /* software chooses other chunks in Device Control: MPS 512, MRRS 4096 */
    pci_config_write(w->pf, w_reg(w->pf, PCI_CAP_ID_EXP, PCI_EXP_DEVCTL), 2, 2 << 5 | 5 << 12);
    pci_dma_read(w->pf, 0, 1500, 2);
    sim_run_until(w->sim, SIM_NEVER);
    pci_link_get_stats(w->link, &s);
    ck_assert_uint_eq(s.bytes_up, 168 + 24);
    ck_assert_uint_eq(s.bytes_down, 1792 + 1560);
    world_destroy(w);
}
END_TEST

/* ---- latency ---- */

static sim_time read_latency(const struct pci_link_params *p, uint32_t len)
{
    struct world *w = world_up(p);
    pci_dma_read(w->pf, 0, len, 0);
    sim_run_until(w->sim, SIM_NEVER);
    sim_time at = world_last(w)->at;
    world_destroy(w);
    return at;
}

START_TEST(latency_of_a_read)
{
    struct pci_link_params p = gen3();
    sim_time t = read_latency(&p, 64);

    ck_assert_uint_ge(t, 545500 * SIM_PS); /* measured: 546 ns [validation.md 1.6] */
    ck_assert_uint_le(t, 546500 * SIM_PS);
    /* 24 B up and 84 B down at 290.09 ps, twice 220 ns, 91 ns: to the picosecond */
    ck_assert_uint_eq(read_latency(NULL, 64), 6962 + 24367 + 531000);
}
END_TEST

START_TEST(posted_mmio_does_not_wait_for_the_future)
{
    struct world *w = world_up(NULL);

    pci_dma_read(w->pf, 0, 4096, 0); /* its completions fill the link from 318 ns on */
    pci_mmio_write(w->pf, &w->c, 0, 0, 16, 4, 1);
    sim_run_until(w->sim, SIM_NEVER);
    ck_assert_uint_eq(w->st.log[0].what, 'W');
    ck_assert_uint_eq(w->st.log[0].at, 220 * SIM_NS + 8122); /* 28 B */
    world_destroy(w);
}
END_TEST

/* 100 doorbells take 812.248 ns of the wire; what does not fit in the idle time before the completion delays it. */
START_TEST(posted_mmio_takes_its_bandwidth)
{
    sim_time alone = read_latency(NULL, 64), starts = 6962 + 220 * SIM_NS + 91 * SIM_NS;
    for (unsigned n = 1; n <= 100; n += 99) {
        struct world *w = world_up(NULL);
        for (unsigned i = 0; i < n; i++)
            pci_mmio_write(w->pf, &w->c, 0, 0, 16, 4, 1);
        pci_dma_read(w->pf, 0, 64, 0);
        sim_run_until(w->sim, SIM_NEVER);
        sim_time wire = n == 1 ? 8122 : 812247, late = wire > starts ? wire - starts : 0;
        ck_assert_uint_le(world_last(w)->at, alone + late + 1);
        ck_assert_uint_ge(world_last(w)->at, alone + late);
        world_destroy(w);
    }
}
END_TEST

START_TEST(emulated_link)
{
    struct pci_link_params p = {.emulated = true, .mps = 128, .mrrs = 512, .latency_ps = 1000, .copy_bps = 8000000000};
    struct world *w = world_up(&p);
    uint8_t byte = 7;

    pci_dma_write(w->pf, 0, &byte, 1, 1); /* a byte a nanosecond */
    pci_dma_read(w->pf, 0, 100, 2);       /* sees the write */
    sim_run_until(w->sim, SIM_NEVER);
    ck_assert_uint_eq(w->st.log[0].at, 2 * SIM_NS);
    ck_assert_uint_eq(w->st.log[1].at, 102 * SIM_NS);
    ck_assert_uint_eq(w->st.log[1].crc, 7);
    world_destroy(w);
}
END_TEST

/* ---- order ---- */

static void check_order(const struct pci_link_params *p)
{
    struct world *w = world_up(p);
    frame_ref ref = frame_birth(&w->c, 0, 9000);

    pci_msix_program(w->pf, 1, 0xfee00000, 33, false);
    pci_msix_enable(w->pf, true);
    w->st.n = 0;
    pci_dma_write_frame(w->pf, 0, ref, 0, 9000, false, 1);
    pci_msix_raise(w->pf, 1);
    pci_dma_write_frame(w->pf, 0, ref, 0, 1, false, 2);
    pci_mmio_write(w->pf, &w->c, 0, 0, 8, 8, 5);
    pci_mmio_write(w->pf, &w->c, 0, 0, 8, 4, 6);
    pci_mmio_read(w->pf, &w->c, 0, 0, 8, 4, EV_HW, 1, 3);
    sim_run_until(w->sim, SIM_NEVER);
    char seen[8] = "", dma[8] = "";
    for (unsigned i = 0; i < w->st.n; i++)
        strncat(w->st.log[i].what == 'W' ? seen : dma, &w->st.log[i].what, 1);
    ck_assert_str_eq(dma, "wMwA"); /* the answer pushes writes and message before it */
    ck_assert_str_eq(seen, "WW");
    ck_assert_uint_eq(world_last(w)->tag, 3);
    ck_assert_uint_eq(world_last(w)->value, 6);
    frame_end(&w->c, ref, FATE_delivered_app);
    world_destroy(w);
}

START_TEST(order_of_a_wire) { check_order(NULL); }
END_TEST

START_TEST(order_without_time)
{
    struct pci_link_params p = {.emulated = true, .mps = 128, .mrrs = 512};
    check_order(&p);
    struct world *w = world_up(&p); /* an answer pushes a DMA write that it has nothing but the time in common with */
    uint8_t byte = 1;
    pci_mmio_read(w->pf, &w->c, 1000, 0, 8, 4, EV_SCENARIO, 1, 3);
    sim_step(w->sim);
    pci_dma_write(w->pf, 0, &byte, 1, 1);
    pci_mmio_read(w->pf, &w->c, 1000, 0, 8, 4, EV_SCENARIO, 1, 4);
    sim_run_until(w->sim, SIM_NEVER);
    ck_assert_uint_eq(w->st.log[0].tag, 3);
    ck_assert_uint_eq(w->st.log[1].what, 'w');
    ck_assert_uint_eq(w->st.log[2].tag, 4);
    world_destroy(w);
}
END_TEST

START_TEST(posted_writes_of_a_driver_stay_in_order)
{
    struct world *w = world_up(NULL);

    pci_mmio_write(w->pf, &w->c, 0, 0, 0, 8, 1); /* longer on the wire than the next ones */
    pci_mmio_write(w->pf, &w->c, 1, 0, 8, 1, 2);
    pci_mmio_write(w->pf, &w->c, 2, 0, 16, 1, 3);
    sim_run_until(w->sim, SIM_NEVER);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_uint_eq(w->st.log[i].value, i + 1);
    world_destroy(w);
}
END_TEST

/* ---- refusals ---- */

START_TEST(refusals)
{
    struct world *w = world_up(NULL);
    struct pci_function_stats s;
    uint8_t data[4] = {1, 2, 3, 4};

    pci_dma_read(w->pf, W_MEM, 64, 1);                 /* not mapped: told when the request is at the root */
    sim_run_until(w->sim, SIM_NEVER);
    ck_assert_uint_eq(world_last(w)->status, PCI_IOMMU_FAULT);
    ck_assert_uint_eq(world_last(w)->at, 220 * SIM_NS + 6962);
    ck_assert_uint_eq(pci_config_read(w->pf, PCI_STATUS, 2) & PCI_STATUS_REC_MASTER_ABORT, PCI_STATUS_REC_MASTER_ABORT);
    pci_config_write(w->pf, PCI_STATUS, 2, PCI_STATUS_REC_MASTER_ABORT);
    ck_assert_uint_eq(pci_config_read(w->pf, PCI_STATUS, 2), 0x10);
    pci_dma_read(w->pf, W_MEM - 2, 4, 2);              /* half of it */
    pci_dma_write(w->pf, W_MEM - 2, data, 4, 3);       /* nothing of it lands */
    pci_dma_read(w->pf, UINT64_MAX - 1, 4, 4);         /* wraps */
    sim_run_until(w->sim, SIM_NEVER);
    ck_assert_uint_eq(world_last(w)->status, PCI_IOMMU_FAULT);
    ck_assert_uint_eq(w->ram[W_MEM - 2], 0);
    ck_assert_uint_eq(iommu_fault_count(w->domain), 3); /* the wrapped one never asked the IOMMU */
    pci_config_write(w->pf, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    pci_dma_write(w->pf, 0, data, 4, 5);
    sim_run_until(w->sim, SIM_NEVER);
    ck_assert_uint_eq(world_last(w)->status, PCI_NO_BUS_MASTER);
    pci_dma_read(w->vf[1], 0, 4, 6);                   /* a VF that does not exist */
    sim_run_until(w->sim, SIM_NEVER);
    ck_assert_uint_eq(world_last(w)->status, PCI_GONE);
    pci_config_write(w->pf, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    pci_function_set_domain(w->pf, NULL);
    pci_dma_write(w->pf, 0, data, 4, 7);
    sim_run_until(w->sim, SIM_NEVER);
    ck_assert_uint_eq(world_last(w)->status, PCI_IOMMU_FAULT);
    pci_function_get_stats(w->pf, &s);
    ck_assert_uint_eq(s.dma_refused, 6);
    ck_assert(pci_function_is_idle(w->pf));
    world_destroy(w);
}
END_TEST

/* ---- frames ---- */

static void check_books(struct world *w)
{
    struct books_report b;
    books_get_report(w->sim, &b);
    ck_assert(b.balanced);
    ck_assert_uint_eq(b.in_flight, 0);
}

static frame_ref make_frame(struct world *w, uint32_t len)
{
    frame_ref ref = frame_birth(&w->c, 0, len);
    for (uint32_t i = 0; i < len; i++)
        frame_data(frame_get(w->sim, ref))[i] = (uint8_t)(i * 7);
    return ref;
}

/* Two I/O pages that are the wrong way round in memory: two runs, two tags, one frame; and reads through the bounce buffer. */
START_TEST(frame_across_pages)
{
    struct world *w = world_create(NULL);
    pci_config_write(w->pf, PCI_COMMAND, 2, PCI_COMMAND_MASTER);
    iommu_map(w->domain, 0x10000, &w->mem, 0x5000, 0x1000, IOMMU_READ | IOMMU_WRITE);
    iommu_map(w->domain, 0x11000, &w->mem, 0x4000, 0x1000, IOMMU_READ | IOMMU_WRITE);
    frame_ref ref = make_frame(w, 1500);
    iommu_track(w->domain, true);

    pci_dma_write_frame(w->pf, 0x11000 - 500, ref, 0, 1500, true, 9);
    sim_run_until(w->sim, SIM_NEVER);
    ck_assert_uint_eq(world_last(w)->status, PCI_OK);
    ck_assert_uint_eq(iommu_next_dirty(w->domain, 0), 0x10000); /* both pages of I/O addresses, and no other */
    ck_assert_uint_eq(iommu_next_dirty(w->domain, 0x11000), 0x11000);
    ck_assert_uint_eq(iommu_next_dirty(w->domain, 0x12000), UINT64_MAX);
    ck_assert_uint_eq(w->ram[0x6000 - 500], 0);
    ck_assert_uint_eq(w->ram[0x6000 - 499], 7);
    ck_assert_uint_eq(w->ram[0x4000], (uint8_t)(500 * 7));
    pci_dma_read(w->pf, 0x11000 - 500, 1500, 10);
    sim_run_until(w->sim, SIM_NEVER);
    ck_assert_uint_eq(world_last(w)->crc, 0x150e0700);
    ck_assert_uint_eq(world_last(w)->value, (uint8_t)(1499 * 7));
    struct mem_fragment frags[] = {{0x6000 - 500, 500}, {0x4000, 1000}};
    ck_assert_uint_eq(mem_tag_hand_over(&w->mem, frags, 2), ref);
    frame_end(&w->c, ref, FATE_delivered_app);
    check_books(w);
    world_destroy(w);
}
END_TEST

START_TEST(frame_faults_and_stays_the_devices)
{
    struct world *w = world_up(NULL);
    frame_ref ref = make_frame(w, 100);
    iommu_track(w->domain, true);

    pci_dma_write_frame(w->pf, W_MEM - 50, ref, 0, 100, true, 1);
    sim_run_until(w->sim, SIM_NEVER);
    ck_assert_uint_eq(world_last(w)->status, PCI_IOMMU_FAULT);
    ck_assert_uint_eq(iommu_next_dirty(w->domain, 0), UINT64_MAX); /* what was refused wrote nothing */
    ck_assert_uint_eq(w->ram[W_MEM - 50 + 1], 0);
    frame_end(&w->c, ref, FATE_iommu_fault);
    check_books(w);
    world_destroy(w);
}
END_TEST

START_TEST(frame_made_in_memory)
{
    struct world *w = world_up(NULL);
    frame_ref ref = make_frame(w, 60);

    mem_tag_made(&w->mem, 0x2000, 60, ref);
    ck_assert_uint_eq(pci_frame_made_at(w->pf, 0x3000), 0);
    ck_assert_uint_eq(pci_frame_made_at(w->pf, UINT64_MAX), 0);
    ck_assert_uint_eq(iommu_fault_count(w->domain), 0);
    ck_assert_uint_eq(pci_frame_made_at(w->pf, 0x2000), ref);
    frame_end(&w->c, ref, FATE_delivered_peer);
    check_books(w);
    world_destroy(w);
}
END_TEST

/* ---- resets with DMA under way ---- */

START_TEST(reset_drops_dma)
{
    struct world *w = world_up(NULL);
    uint8_t data[4] = {1, 2, 3, 4};
    struct pci_function_stats s;
    frame_ref whole = make_frame(w, 200), parts = make_frame(w, 3000), landed = make_frame(w, 3000), own = make_frame(w, 64);

    pci_dma_write_frame(w->pf, 0x4000, landed, 0, 2048, true, 1);
    sim_run_until(w->sim, SIM_US);
    pci_dma_write_frame(w->pf, 0x5000, landed, 2048, 952, true, 2); /* its first fragment is the memory's already */
    pci_dma_read(w->pf, 0, 64, 3);
    pci_dma_write(w->pf, 0, data, 4, 4);
    pci_dma_write_frame(w->pf, 0x1000, whole, 0, 200, true, 5);
    pci_dma_write_frame(w->pf, 0x2000, parts, 0, 2048, true, 6);
    pci_dma_write_frame(w->pf, 0x3000, parts, 2048, 952, true, 7);
    pci_dma_write_frame(w->pf, 0x6000, own, 0, 64, false, 8);
    ck_assert(!pci_function_is_idle(w->pf));
    ck_assert_uint_eq(pci_config_read(w->pf, w_reg(w->pf, PCI_CAP_ID_EXP, PCI_EXP_DEVSTA), 2), PCI_EXP_DEVSTA_TRPND);
    w->st.n = 0;
    pci_config_write(w->pf, w_reg(w->pf, PCI_CAP_ID_EXP, PCI_EXP_DEVCTL), 2, PCI_EXP_DEVCTL_BCR_FLR);
    ck_assert(pci_function_is_idle(w->pf));
    sim_run_until(w->sim, SIM_MS);
    ck_assert_uint_eq(w->st.n, 1); /* the reset, and nothing of the seven */
    ck_assert_uint_eq(w->ram[0], 0);
    ck_assert_uint_eq(w->ram[0x1001], 0);
    ck_assert_uint_eq(books_fate_count(w->sim, FATE_function_reset), 2);
    pci_function_get_stats(w->pf, &s);
    ck_assert_uint_eq(s.dma_dropped, 7);
    frame_end(&w->c, own, FATE_function_reset); /* untagged: the device's */
    ck_assert_uint_eq(mem_tag_clear(&w->mem, 0, W_MEM, FATE_reclaimed_rx), 1);
    check_books(w);
    pci_dma_read(w->pf, 0, 64, 9);
    sim_run_until(w->sim, 2 * SIM_MS);
    ck_assert_uint_eq(world_last(w)->status, PCI_GONE);
    world_destroy(w);
}
END_TEST

/* The guest gave one buffer twice, or took the first back: the second fragment finds its frame ended. */
START_TEST(fragment_of_an_ended_frame)
{
    struct world *w = world_up(NULL);
    frame_ref ref = make_frame(w, 3000);

    pci_dma_write_frame(w->pf, 0x4000, ref, 0, 2048, true, 1);
    pci_dma_write_frame(w->pf, 0x5000, ref, 2048, 952, true, 2);
    while (w->st.n == 0)
        sim_step(w->sim);
    mem_tag_clear(&w->mem, 0x4000, 4096, FATE_overwritten);
    sim_run_until(w->sim, SIM_NEVER);
    ck_assert_uint_eq(world_last(w)->tag, 2);
    ck_assert_uint_eq(world_last(w)->status, PCI_OK);
    check_books(w);
    world_destroy(w);
}
END_TEST

/* ---- save and restore with everything under way ---- */

static void fill_with_work(struct world *w)
{
    uint8_t data[16] = {9, 8, 7};

    w_enable_vfs(w, 2);
    pci_msix_program(w->pf, 1, 0xfee00000, 33, false);
    pci_msix_program(w->pf, 2, 0xfee00000, 34, true);
    pci_msix_enable(w->pf, true);
    for (unsigned i = 0; i < 20; i++) {
        pci_dma_read(w->pf, i * 100, 700, i);
        pci_dma_write(w->pf, i * 64, data, 16, 100 + i);
        if (i % 5 == 0)
            pci_dma_write_frame(w->pf, 0x4000 + i * 2048, make_frame(w, 900), 0, 900, true, 200 + i);
        pci_mmio_write(w->pf, &w->c, sim_now(w->sim) + i * SIM_NS, 0, 8 * i, 8, i);
        pci_mmio_read(w->pf, &w->c, sim_now(w->sim) + i * SIM_NS, 0, 8 * i, 8, EV_CPU, 1, i);
        pci_msix_raise(w->pf, 1 + i % 2);
    }
    pci_dma_read(w->pf, W_MEM, 8, 99); /* a fault for the log */
}

static void save_world(struct world *w, struct save *s)
{
    save_init_writer(s);
    sim_save(w->sim, s);
    ck_assert_msg(s->err == 0, "%s", s->why);
}

START_TEST(save_in_flight)
{
    struct world *a = world_up(NULL);
    struct save s, r, end_a, end_b;

    fill_with_work(a);
    sim_run_until(a->sim, 700 * SIM_NS);
    ck_assert(!pci_function_is_idle(a->pf));
    ck_assert_uint_gt(a->st.n, 10);
    save_world(a, &s);
    struct world *b = world_create(NULL);
    save_init_reader(&r, s.buf, s.len);
    sim_save(b->sim, &r);
    ck_assert_msg(r.err == 0, "%s", r.why);
    ck_assert_uint_eq(r.pos, s.len);
    for (struct world *w = a; w; w = w == a ? b : NULL) {
        sim_run_until(w->sim, 150 * SIM_MS);
        pci_msix_program(w->pf, 2, 0xfee00000, 34, false); /* what was pending comes now */
        pci_config_write(w->pf, w_sriov(w, PCI_SRIOV_NUM_VF), 2, 1); /* still locked */
        sim_run_until(w->sim, 151 * SIM_MS);
    }
    save_world(a, &end_a);
    save_world(b, &end_b);
    ck_assert_uint_eq(world_last(b)->what, 'M');
    ck_assert(pci_function_is_present(b->vf[2]));
    ck_assert_uint_eq(end_a.len, end_b.len);
    ck_assert_int_eq(memcmp(end_a.buf, end_b.buf, end_a.len), 0);
    save_fini(&s);
    save_fini(&r);
    save_fini(&end_a);
    save_fini(&end_b);
    world_destroy(a);
    world_destroy(b);
}
END_TEST

START_TEST(parameters)
{
    struct pci_link_params p = gen3();
    struct sim *sim = sim_create(1, NULL);

    p.mps = 100;
    ck_assert_ptr_null(pci_link_create(sim, "x", &p));
    p.mps = 8192;
    ck_assert_ptr_null(pci_link_create(sim, "x", &p));
    p.mps = 128;
    p.lanes = 3;
    ck_assert_ptr_null(pci_link_create(sim, "x", &p));
    p.lanes = 8;
    p.gen = 6;
    ck_assert_ptr_null(pci_link_create(sim, "x", &p));
    sim_destroy(sim);
}
END_TEST

/* A write to a page that is still to come waits for it, and so does the one behind it, whose page is there: a completion must not
 * be seen before its data. A read waits, too. */
static void never_comes(struct mem_pager *self, uint64_t page)
{
    ck_assert_uint_eq(page, 3);
    self->owed_ps++;
}

START_TEST(waits_for_its_pages)
{
    struct world *w = world_up(NULL);
    uint8_t missing[W_MEM / 4096] = {[3] = 1}, data[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct mem_pager pager = {.missing = missing, .left = 1, .want = never_comes};

    w->mem.pager = &pager;
    pci_dma_write(w->pf, 3 * 4096 + 8, data, 8, 1);
    pci_dma_write(w->pf, 5 * 4096, data, 8, 2);
    pci_dma_read(w->pf, 3 * 4096 - 4, 8, 3);
    sim_run_until(w->sim, 50 * SIM_US);
    ck_assert_uint_eq(w->st.n, 0);
    ck_assert_uint_ge(pager.owed_ps, 3);
    ck_assert_uint_eq(w->pf->st.op_waiting, 3);
    ck_assert_uint_eq(w->ram[5 * 4096], 0);
    missing[3] = 0;
    w->mem.pager = NULL;
    sim_run_until(w->sim, SIM_NEVER);
    ck_assert_uint_eq(w->st.n, 3);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_uint_eq(w->st.log[i].tag, i + 1);
    ck_assert_mem_eq(w->ram + 3 * 4096 + 8, data, 8);
    ck_assert(pci_function_is_idle(w->pf));
    ck_assert_uint_eq(w->pf->st.op_waiting, 0);
    missing[3] = 1;
    w->mem.pager = &pager;
    pci_dma_write(w->pf, 3 * 4096, data, 8, 4);
    sim_run_until(w->sim, sim_now(w->sim) + 10 * SIM_US);
    ck_assert_uint_eq(w->pf->st.op_waiting, 1);
    pci_function_drop_dma(w->pf); /* a reset ends its wait */
    ck_assert_uint_eq(w->pf->st.op_waiting, 0);
    w->mem.pager = NULL;
    world_destroy(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pcie_dma");
    TCase *tc = tcase_create("dma");

    tcase_add_test(tc, waits_for_its_pages);
    tcase_add_test(tc, bandwidth_gen2);
    tcase_add_test(tc, bandwidth_gen3);
    tcase_add_test(tc, tlp_bandwidth);
    tcase_add_test(tc, wire_bytes);
    tcase_add_test(tc, latency_of_a_read);
    tcase_add_test(tc, posted_mmio_does_not_wait_for_the_future);
    tcase_add_test(tc, posted_mmio_takes_its_bandwidth);
    tcase_add_test(tc, emulated_link);
    tcase_add_test(tc, order_of_a_wire);
    tcase_add_test(tc, order_without_time);
    tcase_add_test(tc, posted_writes_of_a_driver_stay_in_order);
    tcase_add_test(tc, refusals);
    tcase_add_test(tc, frame_across_pages);
    tcase_add_test(tc, frame_faults_and_stays_the_devices);
    tcase_add_test(tc, frame_made_in_memory);
    tcase_add_test(tc, reset_drops_dma);
    tcase_add_test(tc, fragment_of_an_ended_frame);
    tcase_add_test(tc, save_in_flight);
    tcase_add_test(tc, parameters);
    suite_add_tcase(suite, tc);
    return world_main(suite);
}
