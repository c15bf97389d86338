/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes a plugin image that goes through a null pointer when it is first asked for frames that have come. */
#include "guest/include/npa_plugin_api.h"

#undef NPA_PluginMain /* elsewhere it names the plugin's own entry, … */
NPA_EXPORT uint32 NPA_PluginMain(struct Plugin_Api *api);
uint32 npa_crash_main(struct Plugin_Api *api); /* … which is this one */

static uint32 check_rx_ring(Plugin_State *ps, uint32 queue, uint32 maxPkts)
{
    volatile uint32 *nowhere = (volatile uint32 *)(uintptr_t)(queue * sizeof(uint32));

    (void)ps;
    return *nowhere + maxPkts;
}

uint32 NPA_PluginMain(struct Plugin_Api *api)
{
    uint32 status = npa_crash_main(api);

    api->checkRxRing = check_rx_ring;
    return status;
}
