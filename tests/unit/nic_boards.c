/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a driver of a PF finds around its chip: NVM, module, MDIO, PHY, semaphores, and what follows a write by itself. */
#include "nic/intel/chip.h"
#include "unit/nic82599_world.h"

static uint32_t get(struct nw *w, uint32_t off) { return (uint32_t)pci_mmio_peek(w->nic->pf, 0, off, 4); }
static void put(struct nw *w, uint32_t off, uint32_t value) { ck_assert(pci_mmio_poke(w->nic->pf, 0, off, 4, value)); }

/* ---- NVM ---- */

static const struct {
    const char *model;
    uint32_t eerd, swsm;
} nvm[] = {{"82599", IXGBE_EERD, IXGBE_SWSM}, {"82576", E1000_EERD, E1000_SWSM}};

static uint16_t word_at(struct nw *w, uint32_t eerd, uint32_t address)
{
    put(w, eerd, address << 2 | 1);
    ck_assert_msg(get(w, eerd) & 2, "word 0x%x is never done", address);
    return (uint16_t)(get(w, eerd) >> 16);
}

/* [ixgbe_common.c ixgbe_calc_eeprom_checksum_generic] Sections behind pointers count, too; there are none. */
START_TEST(words_sum_up)
{
    struct nw *w = nw_up_model(nvm[_i].model, 2, 1);
    uint16_t sum = 0;
    for (uint32_t i = 0; i <= 0x3f; i++)
        sum = (uint16_t)(sum + word_at(w, nvm[_i].eerd, i));
    ck_assert_uint_eq(sum, 0xbaba);
    if (_i)
        return;
    for (uint32_t i = 3; i < 0x0f; i++)
        ck_assert_uint_eq(word_at(w, nvm[_i].eerd, i), 0xffff);
    uint16_t firmware = word_at(w, nvm[_i].eerd, 0x0f);
    ck_assert(firmware && firmware != 0xffff);
    ck_assert_uint_gt(word_at(w, nvm[_i].eerd, word_at(w, nvm[_i].eerd, firmware + 4u) + 7u), 5); /* its version */
}
END_TEST

START_TEST(a_semaphore_is_the_readers)
{
    struct nw *w = nw_up_model(nvm[_i].model, 2, 1);
    ck_assert_uint_eq(get(w, nvm[_i].swsm), 0);
    ck_assert_uint_eq(get(w, nvm[_i].swsm), 1);
    put(w, nvm[_i].swsm, 0);
    ck_assert_uint_eq(get(w, nvm[_i].swsm), 0);
}
END_TEST

/* ---- the module's bus, driven as a driver does: clock and data lines ---- */

static struct nw *bus;

static void drive(bool clock, bool data)
{
    put(bus, IXGBE_I2CCTL, (clock ? IXGBE_I2C_CLK_OUT : 0) | (data ? IXGBE_I2C_DATA_OUT : 0));
}

static bool line(void) { return get(bus, IXGBE_I2CCTL) & IXGBE_I2C_DATA_IN; }

static void start(void)
{
    drive(false, true);
    drive(true, true);
    drive(true, false);
    drive(false, false);
}

static bool bit(bool out)
{
    drive(false, out);
    drive(true, out);
    bool in = line();
    drive(false, out);
    return in;
}

/* True: it is acknowledged. */
static bool out(uint8_t byte)
{
    for (int i = 7; i >= 0; i--)
        bit(byte >> i & 1);
    return !bit(true);
}

static uint8_t in(bool more)
{
    uint8_t byte = 0;
    for (unsigned i = 0; i < 8; i++)
        byte = (uint8_t)(byte << 1 | bit(true));
    bit(!more);
    return byte;
}

static void stop(void)
{
    drive(false, false);
    drive(true, false);
    drive(true, true);
}

static void point_at(uint8_t offset)
{
    start();
    ck_assert(out(0xa0));
    ck_assert(out(offset));
    start();
    ck_assert(out(0xa1));
}

START_TEST(a_module_answers)
{
    static const uint8_t oui[] = {0x00, 0x1b, 0x21};
    bus = nw_up_model("82599", 2, 1);
    point_at(0);
    ck_assert_uint_eq(in(true), 0x03); /* SFP+ */
    in(true);
    in(true);
    ck_assert_uint_eq(in(false), 0x10); /* 10GBASE-SR */
    ck_assert(line()); /* it has let go */
    stop();
    point_at(0x25);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_uint_eq(in(i < 2), oui[i]);
    stop();
    start();
    ck_assert_msg(!out(0xa4), "nobody has that address");
    stop();
    point_at(3);
    ck_assert_uint_eq(in(false), 0x10);
}
END_TEST

/* ---- what follows a write ---- */

START_TEST(what_is_over_at_once)
{
    struct nw *w = nw_up_model("82599", 2, 1);
    put(w, IXGBE_FDIRCTRL, 1);
    ck_assert_uint_eq(get(w, IXGBE_FDIRCTRL), 1 | IXGBE_FDIRCTRL_INIT_DONE);
    put(w, IXGBE_FDIRCMD, 0x8001);
    ck_assert_uint_eq(get(w, IXGBE_FDIRCMD), 0x8000);
    put(w, IXGBE_AUTOC, IXGBE_AUTOC_LMS_10G_SERIAL | IXGBE_AUTOC_AN_RESTART);
    ck_assert_uint_eq(get(w, IXGBE_AUTOC), IXGBE_AUTOC_LMS_10G_SERIAL);
    put(w, IXGBE_MSCA, IXGBE_MSCA_MDI_COMMAND | IXGBE_MSCA_READ | 0x10001);
    ck_assert_uint_eq(get(w, IXGBE_MSCA) & IXGBE_MSCA_MDI_COMMAND, 0);
    ck_assert_uint_eq(get(w, IXGBE_MSRWD) >> 16, 0xffff); /* nobody is on that bus */
    put(w, IXGBE_PSRTYPE_LOW(3), 0x20000010);
    ck_assert_uint_eq(get(w, IXGBE_PSRTYPE(3)), 0x20000010);
    ck_assert(get(w, IXGBE_ESDP) & IXGBE_ESDP_SDP2);
    ck_assert_uint_ne(get(w, IXGBE_ANLP1) & 0xf0000, 0);
    ck_assert_uint_eq(get(w, IXGBE_SECRXSTAT) & 1, 1);
}
END_TEST

/* [ixgbe_main.c ixgbe_set_ivar, ixgbe_msix_other] */
START_TEST(other_causes)
{
    struct nw *w = nw_up_model("82599", 2, 1);
    put(w, IXGBE_EIMC, ~0u);
    get(w, IXGBE_EICR);
    put(w, IXGBE_EICS, IXGBE_EICR_LSC);
    ck_assert_uint_eq(get(w, IXGBE_EICS), IXGBE_EICR_LSC);
    ck_assert_uint_eq(get(w, IXGBE_EICS), IXGBE_EICR_LSC); /* read, not cleared */
    ck_assert_uint_eq(get(w, IXGBE_EICR), IXGBE_EICR_LSC);
    ck_assert_uint_eq(get(w, IXGBE_EICS), 0);
    put(w, IXGBE_IVAR_MISC, (IXGBE_IVAR_ALLOC_VAL | 20) << 8); /* a vector behind those with causes of their own */
    ck_assert_uint_eq(get(w, IXGBE_IVAR_MISC), (IXGBE_IVAR_ALLOC_VAL | 20) << 8);
}
END_TEST

/* ---- the PHY of the 82576 ---- */

static uint32_t mdic(struct nw *w, unsigned phy, unsigned reg, bool write, uint32_t data)
{
    put(w, E1000_MDIC, (write ? E1000_MDIC_OP_WRITE : E1000_MDIC_OP_READ) | phy << 21 | reg << 16 | data);
    ck_assert(get(w, E1000_MDIC) & E1000_MDIC_READY);
    return get(w, E1000_MDIC) & (E1000_MDIC_ERROR | E1000_MDIC_DATA_MASK);
}

START_TEST(a_phy_answers)
{
    struct nw *w = nw_up_model("82576", 2, 1);
    ck_assert_uint_eq(mdic(w, 1, 2, false, 0), 0x02a8);
    ck_assert_uint_eq(mdic(w, 1, 3, false, 0) & ~15u, 0x0390);
    ck_assert(mdic(w, 2, 2, false, 0) & E1000_MDIC_ERROR);
    ck_assert_uint_eq(mdic(w, 1, 1, false, 0) & 0x24, 0x24); /* link, negotiated */
    mdic(w, 1, 4, true, 0x0d01);
    ck_assert_uint_eq(mdic(w, 1, 4, false, 0), 0x0d01);
    mdic(w, 1, 0, true, 0x9340); /* a reset, a restart: both over */
    ck_assert_uint_eq(mdic(w, 1, 0, false, 0), 0x1140);
    ck_assert_uint_eq(mdic(w, 1, 4, false, 0), 0x01e1);
    put(w, E1000_EECD, get(w, E1000_EECD) | E1000_EECD_REQ);
    ck_assert(get(w, E1000_EECD) & E1000_EECD_GNT);
    put(w, E1000_EECD, get(w, E1000_EECD) & ~E1000_EECD_REQ);
    ck_assert(!(get(w, E1000_EECD) & E1000_EECD_GNT));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("nic_boards");
    TCase *tc = nw_tcase("boards");
    tcase_add_loop_test(tc, words_sum_up, 0, 2);
    tcase_add_loop_test(tc, a_semaphore_is_the_readers, 0, 2);
    tcase_add_test(tc, a_module_answers);
    tcase_add_test(tc, what_is_over_at_once);
    tcase_add_test(tc, other_causes);
    tcase_add_test(tc, a_phy_answers);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
