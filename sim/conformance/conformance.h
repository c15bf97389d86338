/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The conformance kit: what a vendor's plugin does, and what a chip and its PF's driver do, held against the rules of the
 * specification (docs/shell-api.md, docs/pf-vf-requirements.md), case by case, each in a world of its own.
 *
 * A plugin is called by a suite that runs in a machine (guest/conformance): with a VF of its chip behind the registers, driven
 * by the PF's driver; or with a device that knows nothing of it. A chip is asked by its config space, its PF's driver and what
 * goes in and out of its port; where rings are needed its own plugin drives them.
 *
 * Everything is deterministic: the same image, model and build give the same result.
 */
#ifndef VFSIM_CONFORMANCE_CONFORMANCE_H
#define VFSIM_CONFORMANCE_CONFORMANCE_H

#include <stddef.h>

#include "core/world/sim.h"

struct conformance_case {
    const char *name;
    const char *rules; /* that it holds against: names with blanks between them */
    const char *sentence;
};

struct conformance_rule {
    const char *name;
    const char *sentence;
};

enum conformance_verdict { CONFORMANCE_HOLDS, CONFORMANCE_BROKEN, CONFORMANCE_NOT_HERE };

enum { CONFORMANCE_FINDINGS_MAX = 8, CONFORMANCE_TEXT = 256 };

/* What a case found. */
struct conformance_result {
    const struct conformance_case *what;
    enum conformance_verdict verdict;
    char why[CONFORMANCE_TEXT]; /* of NOT_HERE: why it was not tried */
    unsigned count;             /* rules that were broken, the first finding of each */
    struct conformance_finding {
        const struct conformance_rule *rule;
        char seen[CONFORMANCE_TEXT];
    } finding[CONFORMANCE_FINDINGS_MAX];
};

struct conformance_params {
    const char *suite;  /* the suite's image */
    const char *plugin; /* path of the plugin's image; of a chip's cases: of its own, NULL if its VFs take none */
    const char *model;  /* the chip whose VFs it drives; NULL: none, so cases that need one are not tried */
};

const struct conformance_case *conformance_plugin_case(unsigned i); /* in their order; NULL past the end */
const struct conformance_case *conformance_chip_case(unsigned i);   /* likewise */
const struct conformance_rule *conformance_rule_at(unsigned i);     /* likewise */

/* Tries one case. 0, or -EINVAL with the reason in `err`: the image or the suite can't be read, or there is no such model. */
int conformance_try(const struct conformance_params *params, const struct conformance_case *what, struct conformance_result *result,
                    char *err, size_t err_cap);

#endif
