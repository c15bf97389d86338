/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes of a stream: eight at a time, a mixture of where they are, so that one that lies elsewhere is seen. */
#include "net/tcp/segment.h"

#include <string.h>

static uint64_t mixed(uint64_t salt, uint64_t word)
{
    uint64_t x = (word + salt) * UINT64_C(0x9e3779b97f4a7c15);
    return x ^ x >> 29;
}

void tcp_pattern(uint64_t salt, uint64_t at, uint8_t *buf, uint32_t len)
{
    for (uint32_t done = 0; done < len;) {
        uint64_t word = mixed(salt, (at + done) / 8);
        uint32_t skip = (uint32_t)((at + done) % 8), n = 8 - skip < len - done ? 8 - skip : len - done;
        memcpy(buf + done, (const uint8_t *)&word + skip, n);
        done += n;
    }
}

uint32_t tcp_pattern_differs(uint64_t salt, uint64_t at, const uint8_t *buf, uint32_t len)
{
    uint32_t differ = 0;
    for (uint32_t done = 0; done < len;) {
        uint64_t word = mixed(salt, (at + done) / 8);
        uint32_t skip = (uint32_t)((at + done) % 8), n = 8 - skip < len - done ? 8 - skip : len - done;
        for (uint32_t i = 0; memcmp(buf + done, (const uint8_t *)&word + skip, n) && i < n; i++)
            differ += buf[done + i] != ((const uint8_t *)&word)[skip + i];
        done += n;
    }
    return differ;
}
