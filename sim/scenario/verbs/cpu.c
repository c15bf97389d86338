/* SPDX-License-Identifier: GPL-2.0-or-later */
/* expect host H cpu OP P%, expect V cycles-per-frame OP N, expect V steal OP P%: what cores did, and for whom. */
#include <ctype.h>
#include <string.h>

#include "scenario/verbs/verbs__.h"

/* "40%", "0.5%": in thousandths of the whole. */
static bool take_percent(struct scn_cursor *c, uint64_t *mille)
{
    const struct scn_word *word = scn_take(c, "a part of the time, as 40%");
    const char *text = word ? word->text : "";
    uint64_t value = 0;
    unsigned digits = 0;

    for (; isdigit((unsigned char)*text) && digits < 3; text++, digits++)
        value = value * 10 + (uint64_t)(*text - '0');
    value *= 10;
    if (text[0] == '.' && isdigit((unsigned char)text[1])) {
        value += (uint64_t)(text[1] - '0');
        text += 2;
    }
    *mille = value;
    if (word && (!digits || strcmp(text, "%") != 0 || value > 1000))
        scn_fail(c, word->at, "'%s' is no part of the time: it is from 0%% to 100%%, as in 40%% or 0.5%%", word->text);
    return word && !c->failed;
}

static void say_mille(char *seen, uint64_t mille)
{
    snprintf(seen, WORLD_SEEN_LEN, "was %" PRIu64 ".%" PRIu64 "%%", mille / 10, mille % 10);
}

static uint64_t mille_of(unsigned __int128 part, unsigned __int128 whole) { return whole ? (uint64_t)(part * 1000 / whole) : 0; }

/* ---- expect host H cpu OP P% ---- */

static bool parse_host_cpu(struct scn_cursor *c, struct scn_expect *e)
{
    if (!scn_take_into(c, "a host", &e->name) || !scn_need(c, "cpu"))
        return false;
    e->op = scn_take_op(c);
    const char *shown = c->next < c->count ? c->words[c->next].text : "";
    if (!take_percent(c, &e->value))
        return false;
    scn_finish(c);
    e->text = scn_printf(c->file, "host %s cpu %s %s", e->name.text, scn_op_words[e->op], shown);
    return !c->failed;
}

static void check_host_cpu(struct scenario *sc, struct scn_expect *e)
{
    const struct scn_name *host = scn_resolve(sc, &e->name, SCN_BIT(SCN_HOST), "a host");

    if (host && !sc->hosts[host->index].cores)
        scn_error(&sc->file, e->name.at, "host %s says no number of cores, so its use has no measure: say 'host %s cores N'",
                  e->name.text, e->name.text);
}

/* Of all its cores together: threads, and switching between them; until the last of them was busy. */
static bool judge_host_cpu(const struct world *w, const struct scn_expect *e, char *seen)
{
    unsigned host = 0;
    sim_time busy;

    while (strcmp(host_name(w->hosts[host]), e->name.text) != 0)
        host++;
    sim_time whole = world__cores_use(w, host, &busy);
    uint64_t mille = mille_of(busy, whole);
    say_mille(seen, mille);
    return world__judge_number(w, e, mille);
}

static const struct verb_form host_cpu_forms[] = {{"expect host HOST cpu [OP] P%", NULL, NULL, 0}, {NULL}};

static const struct verb verb_expect_host_cpu = {
    .kind = VERB_EXPECTS,
    .word = "host",
    .place = 118,
    .sentence = "which part of the time the cores of a host were busy",
    .forms = host_cpu_forms,
    .example = "end expect host h0 cpu < 40%",
    .expect = parse_host_cpu,
    .check_expect = check_host_cpu,
    .judge = judge_host_cpu,
};
VERB(verb_expect_host_cpu);

/* ---- expect V cycles-per-frame OP N ---- */

static bool parse_cycles(struct scn_cursor *c, struct scn_expect *e)
{
    scn_need(c, "cycles-per-frame");
    e->op = scn_take_op(c);
    if (!scn_number(c, "a number of cycles", 0, UINT64_MAX - 1, &e->value))
        return false;
    scn_finish(c);
    e->text = scn_printf(c->file, "%s cycles-per-frame %s %" PRIu64, e->name.text, scn_op_words[e->op], e->value);
    return !c->failed;
}

static bool judge_cycles(const struct world *w, const struct scn_expect *e, char *seen)
{
    struct world_vm_cost cost;

    world__vm_cost(w, world__vm_index(w, e->name.text), &cost);
    if (!cost.frames) {
        snprintf(seen, WORLD_SEEN_LEN, "it had no frame");
        return false;
    }
    uint64_t cycles = (cost.own + cost.others) / cost.frames;
    snprintf(seen, WORLD_SEEN_LEN, "was %" PRIu64, cycles);
    return world__judge_number(w, e, cycles);
}

static const char *const behind_cycles[] = {"cycles-per-frame", NULL};
static const struct verb_form cycles_forms[] = {{"expect VM cycles-per-frame [OP] N", NULL, NULL, 0}, {NULL}};

static const struct verb verb_expect_cycles = {
    .kind = VERB_EXPECTS,
    .behind = behind_cycles,
    .place = 132,
    .sentence = "what a frame of a VM cost its vCPU and others for it",
    .forms = cycles_forms,
    .example = "end expect web cycles-per-frame < 4000",
    .expect = parse_cycles,
    .check_expect = verb__check_vm_expected,
    .judge = judge_cycles,
};
VERB(verb_expect_cycles);

/* ---- expect V steal OP P% ---- */

static bool parse_steal(struct scn_cursor *c, struct scn_expect *e)
{
    scn_need(c, "steal");
    e->op = scn_take_op(c);
    const char *shown = c->next < c->count ? c->words[c->next].text : "";
    if (!take_percent(c, &e->value))
        return false;
    scn_finish(c);
    e->text = scn_printf(c->file, "%s steal %s %s", e->name.text, scn_op_words[e->op], shown);
    return !c->failed;
}

/* As top(1) has it in a guest: of all its time. */
static bool judge_steal(const struct world *w, const struct scn_expect *e, char *seen)
{
    struct world_vm_cost cost;

    world__vm_cost(w, world__vm_index(w, e->name.text), &cost);
    uint64_t mille = mille_of(cost.steal, (unsigned __int128)cost.own + cost.idle + cost.steal);
    say_mille(seen, mille);
    return world__judge_number(w, e, mille);
}

static const char *const behind_steal[] = {"steal", NULL};
static const struct verb_form steal_forms[] = {{"expect VM steal [OP] P%", NULL, NULL, 0}, {NULL}};

static const struct verb verb_expect_steal = {
    .kind = VERB_EXPECTS,
    .behind = behind_steal,
    .place = 134,
    .sentence = "which part of its time a VM could have run and had no core",
    .forms = steal_forms,
    .example = "end expect web steal < 5%",
    .expect = parse_steal,
    .check_expect = verb__check_vm_expected,
    .judge = judge_steal,
};
VERB(verb_expect_steal);
