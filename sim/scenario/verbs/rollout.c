/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rollout NAME of IMAGE to V … [OPTION …]: many VMs are given another plugin by policy, and it is undone when it fails. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "host/upgrade/rollout.h"
#include "scenario/verbs/verbs__.h"

enum { PATTERNS_MAX = 64 };

/* what a line says */
struct said {
    struct scn_word name, image, vm[PATTERNS_MAX];
    unsigned vms;
    uint64_t width, failures, drops;
    sim_time interval, watch, patience;
};

static const struct verb verb_rollout, verb_expect_rollout;

static void option_width(struct scn_cursor *c, void *into)
{
    scn_number(c, "how many VMs at a time", 1, SCN_VMS_MAX, &((struct said *)into)->width);
}

static void option_failures(struct scn_cursor *c, void *into)
{
    scn_number(c, "how many VMs may fail", 0, SCN_VMS_MAX, &((struct said *)into)->failures);
}

static void option_drops(struct scn_cursor *c, void *into)
{
    scn_count(c, "how many drops are borne", &((struct said *)into)->drops);
}

static void option_interval(struct scn_cursor *c, void *into)
{
    scn_time(c, "the time from one VM to the next", &((struct said *)into)->interval);
}

static void option_watch(struct scn_cursor *c, void *into)
{
    scn_time(c, "how long each VM is watched", &((struct said *)into)->watch);
}

static void option_patience(struct scn_cursor *c, void *into)
{
    scn_time(c, "how long a busy VM is waited for", &((struct said *)into)->patience);
}

static const struct scn_option options[] = {
    {"width", option_width, "N"},       {"interval", option_interval, "T"}, {"watch", option_watch, "T"},
    {"patience", option_patience, "T"}, {"drops", option_drops, "N"},       {"failures", option_failures, "N"},
};
enum { OPTIONS = sizeof(options) / sizeof(options[0]) };

static bool is_option(const char *word)
{
    for (unsigned i = 0; i < OPTIONS; i++)
        if (!strcmp(options[i].word, word))
            return true;
    return false;
}

static void take_vms(struct scn_cursor *c, struct said *said)
{
    while (scn_peek(c) && !is_option(scn_peek(c)->text)) {
        if (said->vms == PATTERNS_MAX) {
            scn_fail(c, scn_peek(c)->at, "more than %d VMs named one by one: a '*' stands for many", PATTERNS_MAX);
            return;
        }
        said->vm[said->vms++] = *scn_take(c, "a VM");
    }
    if (!said->vms)
        scn_take(c, "a VM, or a pattern such as web*");
}

static void parse_rollout(struct scn_cursor *c, struct scn_item *item)
{
    struct said *said = item->said = scn_alloc(c->file, sizeof(*said));
    *said =
        (struct said){.name = scn_take_word(c, "a name for the rollout"), .width = 1, .watch = 10 * SIM_MS, .patience = 10 * SIM_S};
    if (!said->name.text || !scn_need(c, "of"))
        return;
    said->image = scn_take_word(c, "a plugin image of the store");
    if (!said->image.text || !scn_need(c, "to"))
        return;
    take_vms(c, said);
    scn_options(c, "option of a rollout", options, OPTIONS, said);
}

static const struct said *said_by(const struct scenario *sc, unsigned item)
{
    return sc->items[item].verb == &verb_rollout ? sc->items[item].said : NULL;
}

/* By which of its words: the first. said->vms: by none. */
static unsigned taken_by(const struct said *said, const char *vm)
{
    unsigned i = 0;
    while (i < said->vms && !scn_matches(said->vm[i].text, vm))
        i++;
    return i;
}

static bool takes(const struct said *said, const char *vm) { return taken_by(said, vm) < said->vms; }

static void check_rollout(struct scenario *sc, struct scn_item *item)
{
    const struct said *said = item->said, *other;
    for (unsigned i = 0; said->name.text && &sc->items[i] != item; i++)
        if ((other = said_by(sc, i)) && other->name.text && !strcmp(other->name.text, said->name.text))
            scn_error(&sc->file, said->name.at, "there is a rollout '%s' already", said->name.text);
    for (unsigned i = 0; i < said->vms; i++) {
        bool any = false;
        for (unsigned v = 0; v < sc->vm_count; v++)
            any |= scn_matches(said->vm[i].text, sc->vms[v].name.text);
        if (!any && strchr(said->vm[i].text, '*'))
            scn_error(&sc->file, said->vm[i].at, "no VM's name is like '%s'", said->vm[i].text);
        else if (!any)
            scn_resolve(sc, &said->vm[i], SCN_BIT(SCN_VM), "a VM");
    }
    for (unsigned v = 0; said->image.text && v < sc->vm_count; v++)
        if (takes(said, sc->vms[v].name.text)) {
            verb__check_plugin(sc, &said->image, &sc->vms[v]);
            return;
        }
}

/* ---- building and acting ---- */

static void prepare(struct world *w, unsigned item)
{
    const struct said *said = w->sc->items[item].said;
    struct vm **vms = alloc_zero("a rollout", w->sc->vm_count + 1, sizeof(struct vm *));
    struct rollout_params params = {.name = said->name.text,
                                    .image = said->image.text,
                                    .hosts = w->hosts,
                                    .host_count = w->sc->host_count,
                                    .vms = vms,
                                    .width = (unsigned)said->width,
                                    .failures = (unsigned)said->failures,
                                    .drops = said->drops,
                                    .interval = said->interval,
                                    .watch = said->watch,
                                    .patience = said->patience,
                                    .all = w->rollouts,
                                    .all_count = w->sc->item_count};
    for (unsigned i = 0; i < said->vms; i++)
        for (unsigned v = 0; v < w->sc->vm_count; v++)
            if (taken_by(said, w->sc->vms[v].name.text) == i)
                vms[params.vm_count++] = w->vms[v];
    w->rollouts[item] = rollout_create(w->sim, &params);
    free(vms);
}

static void begin(struct world *w, unsigned item) { rollout_begin(w->rollouts[item]); }

static bool is_under_way(const struct world *w)
{
    for (unsigned i = 0; i < w->sc->item_count; i++)
        if (w->rollouts[i] && rollout_is_under_way(w->rollouts[i]))
            return true;
    return false;
}

/* ---- what came of it ---- */

static void end_of_rollout(const struct world *w, unsigned item, struct world_ending *out)
{
    static const enum scn_ending endings[] = {SCN_ENDING_NEVER,  SCN_ENDING_UNFINISHED, SCN_ENDING_UNFINISHED, SCN_ENDING_DONE,
                                              SCN_ENDING_UNDONE, SCN_ENDING_FAILED,     SCN_ENDING_REFUSED};
    struct rollout_view view;
    rollout_get(w->rollouts[item], &view);
    world__say_ending(out, endings[view.result], "%s", view.reason);
}

static bool is_named(const struct world *w, unsigned item)
{
    const struct said *said = w->sc->items[item].said;
    return world__is_named(w, &verb_expect_rollout, said->name.text, 0);
}

static bool covers(const struct world *w, unsigned item, const char *vm, sim_time at)
{
    struct rollout_view view;
    if (!takes(w->sc->items[item].said, vm))
        return false;
    rollout_get(w->rollouts[item], &view);
    return at >= view.start && at <= view.end;
}

/* ---- reporting ---- */

static void report_vm(const struct rollout *rollout, unsigned i, struct report *r)
{
    const struct vm *vm;
    const struct rollout_vm *v = rollout_get_vm(rollout, i, &vm);
    bool has_failed = v->phase == ROLLOUT_BAD || v->phase == ROLLOUT_STUCK || v->had_failed;
    report_object(r, NULL, NULL, REPORT_LINE, has_failed ? REPORT_BAD : 0);
    report_text(r, "vm", NULL, 0, "%s", vm_name(vm));
    report_text(r, "from", NULL, 0, "%s", v->former);
    report_text(r, "from_version", "version", 0, "%s", v->former_version);
    report_time(r, "begun_ns", "begun", v->begun == SIM_NEVER ? REPORT_ABSENT : 0, v->begun == SIM_NEVER ? 0 : v->begun);
    report_time(r, "ended_ns", "ended", v->ended == SIM_NEVER ? REPORT_ABSENT : 0, v->ended == SIM_NEVER ? 0 : v->ended);
    report_text(r, "phase", NULL, 0, "%s", rollout_phase_text((enum rollout_phase)v->phase));
    report_text(r, "reason", NULL, 0, "%s", v->reason);
    report_end(r);
}

static void report_rollout(const struct rollout *rollout, struct report *r)
{
    struct rollout_view view;
    rollout_get(rollout, &view);
    bool ended = view.end != SIM_NEVER;
    report_object(r, NULL, NULL, REPORT_BLOCKS, 0);
    report_text(r, NULL, NULL, REPORT_TEXT_ONLY | REPORT_BARE, "%s, %s to %u VMs:", view.name, view.image, view.vm_count);
    report_text(r, "name", NULL, REPORT_JSON_ONLY, "%s", view.name);
    report_text(r, "plugin", NULL, REPORT_JSON_ONLY, "%s", view.image);
    report_text(r, "result", NULL, REPORT_BARE, "%s", rollout_result_text(view.result));
    report_text(r, "reason", NULL, REPORT_BARE | REPORT_SKIP_ZERO, "%s", view.reason);
    report_time(r, "start_ns", "from", 0, view.start);
    report_time(r, "undoing_ns", "undone from", view.undoing == SIM_NEVER ? REPORT_ABSENT : 0,
                view.undoing == SIM_NEVER ? 0 : view.undoing);
    report_time(r, "end_ns", "to", ended ? 0 : REPORT_ABSENT, ended ? view.end : 0);
    report_list(r, "vms", NULL, REPORT_TABLE, 0);
    for (unsigned i = 0; i < view.vm_count; i++)
        report_vm(rollout, i, r);
    report_end(r);
    report_end(r);
}

static void report_rollouts(const struct world *w, struct report *r)
{
    struct rollout_view view;
    report_list(r, "rollouts", NULL, REPORT_BLOCKS, REPORT_SKIP_EMPTY);
    for (unsigned i = 0; i < w->sc->item_count; i++) {
        if (!w->rollouts[i])
            continue;
        rollout_get(w->rollouts[i], &view);
        if (view.result != ROLLOUT_NOT_BEGUN)
            report_rollout(w->rollouts[i], r);
    }
    report_end(r);
}

static const struct verb_form forms[] = {
    {"rollout NAME of IMAGE to VM … [OPTION …]", NULL, VERB_OPTIONS(options)},
    {NULL},
};

static const struct verb verb_rollout = {
    .kind = VERB_ACTS,
    .word = "rollout",
    .place = 44,
    .sentence = "give many running VMs another plugin, some at a time, and undo that when it fails",
    .forms = forms,
    .example = "5ms rollout v2 of vf-2.so to web width 2 watch 20ms",
    .endings = "refused undone failed unfinished",
    .parse = parse_rollout,
    .check = check_rollout,
    .phase = BUILD_WORKLOADS,
    .prepare = prepare,
    .act = begin,
    .is_under_way = is_under_way,
    .ending = end_of_rollout,
    .is_named = is_named,
    .covers = covers,
    .report = report_rollouts,
    .report_place = REPORT_ROLLOUTS,
};
VERB(verb_rollout);

/* ---- expect rollout NAME RESULT; expect rollout NAME PHASE [OP] N ---- */

enum { OF_RESULT, OF_PHASE };

static const struct scn_named figures[] = {{"replaced", ROLLOUT_WELL},     {"failed-vms", ROLLOUT_BAD}, {"waiting", ROLLOUT_WAITS},
                                           {"returned", ROLLOUT_RETURNED}, {"stuck", ROLLOUT_STUCK},    {NULL, 0}};

static bool takes_figure(struct scn_cursor *c)
{
    for (unsigned i = 0; scn_peek(c) && figures[i].word; i++)
        if (!strcmp(scn_peek(c)->text, figures[i].word))
            return true;
    return false;
}

static bool parse_expect(struct scn_cursor *c, struct scn_expect *e)
{
    static const struct scn_named results[] = {{"done", ROLLOUT_DONE},
                                               {"undone", ROLLOUT_UNDONE},
                                               {"failed", ROLLOUT_FAILED},
                                               {"refused", ROLLOUT_REFUSED},
                                               {"under-way", ROLLOUT_UNDER_WAY},
                                               {"being-undone", ROLLOUT_UNDOING},
                                               {NULL, 0}};
    const struct scn_word *name = scn_take(c, "a rollout");
    if (!name)
        return false;
    e->name = *name;
    const char *word = scn_peek(c) ? scn_peek(c)->text : "";
    e->figure = takes_figure(c) ? OF_PHASE : OF_RESULT;
    if (!scn_pick(c, "result or figure of a rollout", e->figure == OF_PHASE ? figures : results, &e->state))
        return false;
    if (e->figure == OF_PHASE) {
        e->op = scn_take_op(c);
        if (!scn_number(c, "a number of VMs", 0, SCN_VMS_MAX, &e->value))
            return false;
        e->text = scn_printf(c->file, "rollout %s %s %s %" PRIu64, name->text, word, scn_op_words[e->op], e->value);
    } else {
        verb__take_reason(c, e);
        e->text = scn_printf(c->file, "rollout %s %s%s%s%s", name->text, word, e->reason ? " reason \"" : "",
                             e->reason ? e->reason : "", e->reason ? "\"" : "");
    }
    scn_finish(c);
    return !c->failed;
}

static int find_rollout(const struct scenario *sc, const char *name)
{
    const struct said *said;
    for (unsigned i = 0; i < sc->item_count; i++)
        if ((said = said_by(sc, i)) && said->name.text && !strcmp(said->name.text, name))
            return (int)i;
    return -1;
}

static void check_expect(struct scenario *sc, struct scn_expect *e)
{
    if (find_rollout(sc, e->name.text) < 0)
        scn_error(&sc->file, e->name.at, "there is no rollout '%s'", e->name.text);
}

static bool judge_rollout(const struct world *w, const struct scn_expect *e, char *seen)
{
    const struct rollout *rollout = w->rollouts[find_rollout(w->sc, e->name.text)];
    struct rollout_view view;
    const struct vm *vm;
    uint64_t count = 0;
    rollout_get(rollout, &view);
    if (e->figure == OF_RESULT) {
        snprintf(seen, WORLD_SEEN_LEN, "was %s%s%.160s", rollout_result_text(view.result), *view.reason ? ": " : "", view.reason);
        return (int)view.result == e->state && (!e->reason || scn_contains(view.reason, e->reason));
    }
    for (unsigned i = 0; i < view.vm_count; i++)
        count += (int)rollout_get_vm(rollout, i, &vm)->phase == e->state;
    snprintf(seen, WORLD_SEEN_LEN, "was %" PRIu64, count);
    return world__judge_number(w, e, count);
}

static const struct verb_form expect_forms[] = {
    {"expect rollout NAME done|undone|failed|refused|under-way|being-undone [reason \"…\"]", NULL, NULL, 0},
    {"expect rollout NAME replaced|failed-vms|waiting|returned|stuck [OP] N", NULL, NULL, 0},
    {NULL},
};

static const struct verb verb_expect_rollout = {
    .kind = VERB_EXPECTS,
    .word = "rollout",
    .place = 24,
    .sentence = "how a rollout ended, and how many VMs have come how far",
    .forms = expect_forms,
    .example = "end expect rollout v2 undone reason \"load\"",
    .expect = parse_expect,
    .check_expect = check_expect,
    .judge = judge_rollout,
    .look = "--trace switch,host,pf",
    .look_place = 10,
};
VERB(verb_expect_rollout);
