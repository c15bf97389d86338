/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stores to registers in every shape that becomes a jump, and in those that stay as they are, again and again; what they leave in
 * registers, flags and the stack is added up and told. Then the guest writes to the page that its stores are in.
 */
#include "guest_vm.h"

#define REGS MACHINE_MMIO_OFFSET
#define NOINLINE __attribute__((noinline, noclone))
enum { ROUNDS = 6 };

/* Each keeps all registers but rax, which is its answer, and the flags that it was entered with. */
#define FUNCTION(name, body)                                                                                                     \
    __asm__(".text\n.balign 16\n.globl " #name "\n.type " #name ", @function\n" #name ":\n" body "\n.size " #name ", . - " #name \
            "\n");                                                                                                               \
    uint64_t name(uint64_t to, uint64_t value, uint64_t which)

FUNCTION(store_long, "mov %esi, 0x40(%rdi)\n mov %rsi, %rax\n ret");
FUNCTION(store_scaled, "mov %si, 0x44(%rdi,%rdx,8)\n lea 1(%rsi), %rax\n ret");
FUNCTION(store_immediate, "movl $0x1234567, (%rdi)\n mov $5, %eax\n ret");
FUNCTION(store_behind, "mov %esi, (%rdi)\n lea 2(%rsi,%rdx), %rax\n ret");
FUNCTION(store_last, "mov $7, %eax\n mov %esi, (%rdi)\n xor %eax, %eax\n ret");
FUNCTION(store_jump, "mov $9, %eax\n mov %sil, (%rdi)\n jmp 1f\n nop\n nop\n 1: add %rdx, %rax\n ret");
FUNCTION(store_before,
         "xor %eax, %eax\n test %edx, %edx\n je 1f\n add $0x20, %rdi\n inc %rax\n mov %rsi, (%rdi)\n 1: add $3, %rax\n ret");
FUNCTION(store_between,
         "xor %eax, %eax\n test %edx, %edx\n je 2f\n 1: mov %esi, (%rdi)\n 2: inc %eax\n cmp $2, %eax\n je 1b\n ret");
FUNCTION(store_twice, "mov %esi, (%rdi)\n mov %edx, 4(%rdi)\n mov %rdx, %rax\n ret");
FUNCTION(store_high, "mov %rsi, %rcx\n mov %ch, 0x4d(%rdi)\n mov %rcx, %rax\n ret");
FUNCTION(store_near, "mov %esi, 0x10(%rdi)\n call 1f\n 1: pop %rax\n mov $1, %eax\n ret");

typedef uint64_t (*store_fn)(uint64_t to, uint64_t value, uint64_t which);

/* Registers that nobody may touch, the flags, and what lies below the stack: a sum of all that is not as it was. */
static NOINLINE uint64_t disturbed(store_fn fn, uint64_t to, uint64_t value, uint64_t which)
{
    uint64_t bad;
    __asm__ volatile("push %%rbx; push %%rbp; push %%r12; push %%r13; push %%r14; push %%r15\n"
                     "mov $0x5a5a, %%r8; mov %%r8, -120(%%rsp); mov %%r8, %%r9; mov %%r8, %%r11; mov %%r8, %%rbx; mov %%r8, %%rbp\n"
                     "mov %%r8, %%r12; mov %%r8, %%r13; mov %%r8, %%r14; mov %%r8, %%r15\n"
                     "call *%%rcx\n"
                     "mov %%rax, %%r10; mov $0x5a5a, %%ecx; xor %%eax, %%eax\n"
                     "xor %%rcx, %%r8; or %%r8, %%rax; xor %%rcx, %%r9; or %%r9, %%rax; xor %%rcx, %%r11; or %%r11, %%rax\n"
                     "xor %%rcx, %%rbx; or %%rbx, %%rax; xor %%rcx, %%rbp; or %%rbp, %%rax; xor %%rcx, %%r12; or %%r12, %%rax\n"
                     "xor %%rcx, %%r13; or %%r13, %%rax; xor %%rcx, %%r14; or %%r14, %%rax; xor %%rcx, %%r15; or %%r15, %%rax\n"
                     "xor -120(%%rsp), %%rcx; or %%rcx, %%rax; shl $16, %%rax; add %%r10, %%rax\n"
                     "pop %%r15; pop %%r14; pop %%r13; pop %%r12; pop %%rbp; pop %%rbx\n"
                     : "=a"(bad), "+D"(to), "+S"(value), "+d"(which), "+c"(fn)
                     :
                     : "r8", "r9", "r10", "r11", "memory", "cc");
    return bad;
}

/* The carry flag over a store that covers what is behind it, and over one that covers what is before it. */
static NOINLINE uint64_t flags(uint64_t w)
{
    uint64_t seen;
    __asm__ volatile("xor %%eax, %%eax; stc\n movl %%ecx, (%%rdi)\n adc $0, %%rax\n nop\n nop\n"
                     "stc\n lea 8(%%rdi), %%rdi\n movl %%ecx, (%%rdi)\n jc 1f\n mov $99, %%eax\n 1:\n"
                     : "=&a"(seen)
                     : "D"(w + REGS + 0x100), "c"(0x77)
                     : "memory", "cc");
    return seen;
}

static const store_fn stores[] = {store_long,   store_scaled,  store_immediate, store_behind, store_last, store_jump,
                                  store_before, store_between, store_twice,     store_high,   store_near};
enum { STORES = sizeof(stores) / sizeof(stores[0]) };

static uint32_t memory[64];

void _start(uint64_t w)
{
    for (uint64_t round = 0; round < ROUNDS; round++) {
        uint64_t sum = 0;
        for (uint64_t i = 0; i < STORES; i++)
            sum = sum * 31 + disturbed(stores[i], w + REGS + 0x80 * i, 0x1000 * round + i, round & 1);
        sum = sum * 31 + flags(w);
        tell(w, "round", sum);
        wait_irq(w, page_of(w)->cycles + 1000);
    }
    /* The same instructions, to memory. */
    for (uint64_t i = 0; i < 3; i++)
        tell(w, "to memory", disturbed(store_long, (uint64_t)(uintptr_t)memory, 0x10 + i, 1) + memory[0x40 / 4]);
    tell(w, "and back", disturbed(store_long, w + REGS, 0x99, 1));
    tell(w, "and again", disturbed(store_long, w + REGS, 0x98, 1));
    /* Code that changes: the immediate of a store that has become a jump; and one that is elsewhere in its page. */
    volatile uint8_t *code = (volatile uint8_t *)(uintptr_t)store_immediate;
    code[2] = 0xef;
    tell(w, "changed", disturbed(store_immediate, w + REGS, 0, 1));
    code[7] = 6;
    tell(w, "changed elsewhere", disturbed(store_immediate, w + REGS, 0, 1));
    tell(w, "as it is", disturbed(store_immediate, w + REGS, 0, 1));
    say(w, "done\n");
    for (;;)
        wait_irq(w, ~0ull);
}
