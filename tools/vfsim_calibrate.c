/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vfsim calibrate: what this machine can tell of a profile's values, measured, as a profile file.
 *
 * Everything is counted in cycles of the core as it runs now: a chain of additions, each of which needs the one before it, takes
 * one cycle an addition on any processor that vfsim runs on, and is timed beside each measurement. Noise only ever adds, so of many
 * rounds the least counts. What only a hypervisor, a NIC or another host can tell stays at its built-in value.
 */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vfsim.h"

enum {
    ROUNDS = 60,
    CHAIN = 20000,           /* additions of one timing */
    SMALL = 64,
    LARGE = 1536, /* frames whose copies give the line: base and bytes */
    WARM_SLOTS = 4,          /* of each: they stay in the first level cache's reach */
    COLD_BYTES = 96 << 20,   /* more than any last level cache of a server of one socket */
    COLD_STRIDE = 19289 * 64, /* so far from one frame to the next, round and round: no prefetcher follows, no cache holds it all */
    COPIES = 2000,
    CALLS = 2000,
    HAND_OVERS = 200,
};

static const char who[] = "vfsim calibrate";

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_RAW, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ---- the clock ---- */

/* Eight additions a turn, each on what the one before gave. */
static uint64_t chain(uint64_t n)
{
    uint64_t x = n;
    for (uint64_t i = 0; i < n / 8; i++)
        __asm__ volatile("add %1, %0\n\tadd %1, %0\n\tadd %1, %0\n\tadd %1, %0\n\t"
                         "add %1, %0\n\tadd %1, %0\n\tadd %1, %0\n\tadd %1, %0"
                         : "+r"(x)
                         : "r"(i)
                         : "cc");
    return x;
}

static uint64_t chain_ns(void)
{
    uint64_t start = now_ns();
    volatile uint64_t sink = chain(CHAIN);
    (void)sink;
    return now_ns() - start;
}

/* The least of all rounds, of what `timed` takes, in thousandths of a cycle a turn. */
struct measure {
    uint64_t (*timed)(void *of); /* nanoseconds of `turns` turns */
    void *of;
    uint64_t turns;
};

static uint64_t millicycles(const struct measure *m)
{
    uint64_t least_chain = UINT64_MAX, least = UINT64_MAX;
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t c = chain_ns(), t = m->timed(m->of);
        least_chain = c < least_chain ? c : least_chain;
        least = t < least ? t : least;
    }
    least_chain = least_chain ? least_chain : 1;
    return (uint64_t)((unsigned __int128)least * CHAIN * 1000 / least_chain / m->turns);
}

static uint64_t clock_khz(void)
{
    uint64_t least = UINT64_MAX;
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t c = chain_ns();
        least = c < least ? c : least;
    }
    return (uint64_t)CHAIN * 1000000 / (least ? least : 1);
}

/* ---- copies ---- */

struct copies {
    uint8_t *from, *to;
    size_t room, stride; /* of `from`: how far it goes, and from one frame to the next */
    size_t bytes;
    size_t at;
};

/* Where a frame lies is known when the one before it was read, as with a descriptor: else copies would hide each other's waiting.
 * Every byte of the room is 1. */
static uint64_t time_copies(void *of)
{
    struct copies *c = of;
    uint64_t start = now_ns();
    for (unsigned i = 0; i < COPIES; i++) {
        uint8_t *to = c->to + i % WARM_SLOTS * 2048;
        memcpy(to, c->from + c->at, c->bytes);
        __asm__ volatile("" ::: "memory");
        c->at += c->stride + to[c->bytes - 1] - 1;
        c->at -= c->at + c->bytes > c->room ? c->room / 64 * 64 - 2048 : 0;
    }
    return now_ns() - start;
}

/* Base in cycles and thousandths of a cycle a byte, of the line through a small and a large frame. */
static void copy_costs(struct copies *c, uint64_t *base, uint64_t *byte)
{
    struct measure m = {time_copies, c, COPIES};
    c->bytes = SMALL;
    c->at = 0;
    uint64_t small = millicycles(&m);
    c->bytes = LARGE;
    uint64_t large = millicycles(&m);
    *byte = large > small ? (large - small) / (LARGE - SMALL) : 0;
    *base = small > *byte * SMALL ? (small - *byte * SMALL) / 1000 : 0;
}

/* ---- calls ---- */

static uint64_t time_system_calls(void *of)
{
    (void)of;
    uint64_t start = now_ns();
    for (unsigned i = 0; i < CALLS; i++)
        (void)!write(-1, "", 0); /* refused at once: the way in and out, and nothing else */
    return now_ns() - start;
}

static __attribute__((noinline)) uint64_t nothing(uint64_t x)
{
    __asm__ volatile("" : "+r"(x));
    return x;
}

static uint64_t time_calls(void *of)
{
    uint64_t (*volatile call)(uint64_t) = nothing, start = now_ns();
    (void)of;
    for (unsigned i = 0; i < CALLS; i++)
        call(i);
    return now_ns() - start;
}

/* ---- processes ---- */

/* A byte to another process, which waits for it, and back: two wakings, and as many processes that wait. */
struct hand_over {
    int there[2], back[2];
    pid_t child;
};

static uint64_t time_hand_overs(void *of)
{
    struct hand_over *h = of;
    char byte = 0;
    uint64_t start = now_ns();
    for (unsigned i = 0; i < HAND_OVERS / 2; i++)
        if (write(h->there[1], &byte, 1) != 1 || read(h->back[0], &byte, 1) != 1)
            return UINT64_MAX;
    return now_ns() - start;
}

static void answer(const struct hand_over *h)
{
    char byte;
    close(h->there[1]); /* so that it ends with its parent */
    while (read(h->there[0], &byte, 1) == 1)
        if (write(h->back[1], &byte, 1) != 1)
            break;
    _exit(0);
}

static bool run_on(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    return !sched_setaffinity(0, sizeof(set), &set);
}

/* Cycles of one, from this process on one core to another one on another, or the same. 0: it cannot be measured here. */
static uint64_t hand_over_cycles(int ours, int theirs)
{
    struct hand_over h;
    if (pipe(h.there) || pipe(h.back)) /* one that is left over ends with the command */
        return 0;
    h.child = fork();
    if (!h.child && run_on(theirs))
        answer(&h);
    if (!h.child)
        _exit(1);
    close(h.there[0]);
    close(h.back[1]);
    bool works = h.child > 0 && run_on(ours) && time_hand_overs(&h) != UINT64_MAX;
    uint64_t cycles = works ? millicycles(&(struct measure){time_hand_overs, &h, HAND_OVERS}) / 1000 : 0;
    close(h.there[1]);
    close(h.back[0]);
    if (h.child > 0)
        waitpid(h.child, NULL, 0);
    return cycles;
}

static void hand_over_costs(uint64_t *one_core, uint64_t *two_cores)
{
    cpu_set_t before;
    int cpu[2], found = 0;
    *one_core = *two_cores = 0;
    if (sched_getaffinity(0, sizeof(before), &before))
        return;
    for (int i = 0; i < CPU_SETSIZE && found < 2; i++)
        if (CPU_ISSET(i, &before))
            cpu[found++] = i;
    *one_core = found ? hand_over_cycles(cpu[0], cpu[0]) : 0;
    *two_cores = found == 2 ? hand_over_cycles(cpu[0], cpu[1]) : 0;
    sched_setaffinity(0, sizeof(before), &before);
}

/* ---- the file ---- */

struct figures {
    uint64_t khz, base, byte, cold_base, cold_byte, system_call, call, one_core, two_cores;
};

static void measure(struct figures *f)
{
    uint8_t *room = vfsim_zero(who, 1, COLD_BYTES), *to = vfsim_zero(who, WARM_SLOTS, 2048);
    memset(room, 1, COLD_BYTES); /* it has pages of its own */
    struct copies warm = {.from = room, .to = to, .room = WARM_SLOTS * 2048, .stride = 2048};
    struct copies cold = {.from = room, .to = to, .room = COLD_BYTES, .stride = COLD_STRIDE};
    f->khz = clock_khz();
    copy_costs(&warm, &f->base, &f->byte);
    copy_costs(&cold, &f->cold_base, &f->cold_byte);
    f->system_call = millicycles(&(struct measure){time_system_calls, NULL, CALLS}) / 1000;
    f->call = millicycles(&(struct measure){time_calls, NULL, CALLS}) / 1000;
    hand_over_costs(&f->one_core, &f->two_cores);
    free(room);
    free(to);
}

/* Without the calls by which a byte is written and read. */
static uint64_t without_calls(const struct figures *f, uint64_t cycles)
{
    return cycles > 2 * f->system_call ? cycles - 2 * f->system_call : cycles;
}

/* What one processor alone, or a machine that lets nobody choose his processor, cannot tell is left out. */
static char *text_of_processes(const struct figures *f)
{
    char wake[160] = "";
    if (f->two_cores)
        snprintf(wake, sizeof(wake),
                 "worker_wake_cycles %" PRIu64 " measured \"vfsim calibrate: the same on two cores, without the calls\"\n",
                 without_calls(f, f->two_cores));
    if (!f->one_core)
        return vfsim_print(who, "%s", wake);
    return vfsim_print(who,
                       "context_switch_cycles %" PRIu64 " measured \"vfsim calibrate: the next one without the calls of a pipe\"\n"
                       "guest_switch_cycles %" PRIu64 " measured \"vfsim calibrate: two processes on a core hand over by pipes\"\n"
                       "%s",
                       without_calls(f, f->one_core), f->one_core, wake);
}

static char *text_of(const struct figures *f)
{
    struct utsname u;
    char processor[96] = "this machine", line[256];
    FILE *in = fopen("/proc/cpuinfo", "r");
    while (in && fgets(line, sizeof(line), in))
        if (!strncmp(line, "model name", 10) && strchr(line, ':')) {
            snprintf(processor, sizeof(processor), "%.*s", (int)strcspn(strchr(line, ':') + 2, "\"\\$#\n"), strchr(line, ':') + 2);
            break;
        }
    if (in)
        fclose(in);
    if (uname(&u))
        snprintf(u.nodename, sizeof(u.nodename), "this machine");
    char *processes = text_of_processes(f);
    char *text = vfsim_print(
        who,
        "# Measured by vfsim calibrate on %s.\n"
        "# A call of a function takes %" PRIu64 " cycles there, a system call %" PRIu64 ": no model asks for these two.\n"
        "# What only a hypervisor, a NIC or another host can tell stays at its built-in value.\n"
        "name \"%.31s\"\n"
        "cpu_khz %" PRIu64 " measured \"vfsim calibrate: dependent additions, one a cycle\"\n"
        "copy_base_cycles %" PRIu64 " measured \"vfsim calibrate: memcpy of 64 and 1536 B, source in the cache\"\n"
        "copy_byte_millicycles %" PRIu64 " measured \"vfsim calibrate: memcpy of 64 and 1536 B, source in the cache\"\n"
        "copy_cold_base_cycles %" PRIu64 " measured \"vfsim calibrate: memcpy of 64 and 1536 B, source in memory\"\n"
        "copy_cold_byte_millicycles %" PRIu64 " measured \"vfsim calibrate: memcpy of 64 and 1536 B, source in memory\"\n"
        "%s",
        processor, f->call, f->system_call, u.nodename, f->khz, f->base, f->byte, f->cold_base, f->cold_byte, processes);
    free(processes);
    return text;
}

static int calibrate(const struct vfsim_args *args)
{
    struct figures f;
    if (args->operand_count) {
        vfsim_complain("calibrate takes no operand: vfsim calibrate [-o FILE]");
        return EXIT_USER;
    }
    measure(&f);
    char *text = text_of(&f);
    int code = EXIT_PASS;
    if (args->output && strcmp(args->output, "-")) {
        code = vfsim_file_written(args->output, vfsim_file_write(args->output, text, strlen(text)));
        if (code == EXIT_PASS)
            vfsim_complain("%s is written (use it by the line: profile %s)", args->output, args->output);
    } else {
        fputs(text, stdout);
    }
    free(text);
    return code;
}

const struct vfsim_verb vfsim_verb_calibrate = {
    .name = "calibrate",
    .sentence = "measure what this machine costs, as a profile",
    .operands = "",
    .what = VALUE_NONE,
    .options = WITH(OUTPUT),
    .about =
        "Measures the clock of a core, what copies cost, from the cache and from memory, and what it takes to hand over to another "
        "process on the same core and on another one, and writes them as a profile (stdout, or the file that -o names) for the "
        "line `profile FILE` of a scenario. What only a hypervisor or a NIC can tell is not in it, "
        "and keeps its built-in value. On a machine that has other work to do the figures are too large.",
    .examples = "vfsim calibrate -o here.profile\n",
    .run = calibrate,
};
