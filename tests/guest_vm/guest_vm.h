/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tiny guests of the VM's tests share: the machine's calls, and words on the console.
 *
 * A guest whose file holds several cases takes its case number from the MTU, which means nothing else to it.
 */
#ifndef VFSIM_TESTS_GUEST_VM_H
#define VFSIM_TESTS_GUEST_VM_H

#include "guest/include/machine.h"

void _start(uint64_t window);

static inline volatile struct machine *page_of(uint64_t w) { return machine_page(w); }
static inline uint64_t ask(uint64_t w, uint64_t op, uint64_t a, uint64_t b, uint64_t c) { return machine_exit(w, op, a, b, c); }
static inline uint64_t wait_irq(uint64_t w, uint64_t deadline) { return ask(w, MACHINE_OP_WAIT, deadline, 0, 0); }
static inline uint64_t gpa_of(uint64_t w, const void *p) { return (uint64_t)(uintptr_t)p - w; }

static inline void say(uint64_t w, const char *text)
{
    uint64_t len = 0;
    while (text[len])
        len++;
    ask(w, MACHINE_OP_CONSOLE, (uint64_t)(uintptr_t)text, len, 0);
}

/* "word 0x1234" */
static inline void tell(uint64_t w, const char *word, uint64_t value)
{
    char text[24] = "0x", *end = text + 2;
    int shift = 60;
    while (shift > 0 && value >> shift == 0)
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        *end++ = "0123456789abcdef"[value >> shift & 15];
    *end++ = '\n';
    *end = '\0';
    say(w, word);
    say(w, " ");
    say(w, text);
}

#endif
