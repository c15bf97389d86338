/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/profile.h"

#include <assert.h>
#include <string.h>

static const struct profile_info infos[] = {
#define PROFILE(name, value, unit, certainty, source) [PROFILE_##name] = {#name, unit, certainty, source, value},
#include "core/profile.def"
#undef PROFILE
};

const struct profile_info *profile_describe(enum profile_key key)
{
    assert((unsigned)key < PROFILE_COUNT);
    return &infos[key];
}

int profile_find(const char *name)
{
    for (int key = 0; key < PROFILE_COUNT; key++)
        if (strcmp(infos[key].name, name) == 0)
            return key;
    return -1;
}

void profile_init(struct profile *p)
{
    memset(p, 0, sizeof(*p));
    strcpy(p->name, "default");
    for (int key = 0; key < PROFILE_COUNT; key++)
        p->value[key] = infos[key].default_value;
}
