/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes a plugin image with vector code, as a compiler makes it that was not told about general registers only. */
void npa_bad_vector(void);

__attribute__((used)) void npa_bad_vector(void) { __asm__ volatile("pxor %xmm0, %xmm0\n\tmovups %xmm0, -16(%rsp)"); }
