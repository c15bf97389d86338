/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A world in a file, as one save stream: the scenario as text with its variables and seed, the digests of the files it
 * names, and every component.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/build.h"
#include "core/fnv.h"
#include "core/save.h"
#include "scenario/verb.h"
#include "scenario/world/world__.h"

enum { STRING_MAX = SCN_TEXT_MAX, FILES_MAX = 4096 };

/* ---- digests of what lies outside ---- */

static int digest_file(const char *path, uint64_t *digest)
{
    FILE *in = fopen(path, "re");
    if (!in)
        return -errno;
    uint8_t buf[16384];
    *digest = FNV_BASIS;
    for (size_t got; (got = fread(buf, 1, sizeof(buf), in)) > 0;)
        *digest = fnv1a(*digest, buf, got);
    int err = ferror(in) ? -EIO : 0;
    fclose(in);
    return err;
}

static int is_plugin(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 3 && !strcmp(entry->d_name + len - 3, ".so");
}

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

/* Of the names and contents of all plugins in a store. An empty or missing store has a digest too. */
static int digest_store(const char *dir, uint64_t *digest)
{
    struct dirent **entries = NULL;
    int count = scandir(dir, &entries, is_plugin, by_name), err = count < 0 && errno != ENOENT ? -errno : 0;
    *digest = FNV_BASIS;
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX];
        uint64_t one = 0;
        snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
        if (!err)
            err = digest_file(path, &one);
        *digest = fnv1a(fnv1a(*digest, entries[i]->d_name, strlen(entries[i]->d_name)), &one, sizeof(one));
        free(entries[i]);
    }
    free(entries);
    return err;
}

/* Write the digest, or compare it: the file must be what it was. `err`: of making it. */
static void save_digest(struct save *s, const char *what, const char *path, int err, const uint64_t *made)
{
    if (err) {
        save_fail(s, err, "%s: the %s can't be read: %s", path, what, alloc_reason(-err));
        return;
    }
    uint64_t digest = *made, then = digest;
    save_field(s, then);
    if (save_is_loading(s) && !s->err && then != digest)
        save_fail(s, -EPROTO, "%s: this %s is not the one the world was saved with", path, what);
}

static void save_outside(struct world *w, struct save *s)
{
    const struct scenario *sc = w->sc;
    uint64_t digest = 0;
    save_section(s, "files", 1);
    for (unsigned i = 0; i < sc->item_count; i++) {
        struct verb_input input;
        if (sc->items[i].verb->input && sc->items[i].verb->input(w, i, &input))
            save_digest(s, input.what, input.path, 0, &input.digest);
    }
    if (sc->vm_count)
        save_digest(s, "guest image", sc->guest_image, digest_file(sc->guest_image, &digest), &digest);
    for (unsigned i = 0; i < sc->host_count; i++) {
        const char *store = sc->hosts[i].plugins.text ? sc->hosts[i].plugins.text : sc->plugin_store;
        if (store)
            save_digest(s, "plugin store", store, digest_store(store, &digest), &digest);
    }
    for (unsigned i = 0; i < sc->nic_count; i++) {
        const struct nic_model *model = nic_model_find(sc->nics[i].model);
        if (model->object_path)
            save_digest(s, "chip", model->object_path, digest_file(model->object_path, &digest), &digest);
        if (model->vf_plugin_path)
            save_digest(s, "plugin", model->vf_plugin_path, digest_file(model->vf_plugin_path, &digest), &digest);
    }
    for (int i = 0; i < PROFILE_COUNT; i++)
        save_expect_u64(s, profile_describe((enum profile_key)i)->name, w->sim->profile.value[i]);
}

/* ---- the scenario ---- */

/* A string, in either direction; loading gives memory of the caller. */
static char *save_string(struct save *s, const char *text, size_t len)
{
    uint64_t size = len;
    save_field(s, size);
    if (!save_is_loading(s)) {
        save_bytes(s, (void *)text, len);
        return NULL;
    }
    if (s->err || size > STRING_MAX) {
        save_fail(s, -EPROTO, "a text of %zu bytes", (size_t)size);
        return NULL;
    }
    char *read = alloc_zero("a saved world", 1, size + 1);
    save_bytes(s, read, size);
    return read;
}

static void write_string(struct save *s, const char *text) { save_string(s, text ? text : "", text ? strlen(text) : 0); }

static void write_scenario(const struct scenario *sc, struct save *s)
{
    char folder[PATH_MAX], snapshots[PATH_MAX];
    char *whole_snapshots = sc->snapshots ? realpath(sc->snapshots, snapshots) : NULL;
    char *whole = realpath(*sc->file.folder ? sc->file.folder : ".", folder);
    uint64_t seeded = sc->seed_overridden, seed = sc->seed, overrides = sc->override_count;
    if (!whole) {
        save_fail(s, -errno, "the folder of the scenario: %s", alloc_reason(errno));
        return;
    }
    save_section(s, "vfsim", 3);
    write_string(s, sc->file.path);
    write_string(s, whole);
    save_string(s, sc->file.text, sc->file.len);
    write_string(s, sc->guest_image);
    write_string(s, sc->plugin_store);
    write_string(s, whole_snapshots ? whole_snapshots : sc->snapshots);
    save_field(s, seeded);
    save_field(s, seed);
    save_field(s, overrides);
    for (unsigned i = 0; i < sc->override_count; i++) {
        write_string(s, sc->overrides[i].name);
        write_string(s, sc->overrides[i].value);
    }
}

static struct scenario *read_scenario(struct save *s, const struct scenario_options *files)
{
    struct scenario_var vars[SCN_VARS_MAX] = {{0}};
    struct scenario_options options = {.vars = vars};
    struct scenario *sc = NULL;
    uint64_t seeded = 0, overrides = 0;
    save_section(s, "vfsim", 3);
    char *path = save_string(s, NULL, 0), *folder = save_string(s, NULL, 0), *text = save_string(s, NULL, 0);
    size_t len = text ? strlen(text) : 0;
    char *image = save_string(s, NULL, 0), *store = save_string(s, NULL, 0), *snapshots = save_string(s, NULL, 0);
    save_field(s, seeded);
    save_field(s, options.seed);
    save_field(s, overrides);
    if (overrides > SCN_VARS_MAX)
        save_fail(s, -EPROTO, "%u variables", (unsigned)overrides);
    for (; options.var_count < overrides && !s->err; options.var_count++) {
        vars[options.var_count].name = save_string(s, NULL, 0);
        vars[options.var_count].value = save_string(s, NULL, 0);
    }
    if (!s->err) {
        options.seed_given = seeded;
        options.guest_image = files && files->guest_image ? files->guest_image : image;
        options.plugin_store = files && files->plugin_store ? files->plugin_store : store;
        options.profiles = files ? files->profiles : NULL;
        options.snapshots = files && files->snapshots ? files->snapshots : snapshots;
        sc = scn_parse_at(path, folder, text, len, &options);
    }
    for (unsigned i = 0; i < options.var_count; i++) {
        free((char *)vars[i].name);
        free((char *)vars[i].value);
    }
    char *strings[] = {path, folder, text, image, store, snapshots};
    for (unsigned i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
        free(strings[i]);
    return sc;
}

/* ---- files ---- */

static void write_world(struct world *w, struct save *s)
{
    save_init_writer(s);
    write_scenario(w->sc, s);
    save_outside(w, s);
    sim_save(w->sim, s);
}

int world_save(struct world *w, const char *path, char *err, size_t err_cap)
{
    struct save s;
    write_world(w, &s);
    int code = s.err;
    if (code)
        snprintf(err, err_cap, "%s: %s", path, s.why);
    else
        code = world__stream_write(STREAM_WORLD, path, s.buf, s.len, err, err_cap);
    save_fini(&s);
    return code;
}

int world_save_memory(struct world *w, void **bytes, size_t *len, char *err, size_t err_cap)
{
    struct save s;
    struct build_id id = build_id();
    write_world(w, &s);
    int code = s.err;
    if (code) {
        snprintf(err, err_cap, "%s", s.why);
    } else {
        uint8_t *copy = alloc_bytes("a saved world", sizeof(id) + s.len);
        memcpy(copy, &id, sizeof(id));
        memcpy(copy + sizeof(id), s.buf, s.len);
        *bytes = copy;
        *len = sizeof(id) + s.len;
    }
    save_fini(&s);
    return code;
}

/* Everything wrong with rebuilding it, as one message. */
static void tell_errors(const struct scenario *sc, const char *path, char *err, size_t err_cap)
{
    const char *text = scenario_error_text(sc, 0, NULL, NULL);
    snprintf(err, err_cap, "%s: the scenario can't be rebuilt: %s", path, text ? text : "unknown");
}

/* `path`: what messages call it. */
static struct world *read_world(const char *path, const void *bytes, size_t len, const struct world_options *options,
                                const struct scenario_options *files, struct scenario **sc, char *err, size_t err_cap)
{
    struct save s;
    save_init_reader(&s, bytes, len);
    struct world *w = NULL;
    *sc = read_scenario(&s, files);
    if (*sc && !(w = world_build(*sc, options)))
        tell_errors(*sc, path, err, err_cap);
    if (w) {
        save_outside(w, &s);
        sim_save(w->sim, &s);
    }
    if (s.err) {
        snprintf(err, err_cap, "%s: %s", path, s.why);
        world_destroy(w);
        w = NULL;
    }
    if (!w) {
        scenario_destroy(*sc);
        *sc = NULL;
    }
    save_fini(&s);
    return w;
}

struct world *world_restore(const char *path, const struct world_options *options, const struct scenario_options *files,
                            struct scenario **sc, char *err, size_t err_cap)
{
    struct world_blob body;
    *sc = NULL;
    if (world__stream_read(STREAM_WORLD, path, &body, err, err_cap))
        return NULL;
    struct world *w = read_world(path, body.bytes, body.len, options, files, sc, err, err_cap);
    free(body.bytes);
    return w;
}

struct world *world_restore_memory(const void *bytes, size_t len, const struct world_options *options,
                                   const struct scenario_options *files, struct scenario **sc, char *err, size_t err_cap)
{
    static const char name[] = "a saved world in memory";
    struct build_id now = build_id(), then;
    *sc = NULL;
    if (len < sizeof(then)) {
        snprintf(err, err_cap, "%s: %zu bytes are none", name, len);
        return NULL;
    }
    memcpy(&then, bytes, sizeof(then));
    if (memcmp(&then, &now, sizeof(then)) != 0) {
        snprintf(err, err_cap, "%s: it was saved by another build, or is no saved world", name);
        return NULL;
    }
    return read_world(name, (const uint8_t *)bytes + sizeof(then), len - sizeof(then), options, files, sc, err, err_cap);
}
