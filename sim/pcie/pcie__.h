/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of sim/pcie share: the link and its two serialised directions, functions and their config images, the
 * pool of DMA operations. Nothing outside this folder includes it.
 *
 * Every struct …_state is plain data without pointers and is saved as it is; the rest is configuration and wiring.
 */
#ifndef VFSIM_PCIE_PCIE__H
#define VFSIM_PCIE_PCIE__H

#include <linux/pci_regs.h> /* the names of the registers */

#include "core/frame/way.h"
#include "core/engine/timeheap.h"
#include "core/frame/frame.h"
#include "core/world/sim.h"
#include "pcie/pcie.h"

enum {
    PCIE_FUNCTIONS_MAX = 256, /* ARI: 8 bits of function number */
    PCIE_DMA_MAX = 65536,     /* bytes of one DMA operation */
    PCIE_RUNS_MAX = PCIE_DMA_MAX / 4096 + 1,
    PCIE_LATE_BYTES = 64, /* of a write without an event that is no frame's */
};

/* TLP sizes on the wire with framing [validation.md 1.1]; a request's with 64-bit addresses, 4 less with 32-bit ones */
enum { TLP_REQUEST_HEADER = 24, TLP_REQUEST_HEADER_32 = 20, TLP_CPLD_HEADER = 20, TLP_ECRC = 4, TLP_DLLP = 8 };
enum { TLP_DLLPS_OF_REQUEST = 1, TLP_DLLPS_OF_COMPLETION = 1 }; /* enum pci_dllp says why */
enum { PCIE_TAGS_5BIT = 32, PCIE_TAGS_DEFAULT = 256, PCIE_POSTED_DEFAULT = 64, PCIE_RCB_DEFAULT = 64 };

enum link_verb { LINK_DMA = 1, LINK_MMIO_WRITE, LINK_MMIO_READ, LINK_MESSAGE, LINK_INTX };

enum dma_kind { DMA_FREE, DMA_READ, DMA_WRITE, DMA_WRITE_FRAME };

/* One DMA operation under way. Lists are by index + 1; 0 ends them. */
struct dma_op {
    uint64_t addr, tag;
    uint64_t number; /* of its event when it was issued: they grow in that order */
    struct event_id event;
    uint32_t len, frame_off;
    frame_ref ref;
    uint32_t prev, next; /* of the same function, in order of issue; `next` also links the free list */
    uint16_t fn;
    uint8_t kind;   /* enum dma_kind */
    uint8_t status; /* enum pci_status known when it was issued */
    bool tag_frame;
    bool waits;     /* for a page that is still to come; younger ones of the function wait behind it */
    bool is_quiet;  /* its device is not told of its end */
};

/* A write under way without an event. */
struct late_write {
    sim_time at;
    uint64_t number; /* of the event that it would have */
    uint64_t addr, offset; /* on the bus, and in the memory */
    uint64_t tag;
    uint32_t len;
    frame_ref ref; /* 0: `data` */
    uint8_t data[PCIE_LATE_BYTES];
};

/* One direction of the link: a server with a queue. */
struct pcie_lane_state {
    struct sim_rate rate;
    sim_time free_at; /* when the last byte accepted so far has left */
    sim_time busy;    /* with bytes, in all */
    sim_time waited;  /* up: for a posted credit; down: requests for a tag … */
    sim_time waits_until; /* … of which the last one has it then */
};

struct pci_link_state {
    struct pcie_lane_state up, down;
    sim_time down_debt; /* posted traffic since the last completion that the completions have still to make room for */
    sim_time landed_at; /* arrival of the last DMA write or message, in memory */
    uint32_t tag_next;  /* tags are given out in turn */
    uint32_t posted_next, posted_count; /* writes that had to wait at the root, since the last that had not */
    uint32_t ops_touched; /* ops [0, touched) have been used at least once */
    uint32_t ops_free;    /* head of the free list */
    struct pci_link_stats stats;
};

struct pci_link {
    struct component c;
    struct pci_link_params params; /* with the defaults filled in */
    uint8_t header_low, header_high; /* of a memory request to below 4 GB, and above */
    uint8_t header_cpld;
    uint32_t tags_live; /* 32 while Extended Tag Enable of the first PF is off; follows from its config space */
    struct pci_function *fn[PCIE_FUNCTIONS_MAX];
    unsigned fn_count;
    struct dma_op *ops;                     /* [PCI_DMA_OPS_MAX] */
    uint8_t (*op_data)[PCI_DMA_INLINE_MAX]; /* [PCI_DMA_OPS_MAX] */
    uint8_t *bounce;                        /* [PCIE_DMA_MAX] */
    struct timeheap ahead;    /* posted writes whose time has not come, or not been asked for: bytes */
    sim_time *tag_free;       /* [tags]: when the data of the last request with it are at the device */
    sim_time *posted_landing; /* [posted]: ring by posted_next */
    struct pcie_iotlb *iotlb; /* NULL: translation takes no time */
    struct pci_link_state st;
};

/* Of a function that has INTx: the level that its device wants, and the one that the root has heard of. */
struct pcie_intx {
    uint32_t level, told;
};

struct msix_entry {
    uint64_t address;
    uint32_t data, control;
};

struct pci_function_state {
    uint8_t config[PCI_CONFIG_SIZE];
    struct msix_entry msix[PCI_MSIX_MAX];
    uint64_t msix_pending; /* the PBA */
    sim_time reset_until;
    sim_time posted_free_at; /* its drivers' posted writes stay in order */
    uint32_t op_first, op_last, op_count, op_waiting;
    struct pci_function_stats stats;
};

/* The config space on paper: what a reset gives, what software may change, what writing ones clears, what survives. */
struct config_image {
    uint8_t reset[PCI_CONFIG_SIZE];
    uint8_t write[PCI_CONFIG_SIZE];
    uint8_t w1c[PCI_CONFIG_SIZE];
    uint8_t sticky[PCI_CONFIG_SIZE];
};

struct pci_function {
    struct pci_link *link;
    struct component *dev;
    void *dev_data;
    const struct pci_function_ops *ops;
    struct pci_function_params params; /* cap_*: where they really are, 0 absent */
    struct pci_function **vf;          /* of a PF: [1 … total_vfs] */
    unsigned vf_number;                /* of a VF: from 1 */
    unsigned vfs_live;                 /* of a PF; follows from its config space */
    uint32_t mps_mask, mrrs_mask;      /* size - 1; follow from the PF's Device Control */
    uint8_t mps_shift, mrrs_shift;
    uint16_t index;
    struct iommu_domain *domain;
    struct pci_function *domain_next; /* in the same domain */
    struct msi_sink *sink;
    struct config_image image;
    struct pcie_late *late; /* its writes without events; NULL: it never had any */
    struct pci_function_state st;
    struct pcie_intx intx;
};

static inline struct pci_function *pcie__pf_of(struct pci_function *fn) { return fn->params.is_vf ? fn->params.pf : fn; }

/* ---- error.c ---- */
/* a memory request to a function */
struct pci_request {
    bool write;
    unsigned bar, size;
    uint32_t off;
};
void pcie__unsupported(struct pci_function *fn, const struct pci_request *r);

/* ---- link.c ---- */
sim_time pcie__up(struct pci_link *link, sim_time at, uint32_t bytes);              /* arrival at the root */
sim_time pcie__down_completion(struct pci_link *link, sim_time at, uint32_t bytes); /* arrival at the device */
sim_time pcie__down_posted(struct pci_function *fn, sim_time at, uint32_t bytes);   /* arrival at the device */
/* A DMA write of `tlps` TLPs goes up now and is translated; when it lands. */
sim_time pcie__up_posted(struct pci_function *fn, uint64_t addr, uint32_t len, uint32_t wire, uint32_t tlps);
sim_time pcie__message_up(struct pci_link *link, uint32_t wire); /* an interrupt message goes up now; when it arrives */
/* One read request goes up now; when its data, `wire` bytes in `completions` TLPs, are at the device. */
sim_time pcie__read_request(struct pci_function *fn, uint64_t addr, uint32_t len, uint32_t wire, uint32_t completions);
/* When a read request that nobody answers with data is at the root. */
sim_time pcie__read_refused(struct pci_link *link, uint64_t addr);

static inline uint32_t pcie__header(const struct pci_link *link, uint64_t addr)
{
    return addr >> 32 ? link->header_high : link->header_low;
}

/* ---- ahead.c ---- */
void pcie__ahead_add(struct pci_link *link, sim_time at, uint32_t bytes); /* a posted write that is issued at `at` */
void pcie__ahead_catch_up(struct pci_link *link); /* before the debt is looked at or added to */
void pcie__ahead_save(struct pci_link *link, struct save *s);

/* ---- iommu.c ---- */
struct pci_function **pcie__domain_users(struct iommu_domain *domain); /* first of a list by domain_next */

/* ---- iotlb.c ---- */
struct pcie_iotlb *pcie__iotlb_create(const struct iommu_params *params);
void pcie__iotlb_destroy(struct pcie_iotlb *iotlb);
/* When the pages of [addr, addr+len) are translated for a request that is at the root at `at`; the link has an IOTLB. */
sim_time pcie__iotlb_access(struct pci_function *fn, uint64_t addr, uint32_t len, sim_time at);
struct way_reading pcie__iotlb_read(const struct pci_link *link, sim_time now); /* how busy its walkers are, all together */
void pcie__iotlb_domain(struct pci_link *link, const struct pci_function *fn, bool has_one); /* it has another domain, or none */
void pcie__iotlb_save(struct pcie_iotlb *iotlb, struct save *s);

/* ---- dma_ops.c ---- */
uint32_t pcie__op_alloc(struct pci_function *fn); /* the last of the function's: index + 1 */
void pcie__op_release(struct pci_function *fn, uint32_t i);
void pcie__op_post(struct pci_link *link, uint32_t i, sim_time at); /* its event */
void pcie__dma_concerns(struct pci_function *fn); /* its operations under way are its domain's owners' to see */
void pcie__dma_save(struct pci_link *link, struct save *s);

void pcie__late_is_event(struct pci_function *fn, const struct late_write *w); /* it becomes an operation like others */

/* ---- dma.c ---- */
void pcie__dma_event(struct pci_link *link, const struct event *ev);

/* ---- late.c ---- */
/* A write that lands at `at` needs no event: its record, of which data, or ref and tag, are for the caller to fill. NULL: it
 * needs one. A frame is meant as a whole. */
struct late_write *pcie__late(struct pci_function *fn, uint64_t addr, uint32_t len, sim_time at, bool is_frame);
bool pcie__has_late(struct pci_function *fn); /* that have not landed by now */

/* ---- config.c ---- */
uint32_t pcie__config_get(const struct pci_function *fn, uint16_t off, unsigned size);
void pcie__config_set(struct pci_function *fn, uint16_t off, unsigned size, uint32_t value); /* as hardware */
void pcie__config_defaults(struct pci_function *fn);
void pcie__config_derive(struct pci_function *fn); /* recompute what follows from the bytes, after a load */
bool pcie__function_exists(const struct pci_function *fn);
bool pcie__function_responds(const struct pci_function *fn);
bool pcie__function_decodes(const struct pci_function *fn);

/* ---- capabilities.c ---- */
void pcie__image_field(struct config_image *image, uint16_t off, unsigned size, uint32_t value, uint32_t write, uint32_t w1c,
                       uint32_t sticky);
void pcie__image_build(struct pci_function *fn);
void pcie__image_bar(struct config_image *image, uint16_t off, uint64_t size, bool is_64);

/* ---- sriov.c ---- */
void pcie__sriov_add_vf(struct pci_function *vf);
void pcie__sriov_written(struct pci_function *pf, const uint8_t *before);
void pcie__sriov_derive(struct pci_function *pf);
void pcie__function_flr(struct pci_function *fn);
void pcie__vfs_destroy(struct pci_function *pf, unsigned count);

/* ---- msix.c ---- */
bool pcie__msix_covers(const struct pci_function *fn, unsigned bar, uint32_t off);
uint64_t pcie__msix_read(const struct pci_function *fn, uint32_t off, unsigned size);
void pcie__msix_write(struct pci_function *fn, uint32_t off, unsigned size, uint64_t value);
void pcie__msix_reset(struct pci_function *fn);
void pcie__msix_flush(struct pci_function *fn); /* send what is pending and no longer masked */
void pcie__message_event(struct pci_link *link, const struct event *ev);

/* ---- intx.c ---- */
void pcie__intx_look(struct pci_function *fn); /* what may forbid it has changed */
void pcie__intx_event(struct pci_link *link, const struct event *ev);

/* ---- mmio.c ---- */
void pcie__mmio_write_event(struct pci_link *link, const struct event *ev);
void pcie__mmio_read_event(struct pci_link *link, const struct event *ev);

#endif
