/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Declarations: what exists. Options come in any order behind the names. */
#include <stdlib.h>
#include <string.h>

#include "scenario/model.h"

/* ---- run-wide ---- */

static bool once(struct scn_cursor *c, struct scn_pos *at)
{
    if (at->line)
        scn_fail(c, c->words[0].at, "'%s' is said in line %u already", c->words[0].text, at->line);
    *at = c->words[0].at;
    return !c->failed;
}

static void parse_seed(struct scn_cursor *c)
{
    uint64_t seed;
    if (!once(c, &scn_scenario(c)->seed_at) || !scn_number(c, "the seed", 0, UINT64_MAX - 1, &seed))
        return;
    if (!scn_scenario(c)->seed_overridden)
        scn_scenario(c)->seed = seed;
    scn_finish(c);
}

static void parse_title(struct scn_cursor *c)
{
    const struct scn_word *word = once(c, &scn_scenario(c)->title_at) ? scn_take(c, "a title in quotes") : NULL;
    if (!word)
        return;
    if (!word->quoted)
        scn_fail(c, word->at, "a title stands in quotes: title \"%s …\"", word->text);
    scn_scenario(c)->title = word->text;
    scn_finish(c);
}

static void parse_profile(struct scn_cursor *c)
{
    const char *path;
    if (once(c, &scn_scenario(c)->profile_at) && scn_path(c, "a profile file", &scn_scenario(c)->profile, &path)) {
        scn_scenario(c)->profile.text = path;
        scn_finish(c);
    }
}

static void parse_limit(struct scn_cursor *c)
{
    static const char *const words[] = {"frames", "time", NULL};
    int which = scn_choice(c, "limit", words);
    uint64_t value;
    if (which == 0 && once(c, &scn_scenario(c)->limit_frames_at)) {
        const struct scn_word *word = scn_peek(c);
        if (scn_count(c, "a number of frames", &value)) {
            if (value < 64 || value > FRAMES_MAX)
                scn_fail(c, word->at, "frames alive at once are limited to 64 … %d, not %s", FRAMES_MAX, word->text);
            scn_scenario(c)->limit_frames = (uint32_t)value;
        }
    } else if (which == 1 && once(c, &scn_scenario(c)->limit_time_at)) {
        const struct scn_word *word = scn_peek(c);
        if (scn_time(c, "the limit", &value) && !value)
            scn_fail(c, word->at, "a run of no time shows nothing");
        scn_scenario(c)->limit_time = value;
    }
    scn_finish(c);
}

/* begin T: when the timeline begins */
static void parse_begin(struct scn_cursor *c)
{
    const struct scn_word *word = scn_peek(c);
    if (!once(c, &scn_scenario(c)->begin_at) || !scn_time(c, "when the timeline begins", &scn_scenario(c)->begin))
        return;
    if (scn_scenario(c)->begin > SCN_TIME_MAX)
        scn_fail(c, word->at, "later than the 1,000,000 s a run can last");
    scn_finish(c);
}

/* ---- hosts and NICs ---- */

static void host_cores(struct scn_cursor *c, void *into)
{
    uint64_t n;
    if (scn_number(c, "a number of cores", 1, 1024, &n))
        ((struct scn_host *)into)->cores = (unsigned)n;
}
static void host_npa(struct scn_cursor *c, void *into)
{
    ((struct scn_host *)into)->npa = scn_on_off(c, "value of npa");
}
static void host_plugins(struct scn_cursor *c, void *into)
{
    struct scn_host *host = into;
    const char *path;
    if (scn_path(c, "the folder of plugins", &host->plugins, &path))
        host->plugins.text = path;
}

static void host_ram(struct scn_cursor *c, void *into)
{
    scn_size(c, "the memory for VMs", 1 << 20, UINT64_C(1) << 40, &((struct scn_host *)into)->ram);
}

static void host_iommu(struct scn_cursor *c, void *into)
{
    static const char *const words[] = {"iotlb", "walkers", "walk", "superpages", "free", NULL};
    enum { IOTLB, WALKERS, WALK, SUPERPAGES, FREE };
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

static void parse_host(struct scn_cursor *c)
{
    static const struct scn_option options[] = {
        {"cores", host_cores}, {"npa", host_npa}, {"plugins", host_plugins}, {"ram", host_ram}, {"iommu", host_iommu},
        {"vectors", scn_host_vectors}};
    struct scenario *sc = scn_scenario(c);
    struct scn_host host = {.cores = 4, .npa = true};
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
        scn_fail(c, nic->vfs_word.at, "a number of VFs is from 1 to %u of the model %s, not %s%s", model->max_vfs,
                 model->name, word, n ? "" : " (a NIC without VFs: model regular)");
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
    static const char *const words[] = {"gen", "lanes", "mps", "mrrs", "rcb", "tags", "latency", "memory", NULL};
    enum { GEN = 0, TAGS = 5, TIMES = 6 };
    struct pci_link_params *link = &((struct scn_nic *)into)->link;
    bool *const time_given = ((struct scn_nic *)into)->time_given;
    uint64_t n;
    uint32_t seen = 0;
    ((struct scn_nic *)into)->pcie_given = true;
    for (int which; (which = scn_accept_one(c, words, &seen)) >= 0;) { /* none: the model's slot */
        if (which >= TIMES) {
            scn_time(c, "a latency", which == TIMES ? &link->latency_ps : &link->memory_ps);
            time_given[which - TIMES] = true;
            continue;
        }
        static const uint64_t min[] = {1, 1, 128, 128, 64, 1}, max[] = {5, 16, 4096, 4096, 128, PCI_TAGS_MAX};
        unsigned *const into_field[] = {&link->gen, &link->lanes, &link->mps, &link->mrrs, &link->rcb, &link->tags};
        const struct scn_word *value = scn_peek(c);
        if (!scn_number(c, words[which], min[which], max[which], &n))
            return;
        if (which != GEN && which != TAGS && n & (n - 1))
            scn_fail(c, value->at, "%s is a power of two, not %s", words[which], value->text);
        *into_field[which] = (unsigned)n;
    }
    scn_end_properties(c, "property of pcie", words);
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
    p->latency_ps = nic->time_given[0] ? said.latency_ps : p->latency_ps;
    p->memory_ps = nic->time_given[1] ? said.memory_ps : p->memory_ps;
}

/* Filled after all lines have been read: the host of "h0.vmnic0" (check.c). */
static void parse_nic(struct scn_cursor *c)
{
    static const struct scn_option options[] = {
        {"model", nic_model}, {"vfs", nic_vfs}, {"mac", nic_mac}, {"rate", nic_rate}, {"pcie", nic_pcie},
        {"device", nic_device}, {"port", nic_port}, {"view", nic_view}};
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
    if (!nic.model)
        scn_fail(c, c->end, "which chip? add 'model 82599', 'model 82576' or 'model regular'");
    const struct nic_model *model = nic.model ? nic_model_find(nic.model) : NULL;
    nic_slot(&nic, model);
    if (model)
        check_vfs(c, &nic, model);
    *SCN_ADD(sc->nics, sc->nic_count) = nic;
}

/* ---- the outside ---- */

static void switch_latency(struct scn_cursor *c, void *into)
{
    scn_time(c, "a latency", &((struct scn_switch *)into)->latency);
}
static void switch_rate(struct scn_cursor *c, void *into)
{
    scn_rate(c, "a rate", &((struct scn_switch *)into)->rate_bps);
}

static void switch_reflective(struct scn_cursor *c, void *into)
{
    ((struct scn_switch *)into)->reflective = !c->failed;
}

static void parse_switch(struct scn_cursor *c)
{
    static const struct scn_option options[] = {
        {"latency", switch_latency}, {"rate", switch_rate}, {"reflective-relay", switch_reflective}};
    struct scenario *sc = scn_scenario(c);
    struct scn_switch sw = {.latency = 500 * SIM_NS};
    if (!scn_declare(c, SCN_SWITCH, sc->switch_count, &sw.name))
        return;
    if (sc->switch_count == SCN_SWITCHES_MAX)
        scn_fail(c, sw.name.at, "more than %d switches", SCN_SWITCHES_MAX);
    scn_options(c, "option of a switch", options, 3, &sw);
    *SCN_ADD(sc->switches, sc->switch_count) = sw;
}

static void link_rate(struct scn_cursor *c, void *into)
{
    struct scn_link *link = into;
    link->rate_given = scn_rate(c, "a rate", &link->rate_bps);
}
static void link_latency(struct scn_cursor *c, void *into)
{
    scn_time(c, "a latency", &((struct scn_link *)into)->latency);
}
static void link_queue(struct scn_cursor *c, void *into)
{
    uint64_t n;
    if (scn_number(c, "a queue of frames", 1, 1 << 20, &n))
        ((struct scn_link *)into)->queue = (unsigned)n;
}

static void add_link(struct scn_cursor *c, struct scn_link *link)
{
    struct scenario *sc = scn_scenario(c);
    if (!link->a.text || !link->b.text)
        return;
    if (sc->link_count == SCN_LINKS_MAX)
        scn_fail(c, link->a.at, "more than %d links", SCN_LINKS_MAX);
    link->name = scn_printf(&sc->file, "%s-%s", link->a.text, link->b.text);
    *SCN_ADD(sc->links, sc->link_count) = *link;
}

static void parse_link(struct scn_cursor *c)
{
    static const struct scn_option options[] = {{"rate", link_rate}, {"latency", link_latency}, {"queue", link_queue}};
    struct scn_link link = {.latency = 500 * SIM_NS};
    const struct scn_word *a = scn_take(c, "one end of the link"), *b = a ? scn_take(c, "the other end") : NULL;
    if (!b)
        return;
    link.a = *a;
    link.b = *b;
    scn_options(c, "option of a link", options, 3, &link);
    add_link(c, &link);
}

struct peer_line {
    struct scn_peer peer;
    struct scn_link link;
};

static void peer_on(struct scn_cursor *c, void *into)
{
    const struct scn_word *word = scn_take(c, "a switch or NIC");
    if (word)
        ((struct peer_line *)into)->link.b = *word;
}
static void peer_mac(struct scn_cursor *c, void *into)
{
    struct scn_peer *peer = &((struct peer_line *)into)->peer;
    peer->mac_given = scn_own_mac(c, peer->mac);
    peer->mac_duplicate = scn_accept(c, "duplicate");
}
static void peer_ip(struct scn_cursor *c, void *into) { scn_ip4(c, ((struct peer_line *)into)->peer.ip4); }
static void peer_ip6(struct scn_cursor *c, void *into) { scn_ip6(c, ((struct peer_line *)into)->peer.ip6); }
static void peer_vlan(struct scn_cursor *c, void *into)
{
    uint64_t n;
    if (scn_number(c, "a VLAN", 1, 4094, &n))
        ((struct peer_line *)into)->peer.vlan = (int)n;
}
static void peer_mtu(struct scn_cursor *c, void *into)
{
    uint64_t n;
    if (scn_size(c, "the MTU", 68, 9700, &n))
        ((struct peer_line *)into)->peer.mtu = (unsigned)n;
}
static void peer_rate(struct scn_cursor *c, void *into) { link_rate(c, &((struct peer_line *)into)->link); }
static void peer_latency(struct scn_cursor *c, void *into) { link_latency(c, &((struct peer_line *)into)->link); }
static void peer_queue(struct scn_cursor *c, void *into) { link_queue(c, &((struct peer_line *)into)->link); }
static void peer_ifg(struct scn_cursor *c, void *into)
{
    uint64_t n;
    const struct scn_word *word = scn_peek(c);
    if (scn_number(c, "a gap in bits (96 is the shortest that a station may leave)", 40, 96, &n) && n % 8)
        scn_fail(c, word->at, "a gap is whole bytes here: '%s' bits are not", word->text);
    ((struct peer_line *)into)->link.ifg_bits = (uint32_t)n;
    ((struct peer_line *)into)->peer.ifg_bits = (uint32_t)n;
}
static void peer_promisc(struct scn_cursor *c, void *into) { ((struct peer_line *)into)->peer.promisc = true; }
static void peer_join(struct scn_cursor *c, void *into)
{
    struct scn_peer *peer = &((struct peer_line *)into)->peer;
    do {
        const struct scn_word *word = scn_peek(c);
        if (peer->joins == SCN_JOINS_MAX) {
            scn_fail(c, word->at, "more than %d multicast addresses", SCN_JOINS_MAX);
        } else if (scn_mac(c, peer->join[peer->joins])) {
            if (!mac_is_multicast(peer->join[peer->joins++]))
                scn_fail(c, word->at, "'%s' is no multicast address: its first byte is even", word->text);
        }
    } while (scn_peek(c) && scn_text_is_mac(scn_peek(c)->text, (uint8_t[6]){0}));
}

static void parse_peer(struct scn_cursor *c)
{
    static const struct scn_option options[] = {
        {"on", peer_on},       {"mac", peer_mac},         {"ip", peer_ip},     {"ip6", peer_ip6},
        {"vlan", peer_vlan},   {"mtu", peer_mtu},         {"rate", peer_rate}, {"latency", peer_latency},
        {"queue", peer_queue}, {"promisc", peer_promisc}, {"join", peer_join},
        {"ifg", peer_ifg}};
    struct scenario *sc = scn_scenario(c);
    struct peer_line line = {.peer = {.vlan = -1, .mtu = 1500}, .link = {.latency = 500 * SIM_NS}};
    if (!scn_declare(c, SCN_PEER, sc->peer_count, &line.peer.name))
        return;
    if (sc->peer_count == SCN_PEERS_MAX)
        scn_fail(c, line.peer.name.at, "more than %d peers", SCN_PEERS_MAX);
    scn_options(c, "option of a peer", options, sizeof(options) / sizeof(options[0]), &line);
    *SCN_ADD(sc->peers, sc->peer_count) = line.peer;
    line.link.a = line.peer.name;
    add_link(c, &line.link);
}

static void parse_capture(struct scn_cursor *c)
{
    struct scenario *sc = scn_scenario(c);
    struct scn_capture capture = {0};
    if (!scn_declare(c, SCN_CAPTURE, sc->capture_count, &capture.name) || !scn_need(c, "at"))
        return;
    const struct scn_word *point = scn_take(c, "a peer, VM or NIC");
    if (!point)
        return;
    capture.point = *point;
    if (scn_accept(c, "filter")) {
        const struct scn_word *filter = scn_take(c, "a filter in quotes, as in \"tcp port 80\"");
        if (filter)
            capture.filter = *filter;
    }
    if (sc->capture_count == SCN_CAPTURES_MAX)
        scn_fail(c, point->at, "more than %d captures", SCN_CAPTURES_MAX);
    scn_finish(c);
    *SCN_ADD(sc->captures, sc->capture_count) = capture;
}

/* ---- */

const char *const scn_header_words[] = {"seed",   "title", "profile", "limit", "host",    "nic",
                                        "switch", "peer",  "link",    "vm",    "capture", "measure",
                                        "begin",  NULL};

void scn_parse_header(struct scn_cursor *c, int word)
{
    static void (*const parsers[])(struct scn_cursor *) = {parse_seed, parse_title, parse_profile, parse_limit,
                                                           parse_host, parse_nic,   parse_switch,  parse_peer,
                                                           parse_link, scn_parse_vm, parse_capture, scn_parse_measure,
                                                           parse_begin};
    parsers[word](c);
}
