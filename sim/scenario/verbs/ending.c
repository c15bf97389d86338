/* SPDX-License-Identifier: GPL-2.0-or-later */
/* expect act "TEXT" [N] ENDING: how the Nth act whose line has TEXT ended, of whatever verb. */
#include <string.h>

#include "scenario/verbs/verbs__.h"

static bool parse_expect(struct scn_cursor *c, struct scn_expect *e)
{
    uint64_t n = 1;
    const struct scn_word *text = scn_take(c, "part of the act's line, in quotes"), *next = scn_peek(c);
    if (text && next && next->text[0] >= '0' && next->text[0] <= '9' && !scn_number(c, "which of such acts", 1, 100000, &n))
        return false;
    int ending = text ? scn_choice(c, "ending of an act", scn_ending_words) : -1;
    if (ending < 0)
        return false;
    e->name = *text;
    e->nth = (unsigned)n;
    e->state = ending;
    verb__take_reason(c, e);
    scn_finish(c);
    e->text =
        scn_printf(c->file, "act \"%s\"%s %s%s%s%s", text->text, n > 1 ? scn_printf(c->file, " %u", e->nth) : "",
                   scn_ending_words[ending], e->reason ? " reason \"" : "", e->reason ? e->reason : "", e->reason ? "\"" : "");
    return !c->failed;
}

static void check_expect(struct scenario *sc, struct scn_expect *e)
{
    int found = scn_find_act(sc, e->name.text, e->nth);
    if (found < 0)
        scn_error(&sc->file, e->name.at, "no act has '%s' in its line%s", e->name.text, e->nth > 1 ? " so often" : "");
    else
        e->names = &sc->items[found];
}

static bool judge_act(const struct world *w, const struct scn_expect *e, char *seen)
{
    struct world_ending end;
    world__ending(w, (unsigned)(e->names - w->sc->items), &end);
    bool missed = e->state == SCN_ENDING_MISSED && *end.missed;
    const char *reason = missed ? end.missed : end.reason;
    snprintf(seen, WORLD_SEEN_LEN, "was %s%s%.160s", scn_ending_words[missed ? SCN_ENDING_MISSED : end.ending], *reason ? ": " : "",
             reason);
    return (missed || (int)end.ending == e->state) && (!e->reason || scn_contains(reason, e->reason));
}

static const struct verb_form forms[] = {{"expect act \"TEXT\" [N] ENDING [reason \"…\"]", NULL, NULL, 0}, {NULL}};

static const struct verb verb_expect_act = {
    .kind = VERB_EXPECTS,
    .word = "act",
    .place = 80,
    .sentence = "how the Nth act whose line has TEXT ended",
    .forms = forms,
    .example = "end expect act \"mtu 9300\" refused reason \"maximum\"",
    .expect = parse_expect,
    .check_expect = check_expect,
    .judge = judge_act,
};
VERB(verb_expect_act);
