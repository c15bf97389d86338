/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Plugin API and the Shell API: what a vendor's plugin and a guest's shell say to each other.
 *
 * Names, argument orders and meanings are the genuine ones of NPA (facts: the published bnx2x plugin compiles against
 * this header unmodified); the order of fields is ours, since no header was ever published. What NPA left open is added
 * behind the genuine members and marked "vfsim:"; a plugin that does not know an addition loses nothing.
 *
 * Contract
 *   Calls       C calling convention of the processor's System V ABI. The shell calls one function of one queue at a
 *               time; a plugin needs no locks. swInit comes first and touches no hardware. Rings are (re)started by
 *               reinitRxRing, reinitTxRing, addBuffersToRxRing, in that order, per queue.
 *   Memory      The shell owns all of it. ringBaseVA/PA give PLUGIN_RING_BYTES(ringSize) bytes, page-aligned and
 *               physically contiguous, in which the plugin lays out what its hardware wants. PLUGIN_PRIVATE(ps) is the
 *               plugin's own state, zero before swInit. A plugin has no variables of its own.
 *   Receive     The plugin asks for a buffer by (queue handle, ring offset) and knows it by that offset from then on.
 *               Offsets below ringSize, or queue * ringSize plus such a number; the shell takes both. A slot asked for
 *               twice without a frame in between gives the same buffer again. indicateRecv hands all fragments of a
 *               frame upwards; the frame descriptor is valid during the call only. Between two calls of addBuffersToRxRing a
 *               queue gives 64 frames at most.
 *   Transmit    Fragments belong to the device until completeSend(count): in order, as a count, never by name.
 *   Ordering    A plugin puts NPA_WMB() between a descriptor and the register or bit that gives it away, and NPA_RMB()
 *               between the bit that says a descriptor is done and the rest of it.
 *   Registers   32-bit accesses at byte offsets from memioAddr. vfsim: where the shell offers read32/write32 in its API
 *               a plugin uses them (plugin_read32(), plugin_write32() below): same effect, cheaper in a virtual machine
 *               that traps plain accesses.
 *   Code        General registers only, and nothing but a driver's instructions: no system calls, none that are privileged, none
 *               that tell time, processor or chance (`vfsim plugin check FILE` names the first one and its place).
 *   Leaving     There is no stop function: the shell reclaims rings and buffers itself, then calls nothing any more, or
 *               starts the rings again by reinit*.
 *
 * Freestanding; compiles as gnu89.
 */
#ifndef NPA_PLUGIN_API_H
#define NPA_PLUGIN_API_H

#include "vm_basic_types.h"

/* ---- constants ---- */

#define SHELL_SMALL_RECV_BUFFER_SIZE 2048
#define SHELL_LARGE_RECV_BUFFER_SIZE 4096
#define PLUGIN_MAX_SGES 8 /* large fragments behind the first */
#define PLUGIN_MAX_RECV_FRAGMENTS (1 + PLUGIN_MAX_SGES)
#define PLUGIN_MAX_SEND_FRAGMENTS 16 /* vmxnet3's limit for a frame that is not segmented */
#define NPA_QUEUES_MAX 8
#define PLUGIN_DEVICE_INFO_WORDS 32
#define PLUGIN_PRIVATE_BYTES 8192
#define PLUGIN_DESC_BYTES 256 /* VMXNET3_MAX_TX_DESC_SIZE, VMXNET3_MAX_RX_DESC_SIZE */
#define PLUGIN_RING_BYTES(ringSize) ((uint32)(ringSize) * PLUGIN_DESC_BYTES)

enum { SHELL_XSUM_UNKNOWN, SHELL_XSUM_CORRECT, SHELL_XSUM_INCORRECT };
enum { SHELL_RECV_HASH_FUNCTION_NONE, SHELL_RECV_HASH_FUNCTION_TOEPLITZ };
/* rssHashType, equal to vmxnet3's VMXNET3_RCD_RSS_TYPE_* */
enum {
    SHELL_RECV_HASH_TYPE_NONE,
    SHELL_RECV_HASH_TYPE_IPV4,
    SHELL_RECV_HASH_TYPE_TCP_IPV4,
    SHELL_RECV_HASH_TYPE_IPV6,
    SHELL_RECV_HASH_TYPE_TCP_IPV6
};

/* vfsim: what functions return beyond the genuine 0 and 1 */
#define PLUGIN_OK 0u
#define PLUGIN_NO_ROOM 1u   /* addFrameToTxRing: no room in the ring; all frames before have been announced */
#define PLUGIN_BAD_FRAME 2u   /* addFrameToTxRing: this device can never send such a frame; all before have been announced */
#define PLUGIN_WORK_PENDING 1u   /* enableInterrupt: unmasked, but work is already there: poll again */
#define PLUGIN_FAILURE 3u   /* swInit, reinit*: the device does not do what it should */
/* alloc*Buffer: there is none. A plugin of API version 0 does not know it; it is not started when buffers ran short. */
#define SHELL_NO_BUFFER 0ull

/* ---- what is sent ---- */

typedef struct Plugin_SendInfo {
    Bool ipv4, ipv6;
    Bool udp;          /* with xsumTcpOrUdp; else the checksum is TCP's */
    Bool xsumTcpOrUdp; /* compute the checksum of layer 4, and of the IPv4 header */
    Bool tso;
    Bool vlan;             /* insert vlanTag */
    uint16 vlanTag;        /* TCI */
    uint32 tsoMss;         /* bytes */
    uint32 ipHeaderOffset; /* all offsets in bytes from the start of the frame */
    uint32 l4HeaderOffset;
    uint32 l4DataOffset;
} Plugin_SendInfo;

typedef struct Plugin_SgElement {
    uint64 pa;     /* guest-physical, as the device is to use it */
    uint32 length; /* bytes */
} Plugin_SgElement;

typedef struct Plugin_SgList {
    uint32 numElements;
    uint32 totalLength;
    uint8 *firstSgVA; /* fragment 0, at least the headers */
    Plugin_SgElement elements[PLUGIN_MAX_SEND_FRAGMENTS];
} Plugin_SgList;

/* ---- what is received ---- */

typedef struct Shell_RecvFragment {
    uint32 ringOffset;
    uint32 length;
} Shell_RecvFragment;

typedef struct Shell_RecvFrame {
    uint32 byteLength;
    uint32 sgLength;
    uint32 firstSgOffset; /* bytes of padding before the data of fragment 0 */
    Bool perfectFiltered;
    Bool vlan; /* a tag was stripped */
    uint16 vlanTag;
    uint32 rssHashFunction, rssHashType, rssHashValue;
    Bool ipv4, ipv6, nonIp, tcp, udp;
    uint8 ipXsum, tcpXsum, udpXsum;
    Shell_RecvFragment sg[PLUGIN_MAX_RECV_FRAGMENTS];
} Shell_RecvFrame;

/* ---- the shell's functions ---- */

struct Shell_RxQueueHandle;
struct Shell_TxQueueHandle;
struct Plugin_State;

typedef struct Shell_Api {
    void (*log)(int level, const char *format, ...);
    uint64 (*allocSmallBuffer)(struct Shell_RxQueueHandle *queue, uint32 ringOffset);
    uint64 (*allocLargeBuffer)(struct Shell_RxQueueHandle *queue, uint32 ringOffset);
    void (*indicateRecv)(struct Shell_RxQueueHandle *queue, Shell_RecvFrame *frame); /* from checkRxRing only */
    void (*completeSend)(struct Shell_TxQueueHandle *queue, uint32 numPkts);
    /* vfsim: */
    uint32 (*read32)(struct Plugin_State *ps, uint32 offset); /* NULL: use plain accesses */
    void (*write32)(struct Plugin_State *ps, uint32 offset, uint32 value);
} Shell_Api;

/* ---- what a plugin is given ---- */

typedef struct Plugin_RxQueue {
    struct Shell_RxQueueHandle *handle;
    uint8 *ringBaseVA;
    uint64 ringBasePA;
    uint32 ringSize; /* descriptors */
} Plugin_RxQueue;

typedef struct Plugin_TxQueue {
    struct Shell_TxQueueHandle *handle;
    uint8 *ringBaseVA;
    uint64 ringBasePA;
    uint32 ringSize;
} Plugin_TxQueue;

typedef struct Plugin_State {
    Shell_Api shellApi;
    uint32 numRxQueues, numTxQueues;
    Plugin_RxQueue rxQueues[NPA_QUEUES_MAX];
    Plugin_TxQueue txQueues[NPA_QUEUES_MAX];
    uint8 *memioAddr;                            /* the VF's registers */
    uint32 deviceInfo[PLUGIN_DEVICE_INFO_WORDS]; /* what the PF driver has to say, in its own words */
    void *shared;                                /* memory shared with PF driver or hypervisor, or NULL */
    /* vfsim: */
    uint32 apiVersion; /* of the shell: NPA_API_VERSION (npa_load.h) */
    uint32 memioBytes;
    uint32 sharedBytes;
    uint32 numIntrs; /* vectors; queue pair q uses vector q % numIntrs */
    uint32 mtu;      /* bytes above the Ethernet header, tags not counted */
    uint32 zero;
    /* The buffer that alloc*Buffer gave for an offset, for a device that writes what it has to say in front of the frame. NULL:
     * this shell shows none. */
    uint8 *(*bufferVA)(struct Shell_RxQueueHandle *queue, uint32 ringOffset);
    uint32 reserved[8];
    uint64 privateArea[PLUGIN_PRIVATE_BYTES / 8];
} Plugin_State;

#define PLUGIN_PRIVATE(ps) ((void *)(ps)->privateArea)

/* ---- the plugin's functions ---- */

typedef struct Plugin_Api {
    uint32 (*swInit)(Plugin_State *ps); /* 0 or why not */
    uint32 (*reinitRxRing)(Plugin_State *ps, uint32 queue); /* empty ring; buffers in it were reclaimed already */
    uint32 (*reinitTxRing)(Plugin_State *ps, uint32 queue);
    uint32 (*enableInterrupt)(Plugin_State *ps, uint32 intrIdx);
    uint32 (*disableInterrupt)(Plugin_State *ps, uint32 intrIdx);
    uint32 (*addFrameToTxRing)(Plugin_State *ps, uint32 queue, const Plugin_SendInfo *info, const Plugin_SgList *sgl,
                               Bool lastPktHint);
    uint32 (*checkTxRing)(Plugin_State *ps, uint32 queue); /* frames completed; completeSend was called once for them */
    uint32 (*checkRxRing)(Plugin_State *ps, uint32 queue, uint32 maxPkts); /* the shell counts indications, not this */
    /* To the brim; with nothing to add: publish the producers again. */
    uint32 (*addBuffersToRxRing)(Plugin_State *ps, uint32 queue);
    /* vfsim: (zero when the plugin does not know them) */
    uint32 apiVersion; /* the plugin was written for */
    uint32 flags; /* PLUGIN_FLAG_* */
    uint32 (*resetDevice)(Plugin_State *ps); /* reset the function from inside; rings need reinit* afterwards */
} Plugin_Api;

/* lastPktHint may be false: the next doorbell covers all frames since the last one. The genuine plugin's covers one, so a shell
 * says true of each frame to a plugin without this flag. After a frame that is not the last another one follows in the same
 * context, true or refused, and both announce. */
#define PLUGIN_FLAG_BATCH 1u
/* The device takes no tags off: one that a received frame has is in place. */
#define PLUGIN_FLAG_KEEPS_TAGS 2u

/* The one symbol an image exports. */
#define NPA_EXPORT __attribute__((visibility("default")))
NPA_EXPORT uint32 NPA_PluginMain(struct Plugin_Api *pluginApi);

/* ---- vfsim: ordering and registers ---- */

#if defined(__x86_64__) || defined(__i386__)
/* Stores stay in order, and so do loads [Intel SDM 3A 8.2.2]: only the compiler has to be told. */
#define NPA_WMB() __asm__ volatile("" ::: "memory")
#define NPA_RMB() __asm__ volatile("" ::: "memory")
#define NPA_MB() __asm__ volatile("lock; addl $0, -4(%%rsp)" ::: "memory", "cc")
#elif defined(__aarch64__)
#define NPA_WMB() __asm__ volatile("dmb oshst" ::: "memory")
#define NPA_RMB() __asm__ volatile("dmb oshld" ::: "memory")
#define NPA_MB() __asm__ volatile("dmb osh" ::: "memory")
#else
#define NPA_WMB() __sync_synchronize()
#define NPA_RMB() __sync_synchronize()
#define NPA_MB() __sync_synchronize()
#endif

static inline uint32 plugin_read32(Plugin_State *ps, uint32 offset)
{
    return ps->shellApi.read32 ? ps->shellApi.read32(ps, offset) : *(volatile uint32 *)(ps->memioAddr + offset);
}

static inline void plugin_write32(Plugin_State *ps, uint32 offset, uint32 value)
{
    if (ps->shellApi.write32)
        ps->shellApi.write32(ps, offset, value);
    else
        *(volatile uint32 *)(ps->memioAddr + offset) = value;
}

#endif
