/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest V …: what an operator, or a bug, does inside a VM. It is a job of the guest, done by its own code. */
#include <errno.h>
#include <string.h>

#include "scenario/verbs/guest.h"

static const struct verb verb_guest;

/* ---- parsing: an act each; `into` is the line ---- */

static struct guest_said *said_of(void *item) { return ((struct scn_item *)item)->said; }

static struct machine_job *job_of(void *item, enum machine_job_kind kind)
{
    struct machine_job *job = &said_of(item)->job;
    job->kind = kind;
    return job;
}

static void act_set(struct scn_cursor *c, void *into)
{
    struct machine_job *job = job_of(into, MACHINE_JOB_SET_MAC);
    if (scn_need(c, "mac"))
        scn_own_mac(c, job->mac);
}

static void take_rx_mode(struct scn_cursor *c, void *into, uint32_t bit, const char *what)
{
    job_of(into, MACHINE_JOB_RX_MODE);
    said_of(into)->rx_mode = bit;
    said_of(into)->rx_mode_on = scn_on_off(c, what);
}
static void act_promisc(struct scn_cursor *c, void *into) { take_rx_mode(c, into, WORLD_RX_PROMISC, "value of promisc"); }
static void act_allmulti(struct scn_cursor *c, void *into) { take_rx_mode(c, into, WORLD_RX_ALLMULTI, "value of allmulti"); }

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

static void act_add(struct scn_cursor *c, void *into) { parse_guest_list(c, &said_of(into)->job, true); }
static void act_del(struct scn_cursor *c, void *into) { parse_guest_list(c, &said_of(into)->job, false); }
static void act_rx(struct scn_cursor *c, void *into)
{
    static const char *const orders[] = {"go", "stop", NULL};
    struct machine_job *job = job_of(into, MACHINE_JOB_RX_STOP);
    job->arg = scn_choice(c, "order about rx", orders) == 1;
}
static void act_bad_rx(struct scn_cursor *c, void *into)
{
    struct machine_job *job = job_of(into, MACHINE_JOB_BAD_RX_BUFFER);
    if (!scn_accept(c, "off"))
        scn_address(c, "an address", &job->arg);
}
static void act_bad_tx(struct scn_cursor *c, void *into) { scn_address(c, "an address", &job_of(into, MACHINE_JOB_BAD_TX)->arg); }
static void act_wild_store(struct scn_cursor *c, void *into)
{
    scn_address(c, "an address", &job_of(into, MACHINE_JOB_WILD_STORE)->arg);
}
static void act_hang(struct scn_cursor *c, void *into)
{
    (void)c;
    job_of(into, MACHINE_JOB_HANG);
}
static void act_reset(struct scn_cursor *c, void *into)
{
    job_of(into, MACHINE_JOB_RESET_VF);
    scn_need(c, "vf");
}

/* How it answers the attention button of its slot. */
static void act_hotplug(struct scn_cursor *c, void *into)
{
    static const char *const words[] = {"at-once", "slow", "never", NULL};
    struct machine_job *job = job_of(into, MACHINE_JOB_HOTPLUG);
    sim_time span;
    switch (scn_choice(c, "answer to a hot-plug slot", words)) {
    case 1:
        if (scn_time(c, "how long it takes", &span))
            job->arg = span / SIM_NS;
        break;
    case 2:
        job->arg = UINT64_MAX;
        break;
    }
}
static void act_driver(struct scn_cursor *c, void *into)
{
    static const char *const drivers[] = {"plain", "npa", NULL};
    job_of(into, MACHINE_JOB_DRIVER)->arg = scn_choice(c, "network driver", drivers) == 1;
}
static void act_bad_descriptor(struct scn_cursor *c, void *into)
{
    (void)c;
    job_of(into, MACHINE_JOB_BAD_DESCRIPTOR);
}
/* [Documentation/admin-guide/sysctl/net.rst of Linux] */
static void act_sysctl(struct scn_cursor *c, void *into)
{
    static const char *const names[] = {"net.core.busy_poll", "net.core.netdev_budget", NULL};
    switch (scn_choice(c, "sysctl of the guest", names)) {
    case 0:
        scn_number(c, "microseconds of polling", 0, 1000000, &job_of(into, MACHINE_JOB_BUSY_POLL)->arg);
        break;
    case 1:
        scn_number(c, "frames a poll", 1, 1000000, &job_of(into, MACHINE_JOB_POLL_BUDGET)->arg);
        break;
    }
}
static void act_ethtool(struct scn_cursor *c, void *into) { verb__parse_guest_ethtool(c, into, said_of(into)->vm); }
static void act_ip(struct scn_cursor *c, void *into) { verb__parse_guest_ip(c, into, said_of(into)->vm); }
static void act_bridge(struct scn_cursor *c, void *into) { verb__parse_guest_bridge(c, into, said_of(into)->vm); }

static const struct scn_option acts[] = {
    {"set", act_set, "mac MAC"},
    {"promisc", act_promisc, "on|off"},
    {"allmulti", act_allmulti, "on|off"},
    {"add", act_add, "multicast MAC|vlan N|address MAC"},
    {"del", act_del, "multicast MAC|vlan N|address MAC"},
    {"rx", act_rx, "stop|go"},
    {"bad-rx-buffer", act_bad_rx, "ADDR|off"},
    {"bad-tx", act_bad_tx, "ADDR"},
    {"wild-store", act_wild_store, "ADDR"},
    {"hang", act_hang, ""},
    {"reset", act_reset, "vf"},
    {"hotplug", act_hotplug, "at-once|slow T|never"},
    {"driver", act_driver, "npa|plain"},
    {"bad-descriptor", act_bad_descriptor, ""},
    {"sysctl", act_sysctl, "net.core.busy_poll|net.core.netdev_budget N"},
    {"ethtool", act_ethtool, "[-LETTER] eth0 …"},
    {"ip", act_ip, "[-s] [-d] link set|show eth0 …"},
    {"bridge", act_bridge, "fdb show dev eth0"},
};

static void parse_guest(struct scn_cursor *c, struct scn_item *item)
{
    struct guest_said *said = item->said = scn_alloc(c->file, sizeof(*said));
    said->vm = scn_take_word(c, "a VM");
    if (said->vm.text)
        scn_take_option(c, "act of a guest", acts, sizeof(acts) / sizeof(acts[0]), item);
}

const struct guest_said *verb__guest_said(const struct scn_item *item) { return item->verb == &verb_guest ? item->said : NULL; }

static void check_guest(struct scenario *sc, struct scn_item *item)
{
    const struct guest_said *guest = item->said;
    const struct scn_name *vm = guest->vm.text ? scn_resolve(sc, &guest->vm, SCN_BIT(SCN_VM), "a VM") : NULL;

    if (vm && guest->job.kind == MACHINE_JOB_DRIVER && sc->vms[vm->index].net == MACHINE_NET_VF)
        scn_error(&sc->file, guest->vm.at, "the guest of '%s' has no vmxnet3 device whose driver could be another (net vf)",
                  guest->vm.text);
}

/* ---- acting ---- */

static void do_guest(struct world *w, unsigned index)
{
    const struct guest_said *guest = w->sc->items[index].said;
    unsigned vm = world__vm_index(w, guest->vm.text);
    struct machine_job job = guest->job;
    if (job.kind == MACHINE_JOB_RX_MODE) { /* one bit is meant: the other stays */
        w->rx_modes[vm] = (w->rx_modes[vm] & ~guest->rx_mode) | (guest->rx_mode_on ? guest->rx_mode : 0);
        job.arg = w->rx_modes[vm];
    }
    w->st.outstanding++;
    w->tallies[index] = (struct world_tally){.asked = 1, .first = sim_now(w->sim)};
    vm_job(w->vms[vm], &job, &w->comp, WORLD_JOB_DONE, index);
}

/* Whether it was refused, or its VM ended first, its ending tells by its status. */
static void job_is_done(struct world *w, unsigned index, int status)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct guest_said *guest = item->said;
    struct world_tally *tally = &w->tallies[index];
    tally->done = 1;
    tally->last = sim_now(w->sim);
    tally->status = status;
    if (!status)
        return;
    if (guest->job.kind == MACHINE_JOB_RX_MODE) /* a mode that was refused is as it was: no other bit's change asks for it again */
        w->rx_modes[world__vm_index(w, guest->vm.text)] ^= guest->rx_mode;
    world__note(w, WORLD_NOTE, item->at.line, "%s: %s", item->text, world__errno_text(status));
}

/* ---- what came of it ---- */

static void end_of_job(const struct world *w, unsigned index, struct world_ending *out)
{
    const struct world_tally *tally = &w->tallies[index];
    if (!tally->done)
        world__say_ending(out, SCN_ENDING_UNFINISHED, "the guest has not answered");
    else if (tally->status && tally->status != -EIO) /* of a VM's end the VM itself tells */
        world__say_ending(out, tally->status == -EPERM ? SCN_ENDING_REFUSED : SCN_ENDING_FAILED, "%s",
                          world__errno_text(tally->status));
}

/* What a guest was refused, its request tells. */
static bool is_told_by_request(const struct world *w, unsigned item)
{
    const struct world_tally *tally = &w->tallies[item];
    const struct guest_said *guest = w->sc->items[item].said;
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_control_count(w->hosts[h]); i++) {
            const struct control_record *record = host_control_get(w->hosts[h], i);
            if (!record->allowed && record->at >= tally->first && record->at <= tally->last && !strcmp(record->vm, guest->vm.text))
                return true;
        }
    return false;
}

static const char *vm_of(const struct scn_item *item) { return ((const struct guest_said *)item->said)->vm.text; }

static bool has_native_vm(const struct world *w)
{
    for (unsigned i = 0; i < w->sc->vm_count; i++)
        if (w->sc->vms[i].net != MACHINE_NET_VMXNET3)
            return true;
    return false;
}

/* As the guest's own caller sees it: through its driver's mailbox, or through the emulated registers. */
static void report_guest_acts(const struct world *w, struct report *r)
{
    bool any = has_native_vm(w);
    report_list(r, "guest_acts", "what was asked inside the guests", REPORT_TABLE, REPORT_SKIP_EMPTY);
    for (unsigned i = 0; any && i < w->sc->item_count; i++) {
        const struct scn_item *item = &w->sc->items[i];
        const struct world_tally *tally = &w->tallies[i];
        if (item->verb != &verb_guest || !tally->asked)
            continue;
        report_object(r, NULL, NULL, REPORT_LINE, 0);
        report_text(r, "act", NULL, 0, "%s", item->text);
        report_time(r, "at_ns", "at", 0, tally->first);
        report_text(r, "result", NULL, 0, "%s", tally->done ? world__errno_text(tally->status) : "not answered");
        report_time(r, "took_ns", "took", 0, tally->done ? tally->last - tally->first : 0);
        report_end(r);
    }
    report_end(r);
}

static const struct verb_form forms[] = {{"guest VM ACT", NULL, VERB_OPTIONS(acts)}, {NULL}};

static const struct verb verb_guest = {
    .kind = VERB_ACTS,
    .word = "guest",
    .place = 60,
    .sentence = "do inside a VM what an operator, or a bug, does there",
    .forms = forms,
    .example = "+5ms guest web set mac 02:00:00:00:00:1a",
    .endings = "refused failed unfinished",
    .parse = parse_guest,
    .check = check_guest,
    .act = do_guest,
    .done = job_is_done,
    .ending = end_of_job,
    .is_named = is_told_by_request,
    .vm_of = vm_of,
    .report = report_guest_acts,
    .report_place = REPORT_GUEST_ACTS,
};
VERB(verb_guest);
