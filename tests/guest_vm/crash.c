/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends its VM, in the way that its case says. */
#include "guest_vm.h"

#include "crash_cases.h"

/* An instruction that a check of the image does not see: it is the number of another one, which is jumped into. */
#define HIDDEN(bytes) __asm__ volatile("jmp 1f + 1; 1: .byte 0xb8, " bytes ", 0x90, 0x90, 0x90" : : : "rax")

__attribute__((noinline)) static void wild_store(uint64_t w)
{
    *(volatile uint32_t *)(uintptr_t)(w + page_of(w)->ram_bytes + 0x1000) = 1;
}

__attribute__((noinline)) static void hang(void)
{
    for (volatile uint64_t i = 0;; i++)
        ;
}

void _start(uint64_t w)
{
    volatile struct machine *m = page_of(w);
    machine_charge(w, 2400);
    ask(w, MACHINE_OP_SYNC, 0, 0, 0);
    switch (m->mtu) {
    case CRASH_WILD_STORE:
        wild_store(w);
        break;
    case CRASH_NULL_CALL:
        __asm__ volatile("xor %%eax, %%eax; call *%%rax" : : : "rax", "memory");
        break;
    case CRASH_ILLEGAL:
        __builtin_trap();
    case CRASH_DIVIDE:
        __asm__ volatile("xor %%edx, %%edx; xor %%ecx, %%ecx; mov $1, %%eax; div %%ecx" : : : "rax", "rcx", "rdx");
        break;
    case CRASH_ODD_ACCESS:
        __asm__ volatile("orl $1, (%0)" : : "r"(w + MACHINE_MMIO_OFFSET) : "memory");
        break;
    case CRASH_PANIC:
        ask(w, MACHINE_OP_PANIC, (uint64_t)(uintptr_t)"nothing left to do\n", 19, 0);
        break;
    case CRASH_STACK:
        __asm__ volatile("xor %%esp, %%esp; call *%0" : : "r"(w + MACHINE_STUB_OFFSET), "D"(5ull) : "memory");
        break;
    case CRASH_HANG:
        hang();
        break;
    case CRASH_CLOCK_BACK:
        m->cycles = 1;
        ask(w, MACHINE_OP_SYNC, 0, 0, 0);
        break;
    case CRASH_CLOCK_FAR:
        m->cycles = ~0ull;
        ask(w, MACHINE_OP_SYNC, 0, 0, 0);
        break;
    case CRASH_PRIVILEGED:
        HIDDEN("0xf4");
        break;
    case CRASH_BREAKPOINT:
        __asm__ volatile("int3");
        break;
    case CRASH_RETURN:
        return;
    case CRASH_STRING_MOVE:
        __asm__ volatile("cld; rep movsb" : : "S"(w + 0x1000), "D"(w + MACHINE_MMIO_OFFSET), "c"(16ull) : "memory");
        break;
    case CRASH_SYSCALL:
        __asm__ volatile("xor %%edi, %%edi" : : : "rdi");
        __asm__ volatile("mov $231, %%eax; jmp 1f + 1; 1: .byte 0xbb, 0x0f, 0x05, 0x90, 0x90" : : : "rax", "rbx", "rcx", "r11");
        break;
    case CRASH_INT80:
        __asm__ volatile("push %%rbx; mov $1, %%eax; xor %%ebx, %%ebx; jmp 1f + 1; 1: .byte 0xb9, 0xcd, 0x80, 0x90, 0x90; pop %%rbx"
                         :
                         :
                         : "rax", "rcx");
        break;
    case CRASH_VSYSCALL:
        ((uint64_t (*)(uint64_t))(uintptr_t)0xffffffffff600400ull)(0);
        break;
    case CRASH_CALL_HOST:
        (*(void (**)(int))(uintptr_t)(w + CRASH_ADDRESS))(0);
        break;
    case CRASH_SPIN:
        for (volatile uint64_t i = 0; i < 300000000; i++)
            ;
        ask(w, MACHINE_OP_CONSOLE, (uint64_t)(uintptr_t)"spun\n", 5, 0);
        break;
    case CRASH_DIRECTION:
        __asm__ volatile("std; movb $0, (%0)" : : "r"(w + page_of(w)->ram_bytes + 0x2000) : "memory");
        break;
    }
    for (;;)
        wait_irq(w, ~0ull);
}
