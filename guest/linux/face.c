/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Linux face in a real kernel: what its netdev, NAPI and ethtool ask of the shell's core, and what the core asks of them.
 *
 * There is one of everything, and one lock around all of it (os.h), so for the core it is a machine of one vCPU. A frame to send is
 * copied into a buffer of the shell's, a received one out of it: no buffer leaves the shell, whatever the stack does with a frame.
 */
#include "guest/linux/half.h"
#include "guest/plugins/vmxnet3/vmxnet3_plugin.h"

void *memset(void *to, int byte, size_t n);

struct shell shell;
struct shell_counts shell_counts;

/* As ../shell/linux: twice the descriptors that a frame may want. */
const struct shell_face face = {.gos_type = VMXNET3_GOS_TYPE_LINUX, .wake_room = 42};

enum { NOBODY = SHELL_NONE };
static uint32_t polled = NOBODY; /* the vector */
static uint32_t buffer = SHELL_NONE;
static bool is_open;

/* ---- one vCPU ---- */

void smp_stop(void) {}
void smp_go_on(void) {}
void smp_call(uint32_t vcpu) { (void)vcpu; }
void smp_pause(void) {}

/* ---- what the core asks ---- */

void face_scheduled(uint32_t vector)
{
    if (vector != polled)
        os_schedule(vector);
}

static bool is_right(const Shell_RecvFrame *frame)
{
    return (frame->tcp && frame->tcpXsum == SHELL_XSUM_CORRECT) || (frame->udp && frame->udpXsum == SHELL_XSUM_CORRECT);
}

void face_receive(struct Shell_RxQueueHandle *queue, const struct machine_rx *rx, const Shell_RecvFrame *frame)
{
    struct os_frame up = {.fragments = rx->fragments,
                          .len = frame->byteLength,
                          .vector = queue->index % queue->path->vectors,
                          .checked = is_right(frame) && rx->info & MACHINE_RX_VERIFIES,
                          .tagged = frame->vlan,
                          .tci = frame->vlanTag,
                          .hashed = rx->hash_type != SHELL_RECV_HASH_TYPE_NONE,
                          .hash_of_ports =
                              rx->hash_type == SHELL_RECV_HASH_TYPE_TCP_IPV4 || rx->hash_type == SHELL_RECV_HASH_TYPE_TCP_IPV6,
                          .hash = rx->hash};
    uint32_t sum = 0;
    for (uint32_t i = 0; i < rx->fragments; i++) {
        up.fragment[i] = (struct os_fragment){sh_va(rx->fragment[i].gpa), (uint32_t)rx->fragment[i].len};
        sum += up.fragment[i].len;
    }
    if (queue->path->number == PATH_VF)
        shell_counts.rx_vf++;
    else
        shell_counts.rx_emulated++;
    if (sum == up.len)
        os_receive(&up);
}
void face_receive_over(void) {}

void face_sent(uint32_t number, enum face_sent how)
{
    shell_counts.tx_dropped += how != FACE_SENT;
    buffers_put_tx(number);
}

/* The queueing discipline holds what there is: what is sent nevertheless waits in the core, and stops the queue. */
void face_transmit_stops(void) {}
void face_transmit_goes_on(void) {}

void face_print(const char *text, uint32_t len) { os_print(text, len); }

/* ---- life ---- */

static bool has_device(void)
{
    return sh_read32(MACHINE_VMXNET3_BAR1 + VMXNET3_REG_VRRS) & 1 && sh_read32(MACHINE_VMXNET3_BAR1 + VMXNET3_REG_UVRS) & 1;
}

/* All memory is taken now, when a kernel has most of it, and may be waited for. */
static int take_memory(void)
{
    struct path *path = &shell.path[PATH_EMULATED];
    if (!path_provide(path, PATH_EMULATED, shell.queues) || !buffers_init_tx() || !path_fits(path))
        return -GUEST_ENOMEM;
    path->auto_mask = true;
    if (!sh_machine()->npa)
        return 0;
    shell.plugin_gpa = sh_code_alloc(NPA_PLUGIN_PAGES_MAX * NPA_PAGE_SIZE);
    shell.plugin_shared_gpa = heap_alloc(NPA_PAGE_SIZE, NPA_PAGE_SIZE);
    if (!shell.plugin_gpa || !shell.plugin_shared_gpa || !path_provide(&shell.path[PATH_VF], PATH_VF, shell.queues))
        return -GUEST_ENOMEM;
    return 0;
}

int shell_open(const struct shell_setup *setup)
{
    memset(&shell, 0, sizeof(shell));
    machine_prepare(setup);
    machine_forget_memory();
    shell.cpus = 1;
    shell.cpu[0] = (struct shell_cpu){.tx_free = SHELL_NONE};
    shell.queues = setup->queues;
    shell.mtu = setup->mtu;
    shell.rx_ring = setup->rx_ring;
    shell.tx_ring = setup->tx_ring;
    shell.poll_budget = SHELL_POLL_BUDGET;
    shell.features = UPT1_F_RXCSUM | UPT1_F_RXVLAN;
    shell_counts.on_vf = 0;
    buffer = SHELL_NONE;
    polled = NOBODY;
    if (!has_device())
        return -GUEST_ENODEV;
    tx_init();
    device_init();
    control_init();
    int rc = take_memory();
    if (!rc && !device_start())
        rc = -GUEST_EIO;
    is_open = !rc;
    if (is_open)
        irq_schedule_all(); /* whatever came before is looked at now */
    return rc;
}

bool shell_leave_vf(void)
{
    if (shell.state == SW_PASSTHRU)
        switch_leave();
    shell_timer();
    return shell.state == SW_EMULATED;
}

void shell_close(void)
{
    is_open = false;
    os_timer(0);
    device_command(VMXNET3_CMD_QUIESCE_DEV);
    device_command(VMXNET3_CMD_RESET_DEV);
    shell.path[PATH_EMULATED].alive = shell.path[PATH_VF].alive = false;
    shell.tx_path = 0;
}

void shell_read_mac(uint8_t mac[6])
{
    uint32_t low = device_command(VMXNET3_CMD_GET_PERM_MAC_LO), high = device_command(VMXNET3_CMD_GET_PERM_MAC_HI);
    for (unsigned i = 0; i < 6; i++)
        mac[i] = (uint8_t)(i < 4 ? low >> 8 * i : high >> 8 * (i - 4));
}

/* [vmxnet3: GET_LINK] speed << 16 | up */
bool shell_link(uint32_t *mbps)
{
    uint32_t link = device_command(VMXNET3_CMD_GET_LINK);
    *mbps = link >> 16;
    return link & 1;
}

/* ---- interrupts and polls ---- */

/* A check of an image goes on in one go here; the others wait for something. */
static void go_on(void)
{
    do
        switch_step();
    while (switch_deadline() == 0);
    uint64_t until = switch_deadline(), now = sh_now();
    os_timer(until == ~0ull ? 0 : until > now ? until - now : 1);
}

void shell_masked(uint32_t vector)
{
    if (!is_open)
        return;
    polled = vector;
    irq_schedule(vector);
    polled = NOBODY;
}

uint32_t shell_poll(uint32_t vector, uint32_t budget)
{
    if (!is_open)
        return 0;
    polled = vector;
    shell.poll_budget = budget;
    uint32_t done = poll_queues_of(vector);
    tx_flush();
    go_on();
    polled = NOBODY;
    return done;
}

void shell_unmask(uint32_t vector)
{
    if (is_open)
        poll_is_done(vector);
}

uint32_t shell_event(void)
{
    if (!is_open)
        return 0;
    uint32_t events = device_event();
    go_on();
    return events & VMXNET3_ECR_LINK ? SHELL_SAW_LINK : 0;
}

void shell_timer(void)
{
    if (is_open)
        go_on();
}

/* ---- transmit ---- */

bool shell_may_send(void) { return is_open && !smp_me()->tx_stopped && (buffer != SHELL_NONE || buffers_tx_spare(smp_me())); }

void *shell_send_begin(void)
{
    if (!shell_may_send()) {
        tx_release();
        tx_stop();
        return 0;
    }
    if (buffer == SHELL_NONE)
        buffer = buffers_get_tx();
    return sh_va(buffers_tx_gpa(buffer));
}

void shell_send(const struct shell_send *send)
{
    struct tx_buffer *tx = &shell.tx_buffer[buffer];
    tx->len = send->len;
    tx->tagged = send->tagged;
    tx->tci = send->tci;
    tx->checksum = send->checksum;
    tx->mss = send->mss;
    if (shell.tx_path == &shell.path[PATH_VF])
        shell_counts.tx_vf++;
    else
        shell_counts.tx_emulated++;
    tx_send(buffer, send->more);
    buffer = SHELL_NONE;
    if (!buffers_tx_spare(smp_me()))
        tx_stop();
    if (!shell_may_send()) {
        shell_counts.tx_stops++;
        tx_release(); /* nobody comes behind it */
    }
}

/* ---- control ---- */

uint32_t shell_set_mac(const uint8_t mac[6]) { return control_set_mac(mac); }

uint32_t shell_set_rx_mode(bool all, bool all_groups, uint32_t addresses)
{
    shell.native.wishes.addresses = addresses;
    return control_set_rx_mode((all ? 1 : 0) | (all_groups ? 2 : 0));
}

uint32_t shell_set_groups(const uint8_t (*mac)[6], uint32_t count) { return control_set_multicast(mac, count); }
uint32_t shell_set_vlan(uint32_t vid, bool add) { return control_set_vlan(vid, add); }

uint32_t shell_set_features(bool checks, bool strips)
{
    return tuning_set_features((checks ? UPT1_F_RXCSUM : 0) | (strips ? UPT1_F_RXVLAN : 0));
}

uint32_t shell_set_rings(uint32_t rx, uint32_t tx) { return tuning_set_rings(rx, tx); }

void shell_get_rings(uint32_t *rx, uint32_t *tx, uint32_t *most)
{
    *rx = shell.rx_ring;
    *tx = shell.tx_ring;
    *most = SHELL_RING_MAX;
}
