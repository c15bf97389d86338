/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nic HOST.NAME model M …: a chip in a slot, an uplink of its host's virtual switch. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/netqueue/netqueue.h"
#include "scenario/verbs/verbs__.h"

static void nic_model(struct scn_cursor *c, void *into)
{
    const char *words[32];
    unsigned count = 0;
    for (; count < 31 && nic_model_at(count); count++)
        words[count] = nic_model_at(count)->name;
    words[count] = NULL;
    int i = scn_choice(c, "NIC model", words);
    if (i >= 0)
        ((struct scn_nic *)into)->model = words[i];
}

/* How many there can be is the model's, which may stand behind. */
static void nic_vfs(struct scn_cursor *c, void *into)
{
    struct scn_nic *nic = into;
    const struct scn_word *word = scn_take(c, "a number of VFs");
    if (word)
        nic->vfs_word = *word;
}

static void nic_netqueues(struct scn_cursor *c, void *into)
{
    struct scn_nic *nic = into;
    const struct scn_word *word = scn_take(c, "a number of NetQueues");
    if (word)
        nic->netqueues_word = *word;
}

/* netqueues by load */
static void nic_balance(struct scn_cursor *c, void *into)
{
    struct scn_nic *nic = into;
    const struct scn_word *word = scn_peek(c);
    nic->balance = c->words[c->next - 1].at;
    nic->balance_every = 10 * SIM_MS;
    if (!scn_count(c, "a rate of frames, from which on a VM is worth a queue", &nic->balance_pps))
        return;
    if (!scn_accept(c, "pps"))
        scn_fail(c, word->at, "frames a second are written '%s pps'", word->text);
    const struct scn_word *every = scn_accept(c, "every") ? scn_peek(c) : NULL;
    if (every && scn_time(c, "how often queues are looked at", &nic->balance_every) && nic->balance_every < SIM_MS / 10)
        scn_fail(c, every->at, "queues are looked at every 100us at most, not every %s", every->text);
}

/* How many there can be is its PF driver's. */
static void nic_vf_queues(struct scn_cursor *c, void *into)
{
    struct scn_nic *nic = into;
    const struct scn_word *word = scn_peek(c);
    uint64_t n;
    if (!scn_number(c, "a number of queue pairs of each VF", 1, PF_QUEUES_MAX, &n))
        return;
    nic->vf_queues = (unsigned)n;
    nic->vf_queues_at = word->at;
}

/* As many as a PF driver serves, beside the VFs and the PF's own pool. */
static unsigned netqueues_most(const struct nic_model *model, unsigned vfs)
{
    unsigned left = model->own_pools_within > vfs + 1 ? model->own_pools_within - vfs - 1 : 0;
    return left < PF_NETQUEUES_MAX ? left : PF_NETQUEUES_MAX;
}

static const char *models_with_pools(char *text, size_t cap)
{
    size_t len = 0;
    *text = 0;
    for (unsigned i = 0; nic_model_at(i); i++)
        if (nic_model_at(i)->own_pools_within && len < cap)
            len += (size_t)snprintf(text + len, cap - len, "%s%s", len ? ", " : "", nic_model_at(i)->name);
    return text;
}

static void check_netqueues(struct scn_cursor *c, struct scn_nic *nic, const struct nic_model *model)
{
    const struct scn_word *word = &nic->netqueues_word;
    if (!word->text && nic->balance_every)
        scn_fail(c, nic->balance, "what is balanced are queues: add 'netqueues N'");
    if (!word->text)
        return;
    char *end;
    unsigned long n = strtoul(word->text, &end, 10);
    bool number = *word->text >= '0' && *word->text <= '9' && !*end;
    unsigned most = netqueues_most(model, nic->vfs_word.text ? nic->vfs : 1);
    char names[128];
    if (!model->own_pools_within)
        scn_fail(c, word->at, "a PF of model %s has one pool: NetQueues have those of models whose filters choose one (%s)",
                 model->name, models_with_pools(names, sizeof(names)));
    else if (nic->symmetric)
        scn_fail(c, word->at, "a PF without a data path has no NetQueues: leave out 'view symmetric'");
    else if (!number || n > PF_NETQUEUES_MAX)
        scn_fail(c, word->at, "expected a number of NetQueues beside the default queue, from 0 to %d, found '%s'", PF_NETQUEUES_MAX,
                 word->text);
    else if (!n && nic->balance_every)
        scn_fail(c, nic->balance, "'netqueues 0' has none to balance");
    else if (n > most)
        scn_fail(c, word->at,
                 "%lu NetQueues, the default queue and %u VFs are more than the %u pools of the model %s that share them", n,
                 nic->vfs, model->own_pools_within, model->name);
    else
        nic->own_pools = (unsigned)n + 1;
    if (nic->own_pools && !nic->vfs_word.text && nic->vfs + nic->own_pools > model->own_pools_within)
        nic->vfs = model->own_pools_within - nic->own_pools;
}

static void check_vfs(struct scn_cursor *c, struct scn_nic *nic, const struct nic_model *model)
{
    const char *word = nic->vfs_word.text;
    if (!word) {
        nic->vfs = model->max_vfs < 8 ? model->max_vfs : 8;
        return;
    }
    char *end;
    unsigned long n = strtoul(word, &end, 10);
    bool number = *word >= '0' && *word <= '9' && !*end;
    if (!model->max_vfs)
        scn_fail(c, nic->vfs_word.at, "the model %s has no VFs", model->name);
    else if (!number)
        scn_fail(c, nic->vfs_word.at, "expected a number of VFs, from 1 to %u, found '%s'", model->max_vfs, word);
    else if (!n || n > model->max_vfs)
        scn_fail(c, nic->vfs_word.at, "a number of VFs is from 1 to %u of the model %s, not %s%s", model->max_vfs, model->name,
                 word, n ? "" : " (a NIC without VFs: model regular)");
    else
        nic->vfs = (unsigned)n;
}

static void nic_mac(struct scn_cursor *c, void *into)
{
    struct scn_nic *nic = into;
    nic->mac_given = scn_own_mac(c, nic->mac);
}

static void nic_rate(struct scn_cursor *c, void *into) { scn_rate(c, "a rate", &((struct scn_nic *)into)->rate_bps); }

static void nic_pcie(struct scn_cursor *c, void *into)
{
    enum { GEN, LANES, MPS, MRRS, RCB, TAGS, LATENCY, MEMORY, WORDS };
    static const char *const words[] = {[GEN] = "gen",   [LANES] = "lanes",     [MPS] = "mps",       [MRRS] = "mrrs", [RCB] = "rcb",
                                        [TAGS] = "tags", [LATENCY] = "latency", [MEMORY] = "memory", [WORDS] = NULL};
    struct scn_nic *nic = into;
    struct pci_link_params *link = &nic->link;
    const struct {
        uint64_t min, max;
        bool power_of_two;
        unsigned *into;
    } numbers[] = {[GEN] = {1, 5, false, &link->gen},     [LANES] = {1, 16, true, &link->lanes},
                   [MPS] = {128, 4096, true, &link->mps}, [MRRS] = {128, 4096, true, &link->mrrs},
                   [RCB] = {64, 128, true, &link->rcb},   [TAGS] = {1, PCI_TAGS_MAX, false, &link->tags}};
    uint64_t n;
    uint32_t seen = 0;
    nic->pcie_given = true;
    for (int which; (which = scn_accept_one(c, words, &seen)) >= 0;) { /* none: the model's slot */
        const struct scn_word *value = scn_peek(c);
        if (which == LATENCY) {
            scn_time(c, "a latency", &link->latency_ps);
            nic->latency_given = true;
        } else if (which == MEMORY) {
            scn_time(c, "a latency", &link->memory_ps);
            nic->memory_given = true;
        } else if (!scn_number(c, words[which], numbers[which].min, numbers[which].max, &n)) {
            return;
        } else if (numbers[which].power_of_two && n & (n - 1)) {
            scn_fail(c, value->at, "%s is a power of two, not %s", words[which], value->text);
        } else {
            *numbers[which].into = (unsigned)n;
        }
    }
    scn_end_properties(c, "property of pcie", words);
}

/* Which there are is the model's to say, which may stand behind. */
static void nic_errata(struct scn_cursor *c, void *into)
{
    const struct scn_word *word = scn_take(c, "names of errata, with commas between, or 'none'");
    if (word)
        ((struct scn_nic *)into)->errata = *word;
}

static uint32_t find_erratum(struct scn_cursor *c, const struct scn_nic *nic, const struct nic_model *model, const char *name)
{
    char list[400] = "";
    size_t len = 0;
    for (unsigned i = 0; i < model->erratum_count; i++) {
        if (!strcmp(model->errata[i].name, name))
            return 1u << i;
        len += (size_t)snprintf(list + len, sizeof(list) - len, "%s'%s'", i ? ", " : "", model->errata[i].name);
    }
    if (len)
        scn_fail(c, nic->errata.at, "'%s' is no erratum of the model %s that is known here; there are %s, or 'none'", name,
                 model->name, list);
    else
        scn_fail(c, nic->errata.at, "no errata of the model %s are known here, so there is no '%s'", model->name, name);
    return 0;
}

static void check_errata(struct scn_cursor *c, struct scn_nic *nic, const struct nic_model *model)
{
    uint32_t said = 0;
    if (!nic->errata.text)
        return;
    for (const char *at = nic->errata.text; strcmp(nic->errata.text, "none") && !c->failed;) {
        size_t len = strcspn(at, ",");
        said |= find_erratum(c, nic, model, scn_printf(c->file, "%.*s", (int)len, at));
        if (!at[len])
            break;
        at += len + 1;
    }
    nic->other_errata = said ^ nic_model_errata(model);
}

static void nic_view(struct scn_cursor *c, void *into)
{
    static const char *const views[] = {"privileged", "symmetric", NULL};
    ((struct scn_nic *)into)->symmetric = scn_choice(c, "view of a NIC", views) == 1;
}

static void nic_device(struct scn_cursor *c, void *into)
{
    const struct scn_word *word = scn_take(c, "the NIC whose device it belongs to");
    if (word)
        ((struct scn_nic *)into)->device = *word;
}

static void nic_port(struct scn_cursor *c, void *into)
{
    const struct scn_word *word = scn_take(c, "the NIC whose port it shares");
    if (word)
        ((struct scn_nic *)into)->port = *word;
}

/* What the line has not said of its link is its slot's. */
static void nic_slot(struct scn_nic *nic, const struct nic_model *model)
{
    struct pci_link_params said = nic->link, *p = &nic->link;
    pci_link_params_slot(p, said.gen || !model ? said.gen : model->pcie_gen, said.lanes || !model ? said.lanes : model->pcie_lanes);
    p->mps = said.mps ? said.mps : p->mps;
    p->mrrs = said.mrrs ? said.mrrs : p->mrrs;
    p->rcb = said.rcb ? said.rcb : p->rcb;
    p->tags = said.tags ? said.tags : p->tags;
    p->latency_ps = nic->latency_given ? said.latency_ps : p->latency_ps;
    p->memory_ps = nic->memory_given ? said.memory_ps : p->memory_ps;
}

static const struct scn_option options[] = {
    {"model", nic_model, "M"},
    {"vfs", nic_vfs, "N"},
    {"mac", nic_mac, "MAC"},
    {"rate", nic_rate, "R"},
    {"pcie", nic_pcie, "[gen N] [lanes N] [mps N] [mrrs N] [rcb N] [tags N] [latency T] [memory T]"},
    {"device", nic_device, "NIC"},
    {"port", nic_port, "NIC"},
    {"view", nic_view, "privileged|symmetric"},
    {"errata", nic_errata, "NAME,…|none"},
    {"vf-queues", nic_vf_queues, "N"},
    {"netqueues", nic_netqueues, "N"},
    {"balance", nic_balance, "N pps [every T]"},
};

/* Filled after all lines have been read: the host of "h0.vmnic0" (check_nic). */
static void parse_nic(struct scn_cursor *c)
{
    struct scenario *sc = scn_scenario(c);
    struct scn_nic nic = {.shares = -1};
    if (!scn_declare(c, SCN_NIC, sc->nic_count, &nic.name))
        return;
    const char *dot = strchr(nic.name.text, '.');
    if (!dot || dot == nic.name.text || !dot[1])
        scn_fail(c, nic.name.at, "a NIC is named with its host: HOST.NIC, as in h0.vmnic0");
    if (sc->nic_count == SCN_NICS_MAX)
        scn_fail(c, nic.name.at, "more than %d NICs", SCN_NICS_MAX);
    scn_options(c, "option of a NIC", options, sizeof(options) / sizeof(options[0]), &nic);
    if (!nic.model) {
        char names[128];
        scn_fail(c, c->end, "which chip? add 'model NAME', one of %s", nic_model_names(names, sizeof(names)));
    }
    const struct nic_model *model = nic.model ? nic_model_find(nic.model) : NULL;
    nic_slot(&nic, model);
    if (model) {
        check_vfs(c, &nic, model);
        check_errata(c, &nic, model);
        check_netqueues(c, &nic, model);
    }
    *SCN_ADD(sc->nics, sc->nic_count) = nic;
}

/* ---- checking ---- */

/* Another function of a device that is declared before it. */
static void check_device(struct scenario *sc, struct scn_nic *nic)
{
    const struct scn_word *of = nic->port.text ? &nic->port : &nic->device;
    const struct scn_name *found = of->text ? scn_resolve(sc, of, SCN_BIT(SCN_NIC), "a NIC") : NULL;
    if (!found)
        return;
    const struct scn_nic *first = &sc->nics[found->index];
    if (nic->device.text && nic->port.text)
        scn_error(&sc->file, nic->device.at, "a NIC that shares a port is on its device: 'device' says nothing more");
    else if (first >= nic)
        scn_error(&sc->file, of->at, "'%s' must be declared before '%s', which is another function of its device", of->text,
                  nic->name.text);
    else if (first->host != nic->host)
        scn_error(&sc->file, of->at, "'%s' is on another host", of->text);
    else if (first->device.text || first->port.text)
        scn_error(&sc->file, of->at, "'%s' is itself another function: name the first one", of->text);
    else if (nic->pcie_given)
        scn_error(&sc->file, of->at, "'%s' shares the PCIe link of '%s', which has the 'pcie' options", nic->name.text, of->text);
    else
        nic->shares = (int)found->index;
}

static void check_nic(struct scenario *sc, struct scn_nic *nic)
{
    const char *dot = nic->name.text ? strchr(nic->name.text, '.') : NULL;
    if (!dot)
        return; /* said already */
    struct scn_word host = nic->name;
    host.text = scn_printf(&sc->file, "%.*s", (int)(dot - nic->name.text), nic->name.text);
    const struct scn_name *found = scn_resolve(sc, &host, SCN_BIT(SCN_HOST), "a host");
    if (found)
        nic->host = found->index;
    check_device(sc, nic);
}

static void check_all(struct scenario *sc)
{
    for (unsigned i = 0; i < sc->nic_count; i++)
        check_nic(sc, &sc->nics[i]);
}

static void build_nics(struct world *w)
{
    struct scenario *sc = w->sc;
    char err[512];
    for (unsigned i = 0; i < sc->nic_count; i++) {
        const struct scn_nic *nic = &sc->nics[i];
        struct nic_params params = {
            .name = nic->name.text, .model = nic->model, .vfs = nic->vfs, .rate_bps = nic->rate_bps, .link = nic->link};
        memcpy(params.mac, nic->mac, 6);
        params.link.iommu = sc->hosts[nic->host].iommu;
        params.device = nic->shares >= 0 ? w->nics[nic->shares] : NULL;
        params.same_port = nic->port.text != NULL;
        params.symmetric = nic->symmetric;
        params.other_errata = nic->other_errata;
        params.own_pools = nic->own_pools;
        if (nic->shares >= 0 && !params.device)
            continue; /* said already */
        w->nics[i] = nic_create(w->sim, &params, err, sizeof(err));
        const struct host_nic_params how = {.outside = verb__pf_owner(sc, nic) != NULL, .vf_queues = nic->vf_queues};
        if (!w->nics[i] || host_add_nic(w->hosts[nic->host], w->nics[i], &how, err, sizeof(err)))
            scn_error(&sc->file, nic->vf_queues && w->nics[i] ? nic->vf_queues_at : nic->name.at, "%s", err);
        else if (nic->balance_every)
            host_balance_queues(w->hosts[nic->host], nic->name.text, nic->balance_pps, nic->balance_every);
    }
}

static const struct verb_form nic_forms[] = {{"nic HOST.NAME model M [OPTION …]", NULL, VERB_OPTIONS(options)}, {NULL}};

static const struct verb verb_nic = {
    .kind = VERB_DECLARES,
    .word = "nic",
    .place = 60,
    .sentence = "a chip in a slot of a host, an uplink of its virtual switch",
    .forms = nic_forms,
    .example = "nic h0.vmnic0 model 82599 vfs 4 pcie gen 2 lanes 4",
    .declare = parse_nic,
    .check_all = check_all,
    .phase = BUILD_NICS,
    .build = build_nics,
};
VERB(verb_nic);
