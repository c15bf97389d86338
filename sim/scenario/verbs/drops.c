/* SPDX-License-Identifier: GPL-2.0-or-later */
/* expect drops [at PLACE] [reason WORD] count|total OP N: copies of frames that ended without a delivery. */
#include <inttypes.h>
#include <string.h>

#include "scenario/verbs/verbs__.h"

static void take_reason(struct scn_cursor *c, struct scn_expect *e)
{
    const struct scn_word *word = scn_take(c, "a reason such as rx_no_descriptor");
    if (!word)
        return;
    struct scn_suggest suggest;
    char near[80];
    scn_suggest_init(&suggest, word->text);
    for (int i = 0; i < FATE_COUNT; i++) {
        if (fate_is_delivery((enum fate)i))
            continue;
        if (!strcmp(word->text, fate_name((enum fate)i))) {
            e->fate = i;
            return;
        }
        scn_suggest_try(&suggest, fate_name((enum fate)i));
    }
    scn_fail(c, word->at, "no frame is ever dropped for the reason '%s'%s", word->text,
             scn_suggest_text(&suggest, near, sizeof(near)));
}

/* drops [at PLACE] [reason WORD] (count | total) [OP] N */
static bool parse_drops(struct scn_cursor *c, struct scn_expect *e)
{
    static const char *const words[] = {"at", "reason", "count", "total", NULL};
    for (int which = -1; which < 2 && !c->failed;) {
        which = scn_choice(c, "figure of drops", words);
        if (which == 0) {
            const struct scn_word *place = scn_take(c, "a place such as h0.vmnic0 or \"h0.vmnic0 vf 2\"");
            if (place)
                e->place = *place;
        } else if (which == 1) {
            take_reason(c, e);
        }
    }
    e->op = scn_take_op(c);
    const char *shown = c->next < c->count ? c->words[c->next].text : "";
    if (!scn_count(c, "a number of frames", &e->value))
        return false;
    e->text =
        scn_printf(c->file, "drops%s%s%s%s %s %s", e->place.text ? " at " : "", e->place.text ? e->place.text : "",
                   e->fate >= 0 ? " reason " : "", e->fate >= 0 ? fate_name((enum fate)e->fate) : "", scn_op_words[e->op], shown);
    return !c->failed;
}

bool verb__is_place(const char *place, const char *wanted)
{
    size_t len = strlen(wanted);
    if (strchr(wanted, '*'))
        return scn_contains(place, wanted);
    return !strncmp(place, wanted, len) && (!place[len] || place[len] == ' ');
}

static bool judge_drops(const struct world *w, const struct scn_expect *e, char *seen)
{
    struct drop_report drop;
    uint64_t total = 0;
    for (uint32_t i = 0; books_get_drop(w->sim, i, &drop); i++)
        if ((e->fate < 0 || (int)drop.fate == e->fate) && (!e->place.text || verb__is_place(drop.place, e->place.text)))
            total += drop.count;
    snprintf(seen, WORLD_SEEN_LEN, "was %" PRIu64, total);
    return world__judge_number(w, e, total);
}

static const struct verb_form forms[] = {
    {"expect drops [at PLACE] [reason WORD] count [OP] N", NULL, NULL, 0},
    {"expect drops total [OP] N", NULL, NULL, 0},
    {NULL},
};

static const struct verb verb_expect_drops = {
    .kind = VERB_EXPECTS,
    .word = "drops",
    .place = 10,
    .sentence = "how many copies of frames were dropped, where and why",
    .forms = forms,
    .example = "end expect drops at h0.vmnic0 reason mac_spoof count >= 1",
    .expect = parse_drops,
    .judge = judge_drops,
    .look = "--trace core",
    .look_switched = "--trace core,switch",
    .look_place = 40,
};
VERB(verb_expect_drops);
