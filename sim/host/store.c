/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plugin store: images by name, from the host's folder, read once. */
#include <stdio.h>
#include <string.h>

#include "host/host__.h"

/* Names come from PF drivers and scenarios: a file of the folder, nothing above it. */
static bool name_is_good(const char *name)
{
    return name[0] && name[0] != '.' && !strchr(name, '/') && strlen(name) < PF_PLUGIN_NAME_MAX;
}

struct plugin_image *host__store_find(struct host *host, const char *name, char *err, size_t err_cap)
{
    char path[sizeof(host->store) + PF_PLUGIN_NAME_MAX + 2];
    struct plugin_image *image;

    for (unsigned i = 0; i < host->plugins; i++)
        if (!strcmp(host->plugin_name[i], name))
            return host->plugin[i];
    if (!name_is_good(name)) {
        snprintf(err, err_cap, "\"%.64s\" is no name of a plugin", name);
        return NULL;
    }
    if (host->plugins == HOST_PLUGINS_MAX) {
        snprintf(err, err_cap, "more than %d plugins in use", HOST_PLUGINS_MAX);
        return NULL;
    }
    snprintf(path, sizeof(path), "%s/%s", host->store, name);
    image = plugin_image_read(path, err, err_cap);
    if (!image)
        return NULL;
    snprintf(host->plugin_name[host->plugins], PF_PLUGIN_NAME_MAX, "%s", name);
    host->plugin[host->plugins++] = image;
    return image;
}
