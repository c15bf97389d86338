/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The quantities of the tests of RFC 2889, from the books of the flows of a trial. */
#ifndef VFSIM_SCENARIO_VERBS_RFC2889_H
#define VFSIM_SCENARIO_VERBS_RFC2889_H

#include "scenario/verbs/verbs__.h"

enum rfc2889_figure {
    RFC2889_OFFERED,
    RFC2889_FORWARDED,
    RFC2889_LOST,
    RFC2889_FAIRNESS, /* thousandths */
    RFC2889_ACCEPTED,
    RFC2889_PER_SECOND,
    RFC2889_GAP,
    RFC2889_HOL,
    RFC2889_BACK_PRESSURE,
    RFC2889_FORWARD_PRESSURE,
    RFC2889_FILTERED,
    RFC2889_FIGURES
};

uint64_t rfc2889_figure(const struct world *w, const struct scn_measure *m, enum rfc2889_figure figure);
void rfc2889_report(const struct world *w, struct report *r); /* of all measurements */

#endif
