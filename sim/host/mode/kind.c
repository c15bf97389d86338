/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps by name, and the kinds of switch in which a failure can be injected, each with the steps it has. */
#include <string.h>

#include "host/mode/mode__.h"

/* By their names they go to disk. */
const struct procedure_table *const switch__tables[] = {
    &switch__in_safe,
    &switch__in_naive,
    &switch__in_upt,
    &switch__out_safe,
    &switch__out_naive,
    &switch__out_reset,
    &switch__out_upt,
    &switch__out_upt_reset,
    &switch__vfio.reserve,
    &switch__vfio.stop,
    &switch__vfio.back,
    &switch__vfio.in,
    &switch__vfio.left,
    &switch__native.reserve,
    &switch__native.stop,
    &switch__native.back,
    &switch__native.in,
    &switch__native.left,
    NULL,
};

static const char *const step_names[STEP_COUNT] = {
#define SWITCH_STEP(step, word) [STEP_##step] = (word),
#include "host/mode/step.def"
#undef SWITCH_STEP
};

const char *switch_step_name(enum switch_step step) { return step < STEP_COUNT ? step_names[step] : "none"; }

const char *switch_status_text(enum switch_step step, int status)
{
    return pf_status_text(step == STEP_ACQUIRE ? VMK_NETPTOP_VF_ACQUIRE : (enum vmk_netptop)0, status);
}

enum switch_step switch_step_find(const char *name)
{
    for (unsigned i = 0; i < STEP_COUNT; i++)
        if (!strcmp(step_names[i], name))
            return (enum switch_step)i;
    return STEP_NONE;
}

/* docs/scenario-language.md shows this table; unit/host_steps compares. */
static const struct switch_kind kinds[] = {
    {"to passthrough, by a plugin", SWITCH_USE_IN, SWITCH_SAFE, &switch__in_safe},
    {"to passthrough, by a plugin, `order naive`", SWITCH_USE_IN, SWITCH_NAIVE, &switch__in_naive},
    {"to passthrough, `upt`", SWITCH_USE_IN | SWITCH_USE_UPT, SWITCH_SAFE, &switch__in_upt},
    {"to emulation, by a plugin", SWITCH_USE_OUT, SWITCH_SAFE, &switch__out_safe},
    {"to emulation, by a plugin, `order naive`", SWITCH_USE_OUT, SWITCH_NAIVE, &switch__out_naive},
    {"to emulation, `upt`", SWITCH_USE_OUT | SWITCH_USE_UPT, SWITCH_SAFE, &switch__out_upt},
    {"`by vfio`, `fail-out`", SWITCH_USE_VFIO_OUT, SWITCH_SAFE, &switch__vfio.stop},
    {"`by vfio`, `fail-out`, the guest's own VF", SWITCH_USE_VFIO_OUT, SWITCH_SAFE, &switch__native.stop},
    {"`by vfio`, `fail-in`, before the rounds", SWITCH_USE_VFIO_IN, SWITCH_SAFE, &switch__vfio.reserve},
    {"`by vfio`, `fail-in`, when it has moved", SWITCH_USE_VFIO_IN, SWITCH_SAFE, &switch__vfio.in},
    {"`by vfio`, `fail-in`, the guest's own VF, before the rounds", SWITCH_USE_VFIO_IN, SWITCH_SAFE, &switch__native.reserve},
    {"`by vfio`, `fail-in`, the guest's own VF, when it has moved", SWITCH_USE_VFIO_IN, SWITCH_SAFE, &switch__native.in},
};

const struct switch_kind *switch_kind_at(unsigned i) { return i < sizeof(kinds) / sizeof(kinds[0]) ? &kinds[i] : NULL; }

unsigned switch_kind_steps(const struct switch_kind *kind, enum switch_step steps[STEP_COUNT])
{
    for (unsigned i = 0; i < kind->table->count; i++)
        steps[i] = (enum switch_step)kind->table->step[i].own;
    return kind->table->count;
}

static bool has_step(const struct switch_kind *kind, enum switch_step step)
{
    enum switch_step steps[STEP_COUNT];
    unsigned count = switch_kind_steps(kind, steps);

    while (count > 0 && steps[count - 1] != step)
        count--;
    return count;
}

unsigned switch_step_words(unsigned use, enum switch_order order, const char *words[STEP_COUNT + 1])
{
    unsigned n = 0;

    for (unsigned step = 0; step < STEP_COUNT; step++)
        for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
            if ((kinds[i].use & use) == use && kinds[i].order == order && has_step(&kinds[i], (enum switch_step)step)) {
                words[n++] = step_names[step];
                break;
            }
    words[n] = NULL;
    return n;
}
