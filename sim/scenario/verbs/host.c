/* SPDX-License-Identifier: GPL-2.0-or-later */
/* host NAME …: a machine with a hypervisor, a virtual switch and a plugin store. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "core/alloc.h"
#include "host/parts/parts.h"
#include "scenario/verbs/verbs__.h"

static void take_cores(struct scn_cursor *c, void *into)
{
    uint64_t n;
    if (scn_number(c, "a number of cores", 1, CPU_CORES_MAX / 2, &n))
        ((struct scn_host *)into)->cores = (unsigned)n;
}

static void take_smt(struct scn_cursor *c, void *into) { ((struct scn_host *)into)->smt = true; }

static void take_pin(struct scn_cursor *c, void *into)
{
    struct scn_host *host = into;
    verb__take_cores(c, &host->pin, &host->pin_at);
}

static void host_npa(struct scn_cursor *c, void *into) { ((struct scn_host *)into)->npa = scn_on_off(c, "value of npa"); }

static void host_plugins(struct scn_cursor *c, void *into)
{
    struct scn_host *host = into;
    const char *path;
    if (scn_path(c, "the folder of plugins", &host->plugins, &path))
        host->plugins.text = path;
}

static void host_without(struct scn_cursor *c, void *into)
{
    struct scn_host *host = into;
    host->without = scn_take_word(c, "plugin images, with commas between");
    if (host->without.text && strlen(host->without.text) > 255)
        scn_fail(c, host->without.at, "names of images that it has not got have up to 255 characters");
}

static void host_ram(struct scn_cursor *c, void *into)
{
    scn_size(c, "the memory for VMs", 1 << 20, UINT64_C(1) << 40, &((struct scn_host *)into)->ram);
}

static void host_iommu(struct scn_cursor *c, void *into)
{
    enum { IOTLB, WALKERS, WALK, SUPERPAGES, FREE, WORDS };
    static const char *const words[] = {
        [IOTLB] = "iotlb", [WALKERS] = "walkers", [WALK] = "walk", [SUPERPAGES] = "superpages", [FREE] = "free", [WORDS] = NULL};
    struct iommu_params *iommu = &((struct scn_host *)into)->iommu;
    uint32_t seen = 0;
    uint64_t n;

    for (int which; !c->failed && (which = scn_accept_one(c, words, &seen)) >= 0;) { /* none: the host's as it is */
        if (which == IOTLB && scn_number(c, "a number of pages", 1, IOMMU_IOTLB_MAX, &n))
            iommu->iotlb = (unsigned)n;
        if (which == WALKERS && scn_number(c, "a number of page walkers", 1, IOMMU_WALKERS_MAX, &n))
            iommu->walkers = (unsigned)n;
        if (which == WALK)
            scn_time(c, "how long a page walk takes", &iommu->walk_ps);
        if (which == SUPERPAGES)
            iommu->small_pages = !scn_on_off(c, "value of superpages");
        if (which == FREE)
            iommu->iotlb = 0;
    }
    scn_end_properties(c, "property of iommu", words);
}

static void host_vectors(struct scn_cursor *c, void *into)
{
    verb__take_setting(c, host_setting_describe(HOST_SET_VECTORS), &((struct scn_host *)into)->vectors);
}

static const struct scn_option options[] = {
    {"cores", take_cores, "N"},       {"smt", take_smt, ""},
    {"pin", take_pin, "CORES"},       {"npa", host_npa, "on|off"},
    {"plugins", host_plugins, "DIR"}, {"without", host_without, "IMAGE,…"},
    {"ram", host_ram, "SIZE"},        {"iommu", host_iommu, "[iotlb N] [walkers N] [walk T] [superpages on|off] [free]"},
    {"vectors", host_vectors, "N"},
};

static void parse_host(struct scn_cursor *c)
{
    struct scenario *sc = scn_scenario(c);
    struct scn_host host = {.npa = true};
    struct pci_link_params link;

    pci_link_params_default(&link);
    host.iommu = link.iommu;
    if (!scn_declare(c, SCN_HOST, sc->host_count, &host.name))
        return;
    if (strchr(host.name.text, '.'))
        scn_fail(c, host.name.at, "a host's name has no '.': NICs are named HOST.NIC");
    if (sc->host_count == SCN_HOSTS_MAX)
        scn_fail(c, host.name.at, "more than %d hosts", SCN_HOSTS_MAX);
    scn_options(c, "option of a host", options, sizeof(options) / sizeof(options[0]), &host);
    *SCN_ADD(sc->hosts, sc->host_count) = host;
}

/* ---- its plugin store: a folder that must be there, and the images in it that a switch names ---- */

static const char *store_of(const struct scenario *sc, const struct scn_host *host)
{
    return host->plugins.text ? host->plugins.text : sc->plugin_store;
}

static void check_store(struct scenario *sc, const struct scn_host *host)
{
    const char *store = store_of(sc, host);
    if (!store)
        return;
    DIR *dir = opendir(store);
    if (!dir)
        scn_error(&sc->file, host->plugins.text ? host->plugins.at : host->name.at, "the plugins of '%s': %s: %s", host->name.text,
                  store, alloc_reason(errno));
    else
        closedir(dir);
}

/* What is there, but refused when it is injected, is no mistake of the scenario's: that may be what it shows. */
static void check_image(struct scenario *sc, const struct scn_word *plugin, const struct scn_host *host)
{
    const char *store = store_of(sc, host);
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

void verb__check_plugin(struct scenario *sc, const struct scn_word *plugin, const struct scn_vm *vm)
{
    if (vm->host_index < sc->host_count)
        check_image(sc, plugin, &sc->hosts[vm->host_index]);
}

/* What a host has not got is in its folder all the same. */
static void check_without(struct scenario *sc, const struct scn_host *host)
{
    struct scn_word name = host->without;
    for (const char *at = host->without.text; at && *at; at += strcspn(at, ","), at += *at == ',') {
        name.text = scn_printf(&sc->file, "%.*s", (int)strcspn(at, ","), at);
        check_image(sc, &name, host);
    }
}

static void check_host(struct scenario *sc, const struct scn_host *host)
{
    check_store(sc, host);
    check_without(sc, host);
    verb__check_cores(sc, host, &host->pin, host->pin_at);
    if (host->smt && !host->cores)
        scn_error(&sc->file, host->name.at, "the cores of '%s' have two threads each, but it says no number of them: add 'cores N'",
                  host->name.text);
}

static void check_all(struct scenario *sc)
{
    for (unsigned i = 0; i < sc->host_count; i++)
        check_host(sc, &sc->hosts[i]);
}

static void build_hosts(struct world *w)
{
    struct scenario *sc = w->sc;
    char err[512];
    for (unsigned i = 0; i < sc->host_count; i++) {
        const struct scn_host *host = &sc->hosts[i];
        struct host_params params = {
            .name = host->name.text,
            .cores = host->cores,
            .smt = host->smt,
            .pin = host->pin,
            .plugin_store = host->plugins.text ? host->plugins.text : sc->plugin_store,
            .without = host->without.text,
            .npa = host->npa,
            .ram_bytes = host->ram,
            .parts = host_parts,
        };
        w->hosts[i] = host_create(w->sim, &params, err, sizeof(err));
        if (!w->hosts[i])
            scn_error(&sc->file, host->name.at, "%s", err);
    }
}

static const struct verb_form host_forms[] = {{"host NAME [OPTION …]", NULL, VERB_OPTIONS(options)}, {NULL}};

static const struct verb verb_host = {
    .kind = VERB_DECLARES,
    .word = "host",
    .place = 50,
    .sentence = "a machine with a hypervisor, a virtual switch and a plugin store",
    .forms = host_forms,
    .example = "host h0 cores 8 iommu superpages off",
    .declare = parse_host,
    .check_all = check_all,
    .phase = BUILD_HOSTS,
    .build = build_hosts,
};
VERB(verb_host);
