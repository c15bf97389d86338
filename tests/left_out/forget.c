/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The simulator that forgets: of all that save functions hand over, the place that LEFT_OUT_SITE names (its record's address less
 * that of left_out_anchor) is neither written, read nor compared, as if its line were not there. With LEFT_OUT_PROBE it forgets
 * nothing, and adds to that file the places that were reached, and whether they had another value than in the new world
 * (left_out_places.py reads it).
 *
 * The linker puts __wrap_save__bytes() in the place of save__bytes() (--wrap).
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/save.h"

enum { SITES_MAX = 1024 };

extern const char left_out_anchor[]; /* as linked, GDB knows where it is; as loaded, it lies further on, as everything does */
const char left_out_anchor[] = "anchor";

static long forgotten;
static struct {
    long site;
    bool differs;
} probed[SITES_MAX];
static const char *probe;

__attribute__((constructor)) static void begin(void)
{
    const char *site = getenv("LEFT_OUT_SITE");
    forgotten = site ? strtol(site, NULL, 10) : 0;
    probe = getenv("LEFT_OUT_PROBE");
}

__attribute__((destructor)) static void end(void)
{
    FILE *out = probe ? fopen(probe, "a") : NULL;

    for (unsigned i = 0; out && probed[i].site; i++)
        fprintf(out, "%s %ld\n", probed[i].differs ? "other" : "same", probed[i].site);
    if (out)
        fclose(out);
}

static void note(long site, bool differs)
{
    unsigned i = 0;
    while (i < SITES_MAX - 1 && probed[i].site && probed[i].site != site)
        i++;
    probed[i].site = site;
    probed[i].differs |= differs;
}

void __real_save__bytes(struct save *s, void *p, size_t n, const void *site);
void __wrap_save__bytes(struct save *s, void *p, size_t n, const void *site);
void __wrap_save__bytes(struct save *s, void *p, size_t n, const void *site)
{
    long here = (long)((const char *)site - left_out_anchor);

    if (forgotten && here == forgotten)
        return;
    if (!probe || !s->loading || s->err || !n) {
        __real_save__bytes(s, p, n, site);
        if (probe)
            note(here, false);
        return;
    }
    void *before = malloc(n);
    memcpy(before, p, n);
    __real_save__bytes(s, p, n, site);
    note(here, memcmp(before, p, n) != 0);
    free(before);
}
