/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that a scenario reads and those that a run of it writes, for who must not mix them up. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "scenario/model.h"

static bool is_plugin(const char *name)
{
    size_t len = strlen(name);
    return len > 3 && !strcmp(name + len - 3, ".so");
}

static void each_in_store(const char *dir, scenario_file_fn fn, void *to)
{
    DIR *store = dir ? opendir(dir) : NULL;
    char path[PATH_MAX];
    for (struct dirent *entry; store && (entry = readdir(store));)
        if (is_plugin(entry->d_name) && snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name) < (int)sizeof(path))
            fn(to, path, "a plugin");
    if (store)
        closedir(store);
}

void scenario_each_input(const struct scenario *sc, scenario_file_fn fn, void *to)
{
    if (sc->profile.text)
        fn(to, sc->profile.text, "the profile");
    for (unsigned i = 0; i < sc->item_count; i++) {
        const struct scn_item *item = &sc->items[i];
        if (item->verb == SCN_DO_REPLAY && item->replay.path)
            fn(to, item->replay.path, "a capture to be replayed");
        else if (item->verb == SCN_DO_RESTORE && item->snapshot.path)
            fn(to, item->snapshot.path, "a snapshot to be put back");
    }
    if (sc->vm_count && sc->guest_image)
        fn(to, sc->guest_image, "the guest image");
    for (unsigned i = 0; i < sc->host_count; i++)
        each_in_store(sc->hosts[i].plugins.text ? sc->hosts[i].plugins.text : sc->plugin_store, fn, to);
}

static void tell_capture(const char *dir, const struct scn_word *name, scenario_file_fn fn, void *to)
{
    char path[PATH_MAX];
    if (name->text && snprintf(path, sizeof(path), "%s/%s.pcap", dir, name->text) < (int)sizeof(path))
        fn(to, path, "--pcap");
}

/* As build.c opens them. */
static void each_capture(const struct scenario *sc, const char *dir, scenario_file_fn fn, void *to)
{
    for (unsigned i = 0; i < sc->capture_count; i++)
        tell_capture(dir, &sc->captures[i].name, fn, to);
    if (sc->capture_count)
        return;
    for (unsigned i = 0; i < sc->peer_count; i++)
        tell_capture(dir, &sc->peers[i].name, fn, to);
    for (unsigned i = 0; i < sc->nic_count; i++)
        tell_capture(dir, &sc->nics[i].name, fn, to);
    for (unsigned i = 0; i < sc->vm_count; i++)
        tell_capture(dir, &sc->vms[i].name, fn, to);
}

static bool was_named_before(const struct scenario *sc, unsigned item)
{
    for (unsigned i = 0; i < item; i++)
        if (sc->items[i].verb == SCN_DO_SNAPSHOT && sc->items[i].snapshot.file.text &&
            !strcmp(sc->items[i].snapshot.file.text, sc->items[item].snapshot.file.text))
            return true;
    return false;
}

void scenario_each_output(const struct scenario *sc, const char *pcap_dir, scenario_file_fn fn, void *to)
{
    char path[PATH_MAX];
    if (pcap_dir)
        each_capture(sc, pcap_dir, fn, to);
    for (unsigned i = 0; sc->snapshots && i < sc->item_count; i++) {
        const char *name = sc->items[i].verb == SCN_DO_SNAPSHOT ? sc->items[i].snapshot.file.text : NULL;
        if (name && !was_named_before(sc, i) &&
            snprintf(path, sizeof(path), "%s/%s", sc->snapshots, name) < (int)sizeof(path))
            fn(to, path, "--snapshots");
    }
}
