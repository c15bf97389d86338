/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hotplug V add|remove vf …: a VF comes into the slot of a guest that drives it itself, or is had back. */
#include <string.h>

#include "scenario/verbs/verbs__.h"

struct hotplug {
    struct scn_word vm, nic;
    bool add;
    struct attach_params attach;
    struct detach_params detach;
};

static const struct verb verb_hotplug, verb_expect_hotplug;

static void option_nic(struct scn_cursor *c, void *into) { ((struct hotplug *)into)->nic = scn_take_word(c, "a NIC"); }

static void option_number(struct scn_cursor *c, void *into)
{
    uint64_t n;
    if (scn_number(c, "a VF's number", 0, 255, &n))
        ((struct hotplug *)into)->attach.vf = (int)n;
}

static void option_surprise(struct scn_cursor *c, void *into) { ((struct hotplug *)into)->detach.surprise = true; }

static void option_force(struct scn_cursor *c, void *into) { ((struct hotplug *)into)->detach.force = true; }

static void option_mac_first(struct scn_cursor *c, void *into) { ((struct hotplug *)into)->detach.mac_first = true; }

static void option_timeout(struct scn_cursor *c, void *into)
{
    scn_time(c, "how long the guest is waited for", &((struct hotplug *)into)->detach.timeout_ps);
}

static const struct scn_option adding[] = {
    {"number", option_number, "N"},
    {"nic", option_nic, "NIC"},
};

static const struct scn_option removing[] = {
    {"surprise", option_surprise, ""},
    {"force", option_force, ""},
    {"mac-first", option_mac_first, ""},
    {"timeout", option_timeout, "T"},
};

static void parse_hotplug(struct scn_cursor *c, struct scn_item *item)
{
    static const char *const verbs[] = {"remove", "add", NULL};
    struct hotplug *said = item->said = scn_alloc(c->file, sizeof(*said));
    *said = (struct hotplug){.vm = scn_take_word(c, "a VM"), .attach = {.vf = PF_ANY_VF}};
    int verb = said->vm.text ? scn_choice(c, "verb of hotplug", verbs) : -1;
    if (verb < 0 || !scn_need(c, "vf"))
        return;
    said->add = verb == 1;
    if (said->add)
        scn_options(c, "option of hotplug add", adding, sizeof(adding) / sizeof(adding[0]), said);
    else
        scn_options(c, "option of hotplug remove", removing, sizeof(removing) / sizeof(removing[0]), said);
}

static void check_hotplug(struct scenario *sc, struct scn_item *item)
{
    const struct hotplug *hotplug = item->said;
    const struct scn_name *vm = hotplug->vm.text ? scn_resolve(sc, &hotplug->vm, SCN_BIT(SCN_VM), "a VM") : NULL;
    if (vm && !verb__has_slot(&sc->vms[vm->index]))
        scn_error(&sc->file, hotplug->vm.at, "'%s' has no slot for a VF: it needs 'shell linux net vf' or 'net bond'",
                  hotplug->vm.text);
    if (hotplug->nic.text)
        scn_resolve(sc, &hotplug->nic, SCN_BIT(SCN_NIC), "a NIC");
}

/* ---- acting ---- */

static void do_hotplug(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct hotplug *hotplug = item->said;
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

static bool is_under_way(const struct world *w)
{
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = host_hotplug_count(w->hosts[h]); i-- > 0;)
            if (host_hotplug_get(w->hosts[h], i)->result == HOTPLUG_UNDER_WAY)
                return true;
    return false;
}

/* ---- what came of it ---- */

static enum scn_ending ending_of(enum hotplug_result result)
{
    switch (result) {
    case HOTPLUG_UNDER_WAY:
        return SCN_ENDING_UNFINISHED;
    case HOTPLUG_DONE:
        return SCN_ENDING_DONE;
    case HOTPLUG_UNUSED:
        return SCN_ENDING_UNUSED;
    case HOTPLUG_REFUSED:
        return SCN_ENDING_REFUSED;
    case HOTPLUG_FAILED:
        return SCN_ENDING_FAILED;
    case HOTPLUG_FORCED:
        return SCN_ENDING_FORCED;
    }
    return SCN_ENDING_FAILED;
}

static void end_of_hotplug(const struct world *w, unsigned item, struct world_ending *out)
{
    const struct world_act *act = &w->acts[item];
    const struct hotplug_record *record = host_hotplug_get(w->hosts[act->host], act->record - 1);
    if (!record)
        return; /* of a saved world that was damaged */
    world__say_ending(out, ending_of(record->result), "%s", record->reason);
}

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
                    before += !strcmp(other->vm, vm) &&
                              (other->start < record->start || (other->start == record->start && (g < h || (g == h && k < i))));
                }
            if (before + 1 == nth)
                found = record;
        }
    return found;
}

static unsigned number_of(const struct world *w, const struct hotplug_record *record)
{
    unsigned count;
    for (unsigned nth = 1;; nth++) {
        const struct hotplug_record *other = nth_hotplug(w, record->vm, nth, &count);
        if (other == record || !other)
            return nth;
    }
}

static bool is_named(const struct world *w, unsigned item)
{
    const struct hotplug_record *plug = host_hotplug_get(w->hosts[w->acts[item].host], w->acts[item].record - 1);
    return w->acts[item].record && plug && world__is_named(w, &verb_expect_hotplug, plug->vm, number_of(w, plug));
}

static const char *vm_of(const struct scn_item *item) { return ((const struct hotplug *)item->said)->vm.text; }

static void find_hotplugs(struct world_search *s)
{
    char what[160];
    const struct world *w = s->w;
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_hotplug_count(w->hosts[h]); i++) {
            const struct hotplug_record *record = host_hotplug_get(w->hosts[h], i);
            unsigned nth = number_of(w, record);
            if (record->result == HOTPLUG_DONE || (w->interrupted && record->result == HOTPLUG_UNDER_WAY) ||
                world__was_begun_by_line(w, &verb_hotplug, h, i) || world__is_named(w, &verb_expect_hotplug, record->vm, nth))
                continue;
            snprintf(what, sizeof(what), "hotplug %s %u (%s)", record->vm, nth,
                     record->at_boot ? "its boot"
                     : record->add   ? "add"
                                     : "remove");
            world__tell_record(s, what, record->vm, record->start, ending_of(record->result), record->reason);
        }
}

/* ---- reporting ---- */

static sim_time part(sim_time from, sim_time to) { return from && to > from ? to - from : 0; }

static void report_one(const struct hotplug_record *record, struct report *r)
{
    report_object(r, NULL, NULL, REPORT_LINE, 0);
    report_text(r, "vm", NULL, 0, "%s", record->vm);
    report_text(r, "what", NULL, 0, "%s",
                record->at_boot    ? "boot"
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

static void report_hotplugs(const struct world *w, struct report *r)
{
    report_list(r, "hotplugs", "VFs of the guests' own", REPORT_TABLE, REPORT_SKIP_EMPTY);
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_hotplug_count(w->hosts[h]); i++)
            report_one(host_hotplug_get(w->hosts[h], i), r);
    report_end(r);
}

static const struct verb_form forms[] = {
    {"hotplug VM add vf [OPTION …]", "a VF comes", VERB_OPTIONS(adding)},
    {"hotplug VM remove vf [OPTION …]", "the guest is asked for its VF", VERB_OPTIONS(removing)},
    {NULL},
};

static const struct verb verb_hotplug = {
    .kind = VERB_ACTS,
    .word = "hotplug",
    .place = 160,
    .sentence = "put a VF into the slot of a guest that drives it itself, or have it back",
    .forms = forms,
    .example = "200ms hotplug web remove vf timeout 2s force",
    .endings = "refused failed forced unused unfinished",
    .parse = parse_hotplug,
    .check = check_hotplug,
    .act = do_hotplug,
    .is_under_way = is_under_way,
    .ending = end_of_hotplug,
    .is_named = is_named,
    .vm_of = vm_of,
    .find_unexpected = find_hotplugs,
    .report = report_hotplugs,
    .report_place = REPORT_HOTPLUGS,
};
VERB(verb_hotplug);

/* ---- expect hotplug V N RESULT ---- */

static bool parse_expect(struct scn_cursor *c, struct scn_expect *e)
{
    static const struct scn_named results[] = {{"done", HOTPLUG_DONE},     {"unused", HOTPLUG_UNUSED}, {"refused", HOTPLUG_REFUSED},
                                               {"failed", HOTPLUG_FAILED}, {"forced", HOTPLUG_FORCED}, {NULL, 0}};
    const struct verb_nth nth = {"hotplug", "which hot-plug of the VM", "result of a hot-plug", results};
    return verb__take_nth(c, e, &nth);
}

static bool judge_hotplug(const struct world *w, const struct scn_expect *e, char *seen)
{
    unsigned count;
    const struct hotplug_record *record = nth_hotplug(w, e->name.text, e->nth, &count);
    if (!record) {
        snprintf(seen, WORLD_SEEN_LEN, "it was hot-plugged %u times", count);
        return false;
    }
    bool reason = *record->reason;
    snprintf(seen, WORLD_SEEN_LEN, "was %s%s%.160s", hotplug_result_text(record->result), reason ? ": " : "", record->reason);
    return (int)record->result == e->state && (!e->reason || scn_contains(record->reason, e->reason));
}

static const struct verb_form expect_forms[] = {
    {"expect hotplug VM N done|unused|refused|failed|forced [reason \"…\"]", NULL, NULL, 0},
    {NULL},
};

static const struct verb verb_expect_hotplug = {
    .kind = VERB_EXPECTS,
    .word = "hotplug",
    .place = 50,
    .sentence = "how the Nth hot-plug of a VM ended, that of its boot included",
    .forms = expect_forms,
    .example = "end expect hotplug web 2 forced",
    .expect = parse_expect,
    .check_expect = verb__check_vm_expected,
    .judge = judge_hotplug,
};
VERB(verb_expect_hotplug);
