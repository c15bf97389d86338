/* SPDX-License-Identifier: GPL-2.0-or-later */
/* plugin V replace IMAGE: a running VM is given another plugin; which one VMs have, and what is expected of it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/upgrade/upgrade.h"
#include "scenario/verbs/verbs__.h"

/* what a line says */
struct replace {
    struct scn_word vm, image;
    enum switch_step fail;
};

static const struct verb verb_plugin, verb_expect_replacement;

static void replace_fail(struct scn_cursor *c, void *into)
{
    ((struct replace *)into)->fail =
        verb__switch_step(c, SWITCH_USE_IN, SWITCH_SAFE, "step of the switch to passthrough with the new image");
}

static const struct scn_option options[] = {{"fail", replace_fail, "STEP"}};

static void parse_replace(struct scn_cursor *c, struct scn_item *item)
{
    struct replace *said = item->said = scn_alloc(c->file, sizeof(*said));
    *said = (struct replace){.vm = scn_take_word(c, "a VM"), .fail = STEP_NONE};
    if (!said->vm.text || !scn_need(c, "replace"))
        return;
    said->image = scn_take_word(c, "a plugin image of the store");
    scn_options(c, "option of a replacement", options, sizeof(options) / sizeof(options[0]), said);
}

static void check_replace(struct scenario *sc, struct scn_item *item)
{
    const struct replace *said = item->said;
    const struct scn_name *vm = said->vm.text ? scn_resolve(sc, &said->vm, SCN_BIT(SCN_VM), "a VM") : NULL;
    if (vm && said->image.text)
        verb__check_plugin(sc, &said->image, &sc->vms[vm->index]);
}

/* ---- acting ---- */

static void replace(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct replace *said = item->said;
    unsigned vm = world__vm_index(w, said->vm.text), host = world__host_index(w, vm);
    world__recorded(w, item, host, host_replacement_count(w->hosts[host]));
    host_replace_plugin(w->hosts[host], w->vms[vm], said->image.text, said->fail); /* refused ones are recorded, too */
}

static bool is_under_way(const struct world *w)
{
    for (unsigned h = 0; h < w->sc->host_count; h++)
        if (host_replacement_is_under_way(w->hosts[h]))
            return true;
    return false;
}

/* ---- what came of it ---- */

static const char *const result_text[] = {"under way", "done", "undone", "failed", "lost", "refused"};

static enum scn_ending ending_of(enum replacement_result result)
{
    static const enum scn_ending endings[] = {SCN_ENDING_UNFINISHED, SCN_ENDING_DONE, SCN_ENDING_UNDONE,
                                              SCN_ENDING_FAILED,     SCN_ENDING_LOST, SCN_ENDING_REFUSED};
    return endings[result];
}

/* Of all hosts, in order of start: a VM that moves has some on each. NULL: it has not so many, which `count` tells then. */
static const struct replacement_record *find_nth(const struct world *w, const char *vm, unsigned nth, unsigned *count)
{
    unsigned next[SCN_HOSTS_MAX] = {0};
    for (*count = 0;; ++*count) {
        const struct replacement_record *first = NULL;
        unsigned of = 0;
        for (unsigned h = 0; h < w->sc->host_count; h++) {
            const struct replacement_record *record = NULL;
            while ((record = host_replacement_get(w->hosts[h], next[h])) && strcmp(record->vm, vm))
                next[h]++;
            if (record && (!first || record->start < first->start)) {
                first = record;
                of = h;
            }
        }
        if (!first || *count + 1 == nth)
            return first;
        next[of]++;
    }
}

static unsigned number_of(const struct world *w, const struct replacement_record *record)
{
    unsigned count;
    for (unsigned nth = 1;; nth++) {
        const struct replacement_record *other = find_nth(w, record->vm, nth, &count);
        if (other == record || !other)
            return nth;
    }
}

static void end_of_replacement(const struct world *w, unsigned item, struct world_ending *out)
{
    const struct world_act *act = &w->acts[item];
    const struct replacement_record *record = host_replacement_get(w->hosts[act->host], act->record - 1);
    const struct replace *said = w->sc->items[item].said;
    if (!record)
        return; /* of a saved world that was damaged */
    world__say_ending(out, ending_of(record->result), "%s", record->result == REPLACEMENT_DONE ? "" : record->reason);
    if (said->fail != STEP_NONE && record->result == REPLACEMENT_DONE)
        snprintf(out->missed, sizeof(out->missed), "fail %s", switch_step_name(said->fail));
}

static bool is_named(const struct world *w, unsigned item)
{
    const struct world_act *act = &w->acts[item];
    const struct replacement_record *record = host_replacement_get(w->hosts[act->host], act->record - 1);
    return act->record && record && world__is_named(w, &verb_expect_replacement, record->vm, number_of(w, record));
}

static const char *vm_of(const struct scn_item *item) { return ((const struct replace *)item->said)->vm.text; }

bool verb__is_of_replacement(const struct world *w, const char *vm, sim_time at)
{
    for (unsigned h = 0; h < w->sc->host_count; h++) {
        const struct replacement_record *record;
        for (unsigned i = 0; (record = host_replacement_get(w->hosts[h], i)); i++)
            if (!strcmp(record->vm, vm) && at >= record->start && (at <= record->end || record->result == REPLACEMENT_UNDER_WAY) &&
                record->result != REPLACEMENT_REFUSED)
                return true;
    }
    return false;
}

/* ---- reporting ---- */

static void digest_text(const uint8_t digest[32], char text[65])
{
    for (unsigned i = 0; i < 32; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

/* People know an image by the first bytes of its digest. */
static void report_image(struct report *r, const struct host_plugin *plugin)
{
    char digest[65] = "";
    if (plugin->name[0])
        digest_text(plugin->digest, digest);
    report_text(r, "plugin", NULL, 0, "%s", plugin->name);
    report_text(r, "version", NULL, 0, "%s", plugin->version);
    report_text(r, NULL, "digest", REPORT_TEXT_ONLY, "%.16s", digest);
    report_text(r, "digest", NULL, REPORT_JSON_ONLY, "%s", digest);
}

static bool is_worth_telling(const struct world *w)
{
    for (unsigned i = 0; i < w->sc->vm_count; i++)
        if (w->sc->vms[i].face != MACHINE_FACE_LINUX || w->sc->vms[i].plugin.text)
            return true;
    for (unsigned h = 0; h < w->sc->host_count; h++)
        if (host_replacement_count(w->hosts[h]))
            return true;
    return false;
}

static void report_shells(const struct world *w, struct report *r)
{
    report_list(r, "shells", "shells, and the plugins in them", REPORT_TABLE,
                is_worth_telling(w) ? REPORT_SKIP_EMPTY : REPORT_JSON_ONLY);
    for (unsigned i = 0; i < w->sc->vm_count; i++) {
        struct host_plugin plugin;
        host_vm_plugin(world__host_of(w, i), w->vms[i], &plugin);
        report_object(r, NULL, NULL, REPORT_LINE, 0);
        report_text(r, "vm", NULL, 0, "%s", w->sc->vms[i].name.text);
        report_text(r, "shell", NULL, 0, "%s", verb__face_text(w->sc->vms[i].face));
        report_image(r, &plugin);
        report_end(r);
    }
    report_end(r);
}

static void report_replacement(const struct replacement_record *record, struct report *r)
{
    bool ended = record->result != REPLACEMENT_UNDER_WAY;
    report_object(r, NULL, NULL, REPORT_LINE, record->result == REPLACEMENT_DONE ? 0 : REPORT_BAD);
    report_text(r, "vm", NULL, 0, "%s", record->vm);
    report_text(r, "host", NULL, 0, "%s", record->host);
    report_text(r, "from", NULL, 0, "%s", record->from.name);
    report_text(r, "from_version", "version", 0, "%s", record->from.version);
    report_text(r, "to", NULL, 0, "%s", record->to.name);
    report_text(r, "to_version", "version", 0, "%s", record->to.version);
    report_time(r, "start_ns", "start", 0, record->start);
    report_time(r, "took_ns", "took", 0, ended ? record->end - record->start : 0);
    report_text(r, "result", NULL, 0, "%s", result_text[record->result]);
    report_text(r, "reason", NULL, 0, "%s", record->reason);
    report_end(r);
}

static void report_all(const struct world *w, struct report *r)
{
    report_shells(w, r);
    report_list(r, "replacements", "plugins replaced", REPORT_TABLE, REPORT_SKIP_EMPTY);
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_replacement_count(w->hosts[h]); i++)
            report_replacement(host_replacement_get(w->hosts[h], i), r);
    report_end(r);
}

static const struct verb_form forms[] = {
    {"plugin VM replace IMAGE [OPTION …]", NULL, VERB_OPTIONS(options)},
    {NULL},
};

static const struct verb verb_plugin = {
    .kind = VERB_ACTS,
    .word = "plugin",
    .place = 42,
    .sentence = "give a running VM another plugin",
    .forms = forms,
    .example = "2ms plugin web replace vf-2.so",
    .endings = "refused undone failed lost unfinished missed",
    .parse = parse_replace,
    .check = check_replace,
    .act = replace,
    .is_under_way = is_under_way,
    .ending = end_of_replacement,
    .is_named = is_named,
    .vm_of = vm_of,
    .report = report_all,
    .report_place = REPORT_PLUGINS,
};
VERB(verb_plugin);

/* ---- expect replacement V N RESULT ---- */

static bool parse_expect(struct scn_cursor *c, struct scn_expect *e)
{
    static const struct scn_named results[] = {{"done", REPLACEMENT_DONE},       {"undone", REPLACEMENT_UNDONE},
                                               {"failed", REPLACEMENT_FAILED},   {"lost", REPLACEMENT_LOST},
                                               {"refused", REPLACEMENT_REFUSED}, {NULL, 0}};
    const struct verb_nth nth = {"replacement", "which replacement of the VM's plugin", "result of a replacement", results};
    return verb__take_nth(c, e, &nth);
}

static bool judge_replacement(const struct world *w, const struct scn_expect *e, char *seen)
{
    unsigned count;
    const struct replacement_record *record = find_nth(w, e->name.text, e->nth, &count);
    if (!record) {
        snprintf(seen, WORLD_SEEN_LEN, "its plugin was replaced %u times", count);
        return false;
    }
    snprintf(seen, WORLD_SEEN_LEN, "was %s%s%.160s", result_text[record->result], *record->reason ? ": " : "", record->reason);
    return (int)record->result == e->state && (!e->reason || scn_contains(record->reason, e->reason));
}

static const struct verb_form expect_forms[] = {
    {"expect replacement VM N done|undone|failed|lost|refused [reason \"…\"]", NULL, NULL, 0},
    {NULL},
};

static const struct verb verb_expect_replacement = {
    .kind = VERB_EXPECTS,
    .word = "replacement",
    .place = 22,
    .sentence = "how the Nth replacement of a VM's plugin ended",
    .forms = expect_forms,
    .example = "end expect replacement web 1 done",
    .expect = parse_expect,
    .check_expect = verb__check_vm_expected,
    .judge = judge_replacement,
    .look = "--trace switch,host,pf",
    .look_place = 10,
};
VERB(verb_expect_replacement);

/* ---- expect V plugin IMAGE|none|version V ---- */

static bool parse_has(struct scn_cursor *c, struct scn_expect *e)
{
    scn_need(c, "plugin");
    e->state = scn_accept(c, "version");
    e->place = scn_take_word(c, e->state ? "a version" : "a plugin image, 'none' or 'version'");
    scn_finish(c);
    e->text = scn_printf(c->file, "%s plugin %s%s", e->name.text, e->state ? "version " : "", e->place.text ? e->place.text : "");
    return !c->failed;
}

static bool judge_has(const struct world *w, const struct scn_expect *e, char *seen)
{
    struct host_plugin plugin;
    unsigned vm = world__vm_index(w, e->name.text);
    host_vm_plugin(world__host_of(w, vm), w->vms[vm], &plugin);
    snprintf(seen, WORLD_SEEN_LEN, "had %.100s%s%s", plugin.name[0] ? plugin.name : "none", *plugin.version ? ", version " : "",
             plugin.version);
    return e->state ? !strcmp(plugin.version, e->place.text) : !strcmp(plugin.name[0] ? plugin.name : "none", e->place.text);
}

static const char *const behind[] = {"plugin", NULL};
static const struct verb_form has_forms[] = {{"expect VM plugin IMAGE|none|version V", NULL, NULL, 0}, {NULL}};

static const struct verb verb_expect_plugin = {
    .kind = VERB_EXPECTS,
    .behind = behind,
    .place = 112,
    .sentence = "which plugin is in a VM",
    .forms = has_forms,
    .example = "end expect web plugin version 2",
    .expect = parse_has,
    .check_expect = verb__check_vm_expected,
    .judge = judge_has,
};
VERB(verb_expect_plugin);
