/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scenario language: what it means, and what it says of mistakes, word for word. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/prng.h"
#include "scenario/verb.h"
#include "scenario/verbs/guest.h"

#define HEAD \
    "host h0\nnic h0.vmnic0 model 82599 vfs 4\nswitch tor\nlink h0.vmnic0 tor\npeer client on tor\nvm web on h0 via vmnic0\n"
enum { HEAD_LINES = 6 };

static struct scenario *parse(const char *text) { return scenario_parse("x.scn", text, strlen(text), NULL); }

/* The text behind HEAD must give exactly this one message. */
static void check_error(const char *body, const char *expected)
{
    char *text;
    ck_assert_int_ge(asprintf(&text, HEAD "%s\n", body), 0);
    struct scenario *sc = parse(text);
    ck_assert_msg(scenario_error_count(sc) == 1, "%u errors for: %s (%s)", scenario_error_count(sc), body,
                  scenario_error_count(sc) ? scenario_error_text(sc, 0, NULL, NULL) : "");
    const char *seen = scenario_error_text(sc, 0, NULL, NULL);
    ck_assert_msg(!strcmp(seen, expected), "for: %s\nseen:     %s\nexpected: %s", body, seen, expected);
    scenario_destroy(sc);
    free(text);
}

static struct scenario *parse_good(const char *body)
{
    char *text;
    ck_assert_int_ge(asprintf(&text, HEAD "%s\n", body), 0);
    struct scenario *sc = parse(text);
    if (scenario_error_count(sc))
        scenario_print_errors(sc, stderr);
    ck_assert_uint_eq(scenario_error_count(sc), 0);
    free(text);
    return sc;
}

START_TEST(declarations)
{
    struct scenario *sc = parse_good("seed 42\ntitle \"a test\"\nlimit time 2s\nlimit frames 1K\n"
                                     "peer other on tor mac 02:00:00:00:00:77 ip 10.0.0.7 ip6 fd00::7 vlan 5 latency 2us promisc "
                                     "join 01:00:5e:00:00:01 01:00:5e:00:00:02\n"
                                     "vm db on h0 ram 32M shell linux net plain mac 02:00:00:00:00:0b app echo rx-ring 512 "
                                     "policy mac-change refuse forged allow vlan 7\n"
                                     "capture c at client filter \"tcp port 80\"");
    ck_assert_uint_eq(sc->seed, 42);
    ck_assert_str_eq(sc->title, "a test");
    ck_assert_uint_eq(sc->limit_time, 2 * SIM_S);
    ck_assert_uint_eq(sc->limit_frames, 1000);
    ck_assert_str_eq(sc->nics[0].name.text, "h0.vmnic0");
    ck_assert_uint_eq(sc->nics[0].vfs, 4);
    ck_assert_uint_eq(sc->links[0].rate_bps, 10000000000);
    const struct scn_peer *peer = &sc->peers[1];
    ck_assert_uint_eq(peer->joins, 2);
    ck_assert_int_eq(peer->vlan, 5);
    ck_assert(peer->promisc);
    ck_assert_uint_eq(sc->links[2].latency, 2 * SIM_US);
    const struct scn_vm *vm = &sc->vms[1];
    ck_assert(!vm->npa);
    ck_assert_uint_eq(vm->ram, 32 << 20);
    ck_assert_uint_eq(vm->rx_ring, 512);
    ck_assert_int_eq(vm->app, MACHINE_APP_ECHO);
    ck_assert_int_eq(vm->policy[HOST_POLICY_MAC_CHANGE], 0);
    ck_assert_int_eq(vm->policy[HOST_POLICY_FORGED], 1);
    ck_assert_int_eq(vm->policy[HOST_POLICY_PROMISC], -1);
    ck_assert_int_eq(vm->vlan, 7);
    ck_assert_str_eq(sc->vms[0].via.text, "h0.vmnic0");
    ck_assert_str_eq(sc->captures[0].filter.text, "tcp port 80");
    ck_assert(memcmp(sc->vms[0].mac, sc->peers[0].mac, 6));
    scenario_destroy(sc);
}
END_TEST

/* A line's link is what its slot has, but for what the line says: the set that tools/validate drives. */
START_TEST(slots)
{
    static const struct {
        const char *line;
        unsigned gen, lanes, mps;
        sim_time latency;
    } rows[] = {
        {"model 82599", 2, 8, 128, 220 * SIM_NS},
        {"model 82576", 1, 4, 128, 220 * SIM_NS},
        {"model 82599 pcie gen 3", 3, 8, 256, 198 * SIM_NS},
        {"model 82599 pcie lanes 4 gen 4", 4, 4, 256, 198 * SIM_NS},
        {"model 82599 pcie mps 128 gen 3 latency 0", 3, 8, 128, 0},
        {"model 82599 pcie latency 1us gen 3", 3, 8, 256, SIM_US},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char body[128];
        struct pci_link_params want;
        snprintf(body, sizeof(body), "nic h0.x %s", rows[i].line);
        struct scenario *sc = parse_good(body);
        pci_link_params_slot(&want, rows[i].gen, rows[i].lanes);
        want.mps = rows[i].mps;
        want.latency_ps = rows[i].latency;
        const struct pci_link_params *got = &sc->nics[1].link;
        ck_assert_uint_eq(got->gen, want.gen);
        ck_assert_uint_eq(got->lanes, want.lanes);
        ck_assert_uint_eq(got->mps, want.mps);
        ck_assert_uint_eq(got->mrrs, want.mrrs);
        ck_assert_uint_eq(got->tags, want.tags);
        ck_assert_uint_eq(got->posted, want.posted);
        ck_assert_uint_eq(got->dllp, want.dllp);
        ck_assert_uint_eq(got->completion_unit, want.completion_unit);
        ck_assert_uint_eq(got->latency_ps, want.latency_ps);
        ck_assert_uint_eq(got->memory_ps, want.memory_ps);
        scenario_destroy(sc);
    }
}
END_TEST

START_TEST(times)
{
    struct scenario *sc = parse_good("0 flow a from client to web size 64 rate 1M pps count 10\n"
                                     "+10us stop a\n"
                                     "+1.5ms stop a\n"
                                     "@5ms stop a\n"
                                     "7ms stop a\n"
                                     "8ms flow b from web to broadcast size 1500 load 1G until +2ms\n"
                                     "9ms expect a sent = 10\n"
                                     "+1ns stop a");
    ck_assert_uint_eq(sc->items[0].time, 0);
    ck_assert_uint_eq(sc->items[1].time, 10 * SIM_US);
    ck_assert_uint_eq(sc->items[2].time, 1510 * SIM_US);
    ck_assert_uint_eq(sc->items[3].time, 5 * SIM_MS);
    ck_assert_uint_eq(sc->items[4].time, 7 * SIM_MS);
    ck_assert_uint_eq(sc->items[5].flow->until, 10 * SIM_MS);
    ck_assert(sc->items[5].flow->to_mac_given);
    ck_assert_uint_eq(sc->items[5].flow->load_bps, 1000000000);
    ck_assert_uint_eq(sc->expects[0].time, 9 * SIM_MS);
    ck_assert_uint_eq(sc->items[6].time, 9 * SIM_MS + SIM_NS);
    scenario_destroy(sc);
}
END_TEST

START_TEST(acts)
{
    struct scenario *sc =
        parse_good("0 replay a.pcap as f from client to web timing scaled 1/2 hosts 10.0.0.1 fd00::1 rewrite ip "
                   "repeat 3 segment one-way\n"
                   "0 switch web to passthrough order naive fail load plugin bad.so hold 64K gap 5us move set-first\n"
                   "0 ip link set h0.vmnic0 vf 1 mac 02:00:00:00:00:01 vlan 100 qos 3 spoofchk on trust off\n"
                   "0 ip link set dev client down\n"
                   "0 ip link show h0.vmnic0\n"
                   "0 guest web add multicast 01:00:5e:00:00:05\n"
                   "0 guest web bad-rx-buffer 0x1000\n"
                   "0 policy web promisc refuse\n"
                   "0 iommu web unmap 4M size 64K\n"
                   "0 reset web vf");
    const struct scn_replay *replay = sc->items[0].replay;
    ck_assert_str_eq(replay->path, "a.pcap");
    ck_assert_int_eq(replay->timing, REPLAY_SCALED);
    ck_assert_uint_eq(replay->scale_den, 2);
    ck_assert_str_eq(replay->host_to.text, "fd00::1");
    ck_assert(replay->rewrite_ip && replay->segment && replay->one_way);
    ck_assert_uint_eq(replay->repeat, 3);
    /* What the others say only their verbs know; each has found its own. */
    static const char *const words[] = {[1] = "switch", [5] = "guest", [6] = "guest", [7] = "policy", [8] = "iommu", [9] = "reset"};
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (words[i])
            ck_assert_str_eq(sc->items[i].verb->word, words[i]);
    for (unsigned i = 0; i < sc->item_count; i++)
        ck_assert_msg(sc->items[i].said && sc->items[i].verb->act, "'%s' says nothing", sc->items[i].text);
    ck_assert_ptr_ne(sc->items[3].verb, sc->items[4].verb); /* two lines of `ip` that do different things */
    const struct guest_said *join = sc->items[5].said, *bad = sc->items[6].said;
    ck_assert_uint_eq(join->job.kind, MACHINE_JOB_ADD_MULTICAST);
    ck_assert_uint_eq(bad->job.arg, 0x1000);
    ck_assert_str_eq(sc->items[9].text, "reset web vf");
    scenario_destroy(sc);
}
END_TEST

START_TEST(expectations)
{
    struct scenario *sc = parse_good("0 flow f from client to web size 64 rate back-to-back count 1K\n"
                                     "0 replay a.pcap as r from client to web\n"
                                     "end expect f lost 0 delivered >= 1K latency p99 < 50us sent != 3\n"
                                     "end expect r/back in-flight <=5\n"
                                     "end expect drops at \"h0.vmnic0 vf 2\" reason iommu_fault count > 3\n"
                                     "end expect drops total = 0\n"
                                     "end expect web passthrough\n"
                                     "end expect switch web 2 undone reason \"no answer\"\n"
                                     "end expect control web 1 refused\n"
                                     "end expect replay r blocked\n"
                                     "end expect books balanced\n"
                                     "end expect f throughput > 9.4G offered between 1ms and 2.5ms >=1M pps jitter < 1us\n"
                                     "* > switch web > done*now\n"
                                     "* web > data path\n"
                                     "!> lost");
    ck_assert_uint_eq(sc->expect_count, 15);
    ck_assert_str_eq(sc->expects[12].text, "f throughput > 9.4G");
    ck_assert_uint_eq(sc->expects[12].value, UINT64_C(9400000000));
    ck_assert_str_eq(sc->expects[13].text, "f offered between 1ms and 2.5ms >= 1M pps");
    ck_assert(sc->expects[13].between && !sc->expects[14].between);
    ck_assert_uint_eq(sc->expects[13].moment[1], 2500 * SIM_US);
    ck_assert_uint_eq(sc->expects[13].value, 1000000);
    ck_assert_str_eq(sc->expects[14].text, "f jitter < 1us");
    ck_assert_str_eq(sc->expects[1].text, "f delivered >= 1K");
    ck_assert_uint_eq(sc->expects[1].value, 1000);
    ck_assert_str_eq(sc->expects[2].text, "f latency p99 < 50us");
    ck_assert_uint_eq(sc->expects[2].value, 50 * SIM_US);
    ck_assert_int_eq(sc->expects[3].op, SCN_NE);
    ck_assert_int_eq(sc->expects[4].op, SCN_LE);
    ck_assert_uint_eq(sc->expects[4].value, 5);
    ck_assert_str_eq(sc->expects[5].text, "drops at h0.vmnic0 vf 2 reason iommu_fault > 3");
    ck_assert_int_eq(sc->expects[8].state, SWITCH_UNDONE);
    ck_assert_str_eq(sc->traces[0].text, "switch web > done*now");
    ck_assert_ptr_null(sc->traces[0].who);
    ck_assert_str_eq(sc->traces[1].who, "web");
    ck_assert(sc->traces[2].never);
    scenario_destroy(sc);
}
END_TEST

START_TEST(ranges)
{
    struct scenario *sc = parse_good("peer p[08-11] on tor mac 02:00:00:00:01:[20-23]\n"
                                     "0 flow f[1-4]x from p[08-11] to web size 64 rate 1K pps count [5-8]\n"
                                     "5ms stop f[1-4]x\n+1ms stop f[1-4]x\n"
                                     "end expect f[1-4]x lost 0 sent [5-8]\n"
                                     "*  > web[1-2] > x");
    ck_assert_uint_eq(sc->peer_count, 5);
    ck_assert_str_eq(sc->peers[1].name.text, "p08");
    ck_assert_str_eq(sc->peers[4].name.text, "p11");
    ck_assert_uint_eq(sc->peers[4].mac[5], 0x23);
    ck_assert_uint_eq(sc->item_count, 12);
    ck_assert_str_eq(sc->items[3].text, "flow f4x from p11 to web size 64 rate 1K pps count 8");
    ck_assert_uint_eq(sc->items[3].flow->count, 8);
    ck_assert_uint_eq(sc->items[11].time, 9 * SIM_MS); /* each counts from the one before */
    ck_assert_uint_eq(sc->expect_count, 8);
    ck_assert_str_eq(sc->expects[3].text, "f2x sent = 6");
    ck_assert_str_eq(sc->traces[0].text, "web[1-2] > x");
    scenario_destroy(sc);
}
END_TEST

START_TEST(variables)
{
    static const struct scenario_var vars[] = {{"size", "1500"}};
    const struct scenario_options options = {.vars = vars, .var_count = 1, .seed_given = true, .seed = 9};
    const char *text = HEAD "seed 1\nset size 64\nset n 5\n0 flow f from client to web size $size rate ${n}K pps count $n\n";
    struct scenario *sc = scenario_parse("x.scn", text, strlen(text), &options);
    ck_assert_uint_eq(scenario_error_count(sc), 0);
    ck_assert_uint_eq(sc->items[0].flow->size, 1500);
    ck_assert_uint_eq(sc->items[0].flow->pps, 5000);
    ck_assert_uint_eq(sc->seed, 9);
    scenario_destroy(sc);

    text = HEAD "set sizes 64\n0 flow f from client to web size $sizes rate 1K pps count 1\n";
    sc = scenario_parse("x.scn", text, strlen(text), &options);
    ck_assert_str_eq(scenario_error_text(sc, 0, NULL, NULL),
                     "x.scn: --set size: the scenario has no variable of this name; did you mean 'sizes'?");
    scenario_destroy(sc);
}
END_TEST

static const struct {
    const char *body, *message;
} mistakes[] = {
    {"pear x on tor", "x.scn:7:1: a line begins with a declaration (host, nic, vm, …), a time (0, +10us, 5ms), '*' or 'end', not "
                      "'pear'; did you mean 'peer'?"},
    {"replay x.pcap as f from client to web",
     "x.scn:7:1: 'replay' happens at a time: begin the line with one, as in '0 replay …' or '+10us replay …'"},
    {"10 stop f", "x.scn:7:1: a time needs its unit: '10' could be 10ns, 10us, 10ms or 10s"},
    {"10min stop f", "x.scn:7:1: '10min' has an unknown unit; times are written like 10ns, 10us, 10ms or 10s"},
    {"peer a on tor latency 5", "x.scn:7:23: a latency needs its unit: '5' could be 10ns, 10us, 10ms or 10s"},
    {"peer a on tor latncy 5us", "x.scn:7:15: 'latncy' is no option of a peer; did you mean 'latency'?"},
    {"peer a on tro", "x.scn:7:11: there is no NIC, switch or peer named 'tro'; did you mean 'tor'?"},
    {"peer a on tor mac 01:00:5e:00:00:01",
     "x.scn:7:19: '01:00:5e:00:00:01' is a multicast address: nobody can have it as its own address"},
    {"peer a on tor rate 10g",
     "x.scn:7:20: '10g' has an unknown unit; a rate is written like 100M or 10G (bits a second); did you mean '10G'?"},
    {"host h1 plugins nowhere", "x.scn:7:17: the plugins of 'h1': nowhere: No such file or directory"},
    {"set 9x 3", "x.scn:7:5: '9x' can't be a variable: it begins with a digit"},
    {"0 switch web to emulation fail load",
     "x.scn:7:32: 'load' is no step of a switch to emulation; it is one of move_back, fence, notify, quiet, restart, "
     "quiesce, save_state, open, "
     "release or commit_out"},
    {"0 iommu web unmap 15M size 2M", "x.scn:7:9: 'web' has 16M of RAM: the range ends beyond it"},
    {"peer a", "x.scn:7:6: the peer 'a' is linked to nothing: add 'on SWITCH' or a link"},
    {"peer web on tor", "x.scn:7:6: the name 'web' is taken by the vm of line 6"},
    {"peer a on tor mac 02:00:00:00:00", "x.scn:7:19: '02:00:00:00:00' is no MAC address such as 02:00:00:00:00:0a"},
    {"link tor tor", "x.scn:7:10: 'tor' can't be linked to itself"},
    {"link client tor", "x.scn:7:6: 'client' is linked in line 5 already: it has one plug"},
    {"vm x on h1", "x.scn:7:9: there is no host named 'h1'; did you mean 'h0'?"},
    {"vm x on client", "x.scn:7:9: 'client' is the peer of line 5, where a host is needed"},
    {"vm x", "x.scn:7:5: on which host? add 'on HOST'"},
    {"vm x on h0 ram 3M", "x.scn:7:16: RAM is from 4M to 1G bytes, not 3M"},
    {"vm x on h0 rx-ring 100", "x.scn:7:20: a ring's length is a multiple of 32, not 100"},
    {"vm x on h0 rx-ring 8192", "x.scn:7:20: a ring's length is from 32 to 4096, not 8192"},
    {"vm x on h0 rx-ring 64 rx-ring 64", "x.scn:7:23: 'rx-ring' is given twice"},
    {"nic h0.x model 82598", "x.scn:7:16: '82598' is no NIC model; did you mean '82599'?"},
    {"nic h0.x model 82599 vfs 64", "x.scn:7:26: a number of VFs is from 1 to 63 of the model 82599, not 64"},
    {"nic h0.x", "x.scn:7:9: which chip? add 'model NAME', one of 57712, 82576, 82599, regular, upt, virtio, x540"},
    {"nic h0.x model 82576 vfs 8", "x.scn:7:26: a number of VFs is from 1 to 7 of the model 82576, not 8"},
    {"nic x model 82599", "x.scn:7:5: a NIC is named with its host: HOST.NIC, as in h0.vmnic0"},
    {"title quiet", "x.scn:7:7: a title stands in quotes: title \"quiet …\""},
    {"title \"open", "x.scn:7:7: the quotation begun here does not end on its line"},
    {"0 swich web to passthrough", "x.scn:7:3: 'swich' is no verb of the timeline; did you mean 'switch'?"},
    {"0 switch web to pasthrough", "x.scn:7:17: 'pasthrough' is no mode; did you mean 'passthrough'?"},
    {"0 switch wbe to passthrough", "x.scn:7:10: there is no VM named 'wbe'; did you mean 'web'?"},
    {"0 switch web to passthrough fail laod", "x.scn:7:34: 'laod' is no step of a switch to passthrough; did you mean 'load'?"},
    {"end expect f throughput > 9", "x.scn:7:27: a rate needs its unit: '9' could be 100M or 10G (bits a second)"},
    {"end expect f throughput > 9 ppm", "x.scn:7:27: a rate needs its unit: '9' could be 100M or 10G (bits a second)"},
    {"end expect f lost between 1ms and 2ms 0",
     "x.scn:7:19: 'lost' is of the whole run: between two moments there are sent, delivered, offered and throughput"},
    {"end expect f throughput between 2ms and 1ms > 1G", "x.scn:7:41: there is no time between 2ms and 1ms"},
    {"end expect f throughput between 2ms 3ms > 1G", "x.scn:7:37: expected 'and', found '3ms'"},
    {"2ms expect f throughput between 1ms and 3ms > 1G",
     "x.scn:7:41: at 2ms, this has not come yet: expect it then, or at the 'end'"},
    {"0 flow f from client to web size 64 rate back-to-back arrivals poisson count 1",
     "x.scn:7:79: arrivals of a Poisson process have a mean rate: say 'rate N pps' or 'load R'"},
    {"0 flow f from client to web size 64 rate 1K pps on 0 off 1ms count 1",
     "x.scn:7:52: a flow that sends for no time shows nothing"},
    {"0 flow f from client to web size 64 rate 1K pps on 1ms count 1", "x.scn:7:56: expected 'off', found 'count'"},
    {"0 flow f from client to web size imix:aaz rate 1K pps count 1",
     "x.scn:7:34: a mix is 'imix', or 'imix:' and up to 32 letters of RFC 6985, a (64 bytes) to i (9000), as in 'imix:aaaddg'"},
    {"vm x on h0 path ethernet",
     "x.scn:7:17: 'ethernet' is no path of a VM; it is one of emulated, netqueue, npa, upt, vf, vfio, bond or pf"},
    {"vm x on h0 path netqueue", "x.scn:7:17: 'h0.vmnic0' has no NetQueues: 'path netqueue' needs 'nic h0.vmnic0 … netqueues N'"},
    {"nic h0.n model 82599 netqueues 0\nvm x on h0 via n path netqueue",
     "x.scn:8:23: 'h0.n' has no NetQueues: 'path netqueue' needs 'nic h0.n … netqueues N'"},
    {"nic h0.n model 57712\nvm x on h0 path vf via n", "x.scn:8:17: a guest's own kernel has no driver for the VFs of 'h0.n', a "
                                                       "NIC of model 57712: add 'via NIC', or say 'path npa'"},
    {"vm x on h0 path vfio via h0.n\nnic h0.n model upt",
     "x.scn:7:17: a guest's own kernel has no driver for the VFs of 'h0.n', a NIC of model upt: add 'via NIC', or say 'path upt'"},
    {"nic h0.n model virtio\nvm x on h0 path bond via n", "x.scn:8:17: a guest's own kernel has no driver for the VFs of 'h0.n', a "
                                                          "NIC of model virtio: add 'via NIC', or say 'path npa'"},
    {"nic h0.n model regular\nvm x on h0 path npa via n",
     "x.scn:8:17: 'h0.n', a NIC of model regular, has no VFs, which 'path npa' goes by: add 'via NIC', or say 'path emulated'"},
    {"nic h0.n model regular\nvm x on h0 path vf via n",
     "x.scn:8:17: 'h0.n', a NIC of model regular, has no VFs, which 'path vf' goes by: add 'via NIC', or say 'path emulated'"},
    {"nic h0.n model regular\nvm x on h0 path upt via n",
     "x.scn:8:17: 'h0.n', a NIC of model regular, has no VFs, which 'path upt' goes by: add 'via NIC', or say 'path emulated'"},
    {"nic h0.n model upt\nvm x on h0 path npa via n",
     "x.scn:8:17: the VFs of 'h0.n', a NIC of model upt, are none for 'npa': add 'via NIC', or say 'path upt'"},
    {"nic h0.n model 82599 balance 1K pps", "x.scn:7:22: what is balanced are queues: add 'netqueues N'"},
    {"nic h0.n model 82599 netqueues 2 balance 1K", "x.scn:7:42: frames a second are written '1K pps'"},
    {"nic h0.n model 82599 netqueues 2 balance 1K pps every 1us",
     "x.scn:7:55: queues are looked at every 100us at most, not every 1us"},
    {"0 flow f[1-3] from client to web size [63-65] rate 1K pps count 4",
     "x.scn:7:39: a frame with its checksum is from 64 to 9022 bytes, not 63 (f1 of f[1-3])"},
    {"0 flow f[1-3] from client to web tcp bytes 1M sport [65534-65536]",
     "x.scn:7:53: a port is from 1 to 65535, not 65536 (f3 of f[1-3])"},
    {"0 flow f[1-4] from client to web tcp count 4", "x.scn:7:45: frames that look like TCP's have a 'size'; a connection has "
                                                     "none, nor 'rate', 'load', 'count' or 'flags': say 'bytes "
                                                     "1M', 'rr 1000' or 'until T' (f1 of f[1-4])"},
    {"nic h0.n model 82599 vf-queues 9", "x.scn:7:32: a number of queue pairs of each VF is from 1 to 8, not 9"},
    {"nic h0.n model 82599 netqueues nine",
     "x.scn:7:32: expected a number of NetQueues beside the default queue, from 0 to 8, found 'nine'"},
    {"nic h0.n model 82599 netqueues 9",
     "x.scn:7:32: expected a number of NetQueues beside the default queue, from 0 to 8, found '9'"},
    {"nic h0.n netqueues 4 model 82599 vfs 28",
     "x.scn:7:20: 4 NetQueues, the default queue and 28 VFs are more than the 32 pools of the model 82599 that share them"},
    {"nic h0.n model 82576 vfs 6 netqueues 2",
     "x.scn:7:38: 2 NetQueues, the default queue and 6 VFs are more than the 8 pools of the model 82576 that share them"},
    {"nic h0.n model 57712 netqueues 0",
     "x.scn:7:32: a PF of model 57712 has one pool: NetQueues have those of models whose filters choose one (82576, 82599, x540)"},
    {"nic h0.n model regular netqueues 1", "x.scn:7:34: a PF of model regular has one pool: NetQueues have those of models whose "
                                           "filters choose one (82576, 82599, x540)"},
    {"nic h0.n model 82599 view symmetric netqueues 1",
     "x.scn:7:47: a PF without a data path has no NetQueues: leave out 'view symmetric'"},
    {"nic h0.n model 82599 netqueues", "x.scn:7:31: the line ends where a number of NetQueues should follow"},
    {"end expect web netqueue 9", "x.scn:7:25: a NetQueue's number (or 'none') is from 1 to 8, not 9"},
    {"end expect web netqueue all", "x.scn:7:25: expected a NetQueue's number (or 'none'), a number from 1 to 8, found 'all'"},
    {"vm x on h0 path vf shell linux net vf", "x.scn:7:17: 'path vf' says what 'shell' says: one of them"},
    {"vm x on h0 path npa passthrough manual", "x.scn:7:17: 'path npa' says what 'passthrough' says: one of them"},
    {"vm x on h0 path upt",
     "x.scn:7:17: the VFs of 'h0.vmnic0', a NIC of model 82599, are none for 'upt': add 'via NIC', or say 'path npa'"},
    {"peer p[3-1] on tor", "x.scn:7:6: a range goes up, over at most 4096 numbers, as in web[1-8]"},
    {"peer p[1-9999] on tor", "x.scn:7:6: a range goes up, over at most 4096 numbers, as in web[1-8]"},
    {"peer p[1-3] on tor mac 02:00:00:00:00:[11-12]",
     "x.scn:7:24: ranges of a line count together: '02:00:00:00:00:[11-12]' has 2 numbers, and 'p[1-3]' has 3"},
    {"peer p[1-3] on tro", "x.scn:7:16: there is no NIC, switch or peer named 'tro'; did you mean 'tor'?"},
    {"0 flow f from client to web size 64 rate 1M pps",
     "x.scn:7:8: the flow 'f' never ends: add 'count N', 'until T', or a later 'stop f'"},
    {"0 flow f from client to web size 64 rate 1M count 1",
     "x.scn:7:42: frames a second are written '1M pps'; for bits a second say 'load 1M'"},
    {"0 flow f from client to client size 64 load 1G count 1", "x.scn:7:25: 'client' is both ends"},
    {"0 flow f from client to web size 63 load 1G count 1",
     "x.scn:7:34: a frame with its checksum is from 64 to 9022 bytes, not 63"},
    {"0 flow f from client to web size $x load 1G count 1", "x.scn:7:34: no line 'set x …' above declares $x"},
    {"0 ip link set h0.vmnic0 vf 4 vlan 1", "x.scn:7:15: 'h0.vmnic0' has VFs 0 to 3, no VF 4"},
    {"0 ip -s link show h0.vmnic1", "x.scn:7:19: there is no NIC named 'h0.vmnic1'; did you mean 'h0.vmnic0'?"},
    {"0 ethtool -G h0.vmnic0 rx lots", "x.scn:7:27: expected descriptors, a number from 0 to 4294967295, found 'lots'"},
    {"0 ethtool -C h0.vmnic0 rx-usec 5", "x.scn:7:24: 'rx-usec' is no parameter of coalescing; did you mean 'rx-usecs'?"},
    {"0 ethtool -X h0.vmnic0 weight 0 0", "x.scn:7:34: At least one weight must be non-zero"},
    {"0 ethtool -K h0.vmnic0 lroo on", "x.scn:7:24: 'lroo' is no feature; did you mean 'lro'?"},
    {"0 ethtool -X h0.vmnic0 hkey 6d:5a", "x.scn:7:29: a key is 40 bytes of two digits with ':' between, as 6d:5a:…"},
    {"0 bridge fdb add 01:00:5e:00:00:01 dev h0.vmnic0",
     "x.scn:7:18: '01:00:5e:00:00:01' is a multicast address: the table has addresses of stations"},
    {"0 testpmd set port h0.vmnic0 mirror-rule 0 pool-mirror-down 0x1 dst-pool 1 on",
     "x.scn:7:44: not modelled: no chip of ours mirrors what a pool sends; what it receives is pool-mirror-up, what leaves "
     "is downlink-mirror"},
    {"measure m rfc2889 5.1 of nothing-*", "x.scn:7:26: no flow's name is like 'nothing-*'"},
    {"0 ip link set h0.vmnic1 up", "x.scn:7:15: there is no NIC, peer or link named 'h0.vmnic1'; did you mean 'h0.vmnic0'?"},
    {"0 iommu web unmap 0x1001 size 4K", "x.scn:7:19: an IOMMU maps whole pages: '0x1001' is no multiple of 4K"},
    {"0 guest web hang now", "x.scn:7:18: 'now' is too much: the line is complete before it"},
    {"end expect f lost 0", "x.scn:7:12: there is no flow or replay named 'f'"},
    {"end expect web losst 0", "x.scn:7:16: 'losst' is no state or figure; did you mean 'lost'?"},
    {"end expect drops reason mac_spof count 0",
     "x.scn:7:25: no frame is ever dropped for the reason 'mac_spof'; did you mean 'mac_spoof'?"},
    {"end expect switch web 1 dnoe", "x.scn:7:25: 'dnoe' is no result of a switch; did you mean 'done'?"},
    {"0 migrate web to h0 by emulatd", "x.scn:7:24: 'emulatd' is no way to migrate; did you mean 'emulated'?"},
    {"0 set web ft onn", "x.scn:7:14: 'onn' is no value of ft; did you mean 'on'?"},
    {"0 set web fft on", "x.scn:7:11: neither a VM nor a host has a setting 'fft'; did you mean 'ft'?"},
    {"0 set h0 ft on", "x.scn:7:7: 'h0' is the host of line 1, where a VM is needed"},
    {"0 set h0.vmnic0 numvfs 2 surprise", "x.scn:7:17: only 'numvfs 0' can come as a surprise"},
    {"0 set web uplink vmnic9", "x.scn:7:18: there is no NIC named 'h0.vmnic9'; did you mean 'h0.vmnic0'?"},
    {"0 iochain web ad x", "x.scn:7:15: 'ad' is no act on an I/O chain; did you mean 'add'?"},
    {"0 snapshot web to a/b", "x.scn:7:19: a snapshot is named without its folder, which --snapshots says"},
    {"0 snapshot web to b and go", "x.scn:7:25: expected 'stop', found 'go'"},
    {"0 restore web from no.snap",
     "x.scn:7:20: there is no snapshot 'no.snap': no line before takes it, and it is neither in --snapshots DIR nor beside the "
     "scenario"},
    {"0 suspend wbe", "x.scn:7:11: there is no VM named 'wbe'; did you mean 'web'?"},
    {"vm x on h0 passthrough atuo", "x.scn:7:24: 'atuo' is no value of passthrough; did you mean 'auto'?"},
    {"end expect web reason vmNptVMCIActiv",
     "x.scn:7:23: 'vmNptVMCIActiv' is no reason against passthrough; did you mean 'vmNptVMCIActive'?"},
    {"end expect web", "x.scn:7:15: the line ends where 'web' should be followed by what is expected of it"},
    {"expect web passthrough",
     "x.scn:7:1: 'expect' happens at a time: begin the line with one, as in '0 expect …' or '+10us expect …', or with 'end'"},
};

START_TEST(mistake) { check_error(mistakes[_i].body, mistakes[_i].message); }
END_TEST

START_TEST(all_mistakes_are_told)
{
    char text[4096] = "host h0\n";
    for (int i = 0; i < 25; i++)
        strcat(text, "hots x\n");
    struct scenario *sc = parse(text);
    ck_assert_uint_eq(scenario_error_count(sc), SCENARIO_ERRORS_MAX);
    unsigned line, col;
    scenario_error_text(sc, 19, &line, &col);
    ck_assert_uint_eq(line, 21);
    char *out = NULL;
    size_t len;
    FILE *mem = open_memstream(&out, &len);
    scenario_print_errors(sc, mem);
    fclose(mem);
    ck_assert(strstr(out, "x.scn:2:1: a line begins") == out);
    ck_assert(strstr(out, "\n    hots x\n    ^~~~\n"));
    ck_assert(strstr(out, "x.scn: more errors than these 20\n"));
    free(out);
    scenario_destroy(sc);
}
END_TEST

/* Errors that only the whole text shows stand among the others in order of the text. */
START_TEST(messages_in_order)
{
    struct scenario *sc = parse(HEAD "vm x on h9\nhots y\n");
    ck_assert_uint_eq(scenario_error_count(sc), 2);
    unsigned line, col;
    scenario_error_text(sc, 0, &line, &col);
    ck_assert_uint_eq(line, 7);
    ck_assert_uint_eq(col, 9);
    scenario_destroy(sc);
}
END_TEST

/* Columns count characters: a caret stands under the word behind an umlaut too. */
START_TEST(columns_count_characters)
{
    struct scenario *sc = parse(HEAD "title \"äöü\" x\n");
    unsigned line, col;
    scenario_error_text(sc, 0, &line, &col);
    ck_assert_uint_eq(col, 13);
    scenario_destroy(sc);
}
END_TEST

START_TEST(strange_input)
{
    static const char *const texts[] = {"",
                                        "\n\n# nothing\n",
                                        "\x01\x02",
                                        "\"",
                                        "$",
                                        "${",
                                        "host",
                                        "end",
                                        "*",
                                        "!",
                                        "* >",
                                        "0",
                                        "+",
                                        "@",
                                        "0 ip",
                                        "0 ip link",
                                        "0 ip link set",
                                        "0 expect",
                                        "vm",
                                        "nic h0.",
                                        "nic .x model",
                                        "limit",
                                        "0 replay",
                                        "0 flow f from",
                                        "end expect drops",
                                        "end expect switch",
                                        "set",
                                        "set a",
                                        "99999999999999999999s stop f",
                                        "0 guest",
                                        "capture c at",
                                        "peer p join",
                                        "link a"};
    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct scenario *sc = parse(texts[i]);
        ck_assert_msg(scenario_error_count(sc) >= 1, "no error for \"%s\"", texts[i]);
        scenario_destroy(sc);
    }
    struct scenario *sc = scenario_parse("x.scn", "host\0h0", 7, NULL);
    ck_assert_uint_ge(scenario_error_count(sc), 1);
    scenario_destroy(sc);
}
END_TEST

/* A good text with bytes changed, lost and repeated: some message or none, never a crash, never an unbounded one. */
START_TEST(mutants)
{
    static const char good[] = HEAD "set n 5\npeer x on tor join 01:00:5e:00:00:01 ip 10.0.0.1\ncapture c at x filter \"tcp\"\n"
                                    "0 replay a.pcap as r from client to web timing scaled 1/2 hosts 1.1.1.1 2.2.2.2\n"
                                    "+10us flow f from client to web size $n load 1G until +5ms vlan 3\n"
                                    "5ms switch web to passthrough fail load hold 4K\n"
                                    "0 ip link set h0.vmnic0 vf 1 vlan 5 qos 1\n0 iommu web unmap 0x1000 size 4K\n"
                                    "* web > a * b\n! > never\nend expect f lost >= 1 latency p99 <5us\n"
                                    "end expect drops at \"h0 vf 1\" reason mac_spoof count 5\n";
    struct prng prng;
    prng_init(&prng, 1, "mutants");
    for (int round = 0; round < 4000; round++) {
        char text[2 * sizeof(good)];
        size_t len = sizeof(good) - 1;
        memcpy(text, good, len);
        for (uint64_t changes = 1 + prng_below(&prng, 6); changes--;) {
            size_t at = prng_below(&prng, len), some = prng_below(&prng, 12);
            some = some < len - at ? some : len - at;
            if (prng_below(&prng, 2)) {
                text[at] = (char)prng_next(&prng);
            } else if (prng_below(&prng, 2) || len + some > sizeof(text)) {
                memmove(text + at, text + at + some, len - at - some);
                len -= some;
            } else {
                memmove(text + at + some, text + at, len - at);
                len += some;
            }
        }
        struct scenario *sc = scenario_parse("x.scn", text, len, NULL);
        ck_assert_uint_le(scenario_error_count(sc), SCENARIO_ERRORS_MAX);
        scenario_destroy(sc);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenario_parse");
    TCase *tc = tcase_create("all");
    tcase_add_test(tc, declarations);
    tcase_add_test(tc, slots);
    tcase_add_test(tc, times);
    tcase_add_test(tc, acts);
    tcase_add_test(tc, expectations);
    tcase_add_test(tc, ranges);
    tcase_add_test(tc, variables);
    tcase_add_loop_test(tc, mistake, 0, sizeof(mistakes) / sizeof(mistakes[0]));
    tcase_add_test(tc, all_mistakes_are_told);
    tcase_add_test(tc, messages_in_order);
    tcase_add_test(tc, columns_count_characters);
    tcase_add_test(tc, strange_input);
    tcase_add_test(tc, mutants);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
