/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/build.h"

#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <string.h>

static bool holds(const struct dl_phdr_info *object, uintptr_t address)
{
    for (unsigned i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        if (part->p_type == PT_LOAD && address - (object->dlpi_addr + part->p_vaddr) < part->p_memsz)
            return true;
    }
    return false;
}

static size_t padded(size_t len) { return (len + 3) & ~(size_t)3; }

/* The note that the linker wrote, of some 36 bytes; a longer digest than ours is cut, a shorter one is padded. */
static bool find_note(const uint8_t *at, size_t len, struct build_id *id)
{
    ElfW(Nhdr) head;
    while (len >= sizeof(head)) {
        memcpy(&head, at, sizeof(head));
        size_t name = padded(head.n_namesz), desc = padded(head.n_descsz);
        if (name + desc > len - sizeof(head))
            return false;
        const uint8_t *text = at + sizeof(head);
        if (head.n_type == NT_GNU_BUILD_ID && head.n_namesz == 4 && !memcmp(text, "GNU", 4)) {
            memcpy(id->byte, text + name, head.n_descsz < BUILD_ID_LEN ? head.n_descsz : BUILD_ID_LEN);
            return true;
        }
        at += sizeof(head) + name + desc;
        len -= sizeof(head) + name + desc;
    }
    return false;
}

static int look(struct dl_phdr_info *object, size_t size, void *data)
{
    (void)size;
    if (!holds(object, (uintptr_t)look))
        return 0;
    for (unsigned i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        if (part->p_type == PT_NOTE && find_note((const uint8_t *)(object->dlpi_addr + part->p_vaddr), part->p_memsz, data))
            return 1;
    }
    return 1; /* this was the object */
}

const char *build_release(void) { return VFSIM_RELEASE; }

struct build_id build_id(void)
{
    struct build_id id = {{0}};
    dl_iterate_phdr(look, &id);
    return id;
}

bool build_is_known(const struct build_id *id)
{
    static const struct build_id none = {{0}};
    return memcmp(id, &none, sizeof(none)) != 0;
}

const char *build_text(const struct build_id *id, char buf[BUILD_TEXT_LEN])
{
    if (!build_is_known(id))
        return "unknown";
    for (unsigned i = 0; i < BUILD_ID_LEN; i++)
        snprintf(buf + 2 * i, 3, "%02x", id->byte[i]);
    return buf;
}
