/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/scenario.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/alloc.h"
#include "scenario/scenario__.h"

static char *keep(struct scenario *sc, const char *text) { return text ? scn_printf(sc, "%s", text) : NULL; }

static struct scenario *create(const char *path, const struct scenario_options *options)
{
    struct scenario *sc = alloc_zero("the scenario", 1, sizeof(*sc));
    bool is_stdin = !strcmp(path, "-");
    sc->path = keep(sc, path);
    sc->label = keep(sc, is_stdin ? "stdin" : path);
    const char *slash = is_stdin ? NULL : strrchr(path, '/');
    sc->folder = scn_printf(sc, "%.*s", slash ? (int)(slash - path + 1) : 0, path);
    sc->title = "";
    sc->seed = 1;
    sc->limit_time = 60 * SIM_S;
    sc->parse_line = scn_parse_line;
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
    sc->snapshots = options->snapshots && *options->snapshots ? keep(sc, options->snapshots) : NULL;
    return sc;
}

static void parse(struct scenario *sc)
{
    scn_parse_text(sc);
    scn_check(sc);
}

static int read_all(FILE *in, char **text, size_t *len)
{
    size_t room = 1 << 16, used = 0;
    char *buf = alloc_bytes("the scenario", room);
    for (size_t got; (got = fread(buf + used, 1, room - used, in)) > 0;) {
        used += got;
        if (used < room)
            continue;
        char *more = room < SCENARIO_TEXT_MAX ? alloc_grow("the scenario", buf, 2 * room) : NULL;
        if (!more) {
            free(buf);
            return -EFBIG;
        }
        buf = more;
        room *= 2;
    }
    if (ferror(in)) {
        int err = errno ? -errno : -EIO;
        free(buf);
        return err;
    }
    *text = buf;
    *len = used;
    return 0;
}

/* Reads the text; false after a message. */
static bool read_text(struct scenario *sc)
{
    bool is_stdin = !strcmp(sc->path, "-");
    errno = 0;
    FILE *in = is_stdin ? stdin : fopen(sc->path, "re");
    int err = in ? read_all(in, &sc->text, &sc->len) : -errno;
    if (in && !is_stdin)
        fclose(in);
    if (err == -EFBIG)
        scn_error(sc, (struct scn_pos){0}, "longer than the %d MiB a scenario may have", SCENARIO_TEXT_MAX >> 20);
    else if (err)
        scn_error(sc, (struct scn_pos){0}, "%s", alloc_reason(-err));
    return !err;
}

struct scenario *scenario_read(const char *path, const struct scenario_options *options)
{
    struct scenario *sc = create(path, options);
    if (read_text(sc))
        parse(sc);
    return sc;
}

struct scenario *scn_read_lines(const char *path, void (*parse_line)(struct scn_cursor *c),
                                struct profile_reader *reader)
{
    struct scenario *sc = create(path, NULL);
    sc->parse_line = parse_line;
    sc->profile_reader = reader;
    if (read_text(sc))
        scn_parse_text(sc);
    return sc;
}

struct scenario *scenario_parse(const char *path, const char *text, size_t len, const struct scenario_options *options)
{
    return scn_parse_at(path, NULL, text, len, options);
}

struct scenario *scn_parse_at(const char *path, const char *folder, const char *text, size_t len,
                              const struct scenario_options *options)
{
    struct scenario *sc = create(path, options);
    if (folder)
        sc->folder = scn_printf(sc, "%s/", folder);
    sc->text = alloc_bytes("the scenario", len + 1);
    memcpy(sc->text, text, len);
    sc->len = len;
    parse(sc);
    return sc;
}

void scenario_destroy(struct scenario *sc)
{
    if (!sc)
        return;
    for (unsigned i = 0; i < sc->error_count; i++)
        free(sc->errors[i].text);
    for (struct scn_block *block = sc->blocks, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    free(sc->names);
    free(sc->hosts);
    free(sc->nics);
    free(sc->switches);
    free(sc->peers);
    free(sc->links);
    free(sc->vms);
    free(sc->captures);
    free(sc->items);
    free(sc->expects);
    free(sc->traces);
    free(sc->measures);
    free(sc->text);
    free(sc);
}

const char *scenario_path(const struct scenario *sc) { return sc->path; }
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
