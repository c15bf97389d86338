/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An EEPROM behind EERD, as both chips have it: words that a chip's board names, and one that makes their sum right.
 * [ixgbe_common.c ixgbe_calc_eeprom_checksum_generic, e1000_nvm.c igb_validate_nvm_checksum; EERD of both drivers' headers]
 */
#ifndef VFSIM_NIC_INTEL_EEPROM_H
#define VFSIM_NIC_INTEL_EEPROM_H

#include <stdint.h>

enum { INTEL_EEPROM_WORDS = 1024 /* as EEC and EECD say */, INTEL_EEPROM_CHECKSUM = 0x3f, INTEL_EEPROM_NONE = 0xffff };

#define INTEL_EERD_START 0x00000001u
#define INTEL_EERD_DONE 0x00000002u
#define INTEL_EERD_ADDR_SHIFT 2
#define INTEL_EERD_DATA_SHIFT 16

typedef uint16_t intel_eeprom_word_fn(unsigned at); /* below INTEL_EEPROM_WORDS, but not the checksum */

uint16_t intel_eeprom(intel_eeprom_word_fn *word, unsigned at);
uint32_t intel_eerd(intel_eeprom_word_fn *word, uint32_t asked); /* EERD once a read is asked for: it is done at once */

#endif
