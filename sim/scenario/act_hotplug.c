/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFs of the guests' own: hot-plugged, judged and reported; and how long what operators ask inside such worlds takes. */
#include <string.h>

#include "scenario/world/world__.h"

void world__hotplug(struct world *w, const struct scn_item *item)
{
    const struct scn_hotplug *hotplug = &item->hotplug;
    unsigned vm = world__vm_index(w, hotplug->vm.text);
    unsigned of = world__host_index(w, vm);
    struct host *host = w->hosts[of];
    world__recorded(w, item, of, host_hotplug_count(host));
    struct attach_params attach = hotplug->attach;
    attach.nic = hotplug->nic.text;
    if (hotplug->add) /* refused ones are recorded with the others */
        host_vf_attach(host, w->vms[vm], &attach);
    else
        host_vf_detach(host, w->vms[vm], &hotplug->detach);
}

bool world__hotplug_is_under_way(const struct world *w)
{
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = host_hotplug_count(w->hosts[h]); i-- > 0;)
            if (host_hotplug_get(w->hosts[h], i)->result == HOTPLUG_UNDER_WAY)
                return true;
    return false;
}

/* ---- judging ---- */

/* Hot-plugs of a VM in order of time: it may have had some on several hosts. */
static const struct hotplug_record *nth_hotplug(const struct world *w, const char *vm, unsigned nth, unsigned *count)
{
    const struct hotplug_record *found = NULL;
    *count = 0;
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_hotplug_count(w->hosts[h]); i++) {
            const struct hotplug_record *record = host_hotplug_get(w->hosts[h], i);
            unsigned before = 0;
            if (strcmp(record->vm, vm))
                continue;
            ++*count;
            for (unsigned g = 0; g < w->sc->host_count; g++)
                for (unsigned k = 0; k < host_hotplug_count(w->hosts[g]); k++) {
                    const struct hotplug_record *other = host_hotplug_get(w->hosts[g], k);
                    before += !strcmp(other->vm, vm) && (other->start < record->start ||
                                                         (other->start == record->start && (g < h || (g == h && k < i))));
                }
            if (before + 1 == nth)
                found = record;
        }
    return found;
}

unsigned world__nth_hotplug(const struct world *w, const struct hotplug_record *record)
{
    unsigned count;
    for (unsigned nth = 1;; nth++) {
        const struct hotplug_record *other = nth_hotplug(w, record->vm, nth, &count);
        if (other == record || !other)
            return nth;
    }
}

bool world__judge_hotplug(const struct world *w, const struct scn_expect *e, char *seen)
{
    unsigned count;
    const struct hotplug_record *record = nth_hotplug(w, e->name.text, e->nth, &count);
    if (!record) {
        snprintf(seen, WORLD_SEEN_LEN, "it was hot-plugged %u times", count);
        return false;
    }
    bool reason = *record->reason;
    snprintf(seen, WORLD_SEEN_LEN, "was %s%s%.160s", hotplug_result_text(record->result), reason ? ": " : "",
             record->reason);
    return (int)record->result == e->state && (!e->reason || scn_contains(record->reason, e->reason));
}

/* ---- reporting ---- */

static sim_time part(sim_time from, sim_time to) { return from && to > from ? to - from : 0; }

static void report_one(const struct hotplug_record *record, struct report *r)
{
    report_object(r, NULL, NULL, REPORT_LINE, 0);
    report_text(r, "vm", NULL, 0, "%s", record->vm);
    report_text(r, "what", NULL, 0, "%s", record->at_boot    ? "boot"
                                          : record->add      ? "add"
                                          : record->surprise ? "surprise"
                                                             : "remove");
    report_text(r, "nic", NULL, 0, "%s", record->nic);
    report_number(r, "vf", NULL, record->vf >= 0 ? 0 : REPORT_NO_VALUE, record->vf >= 0 ? (uint64_t)record->vf : 0);
    report_text(r, "result", NULL, 0, "%s", hotplug_result_text(record->result));
    report_time(r, "at_ns", "at", 0, record->start);
    report_time(r, "prepare_ns", "prepared in", 0, part(record->start, record->told));
    report_time(r, "answer_ns", "guest answered in", 0, part(record->told, record->answered));
    report_time(r, "driver_ns", "driver up in", 0, part(record->answered ? record->answered : record->told, record->up));
    report_time(r, "took_ns", "took", 0, part(record->start ? record->start : 1, record->end));
    report_text(r, "reason", NULL, 0, "%s", record->reason);
    report_end(r);
}

void world__report_hotplugs(const struct world *w, struct report *r)
{
    report_list(r, "hotplugs", "VFs of the guests' own", REPORT_TABLE, REPORT_SKIP_EMPTY);
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_hotplug_count(w->hosts[h]); i++)
            report_one(host_hotplug_get(w->hosts[h], i), r);
    report_end(r);
}

static bool has_native_vm(const struct world *w)
{
    for (unsigned i = 0; i < w->sc->vm_count; i++)
        if (w->sc->vms[i].net != MACHINE_NET_VMXNET3)
            return true;
    return false;
}

/* As the guest's own caller sees it: through its driver's mailbox, or through the emulated registers. */
void world__report_guest_acts(const struct world *w, struct report *r)
{
    bool any = has_native_vm(w);
    report_list(r, "guest_acts", "what was asked inside the guests", REPORT_TABLE, REPORT_SKIP_EMPTY);
    for (unsigned i = 0; any && i < w->sc->item_count; i++) {
        const struct scn_item *item = &w->sc->items[i];
        const struct world_tally *tally = &w->tallies[i];
        if (item->verb != SCN_DO_GUEST || !tally->asked)
            continue;
        report_object(r, NULL, NULL, REPORT_LINE, 0);
        report_text(r, "act", NULL, 0, "%s", item->text);
        report_time(r, "at_ns", "at", 0, tally->first);
        report_text(r, "result", NULL, 0, "%s", tally->done ? world__errno_text(tally->status) : "not answered");
        report_time(r, "took_ns", "took", 0, tally->done ? tally->last - tally->first : 0);
        report_end(r);
    }
    report_end(r);
}
