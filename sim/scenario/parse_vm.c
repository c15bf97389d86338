/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The line of a virtual machine. */
#include <string.h>
#include "scenario/model.h"

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
}
static void vm_shell(struct scn_cursor *c, void *into)
{
    static const char *const faces[] = {"linux", NULL}, *const drivers[] = {"plain", "npa", "vf", "bond", NULL};
    if (scn_choice(c, "guest OS of the shell", faces) < 0 || !scn_accept(c, "net"))
        return;
    int which = scn_choice(c, "network driver", drivers);
    struct scn_vm *vm = into;
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
    uint64_t n;
    if (scn_number(c, "a number of queue pairs", 1, 8, &n))
        ((struct scn_vm *)into)->queues = (unsigned)n;
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
    static const char *const words[] = {"station", "sink", "echo", "source", "writer", "bridge", NULL};
    struct scn_vm *vm = into;
    const struct scn_word *word = scn_peek(c);
    int i = scn_choice(c, "application", words);
    if (i < 0)
        return;
    vm->app = (enum machine_app)i;
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

static const char *const policy_words[] = {"mac-change", "promisc", "forged", "vlan-trunk", "passthrough", NULL};

static void vm_policy(struct scn_cursor *c, void *into)
{
    static const char *const verdicts[] = {"refuse", "allow", NULL};
    struct scn_vm *vm = into;
    do {
        int which = scn_choice(c, "policy", policy_words);
        int allow = which < 0 ? -1 : scn_choice(c, "answer of a policy", verdicts);
        if (allow < 0)
            return;
        vm->policy[which] = allow;
        const struct scn_word *next = scn_peek(c);
        bool more = false;
        for (int i = 0; next && policy_words[i]; i++)
            more |= !strcmp(next->text, policy_words[i]);
        if (more && c->next + 1 < c->count) { /* "passthrough auto" is an option of its own */
            const char *verdict = c->words[c->next + 1].text;
            more = strcmp(verdict, "auto") && strcmp(verdict, "manual");
        }
        if (!more)
            return;
    } while (true);
}

void scn_parse_vm(struct scn_cursor *c)
{
    static const struct scn_option options[] = {{"on", vm_on},         {"ram", vm_ram},         {"shell", vm_shell},
                                                {"via", vm_via},       {"mac", vm_mac},         {"ip", vm_ip},
                                                {"ip6", vm_ip6},       {"vlan", vm_vlan},       {"mtu", vm_mtu},
                                                {"queues", vm_queues}, {"rx-ring", vm_rx_ring}, {"tx-ring", vm_tx_ring},
                                                {"app", vm_app},       {"policy", vm_policy},   {"vf", vm_vf},
                                                {"passthrough", scn_vm_passthrough},
                                                {"memory-reservation", scn_vm_reservation},
                                                {"drivers", scn_parse_vf_drivers}};
    struct scenario *sc = scn_scenario(c);
    struct scn_vm vm = {.ram = VM_RAM_DEFAULT,
                        .npa = true,
                        .boot_vf = PF_ANY_VF,
                        .vf_drivers = MACHINE_DRIVERS_ALL,
                        .vlan = -1,
                        .mtu = 1500,
                        .queues = 1,
                        .rx_ring = 256,
                        .tx_ring = 256,
                        .policy = {-1, -1, -1, -1, -1},
                        .passthrough = -1};
    if (!scn_declare(c, SCN_VM, sc->vm_count, &vm.name))
        return;
    if (sc->vm_count == SCN_VMS_MAX)
        scn_fail(c, vm.name.at, "more than %d VMs", SCN_VMS_MAX);
    scn_options(c, "option of a VM", options, sizeof(options) / sizeof(options[0]), &vm);
    if (!vm.host.text)
        scn_fail(c, c->end, "on which host? add 'on HOST'");
    *SCN_ADD(sc->vms, sc->vm_count) = vm;
}
