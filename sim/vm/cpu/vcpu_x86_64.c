/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/cpu/vcpu.h"

#if defined(__x86_64__)

#include <Zydis/Zydis.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>

/* Words 0 … 15 of vcpu_regs are the general registers by their number in an instruction, which is also Zydis's. */
enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, RIP = 16, RFLAGS = 17 }; /* as instructions number them */
enum { FLAGS_START = 0x202 /* interrupts on, bit 1 always set */, FLAG_TF = 0x100, FLAG_DF = 0x400, FLAG_AC = 0x40000 };

_Static_assert(offsetof(struct vcpu_context, regs.word) == 0, "vcpu_x86_64.S: RAX");
_Static_assert(offsetof(struct vcpu_context, regs.full) == 0x90, "vcpu_x86_64.S: FULL");
_Static_assert(offsetof(struct vcpu_context, host_sp) == 0x98, "vcpu_x86_64.S: HOST_SP");
_Static_assert(offsetof(struct vcpu_context, call) == 0xa0, "vcpu_x86_64.S: CALL");
_Static_assert(VCPU_EXIT_CALL == 1 && VCPU_EXIT_FAULT == 2, "vcpu_x86_64.S: EXIT_*");

/* vcpu_x86_64.S */
extern const char vcpu__begin[], vcpu__end[], vcpu__call_exit[], vcpu__fault_exit[];

static const uint8_t greg_of[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                    REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

void vcpu_write_stub(void *stub, struct vcpu_context *context)
{
    /* The return address is popped here, inside the window, so that a guest's bad stack is a fault of the guest's. */
    static const uint8_t code[16] = {
        0x41, 0x5b,                               /* pop %r11 */
        0x48, 0x8b, 0x05, 0x07, 0x00, 0x00, 0x00, /* mov 16(stub), %rax */
        0xff, 0x25, 0x09, 0x00, 0x00, 0x00,       /* jmp *24(stub) */
        0xcc,
    };
    const uint64_t words[2] = {(uintptr_t)context, (uintptr_t)vcpu__call_exit};
    memcpy(stub, code, sizeof(code));
    memcpy((uint8_t *)stub + sizeof(code), words, sizeof(words));
}

void vcpu_regs_start(struct vcpu_regs *regs, uint64_t entry, uint64_t argument, uint64_t stack_top)
{
    memset(regs, 0, sizeof(*regs));
    regs->word[RDI] = argument;
    regs->word[RSP] = stack_top - 8; /* the place of a return address [psABI 3.2.2] */
    regs->word[RIP] = entry;
    regs->word[RFLAGS] = FLAGS_START;
    regs->full = 1;
}

void vcpu_regs_called(struct vcpu_regs *regs)
{
    static const unsigned char clobbered[] = {RAX, RCX, RDX, RSI, RDI, R8, R9, R10, R11, RFLAGS};
    for (size_t i = 0; i < sizeof(clobbered); i++)
        regs->word[clobbered[i]] = 0;
}

void vcpu_regs_set_result(struct vcpu_regs *regs, uint64_t value) { regs->word[RAX] = value; }
uint64_t vcpu_regs_pc(const struct vcpu_regs *regs) { return regs->word[RIP]; }
uint64_t vcpu_regs_sp(const struct vcpu_regs *regs) { return regs->word[RSP]; }

/* ---- in signal handlers ---- */

__attribute__((no_sanitize("address", "undefined"))) bool vcpu_was_in_guest(const void *ucontext)
{
    const ucontext_t *uc = ucontext;
    uint64_t pc = (uint64_t)uc->uc_mcontext.gregs[REG_RIP];
    return pc < (uintptr_t)vcpu__begin || pc >= (uintptr_t)vcpu__end;
}

__attribute__((no_sanitize("address", "undefined"))) void vcpu_leave(struct vcpu_context *context, void *ucontext)
{
    ucontext_t *uc = ucontext;
    greg_t *greg = uc->uc_mcontext.gregs;
    for (int i = 0; i < 16; i++)
        context->regs.word[i] = (uint64_t)greg[greg_of[i]];
    context->regs.word[RIP] = (uint64_t)greg[REG_RIP];
    context->regs.word[RFLAGS] = (uint64_t)greg[REG_EFL] & ~(uint64_t)FLAG_TF;
    context->regs.full = 1;
    greg[REG_RIP] = (greg_t)(uintptr_t)vcpu__fault_exit;
    greg[REG_RSP] = (greg_t)context->host_sp;
    greg[REG_EFL] &= ~(greg_t)(FLAG_TF | FLAG_DF | FLAG_AC);
}

__attribute__((no_sanitize("address", "undefined"))) void vcpu_resume(struct vcpu_context *context, void *ucontext)
{
    ucontext_t *uc = ucontext;
    greg_t *greg = uc->uc_mcontext.gregs;
    if ((uintptr_t)greg[REG_RIP] == (uintptr_t)vcpu__call_exit)
        return; /* it has left by itself */
    context->fault = (struct vcpu_fault){.signal = VCPU_INTERRUPTED};
    if (vcpu_was_in_guest(ucontext)) {
        vcpu_leave(context, ucontext);
        return;
    }
    /* About to enter it: what it is entered with is still in `context`. */
    greg[REG_RIP] = (greg_t)(uintptr_t)vcpu__fault_exit;
    greg[REG_RSP] = (greg_t)context->host_sp;
    greg[REG_EFL] &= ~(greg_t)(FLAG_TF | FLAG_DF | FLAG_AC);
}

/* ---- decoding ---- */

static bool is_high_byte(ZydisRegister reg) { return reg >= ZYDIS_REGISTER_AH && reg <= ZYDIS_REGISTER_BH; }

/* Number of the general register that holds `reg`; -1: it is none. */
static int reg_number(ZydisRegister reg)
{
    ZydisRegister whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);
    if (whole < ZYDIS_REGISTER_RAX || whole > ZYDIS_REGISTER_R15)
        return -1;
    return whole - ZYDIS_REGISTER_RAX;
}

static int decode_store(const struct vcpu_regs *regs, const ZydisDecodedOperand *from, struct vcpu_access *out)
{
    out->is_write = 1;
    if (from->type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
        out->value = from->imm.value.u;
    } else if (from->type == ZYDIS_OPERAND_TYPE_REGISTER) {
        int reg = reg_number(from->reg.value);
        if (reg < 0)
            return -EINVAL;
        out->value = regs->word[reg] >> (is_high_byte(from->reg.value) ? 8 : 0);
    } else {
        return -EINVAL;
    }
    if (out->size < 8)
        out->value &= (UINT64_C(1) << out->size * 8) - 1;
    return 0;
}

static int decode_load(ZydisMnemonic mnemonic, const ZydisDecodedOperand *to, struct vcpu_access *out)
{
    if (to->type != ZYDIS_OPERAND_TYPE_REGISTER || to->size % 8)
        return -EINVAL;
    int reg = reg_number(to->reg.value);
    if (reg < 0)
        return -EINVAL;
    out->reg = (uint8_t)reg;
    out->reg_size = (uint8_t)(to->size / 8);
    out->high_byte = is_high_byte(to->reg.value);
    out->sign_extend = mnemonic == ZYDIS_MNEMONIC_MOVSX || mnemonic == ZYDIS_MNEMONIC_MOVSXD;
    return 0;
}

static int decode_move(const struct vcpu_regs *regs, const ZydisDecodedInstruction *insn, const ZydisDecodedOperand *operand,
                       struct vcpu_access *out)
{
    if (insn->mnemonic != ZYDIS_MNEMONIC_MOV && insn->mnemonic != ZYDIS_MNEMONIC_MOVZX && insn->mnemonic != ZYDIS_MNEMONIC_MOVSX &&
        insn->mnemonic != ZYDIS_MNEMONIC_MOVSXD)
        return -EINVAL;
    bool to_memory = operand[0].type == ZYDIS_OPERAND_TYPE_MEMORY;
    const ZydisDecodedOperand *memory = &operand[to_memory ? 0 : 1];
    if (memory->type != ZYDIS_OPERAND_TYPE_MEMORY)
        return -EINVAL;
    *out = (struct vcpu_access){.size = (uint8_t)(memory->size / 8), .length = insn->length};
    if (out->size != 1 && out->size != 2 && out->size != 4 && out->size != 8)
        return -EINVAL;
    return to_memory ? decode_store(regs, &operand[1], out) : decode_load(insn->mnemonic, &operand[0], out);
}

int vcpu_decode(const struct vcpu_regs *regs, const uint8_t *code, size_t len, struct vcpu_access *out, char *why, size_t why_cap)
{
    ZydisDecoder decoder;
    ZydisDecodedInstruction insn;
    ZydisDecodedOperand operand[ZYDIS_MAX_OPERAND_COUNT];
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code, len, &insn, operand))) {
        snprintf(why, why_cap, "unknown instruction");
        return -EINVAL;
    }
    if (decode_move(regs, &insn, operand, out) == 0)
        return 0;
    ZydisFormatter formatter;
    ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_INTEL);
    if (!ZYAN_SUCCESS(ZydisFormatterFormatInstruction(&formatter, &insn, operand, insn.operand_count_visible, why, why_cap,
                                                      regs->word[RIP], ZYAN_NULL)))
        snprintf(why, why_cap, "unknown instruction");
    return -EINVAL;
}

void vcpu_skip(struct vcpu_regs *regs, const struct vcpu_access *access) { regs->word[RIP] += access->length; }

void vcpu_finish_load(struct vcpu_regs *regs, const struct vcpu_access *access, uint64_t value)
{
    unsigned bits = access->size * 8u;
    if (bits < 64) {
        value &= (UINT64_C(1) << bits) - 1;
        if (access->sign_extend && value >> (bits - 1))
            value |= ~UINT64_C(0) << bits;
    }
    uint64_t *reg = &regs->word[access->reg & 15];
    if (access->high_byte)
        *reg = (*reg & ~UINT64_C(0xff00)) | (value & 0xff) << 8;
    else if (access->reg_size == 8)
        *reg = value;
    else if (access->reg_size == 4)
        *reg = (uint32_t)value; /* clears the upper half, as the processor does */
    else if (access->reg_size == 2)
        *reg = (*reg & ~UINT64_C(0xffff)) | (value & 0xffff);
    else
        *reg = (*reg & ~UINT64_C(0xff)) | (value & 0xff);
}

#endif
