/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The protocol: what stands between NDIS and an application. It owns a NET_BUFFER_LIST for each transmit buffer; frames that
 * follow each other go down as one chain of lists. While NDIS has the adapter paused it keeps them, also those that come back
 * unsent, and sends them in their order when it is told of the restart.
 *
 * It reads of a received frame what the list says of it, and nothing else.
 */
#include "guest/apps/app.h"
#include "guest/shell/windows/ndis.h"

enum { CHAIN_MAX = APP_BATCH, MDLS = 64 * 1024 / SHELL_TX_SPLIT + 1 };

struct chain {
    NET_BUFFER_LIST *first, *last;
    uint32_t count;
};

/* a list to be sent, with all it is made of */
struct to_send {
    NET_BUFFER_LIST list;
    NET_BUFFER buffer;
    MDL mdl;
};

static struct {
    struct to_send *to_send; /* [shell.tx_buffers], taken when the first frame is sent */
    struct chain next;       /* more are to follow it */
    struct chain kept;       /* until the restart */
    bool paused;
    struct ndis_offload offload[PATHS]; /* by the handle of who told of it */
    NDIS_HANDLE offload_of[PATHS];
} protocol;

static void append(struct chain *chain, NET_BUFFER_LIST *list)
{
    list->Next = NULL;
    if (chain->count++)
        chain->last->Next = list;
    else
        chain->first = list;
    chain->last = list;
}

static NET_BUFFER_LIST *take_all(struct chain *chain)
{
    NET_BUFFER_LIST *first = chain->count ? chain->first : NULL;
    *chain = (struct chain){NULL, NULL, 0};
    return first;
}

/* ---- send ---- */

/* There are as many as transmit buffers, which are counted when the device starts. */
static void make_lists(void)
{
    uint64_t gpa = heap_alloc(shell.tx_buffers * sizeof(struct to_send), 64);
    if (!gpa)
        log_panic("shell: not enough memory for NET_BUFFER_LISTs");
    protocol.to_send = sh_va(gpa);
}

NET_BUFFER_LIST *protocol_list_of(uint32_t buffer) { return &protocol.to_send[buffer].list; }

static NET_BUFFER_LIST *make_list(uint32_t buffer)
{
    const struct tx_buffer *frame = &shell.tx_buffer[buffer];
    struct to_send *s = &protocol.to_send[buffer];
    uint32_t tci = frame->tci;
    s->mdl = (MDL){.MappedSystemVa = sh_va(buffers_tx_gpa(buffer)), .ByteCount = frame->len};
    s->buffer = (NET_BUFFER){.CurrentMdl = &s->mdl, .DataLength = frame->len};
    s->list = (NET_BUFFER_LIST){.FirstNetBuffer = &s->buffer, .ProtocolReserved = {(void *)(uintptr_t)buffer}};
    if (frame->tagged)
        s->list.NetBufferListInfo[Ieee8021QNetBufferListInfo] =
            NDIS_8021Q_THERE_IS_ONE | tci >> 13 | (tci >> 12 & 1) << 3 | (tci & 0xfff) << 4;
    if (frame->checksum || frame->mss)
        s->list.NetBufferListInfo[TcpIpChecksumNetBufferListInfo] = frame->checksum ? NDIS_SEND_TCP_CHECKSUM : 0;
    s->list.NetBufferListInfo[TcpLargeSendNetBufferListInfo] = frame->mss;
    return &s->list;
}

static void drop(uint32_t buffer)
{
    sh_tell(MACHINE_OP_FRAME_DROP, buffers_tx_gpa(buffer), shell.tx_buffer[buffer].len, MACHINE_DROP_TX_QUEUE_FULL);
    buffers_put_tx(buffer);
}

/* What is not to be sent now waits here, as many as a system lets wait. Without a carrier the miniport is asked, and says so. */
static void keep_or_send(NET_BUFFER_LIST *list)
{
    if (!protocol.paused || shell.no_carrier) {
        NdisSendNetBufferLists(list, 0);
        return;
    }
    for (NET_BUFFER_LIST *next; list; list = next) {
        next = list->Next;
        if (protocol.kept.count >= sh_machine()->tx_queue_frames)
            drop(nbl_buffer(list));
        else
            append(&protocol.kept, list);
    }
    tx_stop();
}

void protocol_flush(void)
{
    NET_BUFFER_LIST *list = take_all(&protocol.next);
    if (list)
        keep_or_send(list);
}

void protocol_send(uint32_t buffer, bool more)
{
    if (!protocol.to_send)
        make_lists();
    sh_charge(sh_machine()->list_cycles);
    append(&protocol.next, make_list(buffer));
    if (!more || protocol.next.count == CHAIN_MAX)
        protocol_flush();
}

/* One that came back because of the pause was sent before all that is kept. */
static NDIS_ABI void ProtocolSendNetBufferListsComplete(NDIS_HANDLE binding, NET_BUFFER_LIST *list, ULONG flags)
{
    (void)binding, (void)flags;
    for (NET_BUFFER_LIST *next; list; list = next) {
        next = list->Next;
        if (list->Status == NDIS_STATUS_PAUSED)
            append(&protocol.kept, list);
        else
            buffers_put_tx(nbl_buffer(list));
    }
}

static NDIS_ABI void ProtocolNetPnPEvent(NDIS_HANDLE binding, enum NET_PNP_EVENT_CODE event)
{
    (void)binding;
    protocol.paused = event == NetEventPause;
    if (protocol.paused)
        return;
    NET_BUFFER_LIST *kept = take_all(&protocol.kept);
    if (kept)
        NdisSendNetBufferLists(kept, 0);
    tx_flush(); /* who was held back may send again, if there is room */
}

/* ---- receive ---- */

static NDIS_ABI void ProtocolStatusEx(NDIS_HANDLE binding, NDIS_STATUS status, NDIS_HANDLE source, const void *buffer)
{
    (void)binding;
    if (status != NDIS_STATUS_TASK_OFFLOAD_CURRENT_CONFIG)
        return;
    for (uint32_t i = 0; i < PATHS; i++)
        if (!protocol.offload_of[i] || protocol.offload_of[i] == source) {
            protocol.offload_of[i] = source;
            protocol.offload[i] = *(const struct ndis_offload *)buffer;
            return;
        }
}

static const struct ndis_offload *offload_of(NDIS_HANDLE source)
{
    uint32_t i = 0;
    while (i + 1 < PATHS && protocol.offload_of[i] != source)
        i++;
    return &protocol.offload[i];
}

static uint32_t verdict(uintptr_t info, uint32_t succeeded, uint32_t failed)
{
    return info & failed ? SHELL_XSUM_INCORRECT : info & succeeded ? SHELL_XSUM_CORRECT : SHELL_XSUM_UNKNOWN;
}

static uint32_t info_of(const NET_BUFFER_LIST *list)
{
    uintptr_t sums = list->NetBufferListInfo[TcpIpChecksumNetBufferListInfo];
    ULONG flags = list->NblFlags;
    return MACHINE_RX_SAID | (flags & NDIS_NBL_FLAGS_IS_IPV4 ? MACHINE_RX_IPV4 : 0) |
           (flags & NDIS_NBL_FLAGS_IS_IPV6 ? MACHINE_RX_IPV6 : 0) | (flags & NDIS_NBL_FLAGS_IS_TCP ? MACHINE_RX_TCP : 0) |
           (flags & NDIS_NBL_FLAGS_IS_UDP ? MACHINE_RX_UDP : 0) |
           (list->NetBufferListInfo[NetBufferListFrameType] ? MACHINE_RX_NOT_IP : 0) |
           verdict(sums, NDIS_RECV_IP_CHECKSUM_SUCCEEDED, NDIS_RECV_IP_CHECKSUM_FAILED) << MACHINE_RX_IP_XSUM_SHIFT |
           verdict(sums, NDIS_RECV_TCP_CHECKSUM_SUCCEEDED, NDIS_RECV_TCP_CHECKSUM_FAILED) << MACHINE_RX_TCP_XSUM_SHIFT |
           verdict(sums, NDIS_RECV_UDP_CHECKSUM_SUCCEEDED, NDIS_RECV_UDP_CHECKSUM_FAILED) << MACHINE_RX_UDP_XSUM_SHIFT |
           offload_of(list->SourceHandle)->said;
}

static uint32_t hash_type_of(uintptr_t info)
{
    return info & NDIS_HASH_IPV4       ? SHELL_RECV_HASH_TYPE_IPV4
           : info & NDIS_HASH_TCP_IPV4 ? SHELL_RECV_HASH_TYPE_TCP_IPV4
           : info & NDIS_HASH_IPV6     ? SHELL_RECV_HASH_TYPE_IPV6
           : info & NDIS_HASH_TCP_IPV6 ? SHELL_RECV_HASH_TYPE_TCP_IPV6
                                       : SHELL_RECV_HASH_TYPE_NONE;
}

/* What the system takes of it: its stack, and to an application outside of the kernel a copy of its bytes. It joins no segments. */
static void charge(uint32_t bytes)
{
    volatile const struct machine *m = sh_machine();
    uint64_t copy = (uint64_t)bytes * m->rx_byte_millicycles / 1000;
    sh_charge(m->list_cycles + (app_is_in_kernel() ? m->kernel_cycles : m->stack_cycles + copy));
}

static void deliver(const NET_BUFFER_LIST *list)
{
    const NET_BUFFER *buffer = list->FirstNetBuffer;
    uint32_t tag = (uint32_t)list->NetBufferListInfo[Ieee8021QNetBufferListInfo];
    struct machine_rx rx; /* large, and filled as far as it has fragments */
    rx.vlan = tag ? 0x10000u | (tag & 7) << 13 | (tag >> 3 & 1) << 12 | (tag >> 4 & 0xfff) : 0;
    rx.info = info_of(list);
    rx.bytes = buffer->DataLength;
    rx.hash_type = hash_type_of(list->NetBufferListInfo[NetBufferListHashInfo]);
    rx.hash = (uint32_t)list->NetBufferListInfo[NetBufferListHashValue];
    rx.hash_key = offload_of(list->SourceHandle)->hash_key;
    rx.fragments = 0;
    for (const MDL *mdl = buffer->CurrentMdl; mdl && rx.fragments < MACHINE_FRAGMENTS_MAX; mdl = mdl->Next) {
        rx.fragment[rx.fragments].gpa = (uint64_t)(uintptr_t)mdl->MappedSystemVa - shell.window;
        rx.fragment[rx.fragments++].len = mdl->ByteCount;
    }
    charge(rx.bytes);
    app_receive(&rx);
}

static NDIS_ABI void ProtocolReceiveNetBufferLists(NDIS_HANDLE binding, NET_BUFFER_LIST *list, NDIS_PORT_NUMBER port, ULONG count,
                                                   ULONG flags)
{
    (void)binding, (void)port, (void)count, (void)flags;
    for (NET_BUFFER_LIST *each = list; each; each = each->Next)
        deliver(each);
    NdisReturnNetBufferLists(list, 0);
}

/* ---- requests ---- */

static uint32_t error_of(NDIS_STATUS status)
{
    return status == NDIS_STATUS_SUCCESS        ? 0
           : status == NDIS_STATUS_NOT_ACCEPTED ? GUEST_EPERM
           : status == NDIS_STATUS_RESOURCES    ? GUEST_ENOMEM
           : status >> 28 == 0xe                ? status & 0xfff
                                                : GUEST_EINVAL;
}

uint32_t protocol_request(const struct machine_job *job)
{
    static const NDIS_OID oids[] = {[MACHINE_JOB_SET_MAC] = OID_802_3_CURRENT_ADDRESS,
                                    [MACHINE_JOB_RX_MODE] = OID_GEN_CURRENT_PACKET_FILTER,
                                    [MACHINE_JOB_ADD_MULTICAST] = OID_802_3_ADD_MULTICAST_ADDRESS,
                                    [MACHINE_JOB_DEL_MULTICAST] = OID_802_3_DELETE_MULTICAST_ADDRESS,
                                    [MACHINE_JOB_ADD_VLAN] = OID_VENDOR_ADD_VLAN,
                                    [MACHINE_JOB_DEL_VLAN] = OID_VENDOR_DELETE_VLAN,
                                    [MACHINE_JOB_ADD_ADDRESS] = OID_VENDOR_ADD_ADDRESS,
                                    [MACHINE_JOB_DEL_ADDRESS] = OID_VENDOR_DELETE_ADDRESS,
                                    [MACHINE_JOB_SET_FEATURES] = OID_TCP_OFFLOAD_PARAMETERS,
                                    [MACHINE_JOB_SET_RSS] = OID_GEN_RECEIVE_SCALE_PARAMETERS};
    uint64_t number = job->arg;
    NDIS_OID_REQUEST request = {.Oid = job->kind < sizeof(oids) / sizeof(oids[0]) ? oids[job->kind] : 0,
                                .InformationBuffer = &number,
                                .InformationBufferLength = sizeof(number)};
    bool is_address = job->kind == MACHINE_JOB_SET_MAC || job->kind == MACHINE_JOB_ADD_MULTICAST ||
                      job->kind == MACHINE_JOB_DEL_MULTICAST || job->kind == MACHINE_JOB_ADD_ADDRESS ||
                      job->kind == MACHINE_JOB_DEL_ADDRESS;
    if (is_address) {
        request.InformationBuffer = job->mac;
        request.InformationBufferLength = 6;
    }
    if (job->kind == MACHINE_JOB_RX_MODE)
        number = NDIS_PACKET_TYPE_USUAL | (job->arg & 1 ? NDIS_PACKET_TYPE_PROMISCUOUS : 0u) |
                 (job->arg & 2 ? NDIS_PACKET_TYPE_ALL_MULTICAST : 0u);
    return error_of(NdisOidRequest(&request));
}

const NDIS_PROTOCOL_DRIVER_CHARACTERISTICS protocol_characteristics = {
    .NetPnPEventHandler = ProtocolNetPnPEvent,
    .StatusHandlerEx = ProtocolStatusEx,
    .ReceiveNetBufferListsHandler = ProtocolReceiveNetBufferLists,
    .SendNetBufferListsCompleteHandler = ProtocolSendNetBufferListsComplete,
};
