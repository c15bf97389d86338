/* SPDX-License-Identifier: GPL-2.0-or-later */
/* expect V netqueue N|none: which queue of its NIC a VM has for itself; and the report's part about who had which. */
#include "host/netqueue/netqueue.h"
#include "scenario/verbs/verbs__.h"

static bool parse_expect(struct scn_cursor *c, struct scn_expect *e)
{
    uint64_t n = 0;
    scn_need(c, "netqueue");
    if (!scn_accept(c, "none") && !scn_number(c, "a NetQueue's number (or 'none')", 1, PF_NETQUEUES_MAX, &n))
        return false;
    scn_finish(c);
    if (c->failed)
        return false;
    e->state = (int)n;
    e->text = n ? scn_printf(c->file, "%s netqueue %u", e->name.text, (unsigned)n)
                : scn_printf(c->file, "%s netqueue none", e->name.text);
    return true;
}

static bool judge_queue(const struct world *w, const struct scn_expect *e, char *seen)
{
    unsigned vm = world__vm_index(w, e->name.text), queue = host_vm_queue(world__host_of(w, vm), w->vms[vm]);
    if (queue)
        snprintf(seen, WORLD_SEEN_LEN, "had %u", queue);
    else
        snprintf(seen, WORLD_SEEN_LEN, "had none");
    return (int)queue == e->state;
}

/* ---- reporting ---- */

static void report_one(const struct netqueue_record *record, struct report *r)
{
    char time[REPORT_TIME_LEN];
    bool has = record->to == SIM_NEVER;
    report_object(r, NULL, NULL, REPORT_LINE, 0);
    report_text(r, "nic", NULL, 0, "%s", record->nic);
    report_number(r, "queue", NULL, 0, record->queue);
    report_text(r, "vm", NULL, 0, "%s", record->vm);
    report_time(r, "from_ns", "from", 0, record->from);
    report_text(r, "to", NULL, REPORT_TEXT_ONLY, "%s", has ? "(has it)" : report_format_time(record->to / SIM_NS, time));
    report_time(r, "to_ns", NULL, REPORT_JSON_ONLY, has ? 0 : record->to);
    report_bool(r, "has_it", NULL, REPORT_JSON_ONLY, has);
    report_end(r);
}

/* Where no NIC has had such a queue there is nothing to tell. */
static void report(const struct world *w, struct report *r)
{
    unsigned count = 0;
    for (unsigned h = 0; h < w->sc->host_count; h++)
        count += host_netqueue_count(w->hosts[h]);
    if (!count)
        return;
    report_list(r, "netqueues", "queues for one VM alone", REPORT_TABLE, REPORT_SKIP_EMPTY);
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_netqueue_count(w->hosts[h]); i++)
            report_one(host_netqueue_get(w->hosts[h], i), r);
    report_end(r);
}

static const char *const behind[] = {"netqueue", NULL};
static const struct verb_form forms[] = {{"expect VM netqueue N|none", NULL, NULL, 0}, {NULL}};

static const struct verb verb_expect_netqueue = {
    .kind = VERB_EXPECTS,
    .behind = behind,
    .place = 122,
    .sentence = "which queue of its NIC a VM has for itself (NetQueue)",
    .forms = forms,
    .example = "5ms expect web netqueue 1",
    .expect = parse_expect,
    .check_expect = verb__check_vm_expected,
    .judge = judge_queue,
    .look = "--trace host",
    .look_place = 60,
    .report = report,
    .report_place = REPORT_NETQUEUES,
};
VERB(verb_expect_netqueue);
