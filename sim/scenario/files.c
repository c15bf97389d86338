/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that a scenario reads and those that a run of it writes, for who must not mix them up. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "scenario/verb.h"

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
        if (item->said && item->verb->each_input)
            item->verb->each_input(sc, item, fn, to);
    }
    if (sc->vm_count && sc->guest_image)
        fn(to, sc->guest_image, "the guest image");
    for (unsigned i = 0; i < sc->host_count; i++)
        each_in_store(sc->hosts[i].plugins.text ? sc->hosts[i].plugins.text : sc->plugin_store, fn, to);
    for (unsigned i = 0; i < sc->nic_count; i++) {
        const struct nic_model *model = sc->nics[i].model ? nic_model_find(sc->nics[i].model) : NULL;
        if (model && model->object_path)
            fn(to, model->object_path, "a chip");
        if (model && model->vf_plugin_path)
            fn(to, model->vf_plugin_path, "a plugin");
    }
}

static void tell_capture(const char *dir, const struct scn_word *name, scenario_file_fn fn, void *to)
{
    char path[PATH_MAX];
    if (name->text && snprintf(path, sizeof(path), "%s/%s.pcap", dir, name->text) < (int)sizeof(path))
        fn(to, path, "--pcap");
}

/* As verbs/capture.c opens them. */
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

void scenario_each_output(const struct scenario *sc, const char *pcap_dir, scenario_file_fn fn, void *to)
{
    if (pcap_dir)
        each_capture(sc, pcap_dir, fn, to);
    for (unsigned i = 0; i < sc->item_count; i++) {
        const struct scn_item *item = &sc->items[i];
        if (item->said && item->verb->each_output)
            item->verb->each_output(sc, item, fn, to);
    }
}
