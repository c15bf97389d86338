/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line: a declaration, or a time and what happens then, or what must be seen. */
#include <string.h>

#include "scenario/model.h"

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

static void happens_at_a_time(struct scn_cursor *c)
{
    const struct scn_word *word = &c->words[0];
    scn_fail(c, word->at, "'%s' happens at a time: begin the line with one, as in '0 %s …' or '+10us %s …'%s", word->text,
             word->text, word->text, strcmp(word->text, "expect") ? "" : ", or with 'end'");
}

/* `switch` and `set` declare as well: what follows tells which was meant. */
static bool is_act_without_time(const struct scn_cursor *c)
{
    const char *first = c->words[0].text;
    if (c->words[0].quoted || c->count < 3)
        return false;
    return !strcmp(first, "switch") ? !strcmp(c->words[2].text, "to") : !strcmp(first, "set") && c->count > 3;
}

/* What is neither a declaration nor a time: say which it was meant to be. */
static void refuse_first_word(struct scn_cursor *c)
{
    const struct scn_word *word = &c->words[0];
    if (scn_is_verb(word->text)) {
        happens_at_a_time(c);
        return;
    }
    struct scn_suggest suggest;
    char near[80];
    scn_suggest_init(&suggest, word->text);
    for (unsigned i = 0; scn_header_words[i]; i++)
        scn_suggest_try(&suggest, scn_header_words[i]);
    scn_suggest_try(&suggest, "set");
    scn_suggest_try(&suggest, "end");
    scn_fail(c, word->at,
             "a line begins with a declaration (host, nic, vm, …), a time (0, +10us, 5ms), '*' or 'end', not '%s'%s",
             word->text, scn_suggest_text(&suggest, near, sizeof(near)));
}

static void parse_timed(struct scn_cursor *c)
{
    const struct scn_word *word = &c->words[0];
    const char *text = word->text;
    bool relative = *text == '+';
    if (*text == '+' || *text == '@')
        text++;
    sim_time time;
    switch (scn_parse_time(text, &time)) {
    case 0:
        break;
    case -2:
        scn_fail(c, word->at, "a time needs its unit: '%s' could be %sns, %sus, %sms or %ss", word->text, word->text,
                 word->text, word->text, word->text);
        return;
    case -3:
        scn_fail(c, word->at, "'%s' has an unknown unit; times are written like 10ns, 10us, 10ms or 10s", word->text);
        return;
    default:
        scn_fail(c, word->at, "'%s' is no time such as 0, +10us or 5ms", word->text);
        return;
    }
    if (relative)
        time = sim_time_add(scn_scenario(c)->last_time, time);
    if (time > SCN_TIME_MAX) {
        scn_fail(c, word->at, "later than the 1,000,000 s a run can last");
        return;
    }
    scn_scenario(c)->last_time = time;
    scn_parse_act(c, time);
}

void scn_parse_line(struct scn_cursor *c)
{
    const struct scn_word *first = &c->words[c->next++];
    if (is_act_without_time(c)) {
        happens_at_a_time(c);
        return;
    }
    for (int i = 0; scn_header_words[i]; i++)
        if (!first->quoted && !strcmp(first->text, scn_header_words[i])) {
            scn_parse_header(c, i);
            return;
        }
    if (first->quoted) {
        refuse_first_word(c);
    } else if (!strcmp(first->text, "set")) {
        parse_set(c);
    } else if (!strcmp(first->text, "end")) {
        if (scn_need(c, "expect"))
            scn_parse_expect(c, true, 0);
    } else if (strchr("0123456789+@", first->text[0])) {
        parse_timed(c);
    } else if (!strcmp(first->text, "*>") || !strcmp(first->text, "!>")) {
        bool never = first->text[0] == '!';
        c->next--;
        c->words[0].text = ">";
        scn_parse_trace(c, never);
    } else if (!strcmp(first->text, "*") || !strcmp(first->text, "!")) {
        scn_parse_trace(c, first->text[0] == '!');
    } else {
        refuse_first_word(c);
    }
}
