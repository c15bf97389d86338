/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VMs of a world that are made to stand still and to go on, judged and reported. */
#include <inttypes.h>
#include <string.h>

#include "scenario/world__.h"

/* ---- acting ---- */

void world__stand_still(struct world *w, const struct scn_item *item)
{
    unsigned vm = world__vm_index(w, item->act.name.text);
    struct host *host = world__host_of(w, vm);
    if (item->verb == SCN_DO_SUSPEND)
        host_suspend(host, w->vms[vm]); /* refused ones are recorded */
    else if (host_resume(host, w->vms[vm]))
        world__note(w, WORLD_NOTE, item->at.line, "%s: it is not suspended", item->text);
}

bool world__standstill_is_under_way(const struct world *w)
{
    for (unsigned h = 0; h < w->sc->host_count; h++)
        if (host_standstill_is_under_way(w->hosts[h]))
            return true;
    return false;
}

/* ---- judging ---- */

static const char *result_text(enum standstill_result result)
{
    switch (result) {
    case STANDSTILL_UNDER_WAY:
        return "under way";
    case STANDSTILL_STANDING:
        return "standing";
    case STANDSTILL_DONE:
        return "done";
    case STANDSTILL_FAILED:
        return "failed";
    case STANDSTILL_REFUSED:
        return "refused";
    }
    return "";
}

/* Which of two records of two hosts (or of one, by number) began first. */
static bool is_before(const struct standstill_record *a, const struct standstill_record *b)
{
    return a->start < b->start; /* a VM lives on one host at a time; of one host the earlier number comes first */
}

/* Of all hosts, in order of start: a VM that moves has some on each. */
static const struct standstill_record *nth(const struct world *w, const struct scn_expect *e, unsigned *count)
{
    unsigned next[SCN_HOSTS_MAX] = {0};
    for (*count = 0;; ++*count) {
        const struct standstill_record *first = NULL;
        unsigned of = 0;
        for (unsigned h = 0; h < w->sc->host_count; h++) {
            const struct standstill_record *record = NULL;
            while ((record = host_standstill_get(w->hosts[h], next[h])) &&
                   ((int)record->kind != e->kind || strcmp(record->vm, e->name.text)))
                next[h]++;
            if (record && (!first || is_before(record, first))) {
                first = record;
                of = h;
            }
        }
        if (!first || *count + 1 == e->nth)
            return first;
        next[of]++;
    }
}

bool world__judge_standstill(const struct world *w, const struct scn_expect *e, char *seen)
{
    unsigned count;
    const struct standstill_record *record = nth(w, e, &count);
    if (!record) {
        snprintf(seen, WORLD_SEEN_LEN, "there were %u of it", count);
        return false;
    }
    snprintf(seen, WORLD_SEEN_LEN, "was %s%s%.160s", result_text(record->result), *record->reason ? ": " : "",
             record->reason);
    return (int)record->result == e->state && (!e->reason || world__watch_contains(record->reason, e->reason));
}

/* ---- reporting ---- */

static sim_time part(sim_time from, sim_time to) { return from && to > from ? to - from : 0; }

static void report_one(const struct standstill_record *record, struct report *r)
{
    report_object(r, NULL, NULL, REPORT_BLOCKS, 0);
    report_text(r, NULL, NULL, REPORT_TEXT_ONLY | REPORT_BARE, "%s %s on %s:", standstill_kind_name(record->kind),
                record->vm, record->host);
    report_text(r, "kind", NULL, REPORT_JSON_ONLY, "%s", standstill_kind_name(record->kind));
    report_text(r, "vm", NULL, REPORT_JSON_ONLY, "%s", record->vm);
    report_text(r, "host", NULL, REPORT_JSON_ONLY, "%s", record->host);
    report_text(r, "result", NULL, REPORT_BARE, "%s", result_text(record->result));
    report_text(r, "reason", NULL, REPORT_BARE | REPORT_SKIP_ZERO, "%s", record->reason);
    report_text(r, "path_before", "before", 0, "%s", record->was_passthrough ? "passthrough" : "emulated");
    report_text(r, "path_after", "after", 0, "%s", record->is_passthrough ? "passthrough" : "emulated");
    report_time(r, "start_ns", "start", 0, record->start);
    report_time(r, "stopping_ns", "until it stood", REPORT_SKIP_ZERO, part(record->start, record->still));
    report_time(r, "stood_ns", "stood for", REPORT_SKIP_ZERO, part(record->still, record->resumed));
    report_time(r, "back_ns", "back in passthrough after", REPORT_SKIP_ZERO,
                record->is_passthrough ? part(record->resumed, record->end) : 0);
    report_number(r, "lost", "frames lost meanwhile", REPORT_SKIP_ZERO, record->lost);
    report_end(r);
}

void world__report_standstills(const struct world *w, struct report *r)
{
    report_list(r, "standstills", NULL, REPORT_BLOCKS, REPORT_SKIP_EMPTY);
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_standstill_count(w->hosts[h]); i++)
            report_one(host_standstill_get(w->hosts[h], i), r);
    report_end(r);
}
