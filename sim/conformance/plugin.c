/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plugin's cases: its image is looked at, then the suite is run with it, and what it left behind is looked at. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/conformance__.h"
#include "core/alloc.h"

/* ---- the tables ---- */

enum where { IMAGE, CHIP, ALONE, HOST };

static const struct plugin_case {
    struct conformance_case c;
    enum where where;
    unsigned queues, ring, mtu;
} cases[] = {
#define CASE(id, name, where, queues, ring, mtu, rules, sentence) {{name, rules, sentence}, where, queues, ring, mtu},
#include "guest/conformance/cases.def"
#include "guest/conformance/chip_cases.def"
#undef CASE
};
enum { PLUGIN_CASES = STAND_CASE_CONFIG, CHIP_CASES = STAND_CASES - STAND_CASE_CONFIG };

static const struct conformance_rule rules[] = {
#define RULE(name, sentence) {#name, sentence},
#include "guest/conformance/rules.def"
#undef RULE
};

const struct conformance_case *conformance_plugin_case(unsigned i) { return i < PLUGIN_CASES ? &cases[i].c : NULL; }
const struct conformance_case *conformance_chip_case(unsigned i) { return i < CHIP_CASES ? &cases[PLUGIN_CASES + i].c : NULL; }
const struct conformance_rule *conformance_rule_at(unsigned i) { return i < STAND_RULES ? &rules[i] : NULL; }

/* ---- what was found ---- */

static void add(struct conformance_result *result, enum stand_rule rule, const char *fmt, va_list args)
{
    result->verdict = CONFORMANCE_BROKEN;
    for (unsigned i = 0; i < result->count; i++)
        if (result->finding[i].rule == &rules[rule])
            return; /* what came of it tells less */
    if (result->count == CONFORMANCE_FINDINGS_MAX)
        return;
    struct conformance_finding *f = &result->finding[result->count++];
    f->rule = &rules[rule];
    vsnprintf(f->seen, sizeof(f->seen), fmt, args);
}

void stand__broken(struct stand *s, enum stand_rule rule, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    add(s->result, rule, fmt, args);
    va_end(args);
}

/* ---- the image ---- */

static enum stand_rule rule_of_image(enum npa_check check)
{
    switch (check) {
    case NPA_CHECK_IMPORTS:
    case NPA_CHECK_NO_ENTRY:
        return STAND_RULE_C1;
    case NPA_CHECK_VECTOR_CODE:
    case NPA_CHECK_SYSTEM_CODE:
        return STAND_RULE_C3;
    case NPA_CHECK_NO_NOTE:
    case NPA_CHECK_LICENCE:
    case NPA_CHECK_DIGEST:
    case NPA_CHECK_API_VERSION:
        return STAND_RULE_C6;
    default:
        return STAND_RULE_C5;
    }
}

static void look_at_image(struct stand *s)
{
    const struct plugin_image *image = s->image;
    if (image->check != NPA_CHECK_OK)
        stand__broken(s, rule_of_image(image->check), "%s", *image->why ? image->why : npa_check_text(image->check));
}

/* ---- a run of the suite ---- */

static void not_here(struct conformance_result *result, const char *why)
{
    result->verdict = CONFORMANCE_NOT_HERE;
    snprintf(result->why, sizeof(result->why), "%s", why);
}

void stand__not_here(struct stand *s, const char *why) { not_here(s->result, why); }

/* Bytes that nobody has a right to: each differs from what it was. */
static void look_at_code(struct stand *s)
{
    const uint8_t *ram = vm_mem(s->vm)->base;
    for (uint32_t i = 0; i < s->image->memory_len; i++)
        if (ram[STAND_PLUGIN + i] != s->loaded[i]) {
            stand__broken(s, STAND_RULE_C2, "byte 0x%x of the loaded image is another one than it was", i);
            break;
        }
    for (uint32_t i = 0; i < STAND_SUITE_DATA; i++)
        if (ram[STAND_SUITE_BASE + i] != s->code[i]) {
            stand__broken(s, STAND_RULE_M1, "the shell's code was written to, at 0x%x", STAND_SUITE_BASE + i);
            break;
        }
}

static void look_at_dma(struct stand *s)
{
    struct iommu_fault fault[IOMMU_FAULT_LOG];
    unsigned count = s->domain && !s->expects_faults ? iommu_faults(s->domain, fault) : 0;
    for (unsigned i = 0; i < count; i++) {
        bool is_none = fault[i].addr < 4096;
        stand__broken(s, is_none ? STAND_RULE_R5 : STAND_RULE_M2, "the device %s 0x%llx, which is no memory that it may use",
                      fault[i].write ? "wrote to" : "read from", (unsigned long long)fault[i].addr);
    }
}

/* What is in the machine's memory and in the host's ends with them; then nothing is under way any more. */
static void look_at_books(struct stand *s)
{
    struct books_report books;
    if (!s->nic)
        return;
    vm_kill(s->vm, "the case is over");
    sim_run_until(s->sim, sim_now(s->sim) + 20 * SIM_MS);
    mem_tag_clear(vm_mem(s->vm), 0, vm_mem(s->vm)->size, FATE_vm_ended);
    mem_tag_clear(&s->host_mem, 0, s->host_mem.size, FATE_vm_ended);
    books_get_report(s->sim, &books);
    if (!books.balanced || books.in_flight)
        stand__broken(s, STAND_RULE_H16, "%llu frames were born, %llu copied, %llu ended, and %llu are under way for ever",
                      (unsigned long long)books.born, (unsigned long long)books.copied, (unsigned long long)books.ended,
                      (unsigned long long)books.in_flight);
}

static void look_at_end(struct stand *s)
{
    struct vm_stats stats;
    vm_get_stats(s->vm, &stats);
    if (stats.unmapped_mmio)
        stand__broken(s, STAND_RULE_M4, "registers outside of the window of 0x%x bytes were accessed %llu times",
                      s->config.memio_bytes, (unsigned long long)stats.unmapped_mmio);
    if (s->is_over)
        return;
    const char *why = vm_end_text(s->vm);
    bool is_loop = strstr(why, "loop") || strstr(why, "lockup") || !*why;
    bool is_code = strstr(why, "illegal") || strstr(why, "system call");
    stand__broken(s,
                  is_loop   ? STAND_RULE_L6
                  : is_code ? STAND_RULE_C3
                            : STAND_RULE_M1,
                  "the machine ended: %s", *why ? why : "a function of the plugin does not return");
}

/* A plugin that reads a register again and again by plain loads is in no function of the suite's meanwhile. */
enum { QUIET_STEPS_MAX = 400000 };

static void run_suite(struct stand *s)
{
    unsigned steps = 0;
    uint64_t calls = 0;
    vm_boot(s->vm);
    while (!s->is_over && vm_get_state(s->vm) != VM_ENDED && steps++ < QUIET_STEPS_MAX && sim_step(s->sim)) {
        if (s->calls != calls)
            steps = 0;
        calls = s->calls;
    }
    look_at_end(s);
    look_at_code(s);
    look_at_dma(s);
    look_at_books(s);
}

static int try_in_machine(struct stand *s, const struct plugin_case *what, char *err, size_t err_cap)
{
    if (s->image->check != NPA_CHECK_OK) {
        not_here(s->result, "the image is not one to be loaded");
        return 0;
    }
    if (what->where == CHIP && !s->params->model) {
        not_here(s->result, "no model of its chip was named");
        return 0;
    }
    s->config = (struct stand_config){.number = (uint32_t)(what - cases),
                                      .has_chip = what->where == CHIP,
                                      .queues = what->queues,
                                      .vectors = what->queues,
                                      .ring = what->ring,
                                      .mtu = what->mtu,
                                      .memio_bytes = 16384};
    int status = stand__create(s, err, err_cap);
    if (!status)
        run_suite(s);
    stand__destroy(s);
    return status;
}

static int try_without_machine(struct stand *s, const struct plugin_case *what, char *err, size_t err_cap)
{
    static void (*const tries[STAND_CASES])(struct stand *s) = {[STAND_CASE_CONFIG] = stand__try_config,
                                                                [STAND_CASE_VF_ENABLE] = stand__try_vf_enable,
                                                                [STAND_CASE_INFO] = stand__try_info,
                                                                [STAND_CASE_MEMORY] = stand__try_memory,
                                                                [STAND_CASE_LIFE] = stand__try_life};
    s->config.queues = s->config.vectors = 1;
    s->config.ring = what->ring;
    s->config.mtu = what->mtu;
    int status = stand__create_chip(s, err, err_cap);
    if (!status)
        tries[what - cases](s);
    stand__destroy(s);
    return status;
}

int conformance_try(const struct conformance_params *params, const struct conformance_case *what, struct conformance_result *result,
                    char *err, size_t err_cap)
{
    const struct plugin_case *mine = (const struct plugin_case *)what; /* its first member */
    struct stand *s = alloc_zero("a test stand", 1, sizeof(*s));
    int status = 0;
    *result = (struct conformance_result){.what = what};
    s->params = params;
    s->result = result;
    s->image = params->plugin && mine->where != HOST ? plugin_image_read(params->plugin, err, err_cap) : NULL;
    if (mine->where == HOST)
        status = try_without_machine(s, mine, err, err_cap);
    else if (!params->plugin)
        not_here(result, "the chip's VFs take no plugin, and nothing else here drives rings");
    else if (!s->image)
        status = -EINVAL;
    else if (mine->where == IMAGE)
        look_at_image(s);
    else
        status = try_in_machine(s, mine, err, err_cap);
    plugin_image_free(s->image);
    free(s);
    return status;
}
