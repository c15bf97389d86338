/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must hold between switches and migrations is told when it does not: each thing is put wrong in turn, in a world of two
 * VMs, of which the first is on a VF, and named by the checks that run beside every scenario. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/attach/attach__.h"
#include "host/migrate/methods/methods.h"
#include "host/migrate/migrate__.h"
#include "host/mode/mode__.h"
#include "host/parts/parts.h"

enum { VMS = 2 };

static const uint8_t macs[VMS][6] = {{2, 0, 0, 0, 0, 0x0a}, {2, 0, 0, 0, 0, 0x0b}};
static const char *const names[VMS] = {"web", "db"};
static struct sim *sim;
static struct nic *nic;
static struct host *host;
static struct migrator *migrator;
static struct host_vm *passed, *emulated;

static void build(void)
{
    struct nic_params nic_params = {.name = "h0.vmnic0", .model = "82599", .vfs = 4, .mac = {2, 0, 0, 0, 1, 0}};
    struct host_params host_params = {.name = "h0", .cores = 2, .plugin_store = VFSIM_PLUGINS, .npa = true, .parts = host_parts};
    struct switch_params in = {.to_passthrough = true, .order = SWITCH_SAFE, .fail = STEP_NONE};
    char err[256] = "";

    sim = sim_create(1, NULL);
    pci_link_params_default(&nic_params.link);
    nic = nic_create(sim, &nic_params, err, sizeof(err));
    ck_assert_msg(nic != NULL, "%s", err);
    host = host_create(sim, &host_params, err, sizeof(err));
    ck_assert_msg(host && host_add_nic(host, nic, NULL, err, sizeof(err)) == 0, "%s", err);
    for (unsigned i = 0; i < VMS; i++) {
        struct host_vm_params params = {.vm = {.name = names[i], .slot = i, .image = VFSIM_GUEST_IMAGE, .npa = true},
                                        .port_vlan = -1,
                                        .allow_passthrough = true};
        memcpy(params.vm.mac, macs[i], 6);
        ck_assert_msg(host_add_vm(host, &params, err, sizeof(err)) != NULL, "%s", err);
    }
    migrator = migrator_create(sim, migrate_methods);
    migrator_add_host(migrator, host);
    passed = host->vm[0];
    emulated = host->vm[1];
    sim_run_until(sim, 5 * SIM_MS);
    ck_assert_int_eq(host_switch(host, passed->vm, &in), 0);
    sim_run_until(sim, 200 * SIM_MS);
    ck_assert(passed->state.passthrough);
}

static void destroy(void)
{
    migrator_destroy(migrator);
    host_destroy(host);
    nic_destroy(nic);
    sim_destroy(sim);
}

/* What is told, and what makes it so. `on` is the state of the first VM, `off` that of the second. */
#define OWN_VF attach__begin(emulated, ATTACH_COMES)
#define HOST_CASES                                                                                               \
    X("web is passed through without all of a VF", on->vf = -1)                                                  \
    X("web is passed through without all of a VF", on->vf_domain = 0)                                            \
    X("web is passed through without all of a VF", on->vf_mapped = 0)                                            \
    X("web is passed through without all of a VF", on->vf_active = 0)                                            \
    X("web is passed through and its address is not at its VF", on->mac_place = MAC_NOWHERE)                     \
    X("db has left and something of a VF is left behind", off->present = 0; off->passthrough = 1)                \
    X("db has left and something of a VF is left behind", off->present = 0; off->vf = 0)                         \
    X("db has left and something of a VF is left behind", off->present = 0; off->vf_domain = 1)                  \
    X("db has left and something of a VF is left behind", off->present = 0; off->vf_mapped = 1)                  \
    X("db has left and something of a VF is left behind", off->present = 0; off->vf_image = 1)                   \
    X("db has left and its address is still in the embedded switch", off->present = 0)                           \
    X("db has left and its device or port is in use", off->present = 0; off->mac_place = MAC_NOWHERE)            \
    X("db has a VF of its own without all of it", OWN_VF; off->vf_domain = 1)                                    \
    X("db has a VF of its own without all of it", OWN_VF; off->vf = 1)                                           \
    X("db has a VF of its own without all of it", OWN_VF; off->vf = 1; off->vf_domain = off->ended = 1)          \
    X("db is emulated and owns VF 0", off->vf = 0)                                                               \
    X("db is emulated and owns VF 3", off->vf = 3)                                                               \
    X("db is emulated and an IOMMU domain of a VF is left", off->vf_domain = 1)                                  \
    X("db is emulated and registers of a VF are mapped", off->vf_mapped = 1)                                     \
    X("db is emulated and a plugin is left in it", off->vf_image = 1)                                            \
    X("db is emulated and a VF is enabled for it", off->vf_enabled = 1)                                          \
    X("db is emulated and a VF is enabled for it", off->vf_active = 1)                                           \
    X("db has ended and its address is still in the embedded switch", off->ended = 1)                            \
    X("db is emulated and its address is at a VF", off->mac_place = MAC_ON_VF)                                   \
    X("db waits for the outcome of a command that nobody carries out", mode_of(emulated)->state.pending_cmd = 1) \
    X("h0.vmnic0 VF 0 is owned and no VM is on it", on->nic = 1)                                                 \
    X("db is on VF 1 of h0.vmnic0, which is free", OWN_VF; off->vf = 1; off->vf_domain = 1)

#define MIGRATOR_CASES                                                                                                 \
    X("db lives on 0 hosts", off->present = 0)                                                                         \
    X("db is stopped or held for a migration that has ended", host__claim(emulated, CLAIM_MIGRATION, CLAIM_MIGRATION)) \
    X("memory or state of a migration that has ended is left", migrator->slot[0].ram = (void *)host)                   \
    X("memory or state of a migration that has ended is left", migrator->slot[0].stream = (void *)host)                \
    X("memory or state of a migration that has ended is left", migrator->slot[1].arrived = (void *)host)               \
    X("memory or state of a migration that has ended is left", migrator->slot[1].due = (void *)host)                   \
    X("memory or state of a migration that has ended is left", migrator->slot[1].wire = (void *)host)                  \
    X("memory or state of a migration that has ended is left", migrator->slot[1].pager = (void *)host)                 \
    X("memory or state of a migration that has ended is left", migrator->slot[MIGRATE_SLOTS_MAX - 1].rest = (void *)host)

#define X(text, change) text,
static const char *const host_texts[] = {HOST_CASES}, *const migrator_texts[] = {MIGRATOR_CASES};
#undef X
enum {
    HOST_COUNT = sizeof(host_texts) / sizeof(host_texts[0]),
    MIGRATOR_COUNT = sizeof(migrator_texts) / sizeof(migrator_texts[0])
};

static void put_wrong(bool of_host, int which)
{
    struct host_vm_state *on = &passed->state, *off = &emulated->state;
    int i = 0;

#define X(text, change) \
    if (which == i++) { \
        change;         \
    }
    if (of_host) {
        HOST_CASES
    } else {
        MIGRATOR_CASES
    }
#undef X
    (void)on;
}

START_TEST(what_is_wrong_is_named)
{
    bool of_host = _i < HOST_COUNT;
    int which = of_host ? _i : _i - HOST_COUNT;
    char why[200] = "";
    build();
    struct host_vm_state before[VMS] = {passed->state, emulated->state};
    struct migration slots[MIGRATE_SLOTS_MAX];

    memcpy(slots, migrator->slot, sizeof(slots));
    ck_assert_msg(!host_check_invariants(host, why, sizeof(why)), "%s", why);
    ck_assert_msg(!migrator_check_invariants(migrator, why, sizeof(why)), "%s", why);
    put_wrong(of_host, which);
    int status = of_host ? host_check_invariants(host, why, sizeof(why)) : migrator_check_invariants(migrator, why, sizeof(why));
    ck_assert_int_eq(status, -EINVAL);
    ck_assert_str_eq(why, of_host ? host_texts[which] : migrator_texts[which]);
    passed->state = before[0];
    emulated->state = before[1];
    procedure_drop(attach_procedure(emulated));
    mode_of(emulated)->state.pending_cmd = 0;
    memcpy(migrator->slot, slots, sizeof(slots));
    destroy();
}
END_TEST

/* Frames held for a migration go back in order, and the queue is then one that a saved world may have: nothing in it, no ends. */
START_TEST(an_empty_queue_has_no_ends)
{
    build();
    struct migration *g = &migrator->slot[0];
    g->state.from_place = 1;
    g->state.forward = 1;
    g->state.hold_bytes = 4096;
    for (unsigned frames = 1; frames < 4; frames++) {
        for (unsigned i = 0; i < frames; i++)
            migrate__hold(migrator, g, frame_birth(&host->c, 0, 64), i % 2);
        ck_assert_uint_eq(g->state.tunnel.count, frames);
        ck_assert(migrate__fifo_is_sound(&g->state.tunnel));
        migrate__tunnel_give_back(migrator, g);
        ck_assert_uint_eq(g->state.tunnel.count, 0);
        ck_assert(migrate__fifo_is_sound(&g->state.tunnel));
    }
    destroy();
}
END_TEST

int main(void)
{
    Suite *s = suite_create("host_invariants");
    TCase *t = tcase_create("wrong");
    SRunner *sr = srunner_create(s);

    tcase_add_loop_test(t, what_is_wrong_is_named, 0, HOST_COUNT + MIGRATOR_COUNT);
    tcase_add_test(t, an_empty_queue_has_no_ends);
    suite_add_tcase(s, t);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
