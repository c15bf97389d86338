/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two halves of the Linux module: what the kernel's half (module.c, netdev.c, ethtool.c, memory.c) and the shell's half
 * (face.c, machine.c, ../shell) ask of each other. The kernel's half knows no shell.h, the shell's half no header of the kernel:
 * they have names in common that mean different things.
 *
 *   os_*     the kernel's half has it; may be called in any context
 *   shell_*  the shell's half has it; one call at a time, bottom halves off (struct npa_adapter's lock)
 *
 * There is one shell in the module, so it binds to one device.
 */
#ifndef NPA_LINUX_OS_H
#define NPA_LINUX_OS_H

#include <stdbool.h>
#include <stdint.h>

/* ---- the kernel's half ---- */

uint64_t os_now_ns(void);

enum os_window { OS_BAR0, OS_BAR1, OS_VF /* where the hypervisor puts a VF's registers */, OS_WINDOWS };
uint32_t os_read32(enum os_window window, uint32_t off);
void os_write32(enum os_window window, uint32_t off, uint32_t value);
void *os_plain_registers(enum os_window window); /* NULL: a plain store reaches no register */

/* Zeroed memory for processor and device, in one piece; until os_free_all(). 0: there is none. */
uint64_t os_alloc(uint64_t bytes);
void *os_va(uint64_t dma); /* of anything in it */
/* The same, to be executed: the device's address, and through `va` the processor's. */
uint64_t os_alloc_code(uint64_t bytes, void **va);
uint64_t os_vf_page(void); /* the guest-physical page of OS_VF */

void os_print(const char *text, uint32_t len);
void os_panic(const char *text); /* does not return */
void os_schedule(uint32_t vector); /* poll it */
void os_timer(uint64_t ns);        /* shell_timer() when that long has passed; 0: no more */

struct os_fragment {
    const void *at;
    uint32_t len;
};

struct os_frame {
    struct os_fragment fragment[9];
    uint32_t fragments, len, vector;
    bool checked;  /* its device found the checksum of layer 4 right */
    bool tagged;
    uint16_t tci;
    bool hashed, hash_of_ports;
    uint32_t hash;
};
void os_receive(const struct os_frame *frame); /* copied */

/* ---- the shell's half ---- */

struct shell_setup {
    uint32_t queues, mtu, rx_ring, tx_ring, tx_bytes_max;
    bool npa; /* there is a window for a VF's registers */
};
int shell_open(const struct shell_setup *setup); /* 0, or a negative errno: there is nothing to be closed then */
/* The device stops; a VF must have been given back. What memory it had is no longer its own. */
void shell_close(void);
/* Gives a VF back, if it has one. true: it has none (any more); else call again after an event. */
bool shell_leave_vf(void);

void shell_read_mac(uint8_t mac[6]); /* before shell_open(), too */
bool shell_link(uint32_t *mbps);

struct shell_send {
    uint32_t len;
    bool tagged, checksum, more;
    uint16_t tci, mss;
};
/* A buffer for a frame; NULL: there is none now, shell_may_send() will say. */
void *shell_send_begin(void);
void shell_send(const struct shell_send *send); /* what the buffer holds now */
bool shell_may_send(void);

void shell_masked(uint32_t vector); /* it is to be polled: mask it */
uint32_t shell_poll(uint32_t vector, uint32_t budget);
void shell_unmask(uint32_t vector);
enum { SHELL_SAW_LINK = 1 };
uint32_t shell_event(void);
void shell_timer(void);

/* 0 or a positive errno */
uint32_t shell_set_mac(const uint8_t mac[6]);
uint32_t shell_set_rx_mode(bool all, bool all_groups, uint32_t addresses);
uint32_t shell_set_groups(const uint8_t (*mac)[6], uint32_t count);
uint32_t shell_set_vlan(uint32_t vid, bool add);
uint32_t shell_set_features(bool checks, bool strips);
uint32_t shell_set_rings(uint32_t rx, uint32_t tx);
void shell_get_rings(uint32_t *rx, uint32_t *tx, uint32_t *most);

/* SHELL_COUNT(name, what ethtool says): since the module was loaded, but for those that say what is now */
#define SHELL_COUNTS(SHELL_COUNT)                          \
    SHELL_COUNT(on_vf, "npa_on_vf")                        \
    SHELL_COUNT(offered, "npa_offers")                     \
    SHELL_COUNT(to_vf, "npa_switches_to_vf")               \
    SHELL_COUNT(to_emulation, "npa_switches_to_emulation") \
    SHELL_COUNT(refused, "npa_plugins_refused")            \
    SHELL_COUNT(drained, "npa_frames_drained")             \
    SHELL_COUNT(reclaimed_tx, "npa_tx_reclaimed")          \
    SHELL_COUNT(rx_emulated, "rx_frames_emulated")         \
    SHELL_COUNT(rx_vf, "rx_frames_vf")                     \
    SHELL_COUNT(tx_emulated, "tx_frames_emulated")         \
    SHELL_COUNT(tx_vf, "tx_frames_vf")                     \
    SHELL_COUNT(tx_dropped, "tx_frames_dropped")           \
    SHELL_COUNT(tx_stops, "tx_queue_stopped")
struct shell_counts {
#define SHELL_COUNT(name, text) uint64_t name;
    SHELL_COUNTS(SHELL_COUNT)
#undef SHELL_COUNT
};
extern struct shell_counts shell_counts;

#endif
