/* SPDX-License-Identifier: GPL-2.0-or-later */
/* iochain V add|del NAME: a filter in the I/O chain of a VM's port, which sees and counts every frame. */
#include <string.h>

#include "scenario/verbs/verbs__.h"

struct filter {
    struct scn_word vm, name;
    bool del;
};

static void parse_iochain(struct scn_cursor *c, struct scn_item *item)
{
    static const char *const acts[] = {"add", "del", NULL};
    const size_t room = sizeof(((struct iochain_filter *)0)->name);
    struct filter *said = item->said = scn_alloc(c->file, sizeof(*said));
    said->vm = scn_take_word(c, "a VM");
    said->del = said->vm.text && scn_choice(c, "act on an I/O chain", acts) == 1;
    said->name = scn_take_word(c, "a filter's name");
    if (said->name.text && strlen(said->name.text) >= room)
        scn_fail(c, said->name.at, "a filter's name has up to %zu characters", room - 1);
}

static void check(struct scenario *sc, struct scn_item *item)
{
    const struct filter *filter = item->said;
    if (filter->vm.text)
        scn_resolve(sc, &filter->vm, SCN_BIT(SCN_VM), "a VM");
}

static void act(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct filter *filter = item->said;
    unsigned vm = world__vm_index(w, filter->vm.text);
    struct host *host = world__host_of(w, vm);
    world__judge_status(w, item, (filter->del ? host_del_filter : host_add_filter)(host, w->vms[vm], filter->name.text));
}

static const char *vm_of(const struct scn_item *item) { return ((const struct filter *)item->said)->vm.text; }

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

static const struct verb_form forms[] = {{"iochain VM add|del NAME", NULL, NULL, 0}, {NULL}};

static const struct verb verb_iochain = {
    .kind = VERB_ACTS,
    .word = "iochain",
    .place = 180,
    .sentence = "put a filter into the I/O chain of a VM's port, or take it out",
    .forms = forms,
    .example = "500ms iochain web add dvfilter",
    .endings = "refused",
    .parse = parse_iochain,
    .check = check,
    .act = act,
    .vm_of = vm_of,
    .report = report_filters,
    .report_place = REPORT_FILTERS,
};
VERB(verb_iochain);
