/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Translation in time: hits, misses, shared walks, walkers, pages of 2 MB, invalidation, credits, order, the rate limit, save. */
#include "pcie_world.h"

enum { PAGE = 4096, WALK_NS = 100 };

static struct pci_link_params params(unsigned iotlb, unsigned walkers)
{
    struct pci_link_params p;
    pci_link_params_default(&p);
    p.iommu = (struct iommu_params){.iotlb = iotlb, .walkers = walkers, .walk_ps = WALK_NS * SIM_NS};
    return p;
}

static sim_time read_takes(struct world *w, uint64_t addr)
{
    sim_time from = sim_now(w->sim) + SIM_US;
    sim_run_until(w->sim, from);
    pci_dma_read(w->pf, addr, 64, 1);
    sim_run_until(w->sim, from + SIM_US);
    ck_assert_uint_eq(world_last(w)->what, 'r');
    ck_assert_uint_eq(world_last(w)->status, PCI_OK);
    return world_last(w)->at - from;
}

static const sim_time hit = 562328, missed = 562328 + WALK_NS * 1000; /* and some picoseconds of carried remainders */

static void near_ps(sim_time got, sim_time want)
{
    ck_assert_msg(got >= want && got <= want + 4, "%lu instead of %lu", (unsigned long)got, (unsigned long)want);
}

START_TEST(least_recently_used_goes)
{
    struct pci_link_params p = params(2, 1);
    struct world *w = world_up(&p);
    struct pci_link_stats s;

    near_ps(read_takes(w, 0), missed);
    near_ps(read_takes(w, 64), hit);
    near_ps(read_takes(w, PAGE), missed);
    near_ps(read_takes(w, 0), hit);
    near_ps(read_takes(w, 2 * PAGE), missed);
    near_ps(read_takes(w, 3 * PAGE), missed); /* page 1 has gone, now 0 */
    near_ps(read_takes(w, 4 * PAGE), missed);
    near_ps(read_takes(w, 3 * PAGE), hit);
    near_ps(read_takes(w, PAGE), missed);
    pci_link_get_stats(w->link, &s);
    ck_assert_uint_eq(s.iotlb_hits, 3);
    ck_assert_uint_eq(s.iotlb_misses, 6);
    world_destroy(w);
}
END_TEST

/* A function that loses its domain loses its pages; another function's stay. */
START_TEST(a_domain_takes_its_pages_along)
{
    struct pci_link_params p = params(8, 1);
    struct world *w = world_up(&p);

    near_ps(read_takes(w, 0), missed);
    near_ps(read_takes(w, 0), hit);
    pci_function_set_domain(w->vf[1], NULL);
    near_ps(read_takes(w, 0), hit);
    pci_function_set_domain(w->pf, NULL);
    pci_function_set_domain(w->pf, w->domain);
    near_ps(read_takes(w, 0), missed);
    world_destroy(w);
}
END_TEST

/* What was there is asked for again and again; it is another page's, or nobody's, as soon as it is not there any more. */
START_TEST(what_was_there_is_looked_at_anew)
{
    const uint8_t bytes[64] = {0};
    struct pci_link_params p = params(2, 1);
    struct world *w = world_up(&p);
    struct pci_link_stats s;

    near_ps(read_takes(w, 0), missed);
    near_ps(read_takes(w, PAGE), missed);
    near_ps(read_takes(w, 0), hit);
    pci_dma_write(w->pf, PAGE - 32, bytes, sizeof(bytes), 2); /* both of them */
    sim_run_until(w->sim, sim_now(w->sim) + SIM_US);
    pci_link_get_stats(w->link, &s);
    ck_assert_uint_eq(s.iotlb_hits, 3);
    ck_assert_int_eq(iommu_unmap(w->domain, PAGE, PAGE), 0);
    ck_assert_int_eq(iommu_map(w->domain, PAGE, &w->mem, PAGE, PAGE, IOMMU_READ), 0);
    near_ps(read_takes(w, PAGE), missed);
    near_ps(read_takes(w, PAGE), hit);
    struct iommu_domain *empty = iommu_domain_create(&w->c, "empty", W_MEM);
    pci_function_set_domain(w->pf, empty);
    pci_dma_read(w->pf, PAGE, 64, 1);
    sim_run_until(w->sim, sim_now(w->sim) + SIM_US);
    ck_assert_uint_eq(world_last(w)->status, PCI_IOMMU_FAULT);
    pci_link_get_stats(w->link, &s);
    ck_assert_uint_eq(s.iotlb_hits, 4);
    ck_assert_uint_eq(s.iotlb_misses, 3);
    pci_function_set_domain(w->pf, w->domain);
    near_ps(read_takes(w, PAGE), hit);
    for (uint64_t far = 4 << 20; far <= 8 << 20; far += 4 << 20) {
        ck_assert_int_eq(iommu_map(w->domain, far, &w->mem, 0, PAGE, IOMMU_READ), 0);
        near_ps(read_takes(w, far), missed);
    }
    near_ps(read_takes(w, PAGE), missed); /* those have taken its place */
    iommu_domain_destroy(empty);
    world_destroy(w);
}
END_TEST

START_TEST(walks_are_shared_and_bounded)
{
    struct pci_link_params p = params(64, 2);
    struct world *w = world_up(&p);

    pci_dma_read(w->pf, 0, 64, 0);
    pci_dma_read(w->pf, 64, 64, 1); /* the same walk */
    pci_dma_read(w->pf, PAGE, 64, 2);
    pci_dma_read(w->pf, 2 * PAGE, 64, 3); /* waits for a walker */
    sim_run_until(w->sim, SIM_NEVER);
    struct pci_link_stats s;
    pci_link_get_stats(w->link, &s);
    ck_assert_uint_eq(s.iotlb_misses, 3);
    near_ps(w->st.log[0].at, missed);
    ck_assert_uint_le(w->st.log[2].at, missed + 60 * SIM_NS);
    ck_assert_uint_ge(w->st.log[3].at, missed + WALK_NS * SIM_NS);
    world_destroy(w);
}
END_TEST

/* A read that misses holds up no read that hits; a write that misses holds up every write and read behind it. */
START_TEST(order)
{
    struct pci_link_params p = params(64, 4);
    struct world *w = world_up(&p);
    uint8_t byte = 7;

    read_takes(w, 0);
    w->st.n = 0;
    pci_dma_read(w->pf, PAGE, 64, 1);
    pci_dma_read(w->pf, 0, 64, 2);
    sim_run_until(w->sim, sim_now(w->sim) + SIM_US);
    ck_assert_uint_eq(w->st.log[0].tag, 2);
    w->st.n = 0;
    sim_time from = sim_now(w->sim);
    pci_msix_program(w->pf, 0, 0xfee00000, 1, false);
    pci_msix_enable(w->pf, true);
    w->st.n = 0;
    pci_dma_write(w->pf, 2 * PAGE, &byte, 1, 3);
    pci_dma_write(w->pf, 0, &byte, 1, 4);
    pci_msix_raise(w->pf, 0);
    pci_dma_read(w->pf, 0, 8, 5); /* would hit */
    sim_run_until(w->sim, from + SIM_US);
    ck_assert_uint_eq(w->st.log[0].tag, 3);
    ck_assert_uint_ge(w->st.log[0].at, from + (220 + WALK_NS) * SIM_NS);
    ck_assert_uint_eq(w->st.log[1].tag, 4);
    ck_assert_uint_eq(w->st.log[2].what, 'M');
    ck_assert_uint_eq(w->st.log[3].tag, 5);
    ck_assert_uint_eq(w->st.log[3].crc, 7);
    ck_assert_uint_ge(w->st.log[3].at, w->st.log[0].at + (220 + 91) * SIM_NS);
    world_destroy(w);
}
END_TEST

/* Every write misses: with one credit each waits for the one before it, however many may walk. */
START_TEST(posted_credits)
{
    sim_time took[2];

    for (unsigned k = 0; k < 2; k++) {
        struct pci_link_params p = params(64, 8);
        p.posted = k ? 8 : 1;
        struct world *w = world_up(&p);
        uint8_t byte = 1;
        for (unsigned i = 0; i < 16; i++)
            pci_dma_write(w->pf, i * PAGE, &byte, 1, i);
        sim_run_until(w->sim, SIM_NEVER);
        took[k] = world_last(w)->at;
        world_destroy(w);
    }
    ck_assert_uint_ge(took[0], 16 * WALK_NS * SIM_NS + 220 * SIM_NS);
    ck_assert_uint_le(took[1], 4 * WALK_NS * SIM_NS + 220 * SIM_NS);
}
END_TEST

/* A mapping of 4 MB is two pages; unmapping 4 KB of one leaves small ones there, and voids what the IOTLB knew. */
START_TEST(large_pages)
{
    enum { MB = 1 << 20 };
    struct pci_link_params p = params(64, 1);
    struct world *w = world_up(&p);
    struct sim_mem mem;
    uint8_t *ram = calloc(1, 4 * MB);
    uint32_t epoch, later;

    mem_init(&mem, &w->c, ram, 4 * MB, 8);
    ck_assert_int_eq(iommu_map(w->domain, 4 * MB, &mem, 0, 4 * MB, IOMMU_READ), 0);
    ck_assert_uint_eq(iommu_page_shift(w->domain, 4 * MB, &epoch), 21);
    ck_assert_uint_eq(iommu_page_shift(w->domain, 0, &epoch), 12);
    ck_assert_uint_eq(iommu_page_shift(w->domain, 64 * MB, &epoch), 0);
    near_ps(read_takes(w, 4 * MB), missed);
    near_ps(read_takes(w, 6 * MB - 64), hit);
    near_ps(read_takes(w, 6 * MB), missed);
    ck_assert_int_eq(iommu_unmap(w->domain, 4 * MB, PAGE), 0);
    ck_assert_uint_eq(iommu_page_shift(w->domain, 5 * MB, &later), 12);
    ck_assert_uint_eq(iommu_page_shift(w->domain, 6 * MB, &later), 21);
    ck_assert_uint_ne(epoch, later);
    near_ps(read_takes(w, 6 * MB), missed);
    near_ps(read_takes(w, 5 * MB), missed);
    near_ps(read_takes(w, 5 * MB + PAGE), missed);
    iommu_unmap(w->domain, 4 * MB, 4 * MB);
    iommu_set_superpages(w->domain, false);
    iommu_map(w->domain, 4 * MB, &mem, 0, 4 * MB, IOMMU_READ);
    ck_assert_uint_eq(iommu_page_shift(w->domain, 4 * MB, &later), 12);
    iommu_unmap(w->domain, 4 * MB, 4 * MB);
    iommu_set_superpages(w->domain, true);
    iommu_map(w->domain, 5 * MB, &mem, 0, 3 * MB, IOMMU_READ); /* lies otherwise in memory: no large page */
    ck_assert_uint_eq(iommu_page_shift(w->domain, 6 * MB, &later), 12);
    mem_fini(&mem);
    world_destroy(w);
    free(ram);
}
END_TEST

/* A page that two mappings make whole is not one page, and stays so over save and load. */
START_TEST(page_sizes_are_saved)
{
    enum { MB = 1 << 20 };
    struct world *w = world_create(NULL);
    struct sim_mem mem;
    uint8_t *ram = calloc(1, 4 * MB);
    struct save s, r;
    uint32_t epoch;

    mem_init(&mem, &w->c, ram, 4 * MB, 8);
    iommu_map(w->domain, 0, &mem, 0, MB, IOMMU_READ);
    iommu_map(w->domain, MB, &mem, MB, MB, IOMMU_READ);
    iommu_map(w->domain, 2 * MB, &mem, 2 * MB, 2 * MB, IOMMU_READ);
    save_init_writer(&s);
    iommu_save(w->domain, &s);
    struct iommu_domain *copy = iommu_domain_create(&w->c, "domain", UINT64_C(1) << 32);
    iommu_add_memory(copy, &w->mem);
    iommu_add_memory(copy, &mem);
    save_init_reader(&r, s.buf, s.len);
    iommu_save(copy, &r);
    ck_assert_msg(r.err == 0, "%s", r.why);
    ck_assert_uint_eq(iommu_page_shift(copy, 0, &epoch), 12);
    ck_assert_uint_eq(iommu_page_shift(copy, 2 * MB, &epoch), 21);
    save_fini(&s);
    save_fini(&r);
    iommu_domain_destroy(copy);
    mem_fini(&mem);
    world_destroy(w);
    free(ram);
}
END_TEST

START_TEST(faults_are_rate_limited)
{
    struct pci_link_params p = params(64, 1);
    struct world *w = world_up(&p);

    for (unsigned i = 0; i < 25; i++)
        pci_dma_read(w->pf, W_MEM + i * PAGE, 8, i);
    sim_run_until(w->sim, SIM_MS);
    ck_assert_uint_eq(iommu_fault_count(w->domain), 25);
    ck_assert_uint_eq(iommu_faults_unreported(w->domain), 25 - IOMMU_REPORT_BURST);
    sim_run_until(w->sim, IOMMU_REPORT_INTERVAL + SIM_MS);
    pci_dma_read(w->pf, W_MEM, 8, 1);
    sim_run_until(w->sim, IOMMU_REPORT_INTERVAL + 2 * SIM_MS);
    ck_assert_uint_eq(iommu_faults_unreported(w->domain), 25 - IOMMU_REPORT_BURST);
    world_destroy(w);
}
END_TEST

/* Walks, tags and credits under way are carried over: both worlds go on alike. */
START_TEST(save_with_walks_under_way)
{
    struct pci_link_params p = params(4, 2);
    struct world *w[2] = {world_up(&p), world_create(&p)};
    struct save s, r, end[2];
    uint8_t byte = 1;

    for (unsigned i = 0; i < 40; i++) {
        pci_dma_read(w[0]->pf, i * 7 % 32 * PAGE, 64, i);
        pci_dma_write(w[0]->pf, i * 5 % 32 * PAGE, &byte, 1, 100 + i);
    }
    sim_run_until(w[0]->sim, 700 * SIM_NS);
    save_init_writer(&s);
    sim_save(w[0]->sim, &s);
    save_init_reader(&r, s.buf, s.len);
    sim_save(w[1]->sim, &r);
    ck_assert_msg(r.err == 0 && r.pos == s.len, "%s", r.why);
    for (unsigned k = 0; k < 2; k++) {
        for (unsigned i = 0; i < 40; i++) {
            pci_dma_write(w[k]->pf, i * 3 % 16 * PAGE, &byte, 1, 200 + i);
            pci_dma_read(w[k]->pf, i * 3 % 16 * PAGE, 64, i);
        }
        sim_run_until(w[k]->sim, SIM_MS);
        save_init_writer(&end[k]);
        sim_save(w[k]->sim, &end[k]);
    }
    ck_assert_uint_eq(end[0].len, end[1].len);
    ck_assert_int_eq(memcmp(end[0].buf, end[1].buf, end[0].len), 0);
    for (unsigned k = 0; k < 2; k++) {
        save_fini(&end[k]);
        world_destroy(w[k]);
    }
    save_fini(&s);
    save_fini(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("iommu_iotlb");
    TCase *tc = tcase_create("iotlb");

    tcase_add_test(tc, least_recently_used_goes);
    tcase_add_test(tc, what_was_there_is_looked_at_anew);
    tcase_add_test(tc, walks_are_shared_and_bounded);
    tcase_add_test(tc, order);
    tcase_add_test(tc, posted_credits);
    tcase_add_test(tc, large_pages);
    tcase_add_test(tc, page_sizes_are_saved);
    tcase_add_test(tc, a_domain_takes_its_pages_along);
    tcase_add_test(tc, faults_are_rate_limited);
    tcase_add_test(tc, save_with_walks_under_way);
    suite_add_tcase(suite, tc);
    return world_main(suite);
}
