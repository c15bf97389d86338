/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The peer of bench/run that everybody can install: Debian's ns-3. Raw Ethernet frames go from a CSMA device through a bridge of two
 * CSMA devices to another one: wires with rate and delay, a learning bridge, receive callbacks. No NIC, no rings, no DMA, no
 * interrupt, no driver, no check of what arrives: less than vfsim models, so the ratio flatters ns-3.
 *
 * usage: ns3_csma SIZE COUNT -> "frames/s of CPU time, delivered"
 */
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "ns3/bridge-helper.h"
#include "ns3/core-module.h"
#include "ns3/csma-helper.h"
#include "ns3/csma-net-device.h"
#include "ns3/network-module.h"

using namespace ns3;

static const uint32_t PPS = 500000, OVERHEAD = 18; /* header and check sequence, which the device adds */
static uint64_t delivered, to_send;

static bool Receive(Ptr<NetDevice>, Ptr<const Packet>, uint16_t, const Address &)
{
    delivered++;
    return true;
}

static void Send(Ptr<NetDevice> from, Address to, uint32_t size)
{
    from->Send(Create<Packet>(size - OVERHEAD), to, 0x88b5);
    if (--to_send)
        Simulator::Schedule(NanoSeconds(1000000000 / PPS), &Send, from, to, size);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    uint32_t size = std::strtoul(argv[1], nullptr, 10);
    to_send = std::strtoul(argv[2], nullptr, 10);
    NodeContainer nodes;
    nodes.Create(3); /* sender, bridge, receiver */
    CsmaHelper csma;
    csma.SetChannelAttribute("DataRate", DataRateValue(DataRate("10Gbps")));
    csma.SetChannelAttribute("Delay", TimeValue(NanoSeconds(500)));
    csma.SetDeviceAttribute("EncapsulationMode", StringValue("Dix"));
    NetDeviceContainer left = csma.Install(NodeContainer(nodes.Get(0), nodes.Get(1)));
    NetDeviceContainer right = csma.Install(NodeContainer(nodes.Get(2), nodes.Get(1)));
    BridgeHelper().Install(nodes.Get(1), NetDeviceContainer(left.Get(1), right.Get(1)));
    right.Get(0)->SetReceiveCallback(MakeCallback(&Receive));
    right.Get(0)->Send(Create<Packet>(46), Mac48Address("02:00:00:00:00:99"), 0x88b5); /* the bridge learns where it is */
    Simulator::Schedule(MilliSeconds(1), &Send, left.Get(0), right.Get(0)->GetAddress(), size);
    Simulator::Stop(Seconds(1000));
    std::clock_t start = std::clock();
    uint64_t sent = to_send;
    Simulator::Run();
    double took = double(std::clock() - start) / CLOCKS_PER_SEC;
    std::printf("%.0f %llu\n", delivered / took, (unsigned long long)delivered);
    Simulator::Destroy();
    return delivered == sent ? 0 : 1;
}
