/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loading a plugin and switching modes: what the shell and the hypervisor say to each other through the vmxnet3 device.
 *
 * NPA_PluginConf keeps the published names, sizes and packing of npa_defs.h (open-vm-tools 2170eb477, 2010-02-24: 684
 * bytes). What NPA left open stands behind it, in NPA_PluginConfExt, found by confVer and confLen.
 * The protocol, step by step, is docs/switch-protocol.md.
 *
 * Freestanding: needs only <stdint.h>.
 */
#ifndef NPA_LOAD_H
#define NPA_LOAD_H

#include <stdint.h>

#define NPA_PLUGIN_PAGES_MAX 64
#define NPA_MEMIO_PAGES_MAX 32
#define NPA_SHARED_PAGES_MAX 6
#define NPA_DEVICE_INFO_WORDS 32
#define NPA_PAGE_SIZE 4096

#pragma pack(push, 1)
typedef struct NPA_PluginPages {
    uint64_t vaddr;    /* guest virtual address the image is relocated for */
    uint32_t numPages; /* offered, at most 64 */
    uint64_t pages[NPA_PLUGIN_PAGES_MAX]; /* guest page numbers */
} NPA_PluginPages;

typedef struct NPA_MemioPages {
    uint64_t startPPN; /* guest-physical window for the VF's registers */
    uint32_t numPages;
} NPA_MemioPages;

typedef struct NPA_SharedPages {
    uint64_t startPPN; /* memory shared by plugin and PF driver */
    uint32_t numPages;
} NPA_SharedPages;

typedef struct NPA_PluginConf {
    NPA_PluginPages pluginPages; /* in */
    NPA_MemioPages memioPages;   /* in */
    NPA_SharedPages sharedPages; /* in */
    uint64_t entryVA;            /* out: address of NPA_PluginMain */
    uint32_t deviceInfo[NPA_DEVICE_INFO_WORDS]; /* out: opaque words of the PF driver */
} NPA_PluginConf;

/* vfsim's addition, directly behind NPA_PluginConf when confVer >= NPA_CONF_VERSION_EXT. */
typedef struct NPA_PluginConfExt {
    uint32_t apiVersion;   /* in: highest plugin API the shell offers; out: the image's */
    uint32_t numRxQueues;  /* in: queues the shell will use; out: what the VF gives */
    uint32_t numTxQueues;
    uint32_t numIntrs;     /* in/out: vectors; VF vector i arrives on vmxnet3's interrupt line i */
    uint32_t imageBytes;   /* out: bytes from vaddr that hold the loaded image (memory size, whole pages loaded) */
    uint32_t noteOffset;   /* out: offset from vaddr of the image's struct npa_image_note */
    uint32_t relocOffset;  /* out: offset of the Elf64_Rela table in the loaded pages */
    uint32_t relocCount;
    uint32_t status;       /* in, with DECLINE: enum npa_check */
    uint64_t ringsPA;      /* in: guest-physical address of ringsCount struct NPA_QueueRings, for PF drivers that set queues up */
    uint32_t ringsCount;   /* in: 0: not given; such a VF is not initialised then */
    uint32_t callCycles[4]; /* out: what calls of the image cost, since a model's time is told: struct machine_calls (machine.h) */
} NPA_PluginConfExt;

/* The rings of a queue pair, as the plugin will find them in its Plugin_State. */
typedef struct NPA_QueueRings {
    uint64_t rxRingPA, txRingPA;
    uint32_t rxRingSize, txRingSize; /* descriptors */
} NPA_QueueRings;
#pragma pack(pop)

_Static_assert(sizeof(NPA_PluginConf) == 684, "npa_defs.h of 2010-02-24");

#define NPA_CONF_VERSION 1u
#define NPA_CONF_VERSION_EXT 2u

/* Commands of the vmxnet3 CMD register [vmxnet3_defs.h 2009-12; Linux keeps LOAD_PLUGIN]. */
#define NPA_CMD_STOP_EMULATION 0xcafe000au
#define NPA_CMD_LOAD_PLUGIN 0xcafe000bu
#define NPA_CMD_ACTIVATE_VF 0xcafe000cu
#define NPA_CMD_ACTIVATE_DEV 0xcafe0000u /* VMXNET3_CMD_ACTIVATE_DEV: back to emulation */
#define NPA_CMD_GET_DID_LO 0xf00d0005u /* device implementation id */
#define NPA_CMD_GET_DID_HI 0xf00d0006u /* vfsim: bit 0: the hypervisor wants the naive order */
/* vfsim's additions */
#define NPA_CMD_DECLINE 0xcafe0f00u /* the shell does not take the plugin or the offer; reason in NPA_PluginConfExt.status */
#define NPA_CMD_GET_STATUS 0xf00d0f00u /* status of the last of the commands above */

#define NPA_DID_EMULATED 0u
#define NPA_DID_PASSTHRU 0xffffu /* VMXNET3_DID_PASSTHRU */
#define NPA_ECR_DIC (1u << 3) /* VMXNET3_ECR_DIC: device implementation change, or a pending command has ended */

#define NPA_STATUS_SUCCESS 0u /* VMXNET3_NPA_CMD_SUCCESS */
#define NPA_STATUS_FAILURE 1u /* VMXNET3_NPA_CMD_FAILURE */
#define NPA_STATUS_PENDING 2u /* an ECR_DIC event follows */

/*
 * Why an image was not taken, by hypervisor or shell: CHECK(NAME, number, kind, "in words"). Whoever checks an image or tells of it
 * has its reasons from here. Kinds:
 *   FORM   the file is not what a plugin's image must be, whatever its note says; it cannot be signed
 *   NOTE   the form is right; the note is missing or says what is not accepted; signing it anew may mend that
 *   CODE   it holds instructions that a guest may not run
 *   GUEST  nothing that a file shows: what a shell or a machine says when the image is to run there
 */
#define NPA_CHECKS(CHECK)                                                          \
    CHECK(OK, 0, FORM, "good")                                                     \
    CHECK(TRUNCATED, 1, FORM, "truncated")                                         \
    CHECK(NOT_ELF, 2, FORM, "not an ELF shared object")                            \
    CHECK(WRONG_MACHINE, 3, FORM, "for another processor")                         \
    CHECK(TOO_LARGE, 4, FORM, "larger than the shell may offer")                   \
    CHECK(IMPORTS, 5, FORM, "imports symbols")                                     \
    CHECK(RELOCATION, 6, FORM, "relocation that is not relative, or out of place") \
    CHECK(NO_ENTRY, 7, FORM, "no entry NPA_PluginMain")                            \
    CHECK(NO_NOTE, 8, NOTE, "no NPA note")                                         \
    CHECK(LICENCE, 9, NOTE, "licence not accepted")                                \
    CHECK(DIGEST, 10, NOTE, "digest does not match")                               \
    CHECK(API_VERSION, 11, NOTE, "plugin API version not supported")               \
    CHECK(VECTOR_CODE, 12, CODE, "vector or floating-point code")                  \
    CHECK(SEGMENTS, 13, FORM, "segments out of order")                             \
    CHECK(SW_INIT, 14, GUEST, "plugin's swInit failed")                            \
    CHECK(NO_PAGES, 15, GUEST, "not enough guest pages for it")                    \
    CHECK(NO_NPA, 16, GUEST, "no NPA on the other side")                           \
    CHECK(SYSTEM_CODE, 17, CODE, "instructions that are not for a guest")          \
    CHECK(PLAIN_STORES, 18, GUEST, "stores to registers where none reaches them")

enum npa_check {
#define NPA_CHECK_MEMBER(name, number, kind, words) NPA_CHECK_##name = number,
    NPA_CHECKS(NPA_CHECK_MEMBER)
#undef NPA_CHECK_MEMBER
};

enum npa_check_kind { NPA_CHECK_IS_FORM, NPA_CHECK_IS_NOTE, NPA_CHECK_IS_CODE, NPA_CHECK_IS_GUEST };

/* The note every image carries in its loaded pages (ELF note section ".note.npa", name "NPA", type 1). */
#define NPA_NOTE_NAME "NPA"
#define NPA_NOTE_TYPE 1u
#define NPA_API_VERSION 1u
/* A plugin is to be had under the GPL, version 2. Its licence is said as SPDX or as Linux's MODULE_LICENSE() says it. */
#define NPA_LICENCES                                                                                                         \
    "GPL-2.0", "GPL-2.0-only", "GPL-2.0-or-later", "GPL-2.0+", "GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", \
        "Dual MIT/GPL", "Dual MPL/GPL"
struct npa_image_note {
    uint32_t namesz, descsz, type; /* 4, sizeof from apiVersion on, NPA_NOTE_TYPE */
    char name[4];
    uint32_t apiVersion;
    char licence[32]; /* one of NPA_LICENCES is accepted */
    char vendor[32]; /* of the plugin, with its version */
    uint8_t digest[32]; /* SHA-256 of the loaded image (from offset 0, imageBytes) with this field zero and relocations undone */
};

#endif
