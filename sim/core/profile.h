/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the simulator assumes (cycles of an exit, a copy, an interrupt): values with a unit, a source and a certainty.
 *
 * Declared in profile.def with their defaults; a profile file may replace values. Reading one through profile_get() marks
 * it as used, and a report lists the used ones, so nobody takes an assumption for a model's result.
 */
#ifndef VFSIM_CORE_PROFILE_H
#define VFSIM_CORE_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

enum profile_key {
#define PROFILE(name, value, unit, certainty, source) PROFILE_##name,
#include "core/profile.def"
#undef PROFILE
    PROFILE_COUNT
};

struct profile {
    char name[32];
    uint64_t value[PROFILE_COUNT];
    bool used[PROFILE_COUNT];
    char source[PROFILE_COUNT][96];   /* of replaced values; empty: the .def's */
    char certainty[PROFILE_COUNT][16];
};

struct profile_info {
    const char *name, *unit, *certainty, *source;
    uint64_t default_value;
};
const struct profile_info *profile_describe(enum profile_key key);
int profile_find(const char *name); /* key or -1 */
void profile_init(struct profile *p);

/* For what changes no result: it is not marked as used. */
static inline uint64_t profile_peek(const struct profile *p, enum profile_key key) { return p->value[key]; }

static inline uint64_t profile_get(struct profile *p, enum profile_key key)
{
    p->used[key] = true;
    return p->value[key];
}

/* Of what most machines do not have: no value is none that was used. */
static inline uint64_t profile_get_if_any(struct profile *p, enum profile_key key)
{
    return p->value[key] ? profile_get(p, key) : 0;
}

#endif
