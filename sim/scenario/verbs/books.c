/* SPDX-License-Identifier: GPL-2.0-or-later */
/* expect books balanced: born + copied = ended + in flight. Every run expects that at its end. */
#include <inttypes.h>

#include "scenario/verbs/verbs__.h"

static bool parse_expect(struct scn_cursor *c, struct scn_expect *e)
{
    scn_need(c, "balanced");
    scn_finish(c);
    e->text = "books balanced";
    return !c->failed;
}

static bool judge_books(const struct world *w, const struct scn_expect *e, char *seen)
{
    (void)e;
    struct books_report books;
    books_get_report(w->sim, &books);
    snprintf(seen, WORLD_SEEN_LEN, "born %" PRIu64 " + copied %" PRIu64 ", ended %" PRIu64 " + in flight %" PRIu64, books.born,
             books.copied, books.ended, books.in_flight);
    return books.balanced;
}

static const struct verb_form forms[] = {{"expect books balanced", NULL, NULL, 0}, {NULL}};

static const struct verb verb_expect_books = {
    .kind = VERB_EXPECTS,
    .word = "books",
    .place = 100,
    .sentence = "that every copy of a frame has ended once or is under way",
    .forms = forms,
    .example = "5ms expect books balanced",
    .expect = parse_expect,
    .judge = judge_books,
};
VERB(verb_expect_books);
