/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "0-3,5": cores by number, as taskset(1) has them; and whether a host has so many. */
#include <ctype.h>
#include <stdlib.h>

#include "scenario/verbs/verbs__.h"

/* A number up to CPU_CORES_MAX, or -1. */
static int take_number(const char **text)
{
    unsigned long n = 0;

    if (!isdigit((unsigned char)**text))
        return -1;
    for (; isdigit((unsigned char)**text) && n <= CPU_CORES_MAX; (*text)++)
        n = n * 10 + (unsigned long)(**text - '0');
    return n < CPU_CORES_MAX ? (int)n : -1;
}

static bool take_set(const char *text, struct cpu_set *set)
{
    for (;; text++) {
        int first = take_number(&text), last = first;
        if (*text == '-') {
            text++;
            last = take_number(&text);
        }
        if (first < 0 || last < first)
            return false;
        for (int i = first; i <= last; i++)
            cpu_set_add(set, (unsigned)i);
        if (*text != ',')
            return !*text;
    }
}

void verb__take_cores(struct scn_cursor *c, struct cpu_set *set, struct scn_pos *at)
{
    const struct scn_word *word = scn_take(c, "cores by number (0-3,5)");

    if (!word)
        return;
    *at = word->at;
    *set = (struct cpu_set){{0}};
    if (!take_set(word->text, set))
        scn_fail(c, word->at, "'%s' are no cores: numbers from 0 to %d, as in 0-3,5", word->text, CPU_CORES_MAX - 1);
}

void verb__check_cores(struct scenario *sc, const struct scn_host *host, const struct cpu_set *set, struct scn_pos at)
{
    unsigned cores = host->smt ? 2 * host->cores : host->cores;

    if (cpu_set_is_empty(set))
        return;
    if (!cores) {
        scn_error(&sc->file, at, "host %s says no number of cores: each thread has one of its own; say 'host %s cores N'",
                  host->name.text, host->name.text);
        return;
    }
    for (unsigned i = cores; i < CPU_CORES_MAX; i++)
        if (cpu_set_has(set, i)) {
            scn_error(&sc->file, at, "host %s has no core %u: its cores are 0 to %u", host->name.text, i, cores - 1);
            return;
        }
}
