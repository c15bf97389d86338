/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What guest code may hold, instruction by instruction; and a sweep of opcodes, so that none is taken that nobody thought of. */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <Zydis/Zydis.h>

#include "vm/image/guest_code.h"

struct one {
    const char *name;
    const char *bytes;
    size_t len;
};
#define ONE(name, bytes) {name, bytes, sizeof(bytes) - 1}

/* [Intel SDM 2, AMD APM 3]: calls of the system, privileged ones, and those whose result is not the same in each run. */
/* clang-format off: by kind, several in a line */
static const struct one refused[] = {
    ONE("syscall", "\x0f\x05"),
    ONE("sysenter", "\x0f\x34"),
    ONE("sysexit", "\x0f\x35"),
    ONE("sysret", "\x0f\x07"),
    ONE("int", "\xcd\x80"),
    ONE("int1", "\xf1"),
    ONE("iretd", "\xcf"),
    ONE("iretq", "\x48\xcf"),
    ONE("rsm", "\x0f\xaa"),
    ONE("call", "\xff\x18"),
    ONE("jmp", "\xff\x28"),
    ONE("ret", "\xcb"),
    ONE("ret", "\xca\x08\x00"),
    ONE("rdtsc", "\x0f\x31"),
    ONE("rdtscp", "\x0f\x01\xf9"),
    ONE("rdpmc", "\x0f\x33"),
    ONE("rdpru", "\x0f\x01\xfd"),
    ONE("rdrand", "\x0f\xc7\xf0"),
    ONE("rdseed", "\x0f\xc7\xf8"),
    ONE("rdpid", "\xf3\x0f\xc7\xf8"),
    ONE("cpuid", "\x0f\xa2"),
    ONE("xgetbv", "\x0f\x01\xd0"),
    ONE("xsetbv", "\x0f\x01\xd1"),
    ONE("xbegin", "\xc7\xf8\x00\x00\x00\x00"),
    ONE("xend", "\x0f\x01\xd5"),
    ONE("xabort", "\xc6\xf8\x00"),
    ONE("xtest", "\x0f\x01\xd6"),
    ONE("rdfsbase", "\xf3\x48\x0f\xae\xc0"),
    ONE("rdgsbase", "\xf3\x48\x0f\xae\xc8"),
    ONE("wrfsbase", "\xf3\x48\x0f\xae\xd0"),
    ONE("wrgsbase", "\xf3\x48\x0f\xae\xd8"),
    ONE("swapgs", "\x0f\x01\xf8"),
    ONE("in", "\xec"),
    ONE("in", "\xe4\x80"),
    ONE("out", "\xee"),
    ONE("out", "\xe6\x80"),
    ONE("insb", "\x6c"),
    ONE("outsd", "\x6f"),
    ONE("hlt", "\xf4"),
    ONE("cli", "\xfa"),
    ONE("sti", "\xfb"),
    ONE("clts", "\x0f\x06"),
    ONE("lgdt", "\x0f\x01\x10"),
    ONE("lidt", "\x0f\x01\x18"),
    ONE("lldt", "\x0f\x00\xd0"),
    ONE("ltr", "\x0f\x00\xd8"),
    ONE("lmsw", "\x0f\x01\xf0"),
    ONE("sgdt", "\x0f\x01\x00"),
    ONE("sidt", "\x0f\x01\x08"),
    ONE("sldt", "\x0f\x00\xc0"),
    ONE("str", "\x0f\x00\xc8"),
    ONE("smsw", "\x0f\x01\xe0"),
    ONE("lar", "\x0f\x02\xc0"),
    ONE("lsl", "\x0f\x03\xc0"),
    ONE("verr", "\x0f\x00\xe0"),
    ONE("verw", "\x0f\x00\xe8"),
    ONE("invd", "\x0f\x08"),
    ONE("wbinvd", "\x0f\x09"),
    ONE("invlpg", "\x0f\x01\x38"),
    ONE("invpcid", "\x66\x0f\x38\x82\x00"),
    ONE("rdmsr", "\x0f\x32"),
    ONE("wrmsr", "\x0f\x30"),
    ONE("mov", "\x0f\x20\xc0"),
    ONE("mov", "\x0f\x22\xc0"),
    ONE("mov", "\x0f\x21\xc0"),
    ONE("mov", "\x0f\x23\xc0"),
    ONE("mov", "\x8e\xd8"),
    ONE("mov", "\x8c\xe0"),
    ONE("push", "\x0f\xa0"),
    ONE("pop", "\x0f\xa1"),
    ONE("lfs", "\x0f\xb4\x00"),
    ONE("lgs", "\x0f\xb5\x00"),
    ONE("lss", "\x0f\xb2\x00"),
    ONE("monitor", "\x0f\x01\xc8"),
    ONE("mwait", "\x0f\x01\xc9"),
    ONE("monitorx", "\x0f\x01\xfa"),
    ONE("mwaitx", "\x0f\x01\xfb"),
    ONE("umonitor", "\xf3\x0f\xae\xf0"),
    ONE("umwait", "\xf2\x0f\xae\xf0"),
    ONE("tpause", "\x66\x0f\xae\xf0"),
    ONE("clac", "\x0f\x01\xca"),
    ONE("stac", "\x0f\x01\xcb"),
    ONE("rdpkru", "\x0f\x01\xee"),
    ONE("wrpkru", "\x0f\x01\xef"),
    ONE("vmcall", "\x0f\x01\xc1"),
    ONE("vmlaunch", "\x0f\x01\xc2"),
    ONE("vmresume", "\x0f\x01\xc3"),
    ONE("vmxoff", "\x0f\x01\xc4"),
    ONE("vmfunc", "\x0f\x01\xd4"),
    ONE("vmread", "\x0f\x78\xc0"),
    ONE("vmwrite", "\x0f\x79\xc0"),
    ONE("vmmcall", "\x0f\x01\xd9"),
    ONE("vmrun", "\x0f\x01\xd8"),
    ONE("vmload", "\x0f\x01\xda"),
    ONE("stgi", "\x0f\x01\xdc"),
    ONE("clgi", "\x0f\x01\xdd"),
    ONE("skinit", "\x0f\x01\xde"),
    ONE("getsec", "\x0f\x37"),
    ONE("encls", "\x0f\x01\xcf"),
    ONE("enclu", "\x0f\x01\xd7"),
    ONE("enclv", "\x0f\x01\xc0"),
    ONE("pconfig", "\x0f\x01\xc5"),
    ONE("rdsspq", "\xf3\x48\x0f\x1e\xc8"),
    ONE("incsspq", "\xf3\x48\x0f\xae\xe8"),
    ONE("saveprevssp", "\xf3\x0f\x01\xea"),
    ONE("rstorssp", "\xf3\x0f\x01\x28"),
    ONE("setssbsy", "\xf3\x0f\x01\xe8"),
    ONE("wrssq", "\x48\x0f\x38\xf6\x00"),
    ONE("senduipi", "\xf3\x0f\xc7\xf0"),
    ONE("uiret", "\xf3\x0f\x01\xec"),
    ONE("clui", "\xf3\x0f\x01\xee"),
    ONE("stui", "\xf3\x0f\x01\xef"),
    ONE("testui", "\xf3\x0f\x01\xed"),
    ONE("enqcmd", "\xf2\x0f\x38\xf8\x00"),
    ONE("enqcmds", "\xf3\x0f\x38\xf8\x00"),
    ONE("movdir64b", "\x66\x0f\x38\xf8\x00"),
    ONE("ptwrite", "\xf3\x0f\xae\xe0"),
    ONE("serialize", "\x0f\x01\xe8"),
    ONE("hreset", "\xf3\x0f\x3a\xf0\xc0\x00"),
    ONE("tdcall", "\x66\x0f\x01\xcc"),
    ONE("xsusldtrk", "\xf2\x0f\x01\xe8"),
    ONE("xresldtrk", "\xf2\x0f\x01\xe9"),
    ONE("wbinvd", "\xf3\x0f\x09"),
    /* the simulator's own memory, by FS and GS, also where an instruction does not name its operand */
    ONE("mov", "\x64\x48\x8b\x04\x25\x00\x00\x00\x00"),
    ONE("mov", "\x65\x48\x89\x04\x25\x00\x00\x00\x00"),
    ONE("add", "\x64\x01\x18"),
    ONE("movsb", "\x64\xa4"),
    ONE("lodsb", "\x65\xac"),
    ONE("jmp", "\x64\xff\x20"),
    ONE("push", "\x64\xff\x30"),
    ONE("xlat", "\x64\xd7"),
};
/* clang-format on */

/* What compilers make of a driver, and what may stand in its gaps. */
static const struct one taken[] = {
    ONE("mov", "\x48\x89\xc3"),
    ONE("mov", "\x48\x8b\x04\x24"),
    ONE("lea", "\x48\x8d\x05\x00\x00\x00\x00"),
    ONE("lea", "\x64\x48\x8d\x00"),
    ONE("call", "\xe8\x00\x00\x00\x00"),
    ONE("call", "\xff\xd0"),
    ONE("jmp", "\xff\x20"),
    ONE("ret", "\xc3"),
    ONE("push", "\x55"),
    ONE("pop", "\x5d"),
    ONE("leave", "\xc9"),
    ONE("nop", "\x90"),
    ONE("nop", "\x66\x0f\x1f\x44\x00\x00"),
    ONE("endbr64", "\xf3\x0f\x1e\xfa"),
    ONE("pause", "\xf3\x90"),
    ONE("mfence", "\x0f\xae\xf0"),
    ONE("lfence", "\x0f\xae\xe8"),
    ONE("sfence", "\x0f\xae\xf8"),
    ONE("ud2", "\x0f\x0b"),
    ONE("int3", "\xcc"),
    ONE("cmpxchg", "\xf0\x0f\xb1\x13"),
    ONE("xadd", "\xf0\x0f\xc1\x03"),
    ONE("xchg", "\x87\x03"),
    ONE("bswap", "\x0f\xc8"),
    ONE("movsb", "\xf3\xa4"),
    ONE("stosq", "\xf3\x48\xab"),
    ONE("cld", "\xfc"),
    ONE("popcnt", "\xf3\x0f\xb8\xc0"),
    ONE("tzcnt", "\xf3\x0f\xbc\xc0"),
    ONE("imul", "\x0f\xaf\xc0"),
    ONE("cdq", "\x99"),
    ONE("prefetcht0", "\x0f\x18\x08"),
    ONE("clflush", "\x0f\xae\x38"),
    ONE("movnti", "\x0f\xc3\x03"),
    ONE("movbe", "\x0f\x38\xf0\x00"),
    ONE("crc32", "\xf2\x0f\x38\xf1\xc0"),
};

static enum guest_code look(const struct one *o, struct guest_code_finding *found)
{
    uint8_t code[24] = {0x90, 0x90};
    memcpy(code + 2, o->bytes, o->len);
    code[2 + o->len] = 0xc3;
    return guest_code_check(code, 3 + o->len, found);
}

START_TEST(each_is_refused_where_it_stands)
{
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct guest_code_finding found;
        enum guest_code verdict = look(&refused[i], &found);
        ck_assert_msg(verdict == GUEST_CODE_SYSTEM, "%s (number %zu) is %d", refused[i].name, i, verdict);
        ck_assert_uint_eq(found.at, 2);
        ck_assert_str_eq(found.name, refused[i].name);
        ck_assert_ptr_ne(found.complaint, NULL);
    }
}
END_TEST

START_TEST(a_drivers_code_is_taken)
{
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        struct guest_code_finding found;
        enum guest_code verdict = look(&taken[i], &found);
        ck_assert_msg(verdict == GUEST_CODE_GOOD, "%s (number %zu): %s %s", taken[i].name, i, found.name, found.complaint);
    }
}
END_TEST

/* Whatever opcode a disassembler knows and we take is one of these; a new one is looked at by a person. */
static const char *const harmless[] = {
    "adc",        "adcx",       "add",       "adox",  "and",      "andn",    "bextr",      "blsi",     "blsmsk",      "blsr",
    "bsf",        "bsr",        "bswap",     "bt",    "btc",      "btr",     "bts",        "bzhi",     "call",        "cbw",
    "cdq",        "cdqe",       "clc",       "cld",   "cldemote", "clflush", "clflushopt", "clwb",     "cmc",         "cmp",
    "cmpxchg",    "cmpxchg16b", "cmpxchg8b", "cqo",   "crc32",    "cwd",     "cwde",       "dec",      "div",         "endbr32",
    "endbr64",    "enter",      "idiv",      "imul",  "inc",      "int3",    "jecxz",      "jmp",      "jrcxz",       "lahf",
    "lea",        "leave",      "lfence",    "loop",  "loope",    "loopne",  "lzcnt",      "mfence",   "mov",         "movbe",
    "movnti",     "movsx",      "movsxd",    "movzx", "mul",      "mulx",    "neg",        "nop",      "not",         "or",
    "pause",      "pdep",       "pext",      "pop",   "popcnt",   "popf",    "popfq",      "prefetch", "prefetchnta", "prefetcht0",
    "prefetcht1", "prefetcht2", "prefetchw", "push",  "pushf",    "pushfq",  "rcl",        "rcr",      "ret",         "rol",
    "ror",        "rorx",       "sahf",      "sar",   "sarx",     "sbb",     "sfence",     "shl",      "shld",        "shlx",
    "shr",        "shrd",       "shrx",      "stc",   "std",      "sub",     "test",       "tzcnt",    "ud0",         "ud1",
    "ud2",        "xadd",       "xchg",      "xlat",  "xor"};

static bool is_harmless(const char *name)
{
    static const char *const families[] = {"cmov", "set", "cmps", "lods", "movs", "scas", "stos"};
    for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
        if (!strcmp(name, harmless[i]))
            return true;
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
        if (!strncmp(name, families[i], strlen(families[i])) && strcmp(name, "setssbsy"))
            return true;
    return name[0] == 'j' && strlen(name) <= 4; /* jcc */
}

static unsigned look_at(const uint8_t code[16])
{
    ZydisDecoder decoder;
    ZydisDecodedInstruction insn;
    struct guest_code_finding found;
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder, ZYAN_NULL, code, 15, &insn)) ||
        guest_code_check(code, insn.length, &found) != GUEST_CODE_GOOD)
        return 0;
    const char *name = ZydisMnemonicGetString(insn.mnemonic);
    ck_assert_msg(is_harmless(name), "%s is taken (%02x %02x %02x %02x)", name, code[0], code[1], code[2], code[3]);
    return 1;
}

START_TEST(nothing_else_is_taken)
{
    static const struct one prefixes[] = {ONE("", ""),     ONE("", "\x66"),     ONE("", "\xf2"),     ONE("", "\xf3"),
                                          ONE("", "\x48"), ONE("", "\xf3\x48"), ONE("", "\x66\x48"), ONE("", "\xf2\x48")};
    static const struct one maps[] = {ONE("", ""),
                                      ONE("", "\x0f"),
                                      ONE("", "\x0f\x38"),
                                      ONE("", "\x0f\x3a"),
                                      ONE("", "\xc4\xe2\x78"),
                                      ONE("", "\xc4\xe2\xfb"),
                                      ONE("", "\xc4\xe1\x78")};
    const struct one *prefix = &prefixes[_i];
    unsigned taken_ones = 0;
    for (size_t m = 0; m < sizeof(maps) / sizeof(maps[0]); m++)
        for (unsigned op = 0; op < 256 * 256; op++) {
            uint8_t code[16] = {0};
            memcpy(code, prefix->bytes, prefix->len);
            memcpy(code + prefix->len, maps[m].bytes, maps[m].len);
            code[prefix->len + maps[m].len] = (uint8_t)(op >> 8);
            code[prefix->len + maps[m].len + 1] = (uint8_t)op;
            taken_ones += look_at(code);
        }
    ck_assert_uint_gt(taken_ones, 10000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("guest_code");
    TCase *tcase = tcase_create("list");
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, each_is_refused_where_it_stands);
    tcase_add_test(tcase, a_drivers_code_is_taken);
    tcase_add_loop_test(tcase, nothing_else_is_taken, 0, 8);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
