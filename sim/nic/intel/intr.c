/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Causes, masks, moderation and MSI-X messages of a function [82599 7.3].
 *
 * A VF has one cause bit a vector. The PF has a bit for each of its first vectors (queue causes; how many, the skin says) and bits
 * of other causes, which all use the vector of IVAR_MISC. A cause that may send waits until the vector's interval since the last
 * message has passed (EITR): events meanwhile are latched into one.
 */
#include "nic/intel/chip.h"

/* The byte of IVAR_MISC that is about them: of a PF the second, for the first is the TCP timer's [82599 8.2.3.5.16]. */
static uint32_t misc_entry(const struct function *fn)
{
    return fn->vf == FN_PF ? fn->chip->s.reg.IVAR_MISC >> 8 : fn->s.misc_vector;
}

static unsigned misc_vector(const struct function *fn) { return misc_entry(fn) & 0x3f; }

/* Causes that are a vector each; what is above them is the PF's other causes. */
static uint32_t vector_bits(const struct intel_chip *n) { return (UINT32_C(1) << n->skin->pf_causes) - 1; }

/* The causes that speak through vector v. */
static uint32_t vector_causes(const struct function *fn, unsigned v)
{
    uint32_t causes = 1u << v;
    if (fn->vf == FN_PF && (misc_entry(fn) & INTEL_IVAR_ALLOC_VAL) && misc_vector(fn) == v)
        causes |= ~vector_bits(fn->chip);
    return causes;
}

static sim_time interval(const struct function *fn, unsigned v)
{
    const struct intel_skin *skin = fn->chip->skin;
    return (sim_time)((fn->s.intr.vector[v].eitr & skin->eitr_mask) >> skin->eitr_shift) * skin->eitr_unit_ps;
}

static void vector_send(struct function *fn, unsigned v, uint32_t causes)
{
    struct interrupts *intr = &fn->s.intr;
    struct sim *sim = chip_component(fn->chip)->sim;
    causes &= intr->cause & intr->mask;
    intr->cause &= ~(causes & intr->auto_clear);
    /* The PF masks by itself only when GPIE.EIAME says so; a VF always does. */
    if (fn->vf != FN_PF || (fn->chip->s.reg.GPIE & INTEL_GPIE_EIAME))
        intr->mask &= ~(causes & intr->auto_mask);
    intr->vector[v].quiet_until = sim_now(sim) + interval(fn, v);
    trace_nic_interrupt(chip_component(fn->chip), fn->vf, v);
    pci_msix_raise(fn->pci, v);
}

/* Some of `causes`, pending and unmasked, want vector v. */
static void vector_raise(struct function *fn, unsigned v, uint32_t causes)
{
    struct component *c = chip_component(fn->chip);
    struct vector *vec = &fn->s.intr.vector[v];
    if (event_id_is_set(vec->timer))
        return; /* latched already */
    if (vec->quiet_until > sim_now(c->sim)) {
        vec->timer = event_post(c, c, vec->quiet_until, EV_HW, VERB_VECTOR, (uint64_t)(fn - fn->chip->fn), v, 0);
        return;
    }
    vector_send(fn, v, causes);
}

void intel_intr_event(struct intel_chip *n, const struct event *ev)
{
    struct function *fn = &n->fn[ev->a];
    unsigned v = (unsigned)ev->b;
    fn->s.intr.vector[v].timer = (struct event_id){0, 0};
    uint32_t causes = vector_causes(fn, v);
    if (fn->s.intr.cause & fn->s.intr.mask & causes)
        vector_send(fn, v, causes);
}

void intel_intr_set(struct function *fn, uint32_t causes)
{
    struct interrupts *intr = &fn->s.intr;
    intr->cause |= causes;
    causes &= intr->mask;
    uint32_t bits = vector_bits(fn->chip), queue = causes & bits;
    for (; queue; queue &= queue - 1)
        vector_raise(fn, (unsigned)__builtin_ctz(queue), queue & -queue);
    if (fn->vf == FN_PF && (causes & ~bits) && (misc_entry(fn) & INTEL_IVAR_ALLOC_VAL))
        vector_raise(fn, misc_vector(fn), causes & ~bits);
}

/* ---- past the throttle ---- */

void intel_intr_now(struct function *fn, uint32_t causes)
{
    struct sim *sim = chip_component(fn->chip)->sim;
    for (unsigned v = 0; v < VECTORS_MAX; v++)
        if (vector_causes(fn, v) & causes) {
            event_cancel(sim, &fn->s.intr.vector[v].timer);
            fn->s.intr.vector[v].quiet_until = 0;
        }
    intel_intr_set(fn, causes | (fn->s.intr.cause & fn->s.intr.mask)); /* what was latched goes with it */
}

/* Credits come one by one, up to what the field can hold [82599 7.3.2.1.3; that a written value is the present one: assumed]. */
static bool take_credit(struct function *fn, struct vector *vec)
{
    const struct intel_chip *n = fn->chip;
    sim_time now = sim_now(chip_component(fn->chip)->sim);
    sim_time period = (((n->s.reg.GPIE & INTEL_GPIE_LLI_MASK) >> INTEL_GPIE_LLI_SHIFT) + 1) * 4 * SIM_US;
    const uint32_t most = INTEL_EITR_LLI_CREDIT_MASK >> INTEL_EITR_LLI_CREDIT_SHIFT;
    uint64_t credits = (vec->eitr & INTEL_EITR_LLI_CREDIT_MASK) >> INTEL_EITR_LLI_CREDIT_SHIFT;
    if (!(vec->eitr & INTEL_EITR_LLI_MOD))
        return true;
    credits += (now - vec->credit_at) / period;
    vec->credit_at = credits >= most ? now : now - (now - vec->credit_at) % period;
    credits = credits < most ? credits : most;
    bool has = credits > 0;
    credits -= has;
    vec->eitr = (vec->eitr & ~INTEL_EITR_LLI_CREDIT_MASK) | (uint32_t)credits << INTEL_EITR_LLI_CREDIT_SHIFT;
    return has;
}

void intel_intr_low_latency(struct intel_chip *n, unsigned queue)
{
    struct function *fn = chip_queue_owner(n, queue);
    int v = intel_intr_vector(n, queue);
    if (v >= 0 && take_credit(fn, &fn->s.intr.vector[v]))
        intel_intr_now(fn, 1u << v);
    else
        intel_intr_queue(n, queue, false);
}

/* Enabling a cause that is pending sends its message [82599 7.3.1.2]. */
void intel_intr_enable(struct function *fn, uint32_t causes)
{
    fn->s.intr.mask |= causes;
    if (fn->s.intr.cause & causes)
        intel_intr_set(fn, fn->s.intr.cause & causes);
}

/* The byte of IVAR or VTIVAR that says which vector a queue has. */
static uint8_t queue_entry(struct intel_chip *n, unsigned queue, bool tx)
{
    const struct function *fn = chip_queue_owner(n, queue);
    unsigned local = fn->vf == FN_PF ? queue : queue % chip_queues_per_pool(n);
    uint32_t ivar = fn->vf == FN_PF ? n->s.reg.IVAR[local / 2] : fn->s.queue_vectors[local / 2];
    return (uint8_t)(ivar >> (8 * (2 * (local % 2) + tx))); /* rx of 2n, tx of 2n, rx of 2n+1, tx of 2n+1 */
}

void intel_intr_queue(struct intel_chip *n, unsigned queue, bool tx)
{
    uint8_t entry = queue_entry(n, queue, tx);
    if (entry & INTEL_IVAR_ALLOC_VAL)
        intel_intr_set(chip_queue_owner(n, queue), 1u << (entry & 0x3f));
}

/* ---- large receives: closed a while before the vector's message, so that it finds them in memory ---- */

int intel_intr_vector(struct intel_chip *n, unsigned queue)
{
    uint8_t entry = queue_entry(n, queue, false);
    return entry & INTEL_IVAR_ALLOC_VAL && (entry & 0x3f) < VECTORS_MAX ? entry & 0x3f : -1;
}

/* [82599 8.2.3.5.18] GPIE.RSC_DELAY: (n + 1) times 4 us at 10 Gb/s. */
static sim_time rsc_delay(const struct intel_chip *n)
{
    return (((n->s.reg.GPIE & INTEL_GPIE_RSC_DELAY_MASK) >> INTEL_GPIE_RSC_DELAY_SHIFT) + 1) * 4 * SIM_US;
}

/* Not before the vector may speak again, less the delay, and not more often than that. */
static void rsc_arm(struct function *fn, unsigned v)
{
    struct component *c = chip_component(fn->chip);
    struct vector *vec = &fn->s.intr.vector[v];
    sim_time at = sim_now(c->sim), delay = rsc_delay(fn->chip);
    if (vec->quiet_until > at + delay)
        at = vec->quiet_until - delay;
    if (vec->rsc_until > at)
        at = vec->rsc_until;
    vec->rsc_timer = event_post(c, c, at, EV_HW, VERB_RSC, (uint64_t)(fn - fn->chip->fn), v, 0);
}

void intel_intr_rsc_wait(struct intel_chip *n, unsigned queue)
{
    struct function *fn = chip_queue_owner(n, queue);
    int v = intel_intr_vector(n, queue);
    if (v >= 0 && !event_id_is_set(fn->s.intr.vector[v].rsc_timer))
        rsc_arm(fn, (unsigned)v);
}

bool intel_intr_rsc_is_due(struct intel_chip *n, const struct event *ev)
{
    struct function *fn = &n->fn[ev->a];
    struct vector *vec = &fn->s.intr.vector[ev->b];
    sim_time now = sim_now(chip_component(n)->sim), delay = rsc_delay(n);
    vec->rsc_timer = (struct event_id){0, 0};
    if (vec->quiet_until > now + delay) { /* a message went meanwhile: a new interval has begun */
        rsc_arm(fn, (unsigned)ev->b);
        return false;
    }
    vec->rsc_until = now + interval(fn, (unsigned)ev->b);
    if (vec->quiet_until < now + delay)
        vec->quiet_until = now + delay;
    return true;
}

/* Mailbox and other causes: the PF's as the chip names them, the vector of IVAR_MISC at a VF. */
void intel_intr_misc(struct function *fn, enum intel_cause cause)
{
    if (fn->vf == FN_PF)
        fn->chip->skin->pf_cause(fn->chip, cause);
    else if (fn->s.misc_vector & INTEL_IVAR_ALLOC_VAL)
        intel_intr_set(fn, 1u << misc_vector(fn));
}

void intel_intr_throttle(struct function *fn, unsigned vector, uint32_t value)
{
    fn->s.intr.vector[vector].eitr = value & ~INTEL_EITR_CNT_WDIS;
    fn->s.intr.vector[vector].credit_at = sim_now(chip_component(fn->chip)->sim);
}

void intel_intr_reset(struct function *fn)
{
    for (unsigned v = 0; v < VECTORS_MAX; v++) {
        event_cancel(chip_component(fn->chip)->sim, &fn->s.intr.vector[v].timer);
        event_cancel(chip_component(fn->chip)->sim, &fn->s.intr.vector[v].rsc_timer);
    }
    fn->s.intr = (struct interrupts){0};
}
