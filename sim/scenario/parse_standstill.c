/* SPDX-License-Identifier: GPL-2.0-or-later */
/* suspend V, resume V, and what can be expected of them [docs/scenario-language.md]. */
#include <string.h>

#include "scenario/scenario__.h"

static struct scn_word take_word(struct scn_cursor *c, const char *what)
{
    const struct scn_word *word = scn_take(c, what);
    return word ? *word : (struct scn_word){0};
}

void scn_parse_standstill(struct scn_cursor *c, struct scn_item *item, enum scn_verb verb)
{
    item->verb = verb;
    item->act.name = take_word(c, "a VM");
}

bool scn_is_standstill(const char *word, enum standstill_kind *kind)
{
    for (int i = STANDSTILL_SUSPEND; i <= STANDSTILL_RESTORE; i++)
        if (!strcmp(word, standstill_kind_name((enum standstill_kind)i))) {
            *kind = (enum standstill_kind)i;
            return true;
        }
    return false;
}

/* KIND V N RESULT [reason "…"] */
bool scn_parse_expect_standstill(struct scn_cursor *c, struct scn_expect *e, enum standstill_kind kind)
{
    static const char *const results[] = {"done", "standing", "failed", "refused", NULL};
    static const enum standstill_result values[] = {STANDSTILL_DONE, STANDSTILL_STANDING, STANDSTILL_FAILED,
                                                    STANDSTILL_REFUSED};
    const char *word = standstill_kind_name(kind);
    uint64_t n;
    e->subject = SCN_EXPECT_STANDSTILL;
    e->kind = (int)kind;
    e->name = take_word(c, "a VM");
    if (!e->name.text || !scn_number(c, "which one of the VM", 1, 100000, &n))
        return false;
    e->nth = (unsigned)n;
    int result = scn_choice(c, "result of it", results);
    if (result < 0)
        return false;
    e->state = (int)values[result];
    if (scn_accept(c, "reason"))
        e->reason = take_word(c, "part of the reason, in quotes").text;
    scn_finish(c);
    e->text = scn_printf(c->sc, "%s %s %u %s%s%s%s", word, e->name.text, e->nth, results[result],
                         e->reason ? " reason \"" : "", e->reason ? e->reason : "", e->reason ? "\"" : "");
    return !c->failed;
}
