/* SPDX-License-Identifier: GPL-2.0-or-later */
/* capture NAME at POINT …: what passes a point, written to a file. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/alloc.h"
#include "scenario/verbs/verbs__.h"

static void parse_capture(struct scn_cursor *c)
{
    struct scenario *sc = scn_scenario(c);
    struct scn_capture capture = {0};
    if (!scn_declare(c, SCN_CAPTURE, sc->capture_count, &capture.name) || !scn_need(c, "at"))
        return;
    const struct scn_word *point = scn_take(c, "a peer, VM or NIC");
    if (!point)
        return;
    capture.point = *point;
    if (scn_accept(c, "filter")) {
        const struct scn_word *filter = scn_take(c, "a filter in quotes, as in \"tcp port 80\"");
        if (filter)
            capture.filter = *filter;
    }
    if (sc->capture_count == SCN_CAPTURES_MAX)
        scn_fail(c, point->at, "more than %d captures", SCN_CAPTURES_MAX);
    scn_finish(c);
    *SCN_ADD(sc->captures, sc->capture_count) = capture;
}

/* ---- building ---- */

static void open_capture(struct world *w, struct port *port, const char *dir, const char *name, const struct scn_capture *said)
{
    char path[4096], err[512];
    if (w->capture_count == WORLD_CAPTURES_MAX)
        return;
    snprintf(path, sizeof(path), "%s/%s.pcap", dir, name);
    struct capture *capture = capture_open(w->sim, port, path, said ? said->filter.text : NULL, err, sizeof(err));
    if (capture)
        w->captures[w->capture_count++] = capture;
    else
        scn_error(&w->sc->file, said ? said->name.at : (struct scn_pos){0}, "%s", err);
}

static void no_such_point(struct world *w, const struct scn_word *point)
{
    struct scn_suggest suggest;
    char near[80];
    scn_suggest_init(&suggest, point->text);
    for (struct port *port = port_next(w->sim, NULL); port; port = port_next(w->sim, port))
        scn_suggest_try(&suggest, port->name);
    scn_error(&w->sc->file, point->at, "there is no point '%s' to capture at (a peer, VM or NIC)%s", point->text,
              scn_suggest_text(&suggest, near, sizeof(near)));
}

/* Also when nothing is to be written: a mistake is one with and without --pcap. */
static void check_captures(struct world *w)
{
    char err[512];
    for (unsigned i = 0; i < w->sc->capture_count; i++) {
        const struct scn_capture *said = &w->sc->captures[i];
        if (!port_find(w->sim, said->point.text))
            no_such_point(w, &said->point);
        if (said->filter.text && capture_check_filter(said->filter.text, err, sizeof(err)))
            scn_error(&w->sc->file, said->filter.at, "%s", err);
    }
}

/* Every peer, NIC and VM, for a scenario that names no captures. */
static void open_all(struct world *w, const char *dir)
{
    struct scenario *sc = w->sc;
    for (unsigned i = 0; i < sc->peer_count; i++)
        open_capture(w, peer_port(w->peers[i]), dir, sc->peers[i].name.text, NULL);
    for (unsigned i = 0; i < sc->nic_count; i++)
        open_capture(w, &w->nics[i]->uplink, dir, sc->nics[i].name.text, NULL);
    for (unsigned i = 0; i < sc->vm_count; i++) {
        struct port *port = port_find(w->sim, sc->vms[i].name.text);
        if (port)
            open_capture(w, port, dir, sc->vms[i].name.text, NULL);
    }
}

static void build_captures(struct world *w)
{
    const char *dir = w->pcap_dir;
    struct scenario *sc = w->sc;
    check_captures(w);
    if (!dir || sc->file.error_count)
        return;
    if (mkdir(dir, 0777) && errno != EEXIST) {
        scn_error(&sc->file, (struct scn_pos){0}, "--pcap %s: %s", dir, alloc_reason(errno));
        return;
    }
    for (unsigned i = 0; i < sc->capture_count; i++)
        open_capture(w, port_find(w->sim, sc->captures[i].point.text), dir, sc->captures[i].name.text, &sc->captures[i]);
    if (!sc->capture_count)
        open_all(w, dir);
}

static const struct verb_form capture_forms[] = {{"capture NAME at POINT [filter \"…\"]", NULL, NULL, 0}, {NULL}};

static const struct verb verb_capture = {
    .kind = VERB_DECLARES,
    .word = "capture",
    .place = 110,
    .sentence = "write what passes a peer, a VM, a NIC or a port of a switch to a file, with --pcap DIR",
    .forms = capture_forms,
    .example = "capture web at web filter \"tcp port 80\"",
    .declare = parse_capture,
    .phase = BUILD_CAPTURES,
    .build = build_captures,
};
VERB(verb_capture);
