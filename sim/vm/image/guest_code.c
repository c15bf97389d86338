/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of what guest code may hold, by Zydis's categories and mnemonics; Zydis's encyclopedia is the processor makers'
 * [Intel SDM volume 2; AMD APM volume 3].
 */
#include "vm/image/guest_code.h"

#include <Zydis/Zydis.h>
#include <stdbool.h>

static bool is_vector_register(ZydisRegister reg)
{
    switch (ZydisRegisterGetClass(reg)) {
    case ZYDIS_REGCLASS_X87:
    case ZYDIS_REGCLASS_MMX:
    case ZYDIS_REGCLASS_XMM:
    case ZYDIS_REGCLASS_YMM:
    case ZYDIS_REGCLASS_ZMM:
    case ZYDIS_REGCLASS_TMM:
    case ZYDIS_REGCLASS_MASK:
        return true;
    default: /* a list of Zydis's, which grows with its versions */
        return false;
    }
}

/* Between integers; the others of their category convert from or to floating point. */
static bool is_integer_conversion(ZydisMnemonic mnemonic)
{
    switch (mnemonic) {
    case ZYDIS_MNEMONIC_CBW:
    case ZYDIS_MNEMONIC_CDQ:
    case ZYDIS_MNEMONIC_CDQE:
    case ZYDIS_MNEMONIC_CQO:
    case ZYDIS_MNEMONIC_CWD:
    case ZYDIS_MNEMONIC_CWDE:
        return true;
    default:
        return false;
    }
}

static bool is_vector(const ZydisDecodedInstruction *insn, const ZydisDecodedOperand *operands)
{
    for (unsigned i = 0; i < insn->operand_count; i++)
        if (operands[i].type == ZYDIS_OPERAND_TYPE_REGISTER && is_vector_register(operands[i].reg.value))
            return true;
    switch (insn->meta.category) {
    case ZYDIS_CATEGORY_X87_ALU:
    case ZYDIS_CATEGORY_FCMOV:
    case ZYDIS_CATEGORY_MMX:
    case ZYDIS_CATEGORY_XSAVEOPT:
        return true;
    case ZYDIS_CATEGORY_CONVERT:
        return !is_integer_conversion(insn->mnemonic);
    case ZYDIS_CATEGORY_XSAVE:
        return insn->mnemonic != ZYDIS_MNEMONIC_XGETBV && insn->mnemonic != ZYDIS_MNEMONIC_XSETBV;
    default:
        break;
    }
    switch (insn->mnemonic) {
    case ZYDIS_MNEMONIC_VZEROALL:
    case ZYDIS_MNEMONIC_VZEROUPPER:
    case ZYDIS_MNEMONIC_LDMXCSR:
    case ZYDIS_MNEMONIC_STMXCSR:
    case ZYDIS_MNEMONIC_VLDMXCSR:
    case ZYDIS_MNEMONIC_VSTMXCSR:
    case ZYDIS_MNEMONIC_FXRSTOR:
    case ZYDIS_MNEMONIC_FXRSTOR64:
    case ZYDIS_MNEMONIC_FXSAVE:
    case ZYDIS_MNEMONIC_FXSAVE64:
        return true;
    default:
        return false;
    }
}

/* The categories that a driver's code is made of; of some, not all. */
static bool is_of_a_driver(const ZydisDecodedInstruction *insn)
{
    switch (insn->meta.category) {
    case ZYDIS_CATEGORY_ADOX_ADCX:
    case ZYDIS_CATEGORY_BINARY:
    case ZYDIS_CATEGORY_BITBYTE:
    case ZYDIS_CATEGORY_BMI1:
    case ZYDIS_CATEGORY_BMI2:
    case ZYDIS_CATEGORY_CALL:
    case ZYDIS_CATEGORY_CLDEMOTE:
    case ZYDIS_CATEGORY_CLFLUSHOPT:
    case ZYDIS_CATEGORY_CLWB:
    case ZYDIS_CATEGORY_CMOV:
    case ZYDIS_CATEGORY_CONVERT:
    case ZYDIS_CATEGORY_DATAXFER:
    case ZYDIS_CATEGORY_LZCNT:
    case ZYDIS_CATEGORY_NOP:
    case ZYDIS_CATEGORY_POP:
    case ZYDIS_CATEGORY_PUSH:
    case ZYDIS_CATEGORY_ROTATE:
    case ZYDIS_CATEGORY_SEMAPHORE:
    case ZYDIS_CATEGORY_SETCC:
    case ZYDIS_CATEGORY_SHIFT:
    case ZYDIS_CATEGORY_STRINGOP:
    case ZYDIS_CATEGORY_WIDENOP:
        return true;
    case ZYDIS_CATEGORY_COND_BR: /* not xbegin and xend: whether a transaction commits is chance */
        return insn->mnemonic != ZYDIS_MNEMONIC_XBEGIN && insn->mnemonic != ZYDIS_MNEMONIC_XEND;
    case ZYDIS_CATEGORY_UNCOND_BR:
        return insn->mnemonic == ZYDIS_MNEMONIC_JMP;
    case ZYDIS_CATEGORY_RET: /* not iret */
        return insn->mnemonic == ZYDIS_MNEMONIC_RET;
    case ZYDIS_CATEGORY_LOGICAL:
        return insn->mnemonic != ZYDIS_MNEMONIC_XTEST;
    case ZYDIS_CATEGORY_FLAGOP:
        return insn->mnemonic != ZYDIS_MNEMONIC_CLI && insn->mnemonic != ZYDIS_MNEMONIC_STI;
    case ZYDIS_CATEGORY_CET: /* rdssp and its like tell whether the process has a shadow stack */
        return insn->mnemonic == ZYDIS_MNEMONIC_ENDBR32 || insn->mnemonic == ZYDIS_MNEMONIC_ENDBR64;
    case ZYDIS_CATEGORY_INTERRUPT: /* int3 ends the guest where it stands; linkers fill gaps with it */
        return insn->mnemonic == ZYDIS_MNEMONIC_INT3;
    default:
        break;
    }
    switch (insn->mnemonic) { /* of the category MISC and others that are mixed */
    case ZYDIS_MNEMONIC_CLFLUSH:
    case ZYDIS_MNEMONIC_CRC32:
    case ZYDIS_MNEMONIC_ENTER:
    case ZYDIS_MNEMONIC_LEA:
    case ZYDIS_MNEMONIC_LEAVE:
    case ZYDIS_MNEMONIC_LFENCE:
    case ZYDIS_MNEMONIC_MFENCE:
    case ZYDIS_MNEMONIC_SFENCE:
    case ZYDIS_MNEMONIC_PREFETCH:
    case ZYDIS_MNEMONIC_PREFETCHNTA:
    case ZYDIS_MNEMONIC_PREFETCHT0:
    case ZYDIS_MNEMONIC_PREFETCHT1:
    case ZYDIS_MNEMONIC_PREFETCHT2:
    case ZYDIS_MNEMONIC_PREFETCHW:
    case ZYDIS_MNEMONIC_PAUSE:
    case ZYDIS_MNEMONIC_POPCNT:
    case ZYDIS_MNEMONIC_UD0: /* ud* end the guest where they stand; a compiler ends what cannot happen with ud2 */
    case ZYDIS_MNEMONIC_UD1:
    case ZYDIS_MNEMONIC_UD2:
    case ZYDIS_MNEMONIC_XLAT:
        return true;
    default:
        return false;
    }
}

/* Segments, control and debug registers belong to the process or the kernel; FS and GS lead to the simulator's own memory. */
static bool is_register_of_others(ZydisRegister reg)
{
    switch (ZydisRegisterGetClass(reg)) {
    case ZYDIS_REGCLASS_SEGMENT:
    case ZYDIS_REGCLASS_TABLE:
    case ZYDIS_REGCLASS_TEST:
    case ZYDIS_REGCLASS_CONTROL:
    case ZYDIS_REGCLASS_DEBUG:
    case ZYDIS_REGCLASS_BOUND:
        return true;
    default:
        return false;
    }
}

static bool uses_others(const ZydisDecodedInstruction *insn, const ZydisDecodedOperand *operands)
{
    for (unsigned i = 0; i < insn->operand_count_visible; i++) {
        const ZydisDecodedOperand *o = &operands[i];
        if (o->type == ZYDIS_OPERAND_TYPE_REGISTER && is_register_of_others(o->reg.value))
            return true;
    }
    for (unsigned i = 0; i < insn->operand_count; i++) { /* also what a string instruction does not name */
        const ZydisDecodedOperand *o = &operands[i];
        if (o->type == ZYDIS_OPERAND_TYPE_MEMORY && o->mem.type != ZYDIS_MEMOP_TYPE_AGEN &&
            (o->mem.segment == ZYDIS_REGISTER_FS || o->mem.segment == ZYDIS_REGISTER_GS))
            return true;
    }
    return false;
}

static bool calls_the_system(const ZydisDecodedInstruction *insn)
{
    return insn->meta.category == ZYDIS_CATEGORY_SYSCALL || insn->meta.category == ZYDIS_CATEGORY_INTERRUPT ||
           insn->meta.category == ZYDIS_CATEGORY_SYSRET || insn->meta.category == ZYDIS_CATEGORY_UINTR ||
           insn->meta.branch_type == ZYDIS_BRANCH_TYPE_FAR || insn->meta.category == ZYDIS_CATEGORY_RET;
}

static bool is_privileged(const ZydisDecodedInstruction *insn)
{
    return (insn->attributes & ZYDIS_ATTRIB_IS_PRIVILEGED) || insn->meta.category == ZYDIS_CATEGORY_IO ||
           insn->meta.category == ZYDIS_CATEGORY_IOSTRINGOP || insn->meta.category == ZYDIS_CATEGORY_FLAGOP ||
           insn->meta.category == ZYDIS_CATEGORY_VTX;
}

static bool differs_by_run(ZydisMnemonic mnemonic)
{
    switch (mnemonic) {
    case ZYDIS_MNEMONIC_CPUID:
    case ZYDIS_MNEMONIC_RDPID:
    case ZYDIS_MNEMONIC_RDPMC:
    case ZYDIS_MNEMONIC_RDPRU:
    case ZYDIS_MNEMONIC_RDRAND:
    case ZYDIS_MNEMONIC_RDSEED:
    case ZYDIS_MNEMONIC_RDTSC:
    case ZYDIS_MNEMONIC_RDTSCP:
    case ZYDIS_MNEMONIC_XABORT:
    case ZYDIS_MNEMONIC_XBEGIN:
    case ZYDIS_MNEMONIC_XEND:
    case ZYDIS_MNEMONIC_XGETBV:
    case ZYDIS_MNEMONIC_XTEST:
        return true;
    default:
        return false;
    }
}

/* NULL: it may be there. */
static const char *complaint(const ZydisDecodedInstruction *insn, const ZydisDecodedOperand *operands)
{
    bool good =
        is_of_a_driver(insn) && insn->meta.branch_type != ZYDIS_BRANCH_TYPE_FAR && !(insn->attributes & ZYDIS_ATTRIB_IS_PRIVILEGED);
    if (good)
        return uses_others(insn, operands) ? "uses a segment or system register of the process it runs in" : NULL;
    if (differs_by_run(insn->mnemonic))
        return "gives another result in each run";
    if (calls_the_system(insn))
        return "leaves the guest for the operating system";
    return is_privileged(insn) ? "is privileged" : "is not an instruction of a driver";
}

enum guest_code guest_code_check(const uint8_t *code, size_t len, struct guest_code_finding *out)
{
    ZydisDecoder decoder;
    ZydisDecodedInstruction insn;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    *out = (struct guest_code_finding){0, "", ""};
    for (size_t at = 0; at < len; at += insn.length) {
        out->at = at;
        if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code + at, len - at, &insn, operands))) {
            if (!code[at] && len - at < ZYDIS_MAX_INSTRUCTION_LENGTH)
                break;
            out->complaint = "is no instruction";
            return GUEST_CODE_UNKNOWN;
        }
        out->name = ZydisMnemonicGetString(insn.mnemonic);
        if (is_vector(&insn, operands)) {
            out->complaint = "uses vector or floating-point registers";
            return GUEST_CODE_VECTOR;
        }
        const char *why = complaint(&insn, operands);
        if (why) {
            out->complaint = why;
            return GUEST_CODE_SYSTEM;
        }
    }
    return GUEST_CODE_GOOD;
}
