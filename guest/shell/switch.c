/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mode switch, the shell's half of docs/switch-protocol.md.
 *
 * In:   offer -> LOAD_PLUGIN -> check and start the plugin -> stop transmit, let the emulated path complete
 *       -> STOP_EMULATION -> ACTIVATE_VF -> commit.  Naive order: STOP_EMULATION first, without waiting.
 * Out:  notify -> stop transmit, let the VF complete -> hand up what it received -> post vmxnet3's rings ->
 * ACTIVATE_DEV
 *       -> commit.
 * Until commit the emulated rings stay as they are, so that a failure of any step only means to go on.
 */
#include "guest/include/npa_image.h"
#include "guest/shell/shell.h"

enum {
    CHECK_SLICE_CYCLES = 2400,
    QUIET_PROGRESS_US = 1000, /* without a completion for so long, the VF's transmits are given up */
    PLUGIN_MEMIO_PAGES = (int)(MACHINE_MEMIO_HOLE_SIZE / NPA_PAGE_SIZE),
};

static struct path *emulated(void) { return &shell.path[PATH_EMULATED]; }
static struct path *vf(void) { return &shell.path[PATH_VF]; }
static NPA_PluginConf *conf(void) { return sh_va(shell.conf_gpa); }
static NPA_PluginConfExt *conf_ext(void) { return sh_va(shell.conf_gpa + sizeof(NPA_PluginConf)); }

void switch_use_path(struct path *path)
{
    shell.tx_path = path;
    sh_note(MACHINE_NOTE_PATH, path->number, 0);
    tx_flush_all();
    face_transmit_goes_on();
    irq_schedule_all();
}

void switch_stop_transmit(const struct path *path)
{
    if (!shell.tx_path)
        return;
    face_transmit_stops();
    shell.tx_path = NULL;
    sh_note(MACHINE_NOTE_TX_STOPPED, path->number, 0);
}

static void forget_plugin(void)
{
    if (vf()->alive || shell.started)
        path_reclaim(vf());
    vf()->api = (Plugin_Api){0};
    shell.started = false;
}

/* A step failed or the offer was withdrawn: emulation goes on with its rings as they are. A VF that was activated may have had the
 * address for a moment, and received; it is quiesced by now. */
static void go_on_emulated(void)
{
    if (shell.state == SW_ACTIVATING && shell.started) {
        path_drain(emulated());
        path_drain(vf());
    }
    forget_plugin();
    shell.state = SW_EMULATED;
    if (!shell.tx_path)
        switch_use_path(emulated());
}

/* ---- load ---- */

static bool provide_memory(void)
{
    if (!shell.plugin_gpa)
        shell.plugin_gpa = sh_code_alloc(NPA_PLUGIN_PAGES_MAX * NPA_PAGE_SIZE);
    if (!shell.plugin_shared_gpa)
        shell.plugin_shared_gpa = heap_alloc(NPA_PAGE_SIZE, NPA_PAGE_SIZE);
    if (!shell.plugin_gpa || !shell.plugin_shared_gpa)
        return false;
    return path_provide(vf(), PATH_VF, shell.queues);
}

static void decline(enum npa_check why)
{
    conf_ext()->status = why;
    device_command(NPA_CMD_DECLINE);
    go_on_emulated();
}

static void command_failed(const char *what)
{
    log_print(0, "shell: %s failed, emulation goes on", what);
    go_on_emulated();
}

/* For a PF driver that sets the VF's queues up before the plugin starts. */
static void tell_rings(void)
{
    NPA_QueueRings *rings = (NPA_QueueRings *)(conf_ext() + 1);
    for (uint32_t q = 0; q < shell.queues; q++)
        rings[q] = (NPA_QueueRings){vf()->ps.rxQueues[q].ringBasePA, vf()->ps.txQueues[q].ringBasePA, vf()->ps.rxQueues[q].ringSize,
                                    vf()->ps.txQueues[q].ringSize};
    conf_ext()->ringsPA = shell.conf_gpa + sizeof(NPA_PluginConf) + sizeof(NPA_PluginConfExt);
    conf_ext()->ringsCount = shell.queues;
}

static void load_plugin(void)
{
    if (!provide_memory()) {
        decline(NPA_CHECK_NO_PAGES);
        return;
    }
    *conf() = (NPA_PluginConf){.pluginPages = {.vaddr = (uintptr_t)sh_code_va(shell.plugin_gpa), .numPages = NPA_PLUGIN_PAGES_MAX},
                               .memioPages = {sh_memio_page(), PLUGIN_MEMIO_PAGES},
                               .sharedPages = {shell.plugin_shared_gpa / NPA_PAGE_SIZE, 1}};
    for (uint32_t i = 0; i < NPA_PLUGIN_PAGES_MAX; i++)
        conf()->pluginPages.pages[i] = shell.plugin_gpa / NPA_PAGE_SIZE + i;
    *conf_ext() = (NPA_PluginConfExt){
        .apiVersion = NPA_API_VERSION, .numRxQueues = shell.queues, .numTxQueues = shell.queues, .numIntrs = shell.queues};
    tell_rings();
    shell.state = SW_LOADING;
    if (device_command(NPA_CMD_LOAD_PLUGIN) == NPA_STATUS_FAILURE)
        command_failed("LOAD_PLUGIN");
}

/* ---- start ---- */

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

/* As struct machine_calls has them. */
static __attribute__((__noinline__)) void take_cycles(const uint32_t cycles[4])
{
    vf()->calls = (struct machine_calls){cycles[0], cycles[1], cycles[2], cycles[3]};
}

static enum npa_check start_plugin(void)
{
    const NPA_PluginConf in = *conf(); /* copied once: the pages are shared with whoever writes them */
    const NPA_PluginConfExt ext = *conf_ext();
    const struct npa_image image = {.base = sh_code_va(shell.plugin_gpa),
                                    .bytes = ext.imageBytes,
                                    .note = ext.noteOffset,
                                    .reloc = ext.relocOffset,
                                    .reloc_count = ext.relocCount,
                                    .vaddr = (uintptr_t)sh_code_va(shell.plugin_gpa),
                                    .relocated = 1};
    uint32_t queues = least(shell.queues, least(ext.numRxQueues, ext.numTxQueues));
    uint32_t vectors = least(queues, ext.numIntrs);
    enum npa_check check = npa_image_check(&image);
    if (!check && (in.entryVA < image.vaddr || in.entryVA - image.vaddr >= image.bytes))
        check = NPA_CHECK_NO_ENTRY;
    sh_note(MACHINE_NOTE_PLUGIN_CHECKED, check, 0);
    if (check)
        return check;
    if (!vectors || !path_provide(vf(), PATH_VF, queues))
        return NPA_CHECK_SW_INIT;
    shell.started = true;
    if (!path_start(vf(), (uint32(*)(struct Plugin_Api *))(uintptr_t)in.entryVA, MACHINE_MEMIO_HOLE,
                    (uint32_t)MACHINE_MEMIO_HOLE_SIZE, vectors, sh_va(shell.plugin_shared_gpa), NPA_PAGE_SIZE, in.deviceInfo) ||
        !path_post(vf()))
        return vf()->wants_plain_registers ? NPA_CHECK_PLAIN_STORES : vf()->is_short ? NPA_CHECK_NO_PAGES : NPA_CHECK_SW_INIT;
    take_cycles(ext.callCycles);
    vf()->alive = false; /* not polled before emulation has handed up all it has */
    sh_note(MACHINE_NOTE_PLUGIN_STARTED, 0, 0);
    return NPA_CHECK_OK;
}

/* ---- stop, activate, commit ---- */

static void stop_emulation(void)
{
    shell.state = SW_STOPPING;
    if (device_command(NPA_CMD_STOP_EMULATION) == NPA_STATUS_FAILURE)
        command_failed("STOP_EMULATION");
}

static void activate_vf(void)
{
    shell.state = SW_ACTIVATING;
    if (device_command(NPA_CMD_ACTIVATE_VF) == NPA_STATUS_FAILURE)
        command_failed("ACTIVATE_VF");
}

/* All that came by way of emulation is handed up before the first frame of the VF. */
static void commit_in(void)
{
    for (uint32_t q = 0; q < emulated()->queues; q++)
        emulated()->api.checkTxRing(&emulated()->ps, q);
    sh_note(MACHINE_NOTE_DRAINED, PATH_EMULATED, path_drain(emulated()));
    path_reclaim(emulated());
    shell.state = SW_PASSTHRU;
    vf()->alive = true;
    path_unmask(vf());
    switch_use_path(vf());
}

/* A kernel would check in a thread of its own, and interrupts would go on: so the time is spent in slices, the check
 * made at the end of it. */
static void begin_check(void)
{
    shell.state = SW_CHECKING;
    shell.check_cycles = (uint64_t)least(conf_ext()->imageBytes, NPA_PLUGIN_PAGES_MAX * NPA_PAGE_SIZE) *
                         sh_machine()->digest_byte_millicycles / 1000;
}

static void check_and_start(void)
{
    uint64_t slice = shell.check_cycles < CHECK_SLICE_CYCLES ? shell.check_cycles : CHECK_SLICE_CYCLES;
    sh_charge(slice);
    shell.check_cycles -= slice;
    if (shell.check_cycles)
        return;
    smp_stop();
    enum npa_check check = start_plugin();
    if (check) {
        log_print(0, "shell: plugin not taken (check %u)", check);
        decline(check);
    } else if (shell.naive) {
        activate_vf(); /* emulation was stopped before */
    } else {
        switch_stop_transmit(emulated());
        shell.state = SW_DRAINING; /* switch_step() goes on when the last transmit has completed */
    }
    smp_go_on();
}

/* ---- out ---- */

static void leave(void)
{
    switch_stop_transmit(vf());
    shell.state = SW_QUIET;
    shell.quiet_left = path_tx_posted(vf());
    shell.quiet_deadline = sh_now() + (shell.naive ? 0 : sh_microseconds(QUIET_PROGRESS_US));
    irq_schedule_all();
}

void switch_leave(void)
{
    shell.naive = false;
    if (shell.state == SW_PASSTHRU)
        leave();
}

/* Naive: what has not completed by now never will, the VF was quiesced first. */
static bool is_quiet(void)
{
    uint32_t left = path_tx_posted(vf());
    if (left != shell.quiet_left) {
        shell.quiet_left = left;
        shell.quiet_deadline = sh_now() + (shell.naive ? 0 : sh_microseconds(QUIET_PROGRESS_US));
    }
    return left == 0 || sh_now() >= shell.quiet_deadline;
}

/* The VF is quiesced by now: only what it still wrote after the last look into its ring is lost with its buffers. */
static void emulated_again(void)
{
    forget_plugin();
    shell.state = SW_EMULATED;
    for (uint32_t q = 0; q < emulated()->queues; q++)
        emulated()->api.addBuffersToRxRing(&emulated()->ps, q); /* announce them to the running device */
    path_unmask(emulated());
    switch_use_path(emulated());
}

static void restart(void)
{
    for (uint32_t q = 0; q < vf()->queues; q++)
        vf()->api.checkTxRing(&vf()->ps, q);
    sh_note(MACHINE_NOTE_DRAINED, PATH_VF, path_drain(vf()));
    path_mask(vf());
    vf()->alive = false;
    if (!path_post(emulated()))
        log_panic("shell: the emulated rings cannot be started again");
    shell.state = SW_RESTARTING;
    uint32_t result = device_activate();
    if (result == NPA_STATUS_SUCCESS)
        emulated_again();
    else if (result != NPA_STATUS_PENDING)
        log_panic("shell: ACTIVATE_DEV refused");
}

/* ---- events ---- */

/* A pending command of ours has ended? */
static void command_ended(void)
{
    enum switch_state state = shell.state;
    if (state != SW_LOADING && state != SW_STOPPING && state != SW_ACTIVATING && state != SW_RESTARTING)
        return;
    uint32_t result = device_command(NPA_CMD_GET_STATUS);
    if (result == NPA_STATUS_PENDING)
        return;
    if (result != NPA_STATUS_SUCCESS) {
        if (state == SW_RESTARTING)
            log_panic("shell: ACTIVATE_DEV failed");
        command_failed(state == SW_LOADING ? "LOAD_PLUGIN" : state == SW_STOPPING ? "STOP_EMULATION" : "ACTIVATE_VF");
        return;
    }
    if (state == SW_LOADING)
        begin_check();
    else if (state == SW_STOPPING)
        shell.naive ? load_plugin() : activate_vf();
    else if (state == SW_ACTIVATING)
        commit_in();
    else
        emulated_again();
}

static void offered(void)
{
    shell.naive = device_command(NPA_CMD_GET_DID_HI) & 1;
    if (shell.naive) {
        switch_stop_transmit(emulated());
        stop_emulation();
    } else {
        load_plugin();
    }
}

void switch_event(void)
{
    command_ended();
    uint32_t did = device_command(NPA_CMD_GET_DID_LO);
    if (did == NPA_DID_EMULATED && shell.state == SW_ACTIVATING)
        command_ended(); /* the VF was activated since we asked, and is wanted back already */
    if (did == NPA_DID_PASSTHRU && shell.state == SW_EMULATED) {
        offered();
    } else if (did == NPA_DID_EMULATED) {
        switch (shell.state) {
        case SW_LOADING:
        case SW_CHECKING:
        case SW_DRAINING:
        case SW_STOPPING:
        case SW_ACTIVATING:
            log_print(0, "shell: the offer was withdrawn");
            go_on_emulated();
            break;
        case SW_PASSTHRU:
            shell.naive = device_command(NPA_CMD_GET_DID_HI) & 1;
            leave();
            break;
        case SW_EMULATED:
        case SW_QUIET:
        case SW_RESTARTING:
            break;
        }
    }
}

void switch_step(void)
{
    if (shell.state == SW_CHECKING)
        check_and_start();
    if (shell.state == SW_DRAINING && path_tx_posted(emulated()) == 0) {
        stop_emulation();
    } else if (shell.state == SW_QUIET && is_quiet()) {
        smp_stop();
        restart();
        smp_go_on();
    }
}

bool switch_awaits_quiet(void) { return shell.state == SW_DRAINING || shell.state == SW_QUIET; }

uint64_t switch_deadline(void) { return shell.state == SW_CHECKING ? 0 : shell.state == SW_QUIET ? shell.quiet_deadline : ~0ull; }
