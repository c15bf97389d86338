/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vm NAME on HOST …: a virtual machine that runs the shell. */
#include <string.h>

#include "scenario/verbs/verbs__.h"
#include "vm/outside/outside.h"

static void vm_on(struct scn_cursor *c, void *into)
{
    const struct scn_word *word = scn_take(c, "a host");
    if (word)
        ((struct scn_vm *)into)->host = *word;
}

static void vm_ram(struct scn_cursor *c, void *into)
{
    const struct scn_word *word = scn_peek(c);
    uint64_t n;
    if (!scn_size(c, "RAM", VM_RAM_MIN, VM_RAM_MAX, &n))
        return;
    if (n % (2 << 20))
        scn_fail(c, word->at, "RAM comes in multiples of 2M, not %s", word->text);
    ((struct scn_vm *)into)->ram = n;
    ((struct scn_vm *)into)->ram_given = true;
}

static const char *const faces[] = {"linux", "windows", NULL}; /* in the order of enum machine_face */
const char *verb__face_text(uint32_t face) { return faces[face]; }

static void vm_shell(struct scn_cursor *c, void *into)
{
    static const char *const drivers[] = {"plain", "npa", "vf", "bond", NULL};
    struct scn_vm *vm = into;
    int face = scn_choice(c, "guest OS of the shell", faces);
    vm->face = face > 0 ? (uint32_t)face : MACHINE_FACE_LINUX;
    if (face < 0 || !scn_accept(c, "net"))
        return;
    int which = scn_choice(c, "network driver", drivers);
    vm->shell_said = true;
    vm->npa = which == 1;
    vm->net = which == 2 ? MACHINE_NET_VF : which == 3 ? MACHINE_NET_BOND : MACHINE_NET_VMXNET3;
}

static void vm_vf(struct scn_cursor *c, void *into)
{
    struct scn_vm *vm = into;
    uint64_t n;
    vm->boot_vf_given = true;
    vm->boot_vf_at = scn_peek(c) ? scn_peek(c)->at : c->end;
    if (scn_accept(c, "none"))
        vm->boot_vf = HOST_VF_NONE;
    else if (!scn_accept(c, "any") && scn_number(c, "a VF's number, 'any' or 'none'", 0, 255, &n))
        vm->boot_vf = (int)n;
}

static void vm_plugin(struct scn_cursor *c, void *into) { ((struct scn_vm *)into)->plugin = scn_take_word(c, "a plugin's name"); }

static void vm_via(struct scn_cursor *c, void *into)
{
    const struct scn_word *word = scn_take(c, "a NIC");
    if (word)
        ((struct scn_vm *)into)->via = *word;
}

static void vm_mac(struct scn_cursor *c, void *into)
{
    struct scn_vm *vm = into;
    const struct scn_word *word = scn_peek(c);
    vm->mac_given = scn_own_mac(c, vm->mac);
    if (vm->mac_given && mac_is_multicast(vm->mac))
        scn_fail(c, word->at, "'%s' is a multicast address, not one of a VM", word->text);
    vm->mac_duplicate = scn_accept(c, "duplicate");
}

static void vm_ip(struct scn_cursor *c, void *into) { scn_ip4(c, ((struct scn_vm *)into)->ip4); }

static void vm_ip6(struct scn_cursor *c, void *into) { scn_ip6(c, ((struct scn_vm *)into)->ip6); }

static void vm_vlan(struct scn_cursor *c, void *into)
{
    uint64_t n;
    if (scn_number(c, "a VLAN", 1, 4094, &n))
        ((struct scn_vm *)into)->vlan = (int)n;
}

static void vm_mtu(struct scn_cursor *c, void *into)
{
    uint64_t n;
    if (scn_size(c, "the MTU", 68, 9000, &n))
        ((struct scn_vm *)into)->mtu = (unsigned)n;
}

static void vm_queues(struct scn_cursor *c, void *into)
{
    struct scn_vm *vm = into;
    uint64_t n;
    vm->queues_at = scn_peek(c) ? scn_peek(c)->at : c->end;
    if (scn_number(c, "a number of queue pairs", 1, 8, &n))
        vm->queues = (unsigned)n;
}

static void vm_vcpus(struct scn_cursor *c, void *into)
{
    struct scn_vm *vm = into;
    uint64_t n;
    vm->vcpus_at = scn_peek(c) ? scn_peek(c)->at : c->end;
    if (scn_number(c, "a number of vCPUs", 1, VM_VCPUS_MAX, &n))
        vm->vcpus = (unsigned)n;
}

static void take_ring(struct scn_cursor *c, unsigned *ring)
{
    const struct scn_word *word = scn_peek(c);
    uint64_t n;
    if (!scn_number(c, "a ring's length", 32, 4096, &n))
        return;
    if (n % 32)
        scn_fail(c, word->at, "a ring's length is a multiple of 32, not %s", word->text);
    *ring = (unsigned)n;
}

static void vm_rx_ring(struct scn_cursor *c, void *into) { take_ring(c, &((struct scn_vm *)into)->rx_ring); }

static void vm_tx_ring(struct scn_cursor *c, void *into) { take_ring(c, &((struct scn_vm *)into)->tx_ring); }

static void take_pages_a_second(struct scn_cursor *c, uint64_t *rate)
{
    enum { MOST = 100 * 1000 * 1000 };
    const struct scn_word *word = scn_peek(c);
    if (!scn_count(c, "a rate of pages", rate))
        return;
    if (!*rate || *rate > MOST)
        scn_fail(c, word->at, "pages a second are from 1 to %d, not %s", MOST, word->text);
    scn_need(c, "pps");
}

/* "10 20", "untagged 20" */
static void take_sides(struct scn_cursor *c, struct scn_vm *vm)
{
    const struct scn_word *word = NULL;
    for (unsigned side = 0; side < 2; side++) {
        uint64_t n = 0;
        word = scn_peek(c);
        if (!scn_accept(c, "untagged") && !scn_number(c, "a VLAN, or 'untagged'", 1, 4094, &n))
            return;
        vm->bridge_vlan[side] = (unsigned)n;
    }
    if (vm->bridge_vlan[0] == vm->bridge_vlan[1])
        scn_fail(c, word->at, "a bridge has two sides: '%s' is the same as the first one", word->text);
}

static void vm_app(struct scn_cursor *c, void *into)
{
    static const struct scn_named apps[] = {{"station", MACHINE_APP_STATION},
                                            {"sink", MACHINE_APP_SINK},
                                            {"echo", MACHINE_APP_ECHO},
                                            {"source", MACHINE_APP_SOURCE},
                                            {"writer", MACHINE_APP_WRITER},
                                            {"bridge", MACHINE_APP_BRIDGE},
                                            {NULL, 0}};
    struct scn_vm *vm = into;
    const struct scn_word *word = scn_peek(c);
    int app;
    if (!scn_pick(c, "application", apps, &app))
        return;
    vm->app = (enum machine_app)app;
    vm->app_word = *word;
    if (vm->app == MACHINE_APP_BRIDGE)
        take_sides(c, vm);
    if (vm->app != MACHINE_APP_WRITER || !scn_need(c, "set"))
        return;
    word = scn_peek(c);
    if (!scn_size(c, "a working set", 4096, VM_RAM_MAX, &vm->writer_bytes))
        return;
    if (vm->writer_bytes % 4096)
        scn_fail(c, word->at, "a working set is whole pages of 4096 bytes, not %s", word->text);
    else if (scn_need(c, "rate"))
        take_pages_a_second(c, &vm->writer_rate_pps);
}

static void vm_pin(struct scn_cursor *c, void *into)
{
    struct scn_vm *vm = into;
    verb__take_cores(c, &vm->pin, &vm->pin_at);
}

static void vm_policy(struct scn_cursor *c, void *into)
{
    struct scn_vm *vm = into;
    do {
        int which, allow;
        if (!scn_pick(c, "policy", verb__policies, &which) || !scn_pick(c, "answer of a policy", verb__verdicts, &allow))
            return;
        vm->policy[which] = allow;
        const struct scn_word *next = scn_peek(c);
        bool more = false;
        for (int i = 0; next && verb__policies[i].word; i++)
            more |= !strcmp(next->text, verb__policies[i].word);
        if (more && c->next + 1 < c->count) { /* "passthrough auto" is an option of its own */
            const char *verdict = c->words[c->next + 1].text;
            more = strcmp(verdict, "auto") && strcmp(verdict, "manual");
        }
        if (!more)
            return;
    } while (true);
}

/* "passthrough auto [after T]" of a VM's line. */
static void vm_passthrough(struct scn_cursor *c, void *into)
{
    struct scn_vm *vm = into;
    uint64_t value;
    verb__take_setting(c, vm_setting_describe(VM_SET_PASSTHROUGH), &value);
    vm->passthrough = (int)value;
    if (scn_accept(c, "after"))
        scn_time(c, "a time without reasons", &vm->calm);
}

static void vm_reservation(struct scn_cursor *c, void *into)
{
    struct scn_vm *vm = into;
    verb__take_setting(c, vm_setting_describe(VM_SET_RESERVATION), &vm->reservation);
    vm->reservation_given = true;
}

static void vm_drivers(struct scn_cursor *c, void *vm)
{
    static const struct scn_named words[] = {{"ixgbevf", MACHINE_DRIVER_IXGBEVF}, {"igbvf", MACHINE_DRIVER_IGBVF}, {NULL, 0}};
    uint32_t *drivers = &((struct scn_vm *)vm)->vf_drivers;
    *drivers = 0;
    do {
        int driver;
        if (!scn_pick(c, "driver of a VF", words, &driver))
            return;
        *drivers |= (uint32_t)driver;
    } while (scn_peek(c) && (!strcmp(scn_peek(c)->text, words[0].word) || !strcmp(scn_peek(c)->text, words[1].word)));
}

static void vm_kernel(struct scn_cursor *c, void *into)
{
    const char *words[8] = {NULL};
    const struct vm_kind *kind;
    struct scn_vm *vm = into;
    for (unsigned i = 0; i < 7 && (kind = vm_kind_at(i)) != NULL; i++)
        words[i] = kind->word;
    vm->kernel = scn_peek(c) ? *scn_peek(c) : vm->kernel;
    int which = scn_choice(c, "kernel of a VM", words);
    vm->kind = which < 0 ? NULL : vm_kind_at((unsigned)which);
}

static const struct scn_option options[] = {
    {"on", vm_on, "HOST"},
    {"path", verb__vm_path, "emulated|netqueue|npa|upt|vf|vfio|bond|pf"},
    {"ram", vm_ram, "SIZE"},
    {"shell", vm_shell, "linux|windows [net npa|plain|vf|bond]"},
    {"via", vm_via, "NIC"},
    {"mac", vm_mac, "MAC [duplicate]"},
    {"ip", vm_ip, "A"},
    {"ip6", vm_ip6, "A"},
    {"vlan", vm_vlan, "V"},
    {"mtu", vm_mtu, "N"},
    {"queues", vm_queues, "N"},
    {"vcpus", vm_vcpus, "N"},
    {"rx-ring", vm_rx_ring, "N"},
    {"tx-ring", vm_tx_ring, "N"},
    {"app", vm_app, "station|sink|echo|source|writer set SIZE rate N pps|bridge V V"},
    {"pin", vm_pin, "CORES"},
    {"policy", vm_policy, "WORD allow|refuse …"},
    {"vf", vm_vf, "any|N|none"},
    {"passthrough", vm_passthrough, "auto|manual [after T]"},
    {"memory-reservation", vm_reservation, "SIZE"},
    {"drivers", vm_drivers, "ixgbevf|igbvf …"},
    {"plugin", vm_plugin, "IMAGE"},
    {"kernel", vm_kernel, "uml"},
    {"vmxnet3", verb__vm_vnic, "[rev N] [intr msix|msi|intx] [mask auto|active|lazy]"},
};

/* Each vCPU has a queue pair of its own; the drivers of a VF of the guest's own are one thread's. */
static void check_vcpus(struct scn_cursor *c, struct scn_vm *vm)
{
    if (!vm->queues)
        vm->queues = vm->vcpus;
    if (c->failed || vm->vcpus == 1)
        return;
    if (vm->face != MACHINE_FACE_LINUX)
        scn_fail(c, vm->vcpus_at, "a VM with 'shell %s' has one vCPU", faces[vm->face]);
    if (vm->queues < vm->vcpus)
        scn_fail(c, vm->queues_at, "%u queue pairs are too few for %u vCPUs: each has one of its own", vm->queues, vm->vcpus);
    else if (vm->kind)
        scn_fail(c, vm->vcpus_at, "a VM with 'kernel %s' has one vCPU", vm->kernel.text);
    else if (vm->net != MACHINE_NET_VMXNET3)
        scn_fail(c, vm->vcpus_at,
                 "a guest with a VF of its own has one vCPU: several go with 'shell linux net npa' or 'net plain'");
}

static void parse_vm(struct scn_cursor *c)
{
    struct scenario *sc = scn_scenario(c);
    struct scn_vm vm = {.ram = VM_RAM_DEFAULT,
                        .npa = true,
                        .boot_vf = PF_ANY_VF,
                        .vf_drivers = MACHINE_DRIVERS_ALL,
                        .vlan = -1,
                        .mtu = 1500,
                        .vcpus = 1,
                        .rx_ring = 256,
                        .tx_ring = 256,
                        .policy = {-1, -1, -1, -1, -1},
                        .passthrough = -1};
    if (!scn_declare(c, SCN_VM, sc->vm_count, &vm.name))
        return;
    if (sc->vm_count == SCN_VMS_MAX)
        scn_fail(c, vm.name.at, "more than %d VMs", SCN_VMS_MAX);
    scn_options(c, "option of a VM", options, sizeof(options) / sizeof(options[0]), &vm);
    verb__take_path(c, &vm);
    verb__take_kernel(c, &vm);
    if (!vm.host.text)
        scn_fail(c, c->end, "on which host? add 'on HOST'");
    check_vcpus(c, &vm);
    *SCN_ADD(sc->vms, sc->vm_count) = vm;
}

/* ---- checking ---- */

/* "vmnic0" of a VM on h0 means h0.vmnic0. */
void verb__complete_nic(struct scenario *sc, struct scn_word *nic, const struct scn_vm *vm)
{
    if (!nic->text || scn_find(sc, nic->text, SCN_BIT(SCN_NIC)))
        return;
    char whole[2 * SCN_NAME_MAX];
    scn_join_name(whole, sizeof(whole), vm->host.text ? vm->host.text : "", nic->text);
    if (!strchr(nic->text, '.') && strlen(nic->text) <= SCN_NAME_MAX)
        nic->text = scn_printf(&sc->file, "%s", whole);
}

bool verb__has_slot(const struct scn_vm *vm) { return vm->net != MACHINE_NET_VMXNET3; }

/* What a VM's line says of a VF it has from its boot. */
static void check_boot_vf(struct scenario *sc, const struct scn_vm *vm)
{
    if (vm->boot_vf_given && !verb__has_slot(vm))
        scn_error(&sc->file, vm->boot_vf_at, "'%s' has no slot for a VF: 'vf' goes with 'shell linux net vf' or 'net bond'",
                  vm->name.text);
}

/* The longest frame of its flows that is for a device to segment, 0: none. */
static uint32_t burst_of(const struct scenario *sc, const struct scn_vm *vm)
{
    uint32_t longest = 0;
    for (unsigned i = 0; i < sc->item_count; i++) {
        const struct scn_flow *flow = sc->items[i].flow;
        if (flow && flow->shape.mss && !strcmp(flow->from.text, vm->name.text) && flow->size > longest)
            longest = flow->size;
        const struct scn_tcp *tcp = sc->items[i].tcp;
        bool is_end = tcp && (!strcmp(tcp->from.text, vm->name.text) || !strcmp(tcp->to.text, vm->name.text));
        if (is_end && !tcp->params.no_tso && longest < FLOW_BURST_MAX)
            longest = FLOW_BURST_MAX;
    }
    return longest;
}

enum { BURSTS_MIN = 64, BURST_BASE = 1 << 20, BURST_STEP = 4 << 20 };

/* 64 of those are the least that its driver starts with, for each vCPU; its other buffers and rings want twice as much. */
static void check_bursts(struct scenario *sc, const struct scn_vm *vm)
{
    uint64_t burst = burst_of(sc, vm), least = BURST_BASE + 3 * burst * BURSTS_MIN * vm->vcpus;
    if (burst && !vm->kind && vm->ram < least)
        scn_error(&sc->file, vm->name.at,
                  "buffers for the %llu KiB that '%s' sends at once, for its device to segment, do not fit in %llu MiB of RAM: "
                  "say 'ram %lluM', or 'tso off' of its connections",
                  (unsigned long long)burst >> 10, vm->name.text, (unsigned long long)vm->ram >> 20,
                  (unsigned long long)((least + BURST_STEP - 1) / BURST_STEP * BURST_STEP) >> 20);
}

static void check_vm(struct scenario *sc, struct scn_vm *vm)
{
    const struct scn_name *host = vm->host.text ? scn_resolve(sc, &vm->host, SCN_BIT(SCN_HOST), "a host") : NULL;
    if (!host)
        return;
    vm->host_index = host->index;
    if (vm->writer_bytes && vm->writer_bytes + (6 << 20) > vm->ram)
        scn_error(&sc->file, vm->app_word.at,
                  "a working set of %llu KiB does not fit: the guest itself needs 6 MiB of its %llu MiB",
                  (unsigned long long)vm->writer_bytes >> 10, (unsigned long long)vm->ram >> 20);
    if (vm->app == MACHINE_APP_BRIDGE && vm->vlan >= 0)
        scn_error(&sc->file, vm->app_word.at, "a bridge between VLANs needs a port that carries tags: leave out 'vlan'");
    check_bursts(sc, vm);
    check_boot_vf(sc, vm);
    verb__check_vnic(sc, vm);
    verb__check_cores(sc, &sc->hosts[host->index], &vm->pin, vm->pin_at);
    verb__check_path(sc, vm);
    if (vm->plugin.text)
        verb__check_plugin(sc, &vm->plugin, vm);
    if (!vm->via.text)
        return;
    const struct scn_name *nic = scn_resolve(sc, &vm->via, SCN_BIT(SCN_NIC), "a NIC");
    if (nic && sc->nics[nic->index].name.text && sc->nics[nic->index].host != host->index)
        scn_error(&sc->file, vm->via.at, "the NIC '%s' is on another host than the VM", vm->via.text);
}

/* What is done to its host and NIC reaches a kernel that is not ours as any guest; itself it can be asked little. */
static bool reaches(const struct verb *verb, const struct scn_vm *vm)
{
    return !vm->kind || verb->any_kernel || (verb->npa_kernel && vm->npa);
}

static void check_kind(struct scenario *sc, const struct scn_item *item)
{
    const char *of = item->verb && item->said && item->verb->vm_of ? item->verb->vm_of(item) : NULL;
    const struct scn_name *name = of ? scn_find(sc, of, SCN_BIT(SCN_VM)) : NULL;
    const struct scn_vm *vm = name ? &sc->vms[name->index] : NULL;
    if (vm && !reaches(item->verb, vm))
        scn_error(&sc->file, item->at,
                  "'%s' runs a kernel of its own (kernel %s), in a process that can't be saved, moved or asked: "
                  "give it commands with 'exec %s \"…\"'",
                  of, vm->kernel.text, of);
}

static void check_all(struct scenario *sc)
{
    for (unsigned i = 0; i < sc->item_count; i++)
        check_kind(sc, &sc->items[i]);
    for (unsigned i = 0; i < sc->vm_count; i++)
        verb__complete_nic(sc, &sc->vms[i].via, &sc->vms[i]);
    for (unsigned i = 0; i < sc->vm_count; i++)
        check_vm(sc, &sc->vms[i]);
}

/* ---- building ---- */

/* Each face's lies beside the Linux one's. */
static const char *image_of(const struct scenario *sc, const struct scn_vm *vm)
{
    if (vm->face == MACHINE_FACE_LINUX)
        return sc->guest_image;
    const char *slash = strrchr(sc->guest_image, '/');
    return scn_printf((struct scn_file *)&sc->file, "%.*sshell-%s.elf", slash ? (int)(slash + 1 - sc->guest_image) : 0,
                      sc->guest_image, faces[vm->face]);
}

void verb__vm_params(const struct world *w, unsigned i, struct host_vm_params *params)
{
    const struct scenario *sc = w->sc;
    const struct scn_vm *vm = &sc->vms[i];
    *params = (struct host_vm_params){
        .vm = {.name = vm->name.text,
               .slot = i,
               .ram_bytes = vm->ram,
               .image = image_of(sc, vm),
               .kind = vm->kind,
               .face = (enum machine_face)vm->face,
               .app = vm->app,
               .bridge_vlan = {vm->bridge_vlan[0], vm->bridge_vlan[1]},
               .writer_pages = (uint32_t)(vm->writer_bytes / 4096),
               .writer_rate_pps = (uint32_t)vm->writer_rate_pps,
               .npa = vm->npa,
               .net = vm->net,
               .vf_drivers = vm->vf_drivers,
               .queues = vm->queues,
               .vcpus = vm->vcpus,
               .mtu = vm->mtu,
               .rx_ring = vm->rx_ring,
               .tx_ring = vm->tx_ring,
               .tx_burst = burst_of(sc, vm)},
        .uplink = vm->via.text,
        .port_vlan = vm->vlan,
        .boot_vf = vm->boot_vf,
        .drives_pf = vm->drives_pf,
        .vnic = {verb__vnic_rev(vm), vm->vnic.intr, vm->vnic.mask},
        .default_queue = vm->path.text && !strcmp(vm->path.text, "emulated"),
        .pin = vm->pin,
        .allow_mac_change = vm->policy[HOST_POLICY_MAC_CHANGE] != 0,
        .allow_promisc = vm->policy[HOST_POLICY_PROMISC] != 0,
        .allow_forged = vm->policy[HOST_POLICY_FORGED] == 1,
        .allow_vlan_trunk = vm->policy[HOST_POLICY_VLAN_TRUNK] != 0,
        .allow_passthrough = vm->policy[HOST_POLICY_PASSTHROUGH] != 0,
    };
    memcpy(params->vm.mac, vm->mac, 6);
}

/* A VM may go where VFs have fewer queues, and its vCPUs share them; where it begins each is to have one. */
static void check_vf_queues(struct world *w, unsigned i)
{
    const struct scn_vm *vm = &w->sc->vms[i];
    const struct scn_nic *nic = verb__uplink_of(w->sc, vm);
    const struct pf *pf = host_vm_pf(w->hosts[vm->host_index], w->vms[i]);
    if (vm->npa && vm->vcpus > 1 && nic && nic->vfs && pf && vm->vcpus > pf_vf_queues(pf))
        scn_error(&w->sc->file, vm->vcpus_at, "%u vCPUs want a queue pair each, and a VF of '%s' has %u", vm->vcpus, nic->name.text,
                  pf_vf_queues(pf));
}

static void build_vms(struct world *w)
{
    struct scenario *sc = w->sc;
    char err[512];
    for (unsigned i = 0; i < sc->vm_count; i++) {
        const struct scn_vm *vm = &sc->vms[i];
        struct host_vm_params params;
        verb__vm_params(w, i, &params);
        w->vms[i] = host_add_vm(w->hosts[vm->host_index], &params, err, sizeof(err));
        if (!w->vms[i]) {
            scn_error(&sc->file, vm->name.at, "%s", err);
            continue;
        }
        if (vm->plugin.text && host_choose_plugin(w->hosts[vm->host_index], w->vms[i], vm->plugin.text))
            scn_error(&sc->file, vm->plugin.at, "the VFs of its NIC take no plugin");
        check_vf_queues(w, i);
        struct station *station = vm_station(w->vms[i]);
        memcpy(station->ip4, vm->ip4, 4);
        memcpy(station->ip6, vm->ip6, 16);
    }
}

static const struct verb_form vm_forms[] = {{"vm NAME on HOST [OPTION …]", NULL, VERB_OPTIONS(options)}, {NULL}};

static const struct verb verb_vm = {
    .kind = VERB_DECLARES,
    .word = "vm",
    .place = 100,
    .sentence = "a virtual machine",
    .forms = vm_forms,
    .example = "vm web on h0 ram 16M shell linux net npa via vmnic0 mac 02:00:00:00:00:0a",
    .declare = parse_vm,
    .check_all = check_all,
    .check_late = check_kind,
    .phase = BUILD_VMS,
    .build = build_vms,
};
VERB(verb_vm);
