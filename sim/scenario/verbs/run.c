/* SPDX-License-Identifier: GPL-2.0-or-later */
/* seed, title, profile, limit, begin: what is said once, of the whole run. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenario/verbs/verbs__.h"

static bool once(struct scn_cursor *c, struct scn_pos *at)
{
    if (at->line)
        scn_fail(c, c->words[0].at, "'%s' is said in line %u already", c->words[0].text, at->line);
    *at = c->words[0].at;
    return !c->failed;
}

static void parse_seed(struct scn_cursor *c)
{
    uint64_t seed;
    if (!once(c, &scn_scenario(c)->seed_at) || !scn_number(c, "the seed", 0, UINT64_MAX - 1, &seed))
        return;
    if (!scn_scenario(c)->seed_overridden)
        scn_scenario(c)->seed = seed;
    scn_finish(c);
}

static void parse_title(struct scn_cursor *c)
{
    const struct scn_word *word = once(c, &scn_scenario(c)->title_at) ? scn_take(c, "a title in quotes") : NULL;
    if (!word)
        return;
    if (!word->quoted)
        scn_fail(c, word->at, "a title stands in quotes: title \"%s …\"", word->text);
    scn_scenario(c)->title = word->text;
    scn_finish(c);
}

static const char suffix[] = ".profile";

/* The length of a profile's name without its suffix; 0: it has none. */
static size_t stem_of(const char *name)
{
    size_t len = strlen(name), of = sizeof(suffix) - 1;
    return len > of && !strcmp(name + len - of, suffix) ? len - of : 0;
}

/* It says which came along. */
static void no_such_profile(struct scn_cursor *c, const struct scn_word *word)
{
    const struct scenario *sc = scn_scenario(c);
    struct scn_suggest suggest;
    const char *names = "";
    char near[80];
    struct dirent **found = NULL;
    int count = scandir(sc->profiles, &found, NULL, alphasort);
    scn_suggest_init(&suggest, word->text);
    for (int i = 0; i < count; i++) {
        size_t stem = stem_of(found[i]->d_name);
        if (stem) {
            found[i]->d_name[stem] = 0;
            scn_suggest_try(&suggest, found[i]->d_name);
            names = scn_printf(c->file, "%s%s%s", names, *names ? ", " : "", found[i]->d_name);
        }
    }
    scn_fail(c, word->at, "no profile came along as '%s'%s (there are: %s), and the folder of the scenario has no such file",
             word->text, scn_suggest_text(&suggest, near, sizeof(near)), *names ? names : "none");
    for (int i = 0; i < count; i++)
        free(found[i]);
    free(found);
}

/* A name without folder and suffix may be that of a profile which came along; a file beside the scenario comes first. */
static bool may_have_come_along(const struct scenario *sc, const char *name)
{
    return sc->profiles && !strchr(name, '/') && !stem_of(name);
}

static void parse_profile(struct scn_cursor *c)
{
    struct scenario *sc = scn_scenario(c);
    struct scn_word word;
    const char *path;
    if (!once(c, &sc->profile_at) || !scn_path(c, "a profile file", &word, &path))
        return;
    if (may_have_come_along(sc, word.text) && access(path, F_OK)) {
        path = scn_printf(c->file, "%s/%s%s", sc->profiles, word.text, suffix);
        if (access(path, F_OK)) {
            no_such_profile(c, &word);
            return;
        }
    }
    sc->profile = word;
    sc->profile.text = path;
    scn_finish(c);
}

static void parse_limit(struct scn_cursor *c)
{
    static const char *const words[] = {"frames", "time", NULL};
    int which = scn_choice(c, "limit", words);
    uint64_t value;
    if (which == 0 && once(c, &scn_scenario(c)->limit_frames_at)) {
        const struct scn_word *word = scn_peek(c);
        if (scn_count(c, "a number of frames", &value)) {
            if (value < 64 || value > FRAMES_MAX)
                scn_fail(c, word->at, "frames alive at once are limited to 64 … %d, not %s", FRAMES_MAX, word->text);
            scn_scenario(c)->limit_frames = (uint32_t)value;
        }
    } else if (which == 1 && once(c, &scn_scenario(c)->limit_time_at)) {
        const struct scn_word *word = scn_peek(c);
        if (scn_time(c, "the limit", &value) && !value)
            scn_fail(c, word->at, "a run of no time shows nothing");
        scn_scenario(c)->limit_time = value;
    }
    scn_finish(c);
}

/* begin T: when the timeline begins */
static void parse_begin(struct scn_cursor *c)
{
    const struct scn_word *word = scn_peek(c);
    if (!once(c, &scn_scenario(c)->begin_at) || !scn_time(c, "when the timeline begins", &scn_scenario(c)->begin))
        return;
    if (scn_scenario(c)->begin > SCN_TIME_MAX)
        scn_fail(c, word->at, "later than the 1,000,000 s a run can last");
    scn_finish(c);
}

static const struct verb_form seed_forms[] = {{"seed N", NULL, NULL, 0}, {NULL}};

static const struct verb verb_seed = {
    .kind = VERB_DECLARES,
    .word = "seed",
    .place = 10,
    .sentence = "the seed of all pseudo-random numbers (1)",
    .forms = seed_forms,
    .example = "seed 42",
    .declare = parse_seed,
};
VERB(verb_seed);

static const struct verb_form title_forms[] = {{"title \"…\"", NULL, NULL, 0}, {NULL}};

static const struct verb verb_title = {
    .kind = VERB_DECLARES,
    .word = "title",
    .place = 20,
    .sentence = "the first line of the report",
    .forms = title_forms,
    .example = "title \"a flow crosses a mode switch\"",
    .declare = parse_title,
};
VERB(verb_title);

static const struct verb_form profile_forms[] = {{"profile NAME|FILE", NULL, NULL, 0}, {NULL}};

static const struct verb verb_profile = {
    .kind = VERB_DECLARES,
    .word = "profile",
    .place = 30,
    .sentence = "other values than the built-in ones for what is assumed, not modelled",
    .forms = profile_forms,
    .example = "profile nehalem-2.67",
    .declare = parse_profile,
};
VERB(verb_profile);

static const struct verb_form limit_forms[] = {{"limit time T|frames N", NULL, NULL, 0}, {NULL}};

static const struct verb verb_limit = {
    .kind = VERB_DECLARES,
    .word = "limit",
    .place = 40,
    .sentence = "when the run stops at the latest (60s), and how many frames are alive at once (65536)",
    .forms = limit_forms,
    .example = "limit time 2s",
    .declare = parse_limit,
};
VERB(verb_limit);

static const struct verb_form begin_forms[] = {{"begin T", NULL, NULL, 0}, {NULL}};

static const struct verb verb_begin = {
    .kind = VERB_DECLARES,
    .word = "begin",
    .place = 130,
    .sentence = "when the timeline begins (when the last VM is up)",
    .forms = begin_forms,
    .example = "begin 200ms",
    .declare = parse_begin,
};
VERB(verb_begin);
