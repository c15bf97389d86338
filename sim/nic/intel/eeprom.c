/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nic/intel/eeprom.h"

enum { CHECKSUM_SUM = 0xbaba /* of the words before it, with it */ };

uint16_t intel_eeprom(intel_eeprom_word_fn *word, unsigned at)
{
    uint16_t sum = 0;
    if (at != INTEL_EEPROM_CHECKSUM)
        return word(at % INTEL_EEPROM_WORDS);
    for (unsigned i = 0; i < INTEL_EEPROM_CHECKSUM; i++)
        sum = (uint16_t)(sum + word(i));
    return (uint16_t)(CHECKSUM_SUM - sum);
}

uint32_t intel_eerd(intel_eeprom_word_fn *word, uint32_t asked)
{
    uint32_t address = asked & ((1u << INTEL_EERD_DATA_SHIFT) - 1) & ~(INTEL_EERD_START | INTEL_EERD_DONE);
    if (!(asked & INTEL_EERD_START))
        return asked & ~INTEL_EERD_DONE;
    return (uint32_t)intel_eeprom(word, address >> INTEL_EERD_ADDR_SHIFT) << INTEL_EERD_DATA_SHIFT | address | INTEL_EERD_DONE;
}
