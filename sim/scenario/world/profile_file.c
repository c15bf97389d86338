/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A profile file: `name "…"` and one line a value: NAME VALUE CERTAINTY "SOURCE". Words and comments as in a scenario;
 * errors name the profile's file and line.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/world/world__.h"

static const char *const certainties[] = {"measured", "published", "rule", "assumed", NULL};

static int find_key(struct scn_cursor *c, const struct scn_word *word)
{
    int key = profile_find(word->text);
    if (key >= 0)
        return key;
    struct scn_suggest suggest;
    char near[80];
    scn_suggest_init(&suggest, word->text);
    for (int i = 0; i < PROFILE_COUNT; i++)
        scn_suggest_try(&suggest, profile_describe((enum profile_key)i)->name);
    scn_fail(c, word->at, "no model asks for a value named '%s'%s", word->text, scn_suggest_text(&suggest, near, sizeof(near)));
    return -1;
}

/* More of a unit than this is more than a run can last, or than any machine has; sums of such times are still times. */
static const struct {
    const char *unit;
    uint64_t least, most;
} limits[] = {
    {"kHz", 1000, 1000000000},
    {"cycles", 0, 1000000000000},
    {"cycles/1000", 0, 1000000000},
    {"instructions", 0, 1000000000},
    {"ps", 0, SCN_TIME_MAX},
    {"flag", 0, 1},
    {"1/1000", 1, 1000},
};

static bool is_possible(struct scn_cursor *c, const struct scn_word *word, enum profile_key key, uint64_t value)
{
    const char *unit = profile_describe(key)->unit;
    unsigned i = 0;
    while (strcmp(limits[i].unit, unit)) {
        i++;
        assert(i < sizeof(limits) / sizeof(limits[0]) && "a unit of profile.def without limits");
    }
    if (value >= limits[i].least && value <= limits[i].most)
        return true;
    scn_fail(c, word->at, "'%s' is %llu to %llu %s", word->text, (unsigned long long)limits[i].least,
             (unsigned long long)limits[i].most, unit);
    return false;
}

static void parse_value(struct scn_cursor *c, struct profile *profile, bool *seen)
{
    const struct scn_word *word = scn_take(c, "a value's name");
    int key = word ? find_key(c, word) : -1;
    uint64_t value;
    if (key < 0 || !scn_number(c, "the value", 0, UINT64_MAX - 1, &value))
        return;
    if (seen[key]) {
        scn_fail(c, word->at, "'%s' is given twice", word->text);
        return;
    }
    int certainty = scn_choice(c, "certainty", certainties);
    const struct scn_word *source = certainty < 0 ? NULL : scn_take(c, "the value's source, in quotes");
    scn_finish(c);
    if (!source || c->failed)
        return;
    if (!is_possible(c, word, (enum profile_key)key, value))
        return;
    seen[key] = true;
    profile->value[key] = value;
    snprintf(profile->certainty[key], sizeof(profile->certainty[key]), "%s", certainties[certainty]);
    snprintf(profile->source[key], sizeof(profile->source[key]), "%s", source->text);
}

struct profile_reader {
    struct scn_file file; /* the first member: that of the cursor */
    struct profile *profile;
    bool seen[PROFILE_COUNT];
};

static void parse_profile_line(struct scn_cursor *c)
{
    struct profile_reader *reader = (struct profile_reader *)c->file;
    if (!scn_accept(c, "name")) {
        parse_value(c, reader->profile, reader->seen);
        return;
    }
    const struct scn_word *name = scn_take(c, "the profile's name");
    if (name)
        snprintf(reader->profile->name, sizeof(reader->profile->name), "%s", name->text);
    scn_finish(c);
}

bool world__read_profile(struct scenario *sc, struct profile *profile)
{
    if (!sc->profile.text)
        return true;
    struct profile_reader reader = {.profile = profile};
    struct scn_file *file = &reader.file;
    scn_file_init(file, sc->profile.text);
    if (scn_file_read(file))
        scn_parse_text(file, parse_profile_line);
    bool good = !file->error_count;
    for (unsigned i = 0; i < file->error_count; i++)
        scn_error(&sc->file, sc->profile.at, "the profile: %s", file->errors[i].text);
    scn_file_fini(file);
    return good;
}
