/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tests put a chip with an embedded switch on: memory of the host and of a VF, each behind an IOMMU domain of its own, a wire
 * with a peer, VFs that are there, and VF 0 with all its vectors, whose messages are counted. What is the chip's own a test does.
 */
#ifndef VFSIM_TESTS_NIC_BOARD_H
#define VFSIM_TESTS_NIC_BOARD_H

#include "nic/nic.h"
#include "unit/net_world.h"

enum { BOARD_COMMAND_MEMORY_MASTER = 6, BOARD_COMMAND_MASTER = 4 };

struct nic_board {
    struct sim *sim;
    struct component me;
    struct nic *nic;
    struct box *peer;
    struct sim_mem host_mem, vf_mem;
    struct iommu_domain *host_domain, *vf_domain;
    uint8_t *host, *vf;
    struct msi_sink sink;
    unsigned messages;
};

static void board__on_message(struct msi_sink *sink, struct pci_function *fn, uint64_t address, uint32_t data)
{
    ((struct nic_board *)((char *)sink - offsetof(struct nic_board, sink)))->messages++;
}

static inline void board_run(struct nic_board *b, sim_time span) { sim_run_until(b->sim, sim_now(b->sim) + span); }

static inline void board__memory(struct nic_board *b, size_t host_bytes, size_t vf_bytes)
{
    b->host = calloc(1, host_bytes);
    b->vf = calloc(1, vf_bytes);
    mem_init(&b->host_mem, &b->me, b->host, host_bytes, 64);
    mem_init(&b->vf_mem, &b->me, b->vf, vf_bytes, 4096);
    b->host_domain = iommu_domain_create(&b->me, "host", host_bytes);
    b->vf_domain = iommu_domain_create(&b->me, "vf", vf_bytes);
    ck_assert_int_eq(iommu_map(b->host_domain, 0, &b->host_mem, 0, host_bytes, IOMMU_READ | IOMMU_WRITE), 0);
    ck_assert_int_eq(iommu_map(b->vf_domain, 0, &b->vf_mem, 0, vf_bytes, IOMMU_READ | IOMMU_WRITE), 0);
}

static inline void board__enable_vfs(struct nic_board *b, unsigned vfs)
{
    pci_function_set_domain(b->nic->pf, b->host_domain);
    pci_config_write(b->nic->pf, 4, 2, BOARD_COMMAND_MEMORY_MASTER);
    uint16_t sriov = pci_find_ext_capability(b->nic->pf, 0x10);
    pci_config_write(b->nic->pf, sriov + 0x10, 2, vfs);
    pci_config_write(b->nic->pf, sriov + 8, 2, 0x19); /* ARI, MSE, VF Enable */
    board_run(b, 101 * SIM_MS);
}

static inline void board_setup(struct nic_board *b, const char *model, unsigned vfs, unsigned vectors, size_t host_bytes,
                               size_t vf_bytes)
{
    static const struct component_ops plain = {.kind = "test"};
    struct nic_params params = {.name = "n", .model = model, .vfs = vfs, .mac = {2, 0, 0, 0, 0, 1}};
    char err[160];
    b->sim = sim_create(1, NULL);
    component_init(&b->me, b->sim, &plain, "me");
    board__memory(b, host_bytes, vf_bytes);
    pci_link_params_default(&params.link);
    b->nic = nic_create(b->sim, &params, err, sizeof(err));
    ck_assert_msg(b->nic != NULL, "%s", err);
    b->peer = box_create(b->sim, "peer");
    port_join(&b->nic->uplink, &b->peer->port);
    board__enable_vfs(b, vfs);
    b->sink.message = board__on_message;
    pci_function_set_domain(b->nic->vf[0], b->vf_domain);
    pci_function_set_sink(b->nic->vf[0], &b->sink);
    pci_config_write(b->nic->vf[0], 4, 2, BOARD_COMMAND_MASTER);
    for (unsigned v = 0; v < vectors; v++)
        pci_msix_program(b->nic->vf[0], v, 0xfee00000, v, false);
    pci_msix_enable(b->nic->vf[0], true);
}

static inline void board_teardown(struct nic_board *b)
{
    nic_destroy(b->nic);
    box_destroy(b->peer);
    iommu_domain_destroy(b->vf_domain);
    iommu_domain_destroy(b->host_domain);
    mem_fini(&b->vf_mem);
    mem_fini(&b->host_mem);
    sim_destroy(b->sim);
    free(b->vf);
    free(b->host);
}

#endif
