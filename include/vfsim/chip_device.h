/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A chip as its drivers and the wire meet it: upcalls that it answers, services that it uses.
 *
 * Functions: vfsim_function_number() is a VF's number from 0, or -1 of the PF. Each has a port of the embedded switch, numbered
 * alike; the PF's comes behind those of all VFs (vfsim_function_port()).
 *
 * Registers: MMIO reaches a function that is there, not in reset, and decodes memory. What goes to the MSI-X table and its pending
 * bits, config space and SR-IOV, the library answers. A write of a register sets state and sets off DMA; it moves no frame by
 * itself.
 *
 * DMA takes its time over the PCIe link and goes through the IOMMU; the device is told by dma_read_done or dma_write_done, with
 * the tag of 63 bits that it gave. A reset drops what is under way: no upcall comes for it.
 *
 * Frames: who is given one (receive, transmit, arrive, vfsim_frame_from_memory()) owns it until he hands it on or ends it.
 * Handing on: vfsim_switch(), vfsim_wire_send(), vfsim_dma_write_frame() with `gives` (then the memory has it). Ending: by a drop
 * with a reason, of those that `vfsim reasons` lists. A frame that is lost, or ended twice, fails the run.
 */
#ifndef VFSIM_CHIP_DEVICE_H
#define VFSIM_CHIP_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vfsim/api.h>

VFSIM_BEGIN_DECLS

struct vfsim_nic;
struct vfsim_function;
struct vfsim_save;
typedef uint32_t vfsim_frame; /* 0: none; plain data, stays the same across save and restore */
typedef uint64_t vfsim_time;  /* ps */

enum vfsim_dma_status {
    VFSIM_DMA_OK,
    VFSIM_DMA_FAULT,         /* the IOMMU refused it */
    VFSIM_DMA_NO_BUS_MASTER, /* the driver has not enabled it */
    VFSIM_DMA_GONE,          /* the function is in reset */
};

/* What one function carried, with the check sequence of 4 bytes. */
struct vfsim_function_counts {
    uint64_t rx_frames, rx_bytes, rx_multicast, rx_broadcast, rx_dropped; /* dropped: came, and found no descriptor */
    uint64_t tx_frames, tx_bytes;
};

/* All are called by the library. Those that may be NULL say so. */
struct vfsim_device_ops {
    /* `size` is 1, 2, 4 or 8, `offset` a multiple of it. */
    uint64_t (*read)(struct vfsim_function *fn, unsigned bar, uint32_t offset, unsigned size);
    void (*write)(struct vfsim_function *fn, unsigned bar, uint32_t offset, unsigned size, uint64_t value);

    /* `data` is there during the call only; NULL with another status than VFSIM_DMA_OK. Both NULL: all DMA is that of queues. */
    void (*dma_read_done)(struct vfsim_function *fn, uint64_t tag, const void *data, uint32_t length, enum vfsim_dma_status status);
    void (*dma_write_done)(struct vfsim_function *fn, uint64_t tag, enum vfsim_dma_status status);

    /* A function-level reset, or VF Enable; of the PF (after all of its VFs) the whole chip's. Registers take their defaults; the
     * frames that it holds end, with vfsim_reason("function_reset"); those of queues have ended. Called once for each function when
     * the NIC is made, too, the PF last. */
    void (*reset)(struct vfsim_function *fn);

    void (*timer)(struct vfsim_nic *nic, uint16_t verb, uint64_t a, uint64_t b); /* vfsim_timer_start(); NULL: it uses none */

    /* A frame has come from the wire. Takes it. */
    void (*arrive)(struct vfsim_nic *nic, vfsim_frame frame);
    /* Of vfsim_switch(), for each function that is to have it, and for the wire. Takes it. NULL: queue 0 of the function has it; it
     * waits in the library's queue in front of the wire. */
    void (*receive)(struct vfsim_function *fn, vfsim_frame frame);
    void (*transmit)(struct vfsim_nic *nic, vfsim_frame frame);

    void (*link_changed)(struct vfsim_nic *nic, bool up); /* NULL: it does not care */
    void (*config_written)(struct vfsim_function *fn, uint16_t offset, unsigned size); /* after a write; NULL: it does not care */

    /* Statistics by name, in order, for reports and `ethtool -S`: false past the end. NULL: it has none. */
    bool (*counter)(struct vfsim_nic *nic, unsigned i, const char **name, uint64_t *value);
    void (*counts)(struct vfsim_function *fn, struct vfsim_function_counts *out); /* NULL: what its queues have counted */

    /* What is saved beside the states; the same calls write and read. NULL: nothing is. */
    void (*save)(struct vfsim_nic *nic, struct vfsim_save *save);
};

/* ---- who is who ---- */
VFSIM_API void *vfsim_nic_state(struct vfsim_nic *nic);
VFSIM_API void *vfsim_function_state(struct vfsim_function *fn);
VFSIM_API struct vfsim_nic *vfsim_function_nic(struct vfsim_function *fn);
VFSIM_API int vfsim_function_number(const struct vfsim_function *fn);
VFSIM_API unsigned vfsim_function_port(const struct vfsim_function *fn);
VFSIM_API unsigned vfsim_nic_vfs(const struct vfsim_nic *nic); /* TotalVFs */
VFSIM_API struct vfsim_function *vfsim_nic_function(struct vfsim_nic *nic, int number); /* -1: the PF; NULL: no such VF */
VFSIM_API void vfsim_nic_address(const struct vfsim_nic *nic, uint8_t mac[6]); /* as its board's memory has it */
VFSIM_API const char *vfsim_nic_name(const struct vfsim_nic *nic); /* "h0.vmnic0" */

/* ---- time ---- */
struct vfsim_timer {
    uint32_t word[2]; /* plain data; zeros: none */
};
VFSIM_API vfsim_time vfsim_now(const struct vfsim_nic *nic);
VFSIM_API struct vfsim_timer vfsim_timer_start(struct vfsim_nic *nic, vfsim_time at, uint16_t verb, uint64_t a, uint64_t b);
VFSIM_API bool vfsim_timer_stop(struct vfsim_nic *nic, struct vfsim_timer *timer); /* true: it had not gone off; cleared anyway */

/* ---- memory and interrupts ---- */
enum { VFSIM_DMA_READ_MAX = 65536, VFSIM_DMA_WRITE_MAX = 128 }; /* bytes, at least 1; frames are written in any length */
VFSIM_API void vfsim_dma_read(struct vfsim_function *fn, uint64_t address, uint32_t length, uint64_t tag);
VFSIM_API void vfsim_dma_write(struct vfsim_function *fn, uint64_t address, const void *data, uint32_t length, uint64_t tag);
/* Bytes [from, from + length) of a frame. `gives`: the memory has the frame from then on, and the driver who finds it there hands
 * it up; pieces of one frame in order, the one with byte 0 first. Of a write that ends otherwise than VFSIM_DMA_OK the device has
 * the frame again, unless another piece of it has landed; at a reset the library ends it. */
VFSIM_API void vfsim_dma_write_frame(struct vfsim_function *fn, uint64_t address, vfsim_frame frame, uint32_t from, uint32_t length,
                                     bool gives, uint64_t tag);
/* All that is under way, and its queues with it, as a reset does: for a reset by the chip's own register. */
VFSIM_API void vfsim_dma_drop(struct vfsim_function *fn);
VFSIM_API void vfsim_interrupt(struct vfsim_function *fn, unsigned vector); /* behind DMA writes that were issued before */
VFSIM_API bool vfsim_bus_master(const struct vfsim_function *fn);
/* Config space as a driver reads it, without effects. */
VFSIM_API uint32_t vfsim_config(struct vfsim_function *fn, uint16_t offset, unsigned size);

/* ---- frames ---- */
/* What the driver sends, when its data have been read: `data` is the first piece of `length` bytes in all, read from `address`. The
 * frame that was made there, or a new one of no flow; 0: there is no room for it, or another one was made there than is sent (it
 * has been ended as malformed). Further pieces: vfsim_frame_fill(). Legal lengths are 14 … 9728. */
VFSIM_API vfsim_frame vfsim_frame_from_memory(struct vfsim_function *fn, uint64_t address, uint32_t length, const void *data,
                                              uint32_t data_length);
VFSIM_API void vfsim_frame_fill(struct vfsim_nic *nic, vfsim_frame frame, uint32_t from, const void *data, uint32_t length);
VFSIM_API const uint8_t *vfsim_frame_bytes(struct vfsim_nic *nic, vfsim_frame frame, uint32_t *length); /* without check sequence */
/* What a packet parser sees of a frame: bits; none: no IP packet, or one that is not whole. Of fragments only the version. A
 * checksum that is there is right or wrong: of the IPv4 header, and of TCP or UDP. A guest's shell wants to know
 * (docs/adding-a-chip.md). */
enum {
    VFSIM_FRAME_IPV4 = 1,
    VFSIM_FRAME_IPV6 = 2,
    VFSIM_FRAME_TCP = 4,
    VFSIM_FRAME_UDP = 8,
    VFSIM_FRAME_IP_RIGHT = 16,
    VFSIM_FRAME_IP_WRONG = 32,
    VFSIM_FRAME_L4_RIGHT = 64,
    VFSIM_FRAME_L4_WRONG = 128,
};
VFSIM_API uint32_t vfsim_frame_kind(struct vfsim_nic *nic, vfsim_frame frame);
VFSIM_API bool vfsim_frame_has_bad_crc(struct vfsim_nic *nic, vfsim_frame frame);
VFSIM_API vfsim_frame vfsim_frame_copy(struct vfsim_nic *nic, vfsim_frame frame); /* 0: there is no room */
VFSIM_API void vfsim_frame_push_vlan(struct vfsim_nic *nic, vfsim_frame frame, uint16_t tci);
VFSIM_API bool vfsim_frame_pop_vlan(struct vfsim_nic *nic, vfsim_frame frame, uint16_t *tci); /* false: it has no tag */
/* Whoever owns a frame may keep a word in it, and so chain frames without memory of his own. */
VFSIM_API uint32_t *vfsim_frame_mark(struct vfsim_nic *nic, vfsim_frame frame);

/* A reason by its name ("rx_no_descriptor"); -1: there is none. Reasons of deliveries are no drops: -1, too. */
VFSIM_API int vfsim_reason(const char *name);
VFSIM_API void vfsim_nic_drop(struct vfsim_nic *nic, vfsim_frame frame, int reason); /* "h0.vmnic0" dropped it */
VFSIM_API void vfsim_function_drop(struct vfsim_function *fn, vfsim_frame frame, int reason); /* "h0.vmnic0 vf 2" did */

/* ---- the wire ---- */
VFSIM_API vfsim_time vfsim_wire_free_at(const struct vfsim_nic *nic); /* a frame sent before waits in the wire's own queue */
VFSIM_API void vfsim_wire_send(struct vfsim_nic *nic, vfsim_frame frame);
VFSIM_API bool vfsim_link_is_up(const struct vfsim_nic *nic);

/* ---- the embedded switch ----
 * Tables of the library's, saved with the NIC; the chip writes into them what its registers say. Ports are bits. Who gets a frame
 * is said in sim/eswitch/eswitch.h and docs/adding-a-chip.md. */
enum { VFSIM_SWITCH_UPLINK = 64 }; /* a source: the wire */

struct vfsim_switch_port {
    bool receives, sends; /* off: as if it were not there */
    bool broadcast, untagged; /* it takes such frames */
    bool groups, all_groups; /* those of the table; all */
    bool promiscuous;
    bool vlan_filter; /* tagged frames only of VLANs whose entry has it */
    bool check_address, check_vlan; /* anti-spoof */
    bool port_vlan, strip; /* what it sends gets `port_tci`; tags are taken off on the way to it */
    uint16_t port_tci;
    bool hairpin, prune; /* what it sends to itself comes back; what comes from the wire with its own address does not */
};
VFSIM_API void vfsim_switch_clear(struct vfsim_nic *nic); /* all tables: every port is off */
VFSIM_API void vfsim_switch_set_port(struct vfsim_nic *nic, unsigned port, const struct vfsim_switch_port *as);
VFSIM_API void vfsim_switch_set_address(struct vfsim_nic *nic, unsigned entry, bool valid, const uint8_t mac[6], uint64_t ports);
VFSIM_API void vfsim_switch_set_vlan(struct vfsim_nic *nic, unsigned entry, bool valid, uint16_t vid, uint64_t ports);
VFSIM_API void vfsim_switch_set_groups(struct vfsim_nic *nic, unsigned word,
                                       uint32_t bits); /* 128 words: bits 47:36 of an address */
VFSIM_API void vfsim_switch_set_default(struct vfsim_nic *nic, int port); /* what nobody has; -1: is dropped */
VFSIM_API void vfsim_switch_set_loopback(struct vfsim_nic *nic,
                                         bool on); /* off: all that functions send leaves by the wire (VEPA) */
struct vfsim_switch_mirror {
    bool from_wire, to_wire;
    uint64_t ports; /* what these receive from the wire */
    uint64_t vlans; /* entries of VLANs */
    unsigned to;
};
VFSIM_API void vfsim_switch_set_mirror(struct vfsim_nic *nic, unsigned rule,
                                       const struct vfsim_switch_mirror *as); /* of 4; NULL: off */

/* Switches a frame that came from `source` (a port, or VFSIM_SWITCH_UPLINK), and hands copies to `receive` and `transmit` before it
 * returns; tags are put on and taken off as the tables say. A frame that nobody may have is dropped. Takes it. */
VFSIM_API void vfsim_switch(struct vfsim_nic *nic, unsigned source, vfsim_frame frame);

/* ---- telling ---- */
/* A sentence of the narrative trace (category nic): "who > what happened -> what follows". */
VFSIM_API void vfsim_trace(struct vfsim_nic *nic, const char *format, ...) VFSIM_PRINTF(2, 3);

/* ---- saving what is no state ---- */
VFSIM_API bool vfsim_save_is_loading(const struct vfsim_save *save);
VFSIM_API void vfsim_save_bytes(struct vfsim_save *save, void *bytes, size_t length);
VFSIM_API void vfsim_save_refuse(struct vfsim_save *save, const char *format, ...) VFSIM_PRINTF(2, 3);

VFSIM_END_DECLS

#endif
