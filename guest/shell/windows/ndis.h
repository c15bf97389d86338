/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of NDIS 6 a miniport and a protocol say to each other, in the names of Microsoft's public documentation (ndis.h,
 * ntddndis.h of the WDK). Values are the documented ones; layouts are our own, as far as nothing documented depends on them.
 *
 * Everything that crosses between the operating system and a driver is a function of Microsoft's x64 calling convention, which
 * NDIS_ABI says: arguments in RCX, RDX, R8 and R9 with 32 bytes of home space, RDI and RSI are the callee's to keep. The shell's
 * core, and the plugins below it, keep to the System V one, whatever calls them: where one calls the other, the compiler changes
 * over.
 *
 *   application ─► protocol ─ NdisSendNetBufferLists ─► MiniportSendNetBufferLists ─► core ─► plugin
 *   application ◄─ protocol ◄─ NdisMIndicateReceiveNetBufferLists ─ miniport ◄─ core ◄─ plugin
 */
#ifndef GUEST_SHELL_WINDOWS_NDIS_H
#define GUEST_SHELL_WINDOWS_NDIS_H

#include "guest/shell/shell.h"

#define NDIS_ABI __attribute__((ms_abi))

typedef uint32_t ULONG, NDIS_STATUS, NDIS_OID, NDIS_PORT_NUMBER;
typedef uint8_t BOOLEAN;
typedef void *NDIS_HANDLE;

enum {
    NDIS_STATUS_SUCCESS = 0,
    NDIS_STATUS_PENDING = 0x00000103,
    NDIS_STATUS_NOT_ACCEPTED = 0x00010003,
    NDIS_STATUS_TASK_OFFLOAD_CURRENT_CONFIG = 0x40020006,
};
#define NDIS_STATUS_FAILURE 0xc0000001u
#define NDIS_STATUS_RESOURCES 0xc000009au
#define NDIS_STATUS_NOT_SUPPORTED 0xc00000bbu
#define NDIS_STATUS_INVALID_DATA 0xc0010015u
#define NDIS_STATUS_MEDIA_DISCONNECTED 0xc023001fu
#define NDIS_STATUS_PAUSED 0xc023002au
#define NDIS_STATUS_SEND_ABORTED 0xc023002du

/* ---- a frame: a NET_BUFFER in a NET_BUFFER_LIST, its bytes in MDLs ---- */

typedef struct MDL {
    struct MDL *Next;
    void *MappedSystemVa;
    ULONG ByteCount;
} MDL;

typedef struct NET_BUFFER {
    struct NET_BUFFER *Next;
    MDL *CurrentMdl;
    ULONG CurrentMdlOffset, DataLength;
    void *MiniportReserved[4];
} NET_BUFFER;

enum NDIS_NET_BUFFER_LIST_INFO {
    TcpIpChecksumNetBufferListInfo = 0,
    TcpLargeSendNetBufferListInfo = 2,
    Ieee8021QNetBufferListInfo = 4,
    NetBufferListFrameType = 7,
    NetBufferListHashValue = 8,
    NetBufferListHashInfo = 9,
    MaxNetBufferListInfo = 13,
};

/* of NblFlags */
enum {
    NDIS_NBL_FLAGS_IS_IPV4 = 0x200,
    NDIS_NBL_FLAGS_IS_IPV6 = 0x400,
    NDIS_NBL_FLAGS_IS_TCP = 0x800,
    NDIS_NBL_FLAGS_IS_UDP = 0x1000,
};

/* of TcpIpChecksumNetBufferListInfo */
enum {
    NDIS_SEND_IS_IPV4 = 1,
    NDIS_SEND_IS_IPV6 = 2,
    NDIS_SEND_TCP_CHECKSUM = 4,
    NDIS_SEND_UDP_CHECKSUM = 8,
    NDIS_SEND_IP_HEADER_CHECKSUM = 16,
    NDIS_RECV_TCP_CHECKSUM_FAILED = 1,
    NDIS_RECV_UDP_CHECKSUM_FAILED = 2,
    NDIS_RECV_IP_CHECKSUM_FAILED = 4,
    NDIS_RECV_TCP_CHECKSUM_SUCCEEDED = 8,
    NDIS_RECV_UDP_CHECKSUM_SUCCEEDED = 16,
    NDIS_RECV_IP_CHECKSUM_SUCCEEDED = 32,
};

/* of NetBufferListHashInfo: function and type; the types are Toeplitz' */
enum {
    NdisHashFunctionToeplitz = 1,
    NDIS_HASH_IPV4 = 0x100,
    NDIS_HASH_TCP_IPV4 = 0x200,
    NDIS_HASH_IPV6 = 0x400,
    NDIS_HASH_TCP_IPV6 = 0x1000,
};

/* Ieee8021QNetBufferListInfo is documented as priority, canonical format and VLAN from bit 0 on, and 0 when there is no tag; so
 * that a tag of nothing can be told from none, its first reserved bit says here that there is one. */
enum { NDIS_8021Q_THERE_IS_ONE = 0x10000 };

typedef struct NET_BUFFER_LIST {
    struct NET_BUFFER_LIST *Next;
    NET_BUFFER *FirstNetBuffer;
    NDIS_HANDLE SourceHandle;
    ULONG NblFlags;
    NDIS_STATUS Status;
    void *ProtocolReserved[4], *MiniportReserved[2];
    uintptr_t NetBufferListInfo[MaxNetBufferListInfo];
} NET_BUFFER_LIST;

/* ---- a miniport's handlers, and a protocol's ---- */

typedef struct NDIS_RECEIVE_THROTTLE_PARAMETERS {
    ULONG MaxNblsToIndicate;
    BOOLEAN MoreNblsPending;
} NDIS_RECEIVE_THROTTLE_PARAMETERS;

typedef struct NDIS_OID_REQUEST {
    NDIS_OID Oid;
    const void *InformationBuffer;
    ULONG InformationBufferLength;
} NDIS_OID_REQUEST;

enum {
    OID_GEN_CURRENT_PACKET_FILTER = 0x0001010e,
    OID_GEN_RECEIVE_SCALE_PARAMETERS = 0x00010204,
    OID_802_3_CURRENT_ADDRESS = 0x01010102,
    OID_802_3_ADD_MULTICAST_ADDRESS = 0x01010108,
    OID_802_3_DELETE_MULTICAST_ADDRESS = 0x01010109,
};
#define OID_TCP_OFFLOAD_PARAMETERS 0xfc01020cu
/* A vendor's own, for what NDIS has no request for: more VLANs and unicast addresses than one */
#define OID_VENDOR_ADD_VLAN 0xff400001u
#define OID_VENDOR_DELETE_VLAN 0xff400002u
#define OID_VENDOR_ADD_ADDRESS 0xff400003u
#define OID_VENDOR_DELETE_ADDRESS 0xff400004u

enum { NDIS_PACKET_TYPE_ALL_MULTICAST = 0x4, NDIS_PACKET_TYPE_PROMISCUOUS = 0x20, NDIS_PACKET_TYPE_USUAL = 0x1 | 0x2 | 0x8 };

typedef struct NDIS_MINIPORT_DRIVER_CHARACTERISTICS {
    NDIS_STATUS(NDIS_ABI *PauseHandler)(NDIS_HANDLE adapter, void *parameters);
    NDIS_STATUS(NDIS_ABI *RestartHandler)(NDIS_HANDLE adapter, void *parameters);
    NDIS_STATUS(NDIS_ABI *OidRequestHandler)(NDIS_HANDLE adapter, NDIS_OID_REQUEST *request);
    void(NDIS_ABI *SendNetBufferListsHandler)(NDIS_HANDLE adapter, NET_BUFFER_LIST *list, NDIS_PORT_NUMBER port, ULONG flags);
    void(NDIS_ABI *ReturnNetBufferListsHandler)(NDIS_HANDLE adapter, NET_BUFFER_LIST *list, ULONG flags);
    BOOLEAN(NDIS_ABI *MessageInterruptHandler)(NDIS_HANDLE adapter, ULONG message, BOOLEAN *queue_dpc, ULONG *target_processors);
    void(NDIS_ABI *MessageInterruptDPCHandler)(NDIS_HANDLE adapter, ULONG message, void *dpc_context,
                                               NDIS_RECEIVE_THROTTLE_PARAMETERS *throttle);
} NDIS_MINIPORT_DRIVER_CHARACTERISTICS;

enum NET_PNP_EVENT_CODE { NetEventPause = 10, NetEventRestart = 11 };

typedef struct NDIS_PROTOCOL_DRIVER_CHARACTERISTICS {
    void(NDIS_ABI *NetPnPEventHandler)(NDIS_HANDLE binding, enum NET_PNP_EVENT_CODE event);
    void(NDIS_ABI *StatusHandlerEx)(NDIS_HANDLE binding, NDIS_STATUS status, NDIS_HANDLE source, const void *buffer);
    void(NDIS_ABI *ReceiveNetBufferListsHandler)(NDIS_HANDLE binding, NET_BUFFER_LIST *list, NDIS_PORT_NUMBER port, ULONG count,
                                                 ULONG flags);
    void(NDIS_ABI *SendNetBufferListsCompleteHandler)(NDIS_HANDLE binding, NET_BUFFER_LIST *list, ULONG flags);
} NDIS_PROTOCOL_DRIVER_CHARACTERISTICS;

extern const NDIS_MINIPORT_DRIVER_CHARACTERISTICS miniport_characteristics;
extern const NDIS_PROTOCOL_DRIVER_CHARACTERISTICS protocol_characteristics;

/* What a path's device says of the frames it gives, as NDIS_OFFLOAD has it. */
struct ndis_offload {
    uint32_t said; /* MACHINE_RX_VERIFIES, _STRIPS, _HASHES */
    uint64_t hash_key;
};

/* ---- ndis.c: the library between them ---- */
NDIS_ABI void NdisSendNetBufferLists(NET_BUFFER_LIST *list, ULONG flags);
NDIS_ABI void NdisReturnNetBufferLists(NET_BUFFER_LIST *list, ULONG flags);
NDIS_ABI NDIS_STATUS NdisOidRequest(NDIS_OID_REQUEST *request);
NDIS_ABI void NdisMSendNetBufferListsComplete(NET_BUFFER_LIST *list, ULONG flags);
NDIS_ABI void NdisMIndicateReceiveNetBufferLists(NET_BUFFER_LIST *list, ULONG count, ULONG flags);
NDIS_ABI void NdisMIndicateStatusEx(NDIS_STATUS status, NDIS_HANDLE source, const void *buffer);
NDIS_ABI ULONG DbgPrint(const char *format, ...);
void ndis_pause(void); /* the adapter: the protocol first, then the miniport */
void ndis_restart(void); /* … the other way round */
void ndis_interrupt(uint32_t message);
void ndis_queue_dpc(uint32_t message);
void ndis_run_dpcs(void); /* those that are queued, first come, first served */

/* ---- miniport.c: what of it the core calls ---- */
bool miniport_start(void); /* its lists; false: no memory */
void miniport_received(struct Shell_RxQueueHandle *queue, const struct machine_rx *rx, const Shell_RecvFrame *frame);
void miniport_indicate(void); /* all that was received so far */
void miniport_sent(uint32_t buffer, enum face_sent how);

/* ---- protocol.c: what of it applications call, who are above it ---- */
void protocol_send(uint32_t buffer, bool more);
void protocol_flush(void); /* what was sent with more to follow goes to the miniport */
uint32_t protocol_request(const struct machine_job *job);
static inline uint32_t nbl_buffer(const NET_BUFFER_LIST *list) { return (uint32_t)(uintptr_t)list->ProtocolReserved[0]; }
NET_BUFFER_LIST *protocol_list_of(uint32_t buffer); /* … and the other way round */

#endif
