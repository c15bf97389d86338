/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The notes of a report: what is worth a sentence and is neither a number nor a mistake. */
#include <inttypes.h>
#include <string.h>

#include "scenario/outcome/outcome__.h"

static void report_replay_notes(const struct world *w, struct report *r, unsigned item)
{
    for (const char *line = replay_notes(w->replays[item]); *line;) {
        size_t len = strcspn(line, "\n");
        report_text(r, NULL, NULL, 0, "replay %s: %.*s", w->sc->items[item].replay->name.text, (int)len, line);
        line += len + (line[len] == '\n');
    }
}

/* What neither finished nor can be named as blocked: the run was too short for it. */
static void report_replay_rest(const struct world *w, struct report *r, unsigned item)
{
    struct replay_status status;
    if (!w->replays[item])
        return;
    replay_get_status(w->replays[item], &status);
    if (!status.finished && !status.blocked_at)
        report_text(r, NULL, NULL, REPORT_BAD, "replay %s: not finished when the run ended: %u of %u packets were sent",
                    w->sc->items[item].replay->name.text, status.sent, status.packets);
}

/* What "VF closed" cannot say in a list of drops: by whom, and which request was refused. */
static void report_closing(struct report *r, const char *nic, unsigned vf, const struct pf_closing *c)
{
    static const char request[] = "its driver's request for frames of";
    char from[REPORT_TIME_LEN], to[REPORT_TIME_LEN], why[120] = "";
    switch ((enum pf_closed_by)c->by) {
    case PF_CLOSED_NEVER:
        return;
    case PF_CLOSED_BY_STATE:
        snprintf(why, sizeof(why), "by an operator's 'state disable'");
        break;
    case PF_CLOSED_BY_DOWN:
        snprintf(why, sizeof(why), "with its NIC, which is down");
        break;
    case PF_CLOSED_BY_FRAME:
        snprintf(why, sizeof(why), "%s %" PRIu32 " bytes (SET_LPE) was refused beside this PF's MTU", request, c->frame);
        break;
    case PF_CLOSED_BY_OLD_API:
        snprintf(why, sizeof(why), "%s %" PRIu32 " bytes (SET_LPE) was refused in API 1.0", request, c->frame);
        break;
    }
    report_text(r, NULL, NULL, 0, "%s vf %u: vport disabled from %s to %s: %s", nic, vf, report_format_time(c->from / SIM_NS, from),
                c->to == SIM_NEVER ? "the end" : report_format_time(c->to / SIM_NS, to), why);
}

static void report_closings(const struct world *w, struct report *r)
{
    for (unsigned n = 0; n < w->sc->nic_count; n++) {
        const char *nic = w->sc->nics[n].name.text;
        struct pf *pf = host_find_pf(w->hosts[w->sc->nics[n].host], nic);
        for (unsigned vf = 0; pf && vf < pf_vf_count(pf); vf++) {
            struct pf_closing closing;
            pf_vf_get_closing(pf, vf, &closing);
            report_closing(r, nic, vf, &closing);
        }
    }
}

/* Neither closed nor failed: its act's ending tells of that. */
static bool is_open(const struct tcp_flow *flow)
{
    struct tcp_flow_report report;
    tcp_flow_get_report(flow, &report);
    return !tcp_flow_is_done(flow) && report.ended[0] <= TCP_END_CLOSED && report.ended[1] <= TCP_END_CLOSED;
}

void world__report_notes(const struct world *w, struct report *r)
{
    char time[REPORT_TIME_LEN], why[400];
    report_list(r, "notes", NULL, REPORT_LINES, REPORT_SKIP_EMPTY);
    if (w->st.at_limit)
        report_text(r, NULL, NULL, REPORT_BAD, "the run was stopped at its limit of simulated time, %s (limit time)",
                    report_format_time(w->sc->limit_time / SIM_NS, time));
    if (w->st.stuck)
        report_text(r, NULL, NULL, 0, "the run ended because nothing has moved since %s",
                    report_format_time(w->st.quiet_since / SIM_NS, time));
    if (!w->interrupted && world__stuck_of_no_flow(w, why, sizeof(why)))
        report_text(r, NULL, NULL, 0, "frames that belong to no flow are still under way: %s", why);
    for (unsigned i = 0; i < w->sc->item_count; i++)
        if (w->replays[i])
            report_replay_notes(w, r, i);
    for (unsigned i = 0; i < w->sc->item_count; i++)
        report_replay_rest(w, r, i);
    for (unsigned i = 0; i < w->sc->item_count; i++)
        if (w->flows[i] && !flow_source_done(w->flows[i]))
            report_text(r, NULL, NULL, 0, "flow %s: not finished when the run ended", w->sc->items[i].flow->name.text);
        else if (w->connections[i] && is_open(w->connections[i]))
            report_text(r, NULL, NULL, 0, "flow %s: not finished when the run ended", w->sc->items[i].tcp->name.text);
    report_closings(w, r);
    for (uint64_t i = 0; i < w->st.notes; i++)
        if (w->notes[i].kind == WORLD_NOTE)
            report_text(r, NULL, NULL, 0, "line %" PRIu32 " at %s: %s", w->notes[i].line,
                        report_format_time(w->notes[i].at / SIM_NS, time), w->notes[i].text);
    if (w->st.notes_left_out)
        report_text(r, NULL, NULL, 0, "and %" PRIu64 " more notes, which are left out", w->st.notes_left_out);
    report_end(r);
}
