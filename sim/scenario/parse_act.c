/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The timeline: what happens at a time. */
#include <string.h>

#include "scenario/model.h"

/* The words from `first` on, joined by single spaces. */
static const char *text_from(struct scn_cursor *c, unsigned first)
{
    size_t len = 1;
    for (unsigned i = first; i < c->count; i++)
        len += strlen(c->words[i].text) + 3;
    char *text = scn_alloc(c->file, len), *p = text;
    for (unsigned i = first; i < c->count; i++)
        p += sprintf(p, c->words[i].quoted ? "%s\"%s\"" : "%s%s", i == first ? "" : " ", c->words[i].text);
    return text;
}

static struct scn_word take_word(struct scn_cursor *c, const char *what)
{
    const struct scn_word *word = scn_take(c, what);
    return word ? *word : (struct scn_word){0};
}

/* ---- switch V to … ---- */

static void mode_order(struct scn_cursor *c, void *into)
{
    static const char *const words[] = {"safe", "naive", NULL};
    ((struct scn_mode *)into)->naive = scn_choice(c, "order", words) == 1;
}

/* Which NIC it will be is known when it happens: the steps of all kinds of this order. */
enum switch_step scn_switch_step(struct scn_cursor *c, unsigned use, enum switch_order order, const char *what)
{
    const char *words[STEP_COUNT + 1];
    switch_step_words(use, order, words);
    int i = scn_choice(c, what, words);
    return i < 0 ? STEP_NONE : switch_step_find(words[i]);
}

static void mode_fail(struct scn_cursor *c, void *into)
{
    struct scn_mode *mode = into;
    mode->fail_at = scn_peek(c) ? scn_peek(c)->at : c->end;
    mode->fail = scn_switch_step(c, mode->to_passthrough ? SWITCH_USE_IN : SWITCH_USE_OUT, SWITCH_SAFE,
                                 mode->to_passthrough ? "step of a switch to passthrough" : "step of a switch to emulation");
}
static void mode_plugin(struct scn_cursor *c, void *into)
{
    ((struct scn_mode *)into)->plugin = take_word(c, "a plugin's name");
}
static void mode_nic(struct scn_cursor *c, void *into) { ((struct scn_mode *)into)->nic = take_word(c, "a NIC"); }
static void mode_hold(struct scn_cursor *c, void *into)
{
    uint64_t n;
    if (scn_size(c, "the hold queue", 64, 1 << 30, &n))
        ((struct scn_mode *)into)->hold = (uint32_t)n;
}
static void mode_gap(struct scn_cursor *c, void *into) { scn_time(c, "a gap", &((struct scn_mode *)into)->gap); }
static void mode_move(struct scn_cursor *c, void *into)
{
    static const char *const words[] = {"safe", "set-first", "clear-first", NULL};
    static const enum pf_move_order orders[] = {PF_MOVE_SAFE, PF_MOVE_SET_FIRST, PF_MOVE_CLEAR_FIRST};
    int i = scn_choice(c, "order of a filter move", words);
    if (i >= 0)
        ((struct scn_mode *)into)->move = orders[i];
}

/* 'order naive' may have been said behind 'fail'. */
static void check_naive_step(struct scn_cursor *c, const struct scn_mode *mode)
{
    const char *words[STEP_COUNT + 1];
    switch_step_words(mode->to_passthrough ? SWITCH_USE_IN : SWITCH_USE_OUT, SWITCH_NAIVE, words);
    for (unsigned i = 0; words[i]; i++)
        if (switch_step_find(words[i]) == mode->fail)
            return;
    scn_fail(c, mode->fail_at, "a switch in naive order has no step '%s'", switch_step_name(mode->fail));
}

static void parse_mode(struct scn_cursor *c, struct scn_item *item)
{
    static const char *const modes[] = {"emulation", "passthrough", NULL};
    static const struct scn_option options[] = {{"order", mode_order}, {"fail", mode_fail}, {"plugin", mode_plugin},
                                                {"hold", mode_hold},   {"gap", mode_gap},   {"move", mode_move},
                                                {"nic", mode_nic}};
    item->verb = SCN_DO_SWITCH;
    item->mode = (struct scn_mode){.vm = take_word(c, "a VM"), .fail = STEP_NONE, .move = PF_MOVE_SAFE};
    if (!scn_need(c, "to"))
        return;
    item->mode.to_passthrough = scn_choice(c, "mode", modes) == 1;
    scn_options(c, "option of a switch", options, 7, &item->mode);
    if (item->mode.naive && item->mode.fail != STEP_NONE)
        check_naive_step(c, &item->mode);
}

/* ---- guest V … ---- */

static void parse_guest_set(struct scn_cursor *c, struct machine_job *job)
{
    job->kind = MACHINE_JOB_SET_MAC;
    if (scn_need(c, "mac"))
        scn_own_mac(c, job->mac);
}

static void parse_guest_list(struct scn_cursor *c, struct machine_job *job, bool add)
{
    static const char *const words[] = {"multicast", "vlan", "address", NULL};
    int which = scn_choice(c, "list of the guest", words);
    if (which == 0) {
        job->kind = add ? MACHINE_JOB_ADD_MULTICAST : MACHINE_JOB_DEL_MULTICAST;
        const struct scn_word *word = scn_peek(c);
        if (scn_mac(c, job->mac) && !mac_is_multicast(job->mac))
            scn_fail(c, word->at, "'%s' is no multicast address: its first byte is even", word->text);
    } else if (which == 1) {
        job->kind = add ? MACHINE_JOB_ADD_VLAN : MACHINE_JOB_DEL_VLAN;
        scn_number(c, "a VLAN", 1, 4094, &job->arg);
    } else if (which == 2) {
        job->kind = add ? MACHINE_JOB_ADD_ADDRESS : MACHINE_JOB_DEL_ADDRESS;
        scn_own_mac(c, job->mac);
    }
}

static void parse_guest(struct scn_cursor *c, struct scn_item *item)
{
    enum { SET, PROMISC, ALLMULTI, ADD, DEL, RX, BAD_RX, BAD_TX, WILD, HANG, RESET, PLUG, DRIVER, BAD_DESC, ETHTOOL, IP, BRIDGE };
    static const char *const drivers[] = {"plain", "npa", NULL};
    static const char *const words[] = {"set",           "promisc", "allmulti",   "add",  "del",   "rx",
                                        "bad-rx-buffer", "bad-tx",  "wild-store", "hang", "reset", "hotplug",
                                        "driver", "bad-descriptor", "ethtool", "ip", "bridge", NULL};
    static const char *const rx[] = {"go", "stop", NULL};
    item->verb = SCN_DO_GUEST;
    item->guest = (struct scn_guest){.vm = take_word(c, "a VM")};
    struct machine_job *job = &item->guest.job;
    if (!item->guest.vm.text)
        return;
    switch (scn_choice(c, "act of a guest", words)) {
    case SET:
        parse_guest_set(c, job);
        break;
    case PROMISC: /* the two bits are put together when it happens: bit 8 says which is meant (act.c) */
        job->kind = MACHINE_JOB_RX_MODE;
        job->arg = 0x100 | (scn_on_off(c, "value of promisc") ? 1 : 0);
        break;
    case ALLMULTI:
        job->kind = MACHINE_JOB_RX_MODE;
        job->arg = 0x200 | (scn_on_off(c, "value of allmulti") ? 2 : 0);
        break;
    case ADD:
        parse_guest_list(c, job, true);
        break;
    case DEL:
        parse_guest_list(c, job, false);
        break;
    case RX:
        job->kind = MACHINE_JOB_RX_STOP;
        job->arg = scn_choice(c, "order about rx", rx) == 1;
        break;
    case BAD_RX:
        job->kind = MACHINE_JOB_BAD_RX_BUFFER;
        if (!scn_accept(c, "off"))
            scn_address(c, "an address", &job->arg);
        break;
    case BAD_TX:
        job->kind = MACHINE_JOB_BAD_TX;
        scn_address(c, "an address", &job->arg);
        break;
    case BAD_DESC:
        job->kind = MACHINE_JOB_BAD_DESCRIPTOR;
        break;
    case WILD:
        job->kind = MACHINE_JOB_WILD_STORE;
        scn_address(c, "an address", &job->arg);
        break;
    case HANG:
        job->kind = MACHINE_JOB_HANG;
        break;
    case RESET:
        scn_need(c, "vf");
        job->kind = MACHINE_JOB_RESET_VF;
        break;
    case PLUG:
        scn_parse_guest_hotplug(c, job);
        break;
    case DRIVER:
        job->kind = MACHINE_JOB_DRIVER;
        job->arg = scn_choice(c, "network driver", drivers) == 1;
        break;
    case ETHTOOL:
        scn_parse_guest_ethtool(c, item, item->guest.vm);
        break;
    case IP:
        scn_parse_guest_ip(c, item, item->guest.vm);
        break;
    case BRIDGE:
        scn_parse_guest_bridge(c, item, item->guest.vm);
        break;
    }
}

/* ---- stop, policy, iommu, reset ---- */

static void parse_policy(struct scn_cursor *c, struct scn_item *item)
{
    static const char *const policies[] = {"mac-change", "promisc", "forged", "vlan-trunk", "passthrough", NULL};
    static const char *const verdicts[] = {"refuse", "allow", NULL};
    item->verb = SCN_DO_POLICY;
    item->act.name = take_word(c, "a VM");
    int which = item->act.name.text ? scn_choice(c, "policy", policies) : -1;
    if (which < 0)
        return;
    item->act.policy = (enum host_policy)which;
    item->act.on = scn_choice(c, "answer of a policy", verdicts) == 1;
}

static void parse_iommu(struct scn_cursor *c, struct scn_item *item)
{
    static const char *const verbs[] = {"unmap", "map", NULL};
    item->verb = SCN_DO_IOMMU;
    item->act.name = take_word(c, "a VM");
    int which = item->act.name.text ? scn_choice(c, "order to the IOMMU", verbs) : -1;
    if (which < 0)
        return;
    item->act.on = which == 1;
    const struct scn_word *addr = scn_peek(c);
    if (!scn_address(c, "a guest-physical address", &item->act.addr) || !scn_need(c, "size"))
        return;
    const struct scn_word *size = scn_peek(c);
    if (!scn_size(c, "the range", 4096, VM_RAM_MAX, &item->act.size))
        return;
    if (item->act.addr % 4096)
        scn_fail(c, addr->at, "an IOMMU maps whole pages: '%s' is no multiple of 4K", addr->text);
    if (item->act.size % 4096)
        scn_fail(c, size->at, "an IOMMU maps whole pages: '%s' is no multiple of 4K", size->text);
}

static void parse_replay(struct scn_cursor *c, struct scn_item *item) { scn_parse_workload(c, item, true); }
static void parse_flow(struct scn_cursor *c, struct scn_item *item) { scn_parse_workload(c, item, false); }
static void parse_suspend(struct scn_cursor *c, struct scn_item *item) { scn_parse_standstill(c, item, SCN_DO_SUSPEND); }
static void parse_resume(struct scn_cursor *c, struct scn_item *item) { scn_parse_standstill(c, item, SCN_DO_RESUME); }
static void parse_snapshot(struct scn_cursor *c, struct scn_item *item) { scn_parse_standstill(c, item, SCN_DO_SNAPSHOT); }
static void parse_restore(struct scn_cursor *c, struct scn_item *item) { scn_parse_standstill(c, item, SCN_DO_RESTORE); }

static void parse_stop(struct scn_cursor *c, struct scn_item *item)
{
    item->verb = SCN_DO_STOP;
    item->act.name = take_word(c, "a flow");
}

static void parse_reset(struct scn_cursor *c, struct scn_item *item)
{
    item->verb = SCN_DO_RESET;
    item->act.name = take_word(c, "a VM, or a NIC");
    item->act.of_driver = scn_accept(c, "driver");
    item->act.on = !item->act.of_driver && !scn_accept(c, "pf"); /* off: of a PF */
    if (item->act.on)
        scn_need(c, "vf");
}

/* The words that begin what happens: the only list of them. */
static const struct {
    const char *word;
    void (*parse)(struct scn_cursor *c, struct scn_item *item);
} verbs[] = {
    {"replay", parse_replay},           {"flow", parse_flow},       {"stop", parse_stop},
    {"switch", parse_mode},             {"ip", scn_parse_ip},       {"guest", parse_guest},
    {"policy", parse_policy},           {"iommu", parse_iommu},     {"reset", parse_reset},
    {"migrate", scn_parse_migrate},     {"bridge", scn_parse_bridge}, {"ethtool", scn_parse_ethtool},
    {"testpmd", scn_parse_testpmd},     {"suspend", parse_suspend}, {"resume", parse_resume},
    {"hotplug", scn_parse_hotplug},     {"set", scn_parse_setting}, {"iochain", scn_parse_iochain},
    {"snapshot", parse_snapshot},       {"restore", parse_restore},
};
enum { VERBS = sizeof(verbs) / sizeof(verbs[0]) };

bool scn_is_verb(const char *word)
{
    for (unsigned i = 0; i < VERBS; i++)
        if (!strcmp(verbs[i].word, word))
            return true;
    return !strcmp(word, "expect") || !strcmp(word, "try");
}

static void parse_one(struct scn_cursor *c, struct scn_item *item)
{
    const char *words[VERBS + 3];
    for (unsigned i = 0; i < VERBS; i++)
        words[i] = verbs[i].word;
    words[VERBS] = "expect"; /* taken before: for the message */
    words[VERBS + 1] = "try";
    words[VERBS + 2] = NULL;
    const struct scn_word *word = scn_peek(c);
    int i = scn_choice(c, "verb of the timeline", words);
    if (i >= 0 && i < VERBS)
        verbs[i].parse(c, item);
    else if (i >= 0)
        scn_fail(c, word->at, "'try' goes before an act, once");
    scn_finish(c);
}

void scn_parse_act(struct scn_cursor *c, sim_time at)
{
    struct scenario *sc = scn_scenario(c);
    if (sc->item_count == SCN_ITEMS_MAX) {
        scn_fail(c, c->words[0].at, "more than %d lines of timeline", SCN_ITEMS_MAX);
        return;
    }
    bool tries = scn_accept(c, "try");
    const char *text = text_from(c, c->next);
    if (!tries && scn_accept(c, "expect")) {
        scn_parse_expect(c, false, at);
        return;
    }
    struct scn_pos pos = scn_peek(c) ? scn_peek(c)->at : c->end;
    struct scn_item *item = SCN_ADD(sc->items, sc->item_count);
    *item = (struct scn_item){.at = pos, .time = at, .text = text, .tries = tries};
    parse_one(c, item);
}
