/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest_counts: instructions of each call that a shell and a plugin make of each other for a frame, for bench/guest-counts.
 *
 * An echoing VM gets single frames and bursts; each instruction of its guest is looked at before the processor executes it
 * (vm/cpu/trap.h), so the figures are of the code alone, and the same on any processor. What a call calls in turn is that one's: a
 * plugin's figure has nothing of the shell in it, and the shell's nothing of the system or the application above it.
 *
 * usage: guest_counts GUEST-IMAGE PLUGIN-STORE MODEL PATH   MODEL of a NIC; PATH vf or emulated
 * On stdout a line a call: name, how many of them, their instructions, how many were for no frame, those' instructions, frames.
 */
#include <elf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest/shell/shell.h"
#include "scenario/outcome/outcome.h"
#include "scenario/world/world.h"
#include "vm/cpu/trap.h"
#include "vm/vm__.h"

#define SCENARIO                                                                \
    "seed 1\n"                                                                  \
    "host h0\n"                                                                 \
    "nic h0.vmnic0 model %s vfs 2\n"                                            \
    "peer client on h0.vmnic0\n"                                                \
    "vm echo on h0 ram 16M shell linux net npa app echo\n"                      \
    "%s"                                                                        \
    "300ms flow single from client to echo size 64 rate 20K pps count 40\n"     \
    "310ms flow burst from client to echo size 64 rate back-to-back count 64\n" \
    "312ms flow more from client to echo size 64 rate 1000K pps count 48\n"     \
    "end expect books balanced\n"
#define BEGINS (299 * SIM_MS)

/* What is told apart. The first nine are a plugin's, in the order of Plugin_Api; `OTHER` is all that is none of these. */
#define CALLS(CALL)          \
    CALL(swInit)             \
    CALL(reinitRxRing)       \
    CALL(reinitTxRing)       \
    CALL(enableInterrupt)    \
    CALL(disableInterrupt)   \
    CALL(addFrameToTxRing)   \
    CALL(checkTxRing)        \
    CALL(checkRxRing)        \
    CALL(addBuffersToRxRing) \
    CALL(postFrame)          \
    CALL(allocBuffer)        \
    CALL(indicateRecv)       \
    CALL(completeSend)       \
    CALL(access)             \
    CALL(system)             \
    CALL(other)
enum call {
#define CALL_MEMBER(name) CALL_##name,
    CALLS(CALL_MEMBER)
#undef CALL_MEMBER
        CALL_COUNT
};
static const char *const call_name[] = {
#define CALL_NAME(name) #name,
    CALLS(CALL_NAME)
#undef CALL_NAME
};
enum { PLUGIN_CALLS = CALL_addBuffersToRxRing + 1, DEPTH_MAX = 16 };

/* The shell's functions by which its parts are told apart, by name. */
static const struct {
    const char *symbol;
    enum call call;
} shells[] = {{"tx_post", CALL_postFrame},        {"rx_alloc_small", CALL_allocBuffer}, {"rx_alloc_large", CALL_allocBuffer},
              {"rx_indicate", CALL_indicateRecv}, {"tx_complete", CALL_completeSend},   {"shell_read32", CALL_access},
              {"shell_write32", CALL_access},     {"face_receive", CALL_system},        {"face_sent", CALL_system},
              {"face_receive_over", CALL_system}};
enum { SHELLS = sizeof(shells) / sizeof(shells[0]) };

struct counter {
    const struct path *path; /* whose plugin's calls are counted */
    uint64_t symbol[SHELLS];
    bool is_on;
    struct {
        enum call call;
        uint64_t sp, instructions, frames;
    } stack[DEPTH_MAX];
    unsigned depth;
    struct {
        uint64_t calls, instructions, without, without_instructions, frames;
    } of[CALL_COUNT];
};

static void end_call(struct counter *c)
{
    enum call call = c->stack[--c->depth].call;
    uint64_t instructions = c->stack[c->depth].instructions, frames = c->stack[c->depth].frames;
    c->of[call].calls++;
    c->of[call].instructions += instructions;
    c->of[call].frames += frames;
    c->of[call].without += !frames;
    c->of[call].without_instructions += frames ? 0 : instructions;
}

/* The call that begins at this instruction; CALL_other: none. */
static enum call call_at(const struct counter *c, uint64_t pc)
{
    for (unsigned i = 0; i < SHELLS; i++)
        if (pc == c->symbol[i])
            return shells[i].call;
    const uint64_t *function = (const uint64_t *)(const void *)&c->path->api;
    for (unsigned i = 0; i < PLUGIN_CALLS; i++)
        if (pc == function[i])
            return (enum call)i;
    return CALL_other;
}

/* A frame is one more of the plugin's call that hands it up, takes it or asks for a buffer. */
static void begin_call(struct counter *c, enum call call, const struct vcpu_regs *regs)
{
    enum { ARGUMENT_1 = 6 /* rsi */ };
    uint64_t frames = call == CALL_completeSend ? regs->word[ARGUMENT_1] & 0xffffffff : 1;
    bool counts = call == CALL_indicateRecv || call == CALL_completeSend || call == CALL_allocBuffer;
    if (c->depth && counts)
        c->stack[c->depth - 1].frames += frames;
    if (c->depth == DEPTH_MAX) {
        fprintf(stderr, "guest_counts: calls in calls in calls\n");
        exit(1);
    }
    c->stack[c->depth].call = call;
    c->stack[c->depth].sp = vcpu_regs_sp(regs);
    c->stack[c->depth].instructions = 0;
    c->stack[c->depth++].frames = call == CALL_completeSend ? frames : call == CALL_postFrame || call == CALL_addFrameToTxRing;
}

static void look(void *arg, const struct vcpu_regs *regs)
{
    struct counter *c = arg;
    uint64_t pc = vcpu_regs_pc(regs), sp = vcpu_regs_sp(regs);
    while (c->depth && sp > c->stack[c->depth - 1].sp)
        end_call(c);
    enum call call = call_at(c, pc);
    bool is_loop = c->depth && c->stack[c->depth - 1].sp == sp && c->stack[c->depth - 1].call == call;
    if (call != CALL_other && !is_loop)
        begin_call(c, call, regs);
    if (c->depth)
        c->stack[c->depth - 1].instructions++;
    else
        c->of[CALL_other].instructions++;
}

/* ---- the image's symbols ---- */

static uint8_t *read_file(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    uint8_t *bytes = f && !fseek(f, 0, SEEK_END) ? malloc(*len = (size_t)ftell(f)) : NULL;
    if (!bytes || fseek(f, 0, SEEK_SET) || fread(bytes, 1, *len, f) != *len) {
        fprintf(stderr, "guest_counts: %s can't be read\n", path);
        exit(2);
    }
    fclose(f);
    return bytes;
}

static uint64_t symbol_of(const uint8_t *elf, const char *name)
{
    const Elf64_Ehdr *head = (const void *)elf;
    const Elf64_Shdr *section = (const void *)(elf + head->e_shoff);
    for (unsigned i = 0; i < head->e_shnum; i++) {
        if (section[i].sh_type != SHT_SYMTAB)
            continue;
        const Elf64_Sym *symbol = (const void *)(elf + section[i].sh_offset);
        const char *names = (const char *)elf + section[section[i].sh_link].sh_offset;
        for (size_t k = 0; k < section[i].sh_size / sizeof(*symbol); k++)
            if (!strcmp(names + symbol[k].st_name, name))
                return symbol[k].st_value;
    }
    return 0; /* inlined */
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: guest_counts GUEST-IMAGE PLUGIN-STORE MODEL vf|emulated\n");
        return 2;
    }
    struct scenario_options options = {.guest_image = argv[1], .plugin_store = argv[2]};
    bool is_vf = !strcmp(argv[4], "vf");
    char text[1024];
    size_t len;
    snprintf(text, sizeof(text), SCENARIO, argv[3], is_vf ? "0 switch echo to passthrough\n" : "");
    struct scenario *sc = scenario_parse("guest_counts", text, strlen(text), &options);
    struct world *world = scenario_error_count(sc) ? NULL : world_build(sc, &(struct world_options){0});
    if (!world) {
        scenario_print_errors(sc, stderr);
        return 2;
    }
    static struct counter counter;
    uint8_t *elf = read_file(argv[1], &len);
    uint64_t base = MACHINE_WINDOW_BASE + VM_IMAGE_GPA; /* of the only VM */
    for (unsigned i = 0; i < SHELLS; i++) {
        uint64_t symbol = symbol_of(elf, shells[i].symbol);
        counter.symbol[i] = symbol ? base + symbol : 0;
    }
    const struct shell *of_guest = (const void *)(uintptr_t)(base + symbol_of(elf, "shell"));
    counter.path = &of_guest->path[is_vf ? PATH_VF : PATH_EMULATED];
    world_run(world, BEGINS, NULL);
    trap_step(look, &counter);
    world_run(world, SIM_NEVER, NULL);
    trap_step(NULL, NULL);
    for (unsigned i = 0; i < CALL_COUNT; i++)
        printf("%s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", call_name[i], counter.of[i].calls,
               counter.of[i].instructions, counter.of[i].without, counter.of[i].without_instructions, counter.of[i].frames);
    free(elf);
    bool passed = world_finish(world);
    world_destroy(world);
    scenario_destroy(sc);
    return passed ? 0 : 1;
}
