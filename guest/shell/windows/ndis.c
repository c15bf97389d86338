/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NDIS itself, as far as one adapter and one protocol need it: who is called for what, the order of a pause, DPCs in a queue.
 *
 * A DPC runs at DISPATCH_LEVEL when the processor has left the interrupt, first come, first served; one that leaves work behind
 * (MoreNblsPending) is queued again, behind the others.
 */
#include <stdarg.h>

#include "guest/shell/windows/ndis.h"

static struct {
    bool paused;
    uint32_t dpc[SHELL_QUEUES_MAX]; /* messages, in order */
    uint32_t first, count;
    uint32_t queued; /* a bit each */
} ndis;

/* ---- calls that change hands ---- */

static const NDIS_MINIPORT_DRIVER_CHARACTERISTICS *miniport(void) { return &miniport_characteristics; }
static const NDIS_PROTOCOL_DRIVER_CHARACTERISTICS *protocol(void) { return &protocol_characteristics; }

NDIS_ABI void NdisSendNetBufferLists(NET_BUFFER_LIST *list, ULONG flags)
{
    miniport()->SendNetBufferListsHandler(NULL, list, 0, flags);
}

NDIS_ABI void NdisReturnNetBufferLists(NET_BUFFER_LIST *list, ULONG flags)
{
    miniport()->ReturnNetBufferListsHandler(NULL, list, flags);
}

NDIS_ABI NDIS_STATUS NdisOidRequest(NDIS_OID_REQUEST *request) { return miniport()->OidRequestHandler(NULL, request); }

NDIS_ABI void NdisMSendNetBufferListsComplete(NET_BUFFER_LIST *list, ULONG flags)
{
    protocol()->SendNetBufferListsCompleteHandler(NULL, list, flags);
}

NDIS_ABI void NdisMIndicateReceiveNetBufferLists(NET_BUFFER_LIST *list, ULONG count, ULONG flags)
{
    protocol()->ReceiveNetBufferListsHandler(NULL, list, 0, count, flags);
}

NDIS_ABI void NdisMIndicateStatusEx(NDIS_STATUS status, NDIS_HANDLE source, const void *buffer)
{
    protocol()->StatusHandlerEx(NULL, status, source, buffer);
}

/* Of the conversions a driver's line is made of by others: %s and %.*s. */
NDIS_ABI ULONG DbgPrint(const char *format, ...)
{
    __builtin_ms_va_list args;
    ULONG len = 0;
    const char *text = format;

    __builtin_ms_va_start(args, format);
    if (format[0] == '%' && format[1] == '.') {
        len = __builtin_va_arg(args, ULONG);
        text = __builtin_va_arg(args, const char *);
    } else {
        while (format[len])
            len++;
    }
    __builtin_ms_va_end(args);
    sh_exit(MACHINE_OP_CONSOLE, (uintptr_t)text, len, 0);
    return NDIS_STATUS_SUCCESS;
}

/* ---- pause and restart ---- */

void ndis_pause(void)
{
    if (ndis.paused)
        return;
    ndis.paused = true;
    protocol()->NetPnPEventHandler(NULL, NetEventPause);
    miniport()->PauseHandler(NULL, NULL); /* pending until its last frame is done, which the core waits for */
}

void ndis_restart(void)
{
    if (!ndis.paused)
        return;
    ndis.paused = false;
    miniport()->RestartHandler(NULL, NULL);
    protocol()->NetPnPEventHandler(NULL, NetEventRestart);
}

/* ---- interrupts and DPCs ---- */

void ndis_interrupt(uint32_t message)
{
    BOOLEAN queue_dpc = FALSE;
    ULONG target = 0;

    if (miniport()->MessageInterruptHandler(NULL, message, &queue_dpc, &target) && queue_dpc)
        ndis_queue_dpc(message);
}

void ndis_queue_dpc(uint32_t message)
{
    if (ndis.queued >> message & 1)
        return;
    ndis.queued |= 1u << message;
    ndis.dpc[(ndis.first + ndis.count++) % SHELL_QUEUES_MAX] = message;
}

static void run_dpc(uint32_t message)
{
    NDIS_RECEIVE_THROTTLE_PARAMETERS throttle = {.MaxNblsToIndicate = shell.poll_budget};

    sh_charge(sh_machine()->poll_cycles + path_poll_cycles());
    miniport()->MessageInterruptDPCHandler(NULL, message, NULL, &throttle);
    if (throttle.MoreNblsPending)
        ndis_queue_dpc(message);
}

void ndis_run_dpcs(void)
{
    for (uint32_t left = ndis.count; left; left--) {
        uint32_t message = ndis.dpc[ndis.first];
        ndis.first = (ndis.first + 1) % SHELL_QUEUES_MAX;
        ndis.count--;
        ndis.queued &= ~(1u << message);
        run_dpc(message);
    }
}
