/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VF of the guest's own: what a kernel's PCI hot-plug driver, the VF's driver and, in a bond, its master do.
 *
 * One thread does it all, in turn: presence, attention, mailbox, requests of the stack. Its waits cost no processor time. The
 * master's rule is net_failover's: the VF when it is there and has a link, else vmxnet3; what either receives goes up.
 */
#include "guest/include/pci_slot.h"
#include "guest/shell/shell.h"

void *memset(void *to, int byte, size_t n);

enum {
    POWER_ON_US = 100000,   /* to the first config request of a device that came [PCIe 6.6.1] */
    WATCHDOG_US = 2000000,  /* [ixgbevf_main.c] the service task's period */
    DOWN_SETTLE_US = 10000, /* [ixgbevf_main.c ixgbevf_down] */
    LINK_TRIES = 20,        /* looks for a link while it comes up, */
    LINK_DELAY_US = 100,    /* so far apart */
    CONFIG_COMMAND = 0x04,
    CONFIG_COMMAND_ON = 0x0006, /* memory, bus master */
    CONFIG_CAPABILITIES = 0x34,
    CAP_MSIX = 0x11,
    MSIX_ENABLE = 1u << 31,  /* of the word whose upper half is message control */
};

static const struct vf_driver *const drivers[] = {&ixgbevf_driver, &igbvf_driver}; /* bits of
                                                                                           * machine->vf_drivers */

static struct native *me(void) { return &shell.native; }
static struct vf_device *dev(void) { return &shell.native.dev; }
static struct path *vf(void) { return &shell.path[PATH_VF]; }
static bool is_bond(void) { return sh_machine()->net == MACHINE_NET_BOND; }

/* ---- the thread's time ---- */

void native_sleep_us(uint64_t us) { me()->wake = sh_now() + sh_microseconds(us); }

static void wake_for(uint32_t todo)
{
    me()->todo |= todo;
    if (me()->idle)
        me()->wake = 0;
}

uint64_t native_deadline(void)
{
    const struct native *n = me();
    if (!n->enabled)
        return ~0ull;
    uint64_t at = n->wake < n->eject_at ? n->wake : n->eject_at;
    return at <= sh_now() ? 0 : at;
}

/* ---- which path ---- */

static bool vf_is_usable(void) { return me()->running && dev()->link; }

static void choose_path(void)
{
    struct path *best = vf_is_usable() ? vf() : is_bond() ? &shell.path[PATH_EMULATED] : NULL;
    shell.no_carrier = !best;
    if (best && best != shell.tx_path) {
        switch_use_path(best);
    } else if (!best && shell.tx_path) {
        switch_stop_transmit(shell.tx_path);
        tx_drop_waiting();
    }
}

static void link_changed(bool before)
{
    if (before == dev()->link)
        return;
    sh_note(MACHINE_NOTE_VF_LINK, dev()->link, 0);
    choose_path();
}

/* ---- the slot and the device's config space ---- */

static uint32_t slot_read(uint32_t reg) { return sh_read32(MACHINE_SLOT + reg); }
static void slot_write(uint32_t reg, uint32_t value) { sh_write32(MACHINE_SLOT + reg, value); }
static uint32_t config_read(uint32_t at) { return slot_read(SLOT_CONFIG + at); }

static void slot_power(bool on)
{
    slot_write(SLOT_CTL, SLOT_CTL_ATTENTION | SLOT_CTL_PRESENCE | SLOT_CTL_INTERRUPT |
                             (on ? SLOT_CTL_INDICATOR_ON : SLOT_CTL_INDICATOR_OFF | SLOT_CTL_POWER_OFF));
}

static const struct vf_driver *find_driver(uint32_t id)
{
    for (uint32_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
        const struct vf_driver *d = drivers[i];
        uint16_t device = (uint16_t)(id >> 16);
        bool is_its = (uint16_t)id == d->vendor && device && (device == d->device[0] || device == d->device[1]);
        if (sh_machine()->vf_drivers >> i & 1 && is_its)
            return d;
    }
    return NULL;
}

/* Its messages come as lines from MACHINE_IRQ_VF on. */
static void program_msix(uint32_t vectors)
{
    for (uint32_t v = 0; v < vectors; v++) {
        uint64_t entry = MACHINE_VF_MSIX + 16 * v;
        sh_write32(entry, (uint32_t)MACHINE_MSI_ADDRESS);
        sh_write32(entry + 4, (uint32_t)(MACHINE_MSI_ADDRESS >> 32));
        sh_write32(entry + 8, MACHINE_IRQ_VF + v);
        sh_write32(entry + 12, 0); /* unmasked */
    }
    for (uint32_t at = config_read(CONFIG_CAPABILITIES) & 0xfc; at && at != 0xfc; at = config_read(at) >> 8 & 0xfc)
        if ((config_read(at) & 0xff) == CAP_MSIX) {
            slot_write(SLOT_CONFIG + at, config_read(at) | MSIX_ENABLE);
            return;
        }
}

/* ---- up ---- */

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

/* Rings of as many queues as both have, through the driver's own data path. */
static int start_rings(void)
{
    uint32_t queues = least(shell.queues, dev()->queues), vectors = least(queues, dev()->vectors);
    dev()->queues = queues;
    dev()->vectors = vectors;
    dev()->info[0] = queues;
    dev()->info[1] = vectors;
    program_msix(vectors + 1);
    if (!path_provide(vf(), PATH_VF, queues))
        return GUEST_ENOMEM;
    if (!path_start(vf(), dev()->driver->plugin_main, dev()->bar0, dev()->driver->bar_bytes, vectors, NULL, 0, dev()->info) ||
        !path_post(vf()))
        return GUEST_EIO;
    vf()->calls = sh_calls(dev()->driver->calls);
    me()->running = true;
    path_unmask(vf());
    dev()->driver->irq_on(dev());
    return 0;
}

/* A master takes a device with its own address only [net_failover.rst]. */
static bool is_mine(void)
{
    for (uint32_t i = 0; i < 6; i++)
        if (is_bond() && dev()->mac[i] != shell.mac[i])
            return false;
    return true;
}

/* To running; `fresh`: a device that nobody has reset yet. The address is the PF's to say, unless the stack has set another
 * one. */
static int bring_up(bool fresh)
{
    int status = 0;
    CO_BEGIN(me()->up_place)
    if (fresh)
        CO_TRY(me()->up_place, 1, status, dev()->driver->probe(dev()));
    if (!is_mine()) {
        log_print(0, "bond: the VF has another address than its master");
        me()->up_place = 0;
        return GUEST_EINVAL;
    }
    CO_TRY(me()->up_place, 2, status, dev()->driver->configure(dev(), &me()->wishes));
    status = start_rings();
    if (status) {
        me()->up_place = 0;
        return status;
    }
    for (me()->looks = LINK_TRIES; me()->looks; me()->looks--) {
        CO_TRY(me()->up_place, 3, status, dev()->driver->watch(dev()));
        if (dev()->link || !dev()->allowed || dev()->must_reset)
            break;
        CO_SLEEP_US(me()->up_place, 4, LINK_DELAY_US);
    }
    CO_END(me()->up_place);
    return 0;
}

/* What the rings hold is handed up, or given up: nothing more will come. */
static void give_up_rings(void)
{
    if (!me()->running)
        return;
    for (uint32_t q = 0; q < vf()->queues; q++)
        vf()->api.checkTxRing(&vf()->ps, q);
    sh_note(MACHINE_NOTE_DRAINED, PATH_VF, path_drain(vf()));
    me()->running = false;
    path_reclaim(vf());
}

static void lose_link(void)
{
    bool before = dev()->link;
    dev()->link = false;
    link_changed(before);
}

static void brought_up(int status)
{
    me()->lost = false; /* up or given up: nobody waits for it any more */
    if (status) {
        lose_link();
        give_up_rings();
        dev()->driver = NULL;
        sh_note(MACHINE_NOTE_VF_DRIVER, MACHINE_VF_FAILED, (uint64_t)status);
        return;
    }
    sh_note(MACHINE_NOTE_VF_DRIVER, MACHINE_VF_UP, dev()->api);
    link_changed(false);
    if (dev()->must_reset)
        me()->todo |= NATIVE_RESET;
}

/* A PF that does not answer, or refuses, comes back some day: the device stays bound, without a carrier, and every
 * watchdog tries again [ixgbevf_main.c ixgbevf_reset, ixgbevf_watchdog_update_link; igbvf netdev.c igbvf_watchdog_task]. */
static void came_back(int status)
{
    bool is_pf = status == GUEST_ENODEV || status == GUEST_ETIMEDOUT || status == GUEST_EPERM;
    if (!is_pf) {
        brought_up(status);
        return;
    }
    lose_link();
    give_up_rings();
    me()->lost = true;
}

/* ---- down ---- */

/* [ixgbevf_main.c ixgbevf_down] Receive first; what is on its way has time to come up; then transmit. */
static int take_down(void)
{
    int status = 0;
    CO_BEGIN(me()->up_place)
    sh_note(MACHINE_NOTE_VF_DRIVER, MACHINE_VF_STOPS, 0);
    dev()->driver->stop_rx(dev());
    CO_SLEEP_US(me()->up_place, 1, DOWN_SETTLE_US);
    lose_link();
    path_mask(vf());
    dev()->driver->stop(dev());
    give_up_rings();
    CO_CALL(me()->up_place, 2, status, dev()->driver->down(dev()));
    CO_END(me()->up_place);
    return status;
}

/* ---- presence and attention ---- */

static void gone(void)
{
    lose_link();
    give_up_rings();
    dev()->driver = NULL;
    me()->powered = me()->lost = false;
    me()->todo &= NATIVE_JOB;
    sh_note(MACHINE_NOTE_VF_DRIVER, MACHINE_VF_VANISHED, 0);
    slot_power(false);
}

static int came(void)
{
    int status = 0;
    uint32_t id;
    CO_BEGIN(me()->step_place)
    slot_power(true);
    if (!me()->booting)
        CO_SLEEP_US(me()->step_place, 1, POWER_ON_US);
    me()->powered = true;
    id = config_read(0);
    memset(dev(), 0, sizeof *dev());
    dev()->bar0 = MACHINE_VF_BAR0;
    dev()->driver = find_driver(id);
    if (!dev()->driver) {
        sh_note(MACHINE_NOTE_VF_DRIVER, MACHINE_VF_NO_DRIVER, id);
        me()->step_place = 0;
        return 0;
    }
    slot_write(SLOT_CONFIG + CONFIG_COMMAND, CONFIG_COMMAND_ON);
    CO_CALL(me()->step_place, 2, status, bring_up(true));
    came_back(status);
    CO_END(me()->step_place);
    return 0;
}

static int presence(void)
{
    int status = 0;
    CO_BEGIN(me()->presence_place)
    if (!(slot_read(SLOT_STA) & SLOT_STA_PRESENT)) {
        if (me()->powered)
            gone();
    } else if (!me()->powered && me()->answer_ns != ~0ull) {
        CO_CALL(me()->presence_place, 1, status, came());
    }
    CO_END(me()->presence_place);
    return status;
}

static int eject(void)
{
    int status = 0;
    CO_BEGIN(me()->step_place)
    if (me()->running)
        CO_CALL(me()->step_place, 1, status, take_down());
    CO_END(me()->step_place);
    dev()->driver = NULL;
    me()->powered = me()->lost = false;
    sh_note(MACHINE_NOTE_VF_DRIVER, MACHINE_VF_DOWN, 0);
    slot_power(false);
    return 0;
}

static int reset(void)
{
    int status = 0;
    CO_BEGIN(me()->step_place)
    slot_write(SLOT_CONFIG + CONFIG_COMMAND, CONFIG_COMMAND_ON); /* [ixgbevf_main.c ixgbevf_reinit_locked: pci_set_master] */
    if (me()->running) {
        CO_CALL(me()->step_place, 1, status, take_down());
        if (!status)
            CO_CALL(me()->step_place, 2, status, bring_up(false));
    } else {
        CO_CALL(me()->step_place, 3, status, bring_up(true));
    }
    came_back(status);
    CO_END(me()->step_place);
    if (me()->reset_by_job)
        jobs_done(me()->job.number, (uint32_t)status);
    me()->reset_by_job = false;
    return 0;
}

static int watch(void)
{
    bool before = dev()->link;
    int status = 0;
    CO_BEGIN(me()->step_place)
    CO_CALL(me()->step_place, 1, status, dev()->driver->watch(dev()));
    CO_END(me()->step_place);
    if (status)
        dev()->link = false; /* it is gone: the slot tells the rest */
    link_changed(before);
    if (!status && dev()->must_reset)
        me()->todo |= NATIVE_RESET;
    return 0;
}

/* ---- what the stack asks ---- */

static void copy_mac(uint8_t *to, const uint8_t *from)
{
    for (uint32_t i = 0; i < 6; i++)
        to[i] = from[i];
}

static int ask(void)
{
    const struct machine_job *job = &me()->job;
    const struct vf_driver *driver = dev()->driver;
    switch (job->kind) {
    case MACHINE_JOB_SET_MAC:
        return driver->set_mac(dev(), job->mac);
    case MACHINE_JOB_RX_MODE:
        return driver->set_rx_mode(dev(), &me()->wishes);
    case MACHINE_JOB_ADD_MULTICAST:
    case MACHINE_JOB_DEL_MULTICAST:
        return driver->set_groups(dev(), &me()->wishes);
    case MACHINE_JOB_ADD_ADDRESS:
    case MACHINE_JOB_DEL_ADDRESS:
        return driver->set_addresses(dev(), &me()->wishes);
    default:
        return driver->set_vlan(dev(), (uint32_t)job->arg, job->kind == MACHINE_JOB_ADD_VLAN);
    }
}

static int serve(void)
{
    int status = 0;
    CO_BEGIN(me()->step_place)
    copy_mac(me()->before.mac, me()->wishes.mac);
    me()->before.has_mac = me()->wishes.has_mac;
    me()->before.rx_mode = me()->wishes.rx_mode;
    status = (int)native_wish(&me()->job);
    me()->wished = !status;
    if (!status && is_bond() && (me()->job.kind == MACHINE_JOB_ADD_ADDRESS || me()->job.kind == MACHINE_JOB_DEL_ADDRESS))
        status = (int)control_hear_addresses();
    if (!status && me()->running) {
        CO_CALL(me()->step_place, 1, status, ask());
    } else if (!status && !is_bond()) {
        status = GUEST_ENODEV;
    }
    CO_END(me()->step_place);
    if (status && me()->wished)
        native_unwish(&me()->job);
    else if (!status && me()->job.kind == MACHINE_JOB_SET_MAC)
        copy_mac(shell.mac, me()->job.mac);
    jobs_done(me()->job.number, (uint32_t)status);
    return 0;
}

/* A bond's standby is asked first; an address it can't change [net_failover.c]. */
static uint32_t ask_standby(const struct machine_job *job)
{
    switch (job->kind) {
    case MACHINE_JOB_SET_MAC:
        return GUEST_EOPNOTSUPP;
    case MACHINE_JOB_RX_MODE:
        return control_set_rx_mode((uint32_t)job->arg);
    case MACHINE_JOB_ADD_MULTICAST:
        return control_add_multicast(job->mac);
    case MACHINE_JOB_DEL_MULTICAST:
        return control_del_multicast(job->mac);
    case MACHINE_JOB_ADD_ADDRESS:
    case MACHINE_JOB_DEL_ADDRESS:
        return 0; /* when it is wished */
    default:
        return control_set_vlan((uint32_t)job->arg, job->kind == MACHINE_JOB_ADD_VLAN);
    }
}

bool native_job(const struct machine_job *job)
{
    if (!me()->enabled)
        return false;
    if (job->kind == MACHINE_JOB_RESET_VF) {
        if (!me()->running && !me()->lost)
            return false; /* nothing to reset: jobs.c says so */
        me()->reset_by_job = true;
        me()->job = *job;
        wake_for(NATIVE_RESET);
        return true;
    }
    if ((job->kind < MACHINE_JOB_SET_MAC || job->kind > MACHINE_JOB_DEL_VLAN) && job->kind != MACHINE_JOB_ADD_ADDRESS &&
        job->kind != MACHINE_JOB_DEL_ADDRESS)
        return false;
    uint32_t status = is_bond() ? ask_standby(job) : 0;
    if (status) {
        jobs_done(job->number, status);
        return true;
    }
    me()->job = *job;
    wake_for(NATIVE_JOB);
    return true;
}

/* ---- the thread ---- */

static void rest(void)
{
    if (me()->booting)
        sh_note(MACHINE_NOTE_BOOTED, 0, 0);
    me()->booting = false;
    me()->idle = true;
    me()->wake = me()->running || me()->lost ? sh_now() + sh_microseconds(WATCHDOG_US) : ~0ull;
}

static bool takes(uint32_t todo)
{
    bool is_asked = me()->todo & todo;
    me()->todo &= ~todo;
    return is_asked;
}

static int thread(void)
{
    int status = 0;
    CO_BEGIN(me()->place)
    for (;;) {
        if (takes(NATIVE_PRESENCE)) {
            CO_CALL(me()->place, 1, status, presence());
        } else if (takes(NATIVE_EJECT)) {
            if (me()->powered)
                CO_CALL(me()->place, 2, status, eject());
        } else if (takes(NATIVE_RESET)) {
            if (dev()->driver)
                CO_CALL(me()->place, 3, status, reset());
        } else if (takes(NATIVE_WATCH)) {
            if (me()->running)
                CO_CALL(me()->place, 4, status, watch());
            else if (me()->lost)
                me()->todo |= NATIVE_RESET;
        } else if (takes(NATIVE_JOB)) {
            CO_CALL(me()->place, 5, status, serve());
        } else {
            rest();
            CO_REST(me()->place, 6);
            me()->idle = false;
            if (!me()->todo)
                me()->todo = NATIVE_WATCH; /* the watchdog */
        }
    }
    CO_END(me()->place);
    return 0;
}

void native_step(void)
{
    struct native *n = me();
    if (!n->enabled)
        return;
    if (n->eject_at <= sh_now()) {
        n->eject_at = ~0ull;
        wake_for(NATIVE_EJECT);
    }
    if (n->wake <= sh_now())
        thread();
}

/* ---- interrupts ---- */

/* A second press within the wait takes the first one back [PCIe 6.7.1.5]. */
static void button_pressed(void)
{
    struct native *n = me();
    if (n->answer_ns == ~0ull)
        return;
    n->eject_at = n->eject_at == ~0ull ? sh_now() + n->answer_ns * sh_machine()->cpu_khz / 1000000 : ~0ull;
}

void native_irq(uint32_t lines)
{
    for (uint32_t v = 0; me()->running && v < vf()->vectors; v++)
        if (lines >> (MACHINE_IRQ_VF + v) & 1)
            irq_schedule(v);
    if (me()->running && lines >> (MACHINE_IRQ_VF + vf()->vectors) & 1)
        wake_for(NATIVE_WATCH);
    if (!(lines >> MACHINE_IRQ_SLOT & 1))
        return;
    uint32_t status = slot_read(SLOT_STA);
    slot_write(SLOT_STA, status & (SLOT_STA_ATTENTION | SLOT_STA_PRESENCE));
    if (status & SLOT_STA_ATTENTION)
        button_pressed();
    if (status & SLOT_STA_PRESENCE)
        wake_for(NATIVE_PRESENCE);
}

/* `never` is a kernel that leaves its slots alone, but for a device that has gone; the others look at once. */
void native_answer(uint64_t ns)
{
    me()->answer_ns = ns;
    if (ns != ~0ull)
        wake_for(NATIVE_PRESENCE);
}

/* Its driver's info is what the data path begins anew with. */
uint32_t native_moderate(uint32_t usecs)
{
    if (!me()->enabled || !me()->running)
        return GUEST_ENODEV;
    uint32_t status = (uint32_t)dev()->driver->moderate(dev(), usecs);
    for (uint32_t i = 0; !status && i < PLUGIN_DEVICE_INFO_WORDS; i++)
        vf()->ps.deviceInfo[i] = dev()->info[i];
    return status;
}

/* ---- boot ---- */

void native_init(void)
{
    struct native *n = me();
    n->enabled = sh_machine()->net != MACHINE_NET_VMXNET3;
    n->eject_at = n->wake = ~0ull;
    n->wishes.mtu = shell.mtu;
    for (uint32_t i = 0; sh_machine()->app == MACHINE_APP_BRIDGE && i < 2; i++) { /* its sides, and what is others' */
        uint32_t vid = sh_machine()->bridge_vlan[i];
        n->wishes.vlan[vid >> 5 & (VF_VLAN_WORDS - 1)] |= vid ? 1u << (vid & 31) : 0;
        n->wishes.rx_mode = 1;
    }
}

void native_boot(void)
{
    if (!me()->enabled)
        return;
    slot_power(slot_read(SLOT_STA) & SLOT_STA_PRESENT);
    me()->booting = true;
    me()->todo = NATIVE_PRESENCE;
    me()->wake = 0;
}
