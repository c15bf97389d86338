/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of a page, and what people call the keys of a result. A key that is not here is shown by its own words. */
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "report/page/page__.h"

/* In the order in which a reader asks. */
static const struct page__section sections[] = {
    {"expectations", "expectations", REPORT_TABLE, page__put_expectations},
    {"errors", "errors", REPORT_TABLE, NULL},
    {"unexpected", "what nobody expected", REPORT_TABLE, NULL},
    {"faulty_frames", "frames that arrived other than they should", REPORT_TABLE, NULL},
    {"topology", "topology", REPORT_LINE, page__put_topology},
    {"flows", "flows", REPORT_TABLE, page__put_flows},
    {"connections", "TCP connections", REPORT_TABLE, NULL},
    {"transactions", "transactions", REPORT_TABLE, NULL},
    {"exchanges", "exchanges", REPORT_TABLE, NULL},
    {"replays", "replays", REPORT_TABLE, NULL},
    {"roles", "who plays whom", REPORT_TABLE, NULL},
    {"latencies", "latency by percentile", REPORT_TABLE, page__put_latencies},
    {"timeline", "rate over time, switches and migrations", REPORT_TIMELINE, page__put_timeline},
    {"blackouts", "blackouts by their causes", REPORT_BLOCKS, page__put_blackouts},
    {"comparison", "migrations compared", REPORT_TABLE, NULL},
    {"migrations", "migrations", REPORT_BLOCKS, NULL},
    {"switches", "switches", REPORT_BLOCKS, NULL},
    {"rollouts", "rollouts", REPORT_BLOCKS, NULL},
    {"replacements", "plugins replaced", REPORT_TABLE, NULL},
    {"shells", "shells, and the plugins in them", REPORT_TABLE, NULL},
    {"hotplugs", "VFs of the guests' own", REPORT_TABLE, NULL},
    {"standstills", "standstills", REPORT_BLOCKS, NULL},
    {"passthrough", "passthrough", REPORT_TABLE, NULL},
    {"reasons", "reasons against passthrough", REPORT_TABLE, NULL},
    {"drops", "drops by place and reason", REPORT_TABLE, NULL},
    {"frame_costs", "what a frame cost: cycles by activity", REPORT_TABLE, page__put_costs},
    {"threads", "threads", REPORT_TABLE, page__put_threads},
    {"cores", "cores", REPORT_TABLE, NULL},
    {"bottlenecks", "bottlenecks", REPORT_TABLE, NULL},
    {"vms", "virtual machines", REPORT_TABLE, NULL},
    {NULL}, /* what is not named here */
    {"control", "control requests of guests", REPORT_TABLE, NULL},
    {"guest_acts", "what was asked inside the guests", REPORT_TABLE, NULL},
    {"shown", "what the tools print", REPORT_LINES, NULL},
    {"iochain", "filters in I/O chains", REPORT_TABLE, NULL},
    {"rfc2889", "RFC 2889", REPORT_BLOCKS, NULL},
    {"notes", "notes", REPORT_LINES, NULL},
    {"assumptions", "assumptions, and how sure they are", REPORT_TABLE, NULL},
};
enum { SECTIONS = sizeof(sections) / sizeof(sections[0]) };

const struct page__section *page__section_at(unsigned i) { return i < SECTIONS ? &sections[i] : NULL; }

const struct page__section *page__section(const char *key)
{
    for (unsigned i = 0; i < SECTIONS; i++)
        if (sections[i].key && !strcmp(sections[i].key, key))
            return &sections[i];
    return NULL;
}

bool page__is_hidden(const char *key)
{
    static const char *const hidden[] = {"title", "format", "file", "begun", "verdict", "something_expected", "next"};
    for (unsigned i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
        if (!strcmp(key, hidden[i]))
            return true;
    return false;
}

static const struct {
    const char *key, *label;
} words[] = {
    {"sim_time_ns", "simulated"},
    {"begin_ns", "timeline began at"},
    {"expectation_counts", "expectations"},
    {"bps", "rate"},
    {"fps", "frames/s"},
    {"pdv_ns", "PDV"},
    {"count", "copies"},
    {"frames_lost", "lost"},
    {"frames_lost_of_no_flow", "lost of no flow"},
    {"received_on_vf", "received on VF"},
    {"sent_on_vf", "sent on VF"},
    {"mmio_trapped", "registers trapped"},
    {"mmio_direct", "registers direct"},
    {"vcpu_cycles_per_frame", "of its vCPU"},
    {"host_cycles_per_frame", "of others for it"},
    {"applied_to_vf", "on the VF"},
    {"is_vcpu", "vCPU"},
    {"steal_cycles", "stolen"},
    {"activities", ""},
    {"exit_kinds", "exits by"},
    {"learning_ns", "the outside learning"},
    {"leaving_ns", "leaving passthrough"},
    {"entering_ns", "entering passthrough"},
    {"ip4", "IPv4"},
    {"ip6", "IPv6"},
};

char *page__label(const char *key)
{
    static const char *const units[] = {"_ns", "_thousandths"};
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (!strcmp(words[i].key, key))
            return alloc_text("the page", words[i].label);
    char *label = alloc_text("the page", key);
    for (unsigned i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        size_t len = strlen(label), tail = strlen(units[i]);
        if (len > tail && !strcmp(label + len - tail, units[i]))
            label[len - tail] = '\0';
    }
    for (char *c = label; *c; c++)
        *c = *c == '_' ? ' ' : *c;
    return label;
}
