/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI Express as devices and their drivers see it: functions, config space, BARs, MMIO, DMA, MSI-X.
 *
 * A function never knows who drives it. Drivers (a guest vCPU, the PF driver, later a UML kernel) reach it by pci_mmio_*()
 * and pci_config_*(); the device is told by struct pci_function_ops and acts by pci_dma_*() and pci_msix_raise().
 *
 * Timing: MMIO writes are posted (arrive `down` latency after they were issued, in order); MMIO reads make a round trip and
 * push every earlier posted write and DMA write of the function's link before their answer [PCIe ordering]. DMA goes through
 * the link's bandwidth in each direction and its latency. An "emulated" link (the hypervisor's own copy loop) is the same
 * interface with other parameters. The model behind it may grow; this interface stays.
 *
 * Wire model [validation.md 1.1]: TLP headers of 24 B (write, read request) and 20 B (completion) a chunk of MPS, MRRS and
 * MPS bytes; no TLP crosses 4 KB, and completions end on the read completion boundary (RCB) until their last; ACK, flow
 * control and SKP take their share of the raw rate. Each direction is one server. Up (device to memory) is strictly first
 * come, first served: DMA writes, read requests, messages, MMIO answers. Down, posted MMIO goes before completions, which
 * lose exactly the wire time it took. A DMA read looks at memory when its data arrive at the device, a write changes memory
 * when it arrives there, whole or (a refused one) not at all.
 *
 * Waiting: a read request holds a tag until its data are at the device, and waits for one when all are out; writes may pass
 * it meanwhile. At the root the IOMMU looks up every page (struct iommu_params in pcie/iommu.h): a request that misses waits
 * for its page walk. Writes stay in order behind such a wait, and reads behind the writes before them [PCIe 2.4.1]; reads
 * do not wait for each other. Writes that wait fill the root's posted credits, and then stop everything going up.
 *
 * Decoding: MMIO reaches a function that exists, is not in reset, is in D0, and whose memory decode is on: PCI_COMMAND_MEMORY
 * of a PF, VF MSE of its PF for a VF. Otherwise reads give all ones and writes are dropped (counted), and a function that is
 * there and not in reset logs an Unsupported Request in Device Status and AER, and tells the root as its enables say. DMA needs
 * PCI_COMMAND_MASTER of the function itself, also for a VF. MMIO to the MSI-X table and PBA ends in pcie: the device's
 * mmio_read/mmio_write are not called for them.
 *
 * Reset (FLR of a function; of a PF also all its VFs, as does clearing VF Enable): every DMA of the function under way is
 * dropped, no done call comes for it, and nothing of it lands. Messages already sent still arrive. Config space takes its
 * defaults, MSI-X too, then ops->reset is called. For 100 ms (profile vf_reset_wait_ps) the function is in reset: config and
 * MMIO reads give all ones, writes are dropped, DMA it starts ends in PCI_GONE. VF Enable puts the new VFs in reset, too.
 *
 * Units: ps, bytes. Ownership: the NIC owns its functions and link; buffers passed in are copied before return.
 */
#ifndef VFSIM_PCIE_PCIE_H
#define VFSIM_PCIE_PCIE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/frame/mem.h"
#include "core/world/sim.h"
#include "pcie/iommu.h"

struct pci_link;
struct pci_function;

/* Header of memory requests: always of 4 words (24 B on the wire), always of 3 (20 B), or as [PCIe 2.2.4.1] has it: 3 below
 * 4 GB. The published model counts one or the other. */
enum pci_header { PCI_HEADER_64 = 0, PCI_HEADER_32, PCI_HEADER_BY_ADDRESS };

/* What acknowledgements and flow control cost. PUBLISHED: a fixed share of each direction's rate, by the limits of the PCIe
 * tables, as validation.md 1.1 counts. COUNTED: where they are caused; each TLP costs its receiver's side one DLLP of 8 B (its
 * ACK; updates of credits are rare beside it); a direction that nobody answers to carries none. */
enum pci_dllp { PCI_DLLP_PUBLISHED = 0, PCI_DLLP_COUNTED };

enum { PCI_TAGS_MAX = 15360 /* 14 bits [PCIe 6.0 2.2.6.2] */, PCI_POSTED_MAX = 1024 };

struct pci_link_params {
    unsigned gen, lanes;      /* 1…5, 1…16; ignored when emulated */
    uint32_t mps, mrrs;       /* max payload, max read request: 128 … 4096 */
    uint32_t rcb;             /* 64 or 128: read completion boundary; 0: 64 */
    bool rcb_chunks;          /* the root completes reads in chunks of the RCB instead of the MPS */
    unsigned tags;            /* read requests out at once, 1 … PCI_TAGS_MAX (32 while software has Extended Tags
                               * off); 0: 256, the 8-bit tags of PCIe 1 to 4 */
    unsigned posted;          /* writes (TLPs) that may wait at the root: 1 … PCI_POSTED_MAX; 0: 64 */
    enum pci_header header;
    bool ecrc;                /* 4 B more on every TLP */
    enum pci_dllp dllp;
    unsigned completion_unit; /* the root sends each completion in whole units of so many bytes; 0: of any length */
    struct iommu_params iommu; /* of the root port; none when emulated */
    sim_time latency_ps;      /* one way, device to memory or CPU to device, without serialisation */
    sim_time memory_ps;       /* what memory adds to a read */
    bool emulated;            /* no wire: latency_ps and copy rate only */
    uint64_t copy_bps;        /* emulated: bytes move at this rate, 0 infinite */
};
/* All that a slot of this generation and width has (link.c says from where): the one set, of a NIC's line as of tools/validate. */
void pci_link_params_slot(struct pci_link_params *p, unsigned gen, unsigned lanes);
/* The slot of gen2 x8: mps 128, mrrs 512. */
void pci_link_params_default(struct pci_link_params *p);

/* DMA operations of one link under way at once; a device bounds its own, so more is our bug and asserts. */
enum { PCI_DMA_OPS_MAX = 16384 };

/* MPS and MRRS are where Device Control of the PF starts from; software that changes it changes the chunks. NULL: no memory
 * or params outside the limits above. */
struct pci_link *pci_link_create(struct sim *sim, const char *name, const struct pci_link_params *params);
void pci_link_destroy(struct pci_link *link);

/* ---- functions ---- */

enum pci_status { PCI_OK = 0, PCI_IOMMU_FAULT = 1, PCI_NO_BUS_MASTER = 2, PCI_GONE = 3 /* function reset meanwhile */ };

enum pci_reset { PCI_RESET_FLR, PCI_RESET_DEVICE };

struct pci_function_ops {
    uint64_t (*mmio_read)(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size);
    void (*mmio_write)(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size, uint64_t value);
    /* `data` is valid during the call only; NULL with a status other than PCI_OK. */
    void (*dma_read_done)(struct pci_function *fn, uint64_t tag, const void *data, uint32_t len, enum pci_status status);
    void (*dma_write_done)(struct pci_function *fn, uint64_t tag, enum pci_status status); /* when it has reached memory */
    void (*reset)(struct pci_function *fn, enum pci_reset kind);
    /* After a config write changed bytes [off, off+size): SR-IOV control, bus master, FLR (reset is called by pcie itself). */
    void (*config_written)(struct pci_function *fn, uint16_t off, unsigned size); /* may be NULL */
};

/* Where a message-signalled interrupt goes. */
struct msi_sink {
    void (*message)(struct msi_sink *sink, struct pci_function *fn, uint64_t address, uint32_t data);
    void (*line)(struct msi_sink *sink, struct pci_function *fn, bool asserted); /* its INTA; NULL: nobody listens to it */
};

enum { PCI_BARS = 6, PCI_CONFIG_SIZE = 4096, PCI_MSIX_MAX = 64, PCI_VENDOR_CAPS_MAX = 6 };

/* A capability whose meaning is the vendor's (id 9): read-only bytes behind its length. */
struct pci_vendor_cap {
    uint16_t offset;
    uint8_t len;      /* of all of it, with id, next pointer and this byte */
    uint8_t body[17]; /* from byte 3 on */
};

struct pci_function_params {
    uint16_t vendor, device, subsystem_vendor, subsystem, vf_device; /* vf_device: of its VFs, 0 without SR-IOV */
    uint32_t class_code;            /* 24 bits */
    uint8_t revision;
    uint16_t rid;                   /* bus << 8 | device << 3 | function (ARI for VFs) */
    bool is_vf;
    struct pci_function *pf;        /* of a VF */
    uint64_t bar_size[PCI_BARS];    /* 0: none; power of two; VFs: the size of one VF's slice of the PF's VF BAR */
    bool bar_is_64[PCI_BARS];
    unsigned msix_vectors, msix_bar;
    uint32_t msix_table_off, msix_pba_off;
    unsigned total_vfs;             /* > 0: SR-IOV capability */
    uint16_t vf_offset, vf_stride;
    /* capability offsets in config space, 0: pcie chooses; the chip gives the real ones */
    uint16_t cap_pm, cap_msi, cap_msix, cap_pcie, cap_aer, cap_ari, cap_sriov;
    bool msi_unmaskable;            /* its MSI has no mask and no pending bit */
    bool has_intx;                  /* it calls pci_intx_set() */
    bool no_aer;
    uint64_t serial;                /* Device Serial Number, where AER would be; 0: none */
    const struct pci_vendor_cap *vendor_caps; /* stays with the chip */
    unsigned vendor_cap_count;
};

/* Functions live as long as their link; a VF's exists from the start but answers only while VF Enable makes it. */
/* All parameters are checked by assert: they are a chip's, not a user's. Create the PF before its VFs, VFs in RID order. MSI
 * is there only with cap_msi, PM of a VF only with cap_pm; ARI comes with SR-IOV. */
struct pci_function *pci_function_create(struct pci_link *link, struct component *dev, void *dev_data,
                                         const struct pci_function_ops *ops, const struct pci_function_params *params);
void *pci_function_data(const struct pci_function *fn);      /* dev_data */
struct component *pci_function_component(const struct pci_function *fn);
uint16_t pci_function_rid(const struct pci_function *fn);
/* What whoever shows it to a guest must say for it, since a VF's own config space does not [SR-IOV 3.4.1]: device << 16 | vendor,
 * and the size of a BAR, 0: none. */
uint32_t pci_function_identity(const struct pci_function *fn);
uint64_t pci_function_bar(const struct pci_function *fn, unsigned bar, bool *is_64);
unsigned pci_function_vfs(const struct pci_function *pf); /* NumVFs while VF Enable is on, else 0 */
bool pci_function_is_present(const struct pci_function *fn); /* a VF: VF Enable and within NumVFs, and past its reset */
bool pci_function_in_reset(const struct pci_function *fn);   /* within 100 ms of an FLR or VF Enable: config reads 0xffffffff */
void pci_function_set_multi(struct pci_function *fn);          /* its device has other functions: header type, bit 7 */
void pci_function_set_domain(struct pci_function *fn, struct iommu_domain *domain); /* NULL: every DMA faults */
struct iommu_domain *pci_function_domain(const struct pci_function *fn);
void pci_function_set_sink(struct pci_function *fn, struct msi_sink *sink);
void pci_function_save(struct pci_function *fn, struct save *s); /* called by the link's save; here for tests */

/* ---- the driver's side ---- */
uint32_t pci_config_read(struct pci_function *fn, uint16_t off, unsigned size);
void pci_config_write(struct pci_function *fn, uint16_t off, unsigned size, uint32_t value);
uint16_t pci_find_capability(struct pci_function *fn, uint8_t id);      /* offset or 0 */
uint16_t pci_find_ext_capability(struct pci_function *fn, uint16_t id); /* offset or 0 */

/* When the root port can hold another posted write of this function's driver: at most `posted` of the link's parameters wait there
 * for the wire, and a processor's store to more of them stalls. `at`, or a later time. */
sim_time pci_mmio_write_room(const struct pci_function *fn, sim_time at);

/* True: `count` of them find room from `at` on, whenever they come. */
bool pci_mmio_write_fits(const struct pci_function *fn, sim_time at, unsigned count);
/* So long after its store, at the least, its driver can see what came of it. */
sim_time pci_mmio_write_reach(const struct pci_function *fn);

/* Posted write issued at `at` (>= now) by `from`, who has asked for room if he can wait. */
void pci_mmio_write(struct pci_function *fn, struct component *from, sim_time at, unsigned bar, uint32_t off, unsigned size,
                    uint64_t value);
/* Read issued at `at`: `from` gets event (cls, verb, a = cookie, b = value) when the answer is back. All ones from a function
 * that is not there. */
void pci_mmio_read(struct pci_function *fn, struct component *from, sim_time at, unsigned bar, uint32_t off, unsigned size,
                   enum event_class cls, uint16_t verb, uint64_t cookie);

/* Functional access without time, for debuggers, tests and `regs` views. */
uint64_t pci_mmio_peek(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size);
/* The same for a store. False: nobody decodes it there, and nothing happened. */
bool pci_mmio_poke(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size, uint64_t value);
bool pci_mmio_is_in_bar(const struct pci_function *fn, unsigned bar, uint32_t off, unsigned size); /* and naturally aligned */
bool pci_mmio_is_decoded(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size); /* would it? */

/* Program MSI-X entry `vector` and its mask directly, as a hypervisor that owns the table does. */
void pci_msix_program(struct pci_function *fn, unsigned vector, uint64_t address, uint32_t data, bool masked);
void pci_msix_enable(struct pci_function *fn, bool on);

/* ---- the device's side ---- */
enum { PCI_DMA_INLINE_MAX = 128 }; /* bytes a device may write from its own state in one go */

/* Lengths are at least 1. */

/* Asynchronous; the device is told by dma_read_done / dma_write_done with its `tag`. Reads of up to 65,536 bytes.
 * Refused ones (IOMMU, bus master) complete with that status, at the time the request would have reached the root. */
void pci_dma_read(struct pci_function *fn, uint64_t addr, uint32_t len, uint64_t tag);
void pci_dma_write(struct pci_function *fn, uint64_t addr, const void *data, uint32_t len, uint64_t tag);
/* Bytes [frame_off, frame_off+len) of `ref`: copied when they reach memory; the device keeps owning `ref` until done. The
 * memory is tagged (mem_tag_received) by pcie when `tag_frame` is set: ownership of `ref` then moves to the memory.
 *
 * Who ends a tagged `ref` that did not get there:
 *  - when dma_write_done comes with another status than PCI_OK, the device owns `ref` (again), unless another fragment of the
 *    same frame had PCI_OK (then the memory does). With several fragments, issue the one with frame_off 0 first, and wait
 *    for the last done before ending the frame.
 *  - at a reset, pcie ends the refs that have a tagged write under way, once each, as FATE_function_reset at the function's
 *    component, before it calls ops->reset; those with a landed fragment stay the memory's. The device ends only frames of
 *    which no fragment has landed or is under way.
 * Without tag_frame the device owns `ref` at all times, also in ops->reset. */
void pci_dma_write_frame(struct pci_function *fn, uint64_t addr, frame_ref ref, uint32_t frame_off, uint32_t len, bool tag_frame,
                         uint64_t tag);
/* Writes that need no event where nobody could tell (pcie/late.c). The device hears nothing of the first. Of the second, a whole
 * frame `f` of `ref` that becomes the memory's (as with tag_frame), it is told by dma_write_done: at once when it does not land,
 * with PCI_OK when somebody looks after it has landed. Who must know sooner calls pci_dma_be_in_time(): then each that is under
 * way on any link is told as it lands. */
void pci_dma_post(struct pci_function *fn, uint64_t addr, const void *data, uint32_t len);
void pci_dma_post_frame(struct pci_function *fn, uint64_t addr, frame_ref ref, struct frame *f, uint64_t tag);
void pci_dma_be_in_time(struct pci_function *fn);

/* A frame the driver made at addr (mem_tag_read through the function's domain); 0 if there is none or it can't be reached.
 * Called by a device with its first fragment's address when the data have been read. */
frame_ref pci_frame_made_at(struct pci_function *fn, uint64_t addr);
/* The flow of frames that a driver makes without telling, in the memory at addr (struct sim_mem): FLOW_NONE unless that has one. */
uint32_t pci_flow_at(struct pci_function *fn, uint64_t addr);

/* Raise a vector: a posted write to the sink in order after earlier DMA writes, or pending while masked. With MSI-X disabled
 * and MSI enabled, the one MSI message; with neither, nothing, counted: then a function that has INTx uses that. */
void pci_msix_raise(struct pci_function *fn, unsigned vector);
bool pci_sends_messages(const struct pci_function *fn); /* MSI-X or MSI is enabled */
/* The level of its INTA, for as long as the device wants: Interrupt Status shows it, and a change of it goes up as a message unless
 * Interrupt Disable, MSI or MSI-X forbid [PCIe 2.2.8.1, 7.5.1.1]. A reset lowers it. */
void pci_intx_set(struct pci_function *fn, bool asserted);
bool pci_intx_level(const struct pci_function *fn); /* as it was told last */
bool pci_has_intx(const struct pci_function *fn);
bool pci_bus_master(const struct pci_function *fn);
/* What a chip's own software reset does to its DMA: everything under way is dropped, by the rule for resets above. */
void pci_function_drop_dma(struct pci_function *fn);

struct pci_function_stats {
    uint64_t mmio_dropped; /* accesses to a function that did not decode */
    uint64_t dma_refused; /* not PCI_OK */
    uint64_t dma_dropped; /* under way at a reset */
    uint64_t messages; /* sent */
    uint64_t messages_no_sink; /* arrived where nobody listens */
    uint64_t vectors_lost; /* raised with MSI-X and MSI disabled */
    uint64_t unsupported; /* requests it was there for and does not support: logged in Device Status and AER */
    uint64_t errors_told; /* ERR_COR, ERR_NONFATAL, ERR_FATAL sent to the root */
};
void pci_function_get_stats(const struct pci_function *fn, struct pci_function_stats *out);

struct pci_link_stats {
    uint64_t bytes_up, bytes_down; /* on the wire, with headers */
    uint64_t reads, writes, mmio_reads, mmio_writes, messages;
    uint64_t tag_waits; /* read requests that found every tag out */
    uint64_t iotlb_hits, iotlb_misses; /* pages looked up; a page whose walk is under way is a hit */
};
void pci_link_get_stats(const struct pci_link *link, struct pci_link_stats *out);
/* True when no DMA of `fn` is under way. */
bool pci_function_is_idle(struct pci_function *fn);

#endif
