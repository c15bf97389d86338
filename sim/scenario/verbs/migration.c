/* SPDX-License-Identifier: GPL-2.0-or-later */
/* expect migration V N RESULT, expect V downtime OP T: how migrations of a VM ended, and how long it stood still. */
#include <string.h>

#include "scenario/verbs/verbs__.h"

sim_time verb__downtime_of(const struct migration_record *record)
{
    return record->stopped && record->resumed > record->stopped ? record->resumed - record->stopped : 0;
}

static bool parse_expect(struct scn_cursor *c, struct scn_expect *e)
{
    static const struct scn_named results[] = {
        {"done", MIGRATE_DONE}, {"undone", MIGRATE_UNDONE}, {"refused", MIGRATE_REFUSED}, {"lost", MIGRATE_LOST}, {NULL, 0}};
    const struct verb_nth nth = {"migration", "which migration of the VM", "result of a migration", results};
    return verb__take_nth(c, e, &nth);
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

static bool judge_migration(const struct world *w, const struct scn_expect *e, char *seen)
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

static const struct verb_form expect_forms[] = {
    {"expect migration VM N done|undone|refused|lost [reason \"…\"]", NULL, NULL, 0},
    {NULL},
};

const struct verb verb_expect_migration = {
    .kind = VERB_EXPECTS,
    .word = "migration",
    .place = 30,
    .sentence = "how the Nth migration of a VM ended",
    .forms = expect_forms,
    .example = "end expect migration web 1 undone reason \"round 3\"",
    .expect = parse_expect,
    .check_expect = verb__check_vm_expected,
    .judge = judge_migration,
};
VERB(verb_expect_migration);

/* ---- expect V downtime OP T: the longest of its migrations ---- */

static bool parse_downtime(struct scn_cursor *c, struct scn_expect *e)
{
    scn_need(c, "downtime");
    e->op = scn_take_op(c);
    const char *shown = c->next < c->count ? c->words[c->next].text : "";
    if (!scn_time(c, "a time", &e->value))
        return false;
    scn_finish(c);
    e->text = scn_printf(c->file, "%s downtime %s %s", e->name.text, scn_op_words[e->op], shown);
    return !c->failed;
}

static sim_time longest_downtime(const struct world *w, const char *vm)
{
    sim_time longest = 0;
    for (unsigned i = 0; w->migrator && i < migrator_count(w->migrator); i++) {
        const struct migration_record *record = migrator_get(w->migrator, i);
        if (!strcmp(record->vm, vm) && verb__downtime_of(record) > longest)
            longest = verb__downtime_of(record);
    }
    return longest;
}

static bool judge_downtime(const struct world *w, const struct scn_expect *e, char *seen)
{
    uint64_t value = longest_downtime(w, e->name.text);
    char time[REPORT_TIME_LEN];
    snprintf(seen, WORLD_SEEN_LEN, "was %s", report_format_time(value / SIM_NS, time));
    return world__judge_number(w, e, value);
}

static const char *const behind_downtime[] = {"downtime", NULL};
static const struct verb_form downtime_forms[] = {{"expect VM downtime [OP] T", NULL, NULL, 0}, {NULL}};

static const struct verb verb_expect_downtime = {
    .kind = VERB_EXPECTS,
    .behind = behind_downtime,
    .place = 130,
    .sentence = "how long a VM stood still in the longest of its migrations",
    .forms = downtime_forms,
    .example = "end expect web downtime < 5ms",
    .expect = parse_downtime,
    .check_expect = verb__check_vm_expected,
    .judge = judge_downtime,
};
VERB(verb_expect_downtime);
