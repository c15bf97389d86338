/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plugin store: images by name, from the host's folder, read and checked once for every host and world. */
#include <stdio.h>
#include <string.h>

#include "host/host__.h"

static const char kind[] = "plugin image";

static void image_free(void *thing) { plugin_image_free(thing); }

static uint64_t image_digest(const void *thing)
{
    const struct plugin_image *image = thing;

    return recycler_hash(recycler_hash(image->check, image->file, image->file_len), image->memory, image->memory_len);
}

/* Names come from PF drivers and scenarios: a file of the folder, nothing above it. */
static bool name_is_good(const char *name)
{
    return name[0] && name[0] != '.' && !strchr(name, '/') && strlen(name) < PF_PLUGIN_NAME_MAX;
}

/* Of a chip from outside the plugin may lie beside the chip. */
static void path_of(const struct host *host, const char *name, char *path, size_t cap)
{
    const struct nic_model *model;

    snprintf(path, cap, "%s/%s", host->store, name);
    for (unsigned i = 0; (model = nic_model_at(i)); i++)
        if (model->vf_plugin_path && !strcmp(model->vf_plugin, name))
            snprintf(path, cap, "%s", model->vf_plugin_path);
}

static bool is_left_out(const struct host *host, const char *name)
{
    size_t len = strlen(name);

    for (const char *at = host->without; *at; at += at[strcspn(at, ",")] ? strcspn(at, ",") + 1 : strcspn(at, ","))
        if (strcspn(at, ",") == len && !strncmp(at, name, len))
            return true;
    return false;
}

struct plugin_image *host__store_find(struct host *host, const char *name, char *err, size_t err_cap)
{
    char path[sizeof(host->store) + PF_PLUGIN_NAME_MAX + 2];
    struct plugin_image *image;

    for (unsigned i = 0; i < host->plugins; i++)
        if (!strcmp(host->plugin_name[i], name))
            return host->plugin[i];
    if (is_left_out(host, name)) {
        snprintf(err, err_cap, "%s has no %.64s in its store", host->name, name);
        return NULL;
    }
    if (!name_is_good(name)) {
        snprintf(err, err_cap, "\"%.64s\" is no name of a plugin", name);
        return NULL;
    }
    if (host->plugins == HOST_PLUGINS_MAX) {
        snprintf(err, err_cap, "more than %d plugins in use", HOST_PLUGINS_MAX);
        return NULL;
    }
    path_of(host, name, path, sizeof(path));
    image = recycler_shared(host->c.sim->recycler, kind, path);
    if (!image) {
        image = plugin_image_read(path, err, err_cap);
        if (!image)
            return NULL;
        if (guest_counts_read(path, NULL, &image->counts, err, err_cap)) {
            plugin_image_free(image);
            return NULL;
        }
        recycler_share(host->c.sim->recycler, kind, path, image, image_free, image_digest);
    }
    snprintf(host->plugin_name[host->plugins], PF_PLUGIN_NAME_MAX, "%s", name);
    host->plugin[host->plugins++] = image;
    return image;
}
