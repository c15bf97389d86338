/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sweep NAME VALUES: what `vfsim sweep` gives a variable by itself. A run of the scenario alone takes no notice. */
#include <string.h>

#include "scenario/verbs/verbs__.h"

enum { SEEDS_MAX = 100000 };

static bool is_swept(const struct scenario *sc, const char *name)
{
    for (unsigned i = 0; i < sc->sweep_count; i++)
        if (!strcmp(sc->sweeps[i].name.text, name))
            return true;
    return false;
}

static void parse_sweep(struct scn_cursor *c)
{
    struct scenario *sc = scn_scenario(c);
    struct scn_sweep sweep = {.name = scn_take_word(c, "a variable's name, or 'seeds'")};
    char why[SCN_LIST_VALUE_MAX + 200];
    if (!sweep.name.text)
        return;
    if (is_swept(sc, sweep.name.text)) {
        scn_fail(c, sweep.name.at, "'%s' is swept twice", sweep.name.text);
        return;
    }
    if (!strcmp(sweep.name.text, "seeds"))
        scn_number(c, "a number of seeds", 1, SEEDS_MAX, &sweep.seeds);
    else
        sweep.values = scn_take_word(c, "its values, such as 1,2,4 or 1..8");
    scn_finish(c);
    if (!c->failed && sweep.values.text && !scn_list_each(sweep.values.text, NULL, NULL, why, sizeof(why)))
        scn_fail(c, sweep.values.at, "%s", why);
    if (!c->failed)
        *SCN_ADD(sc->sweeps, sc->sweep_count) = sweep;
}

static bool is_variable(const struct scenario *sc, const char *name)
{
    for (unsigned i = 0; i < sc->file.var_count; i++)
        if (!strcmp(sc->file.vars[i].name, name))
            return true;
    return false;
}

static void check_sweeps(struct scenario *sc)
{
    for (unsigned i = 0; i < sc->sweep_count; i++) {
        const struct scn_sweep *sweep = &sc->sweeps[i];
        struct scn_suggest suggest;
        char near[80];
        if (sweep->seeds || is_variable(sc, sweep->name.text))
            continue;
        scn_suggest_init(&suggest, sweep->name.text);
        scn_suggest_try(&suggest, "seeds");
        for (unsigned j = 0; j < sc->file.var_count; j++)
            scn_suggest_try(&suggest, sc->file.vars[j].name);
        scn_error(&sc->file, sweep->name.at, "there is no variable '%s' to sweep%s", sweep->name.text,
                  scn_suggest_text(&suggest, near, sizeof(near)));
    }
}

static const struct verb_form forms[] = {
    {"sweep NAME VALUES", "values of a variable: 1,2,4, or whole numbers 1..8, or in steps 64..1518..256", NULL, 0},
    {"sweep seeds N", "so many seeds for each, from the scenario's on", NULL, 0},
    {NULL},
};

static const struct verb verb_sweep = {
    .kind = VERB_DECLARES,
    .word = "sweep",
    .place = 145,
    .sentence = "say which values `vfsim sweep` gives a variable, unless its --set says others",
    .forms = forms,
    .example = "sweep size 64,512,1518",
    .declare = parse_sweep,
    .check_all = check_sweeps,
};
VERB(verb_sweep);
