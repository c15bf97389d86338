/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings that a policy looks at, and what came of it: judged and reported. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "scenario/world/world__.h"

/* ---- acting ---- */

static void note(struct world *w, const struct scn_item *item, int status)
{
    if (status)
        world__refused(w, item, "%s", world__errno_text(status));
}

/* In the words of a shell that wrote to sriov_numvfs. */
void world__num_vfs_done(struct world *w, const struct scn_item *item, int status)
{
    const char *why = status == -ERANGE   ? "Numerical result out of range (the NIC has fewer)"
                      : status == -EBUSY  ? "Device or resource busy (VFs are in use, or there are some: 0 comes first)"
                      : status == -ENOTSUP ? "No such file or directory (the NIC has no SR-IOV)"
                                           : world__errno_text(status);
    if (status)
        world__refused(w, item, "write error: %s", why);
}

static void set_num_vfs(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct scn_setting *set = &item->setting;
    int status = host_set_num_vfs(w->hosts[w->sc->nics[set->index].host], set->name.text, (unsigned)set->value,
                                  set->surprise, &w->comp, WORLD_ADMIN_DONE, index);
    if (status)
        world__num_vfs_done(w, item, status);
    else {
        w->st.outstanding++;
        w->acts[index].asked++;
    }
}

void world__set(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct scn_setting *set = &item->setting;
    bool of_vm = set->of != SCN_SET_HOST && set->of != SCN_SET_NUMVFS;
    struct host *host = of_vm ? world__host_of(w, set->index) : NULL;
    struct vm *vm = of_vm ? w->vms[set->index] : NULL;
    switch (set->of) {
    case SCN_SET_VM:
        host_set_vm(host, vm, (enum vm_setting)set->which, set->value);
        break;
    case SCN_SET_HOST:
        host_set(w->hosts[set->index], (enum host_setting)set->which, set->value);
        break;
    case SCN_SET_UPLINK:
        note(w, item, host_set_uplink(host, vm, set->other.text));
        break;
    case SCN_SET_FILTER_ADD:
        note(w, item, host_add_filter(host, vm, set->other.text));
        break;
    case SCN_SET_FILTER_DEL:
        note(w, item, host_del_filter(host, vm, set->other.text));
        break;
    case SCN_SET_NUMVFS:
        set_num_vfs(w, index);
        break;
    }
}

/* What a scenario's declarations say of it. */
void world__build_policies(struct world *w)
{
    const struct scenario *sc = w->sc;
    for (unsigned i = 0; i < sc->host_count; i++)
        if (sc->hosts[i].vectors)
            host_set(w->hosts[i], HOST_SET_VECTORS, sc->hosts[i].vectors);
    for (unsigned i = 0; i < sc->vm_count; i++) {
        const struct scn_vm *vm = &sc->vms[i];
        struct host *host = w->hosts[vm->host_index];
        if (vm->passthrough >= 0)
            host_set_vm(host, w->vms[i], VM_SET_PASSTHROUGH, (uint64_t)vm->passthrough);
        if (vm->reservation_given)
            host_set_vm(host, w->vms[i], VM_SET_RESERVATION, vm->reservation);
        if (vm->calm)
            host_set_calm(host, w->vms[i], vm->calm);
    }
}

/* ---- judging ---- */

static void words_of(uint32_t reasons, char *text, size_t cap)
{
    size_t len = 0;
    snprintf(text, cap, "none");
    for (unsigned i = 0; i < PT_REASON_COUNT && len < cap; i++)
        if (reasons >> i & 1)
            len += (size_t)snprintf(text + len, cap - len, "%s%s", len ? ", " : "",
                                    pt_reason_describe((enum pt_reason)i)->word);
}

bool world__judge_reason(const struct world *w, const struct scn_expect *e, char *seen)
{
    unsigned vm = world__vm_index(w, e->name.text);
    uint32_t reasons = host_vm_reasons(world__host_of(w, vm), w->vms[vm]);
    char text[WORLD_SEEN_LEN - 8];
    words_of(reasons, text, sizeof(text));
    snprintf(seen, WORLD_SEEN_LEN, "was %s", text);
    return e->state == PT_REASON_COUNT ? !reasons : reasons >> e->state & 1;
}

/* ---- reporting ---- */

static void report_vms(const struct world *w, struct report *r)
{
    report_list(r, "passthrough", NULL, REPORT_TABLE, REPORT_SKIP_EMPTY);
    for (unsigned i = 0; i < w->sc->vm_count; i++) {
        const struct host *host = world__host_of(w, i);
        const struct vm *vm = w->vms[i];
        char text[400];
        if (!host_vm_is_watched(host, vm))
            continue;
        words_of(host_vm_reasons(host, vm), text, sizeof(text));
        report_object(r, NULL, NULL, REPORT_LINE, 0);
        report_text(r, "vm", NULL, 0, "%s", w->sc->vms[i].name.text);
        report_text(r, "host", NULL, 0, "%s", host_name(host));
        report_text(r, "decides", NULL, 0, "%s", host_vm_is_auto(host, vm) ? "auto" : "manual");
        report_text(r, "state", NULL, 0, "%s", host_vm_is_passthrough(host, vm) ? "passthrough" : "emulated");
        report_text(r, "noPassthruReason", NULL, 0, "%s", text);
        report_end(r);
    }
    report_end(r);
}

static void report_reason(const struct world *w, unsigned h, const struct policy_record *record, struct report *r)
{
    char time[REPORT_TIME_LEN];
    const struct pt_reason_info *info = pt_reason_describe((enum pt_reason)record->reason);
    report_object(r, NULL, NULL, REPORT_LINE, 0);
    report_text(r, "vm", NULL, 0, "%s", record->vm);
    report_text(r, "host", NULL, 0, "%s", host_name(w->hosts[h]));
    report_text(r, "reason", NULL, 0, "%s", info->word);
    report_text(r, "side", NULL, 0, "%s", info->side);
    report_time(r, "from_ns", "from", 0, record->from);
    report_text(r, "to", NULL, REPORT_TEXT_ONLY, "%s",
                record->to == SIM_NEVER ? "(stands)" : report_format_time(record->to / SIM_NS, time));
    report_time(r, "to_ns", NULL, REPORT_JSON_ONLY, record->to == SIM_NEVER ? 0 : record->to);
    report_bool(r, "stands", NULL, REPORT_JSON_ONLY, record->to == SIM_NEVER);
    report_text(r, "sentence", NULL, REPORT_JSON_ONLY, "%s", info->sentence);
    report_end(r);
}

struct reason { /* a record of a host's */
    const struct policy_record *record;
    unsigned host, nth;
};

static int compare_reasons(const void *x, const void *y)
{
    const struct reason *a = x, *b = y;
    if (a->record->from != b->record->from)
        return a->record->from < b->record->from ? -1 : 1;
    if (a->host != b->host)
        return a->host < b->host ? -1 : 1;
    return a->nth < b->nth ? -1 : 1;
}

/* Those of all hosts, in order of time. */
static void report_reasons(const struct world *w, struct report *r)
{
    unsigned count = 0;
    for (unsigned h = 0; h < w->sc->host_count; h++)
        count += host_reason_count(w->hosts[h]);
    struct reason *all = alloc_zero("the reasons against passthrough", count + 1, sizeof(*all));
    count = 0;
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_reason_count(w->hosts[h]); i++)
            all[count++] = (struct reason){host_reason_get(w->hosts[h], i), h, i};
    qsort(all, count, sizeof(*all), compare_reasons);
    report_list(r, "reasons", "reasons against passthrough", REPORT_TABLE, REPORT_SKIP_EMPTY);
    for (unsigned i = 0; i < count; i++)
        report_reason(w, all[i].host, all[i].record, r);
    report_end(r);
    free(all);
}

static void report_filters(const struct world *w, struct report *r)
{
    report_list(r, "iochain", "filters in I/O chains", REPORT_TABLE, REPORT_SKIP_EMPTY);
    for (unsigned i = 0; i < w->sc->vm_count; i++) {
        const struct host *host = world__host_of(w, i);
        const struct iochain_filter *filter;
        for (unsigned f = 0; (filter = host_vm_filter(host, w->vms[i], f)); f++) {
            report_object(r, NULL, NULL, REPORT_LINE, 0);
            report_text(r, "vm", NULL, 0, "%s", w->sc->vms[i].name.text);
            report_text(r, "filter", NULL, 0, "%s", filter->name);
            report_number(r, "frames", NULL, 0, filter->frames);
            report_number(r, "bytes", NULL, 0, filter->bytes);
            report_end(r);
        }
    }
    report_end(r);
}

void world__report_policies(const struct world *w, struct report *r)
{
    report_vms(w, r);
    report_reasons(w, r);
    report_filters(w, r);
}
