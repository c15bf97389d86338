/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the PF is asked, what it answers, and whom of its chip an operation speaks to: for the journal. */
#include <string.h>

#include "core/world/journal.h"
#include "pf/pf__.h"

static struct journal_party chip_party(const struct pf *pf, enum journal_role role, int sub)
{
    return journal_party(&pf->nic->c, role, sub);
}

static struct journal_party asker(const struct pf_args *args)
{
    return (struct journal_party){.component = args->talker, .role = JOURNAL_HYPERVISOR, .sub = -1};
}

void pf__say_asked(struct pf *pf, const struct pf_op *op)
{
    journal_say(pf->c.sim, op->args.talk, asker(&op->args), chip_party(pf, JOURNAL_PF, -1), "%s",
                pf_op_name((enum vmk_netptop)op->op));
}

void pf__say_answered(struct pf *pf, const struct pf_op *op, int status)
{
    const char *name = pf_op_name((enum vmk_netptop)op->op);
    bool names_vf = op->op == VMK_NETPTOP_VF_ACQUIRE && !status;
    if (names_vf)
        journal_say(pf->c.sim, op->args.talk, chip_party(pf, JOURNAL_PF, -1), asker(&op->args), "%s: VF %d", name, op->args.vf);
    else
        journal_say(pf->c.sim, op->args.talk, chip_party(pf, JOURNAL_PF, -1), asker(&op->args), "%s: %s", name,
                    pf_status_text((enum vmk_netptop)op->op, status));
}

/* Operations that are about one part of the chip. */
static const struct {
    uint32_t op;
    enum journal_role role;
    const char *what;
} said[] = {
    {VMK_NETPTOP_VF_SET_RX_MODE, JOURNAL_ESWITCH, "which groups it takes"},
    {VMK_NETPTOP_VF_SET_MULTICAST, JOURNAL_ESWITCH, "multicast table"},
    {VMK_NETPTOP_VF_ADD_VLAN_RANGE, JOURNAL_ESWITCH, "VLAN filter: add"},
    {VMK_NETPTOP_VF_DEL_VLAN_RANGE, JOURNAL_ESWITCH, "VLAN filter: remove"},
    {VMK_NETPTOP_VF_SET_DEFAULT_VLAN, JOURNAL_ESWITCH, "default VLAN"},
    {VMK_NETPTOP_VF_SET_ANTISPOOF, JOURNAL_ESWITCH, "anti-spoof check"},
    {VMK_NETPTOP_PF_ADD_MAC_FILTER, JOURNAL_ESWITCH, "address filter: add"},
    {VMK_NETPTOP_PF_DEL_MAC_FILTER, JOURNAL_ESWITCH, "address filter: remove"},
    {PF_OP_RX_FENCE, JOURNAL_ESWITCH, "fence: is all that was steered in memory?"},
    {PF_OP_TX_FENCE, JOURNAL_ESWITCH, "fence: has all that was fetched left?"},
    {PF_OP_PF_TX_FENCE, JOURNAL_ESWITCH, "fence: has all that was handed over left?"},
    {PF_OP_VF_FLR, JOURNAL_VF, "function-level reset"},
};

void pf__say_begun(struct pf *pf, const struct pf_op *op)
{
    struct journal_party self = chip_party(pf, JOURNAL_PF, -1);
    uint32_t talk = op->args.talk;
    if (talk && op->op == PF_OP_MOVE_MAC && op->args.vf >= 0)
        journal_say(pf->c.sim, talk, self, chip_party(pf, JOURNAL_ESWITCH, -1), "its address goes to VF %d", op->args.vf);
    else if (talk && op->op == PF_OP_MOVE_MAC)
        journal_say(pf->c.sim, talk, self, chip_party(pf, JOURNAL_ESWITCH, -1), "its address goes to the PF");
    for (unsigned i = 0; talk && i < sizeof(said) / sizeof(said[0]); i++)
        if (said[i].op == op->op)
            journal_say(pf->c.sim, talk, self, chip_party(pf, said[i].role, said[i].role == JOURNAL_VF ? op->args.vf : -1), "%s",
                        said[i].what);
}

void pf__say_state(struct pf *pf, unsigned vf, const char *state)
{
    const struct pf_op *op = &pf->op[pf->s.op_get % PF_OPS_MAX];
    if (pf->s.op_running)
        journal_say(pf->c.sim, op->args.talk, chip_party(pf, JOURNAL_PF, -1), chip_party(pf, JOURNAL_VF, (int)vf), "%s", state);
}
