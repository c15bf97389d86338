/* SPDX-License-Identifier: GPL-2.0-or-later */
/* expect F bound-by WHAT [at PLACE]: what let no more of a flow through. */
#include <inttypes.h>
#include <string.h>

#include "scenario/verbs/verbs__.h"

static const char *const words[BOUND_KINDS + 1] = {
#define BOUND(name, word, text) [BOUND_##name] = word,
#include "scenario/outcome/bound.def"
#undef BOUND
};

static bool parse(struct scn_cursor *c, struct scn_expect *e)
{
    scn_need(c, "bound-by");
    e->state = scn_choice(c, "bottleneck", words);
    if (e->state < 0)
        return false;
    if (scn_accept(c, "at")) {
        const struct scn_word *place = scn_take(c, "a place such as web or \"h0.vmnic0*\"");
        if (!place)
            return false;
        e->place = *place;
    }
    scn_finish(c);
    e->text = scn_printf(c->file, "%s bound-by %s%s%s", e->name.text, words[e->state], e->place.text ? " at " : "",
                         e->place.text ? e->place.text : "");
    return !c->failed;
}

/* A flow, a connection, a replay or an exchange as a whole: its halves have one answer. */
static void check(struct scenario *sc, struct scn_expect *e)
{
    scn_resolve(sc, &e->name, SCN_BIT(SCN_FLOW) | SCN_BIT(SCN_REPLAY) | SCN_BIT(SCN_EXCHANGE), "a flow, a replay or an exchange");
}

static bool judge(const struct world *w, const struct scn_expect *e, char *seen)
{
    struct world_bound bound;
    uint32_t flow = flow_find(w->sim, e->name.text);

    if (!flow || !world__find_bound(w, flow, &bound)) {
        snprintf(seen, WORLD_SEEN_LEN, "nothing was sent");
        return false;
    }
    if (bound.has_share)
        snprintf(seen, WORLD_SEEN_LEN, "was %s%s%s, %" PRIu64 ".%" PRIu64 "%%", words[bound.kind], bound.place[0] ? " at " : "",
                 bound.place, bound.share / 10, bound.share % 10);
    else
        snprintf(seen, WORLD_SEEN_LEN, "was %s%s%s", words[bound.kind], bound.place[0] ? " at " : "", bound.place);
    return (int)bound.kind == e->state && (!e->place.text || verb__is_place(bound.place, e->place.text));
}

static const char *const behind[] = {"bound-by", NULL};
static const struct verb_form forms[] = {{"expect FLOW bound-by WHAT [at PLACE]", NULL, NULL, 0}, {NULL}};

static const struct verb verb_expect_bound = {
    .kind = VERB_EXPECTS,
    .behind = behind,
    .behind_first = true,
    .place = 151,
    .sentence = "what let no more of a flow through",
    .forms = forms,
    .example = "end expect f bound-by rate-limit at h0.vmnic0",
    .expect = parse,
    .check_expect = check,
    .judge = judge,
};
VERB(verb_expect_bound);
