/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The miniport: NDIS above it, the shell's core below. Lists of what was received are its own until the protocol has returned
 * them; lists to be sent are NDIS's until they are completed, each once, with what became of it.
 *
 * Paused, it has none: what still waited for room is completed as NDIS_STATUS_PAUSED, and what the device has is waited for by
 * the core, which then calls for a restart.
 */
#include "guest/shell/windows/ndis.h"

enum { RECEIVE_LISTS = SHELL_POLL_BUDGET };

/* A list of received frames with all it is made of. */
struct received {
    NET_BUFFER_LIST list; /* first */
    NET_BUFFER buffer;
    MDL mdl[MACHINE_FRAGMENTS_MAX];
    struct rx_slot slot[MACHINE_FRAGMENTS_MAX];
    struct Shell_RxQueueHandle *queue;
    uint32_t slots;
};

static struct {
    struct received *received; /* [RECEIVE_LISTS] */
    uint32_t used;
    struct ndis_offload offload[PATHS];
} miniport;

bool miniport_start(void)
{
    uint64_t gpa = heap_alloc(RECEIVE_LISTS * sizeof(struct received), 64);
    miniport.received = sh_va(gpa);
    return gpa != 0;
}

/* ---- receive ---- */

static uintptr_t checksum_info(uint32_t info)
{
    static const uint8_t of_ip[] = {0, NDIS_RECV_IP_CHECKSUM_SUCCEEDED, NDIS_RECV_IP_CHECKSUM_FAILED, 0};
    static const uint8_t of_tcp[] = {0, NDIS_RECV_TCP_CHECKSUM_SUCCEEDED, NDIS_RECV_TCP_CHECKSUM_FAILED, 0};
    static const uint8_t of_udp[] = {0, NDIS_RECV_UDP_CHECKSUM_SUCCEEDED, NDIS_RECV_UDP_CHECKSUM_FAILED, 0};
    return of_ip[info >> MACHINE_RX_IP_XSUM_SHIFT & 3] | of_tcp[info >> MACHINE_RX_TCP_XSUM_SHIFT & 3] |
           of_udp[info >> MACHINE_RX_UDP_XSUM_SHIFT & 3];
}

static ULONG kind_flags(uint32_t info)
{
    return (info & MACHINE_RX_IPV4 ? NDIS_NBL_FLAGS_IS_IPV4 : 0u) | (info & MACHINE_RX_IPV6 ? NDIS_NBL_FLAGS_IS_IPV6 : 0u) |
           (info & MACHINE_RX_TCP ? NDIS_NBL_FLAGS_IS_TCP : 0u) | (info & MACHINE_RX_UDP ? NDIS_NBL_FLAGS_IS_UDP : 0u);
}

/* Its EtherType where the device knows that it is no IP; 0: it has not looked. */
static uintptr_t frame_type(const struct machine_rx *rx)
{
    const uint8_t *p = sh_va(rx->fragment[0].gpa);
    uint32_t type = rx->fragment[0].len >= 14 ? (uint32_t)(p[12] << 8 | p[13]) : 0;
    return !(rx->info & MACHINE_RX_NOT_IP) ? 0 : type ? type : 0xffff;
}

static void describe(NET_BUFFER_LIST *list, const struct machine_rx *rx)
{
    static const uint32_t types[] = {[SHELL_RECV_HASH_TYPE_IPV4] = NDIS_HASH_IPV4,
                                     [SHELL_RECV_HASH_TYPE_TCP_IPV4] = NDIS_HASH_TCP_IPV4,
                                     [SHELL_RECV_HASH_TYPE_IPV6] = NDIS_HASH_IPV6,
                                     [SHELL_RECV_HASH_TYPE_TCP_IPV6] = NDIS_HASH_TCP_IPV6};
    uint32_t tci = rx->vlan & 0xffff;
    list->NblFlags = kind_flags(rx->info);
    list->NetBufferListInfo[TcpIpChecksumNetBufferListInfo] = checksum_info(rx->info);
    list->NetBufferListInfo[Ieee8021QNetBufferListInfo] =
        rx->vlan ? NDIS_8021Q_THERE_IS_ONE | tci >> 13 | (tci >> 12 & 1) << 3 | (tci & 0xfff) << 4 : 0;
    list->NetBufferListInfo[NetBufferListFrameType] = frame_type(rx);
    list->NetBufferListInfo[NetBufferListHashValue] = rx->hash;
    list->NetBufferListInfo[NetBufferListHashInfo] = rx->hash_type < sizeof(types) / sizeof(types[0]) && types[rx->hash_type]
                                                         ? types[rx->hash_type] | NdisHashFunctionToeplitz
                                                         : 0;
}

/* What the device does is told when it changes, not with each frame. */
static struct ndis_offload *tell_offload(const struct path *path, const struct machine_rx *rx)
{
    struct ndis_offload *offload = &miniport.offload[path->number];
    uint32_t said = rx->info & (MACHINE_RX_VERIFIES | MACHINE_RX_STRIPS | MACHINE_RX_HASHES);
    if (offload->said != said || offload->hash_key != rx->hash_key) {
        *offload = (struct ndis_offload){said, rx->hash_key};
        NdisMIndicateStatusEx(NDIS_STATUS_TASK_OFFLOAD_CURRENT_CONFIG, offload, offload);
    }
    return offload;
}

void miniport_received(struct Shell_RxQueueHandle *queue, const struct machine_rx *rx, const Shell_RecvFrame *frame)
{
    if (miniport.used == RECEIVE_LISTS)
        miniport_indicate();
    struct received *r = &miniport.received[miniport.used];
    r->list = (NET_BUFFER_LIST){.FirstNetBuffer = &r->buffer};
    r->buffer = (NET_BUFFER){.CurrentMdl = &r->mdl[0], .DataLength = rx->bytes};
    r->queue = queue;
    r->slots = (uint32_t)rx->fragments;
    for (uint32_t k = 0; k < r->slots; k++) {
        r->mdl[k] = (MDL){.Next = k + 1 < r->slots ? &r->mdl[k + 1] : NULL,
                          .MappedSystemVa = sh_va(rx->fragment[k].gpa),
                          .ByteCount = (ULONG)rx->fragment[k].len};
        r->slot[k] = rx_take(queue, frame->sg[k].ringOffset);
    }
    describe(&r->list, rx);
    r->list.SourceHandle = tell_offload(queue->path, rx);
    if (miniport.used)
        miniport.received[miniport.used - 1].list.Next = &r->list;
    miniport.used++;
}

void miniport_indicate(void)
{
    uint32_t count = miniport.used;
    if (count)
        NdisMIndicateReceiveNetBufferLists(&miniport.received[0].list, count, 0);
}

/* This protocol returns all that it was given in one list, and before it is given more. */
static NDIS_ABI void MiniportReturnNetBufferLists(NDIS_HANDLE adapter, NET_BUFFER_LIST *list, ULONG flags)
{
    (void)adapter, (void)flags;
    for (; list; list = list->Next) {
        struct received *r = (struct received *)list;
        for (uint32_t k = 0; k < r->slots; k++)
            rx_give(r->queue, r->slot[k]);
        miniport.used--;
    }
}

/* ---- send ---- */

/* What the lists ask for, as the core has it with a frame. */
static void take_wishes(struct tx_buffer *frame, const NET_BUFFER_LIST *list)
{
    uint32_t tag = (uint32_t)list->NetBufferListInfo[Ieee8021QNetBufferListInfo];
    frame->len = list->FirstNetBuffer->DataLength & 0xfffff;
    frame->tagged = (tag & NDIS_8021Q_THERE_IS_ONE) != 0;
    frame->tci = (uint16_t)((tag & 7) << 13 | (tag >> 3 & 1) << 12 | (tag >> 4 & 0xfff));
    frame->mss = (uint16_t)list->NetBufferListInfo[TcpLargeSendNetBufferListInfo];
    frame->checksum =
        (list->NetBufferListInfo[TcpIpChecksumNetBufferListInfo] & (NDIS_SEND_TCP_CHECKSUM | NDIS_SEND_UDP_CHECKSUM)) != 0;
}

static NDIS_ABI void MiniportSendNetBufferLists(NDIS_HANDLE adapter, NET_BUFFER_LIST *list, NDIS_PORT_NUMBER port, ULONG flags)
{
    (void)adapter, (void)port, (void)flags;
    for (NET_BUFFER_LIST *next; list; list = next) {
        uint32_t buffer = nbl_buffer(list);
        next = list->Next;
        list->Next = NULL;
        take_wishes(&shell.tx_buffer[buffer], list);
        tx_send(buffer, next != NULL);
    }
}

void miniport_sent(uint32_t buffer, enum face_sent how)
{
    static const NDIS_STATUS status[] = {[FACE_SENT] = NDIS_STATUS_SUCCESS,
                                         [FACE_NOT_SENT] = NDIS_STATUS_RESOURCES,
                                         [FACE_NO_CARRIER] = NDIS_STATUS_MEDIA_DISCONNECTED,
                                         [FACE_RECLAIMED] = NDIS_STATUS_SEND_ABORTED};
    NET_BUFFER_LIST *list = protocol_list_of(buffer);
    list->Status = status[how];
    NdisMSendNetBufferListsComplete(list, 0);
}

/* ---- pause and restart ---- */

static NDIS_ABI NDIS_STATUS MiniportPause(NDIS_HANDLE adapter, void *parameters)
{
    (void)adapter, (void)parameters;
    for (uint32_t buffer; (buffer = tx_take_back()) != SHELL_NONE;) {
        NET_BUFFER_LIST *list = protocol_list_of(buffer);
        list->Status = NDIS_STATUS_PAUSED;
        NdisMSendNetBufferListsComplete(list, 0);
    }
    return shell.tx_path && path_tx_posted(shell.tx_path) ? NDIS_STATUS_PENDING : NDIS_STATUS_SUCCESS;
}

static NDIS_ABI NDIS_STATUS MiniportRestart(NDIS_HANDLE adapter, void *parameters)
{
    (void)adapter, (void)parameters;
    return NDIS_STATUS_SUCCESS;
}

/* ---- interrupts ---- */

/* It masks its vector, and leaves the rest to the DPC. */
static NDIS_ABI BOOLEAN MiniportMessageInterrupt(NDIS_HANDLE adapter, ULONG message, BOOLEAN *queue_dpc, ULONG *target_processors)
{
    (void)adapter;
    irq_schedule(message);
    *queue_dpc = TRUE;
    *target_processors = 0;
    return TRUE;
}

static NDIS_ABI void MiniportMessageInterruptDPC(NDIS_HANDLE adapter, ULONG message, void *dpc_context,
                                                 NDIS_RECEIVE_THROTTLE_PARAMETERS *throttle)
{
    (void)adapter, (void)dpc_context;
    uint32_t done;
    smp_me()->polling = true;
    done = poll_queues_of(message);
    smp_me()->polling = false;
    face_send_over();
    tx_flush();
    if (done && shell.busy_poll)
        smp_me()->busy_until = sh_now() + shell.busy_poll;
    if (done < throttle->MaxNblsToIndicate && (sh_now() >= smp_me()->busy_until || shell.rx_stopped))
        poll_is_done(message);
    throttle->MoreNblsPending = smp_me()->scheduled >> message & 1;
}

/* ---- requests ---- */

static NDIS_STATUS status_of(uint32_t guest_error)
{
    return !guest_error                  ? NDIS_STATUS_SUCCESS
           : guest_error == GUEST_EPERM  ? NDIS_STATUS_NOT_ACCEPTED
           : guest_error == GUEST_EINVAL ? NDIS_STATUS_INVALID_DATA
           : guest_error == GUEST_ENOMEM ? NDIS_STATUS_RESOURCES
                                         : 0xe0000000u | guest_error; /* of its own: NDIS has no such answer */
}

static NDIS_ABI NDIS_STATUS MiniportOidRequest(NDIS_HANDLE adapter, NDIS_OID_REQUEST *request)
{
    static const struct {
        NDIS_OID oid;
        enum machine_job_kind kind;
    } requests[] = {
        {OID_802_3_CURRENT_ADDRESS, MACHINE_JOB_SET_MAC},
        {OID_GEN_CURRENT_PACKET_FILTER, MACHINE_JOB_RX_MODE},
        {OID_802_3_ADD_MULTICAST_ADDRESS, MACHINE_JOB_ADD_MULTICAST},
        {OID_802_3_DELETE_MULTICAST_ADDRESS, MACHINE_JOB_DEL_MULTICAST},
        {OID_VENDOR_ADD_VLAN, MACHINE_JOB_ADD_VLAN},
        {OID_VENDOR_DELETE_VLAN, MACHINE_JOB_DEL_VLAN},
        {OID_VENDOR_ADD_ADDRESS, MACHINE_JOB_ADD_ADDRESS},
        {OID_VENDOR_DELETE_ADDRESS, MACHINE_JOB_DEL_ADDRESS},
        {OID_TCP_OFFLOAD_PARAMETERS, MACHINE_JOB_SET_FEATURES},
        {OID_GEN_RECEIVE_SCALE_PARAMETERS, MACHINE_JOB_SET_RSS},
    };
    const uint8_t *bytes = request->InformationBuffer;
    struct machine_job job = {.kind = 0};
    (void)adapter;
    for (uint32_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
        if (requests[i].oid == request->Oid)
            job.kind = requests[i].kind;
    if (!job.kind)
        return NDIS_STATUS_NOT_SUPPORTED;
    if (request->InformationBufferLength == sizeof(job.arg))
        job.arg = *(const uint64_t *)(const void *)bytes;
    else
        for (uint32_t i = 0; i < 6; i++)
            job.mac[i] = bytes[i];
    if (request->Oid == OID_GEN_CURRENT_PACKET_FILTER)
        job.arg = (job.arg & NDIS_PACKET_TYPE_PROMISCUOUS ? 1 : 0) | (job.arg & NDIS_PACKET_TYPE_ALL_MULTICAST ? 2 : 0);
    return status_of(jobs_control(&job));
}

const NDIS_MINIPORT_DRIVER_CHARACTERISTICS miniport_characteristics = {
    .PauseHandler = MiniportPause,
    .RestartHandler = MiniportRestart,
    .OidRequestHandler = MiniportOidRequest,
    .SendNetBufferListsHandler = MiniportSendNetBufferLists,
    .ReturnNetBufferListsHandler = MiniportReturnNetBufferLists,
    .MessageInterruptHandler = MiniportMessageInterrupt,
    .MessageInterruptDPCHandler = MiniportMessageInterruptDPC,
};
