/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Posted calls: what a guest wrote to the ring of its machine page instead of leaving for each (guest/include/machine.h).
 *
 * They are taken out of the ring when the vCPU leaves guest code, whyever it does, and each is carried out when the engine is where
 * the guest was, in the same order and by the same rules as if it had been made: so nothing else of the simulation can tell.
 * What the guest did in between it could do because nothing comes of such a call that it could see before its horizon. Which calls
 * these are is said anew at each entry:
 *   FRAME_DELIVER   unless somebody answers to deliveries (books_are_heard(), a station's ear): a conversation's next frame may be
 *                   due at once
 *   FRAME_MADE, FRAME_DROP   always: frames are born and end
 *   FRAME_NEXT      a look that found nothing due
 *   MMIO_WRITE      to a function passed through, with a horizon of its own: what the store may cause
 * None may be posted by one of several vCPUs, where the vCPU can lose its core, while pages of the VM are to follow, or when the
 * guest is so near to what a spinning one pays (spin.c) that a call might cost more than its cycle. With VFSIM_PLAIN every call is
 * made.
 */
#include <assert.h>
#include <string.h>

#include "core/frame/frame.h"
#include "vm/vm__.h"

#define OPS_ALWAYS (1u << MACHINE_OP_FRAME_MADE | 1u << MACHINE_OP_FRAME_DROP | 1u << MACHINE_OP_FRAME_NEXT)
#define OPS_KNOWN (OPS_ALWAYS | 1u << MACHINE_OP_FRAME_DELIVER | 1u << MACHINE_OP_MMIO_WRITE)
_Static_assert(sizeof(struct machine) <= VM_PAGE, "the machine is a page");
_Static_assert(offsetof(struct machine_rx, fragment[1]) == sizeof(((struct machine_post *)0)->word), "a hand-over of one fragment");

/* ---- what may be posted ---- */

/* The registers that were last stored to, if all stores that fit the ring find room on their link. */
static void offer_registers(struct vcpu *vcpu, struct vm_offer *offer)
{
    struct vm *vm = vcpu->vm;
    const struct vm_range *r = vm->stored;
    sim_time now = sim_now(vm->comp.sim), local = vm__local_time(vcpu);
    if (!r || !pci_mmio_write_fits(r->fn, local < now ? now : local, offer->room))
        return;
    uint64_t reach = vm__cycles_within(vm, pci_mmio_write_reach(r->fn));
    if (reach < 2) /* rounding may take one */
        return;
    offer->reach = reach - 1;
    offer->ops |= 1u << MACHINE_OP_MMIO_WRITE;
    vm->page->post_gpa = r->gpa;
    vm->page->post_len = r->len;
    vm->page->post_reach = offer->reach;
}

void vm__posts_offer(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    struct vm_offer *offer = &vcpu->offer;
    volatile struct machine *page = vm->page;
    offer->room = !vm->mem.pager && !vm__is_shared(vcpu) && vm__is_alone(vm) && vm__has_free_calls(vcpu, MACHINE_POSTS_MAX)
                      ? MACHINE_POSTS_MAX
                      : 0;
#ifdef VFSIM_PLAIN
    offer->room = 0;
#endif
    offer->ops = 0;
    page->post_len = 0;
    if (offer->room) {
        offer->ops = OPS_ALWAYS | (books_are_heard(vm->comp.sim) || vm->station.ear ? 0 : 1u << MACHINE_OP_FRAME_DELIVER);
        offer_registers(vcpu, offer);
    }
    page->post_ops = offer->ops;
    page->post_room = offer->room;
    page->posted = 0;
    page->work_due = vm__cycles_at(vm, vm__next_due(vcpu));
    page->bad_handovers = vm->run.stats.bad_handovers;
}

/* ---- out of the ring ---- */

/* Clocks go up, and none lies beyond what the guest was told or where it is. */
static bool makes_sense(const struct vcpu *vcpu, const struct machine_post *post, uint64_t before, uint64_t now)
{
    return post->op < 32 && vcpu->offer.ops >> post->op & 1 && post->cycles > before && post->cycles <= now &&
           post->cycles < vcpu->spin.horizon;
}

uint64_t vm__posts_last(const struct vcpu *vcpu)
{
    const struct vm *vm = vcpu->vm;
    const volatile struct machine_post *ring = vm->page->post;
    uint64_t last = vcpu->run.entry_cycles;
    for (uint32_t i = 0, count = vm->page->posted; i < count && i < vcpu->offer.room; i++) {
        uint64_t at = ring[i].cycles;
        if (at <= last || at >= vcpu->spin.horizon)
            break;
        last = at;
    }
    return last;
}

void vm__posts_take(struct vcpu *vcpu, uint64_t now)
{
    struct vm *vm = vcpu->vm;
    struct vm_posts *posts = &vcpu->posts;
    const volatile struct machine_post *ring = vm->page->post;
    uint32_t count = vm->page->posted;
    uint64_t before = vcpu->run.entry_cycles;
    assert(posts->next == posts->count && "posts of an entry are carried out before the next one");
    posts->next = posts->count = 0;
    posts->from = before;
    posts->until = now;
    if (count > vcpu->offer.room) {
        vm__bad(vm, "posted calls", count);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct machine_post *post = &posts->post[posts->count];
        memcpy(post, (const void *)&ring[i], sizeof(*post)); /* once: the guest may write on */
        if (!makes_sense(vcpu, post, before, now)) {
            vm__bad(vm, "a posted call at cycle", post->cycles);
            continue;
        }
        before = post->cycles;
        posts->count++;
        if (post->op == MACHINE_OP_MMIO_WRITE && post->cycles + vcpu->offer.reach < vcpu->spin.horizon)
            vcpu->spin.horizon = post->cycles + vcpu->offer.reach;
    }
}

/* ---- carried out ---- */

static bool hand_over(struct vcpu *vcpu, const struct machine_post *post)
{
    struct vm *vm = vcpu->vm;
    struct machine_rx rx;
    memcpy(&rx, post->word, sizeof(post->word));
    if (rx.fragments == 1)
        return vm__hand_over(vcpu, &rx) == 0;
    vm__bad(vm, "a posted hand-over of fragments", rx.fragments);
    return false;
}

/* The store leaves at its own time; where it can't, the guest posted more than it was offered. */
static void store(struct vcpu *vcpu, const struct machine_post *post, sim_time at)
{
    struct vm *vm = vcpu->vm;
    const struct vm_range *r = vm__range_find(vm, post->word[0], post->word[1]);
    if (!r || r->kind != VM_MMIO_DIRECT || pci_mmio_write_room(r->fn, at) > at) {
        vm__bad(vm, "a posted store to", post->word[0]);
        return;
    }
    vm->run.stats.direct_mmio++;
    vm__store(vcpu, r, post->word, at);
}

static void carry_out(struct vcpu *vcpu, const struct machine_post *post, sim_time at)
{
    struct vm *vm = vcpu->vm;
    bool is_work = false;
    switch (post->op) { /* a guest's number, of those it was offered */
    case MACHINE_OP_MMIO_WRITE:
        store(vcpu, post, at);
        return;
    case MACHINE_OP_FRAME_DELIVER:
        is_work = hand_over(vcpu, post);
        break;
    case MACHINE_OP_FRAME_MADE:
        vm__frame_made(vcpu, post->word[0], post->word[1], post->word[2]);
        break;
    case MACHINE_OP_FRAME_DROP:
        is_work = vm__frame_drop(vm, post->word[0], post->word[1], post->word[2]) != 0;
        break;
    default:
        break;
    }
    if (is_work)
        vm__got_somewhere(vcpu);
    else
        vm__idle_post(vcpu, post->cycles);
}

bool vm__posts_go_on(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    struct vm_posts *posts = &vcpu->posts;
    while (posts->next < posts->count) {
        const struct machine_post *post = &posts->post[posts->next];
        sim_time at = vm__time_of(vm, post->cycles), now = sim_now(vm->comp.sim);
        bool is_felt = post->op != MACHINE_OP_MMIO_WRITE && post->op != MACHINE_OP_FRAME_NEXT;
        if (is_felt && at > now && !vm__goes_on_at(vcpu, at))
            return false;
        if (is_felt)
            mem_settle(&vm->mem);
        posts->next++;
        vm__spent(vcpu, post->cycles - VM_CALL_CYCLES - posts->from);
        posts->from = post->cycles;
        vm->run.stats.calls[post->op]++;
        vcpu->spin.calls++;
        carry_out(vcpu, post, at < now ? now : at);
    }
    return true;
}

bool vm__posts_are_sound(const struct vcpu *vcpu)
{
    const struct vm *vm = vcpu->vm;
    const struct vm_posts *posts = &vcpu->posts;
    if (posts->count > MACHINE_POSTS_MAX || posts->next > posts->count)
        return false;
    for (uint32_t i = posts->next; i < posts->count; i++)
        if (posts->post[i].op >= 32 || !(OPS_KNOWN >> posts->post[i].op & 1) || vm__time_of(vm, posts->post[i].cycles) == SIM_NEVER)
            return false;
    return true;
}
