/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What came with the vmxnet3 device's revisions after the first, as far as it is registers and commands.
 *
 *   2  large receives that say of how many segments they are (lro.c)
 *   3  data rings with places of another size, a receive data ring (rings_setup.c), SET_COALESCE and GET_COALESCE (intr.c)
 *   4  SET_RSS_FIELDS and GET_RSS_FIELDS: UDP and ESP over IPv4
 *   5  nothing that a driver of ours knows
 *   6  an MTU of 9190, GET_MAX_QUEUES_CONF, ESP over IPv6
 *   7  DCR and PTCR, SET_RING_BUFFER_SIZE; its large BAR 0 is not offered
 *
 * A driver has what belongs to the revision that it chose by VRRS, and to those before; a command of a later one is as one that
 * does not exist [vmxnet3_probe_device() of Linux's vmxnet3_drv.c].
 */
#include <string.h>

#include "nic/vmxnet3/vmxnet3__.h"

enum { TXDATA_DESC_SIZE = 256, BAR1_CMD_INFO = offsetof(struct Vmxnet3_DriverShared, cmdInfo) };

static const uint32_t fields_known = VMXNET3_RSS_FIELDS_TCPIP4 | VMXNET3_RSS_FIELDS_TCPIP6 | VMXNET3_RSS_FIELDS_UDPIP4 |
                                     VMXNET3_RSS_FIELDS_UDPIP6 | VMXNET3_RSS_FIELDS_ESPIP4 | VMXNET3_RSS_FIELDS_ESPIP6;
static const uint32_t fields_of_tcp = VMXNET3_RSS_FIELDS_TCPIP4 | VMXNET3_RSS_FIELDS_TCPIP6;

bool vmxnet3__refuse(struct vmxnet3 *dev, const char *why, uint64_t value)
{
    trace_vmxnet3_refused(&dev->c, why, value);
    return false;
}

unsigned vmxnet3__revision(const struct vmxnet3 *dev) { return dev->newer.rev ? dev->newer.rev : 1; }

/* ---- registers ---- */

static const uint32_t capabilities = VMXNET3_CAP_UDP_RSS | VMXNET3_CAP_ESP_RSS_IPV4 | VMXNET3_CAP_ESP_RSS_IPV6;

bool vmxnet3__newer_read(struct vmxnet3 *dev, uint32_t off, uint32_t *value)
{
    switch (off) {
    case VMXNET3_REG_VRRS:
        *value = (1u << dev->rev) - 1;
        return true;
    case VMXNET3_REG_DCR:
        *value = capabilities;
        return vmxnet3__revision(dev) >= 7;
    case VMXNET3_REG_PTCR:
        *value = VMXNET3_DCR_ERROR; /* nothing is passed through below this device but by NPA, whose plugins say what they can */
        return vmxnet3__revision(dev) >= 7;
    default:
        return false;
    }
}

/* One bit, of a revision that is offered. */
static void choose(struct vmxnet3 *dev, uint32_t value)
{
    if (!value || value & (value - 1) || value >> dev->rev)
        vmxnet3__refuse(dev, "a revision that is not offered", value);
    else
        dev->newer.rev = value > 1 ? (uint32_t)__builtin_ctz(value) + 1 : 0;
}

bool vmxnet3__newer_write(struct vmxnet3 *dev, uint32_t off, uint32_t value)
{
    switch (off) {
    case VMXNET3_REG_VRRS:
        choose(dev, value);
        return true;
    case VMXNET3_REG_DCR:
        if (vmxnet3__revision(dev) < 7)
            return false;
        dev->newer.caps = value & capabilities;
        return true;
    default:
        return false;
    }
}

/* ---- commands ---- */

static bool read_info(struct vmxnet3 *dev, union Vmxnet3_CmdInfo *info)
{
    uint64_t at = dev->st.shared_pa + BAR1_CMD_INFO;
    return vmxnet3_read_guest(dev, at, info, sizeof(*info)) || vmxnet3__refuse(dev, "a command's particulars out of reach", at);
}

static bool scheme_is_good(struct vmxnet3 *dev, const struct Vmxnet3_CoalesceScheme *s)
{
    uint32_t rate = s->coalPara.rbc_rate, rx = s->coalPara.coalStatic.rx_depth, tx = s->coalPara.coalStatic.tx_comp_depth;

    if (s->coalMode > VMXNET3_COALESCE_RBC)
        return vmxnet3__refuse(dev, "a scheme of coalescing that is none", s->coalMode);
    if (s->coalMode == VMXNET3_COALESCE_RBC && (rate < VMXNET3_COAL_RBC_MIN_RATE || rate > VMXNET3_COAL_RBC_MAX_RATE))
        return vmxnet3__refuse(dev, "a wrong rate of interrupts", rate);
    if (s->coalMode == VMXNET3_COALESCE_STATIC &&
        (!rx || rx > VMXNET3_COAL_STATIC_MAX_DEPTH || !tx || tx > VMXNET3_COAL_STATIC_MAX_DEPTH))
        return vmxnet3__refuse(dev, "a wrong depth of coalescing", rx > tx ? rx : tx);
    return true;
}

static bool find_scheme(struct vmxnet3 *dev, uint64_t *at)
{
    union Vmxnet3_CmdInfo info;

    if (!dev->rings.st.ready || !read_info(dev, &info))
        return false;
    *at = info.varConf.confPA;
    return info.varConf.confLen >= sizeof(struct Vmxnet3_CoalesceScheme) ||
           vmxnet3__refuse(dev, "a scheme of coalescing of a wrong length", info.varConf.confLen);
}

static bool set_coalesce(struct vmxnet3 *dev)
{
    struct Vmxnet3_CoalesceScheme scheme;
    uint64_t at;

    if (!find_scheme(dev, &at))
        return false;
    if (!vmxnet3_read_guest(dev, at, &scheme, sizeof(scheme)))
        return vmxnet3__refuse(dev, "a scheme of coalescing out of reach", at);
    if (!scheme_is_good(dev, &scheme))
        return false;
    vmxnet3__release(dev, true);
    dev->newer.coalesce = scheme;
    vmxnet3__moderation_changed(dev);
    return true;
}

static bool get_coalesce(struct vmxnet3 *dev)
{
    uint64_t at;

    return find_scheme(dev, &at) && (vmxnet3_write_guest(dev, at, &dev->newer.coalesce, sizeof(dev->newer.coalesce)) ||
                                     vmxnet3__refuse(dev, "a scheme of coalescing out of reach", at));
}

/* What is not known is not in force: the driver asks what is. */
static bool set_fields(struct vmxnet3 *dev)
{
    union Vmxnet3_CmdInfo info;
    uint32_t known = vmxnet3__revision(dev) < 6 ? fields_known & ~VMXNET3_RSS_FIELDS_ESPIP6 : fields_known;

    if (!dev->rings.st.ready || !read_info(dev, &info))
        return false;
    if (info.setRssFields & ~fields_known)
        vmxnet3__refuse(dev, "RSS fields that are none", info.setRssFields);
    dev->rings.more.rss_fields = info.setRssFields & known & ~fields_of_tcp;
    return true;
}

static bool set_buffers(struct vmxnet3 *dev)
{
    union Vmxnet3_CmdInfo info;

    if (!dev->rings.st.ready || !read_info(dev, &info))
        return false;
    if (info.ringBufSize.ring1BufSizeType0 < VMXNET3_MIN_T0_BUF_SIZE ||
        info.ringBufSize.ring1BufSizeType0 > VMXNET3_MAX_RX_BUF_SIZE)
        return vmxnet3__refuse(dev, "receive buffers of a wrong size", info.ringBufSize.ring1BufSizeType0);
    dev->newer.buffers = info.ringBufSize;
    return true;
}

bool vmxnet3__newer_command(struct vmxnet3 *dev, uint32_t cmd, uint32_t *result)
{
    static const struct {
        uint32_t cmd;
        unsigned rev;
    } since[] = {{VMXNET3_CMD_SET_COALESCE, 3},         {VMXNET3_CMD_GET_COALESCE, 3},   {VMXNET3_CMD_GET_TXDATA_DESC_SIZE, 3},
                 {VMXNET3_CMD_SET_RSS_FIELDS, 4},       {VMXNET3_CMD_GET_RSS_FIELDS, 4}, {VMXNET3_CMD_GET_MAX_QUEUES_CONF, 6},
                 {VMXNET3_CMD_SET_RING_BUFFER_SIZE, 7}, {VMXNET3_CMD_GET_DCR0_REG, 7}};
    unsigned i = 0;

    while (i < sizeof(since) / sizeof(since[0]) && since[i].cmd != cmd)
        i++;
    if (i == sizeof(since) / sizeof(since[0]) || vmxnet3__revision(dev) < since[i].rev)
        return false;
    switch (cmd) {
    case VMXNET3_CMD_SET_COALESCE:
        *result = !set_coalesce(dev);
        break;
    case VMXNET3_CMD_GET_COALESCE:
        *result = !get_coalesce(dev);
        break;
    case VMXNET3_CMD_GET_TXDATA_DESC_SIZE:
        *result = TXDATA_DESC_SIZE;
        break;
    case VMXNET3_CMD_SET_RSS_FIELDS:
        *result = !set_fields(dev);
        break;
    case VMXNET3_CMD_GET_RSS_FIELDS:
        *result = dev->rings.more.rss_fields | fields_of_tcp;
        break;
    case VMXNET3_CMD_GET_MAX_QUEUES_CONF:
        *result = VMXNET3_RINGS_QUEUES << 8 | VMXNET3_RINGS_QUEUES;
        break;
    case VMXNET3_CMD_SET_RING_BUFFER_SIZE:
        *result = !set_buffers(dev);
        break;
    default: /* VMXNET3_CMD_GET_DCR0_REG */
        *result = dev->newer.caps;
    }
    return true;
}
