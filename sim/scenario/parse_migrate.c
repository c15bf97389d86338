/* SPDX-License-Identifier: GPL-2.0-or-later */
/* migrate V to H by npa|emulated …, and what can be expected of it [docs/scenario-language.md]. */
#include <string.h>

#include "scenario/model.h"

static struct scn_word take_word(struct scn_cursor *c, const char *what)
{
    const struct scn_word *word = scn_take(c, what);
    return word ? *word : (struct scn_word){0};
}

/* ---- options ---- */

static void option_hold(struct scn_cursor *c, void *into)
{
    static const char *const words[] = {"none", "forward", NULL};
    struct migrate_params *params = &((struct scn_migrate *)into)->params;
    uint64_t n;
    if (scn_choice(c, "hold", words) != 1)
        return;
    params->forward = true;
    if (scn_size(c, "the forwarding queue", 64, 1 << 30, &n))
        params->hold_bytes = (uint32_t)n;
}

static void option_downtime(struct scn_cursor *c, void *into)
{
    scn_time(c, "a downtime", &((struct scn_migrate *)into)->params.downtime_ps);
}

static void option_rounds(struct scn_cursor *c, void *into)
{
    uint64_t n;
    if (scn_number(c, "a number of rounds", 1, MIGRATE_ROUNDS_MAX, &n))
        ((struct scn_migrate *)into)->params.rounds = (uint32_t)n;
}

static void option_rate(struct scn_cursor *c, void *into)
{
    scn_rate(c, "a rate", &((struct scn_migrate *)into)->params.rate_bps);
}

static void option_over(struct scn_cursor *c, void *into)
{
    static const char *const words[] = {"link", "uplink", NULL};
    ((struct scn_migrate *)into)->params.over_uplink = scn_choice(c, "way for a migration's data", words) == 1;
}

static void option_post_copy(struct scn_cursor *c, void *into)
{
    struct migrate_params *params = &((struct scn_migrate *)into)->params;
    uint64_t n;
    params->post_copy = true;
    if (!scn_accept(c, "after") || !scn_number(c, "a number of rounds", 0, MIGRATE_ROUNDS_MAX, &n))
        return;
    params->post_copy_after = (uint32_t)n;
    scn_need(c, n == 1 ? "round" : "rounds");
}

static void option_latency(struct scn_cursor *c, void *into)
{
    scn_time(c, "a latency", &((struct scn_migrate *)into)->params.latency_ps);
}

static void option_via(struct scn_cursor *c, void *into) { ((struct scn_migrate *)into)->nic = take_word(c, "a NIC"); }

static void option_plugin(struct scn_cursor *c, void *into)
{
    ((struct scn_migrate *)into)->plugin = take_word(c, "a plugin's name");
}

static void option_fail(struct scn_cursor *c, void *into)
{
    const char *words[MIGRATE_STEP_COUNT + 1];
    struct migrate_params *params = &((struct scn_migrate *)into)->params;
    uint64_t n;
    for (int i = 0; i < MIGRATE_STEP_COUNT; i++)
        words[i] = migrate_step_name((enum migrate_step)i);
    words[MIGRATE_STEP_COUNT] = NULL;
    int i = scn_choice(c, "step of a migration", words);
    if (i < 0)
        return;
    params->fail = (enum migrate_step)i;
    if (params->fail == MIGRATE_STEP_ROUND && scn_number(c, "which round", 1, MIGRATE_ROUNDS_MAX, &n))
        params->fail_round = (uint32_t)n;
}

/* A step of the switches that this way of migrating makes; `by` stands before its options. */
static enum switch_step take_switch_step(struct scn_cursor *c, enum migrate_method method, bool in)
{
    unsigned use = 0;
    switch (method) {
    case MIGRATE_NPA:
        use = in ? SWITCH_USE_IN : SWITCH_USE_OUT;
        break;
    case MIGRATE_UPT:
        use = SWITCH_USE_UPT | (in ? SWITCH_USE_IN : SWITCH_USE_OUT);
        break;
    case MIGRATE_VFIO:
        use = in ? SWITCH_USE_VFIO_IN : SWITCH_USE_VFIO_OUT;
        break;
    case MIGRATE_EMULATED: case MIGRATE_BOND: case MIGRATE_METHOD_COUNT:
        scn_fail(c, c->words[c->next - 1].at, "a migration by %s makes no mode switch that could fail",
                 migrate_method_name(method));
        return STEP_NONE;
    }
    char what[80];
    snprintf(what, sizeof(what), "step of a switch %s a migration by %s", in ? "into passthrough in" : "out of passthrough in",
             migrate_method_name(method));
    return scn_switch_step(c, use, SWITCH_SAFE, what);
}

static void option_fail_out(struct scn_cursor *c, void *into)
{
    struct migrate_params *params = &((struct scn_migrate *)into)->params;
    params->fail_out = take_switch_step(c, params->method, false);
}

static void option_fail_in(struct scn_cursor *c, void *into)
{
    struct migrate_params *params = &((struct scn_migrate *)into)->params;
    params->fail_in = take_switch_step(c, params->method, true);
}

static void option_wait(struct scn_cursor *c, void *into)
{
    scn_time(c, "how long the guest is waited for", &((struct scn_migrate *)into)->params.guest_timeout_ps);
}
static void option_force(struct scn_cursor *c, void *into) { ((struct scn_migrate *)into)->params.force = true; }
static void option_mac_first(struct scn_cursor *c, void *into) { ((struct scn_migrate *)into)->params.mac_first = true; }

/* ---- the line ---- */

void scn_parse_migrate(struct scn_cursor *c, struct scn_item *item)
{
    const char *ways[MIGRATE_METHOD_COUNT + 1];
    static const struct scn_option options[] = {
        {"hold", option_hold},       {"downtime", option_downtime}, {"rounds", option_rounds},
        {"rate", option_rate},       {"latency", option_latency},   {"via", option_via},
        {"plugin", option_plugin},   {"fail", option_fail},         {"fail-out", option_fail_out},
        {"fail-in", option_fail_in}, {"over", option_over},         {"timeout", option_wait},
        {"force", option_force},     {"mac-first", option_mac_first},
        {"post-copy", option_post_copy},
    };
    item->verb = SCN_DO_MIGRATE;
    item->migrate = (struct scn_migrate){
        .vm = take_word(c, "a VM"),
        .params = {.fail = MIGRATE_STEP_NONE, .fail_out = STEP_NONE, .fail_in = STEP_NONE},
    };
    if (!item->migrate.vm.text || !scn_need(c, "to"))
        return;
    item->migrate.to = take_word(c, "a host");
    if (!item->migrate.to.text || !scn_need(c, "by"))
        return;
    migrate_method_words(ways);
    int way = scn_choice(c, "way to migrate", ways);
    if (way < 0)
        return;
    item->migrate.params.method = migrate_method_of_word((unsigned)way);
    scn_options(c, "option of a migration", options, sizeof(options) / sizeof(options[0]), &item->migrate);
    if (item->migrate.params.post_copy && item->migrate.params.over_uplink)
        scn_fail(c, item->migrate.vm.at, "post-copy goes over a link of its own: not 'over uplink'");
    else if (item->migrate.params.fail == MIGRATE_STEP_PAGES && !item->migrate.params.post_copy)
        scn_fail(c, item->migrate.vm.at, "pages follow in post-copy only: 'fail pages' needs 'post-copy'");
}

/* Names, and "vmnic0" of the destination made whole. */
void scn_check_migrate(struct scenario *sc, struct scn_migrate *migrate)
{
    const struct scn_name *vm = migrate->vm.text ? scn_resolve(sc, &migrate->vm, SCN_BIT(SCN_VM), "a VM") : NULL;
    const struct scn_name *to = migrate->to.text ? scn_resolve(sc, &migrate->to, SCN_BIT(SCN_HOST), "a host") : NULL;
    if (!vm || !to)
        return;
    migrate->to_index = to->index;
    const char *why = migrate_net_refusal(migrate->params.method, sc->vms[vm->index].net);
    if (why)
        scn_error(&sc->file, migrate->vm.at, "'%s' can't migrate by %s: %s", migrate->vm.text,
                  migrate_method_name(migrate->params.method), why);
    if (!migrate->nic.text)
        return;
    if (!strchr(migrate->nic.text, '.'))
        migrate->nic.text = scn_printf(&sc->file, "%s.%s", migrate->to.text, migrate->nic.text);
    const struct scn_name *nic = scn_resolve(sc, &migrate->nic, SCN_BIT(SCN_NIC), "a NIC");
    if (nic && sc->nics[nic->index].host != to->index)
        scn_error(&sc->file, migrate->nic.at, "the NIC '%s' is not on the host '%s'", migrate->nic.text, migrate->to.text);
}

bool scn_migrates_over_uplink(const struct scenario *sc, const char *vm)
{
    for (unsigned i = 0; i < sc->item_count; i++)
        if (sc->items[i].verb == SCN_DO_MIGRATE && sc->items[i].migrate.params.over_uplink &&
            !strcmp(sc->items[i].migrate.vm.text, vm))
            return true;
    return false;
}

/* ---- expectations ---- */

bool scn_parse_expect_migrate(struct scn_cursor *c, struct scn_expect *e)
{
    static const char *const results[] = {"done", "undone", "refused", "lost", NULL};
    static const enum migrate_result values[] = {MIGRATE_DONE, MIGRATE_UNDONE, MIGRATE_REFUSED, MIGRATE_LOST};
    uint64_t n;
    if (!strcmp(e->name.text, "migration")) {
        e->subject = SCN_EXPECT_MIGRATION;
        e->name = take_word(c, "a VM");
        if (!e->name.text || !scn_number(c, "which migration of the VM", 1, 100000, &n))
            return false;
        e->nth = (unsigned)n;
        int state = scn_choice(c, "result of a migration", results);
        if (state < 0)
            return false;
        e->state = (int)values[state];
        if (scn_accept(c, "reason"))
            e->reason = take_word(c, "part of the reason, in quotes").text;
        scn_finish(c);
        e->text = scn_printf(c->file, "migration %s %u %s%s%s%s", e->name.text, e->nth, results[state],
                             e->reason ? " reason \"" : "", e->reason ? e->reason : "", e->reason ? "\"" : "");
        return !c->failed;
    }
    e->subject = SCN_EXPECT_ON;
    scn_need(c, "on");
    e->place = take_word(c, "a host");
    scn_finish(c);
    e->text = scn_printf(c->file, "%s on %s", e->name.text, e->place.text ? e->place.text : "");
    return !c->failed;
}
