/* SPDX-License-Identifier: GPL-2.0-or-later */
/* expect V on HOST: where a VM lives. */
#include <string.h>

#include "scenario/verbs/verbs__.h"

static bool parse_expect(struct scn_cursor *c, struct scn_expect *e)
{
    scn_need(c, "on");
    e->place = scn_take_word(c, "a host");
    scn_finish(c);
    e->text = scn_printf(c->file, "%s on %s", e->name.text, e->place.text ? e->place.text : "");
    return !c->failed;
}

static void check_expect(struct scenario *sc, struct scn_expect *e)
{
    scn_resolve(sc, &e->place, SCN_BIT(SCN_HOST), "a host");
    scn_resolve(sc, &e->name, SCN_BIT(SCN_VM), "a VM");
}

static bool judge_on(const struct world *w, const struct scn_expect *e, char *seen)
{
    const char *host = host_name(world__host_of(w, world__vm_index(w, e->name.text)));
    snprintf(seen, WORLD_SEEN_LEN, "was on %s", host);
    return !strcmp(host, e->place.text);
}

static const char *const behind[] = {"on", NULL};
static const struct verb_form forms[] = {{"expect VM on HOST", NULL, NULL, 0}, {NULL}};

static const struct verb verb_expect_on = {
    .kind = VERB_EXPECTS,
    .behind = behind,
    .place = 110,
    .sentence = "where a VM lives",
    .forms = forms,
    .example = "end expect web on h1",
    .expect = parse_expect,
    .check_expect = check_expect,
    .judge = judge_on,
};
VERB(verb_expect_on);
