/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a scenario inside this program: what the flows are doing every 100 ms, each frame that is lost, a register, the verdict. */
#include <inttypes.h>
#include <stdio.h>

#include <vfsim/vfsim.h>

static void print_loss(void *user, const struct vfsim_fate *fate)
{
    unsigned *left = user;
    if (fate->flow && !fate->is_delivery && *left && (*left)--)
        printf("  frame %" PRIu64 " of %s ended at %s: %s\n", fate->number, fate->flow, fate->place, fate->reason);
}

static void print_flows(const struct vfsim_world *world)
{
    struct vfsim_flow flow;
    printf("%" PRIu64 " ms\n", vfsim_world_now(world) / VFSIM_MS);
    for (unsigned i = 0; vfsim_flow_at(world, i, &flow); i++)
        if (!flow.parent)
            printf("  %s: %" PRIu64 " sent, %" PRIu64 " delivered, %" PRIu64 " of them by a VF, %" PRIu64 " lost\n", flow.name,
                   flow.sent, flow.delivered, flow.delivered_by[VFSIM_PATH_VF], flow.lost);
}

static int complain(struct vfsim_error *errors)
{
    for (const struct vfsim_error *e = errors; e; e = e->next)
        fprintf(stderr, "%s\n%s", e->text, e->excerpt);
    vfsim_error_free(errors);
    return 2;
}

int main(int argc, char **argv)
{
    unsigned losses = 3;
    uint64_t status;
    struct vfsim_error *error = NULL;
    struct vfsim_scenario *scenario = vfsim_scenario_read(argc > 1 ? argv[1] : "-", NULL);
    struct vfsim_world *world = vfsim_world_new(scenario, &error);
    vfsim_scenario_free(scenario); /* the world keeps what it needs */
    if (!world)
        return complain(error);
    vfsim_on_fate(world, print_loss, &losses);
    for (vfsim_time until = 100 * VFSIM_MS; vfsim_world_run_until(world, until, &error) == 0; until += 100 * VFSIM_MS)
        print_flows(world);
    print_flows(world);
    if (!error && !vfsim_register_read(world, "h0.vmnic0", VFSIM_PF, 0, 0x8, 4, &status, &error))
        printf("STATUS of h0.vmnic0 is 0x%" PRIx64 "\n", status);
    bool passed = !error && vfsim_world_verdict(world) == VFSIM_PASS;
    vfsim_world_free(world);
    puts(passed ? "as expected" : "not as expected");
    return error ? complain(error) : !passed;
}
