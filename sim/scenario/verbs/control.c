/* SPDX-License-Identifier: GPL-2.0-or-later */
/* expect control V N allowed|refused: what a guest asked of its hypervisor, or of the PF of its VF. */
#include <string.h>

#include "scenario/verbs/verbs__.h"

static bool parse_expect(struct scn_cursor *c, struct scn_expect *e)
{
    static const struct scn_named answers[] = {{"refused", false}, {"allowed", true}, {NULL, 0}};
    const struct verb_nth nth = {"control", "which request of the VM", "answer to a request", answers};
    return verb__take_nth(c, e, &nth);
}

static const struct control_record *nth_control(const struct world *w, const char *vm, unsigned nth, unsigned *count)
{
    *count = 0;
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_control_count(w->hosts[h]); i++) {
            const struct control_record *record = host_control_get(w->hosts[h], i);
            if (!strcmp(record->vm, vm) && ++*count == nth)
                return record;
        }
    return NULL;
}

static bool judge_control(const struct world *w, const struct scn_expect *e, char *seen)
{
    unsigned count;
    const struct control_record *record = nth_control(w, e->name.text, e->nth, &count);
    if (!record) {
        snprintf(seen, WORLD_SEEN_LEN, "it made %u requests", count);
        return false;
    }
    bool reason = *record->reason;
    snprintf(seen, WORLD_SEEN_LEN, "%s was %s%s%s", record->what, record->allowed ? "allowed" : "refused", reason ? ": " : "",
             record->reason);
    return record->allowed == (e->state == 1) && (!e->reason || scn_contains(record->reason, e->reason));
}

static const struct verb verb_expect_control;

static void find_requests(struct world_search *s)
{
    char what[200];
    const struct world *w = s->w;
    for (unsigned v = 0; v < w->sc->vm_count; v++) {
        const char *vm = w->sc->vms[v].name.text;
        unsigned nth = 0;
        for (unsigned h = 0; h < w->sc->host_count; h++)
            for (unsigned i = 0; i < host_control_count(w->hosts[h]); i++) {
                const struct control_record *record = host_control_get(w->hosts[h], i);
                if (strcmp(record->vm, vm))
                    continue;
                nth++;
                if (record->allowed || world__is_named(w, &verb_expect_control, vm, nth))
                    continue;
                snprintf(what, sizeof(what), "control %s %u (%s)", vm, nth, record->what);
                world__tell_record(s, what, vm, record->at, SCN_ENDING_REFUSED, record->reason);
            }
    }
}

static void report_control(const struct world *w, struct report *r)
{
    report_list(r, "control", "control requests of guests", REPORT_TABLE, REPORT_SKIP_EMPTY);
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_control_count(w->hosts[h]); i++) {
            const struct control_record *record = host_control_get(w->hosts[h], i);
            report_object(r, NULL, NULL, REPORT_LINE, 0);
            report_text(r, "vm", NULL, 0, "%s", record->vm);
            report_time(r, "at_ns", "at", 0, record->at);
            report_text(r, "what", "request", 0, "%s", record->what);
            report_text(r, "answer", NULL, 0, "%s", record->allowed ? "allowed" : "refused");
            report_bool(r, "applied_to_vf", "on the VF", 0, record->applied_to_vf);
            report_text(r, "reason", NULL, 0, "%s", record->reason);
            report_end(r);
        }
    report_end(r);
}

static const struct verb_form forms[] = {{"expect control VM N allowed|refused [reason \"…\"]", NULL, NULL, 0}, {NULL}};

static const struct verb verb_expect_control = {
    .kind = VERB_EXPECTS,
    .word = "control",
    .place = 60,
    .sentence = "what became of the Nth request of a guest",
    .forms = forms,
    .example = "end expect control web 2 refused",
    .expect = parse_expect,
    .check_expect = verb__check_vm_expected,
    .find_unexpected = find_requests,
    .judge = judge_control,
    .look = "--trace control,pf",
    .look_place = 20,
    .report = report_control,
    .report_place = REPORT_CONTROL,
};
VERB(verb_expect_control);
