/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the chip interrupts for besides frames: function-level resets of VFs (PFVFLRE), the link, messages of VFs, and queues
 * that it has blocked for their drivers' malice.
 */
#include "pf/intel/intel.h"

/* ---- resets and the link ---- */

/* A VF was reset without the PF being asked: who owned it must release it [pf.h]. */
static void vf_was_reset(struct pf *pf, unsigned vf)
{
    struct pf_vf *v = &pf->s.vf[vf];
    bool is_news = !v->flr_mine;
    v->flr_mine = false;
    v->clear_to_send = v->ping_due = false;
    if (!pf__vf_runs(v) || !is_news)
        return;
    pf__ixgbe_vf_enable(pf, vf, false, false);
    pf__vf_set_state(pf, vf, PF_VF_RESET);
}

/* The link came or went: every VF whose driver has spoken is told to look. */
static void link_is(struct pf *pf, bool up)
{
    if (up == pf->s.link_up)
        return;
    pf->s.link_up = up;
    for (unsigned vf = 0; vf < pf__vfs(pf); vf++)
        pf__ixgbe_ping(pf, vf, false);
}

/* ---- malice ---- */

/*
 * Malicious driver detection, the PF's side [ixgbe_sriov.c ixgbe_check_mdd_event, ixgbe_x550.c ixgbe_handle_mdd_x550]: which
 * queues the chip has blocked, whose they are, and when they are let go again. A VF whose driver speaks by the mailbox is let go
 * at once and told that it must reset, as Linux does. Under NPA nobody speaks: its queues stay blocked until the VF is
 * initialised again, after a reset.
 */
static uint32_t vf_bits(const struct pf *pf, unsigned vf) { return ((1u << pf->queues) - 1) << (vf * pf->queues % 32); }

void pf__ixgbe_mdd_release(struct pf *pf, unsigned vf)
{
    unsigned word = vf * pf->queues / 32;
    if (!pf->s.vf[vf].blocked_rx && !pf->s.vf[vf].blocked_tx)
        return;
    pf->s.vf[vf].blocked_rx = pf->s.vf[vf].blocked_tx = 0;
    pf__write(pf, pf__hw(pf)->wqbr_rx + 4 * word, vf_bits(pf, vf));
    pf__write(pf, pf__hw(pf)->wqbr_tx + 4 * word, vf_bits(pf, vf));
}

/* Queues 32 * word … of one direction that are blocked. */
static void note(struct pf *pf, unsigned word, bool tx, uint32_t bits)
{
    for (unsigned vf = 0; vf < pf->nic->vf_count; vf++) {
        struct pf_vf *v = &pf->s.vf[vf];
        uint32_t mine = vf * pf->queues / 32 == word ? bits & vf_bits(pf, vf) : 0;
        uint32_t queues = mine >> (vf * pf->queues % 32);
        uint8_t *known = tx ? &v->blocked_tx : &v->blocked_rx;
        if (!(queues & ~(uint32_t)*known))
            continue;
        *known = (uint8_t)queues;
        v->mdd_events++;
        trace_pf_malicious(&pf->c, vf, tx ? "transmit" : "receive");
        if (v->clear_to_send) {
            pf__ixgbe_mdd_release(pf, vf);
            pf__ixgbe_ping(pf, vf, true);
        }
    }
}

/* ---- who is blocked: words of receive and of transmit queues in turn (op->i) ---- */

static int begin_with_first(void *owner)
{
    pf__op_now(owner)->i = 0;
    return ((struct pf *)owner)->s.mdd ? PROCEDURE_NEXT : PROCEDURE_LEAVE;
}

static int read_blocked(void *owner)
{
    const struct intel_hw *hw = pf__hw(owner);
    uint32_t i = pf__op_now(owner)->i;
    if (i == 2 * hw->wqbr_words)
        return PROCEDURE_LEAVE;
    return pf__read(owner, (i % 2 ? hw->wqbr_tx : hw->wqbr_rx) + 4 * (i / 2));
}

static int note_blocked(void *owner)
{
    struct pf *pf = owner;
    uint32_t i = pf__op_now(pf)->i++;
    note(pf, i / 2, i % 2, pf->s.value);
    return PROCEDURE_AGAIN;
}

static const struct procedure_step mdd_steps[] = {
    {"begin with the first word", begin_with_first},
    {"see which queues are blocked", read_blocked, .done = note_blocked},
};
const struct procedure_table pf__ixgbe_mdd = PROCEDURE_TABLE("look for malice", mdd_steps);

/*
 * ---- the other causes of an interrupt ----
 *
 * Resets first, then the link, then messages: op->i is the register, op->j its bits, op->k the VF of it, op->word that of its
 * message.
 */

enum { CAUSES_A_WORD = 16, RESETS_A_WORD = 32 };

static unsigned vf_served(struct pf *pf) { return CAUSES_A_WORD * pf__op_now(pf)->i + pf__op_now(pf)->k; }

static int clear_causes(void *owner)
{
    struct pf *pf = owner;
    pf->s.misc_queued = false;
    pf__write(pf, pf__hw(pf)->misc_clear, pf__hw(pf)->misc_clear_bits);
    pf__op_now(pf)->i = 0;
    return PROCEDURE_NEXT;
}

static int read_resets(void *owner) { return pf__read(owner, pf__hw(owner)->vflre[pf__op_now(owner)->i]); }

static int note_resets(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    if (pf->s.value)
        pf__write(pf, pf__hw(pf)->vflrec[op->i], pf->s.value);
    for (unsigned b = 0; b < RESETS_A_WORD; b++)
        if ((pf->s.value >> b & 1) && RESETS_A_WORD * op->i + b < pf__vfs(pf))
            vf_was_reset(pf, RESETS_A_WORD * op->i + b);
    return RESETS_A_WORD * ++op->i < pf__vfs(pf) ? PROCEDURE_AGAIN : PROCEDURE_NEXT;
}

static int read_link(void *owner) { return pf__read(owner, pf__hw(owner)->link); }

static int note_link(void *owner)
{
    struct pf *pf = owner;
    link_is(pf, pf->s.value & pf__hw(pf)->link_up);
    pf__op_now(pf)->i = 0;
    return PROCEDURE_NEXT;
}

static int read_causes(void *owner)
{
    uint32_t i = pf__op_now(owner)->i;
    if (i == 4 || (i > 0 && !pf__hw(owner)->two_words))
        return pf__jump(owner, "look for malice");
    return pf__read(owner, pf__hw(owner)->mailbox_causes + 4 * i);
}

static int take_causes(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    op->j = pf->s.value;
    op->k = 0;
    if (op->j)
        pf__write(pf, pf__hw(pf)->mailbox_causes + 4 * op->i, op->j);
    return PROCEDURE_NEXT;
}

static uint32_t its_request(const struct pf_op *op) { return UINT32_C(1) << op->k; }
static uint32_t its_acknowledgement(const struct pf_op *op) { return UINT32_C(1) << (CAUSES_A_WORD + op->k); }

/* The next VF with a message, or one that waits for the PF's; behind the last one comes the next register. */
static int find_message(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    for (; op->k < CAUSES_A_WORD && vf_served(pf) < pf__vfs(pf); op->k++) {
        op->word = 0;
        if (op->j & its_request(op))
            return PROCEDURE_NEXT;
        if ((op->j & its_acknowledgement(op)) && pf->s.vf[vf_served(pf)].ping_due) /* it has read the answer to its reset */
            return pf__jump(pf, "take the mailbox");
    }
    op->i++;
    return pf__jump(pf, "see who has written");
}

static int read_word(void *owner)
{
    uint32_t word = IXGBE_VFMAILBOX_SIZE * vf_served(owner) + pf__op_now(owner)->word;
    return pf__read(owner, pf__hw(owner)->mailbox_memory + 4 * word);
}

static int take_word(void *owner)
{
    struct pf_op *op = pf__op_now(owner);
    op->message[op->word++] = ((struct pf *)owner)->s.value;
    return op->word < IXGBE_VFMAILBOX_SIZE ? PROCEDURE_AGAIN : PROCEDURE_NEXT;
}

static int answer_it(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    pf__ixgbe_answer(pf, vf_served(pf), op->message);
    op->k++;
    return pf__jump(pf, "find a message");
}

/*
 * What the PF says of itself goes into the same memory as a VF's next request, which may be there already: it has the mailbox for
 * itself before it writes, and writes only if nothing has come meanwhile [igb e1000_mbx.c igb_obtain_mbx_lock_pf]. Otherwise the VF
 * is told when it has read the answer to that request.
 */
static uint32_t its_mailbox(struct pf *pf) { return pf__hw(pf)->mailbox + 4 * vf_served(pf); }

static int take_mailbox(void *owner)
{
    pf__write(owner, its_mailbox(owner), IXGBE_PFMAILBOX_PFU);
    return pf__read(owner, its_mailbox(owner));
}

static int next_vf(struct pf *pf)
{
    pf__op_now(pf)->k++;
    return pf__jump(pf, "find a message");
}

static int mailbox_is_taken(void *owner)
{
    struct pf *pf = owner;
    return pf->s.value & IXGBE_PFMAILBOX_PFU ? PROCEDURE_NEXT : next_vf(pf); /* the VF writes */
}

static int see_request(void *owner) { return pf__read(owner, pf__hw(owner)->mailbox_causes + 4 * pf__op_now(owner)->i); }

static int tell_or_yield(void *owner)
{
    struct pf *pf = owner;
    if (pf->s.value & its_request(pf__op_now(pf)))
        pf__write(pf, its_mailbox(pf), 0);
    else
        pf__ixgbe_ping(pf, vf_served(pf), false);
    return next_vf(pf);
}

static int allow_causes(void *owner)
{
    pf__write(owner, pf__hw(owner)->eims, pf__hw(owner)->misc_enable_bits);
    return PROCEDURE_NEXT;
}

static const struct procedure_step misc_steps[] = {
    {"clear the causes", clear_causes},
    {"see who was reset", read_resets, .done = note_resets},
    {"see the link", read_link, .done = note_link},
    {"see who has written", read_causes, .done = take_causes},
    {"find a message", find_message},
    {"read it word by word", read_word, .done = take_word},
    {"answer it", answer_it},
    {"take the mailbox", take_mailbox, .done = mailbox_is_taken},
    {"tell it, unless it has written", see_request, .done = tell_or_yield},
    {"look for malice", .sub = &pf__ixgbe_mdd},
    {"allow further interrupts", allow_causes},
};
const struct procedure_table pf__ixgbe_misc = PROCEDURE_TABLE("serve causes", misc_steps);
