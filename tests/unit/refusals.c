/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NICs, PF drivers and VMs that cannot be are refused in words, and the last that can be are made: what callers other than the
 * scenario language, which refuses most of it first, rely upon. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "nic/nic.h"
#include "pf/netdev.h"
#include "pf/pf.h"
#include "vm/vm.h"

static struct sim *sim;
static char err[256];

static struct nic_params slot_of(const char *model, unsigned vfs)
{
    struct nic_params p = {.name = "n", .model = model, .vfs = vfs, .mac = {2, 0, 0, 0, 1, 0}};

    pci_link_params_default(&p.link);
    return p;
}

/* Words, or NULL for a NIC that is made. */
static void try_nic(const struct nic_params *p, const char *words)
{
    err[0] = 0;
    struct nic *nic = nic_create(sim, p, err, sizeof(err));

    ck_assert_msg(!nic == !!words, "%s with %u VFs: %s", p->model, p->vfs, nic ? "made" : err);
    if (words)
        ck_assert_str_eq(err, words);
    nic_destroy(nic);
}

START_TEST(numbers_of_vfs)
{
    static const struct {
        const char *model;
        unsigned vfs;
        const char *words;
    } cases[] = {
        {"82599", 1, NULL},
        {"82599", 63, NULL},
        {"82599", 64, "NIC 'n': a NIC of model 82599 has 1 to 63 VFs, not 64"},
        {"82599", 0, "NIC 'n': a NIC of model 82599 has 1 to 63 VFs, not 0"},
        {"82576", 1, NULL},
        {"82576", 7, NULL},
        {"82576", 8, "NIC 'n': a NIC of model 82576 has 1 to 7 VFs, not 8"},
        {"82576", 0, "NIC 'n': a NIC of model 82576 has 1 to 7 VFs, not 0"},
        {"upt", 1, NULL},
        {"upt", 63, NULL},
        {"upt", 64, "NIC 'n': a NIC of model upt has 1 to 63 VFs, not 64"},
        {"upt", 0, "NIC 'n': a NIC of model upt has 1 to 63 VFs, not 0"},
        {"regular", 0, NULL},
        {"regular", 1, "NIC 'n': a NIC of model regular has 0 VFs, not 1"},
        {"x540", 63, NULL},
        {"x540", 64, "NIC 'n': a NIC of model x540 has 1 to 63 VFs, not 64"},
    };

    sim = sim_create(1, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct nic_params p = slot_of(cases[i].model, cases[i].vfs);
        try_nic(&p, cases[i].words);
    }
    sim_destroy(sim);
}
END_TEST

START_TEST(a_model_that_nobody_declared)
{
    struct nic_params p = slot_of("x710", 1);
    char all[200], words[256];

    sim = sim_create(1, NULL);
    snprintf(words, sizeof(words), "unknown NIC model 'x710'; there are %s", nic_model_names(all, sizeof(all)));
    try_nic(&p, words);
    sim_destroy(sim);
}
END_TEST

START_TEST(rates_links_and_views)
{
    static const char *const models[] = {"82599", "82576", "upt"};
    static const char *const rates[] = {"NIC model '82599' runs at 10 Gb/s only", "NIC model '82576' runs at 1 Gb/s only",
                                        "NIC model 'upt' runs at 10, 25, 40, 50 or 100 Gb/s"};

    sim = sim_create(1, NULL);
    for (unsigned i = 0; i < 3; i++) {
        const char *no_link = i == 2 ? "NIC 'n': no such PCIe link (generation 1-5, lanes 1-16)"
                                     : "NIC 'n': no such PCIe link (generation 1-5, lanes 1-16, sizes 128-4096)";
        struct nic_params p = slot_of(models[i], 2);
        p.rate_bps = nic_model_find(models[i])->rate_bps;
        try_nic(&p, NULL);
        p.rate_bps++;
        try_nic(&p, rates[i]);
        p.rate_bps = UINT64_C(25000000000);
        try_nic(&p, i == 2 ? NULL : rates[i]);
        p = slot_of(models[i], 2);
        p.link.gen = 6;
        try_nic(&p, no_link);
        p.link.gen = 5;
        try_nic(&p, NULL);
        p.link.lanes = 17;
        try_nic(&p, no_link);
        p = slot_of(models[i], 2);
        p.symmetric = true;
        const char *no_model = "NIC 'n': a symmetric view needs a model that has it, and 2 VFs: one is the hypervisor's own";
        try_nic(&p, i ? no_model : NULL);
        p.vfs = 1;
        try_nic(&p, i ? no_model : "NIC 'n': a symmetric view needs 2 VFs: one is the hypervisor's own");
    }
    sim_destroy(sim);
}
END_TEST

START_TEST(names_and_functions_of_a_device)
{
    sim = sim_create(1, NULL);
    struct nic_params first = slot_of("82599", 2), second = slot_of("82599", 2);
    struct nic *nic = nic_create(sim, &first, err, sizeof(err));
    ck_assert_msg(nic != NULL, "%s", err);
    try_nic(&second, "port 'n': File exists");
    struct nic_params upt = slot_of("upt", 2);
    try_nic(&upt, "port 'n' is taken");
    second.name = "m";
    second.device = nic;
    struct nic *other = nic_create(sim, &second, err, sizeof(err));
    ck_assert_msg(other != NULL, "%s", err);
    second.name = "o";
    try_nic(&second, "NIC 'o': a device of this model has 2 functions at most");
    nic_destroy(other);
    nic_destroy(nic);
    upt.name = "u";
    nic = nic_create(sim, &upt, err, sizeof(err));
    ck_assert_msg(nic != NULL, "%s", err);
    second.device = nic;
    try_nic(&second, "NIC model 'upt' has one function a device");
    nic_destroy(nic);
    sim_destroy(sim);
}
END_TEST

static uint8_t bytes[32 << 20] __attribute__((aligned(4096)));

static void try_pf(const struct pf_params *p, const char *words)
{
    err[0] = 0;
    struct pf *pf = pf_create(sim, "n.pf", p, err, sizeof(err));

    ck_assert_msg(!pf == !!words, "%s", pf ? words : err);
    if (words)
        ck_assert_str_eq(err, words);
    pf_destroy(pf);
}

START_TEST(drivers_of_a_pf)
{
    sim = sim_create(1, NULL);
    struct nic_params nic_params[2] = {slot_of("82599", 31), slot_of("82576", 7)};
    struct component owner;
    static const struct component_ops ops = {.kind = "memory"};
    struct sim_mem mem;
    char words[256];
    component_init(&owner, sim, &ops, "memory");
    ck_assert_int_eq(mem_init(&mem, &owner, bytes, sizeof(bytes), 64), 0);
    for (unsigned i = 0; i < 2; i++) {
        struct nic *nic = nic_create(sim, &nic_params[i], err, sizeof(err));
        struct pf_params p = {.nic = nic, .mem = &mem, .mem_len = sizeof(bytes)}, wrong;
        ck_assert_msg(nic != NULL, "%s", err);
        try_pf(&p, NULL);
        for (unsigned k = 0; k < 4; k++) {
            static const uint32_t rings[] = {56, 4104, 68, 516};
            wrong = p;
            wrong.ring_len_desc = rings[k];
            snprintf(words, sizeof(words), "a ring has 64 to 4096 descriptors, a multiple of 8, not %u", rings[k]);
            try_pf(&wrong, words);
        }
        wrong = p;
        wrong.ring_len_desc = 64;
        try_pf(&wrong, NULL);
        wrong.channels_max = PF_CHANNELS_MAX;
        try_pf(&wrong, NULL);
        wrong.channels_max = PF_CHANNELS_MAX + 1;
        snprintf(words, sizeof(words), "a PF driver has 1 to %d channels, not %d", PF_CHANNELS_MAX, PF_CHANNELS_MAX + 1);
        try_pf(&wrong, words);
        for (unsigned queues = 1; queues <= 5; queues++) {
            wrong = p;
            wrong.vf_queues = queues;
            snprintf(words, sizeof(words), "a VF of model '%s' has 2 queues%s, not %u with %u VFs", nic_params[i].model,
                     i ? "" : ", or 4 with up to 31 VFs", queues, nic_params[i].vfs);
            try_pf(&wrong, queues == 2 || (queues == 4 && !i) ? NULL : words);
        }
        uint64_t needed = pf_memory_needed(&p);
        snprintf(words, sizeof(words), "PF driver 'n.pf' needs %llu bytes of host memory at a page's start",
                 (unsigned long long)needed);
        wrong = p;
        wrong.mem_len = needed;
        try_pf(&wrong, NULL);
        wrong.mem_len = needed - 1;
        try_pf(&wrong, words);
        wrong.mem_len = needed;
        wrong.mem_base = 8;
        try_pf(&wrong, words);
        wrong.mem_base = sizeof(bytes);
        try_pf(&wrong, words);
        nic_destroy(nic);
    }
    mem_fini(&mem);
    sim_destroy(sim);
}
END_TEST

START_TEST(vms)
{
    char long_name[64], words[128];
    static const struct {
        const char *name;
        uint32_t slot;
        uint64_t ram;
        const char *words;
    } cases[] = {
        {"", 0, 0, "vm \"\": a name has 1 to 46 bytes"},
        {"v", VM_SLOTS_MAX, 0, "vm v: slot 1024, but a world has at most 1024 VMs"},
        {"v", 0, VM_RAM_MIN - 1, "vm v: RAM must be a multiple of 2 MiB from 4 MiB to 1 GiB"},
        {"v", 0, 2 << 20, "vm v: RAM must be a multiple of 2 MiB from 4 MiB to 1 GiB"},
        {"v", 0, 5 << 20, "vm v: RAM must be a multiple of 2 MiB from 4 MiB to 1 GiB"},
        {"v", 0, VM_RAM_MAX + (2ull << 20), "vm v: RAM must be a multiple of 2 MiB from 4 MiB to 1 GiB"},
        {"v", VM_SLOTS_MAX - 1, VM_RAM_MIN, "vm v: no guest image given"},
        {"v", 0, VM_RAM_MAX, "vm v: no guest image given"},
    };

    sim = sim_create(1, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct vm_params p = {.name = cases[i].name, .slot = cases[i].slot, .ram_bytes = cases[i].ram};
        ck_assert(!vm_create(sim, &p, err, sizeof(err)));
        ck_assert_str_eq(err, cases[i].words);
    }
    memset(long_name, 'v', sizeof(long_name));
    for (unsigned len = 46; len <= 47; len++) {
        long_name[len] = 0;
        struct vm_params p = {.name = long_name};
        ck_assert(!vm_create(sim, &p, err, sizeof(err)));
        snprintf(words, sizeof(words), len == 46 ? "vm %s: no guest image given" : "vm \"%s\": a name has 1 to 46 bytes",
                 long_name);
        ck_assert_str_eq(err, words);
        long_name[len] = 'v';
    }
    sim_destroy(sim);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("refusals");
    TCase *t = tcase_create("what cannot be");
    SRunner *sr = srunner_create(s);

    tcase_add_test(t, numbers_of_vfs);
    tcase_add_test(t, a_model_that_nobody_declared);
    tcase_add_test(t, rates_links_and_views);
    tcase_add_test(t, names_and_functions_of_a_device);
    tcase_add_test(t, drivers_of_a_pf);
    tcase_add_test(t, vms);
    suite_add_tcase(s, t);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
