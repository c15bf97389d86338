/* SPDX-License-Identifier: GPL-2.0-or-later */
/* set NAME VALUE: a variable, which stands in any later word as $NAME. */
#include <string.h>

#include "scenario/verbs/verbs__.h"

static void parse_set(struct scn_cursor *c)
{
    struct scenario *sc = scn_scenario(c);
    const struct scn_word *name = scn_take(c, "a variable's name");
    const struct scn_word *value = name ? scn_take(c, "its value") : NULL;
    scn_finish(c);
    if (!value || c->failed)
        return;
    if (name->text[0] == '$') {
        scn_fail(c, name->at, "a variable is declared without '$'");
        return;
    }
    if (name->text[0] >= '0' && name->text[0] <= '9') {
        scn_fail(c, name->at, "'%s' can't be a variable: it begins with a digit", name->text);
        return;
    }
    for (const char *p = name->text; *p; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || *p == '_')) {
            scn_fail(c, name->at, "'%s' can't be a variable: letters, digits and '_'", name->text);
            return;
        }
    for (unsigned i = 0; i < sc->file.var_count; i++)
        if (!strcmp(sc->file.vars[i].name, name->text)) {
            scn_fail(c, name->at, "the variable '%s' is set twice", name->text);
            return;
        }
    if (sc->file.var_count == SCN_VARS_MAX) {
        scn_fail(c, name->at, "more than %d variables", SCN_VARS_MAX);
        return;
    }
    struct scn_var *var = &sc->file.vars[sc->file.var_count++];
    *var = (struct scn_var){name->text, value->text, false};
    for (unsigned i = 0; i < sc->override_count; i++)
        if (!strcmp(sc->overrides[i].name, name->text)) {
            var->value = sc->overrides[i].value;
            sc->overrides[i].used = true;
        }
}

static const struct verb_form variable_forms[] = {{"set NAME VALUE", NULL, NULL, 0}, {NULL}};

static const struct verb verb_variable = {
    .kind = VERB_DECLARES,
    .word = "set",
    .place = 140,
    .sentence = "declare a variable, which `--set NAME=VALUE` can give another value",
    .forms = variable_forms,
    .example = "set size 64",
    .declare = parse_set,
};
VERB(verb_variable);
