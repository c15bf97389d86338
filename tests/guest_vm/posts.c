/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls that want no answer, made or posted: tests/unit/vm_posts.c says what each case (the MTU) is for.
 */
#include "guest_vm.h"
#include "posts_cases.h"

#define REGS MACHINE_MMIO_OFFSET
enum { SPINS = 66000 };

static uint8_t frame[64] __attribute__((aligned(64)));

static void call(uint64_t w, uint32_t op, uint64_t a, uint64_t b, uint64_t c, int is_posted)
{
    if (!is_posted || !(op == MACHINE_OP_MMIO_WRITE ? machine_post_store(w, a, b, c) : machine_post(w, op, a, b, c)))
        ask(w, op, a, b, c);
}

/* The same work in both ways: stores, frames made and dropped, drops of nothing, more than the ring holds. */
static void work(uint64_t w, int is_posted)
{
    ask(w, MACHINE_OP_MMIO_WRITE, REGS + 0x10, 4, 0); /* from now on the machine knows where we store to */
    for (uint64_t round = 1; round <= 3; round++) {
        for (uint64_t i = 0; i < 20; i++) {
            machine_charge(w, 50 * round);
            call(w, MACHINE_OP_FRAME_MADE, gpa_of(w, frame), 64, 0, is_posted);
            call(w, MACHINE_OP_MMIO_WRITE, REGS + 0x10, 4, round << 8 | i, is_posted);
            call(w, MACHINE_OP_FRAME_DROP, gpa_of(w, frame), 64, MACHINE_DROP_TX_STOPPED, is_posted);
            call(w, MACHINE_OP_FRAME_DROP, gpa_of(w, frame), 64, MACHINE_DROP_TX_STOPPED, is_posted);
            machine_charge(w, 900); /* past what a store may cause */
        }
        wait_irq(w, page_of(w)->cycles + 20000);
    }
    tell(w, "cycles", page_of(w)->cycles);
    for (unsigned i = 0; i < SPINS; i++) /* calls for nothing, until they are no longer free */
        call(w, MACHINE_OP_FRAME_DROP, gpa_of(w, frame), 64, MACHINE_DROP_TX_STOPPED, is_posted);
    tell(w, "cycles", page_of(w)->cycles);
}

/* ---- nonsense ---- */

static volatile struct machine_post *put(uint64_t w, uint32_t op, uint64_t after)
{
    volatile struct machine *m = page_of(w);
    volatile struct machine_post *post = &m->post[m->posted++];
    for (unsigned i = 0; i < MACHINE_POST_WORDS; i++)
        post->word[i] = 0;
    post->op = op;
    post->cycles = m->cycles + after;
    return post;
}

static void flush(uint64_t w, const char *what)
{
    volatile struct machine *m = page_of(w);
    m->cycles += 10;
    say(w, what);
    m->posted = 0;
}

static void nonsense(uint64_t w)
{
    volatile struct machine *m = page_of(w);
    ask(w, MACHINE_OP_MMIO_WRITE, REGS + 0x10, 4, 0);
    m->posted = MACHINE_POSTS_MAX + 1;
    flush(w, "more than there are\n");
    m->posted = ~0u;
    flush(w, "very many\n");
    put(w, MACHINE_OP_WAIT, 1);
    flush(w, "not offered\n");
    put(w, 0xffffffff, 1);
    flush(w, "no operation\n");
    put(w, MACHINE_OP_FRAME_NEXT, 0);
    flush(w, "no time passed\n");
    put(w, MACHINE_OP_FRAME_NEXT, 2);
    put(w, MACHINE_OP_FRAME_NEXT, 1);
    flush(w, "backwards\n");
    put(w, MACHINE_OP_FRAME_NEXT, 11);
    flush(w, "not yet there\n");
    put(w, MACHINE_OP_FRAME_NEXT, ~0ull);
    flush(w, "never\n");
    put(w, MACHINE_OP_FRAME_NEXT, 0)->cycles = m->horizon + 50;
    m->cycles = m->horizon + 100;
    flush(w, "behind the horizon\n");
    put(w, MACHINE_OP_MMIO_WRITE, 1)->word[0] = REGS + 0x100000;
    flush(w, "no register\n");
    put(w, MACHINE_OP_MMIO_WRITE, 1)->word[0] = REGS;
    flush(w, "no size\n");
    volatile struct machine_post *post = put(w, MACHINE_OP_MMIO_WRITE, 1);
    post->word[0] = REGS + 0x10000; /* trapped */
    post->word[1] = 4;
    flush(w, "trapped\n");
    put(w, MACHINE_OP_FRAME_DELIVER, 1)->word[0] = 2;
    flush(w, "two fragments\n");
    put(w, MACHINE_OP_FRAME_DELIVER, 1)->word[0] = 1;
    flush(w, "an empty one\n");
    post = put(w, MACHINE_OP_FRAME_DELIVER, 1);
    post->word[0] = 1;
    post->word[4] = m->ram_bytes - 1;
    post->word[5] = 64;
    flush(w, "over the end\n");
    post = put(w, MACHINE_OP_FRAME_MADE, 1);
    post->word[0] = m->ram_bytes;
    post->word[1] = 64;
    flush(w, "made outside\n");
    put(w, MACHINE_OP_FRAME_DROP, 1)->word[2] = 99;
    flush(w, "dropped for no reason\n");
}

/* A store whose answer comes while we run on, as if there were no horizon. */
static void heedless(uint64_t w)
{
    volatile struct machine *m = page_of(w);
    ask(w, MACHINE_OP_MMIO_WRITE, REGS + 0x10, 4, 0);
    wait_irq(w, m->cycles + 20000);
    for (unsigned i = 0; i < 10; i++) {
        volatile struct machine_post *post = put(w, MACHINE_OP_MMIO_WRITE, 1);
        post->word[0] = REGS + 0x10;
        post->word[1] = 4;
        post->word[2] = i;
        m->cycles += 5000;
        ask(w, MACHINE_OP_SYNC, 0, 0, 0);
    }
    tell(w, "lines", m->irq_pending);
}

void _start(uint64_t w)
{
    switch (page_of(w)->mtu) {
    case POSTS_MADE:
    case POSTS_POSTED:
        work(w, page_of(w)->mtu == POSTS_POSTED);
        break;
    case POSTS_NONSENSE:
        nonsense(w);
        break;
    case POSTS_HEEDLESS:
        heedless(w);
        break;
    case POSTS_HANG:
        machine_charge(w, 100);
        call(w, MACHINE_OP_FRAME_MADE, gpa_of(w, frame), 64, 0, 1);
        machine_charge(w, 100);
        call(w, MACHINE_OP_FRAME_DROP, gpa_of(w, frame), 64, MACHINE_DROP_TX_STOPPED, 1);
        machine_charge(w, 100);
        for (;;)
            __asm__ volatile("");
    default:
        break;
    }
    say(w, "done\n");
    for (;;) {
        wait_irq(w, ~0ull);
        tell(w, "offered", (uint64_t)page_of(w)->post_ops << 32 | page_of(w)->post_room);
        tell(w, "due", page_of(w)->work_due);
    }
}
