/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names of a scenario: hosts, NICs, switches, peers and VMs share one space, flows another, captures a third. */
#include <string.h>

#include "scenario/model.h"

enum {
    THINGS = SCN_BIT(SCN_HOST) | SCN_BIT(SCN_NIC) | SCN_BIT(SCN_SWITCH) | SCN_BIT(SCN_PEER) | SCN_BIT(SCN_VM),
    FLOWS = SCN_BIT(SCN_FLOW) | SCN_BIT(SCN_REPLAY) | SCN_BIT(SCN_EXCHANGE),
};

const char *scn_kind_text(enum scn_kind kind)
{
    static const char *const texts[SCN_KINDS] = {"host", "nic", "switch", "peer", "vm", "flow", "replay", "exchange", "capture"};
    return texts[kind];
}

void scn_join_name(char *buf, size_t cap, const char *host, const char *nic) { snprintf(buf, cap, "%s.%s", host, nic); }

const struct scn_name *scn_find(const struct scenario *sc, const char *name, unsigned kinds)
{
    for (unsigned i = 0; i < sc->name_count; i++)
        if (kinds & SCN_BIT(sc->names[i].kind) && !strcmp(sc->names[i].word.text, name))
            return &sc->names[i];
    return NULL;
}

static bool is_good_form(const char *name)
{
    for (const char *p = name; *p; p++) {
        bool letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || *p == '_';
        if (!letter && (p == name || !strchr("-.", *p)))
            return false;
    }
    return *name;
}

bool scn_declare(struct scn_cursor *c, enum scn_kind kind, unsigned index, struct scn_word *out)
{
    char what[32];
    snprintf(what, sizeof(what), "the %s's name", scn_kind_text(kind));
    const struct scn_word *word = scn_take(c, what);
    if (!word)
        return false;
    *out = *word;
    if (!is_good_form(word->text)) {
        scn_fail(c, word->at, "'%s' can't be a name: letters, digits, '_', and inside '-' and '.'", word->text);
        return false;
    }
    if (strlen(word->text) > SCN_NAME_MAX) {
        scn_fail(c, word->at, "'%s' is longer than the %d letters a name may have", word->text, SCN_NAME_MAX);
        return false;
    }
    unsigned space = SCN_BIT(kind) & THINGS ? THINGS : SCN_BIT(kind) & FLOWS ? FLOWS : SCN_BIT(kind);
    const struct scn_name *other = scn_find(scn_scenario(c), word->text, space);
    if (other) {
        scn_fail(c, word->at, "the name '%s' is taken by the %s of line %u", word->text, scn_kind_text(other->kind),
                 other->word.at.line);
        return false;
    }
    *SCN_ADD(scn_scenario(c)->names, scn_scenario(c)->name_count) = (struct scn_name){*word, kind, index};
    return true;
}

const struct scn_name *scn_resolve(struct scenario *sc, const struct scn_word *word, unsigned kinds, const char *what)
{
    const struct scn_name *found = scn_find(sc, word->text, kinds);
    if (found)
        return found;
    unsigned rest = (kinds & THINGS ? THINGS : kinds & FLOWS ? FLOWS : kinds) & ~kinds;
    const struct scn_name *other = scn_find(sc, word->text, rest);
    if (other) {
        scn_error(&sc->file, word->at, "'%s' is the %s of line %u, where %s is needed", word->text, scn_kind_text(other->kind),
                  other->word.at.line, what);
        return NULL;
    }
    struct scn_suggest suggest;
    char near[80];
    scn_suggest_init(&suggest, word->text);
    for (unsigned i = 0; i < sc->name_count; i++)
        if (kinds & SCN_BIT(sc->names[i].kind))
            scn_suggest_try(&suggest, sc->names[i].word.text);
    scn_error(&sc->file, word->at, "there is no %s named '%s'%s", what[0] == 'a' && what[1] == ' ' ? what + 2 : what, word->text,
              scn_suggest_text(&suggest, near, sizeof(near)));
    return NULL;
}
