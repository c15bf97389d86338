/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads and writes registers in every way there is. Case 1: passed through as the trapped ones. */
#include "guest_vm.h"

#define REGS MACHINE_MMIO_OFFSET

static void by_call(uint64_t w)
{
    uint64_t before = page_of(w)->cycles;
    ask(w, MACHINE_OP_MMIO_WRITE, REGS + 0x10, 4, 0x11223344);
    tell(w, "write took", page_of(w)->cycles - before);
    before = page_of(w)->cycles;
    uint64_t value = ask(w, MACHINE_OP_MMIO_READ, REGS + 0x10, 4, 0);
    uint64_t took = page_of(w)->cycles - before;
    tell(w, "read took", took);
    tell(w, "read", value);
    tell(w, "nothing there", ask(w, MACHINE_OP_MMIO_READ, REGS + 0x100000, 2, 0));
    tell(w, "no such size", ask(w, MACHINE_OP_MMIO_READ, REGS, 3, 0));
    tell(w, "over the end", ask(w, MACHINE_OP_MMIO_READ, REGS + 0xffc, 8, 0));
    ask(w, MACHINE_OP_MMIO_WRITE, REGS + 0x100000, 4, 0);
}

#define STORE(insn, text, value, off) \
    __asm__ volatile(insn " " text ", (%1)" : : "a"((uint64_t)(value)), "D"(w + REGS + (off)) : "memory")
#define LOAD(insn, reg, off, into) \
    __asm__ volatile("mov $-1, %%rax; " insn " (%1), " reg : "=&a"(into) : "D"(w + REGS + (off)) : "memory")

static void plain_stores(uint64_t w)
{
    STORE("movq", "%%rax", 0x8877665544332211, 0x20);
    STORE("movl", "%%eax", 0xaaaaaaaa99999999, 0x28);
    STORE("movw", "%%ax", 0xbbbb7777, 0x2c);
    STORE("movb", "%%al", 0x66, 0x2e);
    STORE("movb", "%%ah", 0x5500, 0x2f);
    STORE("movl", "$0xdeadbeef", 0, 0x30);
    STORE("movq", "$-2", 0, 0x38);
}

static void plain_loads(uint64_t w)
{
    uint64_t v;
    LOAD("movq", "%%rax", 0x20, v);
    tell(w, "q", v);
    LOAD("movl", "%%eax", 0x28, v);
    tell(w, "l", v);
    LOAD("movw", "%%ax", 0x2c, v);
    tell(w, "w", v);
    LOAD("movb", "%%al", 0x2e, v);
    tell(w, "b", v);
    LOAD("movb", "%%ah", 0x2f, v);
    tell(w, "ah", v);
    LOAD("movzbl", "%%eax", 0x30, v);
    tell(w, "zbl", v);
    LOAD("movsbq", "%%rax", 0x30, v);
    tell(w, "sbq", v);
    LOAD("movzwl", "%%eax", 0x30, v);
    tell(w, "zwl", v);
    LOAD("movswl", "%%eax", 0x30, v);
    tell(w, "swl", v);
    LOAD("movslq", "%%rax", 0x30, v);
    tell(w, "slq", v);
    LOAD("movq", "%%rax", 0x38, v);
    tell(w, "minus two", v);
}

/* A fault keeps every register and the red zone. */
static void keeps_registers(uint64_t w)
{
    uint64_t bad;
    __asm__ volatile("lea -128(%%rsp), %%rsp\n"
                     "mov $0x5a5a, %%rcx; mov %%rcx, 120(%%rsp); mov %%rcx, %%rdx; mov %%rcx, %%rsi; mov %%rcx, %%r8\n"
                     "mov %%rcx, %%r9; mov %%rcx, %%r10; mov %%rcx, %%r11; mov %%rcx, %%rbx; mov %%rcx, %%r12\n"
                     "mov %%rcx, %%r13; mov %%rcx, %%r14; mov %%rcx, %%r15\n"
                     "lea 128(%%rsp), %%rsp\n"
                     "stc\n"
                     "movl %%ecx, (%%rdi)\n"
                     "mov $0, %%eax; adc $0, %%rax; xor $1, %%rax\n"
                     "sub -8(%%rsp), %%rcx; or %%rcx, %%rax\n"
                     "mov $0x5a5a, %%ecx\n"
                     "xor %%rcx, %%rdx; or %%rdx, %%rax; xor %%rcx, %%rsi; or %%rsi, %%rax; xor %%rcx, %%r8; or %%r8, %%rax\n"
                     "xor %%rcx, %%r9; or %%r9, %%rax; xor %%rcx, %%r10; or %%r10, %%rax; xor %%rcx, %%r11; or %%r11, %%rax\n"
                     "xor %%rcx, %%rbx; or %%rbx, %%rax; xor %%rcx, %%r12; or %%r12, %%rax; xor %%rcx, %%r13\n"
                     "or %%r13, %%rax; xor %%rcx, %%r14; or %%r14, %%rax; xor %%rcx, %%r15; or %%r15, %%rax\n"
                     : "=&a"(bad)
                     : "D"(w + REGS + 0x40)
                     : "rbx", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
    tell(w, "disturbed", bad);
}

/* A voluntary exit leaves nothing of the host in the registers a call may clobber. */
static void call_clears(uint64_t w)
{
    uint64_t left;
    __asm__ volatile("mov $5, %%edi; call *%%rax\n"
                     "or %%rcx, %%rdx; or %%rsi, %%rdx; or %%rdi, %%rdx; or %%r8, %%rdx; or %%r9, %%rdx; or %%r10, %%rdx\n"
                     : "=&d"(left)
                     : "a"(w + MACHINE_STUB_OFFSET)
                     : "rcx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc");
    tell(w, "left behind", left);
}

void _start(uint64_t w)
{
    by_call(w);
    plain_stores(w);
    plain_loads(w);
    keeps_registers(w);
    call_clears(w);
    say(w, "done\n");
    for (;;)
        wait_irq(w, ~0ull);
}
