/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VMs of a world that are made to stand still and to go on, judged and reported. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/world/world__.h"

/* ---- acting ---- */

static void note(struct world *w, const struct scn_item *item, const char *why)
{
    world__refused(w, item, "%s", why);
}

/* Taken on any host: by the time of the restore it may live on another one. */
static const void *find_taken(const struct world *w, const char *name, size_t *len)
{
    const void *bytes = NULL;
    for (unsigned h = 0; h < w->sc->host_count && !bytes; h++)
        bytes = host_snapshot_bytes(w->hosts[h], name, len);
    return bytes;
}

static void restore(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    const char *name = item->snapshot.file.text;
    unsigned vm = world__vm_index(w, item->snapshot.vm.text);
    struct host *host = world__host_of(w, vm);
    size_t len = w->snapshots[index].len;
    const void *bytes = item->snapshot.path ? w->snapshots[index].bytes : find_taken(w, name, &len);
    char why[200];
    if (!bytes)
        note(w, item, "the snapshot has not been taken");
    else if (host_snapshot_check(host, w->vms[vm], bytes, len, why, sizeof(why)))
        note(w, item, why);
    else if (host_restore(host, w->vms[vm], name, host_snapshot_bytes(host, name, &len) ? NULL : bytes, len) == -ENOSPC)
        note(w, item, "too many snapshots are kept on the host");
}

void world__stand_still(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    bool named = item->verb == SCN_DO_SNAPSHOT || item->verb == SCN_DO_RESTORE;
    unsigned vm = world__vm_index(w, named ? item->snapshot.vm.text : item->act.name.text);
    unsigned of = world__host_index(w, vm);
    struct host *host = w->hosts[of];
    if (item->verb != SCN_DO_RESUME)
        world__recorded(w, item, of, host_standstill_count(host));
    if (item->verb == SCN_DO_SUSPEND) /* refused ones are recorded */
        host_suspend(host, w->vms[vm]);
    else if (item->verb == SCN_DO_SNAPSHOT)
        host_snapshot(host, w->vms[vm], item->snapshot.file.text, item->snapshot.stay);
    else if (item->verb == SCN_DO_RESTORE)
        restore(w, index);
    else if (host_resume(host, w->vms[vm]))
        note(w, item, "it is not suspended");
}

/* ---- files ---- */

void world__build_snapshots(struct world *w)
{
    struct scenario *sc = w->sc;
    char err[512];
    for (unsigned i = 0; i < sc->item_count; i++) {
        const struct scn_item *item = &sc->items[i];
        if (item->verb != SCN_DO_RESTORE || !item->snapshot.path)
            continue;
        unsigned vm = world__vm_index(w, item->snapshot.vm.text);
        if (world__stream_read(STREAM_SNAPSHOT, item->snapshot.path, &w->snapshots[i], err, sizeof(err))) {
            scn_error(&sc->file, item->snapshot.file.at, "%s", err);
            continue;
        }
        char why[200];
        if (host_snapshot_check(w->hosts[sc->vms[vm].host_index], w->vms[vm], w->snapshots[i].bytes, w->snapshots[i].len,
                                why, sizeof(why)))
            scn_error(&sc->file, item->snapshot.file.at, "%s is of another VM than '%s': %s", item->snapshot.file.text,
                      item->snapshot.vm.text, why);
    }
}

void world__free_snapshots(struct world *w)
{
    for (unsigned i = 0; i < w->sc->item_count; i++)
        free(w->snapshots[i].bytes);
    free(w->snapshots);
}

int world_write_snapshots(const struct world *w, char *err, size_t err_cap)
{
    const char *folder = w->sc->snapshots, *name;
    char path[4096];
    int status = 0;
    for (unsigned h = 0; folder && h < w->sc->host_count; h++)
        for (unsigned i = 0; (name = host_snapshot_name(w->hosts[h], i)) && !status; i++) {
            size_t len;
            const void *bytes = host_snapshot_bytes(w->hosts[h], name, &len);
            snprintf(path, sizeof(path), "%s/%s", folder, name);
            if (bytes)
                status = world__stream_write(STREAM_SNAPSHOT, path, bytes, len, err, err_cap);
        }
    return status;
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
static const struct standstill_record *find_nth(const struct world *w, const char *vm, int kind, unsigned nth, unsigned *count)
{
    unsigned next[SCN_HOSTS_MAX] = {0};
    for (*count = 0;; ++*count) {
        const struct standstill_record *first = NULL;
        unsigned of = 0;
        for (unsigned h = 0; h < w->sc->host_count; h++) {
            const struct standstill_record *record = NULL;
            while ((record = host_standstill_get(w->hosts[h], next[h])) &&
                   ((int)record->kind != kind || strcmp(record->vm, vm)))
                next[h]++;
            if (record && (!first || is_before(record, first))) {
                first = record;
                of = h;
            }
        }
        if (!first || *count + 1 == nth)
            return first;
        next[of]++;
    }
}

unsigned world__nth_standstill(const struct world *w, const struct standstill_record *record)
{
    unsigned count;
    for (unsigned nth = 1;; nth++) {
        const struct standstill_record *other = find_nth(w, record->vm, (int)record->kind, nth, &count);
        if (other == record || !other)
            return nth;
    }
}

bool world__judge_standstill(const struct world *w, const struct scn_expect *e, char *seen)
{
    unsigned count;
    const struct standstill_record *record = find_nth(w, e->name.text, e->kind, e->nth, &count);
    if (!record) {
        snprintf(seen, WORLD_SEEN_LEN, "there were %u of it", count);
        return false;
    }
    snprintf(seen, WORLD_SEEN_LEN, "was %s%s%.160s", result_text(record->result), *record->reason ? ": " : "",
             record->reason);
    return (int)record->result == e->state && (!e->reason || scn_contains(record->reason, e->reason));
}

/* ---- reporting ---- */

static sim_time part(sim_time from, sim_time to) { return from && to > from ? to - from : 0; }

static void report_one(const struct standstill_record *record, struct report *r)
{
    char hash[17] = "";

    report_object(r, NULL, NULL, REPORT_BLOCKS, 0);
    report_text(r, NULL, NULL, REPORT_TEXT_ONLY | REPORT_BARE, "%s %s on %s:", standstill_kind_name(record->kind),
                record->vm, record->host);
    report_text(r, "kind", NULL, REPORT_JSON_ONLY, "%s", standstill_kind_name(record->kind));
    report_text(r, "vm", NULL, REPORT_JSON_ONLY, "%s", record->vm);
    report_text(r, "host", NULL, REPORT_JSON_ONLY, "%s", record->host);
    report_text(r, "file", *record->file ? "file" : NULL, REPORT_SKIP_ZERO, "%s", record->file);
    report_text(r, "result", NULL, REPORT_BARE, "%s", result_text(record->result));
    report_text(r, "reason", NULL, REPORT_BARE | REPORT_SKIP_ZERO, "%s", record->reason);
    report_text(r, "path_before", "before", 0, "%s", record->was_passthrough ? "passthrough" : "emulated");
    report_text(r, "path_after", "after", 0, "%s", record->is_passthrough ? "passthrough" : "emulated");
    report_time(r, "start_ns", "start", 0, record->start);
    report_time(r, "stopping_ns", "until it stood", REPORT_SKIP_ZERO, part(record->start, record->still));
    report_time(r, "file_ns", record->kind == STANDSTILL_SNAPSHOT ? "written in" : "read in", REPORT_SKIP_ZERO,
                part(record->still, record->kept));
    report_time(r, "stood_ns", "stood for", REPORT_SKIP_ZERO, part(record->still, record->resumed));
    report_time(r, "back_ns", "back in passthrough after", REPORT_SKIP_ZERO,
                record->is_passthrough ? part(record->resumed, record->end) : 0);
    if (record->ram_hash)
        snprintf(hash, sizeof(hash), "%016" PRIx64, record->ram_hash);
    report_text(r, "ram_hash", NULL, REPORT_JSON_ONLY | REPORT_SKIP_ZERO, "%s", hash);
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
