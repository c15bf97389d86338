/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stack switch of x86-64. Offsets are those of struct vcpu_context; vcpu_x86_64.c asserts them. */
#if defined(__x86_64__)

#define RAX 0x00
#define RCX 0x08
#define RDX 0x10
#define RBX 0x18
#define RSP 0x20
#define RBP 0x28
#define RSI 0x30
#define RDI 0x38
#define R8  0x40
#define R9  0x48
#define R10 0x50
#define R11 0x58
#define R12 0x60
#define R13 0x68
#define R14 0x70
#define R15 0x78
#define RIP 0x80
#define RFLAGS 0x88
#define FULL 0x90
#define HOST_SP 0x98
#define CALL 0xa0
#define STORE_RAX 0xd0

#define EXIT_CALL 1
#define EXIT_FAULT 2
#define EXIT_STORE 3

    .text
    .globl vcpu__begin, vcpu_switch, vcpu__call_exit, vcpu__store_exit, vcpu__fault_exit, vcpu__end, vcpu_guard

vcpu__begin:

/* enum vcpu_exit vcpu_switch(struct vcpu_context *context) */
    .type vcpu_switch, @function
vcpu_switch:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, HOST_SP(%rdi)
    cmpq $0, FULL(%rdi)
    jne 1f

    /* Return from the guest's call. Call-clobbered registers are cleared: they may hold host addresses. */
    mov RBX(%rdi), %rbx
    mov RBP(%rdi), %rbp
    mov R12(%rdi), %r12
    mov R13(%rdi), %r13
    mov R14(%rdi), %r14
    mov R15(%rdi), %r15
    mov RAX(%rdi), %rax
    mov RIP(%rdi), %r11
    mov RSP(%rdi), %rsp
    xor %ecx, %ecx
    xor %edx, %edx
    xor %esi, %esi
    xor %edi, %edi
    xor %r8d, %r8d
    xor %r9d, %r9d
    xor %r10d, %r10d
    movb $1, vcpu_guard(%rip)
    jmp *%r11

1:  /* Every register, through a frame on the simulator's stack: the guest's stack (and red zone) stays as it is. */
    mov %ss, %eax
    push %rax
    push RSP(%rdi)
    push RFLAGS(%rdi)
    mov %cs, %eax
    push %rax
    push RIP(%rdi)
    mov RAX(%rdi), %rax
    mov RCX(%rdi), %rcx
    mov RDX(%rdi), %rdx
    mov RBX(%rdi), %rbx
    mov RBP(%rdi), %rbp
    mov RSI(%rdi), %rsi
    mov R8(%rdi), %r8
    mov R9(%rdi), %r9
    mov R10(%rdi), %r10
    mov R11(%rdi), %r11
    mov R12(%rdi), %r12
    mov R13(%rdi), %r13
    mov R14(%rdi), %r14
    mov R15(%rdi), %r15
    mov RDI(%rdi), %rdi
    movb $1, vcpu_guard(%rip)
    iretq
    .size vcpu_switch, . - vcpu_switch

/* From the stub: rax context, r11 where the guest called from; rdi, rsi, rdx, rcx the call's arguments. */
    .type vcpu__call_exit, @function
vcpu__call_exit:
    movb $0, vcpu_guard(%rip) /* first: a signal that comes before it finds the guest still guarded, and gone (vcpu_resume) */
    mov %rdi, CALL(%rax)
    mov %rsi, CALL + 8(%rax)
    mov %rdx, CALL + 16(%rax)
    mov %rcx, CALL + 24(%rax)
    mov %rbx, RBX(%rax)
    mov %rbp, RBP(%rax)
    mov %rsp, RSP(%rax)
    mov %r12, R12(%rax)
    mov %r13, R13(%rax)
    mov %r14, R14(%rax)
    mov %r15, R15(%rax)
    mov %r11, RIP(%rax)
    movq $0, FULL(%rax)
    mov HOST_SP(%rax), %rsp
    mov $EXIT_CALL, %eax
    cld
    jmp 2f
    .size vcpu__call_exit, . - vcpu__call_exit

/* From the exit of a patched store: rax context; the guest's rax is kept in it already. Nothing of the guest's has changed but
 * that, its flags neither. */
    .type vcpu__store_exit, @function
vcpu__store_exit:
    movb $0, vcpu_guard(%rip)
    mov %rcx, RCX(%rax)
    mov %rdx, RDX(%rax)
    mov %rbx, RBX(%rax)
    mov %rsp, RSP(%rax)
    mov %rbp, RBP(%rax)
    mov %rsi, RSI(%rax)
    mov %rdi, RDI(%rax)
    mov %r8, R8(%rax)
    mov %r9, R9(%rax)
    mov %r10, R10(%rax)
    mov %r11, R11(%rax)
    mov %r12, R12(%rax)
    mov %r13, R13(%rax)
    mov %r14, R14(%rax)
    mov %r15, R15(%rax)
    mov STORE_RAX(%rax), %rcx
    mov %rcx, RAX(%rax)
    mov HOST_SP(%rax), %rsp
    pushfq
    popq RFLAGS(%rax)
    movq $1, FULL(%rax)
    pushq $2 /* none of the guest's flags is the simulator's */
    popfq
    mov $EXIT_STORE, %eax
    jmp 2f
    .size vcpu__store_exit, . - vcpu__store_exit

/* From the signal handler, with the simulator's stack already in place. */
    .type vcpu__fault_exit, @function
vcpu__fault_exit:
    mov $EXIT_FAULT, %eax
2:  pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret
    .size vcpu__fault_exit, . - vcpu__fault_exit

vcpu__end:

    .bss
    .hidden vcpu_guard /* reached from here by its distance, in a shared library too */
    .type vcpu_guard, @object
    .balign 64 /* a cache line of its own */
vcpu_guard:
    .zero 64
    .size vcpu_guard, 64

    .section .note.GNU-stack, "", @progbits
#endif
