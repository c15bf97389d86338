/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/scenario.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "scenario/verb.h"

static char *keep(struct scenario *sc, const char *text) { return text ? scn_printf(&sc->file, "%s", text) : NULL; }

static struct scenario *create(const char *path, const struct scenario_options *options)
{
    struct scenario *sc = alloc_zero("the scenario", 1, sizeof(*sc));
    scn_file_init(&sc->file, path);
    sc->verb_count = verbs_all(sc->verbs);
    sc->title = "";
    sc->seed = 1;
    sc->limit_time = 60 * SIM_S;
    if (!options)
        return sc;
    for (unsigned i = 0; i < options->var_count && i < SCN_VARS_MAX; i++)
        sc->overrides[sc->override_count++] =
            (struct scn_var){keep(sc, options->vars[i].name), keep(sc, options->vars[i].value), false};
    sc->seed_overridden = options->seed_given;
    if (options->seed_given)
        sc->seed = options->seed;
    sc->guest_image = keep(sc, options->guest_image);
    sc->plugin_store = keep(sc, options->plugin_store);
    sc->profiles = keep(sc, options->profiles);
    sc->snapshots = options->snapshots && *options->snapshots ? keep(sc, options->snapshots) : NULL;
    return sc;
}

void scenario_close(struct scenario *sc)
{
    if (!sc->closed)
        scn_check(sc);
    sc->closed = true;
}

static void parse(struct scenario *sc)
{
    scn_parse_text(&sc->file, scn_parse_line);
    scenario_close(sc);
}

struct scenario *scenario_begin(const char *path, const char *folder, const struct scenario_options *options)
{
    struct scenario *sc = create(path, options);
    if (folder)
        sc->file.folder = scn_printf(&sc->file, "%s/", folder);
    sc->file.text = alloc_text("the scenario", "");
    return sc;
}

void scenario_add(struct scenario *sc, const char *lines, size_t len)
{
    assert(!sc->closed);
    if (scn_file_add(&sc->file, lines, len))
        scn_parse_text(&sc->file, scn_parse_line);
}

struct scenario *scenario_read(const char *path, const struct scenario_options *options)
{
    struct scenario *sc = create(path, options);
    if (scn_file_read(&sc->file))
        parse(sc);
    return sc;
}

struct scenario *scenario_parse(const char *path, const char *text, size_t len, const struct scenario_options *options)
{
    return scn_parse_at(path, NULL, text, len, options);
}

struct scenario *scn_parse_at(const char *path, const char *folder, const char *text, size_t len,
                              const struct scenario_options *options)
{
    struct scenario *sc = scenario_begin(path, folder, options);
    sc->file.text = alloc_grow("the scenario", sc->file.text, len + 1);
    memcpy(sc->file.text, text, len);
    sc->file.len = len;
    parse(sc);
    return sc;
}

void scenario_destroy(struct scenario *sc)
{
    if (!sc)
        return;
    free(sc->names);
    free(sc->hosts);
    free(sc->nics);
    free(sc->switches);
    free(sc->peers);
    free(sc->links);
    free(sc->vms);
    free(sc->captures);
    free(sc->sweeps);
    free(sc->items);
    free(sc->expects);
    free(sc->traces);
    free(sc->measures);
    scn_file_fini(&sc->file);
    free(sc);
}

unsigned scenario_error_count(const struct scenario *sc) { return sc->file.error_count; }

const char *scenario_error_text(const struct scenario *sc, unsigned i, unsigned *line, unsigned *col)
{
    if (i >= sc->file.error_count)
        return NULL;
    if (line)
        *line = sc->file.errors[i].at.line;
    if (col)
        *col = sc->file.errors[i].at.col;
    return sc->file.errors[i].text;
}

void scenario_forget_errors(struct scenario *sc, unsigned from)
{
    while (sc->file.error_count > from)
        free(sc->file.errors[--sc->file.error_count].text);
}

bool scenario_has_more_errors(const struct scenario *sc) { return sc->file.more_errors; }

void scenario_print_excerpt(const struct scenario *sc, unsigned i, FILE *out)
{
    if (i < sc->file.error_count && sc->file.errors[i].at.line)
        scn_print_excerpt(&sc->file, sc->file.errors[i].at, out);
}

void scenario_print_errors(const struct scenario *sc, FILE *out) { scn_print_errors(&sc->file, out); }

const char *scenario_path(const struct scenario *sc) { return sc->file.path; }
const char *scenario_title(const struct scenario *sc) { return sc->title; }

static int add_count(char *buf, size_t cap, unsigned count, const char *one, const char *many)
{
    return snprintf(buf, cap, "%u %s", count, count == 1 ? one : many);
}

void scenario_summary(const struct scenario *sc, char *buf, size_t cap)
{
    const struct {
        unsigned count;
        const char *one, *many;
    } parts[] = {
        {sc->host_count, "host", "hosts"},
        {sc->nic_count, "NIC", "NICs"},
        {sc->vm_count, "VM", "VMs"},
        {sc->peer_count, "peer", "peers"},
        {sc->switch_count, "switch", "switches"},
        {sc->link_count, "link", "links"},
        {sc->item_count, "act", "acts"},
        {sc->expect_count + sc->trace_count, "expectation", "expectations"},
    };
    size_t len = 0;
    buf[0] = 0;
    for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]) && len + 2 < cap; i++) {
        if (len)
            len += (size_t)snprintf(buf + len, cap - len, ", ");
        len += (size_t)add_count(buf + len, cap - len, parts[i].count, parts[i].one, parts[i].many);
    }
}
