/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a VF is closed: who did it, and which request was refused. A register says only that it is. */
#include "pf/pf__.h"

void pf__close(struct pf *pf, unsigned vf, enum pf_closed_by by, uint32_t frame)
{
    struct pf_closing *c = &pf->s.closing[vf];
    bool is_news = c->by != (uint32_t)by || c->to != SIM_NEVER;
    if (is_news)
        c->from = sim_now(pf->c.sim);
    c->by = (uint32_t)by;
    c->frame = frame;
    c->to = SIM_NEVER;
}

void pf__open(struct pf *pf, unsigned vf, enum pf_closed_by by)
{
    struct pf_closing *c = &pf->s.closing[vf];
    if (c->by == (uint32_t)by && c->to == SIM_NEVER)
        c->to = sim_now(pf->c.sim);
}

void pf_vf_get_closing(const struct pf *pf, unsigned vf, struct pf_closing *out)
{
    *out = vf < pf__vfs(pf) ? pf->s.closing[vf] : (struct pf_closing){0};
}
