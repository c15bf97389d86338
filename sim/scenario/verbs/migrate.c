/* SPDX-License-Identifier: GPL-2.0-or-later */
/* migrate V to H by npa|emulated …: a VM moves while it runs [docs/migration.md]. */
#include <inttypes.h>
#include <string.h>

#include "scenario/verbs/verbs__.h"

/* what a line says; its params' names are filled in when it begins */
struct migrate {
    struct scn_word vm, to, nic, plugin;
    unsigned to_index;
    struct migrate_params params;
};

static const struct verb verb_migrate;

/* ---- options ---- */

static void option_hold(struct scn_cursor *c, void *into)
{
    static const char *const words[] = {"none", "forward", NULL};
    struct migrate_params *params = &((struct migrate *)into)->params;
    uint64_t n;
    if (scn_choice(c, "hold", words) != 1)
        return;
    params->forward = true;
    if (scn_size(c, "the forwarding queue", 64, 1 << 30, &n))
        params->hold_bytes = (uint32_t)n;
}

static void option_downtime(struct scn_cursor *c, void *into)
{
    scn_time(c, "a downtime", &((struct migrate *)into)->params.downtime_ps);
}

static void option_rounds(struct scn_cursor *c, void *into)
{
    uint64_t n;
    if (scn_number(c, "a number of rounds", 1, MIGRATE_ROUNDS_MAX, &n))
        ((struct migrate *)into)->params.rounds = (uint32_t)n;
}

static void option_rate(struct scn_cursor *c, void *into) { scn_rate(c, "a rate", &((struct migrate *)into)->params.rate_bps); }

static void option_over(struct scn_cursor *c, void *into)
{
    static const char *const words[] = {"link", "uplink", NULL};
    ((struct migrate *)into)->params.over_uplink = scn_choice(c, "way for a migration's data", words) == 1;
}

static void option_post_copy(struct scn_cursor *c, void *into)
{
    struct migrate_params *params = &((struct migrate *)into)->params;
    uint64_t n;
    params->post_copy = true;
    if (!scn_accept(c, "after") || !scn_number(c, "a number of rounds", 0, MIGRATE_ROUNDS_MAX, &n))
        return;
    params->post_copy_after = (uint32_t)n;
    scn_need(c, n == 1 ? "round" : "rounds");
}

static void option_latency(struct scn_cursor *c, void *into)
{
    scn_time(c, "a latency", &((struct migrate *)into)->params.latency_ps);
}

static void option_via(struct scn_cursor *c, void *into) { ((struct migrate *)into)->nic = scn_take_word(c, "a NIC"); }

static void option_plugin(struct scn_cursor *c, void *into)
{
    ((struct migrate *)into)->plugin = scn_take_word(c, "a plugin's name");
}

static void option_fail(struct scn_cursor *c, void *into)
{
    const char *words[MIGRATE_STEP_COUNT + 1];
    struct migrate_params *params = &((struct migrate *)into)->params;
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
    case MIGRATE_EMULATED:
    case MIGRATE_BOND:
    case MIGRATE_METHOD_COUNT:
        scn_fail(c, c->words[c->next - 1].at, "a migration by %s makes no mode switch that could fail",
                 migrate_method_name(method));
        return STEP_NONE;
    }
    char what[80];
    snprintf(what, sizeof(what), "step of a switch %s a migration by %s", in ? "into passthrough in" : "out of passthrough in",
             migrate_method_name(method));
    return verb__switch_step(c, use, SWITCH_SAFE, what);
}

static void option_fail_out(struct scn_cursor *c, void *into)
{
    struct migrate_params *params = &((struct migrate *)into)->params;
    params->fail_out = take_switch_step(c, params->method, false);
}

static void option_fail_in(struct scn_cursor *c, void *into)
{
    struct migrate_params *params = &((struct migrate *)into)->params;
    params->fail_in = take_switch_step(c, params->method, true);
}

static void option_wait(struct scn_cursor *c, void *into)
{
    scn_time(c, "how long the guest is waited for", &((struct migrate *)into)->params.guest_timeout_ps);
}

static void option_force(struct scn_cursor *c, void *into) { ((struct migrate *)into)->params.force = true; }

static void option_mac_first(struct scn_cursor *c, void *into) { ((struct migrate *)into)->params.mac_first = true; }

static const struct scn_option options[] = {
    {"hold", option_hold, "none|forward SIZE"},
    {"downtime", option_downtime, "T"},
    {"rounds", option_rounds, "N"},
    {"rate", option_rate, "R"},
    {"latency", option_latency, "T"},
    {"via", option_via, "NIC"},
    {"plugin", option_plugin, "NAME"},
    {"fail", option_fail, "STEP"},
    {"fail-out", option_fail_out, "STEP"},
    {"fail-in", option_fail_in, "STEP"},
    {"over", option_over, "link|uplink"},
    {"timeout", option_wait, "T"},
    {"force", option_force, ""},
    {"mac-first", option_mac_first, ""},
    {"post-copy", option_post_copy, "[after N rounds]"},
};

/* ---- the line ---- */

static void parse_migrate(struct scn_cursor *c, struct scn_item *item)
{
    const char *ways[MIGRATE_METHOD_COUNT + 1];
    struct migrate *said = item->said = scn_alloc(c->file, sizeof(*said));
    *said = (struct migrate){
        .vm = scn_take_word(c, "a VM"),
        .params = {.fail = MIGRATE_STEP_NONE, .fail_out = STEP_NONE, .fail_in = STEP_NONE},
    };
    if (!said->vm.text || !scn_need(c, "to"))
        return;
    said->to = scn_take_word(c, "a host");
    if (!said->to.text || !scn_need(c, "by"))
        return;
    migrate_method_words(ways);
    int way = scn_choice(c, "way to migrate", ways);
    if (way < 0)
        return;
    said->params.method = migrate_method_of_word((unsigned)way);
    scn_options(c, "option of a migration", options, sizeof(options) / sizeof(options[0]), said);
    if (said->params.post_copy && said->params.over_uplink)
        scn_fail(c, said->vm.at, "post-copy goes over a link of its own: not 'over uplink'");
    else if (said->params.fail == MIGRATE_STEP_PAGES && !said->params.post_copy)
        scn_fail(c, said->vm.at, "pages follow in post-copy only: 'fail pages' needs 'post-copy'");
}

/* Names, and "vmnic0" of the destination made whole. */
static void check_migrate(struct scenario *sc, struct scn_item *item)
{
    struct migrate *migrate = item->said;
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

static void name_flow(const struct migrate *migrate, char name[64]) { snprintf(name, 64, "%.47s/migration", migrate->vm.text); }

static bool makes_flow(const struct scn_item *item, const char *flow)
{
    const struct migrate *migrate = item->said;
    char name[64];
    if (!migrate->vm.text || !migrate->params.over_uplink)
        return false;
    name_flow(migrate, name);
    return !strcmp(name, flow);
}

/* ---- building: a place on every host that a line of the timeline names as its destination ---- */

static bool has_place(const struct world *w, unsigned vm, unsigned host, unsigned before)
{
    const struct scenario *sc = w->sc;
    if (sc->vms[vm].host_index == host)
        return true;
    for (unsigned i = 0; i < before; i++) {
        const struct migrate *other = sc->items[i].verb == &verb_migrate ? sc->items[i].said : NULL;
        if (other && other->to_index == host && world__vm_index(w, other->vm.text) == vm)
            return true;
    }
    return false;
}

static void prepare(struct world *w, unsigned index)
{
    struct scenario *sc = w->sc;
    const struct migrate *migrate = sc->items[index].said;
    unsigned vm = world__vm_index(w, migrate->vm.text);
    char err[512], flow[64];
    if (!w->migrator) {
        w->migrator = migrator_create(w->sim, migrate_methods);
        for (unsigned h = 0; w->migrator && h < sc->host_count; h++)
            migrator_add_host(w->migrator, w->hosts[h]);
    }
    struct host_vm_params params;
    verb__vm_params(w, vm, &params);
    params.uplink = NULL;
    params.pin = (struct cpu_set){{0}}; /* cores of another host */
    name_flow(migrate, flow);
    if (migrate->params.over_uplink && !flow_find(w->sim, flow) && flow_add(w->sim, flow, FLOW_NONE) < 0)
        scn_error(&sc->file, migrate->vm.at, "more than %d flows", FLOW_MAX);
    if (!has_place(w, vm, migrate->to_index, index) &&
        host_add_place(w->hosts[migrate->to_index], w->vms[vm], &params, err, sizeof(err)))
        scn_error(&sc->file, migrate->to.at, "%s", err);
}

/* ---- acting ---- */

static void begin(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct migrate *migrate = item->said;
    struct migrate_params params = migrate->params;
    char flow[64];
    params.nic = migrate->nic.text;
    params.plugin = migrate->plugin.text;
    name_flow(migrate, flow);
    params.flow = flow;
    world__recorded(w, item, 0, migrator_count(w->migrator));
    migrator_begin(w->migrator, w->vms[world__vm_index(w, migrate->vm.text)], w->hosts[migrate->to_index], &params);
}

static bool is_under_way(const struct world *w)
{
    for (unsigned i = w->migrator ? migrator_count(w->migrator) : 0; i-- > 0;)
        if (migrator_get(w->migrator, i)->result == MIGRATE_UNDER_WAY)
            return true;
    return false;
}

/* ---- what came of it ---- */

static enum scn_ending migration_ending(enum migrate_result result)
{
    switch (result) {
    case MIGRATE_UNDER_WAY:
        return SCN_ENDING_UNFINISHED;
    case MIGRATE_DONE:
        return SCN_ENDING_DONE;
    case MIGRATE_UNDONE:
        return SCN_ENDING_UNDONE;
    case MIGRATE_REFUSED:
        return SCN_ENDING_REFUSED;
    case MIGRATE_LOST:
        return SCN_ENDING_LOST;
    }
    return SCN_ENDING_FAILED;
}

/* In a switch of this VM, that way, while it migrated. */
static bool met_in_switch(const struct world *w, const struct migration_record *m, enum switch_step fault)
{
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_switch_count(w->hosts[h]); i++) {
            const struct switch_record *record = host_switch_get(w->hosts[h], i);
            if (!strcmp(record->vm, m->vm) && record->fault == fault && record->fault_met && record->start >= m->start &&
                record->start <= m->end)
                return true;
        }
    return false;
}

static void add_missed(struct world_ending *out, const char *what, const char *step, uint32_t round)
{
    size_t len = strlen(out->missed);
    char number[16] = "";
    if (round)
        snprintf(number, sizeof(number), " %" PRIu32, round);
    snprintf(out->missed + len, sizeof(out->missed) - len, "%s%s %s%s", len ? ", " : "", what, step, number);
}

static void end_of_migration(const struct world *w, unsigned item, struct world_ending *out)
{
    const struct world_act *act = &w->acts[item];
    const struct migration_record *m = migrator_get(w->migrator, act->record - 1);
    if (!m)
        return; /* of a saved world that was damaged */
    world__say_ending(out, migration_ending(m->result), "%s", m->reason);
    if (m->result == MIGRATE_REFUSED && !m->fault_met)
        return;
    if (m->fault != MIGRATE_STEP_NONE && !m->fault_met)
        add_missed(out, "fail", migrate_step_name(m->fault), m->fault_round);
    if (m->fault_out != STEP_NONE && !met_in_switch(w, m, m->fault_out))
        add_missed(out, "fail-out", switch_step_name(m->fault_out), 0);
    if (m->fault_in != STEP_NONE && !met_in_switch(w, m, m->fault_in))
        add_missed(out, "fail-in", switch_step_name(m->fault_in), 0);
}

static unsigned number_of(const struct world *w, unsigned index)
{
    unsigned nth = 0;
    for (unsigned i = 0; i <= index; i++)
        nth += !strcmp(migrator_get(w->migrator, i)->vm, migrator_get(w->migrator, index)->vm);
    return nth;
}

static bool is_named(const struct world *w, unsigned item)
{
    const struct world_act *act = &w->acts[item];
    return act->record && migrator_get(w->migrator, act->record - 1) &&
           world__is_named(w, &verb_expect_migration, migrator_get(w->migrator, act->record - 1)->vm,
                           number_of(w, act->record - 1));
}

static const char *vm_of(const struct scn_item *item) { return ((const struct migrate *)item->said)->vm.text; }

/* While a migration lasts, and what it took away with it. */
static bool covers(const struct world *w, unsigned item, const char *vm, sim_time at)
{
    const struct migrate *migrate = w->sc->items[item].said;
    if (!w->acts[item].record || strcmp(migrate->vm.text, vm))
        return false;
    const struct migration_record *m = migrator_get(w->migrator, w->acts[item].record - 1);
    return m && at >= m->start && (at <= m->end || m->result == MIGRATE_UNDER_WAY || m->result == MIGRATE_LOST);
}

/* ---- reporting ---- */

static void report_rounds(const struct migration_record *record, struct report *r)
{
    report_list(r, "rounds", NULL, REPORT_TABLE, 0);
    for (unsigned i = 0; i < record->rounds; i++) {
        const struct migrate_round *round = &record->round[i];
        bool last = record->stopped && round->start >= record->stopped;
        report_object(r, NULL, NULL, REPORT_LINE, 0);
        report_number(r, "round", NULL, 0, i + 1);
        report_text(r, "vm", NULL, 0, "%s", last ? "stopped" : "running");
        report_number(r, "pages", NULL, 0, round->pages);
        report_number(r, "zero_pages", "zero pages", 0, round->zero_pages);
        report_number(r, "bytes", NULL, 0, round->bytes);
        report_time(r, "took_ns", "took", 0, round->end > round->start ? round->end - round->start : 0);
        report_end(r);
    }
    report_end(r);
}

static sim_time part(sim_time from, sim_time to) { return from && to > from ? to - from : 0; }

/* The interruption by its causes; they add up to the downtime. */
static void report_downtime(const struct migration_record *record, struct report *r)
{
    bool arrived = record->result == MIGRATE_DONE || record->drained;
    unsigned known = verb__downtime_of(record) && arrived ? 0 : REPORT_ABSENT;
    report_time(r, "downtime_ns", "downtime", REPORT_SKIP_ZERO, verb__downtime_of(record));
    report_time(r, "quiet_ns", "(stopping", known, part(record->stopped, record->quiet));
    report_time(r, "last_pages_ns", "last pages", known, part(record->quiet, record->pages_sent));
    report_time(r, "state_ns", "state", known, part(record->pages_sent, record->state_sent));
    report_time(r, "resume_ns", "resuming)", known, part(record->state_sent, record->resumed));
    report_time(r, "by_source_ns", "frames by way of the source for", known | REPORT_SKIP_ZERO,
                record->forward ? part(record->resumed, record->drained) : 0);
}

static void report_post_copy(const struct migration_record *record, struct report *r)
{
    unsigned any = record->to_follow ? 0 : REPORT_ABSENT;
    unsigned all = record->to_follow && record->pulled ? 0 : REPORT_ABSENT;
    report_number(r, "pages_followed", "pages that followed", any, record->to_follow);
    report_number(r, "pages_with_data", "with data", any, record->pulled_data);
    report_number(r, "pages_pushed", "pushed", any, record->pushed);
    report_number(r, "pages_demanded", "on demand", any, record->demanded);
    report_number(r, "pages_taken", "taken at once", any | REPORT_SKIP_ZERO, record->taken);
    report_time(r, "pages_took_ns", "all there after", all, part(record->resumed, record->pulled));
    report_number(r, "page_waits", "waits of the vCPU", all, record->page_waits);
    report_time(r, "page_wait_ns", "waited for pages", all, record->page_wait_ps);
}

static void report_migration(const struct migration_record *record, struct report *r)
{
    report_object(r, NULL, NULL, REPORT_BLOCKS, 0);
    report_text(r, NULL, NULL, REPORT_TEXT_ONLY | REPORT_BARE, "%s from %s to %s by %s, hold %s:", record->vm, record->from,
                record->to, migrate_method_name(record->method), record->forward ? "forward" : "none");
    report_text(r, "vm", NULL, REPORT_JSON_ONLY, "%s", record->vm);
    report_text(r, "from", NULL, REPORT_JSON_ONLY, "%s", record->from);
    report_text(r, "to", NULL, REPORT_JSON_ONLY, "%s", record->to);
    report_text(r, "by", NULL, REPORT_JSON_ONLY, "%s", migrate_method_name(record->method));
    report_text(r, "hold", NULL, REPORT_JSON_ONLY, "%s", record->forward ? "forward" : "none");
    report_text(r, "result", NULL, REPORT_BARE, "%s", world__migrate_result_text(record->result));
    report_text(r, "reason", NULL, REPORT_BARE | REPORT_SKIP_ZERO, "%s", record->reason);
    report_text(r, "path_before", "before", 0, "%s", record->was_passthrough ? "passthrough" : "emulated");
    report_text(r, "path_after", "after", 0, "%s", record->is_passthrough ? "passthrough" : "emulated");
    report_time(r, "start_ns", "start", 0, record->start);
    report_time(r, "took_ns", "took", 0, record->end > record->start ? record->end - record->start : 0);
    report_downtime(record, r);
    report_number(r, "bytes", "bytes moved", REPORT_SKIP_ZERO, record->bytes);
    report_number(r, "state_bytes", "of them state", REPORT_SKIP_ZERO, record->state_bytes);
    report_post_copy(record, r);
    report_number(r, "segments", "in segments over the uplinks", record->frames ? 0 : REPORT_ABSENT, record->frames);
    report_number(r, "retransmitted", "sent again", record->frames ? 0 : REPORT_ABSENT, record->retransmitted);
    report_number(r, "forwarded", "frames forwarded", REPORT_SKIP_ZERO, record->forwarded);
    report_number(r, "direct_held", "direct ones held", REPORT_SKIP_ZERO, record->direct_held);
    report_number(r, "lost_stopped", "lost while stopped", REPORT_SKIP_ZERO, record->lost_stopped);
    report_number(r, "lost_left", "lost at the source", REPORT_SKIP_ZERO, record->lost_left);
    report_number(r, "overflowed", "overflowed", REPORT_SKIP_ZERO, record->overflowed);
    report_time(r, "guest_let_go_ns", "guest let go of its VF in", REPORT_SKIP_ZERO, record->guest_let_go_ps);
    report_time(r, "guest_took_up_ns", "took up the next in", REPORT_SKIP_ZERO, record->guest_took_up_ps);
    report_rounds(record, r);
    report_end(r);
}

static void report_migrations(const struct world *w, struct report *r)
{
    report_list(r, "migrations", NULL, REPORT_BLOCKS, REPORT_SKIP_EMPTY);
    for (unsigned i = 0; w->migrator && i < migrator_count(w->migrator); i++)
        report_migration(migrator_get(w->migrator, i), r);
    report_end(r);
}

static const struct verb_form forms[] = {
    {"migrate VM to HOST by emulated|npa|upt|vfio|bond [OPTION …]", NULL, VERB_OPTIONS(options)},
    {NULL},
};

static const struct verb verb_migrate = {
    .kind = VERB_ACTS,
    .word = "migrate",
    .place = 100,
    .sentence = "move a VM to another host while it runs",
    .forms = forms,
    .example = "50ms migrate web to h1 by npa hold forward 4M",
    .endings = "refused undone lost unfinished missed",
    .parse = parse_migrate,
    .check = check_migrate,
    .makes_flow = makes_flow,
    .phase = BUILD_PLACES,
    .may_be_late = true,
    .prepare = prepare,
    .act = begin,
    .is_under_way = is_under_way,
    .ending = end_of_migration,
    .is_named = is_named,
    .vm_of = vm_of,
    .npa_kernel = true,
    .covers = covers,
    .report = report_migrations,
    .report_place = REPORT_MIGRATIONS,
};
VERB(verb_migrate);
