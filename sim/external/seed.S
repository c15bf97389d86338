/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The library that is put in front of a guest's process (tools/uml/seed.c), as bytes. */
    .section .rodata
    .global uml__seed_library
    .global uml__seed_library_end
    .hidden uml__seed_library
    .hidden uml__seed_library_end
uml__seed_library:
    .incbin UML_SEED_LIBRARY
uml__seed_library_end:
    .section .note.GNU-stack,"",@progbits
