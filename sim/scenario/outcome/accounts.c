/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the cores of the hosts did, a row a thread; and what a frame cost each VM.
 *
 * A VM's cycles are those of its vCPU and those that threads of hosts spent for it, wherever it lived; its frames are those that
 * its application made and was given.
 */
#include <inttypes.h>
#include <stdio.h>

#include "cpu/cpu.h"
#include "nic/vmxnet3/vmxnet3.h"
#include "scenario/outcome/outcome__.h"

enum { SHARES_SHOWN = 4, SHARE_TEXT = 120 };

/* ---- threads ---- */

/* "guest 91 %, exit 8 %": the largest first, none below a hundredth. */
static void say_shares(const struct cpu_account *account, char text[SHARE_TEXT])
{
    uint64_t sum = cpu_account_sum(account);
    bool said[CPU_ACTIVITIES] = {false};
    size_t len = 0;

    text[0] = '\0';
    for (unsigned n = 0; sum && n < SHARES_SHOWN; n++) {
        unsigned most = CPU_ACTIVITIES;
        for (unsigned i = 0; i < CPU_ACTIVITIES; i++)
            if (!said[i] && (most == CPU_ACTIVITIES || account->cycles[i] > account->cycles[most]))
                most = i;
        uint64_t share = (uint64_t)((unsigned __int128)account->cycles[most] * 100 / sum);
        if (!share)
            return;
        said[most] = true;
        len += (size_t)snprintf(text + len, SHARE_TEXT - len, "%s%s %" PRIu64 " %%", n ? ", " : "",
                                cpu_activity_name((enum cpu_activity)most), share);
    }
}

static void report_account(struct report *r, const char *key, const struct cpu_account *account)
{
    report_object(r, key, NULL, REPORT_LINE, REPORT_JSON_ONLY);
    for (unsigned i = 0; i < CPU_ACTIVITIES; i++)
        report_number(r, cpu_activity_name((enum cpu_activity)i), NULL, REPORT_JSON_ONLY, account->cycles[i]);
    report_end(r);
}

static sim_time busy_ps(const struct world *w, const struct cpu_thread *thread, const struct cpu_use *use)
{
    struct sim_rate rate = sim_rate_cycles(profile_peek(&w->sim->profile, PROFILE_cpu_khz));
    return thread->kind == CPU_VCPU ? sim_rate_take(&rate, use->busy) : use->busy_ps;
}

static void report_thread(const struct world *w, struct report *r, const char *host, const struct cpu_thread *thread)
{
    char shares[SHARE_TEXT];
    struct cpu_use use;

    cpu_thread_get_use(thread, &use);
    say_shares(&thread->st.own, shares);
    report_object(r, NULL, NULL, REPORT_LINE, use.busy || use.steal ? 0 : REPORT_JSON_ONLY);
    report_text(r, "host", NULL, 0, "%s", host);
    report_text(r, "thread", NULL, 0, "%s", thread->name);
    report_bool(r, "is_vcpu", NULL, REPORT_JSON_ONLY, thread->kind == CPU_VCPU);
    report_time(r, "busy_ns", "busy", 0, busy_ps(w, thread, &use));
    report_number(r, "use_thousandths", NULL, REPORT_JSON_ONLY, use.thousandths);
    report_text(r, NULL, "use", REPORT_TEXT_ONLY, "%" PRIu64 ".%" PRIu64 " %%", use.thousandths / 10, use.thousandths % 10);
    report_number(r, "cycles", NULL, 0, use.busy);
    report_number(r, "idle_cycles", NULL, REPORT_JSON_ONLY, use.idle);
    report_number(r, "steal_cycles", "stolen", 0, use.steal);
    report_text(r, NULL, "for", REPORT_TEXT_ONLY, "%s", shares);
    report_account(r, "activities", &thread->st.own);
    report_account(r, "done_for_it", &thread->st.for_it);
    report_end(r);
}

static void report_threads(const struct world *w, struct report *r)
{
    bool is_shared = false;
    for (unsigned h = 0; h < w->sc->host_count; h++)
        is_shared |= cores_count(host_cores(w->hosts[h])) > 0;
    report_list(r, "threads", is_shared ? "threads" : "threads, each on a core of its own", REPORT_TABLE, REPORT_SKIP_EMPTY);
    for (unsigned h = 0; h < w->sc->host_count; h++) {
        const struct cores *cores = host_cores(w->hosts[h]);
        for (unsigned i = 0; i < cores_thread_count(cores); i++)
            report_thread(w, r, host_name(w->hosts[h]), cores_thread(cores, i));
    }
    report_end(r);
}

/* ---- cores ---- */

/* "12.3 %" of the run. */
static void report_share(struct report *r, const char *key, const char *label, sim_time part, sim_time of)
{
    uint64_t mille = of ? (uint64_t)((unsigned __int128)part * 1000 / of) : 0;
    report_number(r, key, NULL, REPORT_JSON_ONLY, mille);
    report_text(r, NULL, label, REPORT_TEXT_ONLY, "%" PRIu64 ".%" PRIu64 " %%", mille / 10, mille % 10);
}

static void report_core(const struct world *w, struct report *r, unsigned host, unsigned core, sim_time until)
{
    struct core_use use;

    world__core_use(w, host, core, &use);
    report_object(r, NULL, NULL, REPORT_LINE, 0);
    report_text(r, "host", NULL, 0, "%s", host_name(w->hosts[host]));
    report_number(r, "core", NULL, 0, core);
    report_time(r, "busy_ns", "busy", 0, use.run_ps);
    report_share(r, "use_thousandths", "use", use.run_ps, until);
    report_time(r, "switching_ns", "switching", 0, use.switch_ps);
    report_number(r, "switches", NULL, 0, use.switches);
    report_text(r, "alone", "its own", 0, "%s", use.alone ? use.alone->name : "");
    report_end(r);
}

/* One that a thread has for itself is as busy as that. */
void world__core_use(const struct world *w, unsigned host, unsigned core, struct core_use *out)
{
    struct cpu_use use;

    cores_get_use(host_cores(w->hosts[host]), core, out);
    if (!out->alone)
        return;
    cpu_thread_get_use(out->alone, &use);
    out->run_ps = busy_ps(w, out->alone, &use);
    out->switch_ps = 0;
    struct sim_rate rate = sim_rate_cycles(profile_peek(&w->sim->profile, PROFILE_cpu_khz));
    out->until = out->alone->kind == CPU_VCPU ? sim_rate_take(&rate, use.busy + use.idle + use.steal) : use.until;
}

sim_time world__cores_use(const struct world *w, unsigned host, sim_time *busy)
{
    unsigned cores = cores_count(host_cores(w->hosts[host]));
    sim_time until = 0;

    *busy = 0;
    for (unsigned i = 0; i < cores; i++) {
        struct core_use use;
        world__core_use(w, host, i, &use);
        *busy += use.run_ps + use.switch_ps;
        if (use.until > until)
            until = use.until;
    }
    return until * cores;
}

static void report_cores(const struct world *w, struct report *r)
{
    report_list(r, "cores", NULL, REPORT_TABLE, REPORT_SKIP_EMPTY);
    for (unsigned h = 0; h < w->sc->host_count; h++) {
        unsigned cores = cores_count(host_cores(w->hosts[h]));
        sim_time busy, whole = world__cores_use(w, h, &busy);
        for (unsigned i = 0; i < cores; i++)
            report_core(w, r, h, i, whole / cores);
    }
    report_end(r);
}

/* ---- what a frame cost ---- */

void world__vm_cost(const struct world *w, unsigned vm, struct world_vm_cost *out)
{
    struct vm_stats stats;

    vm_get_stats(w->vms[vm], &stats);
    *out = (struct world_vm_cost){.frames = stats.frames_delivered + stats.frames_made, .interrupts = stats.irqs};
    for (unsigned i = 0; i < VM_EXITS; i++)
        out->exits += vm_exits(w->vms[vm], (enum vm_exit)i);
    for (unsigned h = 0; h < w->sc->host_count; h++) {
        const struct cpu_thread *thread;
        struct vmxnet3_stats dev;
        if (!host_vm_thread(w->hosts[h], w->vms[vm], 0))
            continue;
        vmxnet3_get_stats(host_vm_device(w->hosts[h], w->vms[vm]), &dev);
        out->copies += dev.tx_frames + dev.rx_frames;
        for (unsigned i = 0; (thread = host_vm_thread(w->hosts[h], w->vms[vm], i)); i++) {
            out->own += cpu_account_sum(&thread->st.own);
            out->others += cpu_account_sum(&thread->st.for_it);
            out->idle += thread->st.idle;
            out->steal += thread->st.steal;
        }
    }
}

/* "1.250" for 5 of 4; "-" where there was no frame. */
static void report_rate(struct report *r, const char *key, const char *label, uint64_t count, uint64_t frames)
{
    uint64_t value = frames ? (uint64_t)((unsigned __int128)count * 1000 / frames) : 0;
    report_number(r, key, NULL, frames ? REPORT_JSON_ONLY : REPORT_ABSENT, value);
    report_text(r, NULL, label, REPORT_TEXT_ONLY, frames ? "%" PRIu64 ".%03" PRIu64 : "-", value / 1000, value % 1000);
}

static void report_cost(const struct world *w, struct report *r, unsigned vm)
{
    struct world_vm_cost cost;

    world__vm_cost(w, vm, &cost);
    unsigned absent = cost.frames ? 0 : REPORT_NO_VALUE;
    uint64_t frames = cost.frames ? cost.frames : 1;
    report_object(r, NULL, NULL, REPORT_LINE, 0);
    report_text(r, "vm", NULL, 0, "%s", w->sc->vms[vm].name.text);
    report_number(r, "frames", NULL, 0, cost.frames);
    report_number(r, "cycles_per_frame", "cycles", absent, (cost.own + cost.others) / frames);
    report_number(r, "vcpu_cycles_per_frame", "of its vCPU", absent, cost.own / frames);
    report_number(r, "host_cycles_per_frame", "of others for it", absent, cost.others / frames);
    report_rate(r, "exits_per_frame_thousandths", "exits", cost.exits, cost.frames);
    report_rate(r, "interrupts_per_frame_thousandths", "interrupts", cost.interrupts, cost.frames);
    report_rate(r, "copies_per_frame_thousandths", "copies", cost.copies, cost.frames);
    report_end(r);
}

void world__report_accounts(const struct world *w, struct report *r)
{
    report_cores(w, r);
    report_threads(w, r);
    report_list(r, "frame_costs", "what a frame cost", REPORT_TABLE, REPORT_SKIP_EMPTY);
    for (unsigned i = 0; i < w->sc->vm_count; i++)
        report_cost(w, r, i);
    report_end(r);
}
