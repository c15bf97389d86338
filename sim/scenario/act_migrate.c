/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Migrations of a world: places built for them, begun, judged and reported. */
#include <inttypes.h>
#include <string.h>

#include "scenario/world/world__.h"

/* ---- building ---- */

static bool has_place(const struct world *w, unsigned vm, unsigned host, unsigned before)
{
    const struct scenario *sc = w->sc;
    if (sc->vms[vm].host_index == host)
        return true;
    for (unsigned i = 0; i < before; i++)
        if (sc->items[i].verb == SCN_DO_MIGRATE && sc->items[i].migrate.to_index == host &&
            world__vm_index(w, sc->items[i].migrate.vm.text) == vm)
            return true;
    return false;
}

/* A place on every host that a line of the timeline names as its destination. */
void world__build_migrations(struct world *w)
{
    struct scenario *sc = w->sc;
    char err[512];
    for (unsigned i = 0; i < sc->item_count; i++) {
        if (sc->items[i].verb != SCN_DO_MIGRATE)
            continue;
        const struct scn_migrate *migrate = &sc->items[i].migrate;
        unsigned vm = world__vm_index(w, migrate->vm.text);
        if (!w->migrator) {
            w->migrator = migrator_create(w->sim);
            for (unsigned h = 0; w->migrator && h < sc->host_count; h++)
                migrator_add_host(w->migrator, w->hosts[h]);
        }
        struct host_vm_params params;
        world__vm_params(w, vm, &params);
        params.uplink = NULL;
        char flow[64];
        snprintf(flow, sizeof(flow), "%.47s/migration", migrate->vm.text);
        if (migrate->params.over_uplink && !flow_find(w->sim, flow) && flow_add(w->sim, flow, FLOW_NONE) < 0)
            scn_error(&sc->file, migrate->vm.at, "more than %d flows", FLOW_MAX);
        if (!has_place(w, vm, migrate->to_index, i) &&
            host_add_place(w->hosts[migrate->to_index], w->vms[vm], &params, err, sizeof(err)))
            scn_error(&sc->file, migrate->to.at, "%s", err);
    }
}

unsigned world__host_index(const struct world *w, unsigned vm)
{
    for (unsigned h = 0; h < w->sc->host_count; h++)
        if (host_has_vm(w->hosts[h], w->vms[vm]))
            return h;
    return w->sc->vms[vm].host_index;
}

struct host *world__host_of(const struct world *w, unsigned vm) { return w->hosts[world__host_index(w, vm)]; }

/* ---- acting ---- */

void world__migrate(struct world *w, const struct scn_item *item)
{
    const struct scn_migrate *migrate = &item->migrate;
    struct migrate_params params = migrate->params;
    char flow[64];
    params.nic = migrate->nic.text;
    params.plugin = migrate->plugin.text;
    snprintf(flow, sizeof(flow), "%.47s/migration", migrate->vm.text);
    params.flow = flow;
    world__recorded(w, item, 0, migrator_count(w->migrator));
    migrator_begin(w->migrator, w->vms[world__vm_index(w, migrate->vm.text)], w->hosts[migrate->to_index], &params);
}

bool world__migration_is_under_way(const struct world *w)
{
    for (unsigned i = w->migrator ? migrator_count(w->migrator) : 0; i-- > 0;)
        if (migrator_get(w->migrator, i)->result == MIGRATE_UNDER_WAY)
            return true;
    return false;
}

/* ---- judging ---- */

const char *world__migrate_result_text(enum migrate_result result)
{
    switch (result) {
    case MIGRATE_UNDER_WAY:
        return "under way";
    case MIGRATE_DONE:
        return "done";
    case MIGRATE_UNDONE:
        return "undone";
    case MIGRATE_REFUSED:
        return "refused";
    case MIGRATE_LOST:
        return "lost";
    }
    return "";
}

static const struct migration_record *nth_migration(const struct world *w, const char *vm, unsigned nth, unsigned *count)
{
    *count = 0;
    for (unsigned i = 0; w->migrator && i < migrator_count(w->migrator); i++) {
        const struct migration_record *record = migrator_get(w->migrator, i);
        if (!strcmp(record->vm, vm) && ++*count == nth)
            return record;
    }
    return NULL;
}

bool world__judge_on(const struct world *w, const struct scn_expect *e, char *seen)
{
    const char *host = host_name(world__host_of(w, world__vm_index(w, e->name.text)));
    snprintf(seen, WORLD_SEEN_LEN, "was on %s", host);
    return !strcmp(host, e->place.text);
}

bool world__judge_migration(const struct world *w, const struct scn_expect *e, char *seen)
{
    unsigned count;
    const struct migration_record *record = nth_migration(w, e->name.text, e->nth, &count);
    if (!record) {
        snprintf(seen, WORLD_SEEN_LEN, "it migrated %u times", count);
        return false;
    }
    bool reason = *record->reason;
    snprintf(seen, WORLD_SEEN_LEN, "was %s%s%.160s", world__migrate_result_text(record->result), reason ? ": " : "",
             record->reason);
    return (int)record->result == e->state && (!e->reason || scn_contains(record->reason, e->reason));
}

static sim_time downtime_of(const struct migration_record *record)
{
    return record->stopped && record->resumed > record->stopped ? record->resumed - record->stopped : 0;
}

uint64_t world__downtime(const struct world *w, const char *vm)
{
    sim_time longest = 0;
    for (unsigned i = 0; w->migrator && i < migrator_count(w->migrator); i++) {
        const struct migration_record *record = migrator_get(w->migrator, i);
        if (!strcmp(record->vm, vm) && downtime_of(record) > longest)
            longest = downtime_of(record);
    }
    return longest;
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
    unsigned known = downtime_of(record) && arrived ? 0 : REPORT_ABSENT;
    report_time(r, "downtime_ns", "downtime", REPORT_SKIP_ZERO, downtime_of(record));
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
    report_text(r, NULL, NULL, REPORT_TEXT_ONLY | REPORT_BARE, "%s from %s to %s by %s, hold %s:", record->vm,
                record->from, record->to, migrate_method_name(record->method), record->forward ? "forward" : "none");
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

void world__report_migrations(const struct world *w, struct report *r)
{
    report_list(r, "migrations", NULL, REPORT_BLOCKS, REPORT_SKIP_EMPTY);
    for (unsigned i = 0; w->migrator && i < migrator_count(w->migrator); i++)
        report_migration(migrator_get(w->migrator, i), r);
    report_end(r);
}
