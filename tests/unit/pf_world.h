/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A NIC and the driver of its PF, which is up, between a peer and a host; VF 0 reaches `vf_ram` and nothing else. Operations are
 * asked for and waited for.
 */
#ifndef TESTS_PF_WORLD_H
#define TESTS_PF_WORLD_H

#include <check.h>
#include <stdlib.h>

#include "nic/nic.h"
#include "pf/pf.h"
#include "unit/net_world.h"

enum { PF_WORLD_ANSWER = 1, PF_WORLD_UP_MS = 200 };

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

static void pf_world_event(struct component *c, const struct event *ev)
{
    answered = true;
    answer = (int)(int64_t)ev->b;
}

static inline void pf_world_begin(const char *model, unsigned vfs, uint64_t vf_bytes)
{
    static const struct component_ops ops = {.kind = "test", .event = pf_world_event};
    struct nic_params params = {.name = "n", .model = model, .vfs = vfs, .mac = {2, 0, 0, 0, 0, 100}};
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
    vf_ram = calloc(1, vf_bytes);
    ck_assert_int_eq(mem_init(&vf_mem, &me, vf_ram, vf_bytes, 64), 0);
    domain = iommu_domain_create(&me, "vm", vf_bytes);
    ck_assert_int_eq(iommu_map(domain, 0, &vf_mem, 0, vf_bytes, IOMMU_READ | IOMMU_WRITE), 0);
    pci_function_set_domain(nic->vf[0], domain);
    pf_start(pf);
    sim_run_until(sim, PF_WORLD_UP_MS * SIM_MS);
}

static inline void pf_world_end(void)
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

static inline int op(int which, const struct pf_args *args)
{
    answered = false;
    pf_request(pf, (enum vmk_netptop)which, args, &me, PF_WORLD_ANSWER, 1);
    while (!answered)
        ck_assert(sim_step(sim));
    return answer;
}

static inline int vf_op(int which, int vf)
{
    struct pf_args args = {.vf = vf};
    return op(which, &args);
}

#endif
