/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call of one of a plugin's functions: by code that knows which registers are its own, and looks at them afterwards; and at
 * all that a plugin is given to read.
 */
#include "guest/conformance/kit.h"

enum { SAVED = 6 };

typedef uint32_t (*function)(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e);

/* Calls with the five arguments; `left` gets what is in rbx, rbp and r12 to r15 afterwards, which were given `saved`. */
uint32_t call_with(function f, const uint64_t argument[5], const uint64_t saved[SAVED], uint64_t left[SAVED]);

/* clang-format off */
__asm__(".text\n"
        "call_with:\n"
        "push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n"
        "push %rcx\n"
        "mov %rdi, %rax\n mov %rsi, %r10\n"
        "mov (%rdx), %rbx\n mov 8(%rdx), %rbp\n mov 16(%rdx), %r12\n mov 24(%rdx), %r13\n mov 32(%rdx), %r14\n mov 40(%rdx), %r15\n"
        "mov (%r10), %rdi\n mov 8(%r10), %rsi\n mov 16(%r10), %rdx\n mov 24(%r10), %rcx\n mov 32(%r10), %r8\n"
        "call *%rax\n"
        "pop %rcx\n"
        "mov %rbx, (%rcx)\n mov %rbp, 8(%rcx)\n mov %r12, 16(%rcx)\n mov %r13, 24(%rcx)\n mov %r14, 32(%rcx)\n mov %r15, 40(%rcx)\n"
        "cld\n"
        "pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n"
        "ret\n");
/* clang-format on */

static uint32_t bytes_differ(const void *a, const void *b, uint32_t bytes)
{
    const uint8_t *p = a, *q = b;
    for (uint32_t i = 0; i < bytes; i++)
        if (p[i] != q[i])
            return i + 1;
    return 0;
}

static void look_at_registers(const uint64_t saved[SAVED], const uint64_t left[SAVED])
{
    static const char *const name[SAVED] = {"rbx", "rbp", "r12", "r13", "r14", "r15"};
    for (uint32_t i = 0; i < SAVED; i++)
        if (saved[i] != left[i])
            kit_broken(STAND_RULE_C4, "%s returned with another %s, which is its caller's", kit.calling, name[i]);
}

static void look_at_memory(void)
{
    uint32_t at = bytes_differ(&kit.ps, &kit.before, offsetof(Plugin_State, privateArea));
    if (at)
        kit_broken(STAND_RULE_M1, "%s wrote into Plugin_State, at byte %u of it", kit.calling, at - 1);
    for (uint32_t q = 0; q < kit.config->queues; q++)
        for (uint32_t tx = 0; tx < 2; tx++) {
            const uint8_t *guard = kit_va((tx ? STAND_RING_TX(q) : STAND_RING_RX(q)) + PLUGIN_RING_BYTES(kit.config->ring));
            for (uint32_t i = 0; i < STAND_GUARD_BYTES; i++)
                if (guard[i] != 0xa5) {
                    kit_broken(STAND_RULE_M1, "%s wrote behind the %s ring of queue %u", kit.calling, tx ? "transmit" : "receive",
                               q);
                    memset(kit_va((tx ? STAND_RING_TX(q) : STAND_RING_RX(q)) + PLUGIN_RING_BYTES(kit.config->ring)), 0xa5,
                           STAND_GUARD_BYTES);
                    break;
                }
        }
}

static uint32_t call(const char *name, void *f, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
    static const uint64_t saved[SAVED] = {0x1b1b1b1b1b1b, 0x2b2b2b2b2b2b, 0x3c3c3c3c3c3c,
                                          0x4d4d4d4d4d4d, 0x5e5e5e5e5e5e, 0x6f6f6f6f6f6f};
    const uint64_t argument[5] = {a, b, c, d, e};
    uint64_t left[SAVED];
    kit.calling = name;
    kit.indicated = kit.completions = kit.completed = kit.given = kit.accesses = kit.writes = 0;
    memcpy(&kit.before, &kit.ps, offsetof(Plugin_State, privateArea));
    uint32_t value = call_with((function)f, argument, saved, left);
    look_at_registers(saved, left);
    look_at_memory();
    return value;
}

#define STATE ((uint64_t)&kit.ps)

uint32_t kit_entry(void)
{
    kit.api = (Plugin_Api){0};
    return call("NPA_PluginMain", (void *)kit.config->entry, (uint64_t)&kit.api, 0, 0, 0, 0);
}

uint32_t kit_sw_init(void) { return call("swInit", (void *)kit.api.swInit, STATE, 0, 0, 0, 0); }
uint32_t kit_reinit_rx(uint32_t queue) { return call("reinitRxRing", (void *)kit.api.reinitRxRing, STATE, queue, 0, 0, 0); }
uint32_t kit_reinit_tx(uint32_t queue) { return call("reinitTxRing", (void *)kit.api.reinitTxRing, STATE, queue, 0, 0, 0); }
uint32_t kit_enable(uint32_t vector) { return call("enableInterrupt", (void *)kit.api.enableInterrupt, STATE, vector, 0, 0, 0); }
uint32_t kit_disable(uint32_t vector) { return call("disableInterrupt", (void *)kit.api.disableInterrupt, STATE, vector, 0, 0, 0); }

uint32_t kit_reset_device(void) { return call("resetDevice", (void *)kit.api.resetDevice, STATE, 0, 0, 0, 0); }

uint32_t kit_add_buffers(uint32_t queue)
{
    return call("addBuffersToRxRing", (void *)kit.api.addBuffersToRxRing, STATE, queue, 0, 0, 0);
}

static void look_at_descriptors(uint32_t queue)
{
    if (kit.watches_ring && kit.writes && kit.ring_sum != kit_ring_sum(queue))
        kit_broken(STAND_RULE_T8, "addFrameToTxRing wrote into the ring behind its last store to a register");
}

uint32_t kit_add_frame(uint32_t queue, const Plugin_SendInfo *info, const Plugin_SgList *sgl, bool hint)
{
    static Plugin_SgList list; /* as the plugin was given them */
    static Plugin_SendInfo what;
    list = *sgl;
    what = *info;
    uint32_t value = call("addFrameToTxRing", (void *)kit.api.addFrameToTxRing, STATE, queue, (uint64_t)info, (uint64_t)sgl, hint);
    if (bytes_differ(&list, sgl, sizeof(list)) || bytes_differ(&what, info, sizeof(what)))
        kit_broken(STAND_RULE_M1, "addFrameToTxRing wrote into what it was told of the frame");
    if (value > PLUGIN_BAD_FRAME)
        kit_broken(STAND_RULE_T1, "addFrameToTxRing returned %u", value);
    look_at_descriptors(queue);
    return value;
}

uint32_t kit_check_tx(uint32_t queue)
{
    uint32_t value = call("checkTxRing", (void *)kit.api.checkTxRing, STATE, queue, 0, 0, 0);
    if (kit.completions > 1)
        kit_broken(STAND_RULE_T9, "checkTxRing called completeSend %u times", kit.completions);
    if (value != kit.completed)
        kit_broken(STAND_RULE_T9, "checkTxRing returned %u and completed %u frames", value, kit.completed);
    return value;
}

uint32_t kit_check_rx(uint32_t queue, uint32_t budget)
{
    call("checkRxRing", (void *)kit.api.checkRxRing, STATE, queue, budget, 0, 0);
    if (kit.indicated > budget)
        kit_broken(STAND_RULE_R9, "checkRxRing handed up %u frames, and was asked for %u", kit.indicated, budget);
    return kit.indicated;
}
