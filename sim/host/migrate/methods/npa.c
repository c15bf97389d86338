/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * by npa: the shell leaves its virtual function before the rounds and enters one at the destination, with the plugin
 * which that NIC needs [npa_load.h]. Where there is none, the VM stays emulated.
 */
#include <errno.h>
#include <stdio.h>

#include "host/migrate/methods/methods__.h"

static const char *refuse(const struct migrator *m, const struct host_vm *from, const struct host_vm *to, int nic,
                          const struct migrate_params *params)
{
    (void)m, (void)to, (void)nic, (void)params;
    return migrate_net_refusal(MIGRATE_NPA, vm_get_params(from->vm)->net);
}

/* Where a VM that is to be passed through finds a VF: the first NIC that has some. */
static int choose_nic(const struct host_vm *from, const struct host_vm *to)
{
    (void)from;
    for (unsigned i = 0; i < to->host->nics; i++)
        if (pf_vf_count(to->host->nic[i].pf))
            return (int)i;
    return -1;
}

int migrate__leave_by_switch(struct migrator *m, struct migration *g, char *why, size_t cap)
{
    struct host_vm *from = migrate__from(m, g);
    struct switch_params params = {.fail = (enum switch_step)g->state.fail_out, .by_migration = true};

    if (!from->state.passthrough)
        return MIGRATE_STEP_DONE;
    if (!host_switch(from->host, from->vm, &params))
        return MIGRATE_GOES_ON;
    snprintf(why, cap, "it could not leave its VF");
    return -EPERM;
}

int migrate__enter_by_switch(struct migrator *m, struct migration *g, char *why, size_t cap)
{
    struct host_vm *to = migrate__to(m, g);
    struct switch_params params = {
        .to_passthrough = true,
        .fail = (enum switch_step)g->state.fail_in,
        .by_migration = true,
        .plugin = g->state.plugin[0] ? g->state.plugin : NULL,
    };

    if (!g->state.was_passthrough)
        return MIGRATE_STEP_DONE;
    if (!host_switch(to->host, to->vm, &params))
        return MIGRATE_GOES_ON;
    snprintf(why, cap, "%.120s", host_switch_get(to->host, host_switch_count(to->host) - 1)->reason);
    return -EPERM;
}

int migrate__back_by_switch(struct migrator *m, struct migration *g, char *why, size_t cap)
{
    struct host_vm *from = migrate__from(m, g);
    struct switch_params params = {.to_passthrough = true, .fail = STEP_NONE, .by_migration = true};

    (void)why, (void)cap;
    if (!g->state.was_passthrough || from->state.passthrough || from->state.waits_for_guest ||
        host_switch(from->host, from->vm, &params))
        return MIGRATE_STEP_DONE;
    return MIGRATE_GOES_ON;
}

int migrate__more_by_switch(struct migrator *m, struct migration *g, char *why, size_t cap)
{
    struct host_vm *from = migrate__from(m, g), *to = migrate__to(m, g);
    bool out = migrate__phase(g) == MIGRATE_OUT, in = migrate__phase(g) == MIGRATE_IN;

    if (switch__is_active(in ? to : from))
        return MIGRATE_GOES_ON;
    if (out && (from->state.passthrough || from->state.waits_for_guest)) {
        snprintf(why, cap, "the guest did not leave its VF");
        return -ETIMEDOUT;
    }
    if (in && !to->state.passthrough) {
        snprintf(why, cap, "%.120s", switch__record(to)->reason);
        return -EPERM;
    }
    return MIGRATE_STEP_DONE;
}

const struct migrate_method_ops migrate_method_npa = {
    .name = "npa",
    .method = MIGRATE_NPA,
    .refuse = refuse,
    .choose_nic = choose_nic,
    .leave = migrate__leave_by_switch,
    .enter = migrate__enter_by_switch,
    .back = migrate__back_by_switch,
    .more = migrate__more_by_switch,
};
