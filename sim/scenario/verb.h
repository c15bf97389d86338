/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A verb: all that one kind of line of a scenario is, from its words to its part of the report.
 *
 * A line that declares what exists, an act of the timeline and an expectation are three kinds of verbs. Each lies in one file of
 * verbs/, which hands it in with VERB(); nobody else names it. What reads a scenario, builds its world, runs it and tells what
 * came of it knows no verb: it asks all of them, or the one of a line, through the members below. One that is NULL has nothing
 * to say.
 *
 * Words for people (lists in messages, `vfsim help`, the index of docs/scenario-language.md) are made from the same members that
 * the parser reads, so that they cannot drift.
 */
#ifndef VFSIM_SCENARIO_VERB_H
#define VFSIM_SCENARIO_VERB_H

#include "scenario/model.h"

struct report;
struct world;
struct world_ending;
struct world_pace;
struct world_search;

enum verb_kind { VERB_DECLARES, VERB_ACTS, VERB_EXPECTS, VERB_KINDS };

/* When a verb builds its part of the world: phase by phase, in this order; within one by place, acts in the order of the text. */
enum build_phase {
    BUILD_NOTHING,
    BUILD_HOSTS,
    BUILD_NICS,
    BUILD_SWITCHES,
    BUILD_PEERS,
    BUILD_LINKS,
    BUILD_VMS,
    BUILD_SETTINGS,  /* what declarations say of hosts and VMs that are there */
    BUILD_FILES,     /* what acts read later */
    BUILD_PLACES,    /* for VMs that will come */
    BUILD_WORKLOADS,
    BUILD_CAPTURES,  /* of all that is there */
    BUILD_PHASES
};

/* Where a verb's part of the report stands: what matters most comes last. */
enum report_place {
    REPORT_NOWHERE,
    REPORT_CONTROL, /* in front of what the tools print */
    REPORT_GUEST_ACTS,
    REPORT_HOTPLUGS,
    REPORT_SWITCHES,
    REPORT_PLUGINS,
    REPORT_ROLLOUTS,
    REPORT_MIGRATIONS,
    REPORT_STANDSTILLS,
    REPORT_REASONS,
    REPORT_NETQUEUES,
    REPORT_FILTERS,
    REPORT_ACTS,     /* of any other verb */
    REPORT_EXCHANGES,
    REPORT_REPLAYS,  /* behind the timeline, with the traffic */
    REPORT_MEASURES, /* behind the drops */
    REPORT_PLACES
};

/* A file of the world that a line names, for a saved world: what it is, where, and the digest of what was read. */
struct verb_input {
    const char *what, *path;
    uint64_t digest;
};

struct verb_form {
    const char *grammar;  /* "stop FLOW": words of the language in small letters, values in capitals */
    const char *sentence; /* what this form of several does; NULL: what the verb does */
    const struct scn_option *options; /* for `[OPTION …]`, `ACT`, …: the parser's own table */
    unsigned option_count;
};

struct verb {
    /* ---- its words ---- */
    enum verb_kind kind;
    /* The first word of its lines (of an act behind the time, of an expectation behind `expect`). NULL: an expectation that is
     * known by the word behind its subject, or an act that another verb's parser has found to be meant (`ip link set`, `ip link
     * show`): the latter is not handed in. */
    const char *word;
    const char *const *behind; /* words behind the subject, NULL-terminated; NULL of one without `word`: it takes what is left */
    bool behind_first;         /* they decide even where the subject is another expectation's word */
    unsigned place;            /* in lists, ascending; 0: behind the others, in order of the words */
    const char *sentence;      /* what it does: "end a flow" */
    const struct verb_form *forms; /* how its lines are written; ended by one without grammar */
    const char *example;           /* a whole line */
    const char *endings;           /* how an act can end besides `done` and `never`: words of ending.def; NULL: no other way */

    /* ---- reading: a verb's parser leaves what a line says in item->said, memory of the file ---- */
    void (*declare)(struct scn_cursor *c);                       /* of a line that declares */
    void (*parse)(struct scn_cursor *c, struct scn_item *item);  /* of an act */
    bool (*is_meant)(const struct scn_cursor *c); /* of an act whose word declares, too: a line without a time is one of it */
    bool (*expect)(struct scn_cursor *c, struct scn_expect *e);  /* of an expectation behind its first word; false: add none */

    /* ---- checking, when all lines have been read: names that mean something, and what only the whole text tells ---- */
    void (*check_all)(struct scenario *sc); /* once, before those of lines; in order of place */
    void (*check_late)(struct scenario *sc, const struct scn_item *item); /* an act of any verb that comes while it runs */
    void (*check)(struct scenario *sc, struct scn_item *item); /* a line of it that said something */
    void (*check_expect)(struct scenario *sc, struct scn_expect *e);
    void (*each_input)(const struct scenario *sc, const struct scn_item *item, scenario_file_fn fn, void *to);
    void (*each_output)(const struct scenario *sc, const struct scn_item *item, scenario_file_fn fn, void *to);
    bool (*makes_flow)(const struct scn_item *item, const char *flow); /* frames of this flow are the act's own doing */

    /* ---- building and running ---- */
    enum build_phase phase;
    void (*build)(struct world *w);                 /* once, in its phase */
    void (*prepare)(struct world *w, unsigned item); /* a line, in its phase */
    /* Such an act may come while the world runs (world/live.c): prepare() is called then. One that builds nothing always may. */
    bool may_be_late;
    void (*act)(struct world *w, unsigned item); /* at its time */
    void (*done)(struct world *w, unsigned item, int status); /* one of the requests it made; NULL: what failed is refused */
    sim_time (*until)(const struct scn_item *item); /* more is to be done then (SIM_NEVER: nothing) … */
    void (*later)(struct world *w, unsigned item); /* … by this */
    bool (*is_under_way)(const struct world *w); /* anything of its kind: a run does not end meanwhile */
    bool (*input)(const struct world *w, unsigned item, struct verb_input *out);
    int (*write)(const struct world *w, char *err, size_t err_cap); /* files that it leaves behind. 0 or -errno with a message */

    /* ---- what came of it ---- */
    void (*ending)(const struct world *w, unsigned item, struct world_ending *out); /* of one that was begun and not refused */
    bool (*pace)(const struct world *w, unsigned item, struct world_pace *out); /* of the flow that it sends; false: none */
    bool (*is_named)(const struct world *w, unsigned item); /* an expectation of its own kind names how it ended */
    const char *(*vm_of)(const struct scn_item *item); /* whom it is about */
    bool any_kernel; /* … and that may be a VM whose kernel is not ours (vm/kind.h), … */
    bool npa_kernel; /* … if it has our shell as a module */
    const char *(*printed)(const struct world *w, unsigned item); /* what it left to read, beside its notes; NULL: nothing */
    /* Something that happened to a VM at `at` is the act's doing, even behind the next line about this VM. */
    bool (*covers)(const struct world *w, unsigned item, const char *vm, sim_time at);
    void (*find_unexpected)(struct world_search *s); /* what went wrong of its kind without a line */
    bool (*judge)(const struct world *w, const struct scn_expect *e, char *seen); /* seen: WORLD_SEEN_LEN bytes, always filled */
    /* Of one that speaks of the time `between` two moments: at each of them, what it wants to know of it when it is judged. */
    void (*at_moment)(const struct world *w, const struct scn_expect *e, uint64_t kept[SCN_KEPT]);
    /* Options with which the next run shows more of what a failed expectation is about. Of several the first of `look_place`. */
    const char *look, *look_switched; /* the latter where there were mode switches; NULL: the same */
    unsigned look_place;
    void (*report)(const struct world *w, struct report *r);
    enum report_place report_place;
};

/* Hands a verb in, from whatever file: a pointer to it in a section that the linker puts together. */
#define VERB(name) __attribute__((used, section("scn_verbs"))) static const struct verb *const name##_is_handed_in = &(name)

#define VERB_OPTIONS(array) (array), sizeof(array) / sizeof((array)[0]) /* the last two members of a form */

/* ---- verb.c ---- */
/* All verbs, by kind, then by place: how many. */
unsigned verbs_all(const struct verb *out[VERBS_MAX]);
const struct verb *verb_find(enum verb_kind kind, const char *word); /* NULL: none has it */
/* Of an expectation: `subject`, and the word behind it. Never NULL. */
const struct verb *verb_of_expectation(const char *subject, const char *next);
/* The first words of a kind, in order, NULL-terminated: how many. */
unsigned verb_words(const struct scenario *sc, enum verb_kind kind, const char *words[VERBS_MAX]);

#endif
