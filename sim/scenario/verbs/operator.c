/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the lines of operators' tools share. */
#include <errno.h>
#include <string.h>

#include "scenario/verbs/operator.h"

struct operator* verb__start_operator(struct scn_cursor *c, struct scn_item *item, const struct verb *verb, struct scn_word nic)
{
    struct operator* said = item->said = scn_alloc(c->file, sizeof(*said));
    item->verb = verb;
    said->nic = nic;
    said->count = 1;
    return said;
}

void verb__check_operator(struct scenario *sc, struct scn_item *item)
{
    if (oper_of(item)->nic.text && scn_resolve(sc, &oper_of(item)->nic, SCN_BIT(SCN_NIC), "a NIC"))
        verb__check_operated(sc, &oper_of(item)->nic);
}

const char *verb__vm_of_operator(const struct scn_item *item) { return oper_of(item)->nic.text; }

bool verb__take_ip_flags(struct scn_cursor *c, bool *stats, bool *details)
{
    for (bool more = true; more;) {
        more = false;
        if (scn_accept(c, "-s"))
            more = *stats = true;
        if (scn_accept(c, "-d"))
            more = *details = true;
    }
    return scn_need(c, "link");
}

struct pf *verb__find_pf(struct world *w, const struct scn_item *item, const char *nic)
{
    const struct scn_name *name = scn_find(w->sc, nic, SCN_BIT(SCN_NIC));
    struct pf *pf = host_find_pf(w->hosts[w->sc->nics[name->index].host], nic);
    if (!pf)
        world__refused(w, item, "the NIC has no PF driver");
    return pf;
}

void verb__ask_pf(struct world *w, unsigned index, struct pf *pf, unsigned op, const struct pf_args *args)
{
    w->st.outstanding++;
    w->acts[index].asked++;
    pf_admin_request(pf, (enum vmk_netptop)op, args, &w->comp, WORLD_ADMIN_DONE, index);
}

/* As glibc names them, which the tools print. */
const char *verb__error_text(int status)
{
    switch (-status) {
    case EINVAL:
        return "Invalid argument";
    case EBUSY:
        return "Device or resource busy";
    case ENOTSUP:
        return "Operation not supported";
    case ENOMEM:
        return "Cannot allocate memory";
    case EPERM:
        return "Operation not permitted";
    case EADDRINUSE:
        return "Address already in use";
    default:
        return "Connection timed out";
    }
}

void verb__link_done(struct world *w, unsigned item, int status)
{
    if (status)
        world__refused(w, &w->sc->items[item], "RTNETLINK answers: %s", verb__error_text(status));
}
