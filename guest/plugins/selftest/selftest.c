/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plugin that drives nothing: an image with relocations and uninitialised data, for tests of loading.
 *
 * Its functions are reached through a table of addresses that only relocation makes right.
 */
#include "guest/include/npa_plugin_api.h"
#include "guest/include/npa_plugin_note.h"

NPA_IMAGE_NOTE("GPL-2.0-only", "vfsim selftest 1");

static uint32 return_seven(Plugin_State *ps)
{
    (void)ps;
    return 7;
}

static uint32 return_queue(Plugin_State *ps, uint32 queue)
{
    (void)ps;
    return queue;
}

static uint32 (*volatile const first[])(Plugin_State *) = {return_seven};
static uint32 (*volatile const second[])(Plugin_State *, uint32) = {return_queue, return_queue, return_queue};
static volatile uint32 calls[2000];

uint32 NPA_PluginMain(struct Plugin_Api *api)
{
    calls[1999]++;
    api->swInit = first[0];
    api->reinitRxRing = second[0];
    api->reinitTxRing = second[1];
    api->addBuffersToRxRing = second[2];
    return calls[1999];
}
