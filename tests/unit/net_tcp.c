/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One end of a TCP connection, step by step: net_tcp_script.h says how a step is written. */
#include "net_tcp_script.h"

/* Both ends are up, segments of 1,000 bytes, without time stamps; ours at 1, theirs at 1. */
#define PLAIN "config no-timestamps\nconfig cc reno\n"
#define SERVER PLAIN "listen\n< S 0 0 0 60000 mss 1000 ws 0 sackok\n> SA 0 0 1\nat 10ms\n< A 1 0 1 60000\nstate ESTABLISHED\n-\n"
#define CLIENT PLAIN "connect\n> S 0 0\nat 10ms\n< SA 0 0 1 60000 mss 1000 ws 0 sackok\n> A 1 0 1\nstate ESTABLISHED\n-\n"

static const struct {
    const char *name, *text;
} scripts[] = {
    /* ---- the handshake [RFC 9293 3.5] ---- */
    {"a client opens", CLIENT "due never\n"},
    {"a server opens", SERVER "due never\n"},
    {"both open at once", PLAIN "connect\n> S 0 0\n< S 0 0 0 60000 mss 1000 ws 0 sackok\nstate SYN-RECEIVED\n> SA 0 0 1\n"
                                "< SA 0 0 1 60000 mss 1000 sackok ws 0\nstate SYN-RECEIVED\n< A 1 0 1 60000\nstate ESTABLISHED\n"},
    {"a SYN that is refused", PLAIN "connect\n> S 0 0\n< RA 0 0 1 0\nstate CLOSED\nended 2\ndue never\n"},
    {"a reset of another SYN", PLAIN "connect\n> S 0 0\n< RA 0 0 5 0\nstate SYN-SENT\n< R 0 0 0 0\nstate SYN-SENT\n"},
    {"an old SYN's answer is reset", PLAIN "connect\n> S 0 0\n< SA 0 0 500 60000\n> R 500 0\nstate SYN-SENT\n"},
    {"an ACK to one that listens", PLAIN "listen\n< A 1 0 77 60000\n> R 77 0\nstate LISTEN\n"},
    {"a reset to one that listens", PLAIN "listen\n< R 1 0 0 60000\n-\nstate LISTEN\n"},
    {"anything to one that is closed",
     PLAIN "close\n< A 1 10 77 60000\n> R 77 0\n< S 1 10 0 60000\n> RA -1000 0 12\n< R 1 0 1 0\n-\n"},
    {"a wrong acknowledgement of a SYN",
     PLAIN "listen\n< S 0 0 0 60000 mss 1000\n> SA 0 0 1\n< A 1 0 9 60000\n> R 9 0\nstate SYN-RECEIVED\n"},
    {"a SYN that comes again", PLAIN "listen\n< S 0 0 0 60000 mss 1000\n> SA 0 0 1\n< S 0 0 0 60000 mss 1000\nstate SYN-RECEIVED\n"
                                     "at 1s\n> SA 0 0 1\n"},
    {"a SYN in a connection is challenged", SERVER "< S 500 0 0 60000\n> A 1 0 1\nstate ESTABLISHED\n"},
    {"options that only one has are not used",
     "connect\n> S 0 0 ts 1 0\n< SA 0 0 1 60000 mss 500\n> A 1 0 1\nwrite 600\n> A 1 500\n> PA 501 100\n"},
    {"no MSS means 536", PLAIN "connect\n> S 0 0\n< SA 0 0 1 60000\n> A 1 0 1\nwrite 1000\n> A 1 536\n> PA 537 464\n"},
    /* ---- the time-out of the SYN [RFC 6298 2.1, 5.5, 5.7] ---- */
    {"a SYN is sent again after 1, 2, 4, 8 s",
     PLAIN "connect\n> S 0 0\nat 1s\n> S 0 0\nat 3s\n> S 0 0\nat 7s\n> S 0 0\nat 15s\n> S 0 0\nat 31s\n"
           "> S 0 0\nat 63s\n> S 0 0\nat 127s\n-\nstate CLOSED\nended 3\ndue never\n"},
    {"behind a SYN that was lost 3 s are waited, with a window of one",
     PLAIN "connect\n> S 0 0\nat 1s\n> S 0 0\n< SA 0 0 1 60000 mss 1000 ws 0 sackok\n> A 1 0 1\nrto 3s\ncwnd 1000\n"},
    /* ---- data and acknowledgements [RFC 5681 4.2] ---- */
    {"every second full segment is acknowledged",
     SERVER "< A 1 1000 1 60000\n-\ndue 50ms\n< A 1001 1000 1 60000\n> A 1 0 2001\ndelivered 2000\n"},
    {"one alone after 40 ms", SERVER "< A 1 1000 1 60000\nat 50ms\n> A 1 0 1001\n-\n"},
    {"quick ones at first, and behind a pause",
     "config quick 2\n" SERVER "< A 1 1000 1 60000\n> A 1 0 1001\n< A 1001 1000 1 60000\n> A 1 0 2001\n< A 2001 1000 1 60000\n-\n"
     "at 50ms\n> A 1 0 3001\nat 2s\n< A 3001 1000 1 60000\n> A 1 0 4001\n"},
    {"a gap at once, and where it is",
     SERVER "< A 1001 1000 1 60000\n> A 1 0 1 sack 1001-2001\n< A 3001 500 1 60000\n"
            "> A 1 0 1 sack 3001-3501 1001-2001\n< A 1 1000 1 60000\n> A 1 0 2001 sack 3001-3501\ndelivered 2000\n"
            "< A 2001 1000 1 60000\n> A 1 0 3501\nranges 0\ndelivered 3500\n"},
    {"what comes twice is told [RFC 2883]",
     SERVER "< A 1 1000 1 60000\n< A 1001 1000 1 60000\n> A 1 0 2001\n< A 1 1000 1 60000\n"
            "> A 1 0 2001 sack 1-1001\n< A 3001 1000 1 60000\n> A 1 0 2001 sack 3001-4001\n"
            "< A 3001 1000 1 60000\n> A 1 0 2001 sack 3001-4001 3001-4001\ndelivered 2000\n"},
    {"pieces that overlap are joined",
     SERVER "< A 1501 1000 1 60000\n> A 1 0 1 sack 1501-2501\n< A 501 1200 1 60000\n> A 1 0 1 sack 501-2501\n"
            "< A 1 600 1 60000\n> A 1 0 2501\ndelivered 2500\ndamaged 0\n"},
    {"beyond the window nothing is taken",
     "config buffer 2000\n" SERVER "< A 1 1000 1 60000\n< A 1001 1500 1 60000\n> A 1 0 2001\ndelivered 2000\n"},
    {"an acknowledgement of what was never sent", SERVER "< A 1 1000 5000 60000\n> A 1 0 1\ndelivered 0\n"},
    {"two ends that lost each other do not shout",
     SERVER "< A 1 0 5000 60000\n> A 1 0 1\n< A 1 0 5000 60000\n-\nat 400ms\n< A 1 0 5000 60000\n-\n"
            "at 511ms\n< A 1 0 5000 60000\n> A 1 0 1\n"},
    /* ---- windows ---- */
    {"the last piece goes at once, a part of it waits for room",
     CLIENT "write 2500\n> A 1 1000\n> A 1001 1000\n> PA 2001 500\n-\n"},
    {"scaled", "config no-timestamps\nconnect\n> S 0 0\n< SA 0 0 1 500 mss 1000 ws 3 sackok\n> A 1 0 1\nwrite 20000\n> A 1 500\n-\n"
               "< A 1 0 501 500\n> A 501 1000\n> A 1501 1000\n> A 2501 1000\n> A 3501 1000\n-\n"},
    {"the SYN's window is not scaled",
     "config no-timestamps\nlisten\n< S 0 0 0 1000 mss 1000 ws 7 sackok\n> SA 0 0 1 65535\n< A 1 0 1 8\n"
     "write 5000\n> A 1 1000\n-\n"},
    {"a window of 0 is probed, ever less often, and opens",
     CLIENT "write 1000\n> PA 1 1000\nat 20ms\n< A 1 0 1001 0\nwrite 1000\n-\ndue never\n"
            "< A 1 0 1001 0\nat 220ms\n> A 1000 0\nat 620ms\n> A 1000 0\n< A 1 0 1001 0\nat 1420ms\n> A 1000 0\n< A 1 0 1001 "
            "60000\n> PA 1001 1000\n"
            "at 1500ms\n< A 1 0 2001 60000\ndue never\nretransmits 0\n"},
    {"a reader that is slow closes the window, and opens it for two segments",
     "config by-hand\nconfig buffer 4000\n" SERVER
     "< A 1 1000 1 60000\n< A 1001 1000 1 60000\n> A 1 0 2001 2000\n< A 2001 1000 1 60000\n"
     "< A 3001 1000 1 60000\n> A 1 0 4001 0\nreadable 4000\nread 1000\n-\nread 1000\n> A 1 0 4001 2000\n"},
    {"a window is never taken back",
     "config by-hand\nconfig buffer 4000\n" SERVER "< A 1 500 1 60000\n< A 501 500 1 60000\n> A 1 0 1001 3000\n"},
    /* ---- slow start and congestion avoidance [RFC 5681 3.1] ---- */
    {"slow start: each byte acknowledged is one more",
     "config iw 2\n" CLIENT "write 100000\n> A 1 1000\n> A 1001 1000\n-\ncwnd 2000\nat 20ms\n< A 1 0 2001 60000\n"
     "cwnd 4000\n> A 2001 1000\n> A 3001 1000\n> A 4001 1000\n> A 5001 1000\n-\n"},
    {"who does not fill the window does not widen it",
     "config iw 10\n" CLIENT "write 2000\n> A 1 1000\n> PA 1001 1000\nat 20ms\n< A 1 0 2001 60000\ncwnd 10000\n"},
    /* ---- losses ---- */
    {"RACK: three segments behind it, and a segment is lost; then the pace is halved",
     "config iw 8\n" CLIENT "write 100000\n> A 1 1000\n> A 1001 1000\n> A 2001 1000\n> A 3001 1000\n> A 4001 1000\n> A 5001 "
     "1000\n> A 6001 1000\n> A 7001 1000\n-\n"
     "at 20ms\n< A 1 0 1 60000 sack 1001-2001\n> A 8001 1000\n-\n< A 1 0 1 60000 sack 1001-3001\n> A 9001 1000\n-\n"
     "< A 1 0 1 60000 sack 1001-4001\n> A 1 1000\nrecoveries 1\nssthresh 5000\n-\n< A 1 0 1 60000 sack 1001-5001\n-\n"
     "< A 1 0 1 60000 sack 1001-6001\n-\n< A 1 0 1 60000 sack 1001-7001\n> A 10001 1000\n-\n"
     "at 30ms\n< A 1 0 10001 60000\ncwnd 5000\nretransmits 1\nflight 1000\n> A 11001 1000\n> A 12001 1000\n> A 13001 1000\n"
     "> A 14001 1000\n-\n"},
    {"RACK: fewer behind it, and a quarter of the round trip is waited",
     "config iw 3\n" CLIENT "write 3000\n> A 1 1000\n> A 1001 1000\n> PA 2001 1000\nat 20ms\n< A 1 0 1 60000 sack "
     "1001-3001\n-\ndue 22500us\nat 22500us\n> A 1 1000\n"
     "recoveries 1\nat 32ms\n< A 1 0 3001 60000\ndue never\nretransmits 1\n"},
    {"RACK: what comes late is not lost",
     "config iw 3\n" CLIENT "write 3000\n> A 1 1000\n> A 1001 1000\n> PA 2001 1000\nat 20ms\n< A 1 0 1 60000 sack 1001-3001\n-\n"
     "at 21ms\n< A 1 0 3001 60000\ndue never\nretransmits 0\nrecoveries 0\n"},
    {"RACK: a retransmission that is lost is sent again without a time-out",
     "config iw 8\n" CLIENT "write 100000\n> A 1 1000\n> A 1001 1000\n> A 2001 1000\n> A 3001 1000\n> A 4001 1000\n> A 5001 "
     "1000\n> A 6001 1000\n> A 7001 1000\n"
     "at 20ms\n< A 1 0 1 60000 sack 1001-4001\n> A 1 1000\nat 21ms\n< A 1 0 1 60000 sack 1001-8001\n> A 8001 1000\n> A 9001 "
     "1000\n> A 10001 1000\n-\n"
     "at 35ms\n< A 1 0 1 60000 sack 1001-9001\n> A 1 1000\nretransmits 2\ntimeouts 0\n"},
    {"a probe finds a loss of the tail",
     "config iw 3\n" CLIENT "write 3000\n> A 1 1000\n> A 1001 1000\n> PA 2001 1000\nat 20ms\n< A 1 0 2001 60000\n-\nat 210ms\n"
     "timeouts 0\ndue 220ms\nat 220ms\n> PA 2001 1000\nat 230ms\n< A 1 0 3001 60000\ndue never\n"},
    {"without SACK: three duplicates [RFC 5681 3.2], a part [RFC 6582]",
     "config no-sack\nconfig iw 6\n" PLAIN "connect\n> S 0 0\nat 10ms\n< SA 0 0 1 60000 mss 1000 ws 0\n> A 1 0 1\nwrite 100000\n"
     "> A 1 1000\n> A 1001 1000\n> A 2001 1000\n> A 3001 1000\n> A 4001 1000\n> A 5001 1000\nat 20ms\n"
     "< A 1 0 1 60000\n> A 6001 1000\n< A 1 0 1 60000\n> A 7001 1000\n< A 1 0 1 60000\n> A 1 1000\nrecoveries 1\n"
     "at 30ms\n< A 1 0 2001 60000\n> A 2001 1000\nrecoveries 1\nretransmits 2\n"},
    {"limited transmit [RFC 3042]",
     "config no-sack\nconfig iw 2\n" PLAIN
     "connect\n> S 0 0\nat 10ms\n< SA 0 0 1 60000 mss 1000 ws 0\n> A 1 0 1\nwrite 100000\n> A 1 1000\n"
     "> A 1001 1000\n-\nat 20ms\n< A 1 0 1 60000\n> A 2001 1000\n-\n"},
    /* ---- the time-out [RFC 6298] ---- */
    {"1 s, then 2, 4, 8: exactly; the window is one segment",
     "config rto-min 1s\nconfig iw 4\nconfig no-sack\n" PLAIN
     "connect\n> S 0 0\nat 10ms\n< SA 0 0 1 60000 mss 1000 ws 0\n> A 1 0 1\nrto 1s\nwrite 4000\n> A 1 1000\n> A 1001 1000\n> A "
     "2001 1000\n> PA 3001 1000\n"
     "at 1010ms\n> A 1 1000\ncwnd 1000\nssthresh 2000\nrto 2s\n-\nat 3010ms\n> A 1 1000\nrto 4s\nat 7010ms\n> A 1 1000\nat "
     "15010ms\n> A 1 1000\nssthresh 2000\ntimeouts 4\n"
     "at 15020ms\n< A 1 0 1001 60000\ncwnd 2000\n> A 1001 1000\n> A 2001 1000\nrto 16s\n"},
    {"Karn: what was sent twice measures nothing, the back-off stays until something does",
     "config rto-min 1s\nconfig no-sack\n" PLAIN
     "connect\n> S 0 0\nat 10ms\n< SA 0 0 1 60000 mss 1000\n> A 1 0 1\nwrite 1000\n> PA 1 1000\nat 1010ms\n> PA 1 1000\nat 1020ms\n"
     "< A 1 0 1001 60000\nrto 2s\nwrite 1000\n> PA 1001 1000\nat 1030ms\n< A 1 0 2001 60000\nrto 1s\n"},
    {"srtt and rttvar [RFC 6298 2.2, 2.3]",
     "config rto-min 1ms\n" CLIENT "rto 30ms\nwrite 100\n> PA 1 100\nat 39ms\n< A 1 0 101 60000\nrto 46375us\n"},
    {"it gives up", "config rto-min 1s\nconfig retries 2\nconfig no-sack\n" PLAIN
                    "connect\n> S 0 0\nat 10ms\n< SA 0 0 1 60000 mss 1000\n> A 1 0 1\nwrite 1000\n> PA 1 1000\n"
                    "at 1010ms\n> PA 1 1000\nat 3010ms\n> PA 1 1000\nat 7010ms\n-\nstate CLOSED\nended 3\ndue never\n"},
    {"a time-out that was none is undone [RFC 3522, 4015]",
     "config no-sack\nconfig cc reno\nconfig iw 4\nconnect\n> S 0 0 ts 1 0\nat 10ms\n< SA 0 0 1 60000 mss 1012 ts 900 1\n> A 1 0 1 "
     "ts 11 900\nwrite 100000\n"
     "> A 1 988\n> A 989 988\n> A 1977 988\n> A 2965 988\nat 210ms\n> A 1 988\ncwnd 988\nat 211ms\n< A 1 0 989 60000 ts 1100 "
     "11\nspurious 1\ncwnd 4940\ntimeouts 1\n"},
    {"and one that was one is not", "config no-sack\nconfig cc reno\nconfig iw 4\nconnect\n> S 0 0 ts 1 0\nat 10ms\n< SA 0 0 1 "
                                    "60000 mss 1012 ts 900 1\n> A 1 0 1 ts 11 900\nwrite 100000\n"
                                    "> A 1 988\n> A 989 988\n> A 1977 988\n> A 2965 988\nat 210ms\n> A 1 988\nat 220ms\n< A 1 0 "
                                    "989 60000 ts 1100 211\nspurious 0\ncwnd 1976\n"},
    {"an end that takes back what it had [RFC 2018 8]",
     "config rto-min 200ms\nconfig iw 3\n" CLIENT
     "write 3000\n> A 1 1000\n> A 1001 1000\n> PA 2001 1000\nat 20ms\n< A 1 0 1001 60000 sack 1001-2001\n"
     "at 210ms\n"},
    /* ---- the end [RFC 9293 3.6] ---- */
    {"who closes first lingers", CLIENT "close\n> FA 1 0\nstate FIN-WAIT-1\nat 20ms\n< A 1 0 2 60000\nstate FIN-WAIT-2\n< FA 1 0 2 "
                                        "60000\n> A 2 0 2\nstate TIME-WAIT\ndue never\n"
                                        "at 30s\n< FA 1 0 2 60000\n> A 2 0 2\nat 90s\n< A 2 0 2 60000\nstate CLOSED\nended 1\n"},
    {"no reset ends TIME-WAIT [RFC 1337]", CLIENT "close\n> FA 1 0\n< FA 1 0 2 60000\n> A 2 0 2\n< R 2 0 0 0\nstate TIME-WAIT\n"},
    {"FIN and its acknowledgement in one", CLIENT "close\n> FA 1 0\n< FA 1 0 2 60000\n> A 2 0 2\nstate TIME-WAIT\n"},
    {"both close at once",
     CLIENT "close\n> FA 1 0\n< FA 1 0 1 60000\n> A 2 0 2\nstate CLOSING\n< A 2 0 2 60000\nstate TIME-WAIT\n"},
    {"who is closed upon", SERVER "< FA 1 0 1 60000\n> A 1 0 2\nstate CLOSE-WAIT\nclose\n> FA 1 0 2\nstate LAST-ACK\n< A 2 0 2 "
                                  "60000\nstate CLOSED\nended 1\ndue never\n"},
    {"the FIN rides on the last data",
     CLIENT "write 1500\nclose\n> A 1 1000\n> FPA 1001 500\nstate FIN-WAIT-1\n< A 1 0 1502 60000\nstate FIN-WAIT-2\n"},
    {"a FIN behind a gap waits", SERVER
     "< FA 1001 500 1 60000\n> A 1 0 1 sack 1001-1501\nstate ESTABLISHED\n< A 1 1000 1 60000\n> A 1 0 1502\nstate CLOSE-WAIT\n"},
    {"a FIN that is lost is sent again",
     "config no-sack\n" PLAIN
     "connect\n> S 0 0\nat 10ms\n< SA 0 0 1 60000 mss 1000\n> A 1 0 1\nclose\n> FA 1 0\nat 210ms\n> FA 1 0\n"
     "< A 1 0 2 60000\nstate FIN-WAIT-2\n"},
    {"data still come to one that has closed",
     CLIENT "close\n> FA 1 0\n< A 1 0 2 60000\n< A 1 1000 2 60000\n< A 1001 1000 2 60000\n> A 2 0 2001\ndelivered 2000\n"},
    {"a FIN in SYN-RECEIVED",
     PLAIN "listen\n< S 0 0 0 60000 mss 1000\n> SA 0 0 1\n< FA 1 0 1 60000\nstate CLOSE-WAIT\n> A 1 0 2\n"},
    {"a FIN to one that listens or opens", PLAIN "listen\n< F 1 0 0 60000\n-\nstate LISTEN\nclose\nstate CLOSED\n"},
    {"a FIN in CLOSE-WAIT, LAST-ACK", SERVER "< FA 1 0 1 60000\n> A 1 0 2\n< FA 1 0 1 60000\n> A 1 0 2\nstate CLOSE-WAIT\nclose\n> "
                                             "FA 1 0 2\n< FA 1 0 1 60000\n> A 2 0 2\nstate LAST-ACK\n"},
    {"closed before it was open", PLAIN "connect\n> S 0 0\nclose\nstate CLOSED\ndue never\n"},
    {"aborted", CLIENT "write 500\n> PA 1 500\nabort\n> R 501 0\nstate CLOSED\nended 4\ndue never\n"},
    {"reset", SERVER "< R 1 0 0 0\nstate CLOSED\nended 2\ndue never\n"},
    {"a reset elsewhere in the window is challenged [RFC 5961 3.2]",
     SERVER "< R 500 0 0 0\nstate ESTABLISHED\n> A 1 0 1\n< R 70000 0 0 0\n-\nstate ESTABLISHED\n"},
    /* ---- time stamps [RFC 7323] ---- */
    {"stamps go there and back", "connect\n> S 0 0 ts 1 0\nat 10ms\n< SA 0 0 1 60000 mss 1012 ts 900 1 sackok\n> A 1 0 1 ts 11 "
                                 "900\n< A 1 988 1 60000 ts 910 11\n"
                                 "< A 989 988 1 60000 ts 911 11\n> A 1 0 1977 ts 11 910\n"},
    {"an old duplicate is not taken", "connect\n> S 0 0\nat 10ms\n< SA 0 0 1 60000 mss 1012 ts 900 1 sackok\n> A 1 0 1\n< A 1 988 "
                                      "1 60000 ts 899 11\n> A 1 0 1 ts 11 900\ndelivered 0\n"
                                      "< A 1 988 1 60000\n> A 1 0 1\ndelivered 0\n"},
    /* ---- sequence numbers beyond 2^32 ---- */
    {"ours wrap", "config iss 4294966000\n" CLIENT "write 3000\n> A 1 1000\n> A 1001 1000\n> PA 2001 1000\nat 20ms\n< A 1 0 1001 "
                  "60000 sack 2001-3001\n-\nat 22500us\n> A 1001 1000\n"
                  "< A 1 0 3001 60000\nflight 0\n"},
    {"theirs wrap",
     "config their-iss 4294966000\n" SERVER "< A 1 1000 1 60000\n< A 2001 1000 1 60000\n> A 1 0 1001 sack 2001-3001\n< A 1001 1000 "
     "1 60000\n> A 1 0 3001\ndelivered 3000\ndamaged 0\n"},
    {"ours at the very edge", "config iss 4294967295\n" CLIENT "write 1000\n> PA 1 1000\n< A 1 0 1001 60000\nflight 0\n"},
    /* ---- bursts that a device cuts ---- */
    {"a burst is as long as windows let it",
     "config burst 64000\nconfig iw 4\n" CLIENT
     "write 100000\n> A 1 4000 cut 1000\n-\nat 20ms\n< A 1 0 4001 60000\n> A 4001 8000 cut 1000\n-\n"},
    {"the last one has what is left, and the FIN", "config burst 64000\n" CLIENT "write 2500\nclose\n> FPA 1 2500 cut 1000\n"},
    {"of a burst what is lost is sent again alone",
     "config burst 64000\nconfig iw 6\n" CLIENT
     "write 6000\n> PA 1 6000 cut 1000\nat 20ms\n< A 1 0 1001 60000 sack 2001-6001\n> A 1001 1000\n-\n"},
    /* ---- hostile segments ---- */
    {"selections that cannot be", "config iw 4\n" CLIENT "write 4000\n> A 1 1000\n> A 1001 1000\n> A 2001 1000\n> PA 3001 1000\n"
                                  "< A 1 0 1 60000 sack 9001-10001 2001-1001 1001-1001 1-2000000000\n-\nflight 4000\n< A 1 0 1 "
                                  "60000 sack 1500-1600\n-\nflight 4000\n"},
    {"far away", SERVER "< A 2000000000 100 1 60000\n> A 1 0 1\n< A -2000000000 100 1 60000\n> A 1 0 1\ndelivered 0\nranges 0\n"},
    {"without ACK nothing is taken", SERVER "< 0 1 1000 0 60000\n-\ndelivered 0\n"},
    {"SYN, FIN and RST together", SERVER "< FSRA 1 0 1 60000\nstate CLOSED\n"},
    {"a segment from before the connection", SERVER "< A -500 100 1 60000\n> A 1 0 1\ndelivered 0\n"},
};

START_TEST(as_the_script_says) { script_run(scripts[_i].name, scripts[_i].text); }
END_TEST

/* What is beyond a gap has an end: more ranges than there is room for are not remembered, and nothing is lost by it. */
START_TEST(ranges_are_bounded)
{
    struct tcp_config config = tcp_config_usual();
    struct tcp t;
    struct tcp_segment out, in = {.flags = TCP_SYN, .seq = 0, .window = 65535, .mss = 1460, .sack_ok = true};
    tcp_init(&t, &config);
    tcp_listen(&t);
    tcp_receive(&t, &in, NULL, 0);
    ck_assert(tcp_send(&t, 0, &out));
    in = (struct tcp_segment){.flags = TCP_ACK, .seq = 1, .ack = 1, .window = 65535};
    tcp_receive(&t, &in, NULL, 0);
    for (uint32_t i = 0; i < 2 * TCP_RANGES_MAX; i++) {
        in.seq = 101 + i * 20;
        in.len = 10;
        tcp_receive(&t, &in, NULL, 0);
    }
    ck_assert_uint_eq(t.st.ranges, TCP_RANGES_MAX);
    in.seq = 1;
    in.len = 100 + 4 * TCP_RANGES_MAX * 10;
    tcp_receive(&t, &in, NULL, 0);
    ck_assert_uint_eq(t.st.ranges, 0);
    ck_assert_uint_eq(t.st.stats.delivered, in.len);
    tcp_fini(&t);
}
END_TEST

/* Bytes that are not the pattern's are seen, where they are. */
START_TEST(damage_is_seen)
{
    uint8_t buf[64];
    for (unsigned at = 0; at < 24; at++)
        for (unsigned len = 1; len < 40; len++) {
            tcp_pattern(3, at, buf, len);
            ck_assert_uint_eq(tcp_pattern_differs(3, at, buf, len), 0);
            ck_assert_uint_gt(len < 8 ? 1 : tcp_pattern_differs(4, at, buf, len), 0);
            buf[len / 2] ^= 1;
            ck_assert_uint_eq(tcp_pattern_differs(3, at, buf, len), 1);
        }
}
END_TEST

int main(void)
{
    SRunner *runner;
    Suite *suite = suite_create("net_tcp");
    TCase *tc = tcase_create("steps");
    tcase_add_loop_test(tc, as_the_script_says, 0, sizeof(scripts) / sizeof(scripts[0]));
    tcase_add_test(tc, ranges_are_bounded);
    tcase_add_test(tc, damage_is_seen);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
