/* SPDX-License-Identifier: GPL-2.0-or-later */
/* expect V reason WORD|none: what speaks against passthrough [docs/policy.md]; and the report's part about it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "scenario/verbs/verbs__.h"

static bool parse_expect(struct scn_cursor *c, struct scn_expect *e)
{
    const char *words[PT_REASON_COUNT + 2];
    for (unsigned i = 0; i < PT_REASON_COUNT; i++)
        words[i] = pt_reason_describe((enum pt_reason)i)->word;
    words[PT_REASON_COUNT] = "none";
    words[PT_REASON_COUNT + 1] = NULL;
    scn_need(c, "reason");
    e->state = scn_choice(c, "reason against passthrough", words);
    scn_finish(c);
    if (e->state < 0 || c->failed)
        return false;
    e->text = scn_printf(c->file, "%s reason %s", e->name.text, words[e->state]);
    return true;
}

static void words_of(uint32_t reasons, char *text, size_t cap)
{
    size_t len = 0;
    snprintf(text, cap, "none");
    for (unsigned i = 0; i < PT_REASON_COUNT && len < cap; i++)
        if (reasons >> i & 1)
            len += (size_t)snprintf(text + len, cap - len, "%s%s", len ? ", " : "", pt_reason_describe((enum pt_reason)i)->word);
}

static bool judge_reason(const struct world *w, const struct scn_expect *e, char *seen)
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

/* a record of a host's */
struct reason {
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

static void report(const struct world *w, struct report *r)
{
    report_vms(w, r);
    report_reasons(w, r);
}

static const char *const behind[] = {"reason", NULL};
static const struct verb_form forms[] = {{"expect VM reason WORD|none", NULL, NULL, 0}, {NULL}};

static const struct verb verb_expect_reason = {
    .kind = VERB_EXPECTS,
    .behind = behind,
    .place = 120,
    .sentence = "what speaks against passthrough of a VM",
    .forms = forms,
    .example = "5ms expect web reason vmNptVMCIActive",
    .expect = parse_expect,
    .check_expect = verb__check_vm_expected,
    .judge = judge_reason,
    .report = report,
    .report_place = REPORT_REASONS,
};
VERB(verb_expect_reason);
