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
enum {
    FLAGS_START = 0x202 /* interrupts on, bit 1 always set */,
    FLAG_TF = 0x100,
    FLAG_DF = 0x400,
    FLAG_RF = 0x10000,
    FLAG_AC = 0x40000
};

_Static_assert(offsetof(struct vcpu_context, regs.word) == 0, "vcpu_x86_64.S: RAX");
_Static_assert(offsetof(struct vcpu_context, regs.full) == 0x90, "vcpu_x86_64.S: FULL");
_Static_assert(offsetof(struct vcpu_context, host_sp) == 0x98, "vcpu_x86_64.S: HOST_SP");
_Static_assert(offsetof(struct vcpu_context, call) == 0xa0, "vcpu_x86_64.S: CALL");
_Static_assert(offsetof(struct vcpu_context, store_rax) == 0xd0, "vcpu_x86_64.S: STORE_RAX");
_Static_assert(VCPU_EXIT_CALL == 1 && VCPU_EXIT_FAULT == 2 && VCPU_EXIT_STORE == 3, "vcpu_x86_64.S: EXIT_*");

/* vcpu_x86_64.S */
extern const char vcpu__begin[], vcpu__end[], vcpu__call_exit[], vcpu__store_exit[], vcpu__fault_exit[];

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
void vcpu_regs_set_pc(struct vcpu_regs *regs, uint64_t pc) { regs->word[RIP] = pc; }
uint64_t vcpu_regs_sp(const struct vcpu_regs *regs) { return regs->word[RSP]; }

void vcpu_regs_step(struct vcpu_regs *regs)
{
    regs->word[RFLAGS] |= FLAGS_START | FLAG_TF; /* zero behind a call's exit */
    regs->full = 1;
}

/* ---- in signal handlers ---- */

__attribute__((no_sanitize("address", "undefined"))) void vcpu_stop_stepping(void *ucontext)
{
    ucontext_t *uc = ucontext;
    uc->uc_mcontext.gregs[REG_EFL] &= ~(greg_t)FLAG_TF;
}

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
    /* A processor sets RF for the handler of a fault; the guest has not. */
    context->regs.word[RFLAGS] = (uint64_t)greg[REG_EFL] & ~(uint64_t)(FLAG_TF | FLAG_RF);
    context->regs.full = 1;
    greg[REG_RIP] = (greg_t)(uintptr_t)vcpu__fault_exit;
    greg[REG_RSP] = (greg_t)context->host_sp;
    greg[REG_EFL] &= ~(greg_t)(FLAG_TF | FLAG_DF | FLAG_AC);
}

__attribute__((no_sanitize("address", "undefined"))) void vcpu_resume(struct vcpu_context *context, void *ucontext)
{
    ucontext_t *uc = ucontext;
    greg_t *greg = uc->uc_mcontext.gregs;
    if ((uintptr_t)greg[REG_RIP] == (uintptr_t)vcpu__call_exit || (uintptr_t)greg[REG_RIP] == (uintptr_t)vcpu__store_exit)
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

/* ---- stores that leave by a jump ---- */

static bool is_plain_address(const ZydisDecodedInstruction *insn, const ZydisDecodedOperandMem *mem)
{
    return insn->address_width == 64 && mem->type == ZYDIS_MEMOP_TYPE_MEM && mem->segment != ZYDIS_REGISTER_FS &&
           mem->segment != ZYDIS_REGISTER_GS;
}

bool vcpu_decode_store(const uint8_t *code, size_t len, uint64_t pc, struct vcpu_store *out)
{
    ZydisDecoder decoder;
    ZydisDecodedInstruction insn;
    ZydisDecodedOperand operand[ZYDIS_MAX_OPERAND_COUNT];
    struct vcpu_access access;
    static const struct vcpu_regs none;
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code, len, &insn, operand)) || decode_move(&none, &insn, operand, &access) ||
        !access.is_write || !is_plain_address(&insn, &operand[0].mem))
        return false;
    const ZydisDecodedOperandMem *mem = &operand[0].mem;
    *out = (struct vcpu_store){.pc = pc,
                               .length = insn.length,
                               .size = access.size,
                               .reg = VCPU_NO_REG,
                               .base = VCPU_NO_REG,
                               .index = VCPU_NO_REG,
                               .scale = mem->scale,
                               .displacement = mem->disp.value};
    if (operand[1].type == ZYDIS_OPERAND_TYPE_REGISTER) {
        out->reg = (uint8_t)reg_number(operand[1].reg.value);
        out->high_byte = is_high_byte(operand[1].reg.value);
    } else {
        out->immediate = access.value;
    }
    if (mem->base == ZYDIS_REGISTER_RIP)
        out->displacement += (int64_t)(pc + insn.length);
    else if (mem->base != ZYDIS_REGISTER_NONE)
        out->base = (uint8_t)reg_number(mem->base);
    if (mem->index != ZYDIS_REGISTER_NONE)
        out->index = (uint8_t)reg_number(mem->index);
    return true;
}

void vcpu_take_store(const struct vcpu_regs *regs, const struct vcpu_store *store, struct vcpu_access *out, uint64_t *address)
{
    uint64_t value = store->reg == VCPU_NO_REG ? store->immediate : regs->word[store->reg & 15] >> (store->high_byte ? 8 : 0);
    if (store->size < 8)
        value &= (UINT64_C(1) << store->size * 8) - 1;
    *out = (struct vcpu_access){.value = value, .is_write = 1, .size = store->size, .length = store->length};
    *address = (uint64_t)store->displacement;
    if (store->base != VCPU_NO_REG)
        *address += regs->word[store->base & 15];
    if (store->index != VCPU_NO_REG)
        *address += regs->word[store->index & 15] * store->scale;
}

bool vcpu_write_jump(uint8_t code[VCPU_JUMP_BYTES], uint64_t pc, uint64_t to)
{
    int64_t distance = (int64_t)(to - (pc + VCPU_JUMP_BYTES));
    int32_t rel = (int32_t)distance;
    code[0] = 0xe9;
    memcpy(code + 1, &rel, sizeof(rel));
    return rel == distance;
}

void vcpu_write_store_exit(uint8_t code[VCPU_STORE_EXIT_BYTES], struct vcpu_context *context, uint32_t number)
{
    const uint64_t rax_place = (uintptr_t)&context->store_rax, here = (uintptr_t)context, exit = (uintptr_t)vcpu__store_exit;
    const uint32_t number_place = offsetof(struct vcpu_context, store);
    uint8_t *p = code;
    memcpy(p, (const uint8_t[]){0x48, 0xa3}, 2); /* mov %rax, rax_place */
    memcpy(p + 2, &rax_place, 8);
    memcpy(p + 10, (const uint8_t[]){0x48, 0xb8}, 2); /* mov $context, %rax */
    memcpy(p + 12, &here, 8);
    memcpy(p + 20, (const uint8_t[]){0xc7, 0x80}, 2); /* movl $number, store(%rax) */
    memcpy(p + 22, &number_place, 4);
    memcpy(p + 26, &number, 4);
    memcpy(p + 30, (const uint8_t[]){0xff, 0x25, 0, 0, 0, 0}, 6); /* jmp *0(%rip) */
    memcpy(p + 36, &exit, 8);
}

static bool is_jump(const ZydisDecodedInstruction *insn) { return insn->meta.category == ZYDIS_CATEGORY_UNCOND_BR; }

/* Does it branch to a place by its distance, or name one so? Then which. */
static bool branches_to(const ZydisDecodedInstruction *insn, const ZydisDecodedOperand *operand, uint64_t pc, uint64_t *place)
{
    if (!insn->operand_count_visible || operand[0].type != ZYDIS_OPERAND_TYPE_IMMEDIATE || !operand[0].imm.is_relative)
        return false;
    *place = pc + insn->length + (uint64_t)operand[0].imm.value.s;
    return true;
}

static bool names_place(const ZydisDecodedInstruction *insn, const ZydisDecodedOperand *operand, uint64_t pc, uint64_t *place)
{
    for (unsigned i = 0; i < insn->operand_count_visible; i++)
        if (operand[i].type == ZYDIS_OPERAND_TYPE_MEMORY && operand[i].mem.base == ZYDIS_REGISTER_RIP) {
            *place = pc + insn->length + (uint64_t)operand[i].mem.disp.value;
            return true;
        }
    return branches_to(insn, operand, pc, place);
}

/* A jump is made anew for where it lies now, a return ends as it is. */
unsigned vcpu_copy_code(const uint8_t *code, size_t len, uint64_t pc, unsigned need, uint8_t copy[VCPU_COPY_MAX], uint64_t to)
{
    ZydisDecoder decoder;
    ZydisDecodedInstruction insn;
    ZydisDecodedOperand operand[ZYDIS_MAX_OPERAND_COUNT];
    uint64_t place;
    unsigned at = 0;
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    while (at < need) {
        if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code + at, len - at, &insn, operand)))
            return 0;
        unsigned end = at + insn.length;
        if (is_jump(&insn) && branches_to(&insn, operand, pc + at, &place))
            return end >= need && vcpu_write_jump(copy + at, to + at, place) ? end : 0;
        bool is_return = insn.meta.category == ZYDIS_CATEGORY_RET;
        if (names_place(&insn, operand, pc + at, &place) || (insn.meta.branch_type != ZYDIS_BRANCH_TYPE_NONE && !is_return))
            return 0;
        memcpy(copy + at, code + at, insn.length);
        if (is_return)
            return end >= need ? end : 0;
        at = end;
    }
    return vcpu_write_jump(copy + at, to + at, pc + at) ? at : 0;
}

/* What goes on to the next one, and is no padding, behind which another function may begin. */
static bool goes_on(const ZydisDecodedInstruction *insn)
{
    return insn->meta.branch_type == ZYDIS_BRANCH_TYPE_NONE && insn->meta.category != ZYDIS_CATEGORY_NOP &&
           insn->meta.category != ZYDIS_CATEGORY_WIDENOP && insn->meta.category != ZYDIS_CATEGORY_INTERRUPT &&
           insn->mnemonic != ZYDIS_MNEMONIC_UD2;
}

uint64_t vcpu_code_before(const uint8_t *code, size_t len, uint64_t pc, uint64_t place, unsigned need)
{
    enum { BACK = 4 }; /* instructions; a power of two */
    ZydisDecoder decoder;
    ZydisDecodedInstruction insn;
    uint64_t begin[BACK] = {0};
    unsigned count = 0; /* since the last one that does not go on */
    size_t at = 0;
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    for (; pc + at < place; at += insn.length) {
        if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder, NULL, code + at, len - at, &insn)))
            return 0;
        begin[count++ % BACK] = pc + at;
        count = goes_on(&insn) ? count : 0;
    }
    for (unsigned i = 1; pc + at == place && i <= BACK && i <= count; i++)
        if (place - begin[(count - i) % BACK] >= need)
            return begin[(count - i) % BACK];
    return 0;
}

bool vcpu_code_may_enter(const uint8_t *code, size_t len, uint64_t pc, uint64_t from, uint64_t end)
{
    ZydisDecoder decoder;
    ZydisDecodedInstruction insn;
    ZydisDecodedOperand operand[ZYDIS_MAX_OPERAND_COUNT];
    uint64_t place;
    bool is_found = false;
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    for (size_t at = 0; at < len; at += insn.length) {
        if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code + at, len - at, &insn, operand)))
            return !is_found || code[at] || len - at >= VCPU_INSN_MAX; /* padding at the end is no instruction */
        if (is_jump(&insn) && !branches_to(&insn, operand, pc + at, &place))
            return true;
        if (names_place(&insn, operand, pc + at, &place) && place > from && place < end)
            return true;
        is_found |= pc + at == from;
    }
    return !is_found;
}

#endif
