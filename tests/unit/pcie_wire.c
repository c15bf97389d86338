/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What bounds and cuts requests: 4 KB, RCB, headers, DLLPs, tags, posted credits. */
#include "pcie_world.h"

static struct pci_link_params params(void)
{
    struct pci_link_params p;
    pci_link_params_default(&p);
    p.iommu.iotlb = 0;
    return p;
}

static struct pci_link_stats wire(const struct pci_link_params *p, bool read, uint64_t addr, uint32_t len)
{
    struct world *w = world_up(p);
    struct pci_link_stats s;
    frame_ref ref = frame_birth(&w->c, 0, 9000);

    if (read)
        pci_dma_read(w->pf, addr, len, 1);
    else
        pci_dma_write_frame(w->pf, addr, ref, 0, len, false, 1);
    sim_run_until(w->sim, SIM_NEVER);
    ck_assert_uint_eq(world_last(w)->status, PCI_OK);
    pci_link_get_stats(w->link, &s);
    frame_end(&w->c, ref, FATE_delivered_app);
    world_destroy(w);
    return s;
}

START_TEST(nothing_crosses_4k)
{
    struct pci_link_params p = params();

    ck_assert_uint_eq(wire(&p, false, 4096 - 100, 100).bytes_up, 100 + 24);
    ck_assert_uint_eq(wire(&p, false, 4096 - 100, 101).bytes_up, 101 + 2 * 24);
    ck_assert_uint_eq(wire(&p, false, 4096 - 100, 128 + 100).bytes_up, 228 + 2 * 24);
    ck_assert_uint_eq(wire(&p, false, 4096 - 1, 1 + 4096 + 1).bytes_up, 4098 + 34 * 24);
    ck_assert_uint_eq(wire(&p, true, 4096 - 256, 512).bytes_up, 2 * 24);
    ck_assert_uint_eq(wire(&p, true, 4096 - 512, 512).bytes_up, 24);
    ck_assert_uint_eq(wire(&p, true, 4096 - 1, 1026).bytes_up, 4 * 24); /* 1, 512, 512, 1 */
}
END_TEST

START_TEST(completions_end_on_the_rcb)
{
    struct pci_link_params p = params();

    ck_assert_uint_eq(wire(&p, true, 64, 256).bytes_down, 256 + 2 * 20);  /* 128, 128: 64 is on it */
    ck_assert_uint_eq(wire(&p, true, 4, 256).bytes_down, 256 + 3 * 20);   /* 124, 128, 4 */
    ck_assert_uint_eq(wire(&p, true, 4, 128).bytes_down, 128 + 20);       /* fits into one */
    p.rcb = 128;
    ck_assert_uint_eq(wire(&p, true, 64, 256).bytes_down, 256 + 3 * 20);  /* 64, 128, 64 */
    p.rcb = 64;
    p.rcb_chunks = true;
    ck_assert_uint_eq(wire(&p, true, 0, 256).bytes_down, 256 + 4 * 20);
    ck_assert_uint_eq(wire(&p, true, 60, 8).bytes_down, 8 + 2 * 20);
}
END_TEST

START_TEST(headers)
{
    struct pci_link_params p = params();

    p.header = PCI_HEADER_32;
    ck_assert_uint_eq(wire(&p, false, 0, 16).bytes_up, 16 + 20);
    p.header = PCI_HEADER_BY_ADDRESS; /* the whole memory is below 4 GB */
    ck_assert_uint_eq(wire(&p, true, 0, 16).bytes_up, 20);
    ck_assert_uint_eq(wire(&p, true, 0, 16).bytes_down, 16 + 20);
    p.ecrc = true;
    ck_assert_uint_eq(wire(&p, true, 0, 16).bytes_up, 24);
    ck_assert_uint_eq(wire(&p, true, 0, 16).bytes_down, 16 + 24);
}
END_TEST

/* Time between the first and the last end of `n` reads of `len`, over n - 1. */
static sim_time read_interval(const struct pci_link_params *p, uint32_t len, unsigned n)
{
    struct world *w = world_up(p);
    for (unsigned i = 0; i < n; i++)
        pci_dma_read(w->pf, 0, len, i);
    sim_run_until(w->sim, SIM_NEVER);
    sim_time span = world_last(w)->at - w->st.log[0].at;
    world_destroy(w);
    return span / (n - 1);
}

/* A request each (latency / tags), as Little has it; and as fast as the wire when there are enough. */
START_TEST(tags_bound_reads)
{
    struct pci_link_params p = params();
    sim_time alone = 562329; /* of 64 B: pcie_dma.c */

    p.tags = 1;
    sim_time one = read_interval(&p, 64, 65);
    ck_assert_uint_ge(one, alone - 7000); /* the next request's way up overlaps nothing but its own 24 B */
    ck_assert_uint_le(one, alone);
    p.tags = 8;
    ck_assert_uint_le(read_interval(&p, 64, 801), one / 8 + one / 80);
    ck_assert_uint_ge(read_interval(&p, 64, 801), one / 8 - one / 80);
    p.tags = 256;
    ck_assert_uint_le(read_interval(&p, 64, 801), 24400); /* 84 B at 290.09 ps */
}
END_TEST

/* Software turns Extended Tags off: 32 are left. */
START_TEST(extended_tags)
{
    struct pci_link_params p = params();
    struct pci_link_stats s;
    struct world *w = world_up(&p);
    uint16_t devctl = w_reg(w->pf, PCI_CAP_ID_EXP, PCI_EXP_DEVCTL);

    for (unsigned on = 0; on < 2; on++) {
        pci_config_write(w->pf, devctl, 2, 2 << 12 | (on ? PCI_EXP_DEVCTL_EXT_TAG : 0));
        for (unsigned i = 0; i < 40; i++)
            pci_dma_read(w->pf, 0, 8, i);
        sim_run_until(w->sim, sim_now(w->sim) + SIM_MS);
        pci_link_get_stats(w->link, &s);
        ck_assert_uint_eq(s.tag_waits, 8);
    }
    world_destroy(w);
}
END_TEST

/* A read that waits for a tag holds up no write. */
START_TEST(writes_pass_waiting_reads)
{
    struct pci_link_params p = params();
    p.tags = 1;
    struct world *w = world_up(&p);
    uint8_t byte = 1;

    for (unsigned i = 0; i < 4; i++)
        pci_dma_read(w->pf, 0, 64, i);
    pci_dma_write(w->pf, 0, &byte, 1, 9);
    sim_run_until(w->sim, SIM_NEVER);
    ck_assert_uint_eq(w->st.log[0].what, 'w');
    ck_assert_uint_le(w->st.log[0].at, 220 * SIM_NS + (4 * 24 + 25) * 291);
    world_destroy(w);
}
END_TEST

/* Counted DLLPs: writes alone have the wire for themselves, reads share it with what their requests cause. */
START_TEST(counted_dllps)
{
    struct pci_link_params p = params();
    struct world *w;

    p.dllp = PCI_DLLP_COUNTED;
    ck_assert_uint_eq(read_interval(&p, 128, 1001), (sim_time)(128 + 20 + 8) * 250 * 1538 / 1534);
    w = world_up(&p);
    frame_ref ref = frame_birth(&w->c, 0, 128);
    for (unsigned i = 0; i < 1001; i++)
        pci_dma_write_frame(w->pf, 0, ref, 0, 128, false, i);
    sim_run_until(w->sim, SIM_NEVER);
    ck_assert_uint_eq((world_last(w)->at - w->st.log[0].at) / 1000, (sim_time)152 * 250 * 1538 / 1534);
    frame_end(&w->c, ref, FATE_delivered_app);
    world_destroy(w);
}
END_TEST

/* A root that sends 32 B at a time: 148 B take 160, the rest of a longer read its own units. */
START_TEST(completions_in_units)
{
    struct pci_link_params p = params();

    p.dllp = PCI_DLLP_COUNTED;
    p.completion_unit = 32;
    ck_assert_uint_eq(read_interval(&p, 128, 1001), (sim_time)(160 + 8) * 250 * 1538 / 1534);
    ck_assert_uint_eq(read_interval(&p, 192, 1001), (sim_time)(160 + 96 + 8) * 250 * 1538 / 1534);
    ck_assert_uint_eq(read_interval(&p, 236, 1001), (sim_time)(160 + 128 + 8) * 250 * 1538 / 1534);
    p.completion_unit = 0;
    ck_assert_uint_eq(read_interval(&p, 192, 1001), (sim_time)(192 + 40 + 8) * 250 * 1538 / 1534);
}
END_TEST

START_TEST(bad_parameters)
{
    struct sim *sim = sim_create(1, NULL);
    struct pci_link_params p;

    for (unsigned i = 0; i < 6; i++) {
        p = params();
        *(i == 0   ? &p.rcb
          : i == 1 ? &p.tags
          : i == 2 ? &p.posted
          : i == 3 ? &p.iommu.iotlb
                   : &p.iommu.walkers) = i == 0   ? 32
                                         : i == 4 ? IOMMU_WALKERS_MAX + 1
                                         : i == 5 ? 0
                                                  : 20000;
        p.iommu.iotlb = i == 5 ? 64 : p.iommu.iotlb;
        ck_assert_ptr_null(pci_link_create(sim, "x", &p));
    }
    sim_destroy(sim);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pcie_wire");
    TCase *tc = tcase_create("wire");

    tcase_add_test(tc, nothing_crosses_4k);
    tcase_add_test(tc, completions_end_on_the_rcb);
    tcase_add_test(tc, headers);
    tcase_add_test(tc, tags_bound_reads);
    tcase_add_test(tc, extended_tags);
    tcase_add_test(tc, writes_pass_waiting_reads);
    tcase_add_test(tc, counted_dllps);
    tcase_add_test(tc, completions_in_units);
    tcase_add_test(tc, bad_parameters);
    suite_add_tcase(suite, tc);
    return world_main(suite);
}
