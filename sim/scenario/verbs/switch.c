/* SPDX-License-Identifier: GPL-2.0-or-later */
/* switch V to passthrough|emulation …: the mode switch [docs/switch-protocol.md]. */
#include <string.h>

#include "scenario/verbs/verbs__.h"

/* what a line says */
struct mode {
    struct scn_word vm, plugin, nic;
    bool to_passthrough, naive;
    enum switch_step fail;
    struct scn_pos fail_at;
    uint32_t hold;
    sim_time gap;
    enum pf_move_order move;
};

static const struct verb verb_switch, verb_expect_switch;

static void mode_order(struct scn_cursor *c, void *into)
{
    static const char *const words[] = {"safe", "naive", NULL};
    ((struct mode *)into)->naive = scn_choice(c, "order", words) == 1;
}

static void mode_fail(struct scn_cursor *c, void *into)
{
    struct mode *mode = into;
    mode->fail_at = scn_peek(c) ? scn_peek(c)->at : c->end;
    mode->fail = verb__switch_step(c, mode->to_passthrough ? SWITCH_USE_IN : SWITCH_USE_OUT, SWITCH_SAFE,
                                   mode->to_passthrough ? "step of a switch to passthrough" : "step of a switch to emulation");
}

static void mode_plugin(struct scn_cursor *c, void *into) { ((struct mode *)into)->plugin = scn_take_word(c, "a plugin's name"); }

static void mode_nic(struct scn_cursor *c, void *into) { ((struct mode *)into)->nic = scn_take_word(c, "a NIC"); }

static void mode_hold(struct scn_cursor *c, void *into)
{
    uint64_t n;
    if (scn_size(c, "the hold queue", 64, 1 << 30, &n))
        ((struct mode *)into)->hold = (uint32_t)n;
}

static void mode_gap(struct scn_cursor *c, void *into) { scn_time(c, "a gap", &((struct mode *)into)->gap); }

static void mode_move(struct scn_cursor *c, void *into)
{
    static const struct scn_named orders[] = {
        {"safe", PF_MOVE_SAFE}, {"set-first", PF_MOVE_SET_FIRST}, {"clear-first", PF_MOVE_CLEAR_FIRST}, {NULL, 0}};
    int order;
    if (scn_pick(c, "order of a filter move", orders, &order))
        ((struct mode *)into)->move = (enum pf_move_order)order;
}

/* 'order naive' may have been said behind 'fail'. */
static void check_naive_step(struct scn_cursor *c, const struct mode *mode)
{
    const char *words[STEP_COUNT + 1];
    switch_step_words(mode->to_passthrough ? SWITCH_USE_IN : SWITCH_USE_OUT, SWITCH_NAIVE, words);
    for (unsigned i = 0; words[i]; i++)
        if (switch_step_find(words[i]) == mode->fail)
            return;
    scn_fail(c, mode->fail_at, "a switch in naive order has no step '%s'", switch_step_name(mode->fail));
}

static const struct scn_option options[] = {
    {"order", mode_order, "safe|naive"},
    {"fail", mode_fail, "STEP"},
    {"plugin", mode_plugin, "NAME"},
    {"hold", mode_hold, "SIZE"},
    {"gap", mode_gap, "T"},
    {"move", mode_move, "safe|set-first|clear-first"},
    {"nic", mode_nic, "NIC"},
};

/* Not `switch NAME …`, an external switch. */
static bool is_meant(const struct scn_cursor *c) { return c->count > 2 && !strcmp(c->words[2].text, "to"); }

static void parse_mode(struct scn_cursor *c, struct scn_item *item)
{
    static const char *const modes[] = {"emulation", "passthrough", NULL};
    struct mode *mode = item->said = scn_alloc(c->file, sizeof(*mode));
    *mode = (struct mode){.vm = scn_take_word(c, "a VM"), .fail = STEP_NONE, .move = PF_MOVE_SAFE};
    if (!scn_need(c, "to"))
        return;
    mode->to_passthrough = scn_choice(c, "mode", modes) == 1;
    scn_options(c, "option of a switch", options, sizeof(options) / sizeof(options[0]), mode);
    if (mode->naive && mode->fail != STEP_NONE)
        check_naive_step(c, mode);
}

static void check_mode(struct scenario *sc, struct scn_item *item)
{
    struct mode *mode = item->said;
    if (!mode->vm.text)
        return;
    const struct scn_name *vm = scn_resolve(sc, &mode->vm, SCN_BIT(SCN_VM), "a VM");
    if (vm && mode->plugin.text)
        verb__check_plugin(sc, &mode->plugin, &sc->vms[vm->index]);
    if (!vm || !mode->nic.text)
        return;
    verb__complete_nic(sc, &mode->nic, &sc->vms[vm->index]);
    scn_resolve(sc, &mode->nic, SCN_BIT(SCN_NIC), "a NIC");
}

/* ---- acting ---- */

static void switch_mode(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct mode *mode = item->said;
    unsigned vm = world__vm_index(w, mode->vm.text);
    struct switch_params params = {
        .to_passthrough = mode->to_passthrough,
        .order = mode->naive ? SWITCH_NAIVE : SWITCH_SAFE,
        .fail = mode->fail,
        .plugin = mode->plugin.text,
        .nic = mode->nic.text,
        .hold_bytes = mode->hold,
        .gap_ps = mode->gap,
        .move_order = mode->move,
    };
    unsigned host = world__host_index(w, vm);
    world__recorded(w, item, host, host_switch_count(w->hosts[host]));
    host_switch(w->hosts[host], w->vms[vm], &params); /* refused ones are recorded with the switches */
}

static bool is_under_way(const struct world *w)
{
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = host_switch_count(w->hosts[h]); i-- > 0;)
            if (host_switch_get(w->hosts[h], i)->result == SWITCH_UNDER_WAY)
                return true;
    return false;
}

/* ---- what came of it ---- */

static enum scn_ending ending_of(enum switch_result result)
{
    switch (result) {
    case SWITCH_UNDER_WAY:
        return SCN_ENDING_UNFINISHED;
    case SWITCH_DONE:
        return SCN_ENDING_DONE;
    case SWITCH_UNDONE:
        return SCN_ENDING_UNDONE;
    case SWITCH_FORCED:
        return SCN_ENDING_FORCED;
    case SWITCH_REFUSED:
        return SCN_ENDING_REFUSED;
    }
    return SCN_ENDING_FAILED;
}

static void end_of_switch(const struct world *w, unsigned item, struct world_ending *out)
{
    const struct world_act *act = &w->acts[item];
    const struct switch_record *record = host_switch_get(w->hosts[act->host], act->record - 1);
    if (!record)
        return; /* of a saved world that was damaged */
    world__say_ending(out, ending_of(record->result), "%s", record->reason);
    if (record->fault != STEP_NONE && !record->fault_met && record->result != SWITCH_REFUSED)
        snprintf(out->missed, sizeof(out->missed), "fail %s", switch_step_name(record->fault));
}

static unsigned number_of(const struct world *w, const struct switch_record *wanted)
{
    unsigned nth = 0;
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_switch_count(w->hosts[h]); i++) {
            const struct switch_record *record = host_switch_get(w->hosts[h], i);
            nth += !strcmp(record->vm, wanted->vm);
            if (record == wanted)
                return nth;
        }
    return 0;
}

static bool is_named(const struct world *w, unsigned item)
{
    const struct switch_record *record = host_switch_get(w->hosts[w->acts[item].host], w->acts[item].record - 1);
    return w->acts[item].record && record && world__is_named(w, &verb_expect_switch, record->vm, number_of(w, record));
}

static const char *vm_of(const struct scn_item *item) { return ((const struct mode *)item->said)->vm.text; }

static void find_switches(struct world_search *s)
{
    char what[160];
    const struct world *w = s->w;
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_switch_count(w->hosts[h]); i++) {
            const struct switch_record *record = host_switch_get(w->hosts[h], i);
            unsigned nth = number_of(w, record);
            if (verb__is_of_replacement(w, record->vm, record->start))
                continue; /* which tells of it itself */
            if (record->result == SWITCH_DONE || (w->interrupted && record->result == SWITCH_UNDER_WAY) ||
                world__was_begun_by_line(w, &verb_switch, h, i) || world__is_named(w, &verb_expect_switch, record->vm, nth))
                continue;
            snprintf(what, sizeof(what), "switch %s %u (to %s)", record->vm, nth,
                     record->to_passthrough ? "passthrough" : "emulation");
            world__tell_record(s, what, record->vm, record->start, ending_of(record->result), record->reason);
        }
}

/* ---- reporting ---- */

static void report_steps(const struct switch_record *record, struct report *r)
{
    report_list(r, "steps", NULL, REPORT_TABLE, 0);
    for (unsigned i = 0; i < record->steps; i++) {
        const struct switch_step_record *step = &record->step[i];
        bool open = step->end == SIM_NEVER;
        report_object(r, NULL, NULL, REPORT_LINE, step->status ? REPORT_BAD : 0);
        report_text(r, "step", NULL, 0, "%s", switch_step_name(step->step));
        report_time(r, "start_ns", "start", 0, step->start);
        report_time(r, "took_ns", "took", 0, open ? 0 : step->end - step->start);
        report_number(r, "status", NULL, REPORT_JSON_ONLY, (uint64_t)(step->status < 0 ? -step->status : step->status));
        report_text(r, "status_text", "status", 0, "%s", open ? "under way" : switch_status_text(step->step, step->status));
        report_end(r);
    }
    report_end(r);
}

static void report_switch(const struct switch_record *record, struct report *r)
{
    char where[80] = "";
    if (record->vf >= 0)
        snprintf(where, sizeof(where), " (%s vf %d)", record->nic, record->vf);
    bool ended = record->end != SIM_NEVER && record->result != SWITCH_UNDER_WAY;
    bool stopped = record->tx_stopped && record->tx_resumed >= record->tx_stopped;
    report_object(r, NULL, NULL, REPORT_BLOCKS, 0);
    report_text(r, NULL, NULL, REPORT_TEXT_ONLY | REPORT_BARE, "%s to %s%s%s:", record->vm,
                record->to_passthrough ? "passthrough" : "emulation", where, record->order == SWITCH_NAIVE ? ", naive order" : "");
    report_text(r, "vm", NULL, REPORT_JSON_ONLY, "%s", record->vm);
    report_text(r, "to", NULL, REPORT_JSON_ONLY, "%s", record->to_passthrough ? "passthrough" : "emulation");
    report_text(r, "nic", NULL, REPORT_JSON_ONLY, "%s", record->nic);
    report_number(r, "vf", NULL, record->vf >= 0 ? REPORT_JSON_ONLY : REPORT_ABSENT, record->vf >= 0 ? (uint64_t)record->vf : 0);
    report_text(r, "order", NULL, REPORT_JSON_ONLY, "%s", record->order == SWITCH_NAIVE ? "naive" : "safe");
    report_text(r, "result", NULL, REPORT_BARE, "%s", world__switch_result_text(record->result));
    report_text(r, "reason", NULL, REPORT_BARE | REPORT_SKIP_ZERO, "%s", record->reason);
    report_time(r, "start_ns", "from", 0, record->start);
    report_time(r, "end_ns", "to", ended ? 0 : REPORT_ABSENT, ended ? record->end : 0);
    report_time(r, "tx_stopped_ns", "transmit stopped for", REPORT_SKIP_ZERO,
                stopped ? record->tx_resumed - record->tx_stopped : 0);
    report_number(r, "held_frames", "frames held", REPORT_SKIP_ZERO, record->held_frames);
    report_number(r, "held_bytes_max", "bytes held at most", REPORT_SKIP_ZERO, record->held_bytes_max);
    report_steps(record, r);
    report_end(r);
}

static void report_switches(const struct world *w, struct report *r)
{
    report_list(r, "switches", NULL, REPORT_BLOCKS, REPORT_SKIP_EMPTY);
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_switch_count(w->hosts[h]); i++)
            report_switch(host_switch_get(w->hosts[h], i), r);
    report_end(r);
}

static const struct verb_form forms[] = {
    {"switch VM to passthrough|emulation [OPTION …]", NULL, VERB_OPTIONS(options)},
    {NULL},
};

static const struct verb verb_switch = {
    .kind = VERB_ACTS,
    .word = "switch",
    .place = 40,
    .sentence = "take a VM into passthrough, or out of it",
    .forms = forms,
    .example = "1ms switch web to passthrough fail load",
    .endings = "refused undone forced unfinished missed",
    .parse = parse_mode,
    .is_meant = is_meant,
    .check = check_mode,
    .act = switch_mode,
    .is_under_way = is_under_way,
    .ending = end_of_switch,
    .is_named = is_named,
    .vm_of = vm_of,
    .npa_kernel = true,
    .find_unexpected = find_switches,
    .report = report_switches,
    .report_place = REPORT_SWITCHES,
};
VERB(verb_switch);

/* ---- expect switch V N RESULT ---- */

static bool parse_expect(struct scn_cursor *c, struct scn_expect *e)
{
    static const struct scn_named results[] = {
        {"done", SWITCH_DONE}, {"undone", SWITCH_UNDONE}, {"forced", SWITCH_FORCED}, {"refused", SWITCH_REFUSED}, {NULL, 0}};
    const struct verb_nth nth = {"switch", "which switch of the VM", "result of a switch", results};
    return verb__take_nth(c, e, &nth);
}

static const struct switch_record *nth_switch(const struct world *w, const char *vm, unsigned nth, unsigned *count)
{
    *count = 0;
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_switch_count(w->hosts[h]); i++) {
            const struct switch_record *record = host_switch_get(w->hosts[h], i);
            if (!strcmp(record->vm, vm) && ++*count == nth)
                return record;
        }
    return NULL;
}

static bool judge_switch(const struct world *w, const struct scn_expect *e, char *seen)
{
    unsigned count;
    const struct switch_record *record = nth_switch(w, e->name.text, e->nth, &count);
    if (!record) {
        snprintf(seen, WORLD_SEEN_LEN, "it switched %u times", count);
        return false;
    }
    bool reason = *record->reason;
    snprintf(seen, WORLD_SEEN_LEN, "was %s%s%.160s", world__switch_result_text(record->result), reason ? ": " : "", record->reason);
    return (int)record->result == e->state && (!e->reason || scn_contains(record->reason, e->reason));
}

static const struct verb_form expect_forms[] = {
    {"expect switch VM N done|undone|forced|refused [reason \"…\"]", NULL, NULL, 0},
    {NULL},
};

static const struct verb verb_expect_switch = {
    .kind = VERB_EXPECTS,
    .word = "switch",
    .place = 20,
    .sentence = "how the Nth switch of a VM ended",
    .forms = expect_forms,
    .example = "end expect switch web 1 undone reason \"load\"",
    .expect = parse_expect,
    .check_expect = verb__check_vm_expected,
    .judge = judge_switch,
    .look = "--trace switch,host,pf",
    .look_place = 10,
};
VERB(verb_expect_switch);
