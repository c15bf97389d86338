/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plugin stores: folders that must be there, and the images in them that a switch names. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "core/alloc.h"
#include "scenario/model.h"

static const char *store_of(const struct scenario *sc, const struct scn_host *host)
{
    return host->plugins.text ? host->plugins.text : sc->plugin_store;
}

void scn_check_store(struct scenario *sc, const struct scn_host *host)
{
    const char *store = store_of(sc, host);
    if (!store)
        return;
    DIR *dir = opendir(store);
    if (!dir)
        scn_error(&sc->file, host->plugins.text ? host->plugins.at : host->name.at, "the plugins of '%s': %s: %s",
                  host->name.text, store, alloc_reason(errno));
    else
        closedir(dir);
}

/* What is there, but refused when it is injected, is no mistake of the scenario's: that may be what it shows. */
void scn_check_plugin(struct scenario *sc, const struct scn_word *plugin, const struct scn_vm *vm)
{
    const char *store = vm->host_index < sc->host_count ? store_of(sc, &sc->hosts[vm->host_index]) : NULL;
    DIR *dir = store ? opendir(store) : NULL;
    struct scn_suggest suggest;
    char near[80], path[PATH_MAX];
    if (!dir)
        return;
    snprintf(path, sizeof(path), "%s/%s", store, plugin->text);
    if (strchr(plugin->text, '/') || access(path, F_OK)) {
        scn_suggest_init(&suggest, plugin->text);
        for (const struct dirent *entry; (entry = readdir(dir));)
            scn_suggest_try(&suggest, entry->d_name);
        scn_error(&sc->file, plugin->at, "the store %s has no plugin '%s'%s", store, plugin->text,
                  scn_suggest_text(&suggest, near, sizeof(near)));
    }
    closedir(dir);
}
