/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a link does to frames besides carrying them [tc-netem(8)]: options of a link, and of tc qdisc (tc.c). */
#include "scenario/verbs/verbs__.h"

static void take_loss(struct scn_cursor *c, void *into)
{
    struct netem *n = into;
    n->recovery = 0;
    if (scn_accept(c, "gemodel")) {
        scn_percent(c, "a chance to get into the bad state", &n->loss);
        const struct scn_word *word = scn_peek(c);
        if (scn_percent(c, "a chance to get out of it", &n->recovery) && !n->recovery)
            scn_fail(c, word->at, "a bad state that has no end is 'loss 100%%'");
        return;
    }
    scn_accept(c, "random");
    scn_percent(c, "a loss", &n->loss);
}

static void take_delay(struct scn_cursor *c, void *into)
{
    struct netem *n = into;
    const struct scn_word *next;
    n->jitter = 0;
    if (!scn_time(c, "a delay", &n->delay) || !(next = scn_peek(c)) || next->text[0] < '0' || next->text[0] > '9')
        return;
    if (scn_time(c, "a jitter", &n->jitter) && n->jitter > n->delay)
        scn_fail(c, next->at, "a jitter of more than the delay would have frames arrive before they were sent");
}

static void take_reorder(struct scn_cursor *c, void *into)
{
    struct netem *n = into;
    uint64_t gap;
    scn_percent(c, "a share of frames", &n->reorder);
    n->gap = scn_accept(c, "gap") && scn_number(c, "every how manieth frame", 1, 1000000, &gap) ? (uint32_t)gap : 0;
}

static void take_duplicate(struct scn_cursor *c, void *into)
{
    scn_percent(c, "a share of frames", &((struct netem *)into)->duplicate);
}

static void take_corrupt(struct scn_cursor *c, void *into)
{
    scn_percent(c, "a share of frames", &((struct netem *)into)->corrupt);
}

const struct scn_option verb__netem_options[VERB_NETEM_OPTIONS] = {
    {"loss", take_loss, "[random] P%|gemodel P% R%"},
    {"delay", take_delay, "T [JITTER]"},
    {"reorder", take_reorder, "P% [gap N]"},
    {"duplicate", take_duplicate, "P%"},
    {"corrupt", take_corrupt, "P%"},
};

/* Of a link's line: the same words; what they say is for both directions. */
void verb__link_loss(struct scn_cursor *c, void *into) { take_loss(c, &((struct scn_link *)into)->netem); }
void verb__link_delay(struct scn_cursor *c, void *into) { take_delay(c, &((struct scn_link *)into)->netem); }
void verb__link_reorder(struct scn_cursor *c, void *into) { take_reorder(c, &((struct scn_link *)into)->netem); }
void verb__link_duplicate(struct scn_cursor *c, void *into) { take_duplicate(c, &((struct scn_link *)into)->netem); }
void verb__link_corrupt(struct scn_cursor *c, void *into) { take_corrupt(c, &((struct scn_link *)into)->netem); }

void verb__check_netem(struct scn_cursor *c, const struct netem *n)
{
    if (n->reorder && !n->delay)
        scn_fail(c, c->end, "reordering is not possible without specifying some delay"); /* [tc-netem(8), in its words] */
}
