/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs that were handed in, in an order that does not depend on how the linker came by them. */
#include "scenario/verb.h"

#include <assert.h>
#include <string.h>

/* The section's bounds, which the linker knows by this name. */
extern const struct verb *const __start_scn_verbs[] __attribute__((visibility("hidden")));
extern const struct verb *const __stop_scn_verbs[] __attribute__((visibility("hidden")));

static const char *word_of(const struct verb *v) { return v->word ? v->word : v->behind ? v->behind[0] : ""; }

static bool is_before(const struct verb *a, const struct verb *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind;
    if (!a->place != !b->place)
        return a->place;
    if (a->place != b->place)
        return a->place < b->place;
    return strcmp(word_of(a), word_of(b)) < 0;
}

unsigned verbs_all(const struct verb *out[VERBS_MAX])
{
    unsigned count = 0;
    for (const struct verb *const *p = __start_scn_verbs; p < __stop_scn_verbs; p++) {
        unsigned i = count++;
        assert(count <= VERBS_MAX);
        for (; i > 0 && is_before(*p, out[i - 1]); i--)
            out[i] = out[i - 1];
        out[i] = *p;
    }
    return count;
}

const struct verb *verb_find(enum verb_kind kind, const char *word)
{
    for (const struct verb *const *p = __start_scn_verbs; p < __stop_scn_verbs; p++)
        if ((*p)->kind == kind && (*p)->word && !strcmp((*p)->word, word))
            return *p;
    return NULL;
}

static bool stands_behind(const struct verb *v, const char *word)
{
    for (unsigned i = 0; v->behind && v->behind[i]; i++)
        if (!strcmp(v->behind[i], word))
            return true;
    return false;
}

const struct verb *verb_of_expectation(const char *subject, const char *next)
{
    const struct verb *first = NULL, *second = NULL, *rest = NULL;
    for (const struct verb *const *p = __start_scn_verbs; p < __stop_scn_verbs; p++) {
        if ((*p)->kind != VERB_EXPECTS)
            continue;
        if (stands_behind(*p, next)) {
            if ((*p)->behind_first)
                return *p;
            second = *p;
        }
        if ((*p)->word && !strcmp((*p)->word, subject))
            first = *p;
        if (!(*p)->word && !(*p)->behind)
            rest = *p;
    }
    assert(rest);
    return first ? first : second ? second : rest;
}

unsigned verb_words(const struct scenario *sc, enum verb_kind kind, const char *words[VERBS_MAX])
{
    unsigned found = 0;
    for (unsigned i = 0; i < sc->verb_count; i++)
        if (sc->verbs[i]->kind == kind && sc->verbs[i]->word)
            words[found++] = sc->verbs[i]->word;
    assert(found < VERBS_MAX);
    words[found] = NULL;
    return found;
}
