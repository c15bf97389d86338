/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the vfio-user server:
 *
 *   door.c     the kind of VM, its door, and who comes through
 *   stream.c   messages: their heads, descriptors that came along, replies on their way
 *   request.c  what a client asks, each by its number
 *   irq.c      interrupts: eventfds, and the table of MSI-X as the client has written it
 *   dma.c      memory that it has lent
 *   migrate.c  the function's state for a client that moves its guest
 *   far.c      memory of it that it reads and writes itself, when asked
 *
 * Nothing that comes is believed: a message is as long as its head says and at most MESSAGE_MAX, each request is held to its
 * layout, and one that is not is answered with an error, or, where nobody can tell what follows, ends the connection.
 */
#ifndef VFSIM_EXTERNAL_VFIO_USER__H
#define VFSIM_EXTERNAL_VFIO_USER__H

#include "external/function.h"
#include "external/vfio/vfio_user.h"
#include "pcie/iommu_far.h"

enum {
    VFIO_TRANSFER_MAX = 1 << 20,
    VFIO_MESSAGE_MAX = VFIO_TRANSFER_MAX + 64,
    VFIO_FDS_MAX = PCI_MSIX_MAX, /* of a message */
    VFIO_MAPS_MAX = 65535,
    VFIO_STATE_MAX = 4 << 20, /* bytes of a function's state */
    VFIO_PAGE = 4096,
};

enum vfio_command {
    VFIO_VERSION = 1,
    VFIO_DMA_MAP,
    VFIO_DMA_UNMAP,
    VFIO_GET_INFO,
    VFIO_GET_REGION_INFO,
    VFIO_GET_REGION_IO_FDS,
    VFIO_GET_IRQ_INFO,
    VFIO_SET_IRQS,
    VFIO_REGION_READ,
    VFIO_REGION_WRITE,
    VFIO_DMA_READ,
    VFIO_DMA_WRITE,
    VFIO_RESET,
    VFIO_REGION_WRITE_MULTI = 15,
    VFIO_FEATURE,
    VFIO_MIG_DATA_READ,
    VFIO_MIG_DATA_WRITE,
};

struct vfio_head {
    uint16_t id, command;
    uint32_t size; /* with this head */
    uint32_t flags;
    uint32_t error;
};
enum { VFIO_TYPE = 0xf, VFIO_REPLY = 1, VFIO_NO_REPLY = 1 << 4, VFIO_ERROR = 1 << 5 };
_Static_assert(sizeof(struct vfio_head) == 16, "as it is on the wire");

/* ---- stream.c ---- */
struct vfio_message {
    struct vfio_message *next; /* of those that are held */
    struct vfio_head head;
    uint8_t *body;
    uint32_t have; /* bytes of head and body so far */
    int fds[VFIO_FDS_MAX];
    unsigned fd_count;
};
struct vfio_stream {
    int fd; /* -1: nobody is there */
    struct vfio_message own;  /* into which it is read: of VFIO_MESSAGE_MAX bytes */
    struct vfio_message *now; /* what is dealt with: that one, or one that was held */
    struct vfio_message *held, **held_end; /* what came while an answer was waited for */
    unsigned held_count;
    uint16_t asked;        /* the number of the last request of ours */
    uint32_t transfer_max; /* that the client takes in a message */
    int lost;              /* it did not answer, or badly: why; the connection is to end */
    uint8_t *out; /* replies that were not taken: out_len bytes, of which out_at are gone */
    size_t out_len, out_at, out_room;
};
void vfio__stream_open(struct vfio_stream *s, int fd);
void vfio__stream_close(struct vfio_stream *s); /* fine if it is */
/* 1: a message is there, whole, as `now`; 0: not yet; negative: it is the end of the connection. */
int vfio__stream_read(struct vfio_stream *s);
void vfio__stream_next(struct vfio_stream *s); /* the message has been dealt with: descriptors that nobody took are closed */
int vfio__stream_take_fd(struct vfio_stream *s, unsigned i); /* the caller's from now on; -1: there is none */
void vfio__stream_reply(struct vfio_stream *s, const struct vfio_head *to, int error, const void *body, size_t len);
int vfio__stream_flush(struct vfio_stream *s); /* 0, or negative: as above */
static inline bool vfio__stream_waits(const struct vfio_stream *s) { return s->out_at < s->out_len; }

/* A request of ours: its body in two parts, and the answer's first bytes, as many as it must have. */
struct vfio_ask {
    const void *body, *more;
    size_t len, more_len;
    void *answer;
    size_t answer_len;
};
/* Waits for the answer: 0, or -errno; when `lost` is set then, too, the connection is to end. */
int vfio__stream_ask(struct vfio_stream *s, uint16_t command, const struct vfio_ask *ask);

/* ---- dma.c ---- */
struct vfio_map {
    uint64_t addr, size, offset; /* offset: in the VM's memory; UINT64_MAX: there is no room, and it is out of reach */
    bool is_far; /* what the device reads and writes is fetched and stored: of the client, or of … */
    struct vfio_file *file; /* … this one, which may become shorter */
    uint64_t in_file;
};
/* A file that is lent and not mapped, since whoever has it may cut it short. */
struct vfio_file {
    struct vfio_file *next;
    uint64_t dev, ino;
    int fd;
    unsigned users; /* maps */
};
struct vfio_memory {
    struct vm *vm;
    struct iommu_domain *domain;
    struct vfio_map *map; /* by addr */
    unsigned count, room, far_count;
    struct vfio_file *files;
    uint64_t next; /* where the last one lies that was put into the VM's memory: no place is used again soon */
    uint64_t used; /* bytes */
    struct iommu_far far;
    struct vfio_stream *stream; /* of whose client it is */
    void (*has_asked)(struct vfio_memory *m); /* the client, in the middle of something: its stream may hold messages, or be lost */
};
int vfio__memory_open(struct vfio_memory *m, struct vm *vm, struct pci_function *fn);
void vfio__memory_close(struct vfio_memory *m);
/* 0 or a positive errno. `fd` stays the caller's; -1: none. */
int vfio__memory_map(struct vfio_memory *m, uint64_t addr, uint64_t size, unsigned prot, int fd, uint64_t at);
int vfio__memory_unmap(struct vfio_memory *m, uint64_t addr, uint64_t size);
void vfio__memory_unmap_all(struct vfio_memory *m);
const struct vfio_map *vfio__memory_at(const struct vfio_memory *m, uint64_t addr); /* NULL: nothing was lent there */

/* ---- far.c ---- */
void vfio__far_open(struct vfio_memory *m);

/* ---- file.c ---- */
int vfio__file_use(struct vfio_memory *m, int fd, uint64_t dev, uint64_t ino, struct vfio_file **file); /* 0 or a positive errno */
void vfio__file_leave(struct vfio_memory *m, struct vfio_file *file); /* NULL is fine */

/* ---- irq.c ---- */
enum { VFIO_INTX = 0, VFIO_MSI = 1, VFIO_MSIX = 2 }; /* indices of SET_IRQS [linux/vfio.h] */
struct vfio_single {
    int fd; /* -1: none */
    bool masked; /* by the client, and INTx by each event of its own */
};
struct vfio_irqs {
    struct guest_function *function;
    struct vfio_single single[2]; /* INTx, MSI: one vector each */
    bool msi_waits; /* a message came while it was masked */
    unsigned vectors;
    unsigned table_bar, pba_bar;
    uint32_t table_off, pba_off;
    int fd[PCI_MSIX_MAX]; /* -1: none */
    bool masked[PCI_MSIX_MAX]; /* by SET_IRQS */
    uint16_t control; /* of the capability: enable and mask, as the client has written them */
    uint8_t table[PCI_MSIX_MAX * 16]; /* as the client has written it: it delivers the messages, not we */
};
void vfio__irqs_open(struct vfio_irqs *irqs, struct guest_function *function);
void vfio__irqs_close(struct vfio_irqs *irqs); /* its eventfds; the function is left as it is */
void vfio__irqs_clear(struct vfio_irqs *irqs); /* no eventfd, nothing raised */
void vfio__irqs_raise(struct vfio_irqs *irqs, uint32_t vector);
void vfio__irqs_are_other(struct vfio_irqs *irqs); /* the function's table is another's: it is programmed again */
void vfio__irqs_control(struct vfio_irqs *irqs, uint16_t control); /* enable and mask, as if the client had written them */
void vfio__irqs_are_reset(struct vfio_irqs *irqs); /* the function was: what it had of them is programmed again */
void vfio__irqs_line(struct vfio_irqs *irqs); /* INTA may be told */
unsigned vfio__irqs_count(const struct vfio_irqs *irqs, unsigned index); /* vectors of an index, 0: it has none */
/* A SET_IRQS of an index that has vectors: 0 or a positive errno. */
int vfio__irqs_set(struct vfio_irqs *irqs, struct vfio_stream *s, unsigned index, uint32_t flags, uint32_t start, uint32_t count,
                   const uint8_t *data, size_t len);
/* Config space of the capability, where enable and mask are the client's: what it reads there, and a write to any of it. */
void vfio__irqs_show(const struct vfio_irqs *irqs, uint64_t off, uint8_t *bytes, uint32_t len);
bool vfio__irqs_configure(struct vfio_irqs *irqs, uint64_t off, const uint8_t *bytes, uint32_t len); /* true: it is one, and done */
/* An access to the table: true, and it is done. */
bool vfio__irqs_access(struct vfio_irqs *irqs, unsigned bar, uint64_t off, uint8_t *bytes, uint32_t len, bool write);

/* ---- migrate.c ---- */
enum vfio_state { VFIO_STATE_ERROR, VFIO_STATE_STOP, VFIO_STATE_RUNNING, VFIO_STATE_STOP_COPY, VFIO_STATE_RESUMING };
struct vfio_migration {
    enum vfio_state state, wanted, next; /* next: on the way there */
    bool moves; /* a request for a state is what is answered next; nothing else is read before */
    unsigned looks; /* whether it is there */
    bool logs; /* what the function writes */
    uint8_t *bytes; /* of the state that is read, or written: len of them, read up to at */
    size_t len, at;
};

/* ---- door.c ---- */
struct vfio_user {
    struct vm *vm;
    struct vfio_doors *doors; /* NULL: none, or they are closed */
    struct vfio_user *next; /* of them */
    char *path;
    uint64_t dev, ino; /* what lies there is ours, as long as it is this */
    int listener;
    bool has_function, is_held; /* is_held: its function is within a reset; nothing is answered before it is through */
    bool resets; /* a RESET is what is answered then */
    bool has_version;
    struct guest_function function; /* what is served */
    struct vfio_memory memory;
    struct vfio_irqs irqs;
    struct vfio_migration migration;
    struct vfio_stream stream;
};

/* Requests, answered when these return, but for a state that it moves to. */
int vfio__feature(struct vfio_user *u);
int vfio__migration_read(struct vfio_user *u);
int vfio__migration_write(struct vfio_user *u);
int vfio__migration_goes_on(struct vfio_user *u); /* is it there by now? Then it has been answered */
void vfio__migration_ends(struct vfio_user *u); /* by a reset, or with the client */

/* ---- request.c ---- */
/* The message that is there: it has been answered when this returns, unless the function is held. Negative: the connection ends. */
int vfio__request(struct vfio_user *u);
void vfio__reset(struct vfio_user *u); /* of the function, as a hypervisor does it; it is within the reset afterwards */

#endif
