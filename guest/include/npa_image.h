/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is this loaded plugin image what its note says? One check, made by the hypervisor before it injects an image and by
 * the shell before it starts one.
 *
 * The image is `bytes` of memory as loaded at `vaddr`. Its digest is the SHA-256 of that memory with the note's digest
 * field and every relocated 64-bit word taken as zero. What belongs into those words is said by the relocation table,
 * which lies in the digested memory: so each word of a relocated image is compared with vaddr + addend, and nothing is
 * left unchecked. The table holds only R_X86_64_RELATIVE (or its like on other processors), sorted by offset, and no
 * word overlaps another, the table, or the note.
 *
 * All numbers in struct npa_image may come from the other, hostile side: nothing outside [base, base + bytes) is read.
 *
 * Freestanding: needs only <stdint.h>.
 */
#ifndef NPA_IMAGE_H
#define NPA_IMAGE_H

#include <stdint.h>

#include "npa_load.h"

struct npa_image {
    const uint8_t *base;
    uint32_t bytes;
    uint32_t note;  /* offset of struct npa_image_note */
    uint32_t reloc; /* offset of the Elf64_Rela table */
    uint32_t reloc_count;
    uint64_t vaddr; /* what the image was relocated for */
    int relocated;  /* 0: words hold what the file has; they are not compared */
};

enum { NPA_RELA_SIZE = 24, NPA_RELATIVE_X86_64 = 8, NPA_RELATIVE_AARCH64 = 1027, NPA_RELOCATIONS_MAX = 4096 };

/* ---- SHA-256 [FIPS 180-4] ---- */

struct npa_sha256 {
    uint32_t h[8];
    uint64_t bytes;
    uint8_t block[64];
};

static inline uint32_t npa_rotr(uint32_t x, unsigned n) { return x >> n | x << (32 - n); }

static inline void npa_sha256_init(struct npa_sha256 *s)
{
    static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    for (unsigned i = 0; i < 8; i++)
        s->h[i] = start[i];
    s->bytes = 0;
}

static inline void npa_sha256_block(struct npa_sha256 *s)
{
    static const uint32_t k[64] = {0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
                                   0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
                                   0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
                                   0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
                                   0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
                                   0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
                                   0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
                                   0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
    uint32_t w[64], v[8];
    for (unsigned i = 0; i < 16; i++) {
        const uint8_t *p = s->block + 4 * i;
        w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    }
    for (unsigned i = 16; i < 64; i++) {
        uint32_t s0 = npa_rotr(w[i - 15], 7) ^ npa_rotr(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t s1 = npa_rotr(w[i - 2], 17) ^ npa_rotr(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    for (unsigned i = 0; i < 8; i++)
        v[i] = s->h[i];
    for (unsigned i = 0; i < 64; i++) {
        uint32_t s1 = npa_rotr(v[4], 6) ^ npa_rotr(v[4], 11) ^ npa_rotr(v[4], 25);
        uint32_t t1 = v[7] + s1 + ((v[4] & v[5]) ^ (~v[4] & v[6])) + k[i] + w[i];
        uint32_t s0 = npa_rotr(v[0], 2) ^ npa_rotr(v[0], 13) ^ npa_rotr(v[0], 22);
        uint32_t t2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
        v[7] = v[6], v[6] = v[5], v[5] = v[4], v[4] = v[3] + t1;
        v[3] = v[2], v[2] = v[1], v[1] = v[0], v[0] = t1 + t2;
    }
    for (unsigned i = 0; i < 8; i++)
        s->h[i] += v[i];
}

/* `p` NULL: that many zeros. */
static inline void npa_sha256_add(struct npa_sha256 *s, const uint8_t *p, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++) {
        s->block[s->bytes++ % 64] = p ? p[i] : 0;
        if (s->bytes % 64 == 0)
            npa_sha256_block(s);
    }
}

static inline void npa_sha256_end(struct npa_sha256 *s, uint8_t digest[32])
{
    static const uint8_t one = 0x80;
    uint64_t bits = s->bytes * 8;
    npa_sha256_add(s, &one, 1);
    while (s->bytes % 64 != 56)
        npa_sha256_add(s, 0, 1);
    for (unsigned i = 0; i < 8; i++) {
        uint8_t byte = (uint8_t)(bits >> (56 - 8 * i));
        npa_sha256_add(s, &byte, 1);
    }
    for (unsigned i = 0; i < 32; i++)
        digest[i] = (uint8_t)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}

/* ---- the image ---- */

static inline uint64_t npa_load64(const uint8_t *p)
{
    uint64_t v = 0;
    for (unsigned i = 8; i-- > 0;)
        v = v << 8 | p[i];
    return v;
}

static inline uint32_t npa_load32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline int npa_overlap(uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len) { return a < b + b_len && b < a + a_len; }

#define NPA_NOTE_OFFSET(member) ((uint32_t)__builtin_offsetof(struct npa_image_note, member))

static inline int npa_licence_accepted(const uint8_t licence[32])
{
    static const char accepted[][28] = {NPA_LICENCES};
    for (unsigned k = 0; k < sizeof(accepted) / sizeof(accepted[0]); k++) {
        unsigned i = 0;
        while (licence[i] == (uint8_t)accepted[k][i] && licence[i]) /* both end with a zero byte within 28 */
            i++;
        if (licence[i] == (uint8_t)accepted[k][i])
            return 1;
    }
    return 0;
}

static inline enum npa_check npa_image_check_table(const struct npa_image *im)
{
    uint64_t table_len = (uint64_t)im->reloc_count * NPA_RELA_SIZE, end = 0;
    if (!im->reloc_count)
        return NPA_CHECK_OK;
    if (im->reloc_count > NPA_RELOCATIONS_MAX || im->reloc > im->bytes || table_len > im->bytes - im->reloc ||
        npa_overlap(im->reloc, table_len, im->note, sizeof(struct npa_image_note)))
        return NPA_CHECK_RELOCATION;
    for (uint32_t i = 0; i < im->reloc_count; i++) {
        const uint8_t *rela = im->base + im->reloc + i * (uint32_t)NPA_RELA_SIZE;
        uint64_t at = npa_load64(rela), info = npa_load64(rela + 8), addend = npa_load64(rela + 16);
        if ((info != NPA_RELATIVE_X86_64 && info != NPA_RELATIVE_AARCH64) || at < end || im->bytes < 8 || at > im->bytes - 8 ||
            addend > im->bytes || npa_overlap(at, 8, im->reloc, table_len) ||
            npa_overlap(at, 8, im->note, sizeof(struct npa_image_note)))
            return NPA_CHECK_RELOCATION;
        if (im->relocated && npa_load64(im->base + at) != im->vaddr + addend)
            return NPA_CHECK_DIGEST;
        end = at + 8;
    }
    return NPA_CHECK_OK;
}

/* The table was checked before. */
static inline void npa_image_digest(const struct npa_image *im, uint8_t digest[32])
{
    uint32_t hole = im->note + NPA_NOTE_OFFSET(digest), at = 0, next = 0;
    int hole_done = 0;
    struct npa_sha256 sha;
    npa_sha256_init(&sha);
    while (at < im->bytes) {
        uint32_t word =
            next < im->reloc_count ? (uint32_t)npa_load64(im->base + im->reloc + next * (uint32_t)NPA_RELA_SIZE) : im->bytes;
        uint32_t stop = !hole_done && hole < word ? hole : word;
        npa_sha256_add(&sha, im->base + at, stop - at);
        if (stop == im->bytes)
            break;
        at = stop + (stop == word ? 8 : 32);
        npa_sha256_add(&sha, 0, at - stop);
        if (stop == word)
            next++;
        else
            hole_done = 1;
    }
    npa_sha256_end(&sha, digest);
}

/* Note, licence, API version and digest; NPA_CHECK_OK or the first thing that is wrong. */
static inline enum npa_check npa_image_check(const struct npa_image *im)
{
    const uint32_t note_len = sizeof(struct npa_image_note);
    if (!im->bytes || im->bytes > NPA_PLUGIN_PAGES_MAX * NPA_PAGE_SIZE)
        return NPA_CHECK_TOO_LARGE;
    if (im->bytes < note_len || im->note > im->bytes - note_len || im->note % 4)
        return NPA_CHECK_NO_NOTE;
    const uint8_t *n = im->base + im->note;
    if (npa_load32(n) != 4 || npa_load32(n + 4) != note_len - NPA_NOTE_OFFSET(apiVersion) || npa_load32(n + 8) != NPA_NOTE_TYPE ||
        n[12] != 'N' || n[13] != 'P' || n[14] != 'A' || n[15])
        return NPA_CHECK_NO_NOTE;
    if (!npa_licence_accepted(n + NPA_NOTE_OFFSET(licence)))
        return NPA_CHECK_LICENCE;
    uint32_t version = npa_load32(n + NPA_NOTE_OFFSET(apiVersion));
    if (!version || version > NPA_API_VERSION)
        return NPA_CHECK_API_VERSION;
    enum npa_check check = npa_image_check_table(im);
    if (check)
        return check;
    uint8_t digest[32], wrong = 0;
    npa_image_digest(im, digest);
    for (unsigned i = 0; i < 32; i++)
        wrong |= digest[i] ^ n[NPA_NOTE_OFFSET(digest) + i];
    return wrong ? NPA_CHECK_DIGEST : NPA_CHECK_OK;
}

#endif
