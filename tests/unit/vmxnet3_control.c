/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control path of the vmxnet3 device: activation and what it refuses, commands, interrupts, events. */
#include "vmxnet3_world.h"

START_TEST(activates_and_runs)
{
    struct world *w = w_create(2);
    ck_assert_uint_eq(w_read(w, 1, VMXNET3_REG_VRRS), 0x7f);
    ck_assert(!vmxnet3_is_activated(w->dev));
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV), 0);
    ck_assert(vmxnet3_is_running(w->dev));
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_GET_LINK), 10000u << 16 | 1);
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_GET_PERM_MAC_LO), 2);
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_GET_PERM_MAC_HI), 0x0a00);
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_GET_CONF_INTR), VMXNET3_IT_MSIX);
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_QUIESCE_DEV), 0);
    ck_assert(!vmxnet3_is_activated(w->dev));
    w_destroy(w);
}
END_TEST

static void spoil(struct world *w, int how)
{
    struct Vmxnet3_DriverShared *s = w_shared(w);
    struct Vmxnet3_TxQueueDesc *tx = w_at(w, W_QUEUES);
    struct Vmxnet3_RxQueueDesc *rx = (void *)(tx + 1);

    switch (how) {
    case 0:
        s->magic++;
        break;
    case 1:
        s->devRead.misc.mtu = 9001;
        break;
    case 2:
        s->devRead.misc.numTxQueues = 0;
        break;
    case 3:
        s->devRead.misc.numRxQueues = 9;
        break;
    case 4:
        s->devRead.misc.queueDescPA += 64;
        break;
    case 5:
        s->devRead.misc.queueDescLen = 511;
        break;
    case 6:
        s->devRead.intrConf.numIntrs = 26;
        break;
    case 7:
        s->devRead.intrConf.eventIntrIdx = 2;
        break;
    case 8:
        tx->conf.txRingBasePA += 256;
        break;
    case 9:
        tx->conf.txRingSize = 33;
        break;
    case 10:
        tx->conf.compRingSize = 8192;
        break;
    case 11:
        tx->conf.intrIdx = 2;
        break;
    case 12:
        rx->conf.rxRingSize[0] = 0;
        break;
    case 13:
        rx->conf.compRingBasePA += 1;
        break;
    case 14:
        s->devRead.misc.queueDescPA = W_MEM;
        break;
    case 15:
        w_write(w, 1, VMXNET3_REG_DSAL, W_MEM);
        w_write(w, 1, VMXNET3_REG_DSAH, 0);
        break;
    case 16:
        s->devRead.misc.uptFeatures = UPT1_F_RSS;
        break; /* and no configuration of it */
    }
}

START_TEST(refuses_what_is_wrong)
{
    struct world *w = w_create(1);
    spoil(w, _i);
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV), 1);
    ck_assert(!vmxnet3_is_activated(w->dev));
    w_inject(w, w_frame(w, w_mac, 60));
    ck_assert_uint_eq(books_fate_count(w->sim, FATE_vnic_stopped), 1);
    w_destroy(w);
}
END_TEST

START_TEST(asks_its_host)
{
    struct world *w = w_create(1);
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV), 0);
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_LOAD_PLUGIN), 2);
    ck_assert_uint_eq(w->command, VMXNET3_CMD_LOAD_PLUGIN);
    w_write(w, 1, VMXNET3_REG_MACL, 0x00000002);
    w_write(w, 1, VMXNET3_REG_MACH, 0x0b00);
    ck_assert_uint_eq(w->asked_mac[5], 0x0b);
    ck_assert_uint_eq(w_read(w, 1, VMXNET3_REG_MACH), 0x0b00);
    w->allow_mac = false;
    w_write(w, 1, VMXNET3_REG_MACL, 0x00000002);
    w_write(w, 1, VMXNET3_REG_MACH, 0x0c00);
    ck_assert_uint_eq(w->asked_mac[5], 0x0c);
    ck_assert_uint_eq(w_read(w, 1, VMXNET3_REG_MACH), 0x0b00);
    w->mode_mask = ~VMXNET3_RXM_PROMISC;
    w_shared(w)->devRead.rxFilterConf.rxMode |= VMXNET3_RXM_PROMISC;
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_UPDATE_RX_MODE), 1);
    ck_assert(!(vmxnet3_rx_mode(w->dev) & VMXNET3_RXM_PROMISC));
    w->allow_vlans = false;
    w_shared(w)->devRead.rxFilterConf.vfTable[0] = 8;
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_UPDATE_VLAN_FILTERS), 1);
    ck_assert_uint_eq(vmxnet3_vlan_table(w->dev)[0], 0);
    w_destroy(w);
}
END_TEST

START_TEST(waits_for_its_host)
{
    struct world *w = w_create(1);
    w->activate_result = 2;
    w_post_rx(w, 0, 0, 4, 2048);
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV), 2);
    ck_assert(vmxnet3_is_activated(w->dev) && !vmxnet3_is_running(w->dev));
    vmxnet3_run(w->dev);
    w_inject(w, w_frame(w, w_mac, 60));
    ck_assert_uint_eq(w_rxc(w, 0, 0)->dword3 >> 31, 1);
    w_destroy(w);
}
END_TEST

START_TEST(events_reach_memory_and_vector)
{
    struct world *w = w_create(1);
    struct Vmxnet3_VariableLenConfDesc conf;
    w_shared(w)->devRead.pluginConfDesc = (struct Vmxnet3_VariableLenConfDesc){2, 748, 0x5000};
    ck_assert(!vmxnet3_plugin_conf(w->dev, &conf));
    w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV);
    w_unmask(w);
    vmxnet3_set_did(w->dev, VMXNET3_DID_PASSTHRU, 1);
    vmxnet3_raise_event(w->dev, VMXNET3_ECR_DIC);
    w_run(w);
    ck_assert_uint_eq(w->messages[1], 1);
    ck_assert_uint_eq(w_shared(w)->ecr, VMXNET3_ECR_DIC);
    ck_assert_uint_eq(w_read(w, 1, VMXNET3_REG_ECR), VMXNET3_ECR_DIC);
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_GET_DID_LO), VMXNET3_DID_PASSTHRU);
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_GET_DID_HI), 1);
    w_write(w, 1, VMXNET3_REG_ECR, VMXNET3_ECR_DIC);
    ck_assert_uint_eq(w_shared(w)->ecr, 0);
    ck_assert(vmxnet3_plugin_conf(w->dev, &conf));
    ck_assert_uint_eq(conf.confPA, 0x5000);
    w_destroy(w);
}
END_TEST

START_TEST(masks_keep_interrupts)
{
    struct world *w = w_create(1);
    w_shared(w)->devRead.intrConf.autoMask = 1;
    w_post_rx(w, 0, 0, 8, 2048);
    w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV);
    w_inject(w, w_frame(w, w_mac, 60));
    ck_assert_uint_eq(w->messages[0], 0); /* masked from reset on */
    w_write(w, 0, VMXNET3_REG_IMR, 0);
    w_run(w);
    ck_assert_uint_eq(w->messages[0], 1);
    ck_assert_uint_eq(w_read(w, 0, VMXNET3_REG_IMR), 1); /* the raise masked it */
    w_inject(w, w_frame(w, w_mac, 60));
    w_inject(w, w_frame(w, w_mac, 60));
    ck_assert_uint_eq(w->messages[0], 1);
    w_shared(w)->devRead.intrConf.intrCtrl = VMXNET3_IC_DISABLE_ALL;
    w_write(w, 0, VMXNET3_REG_IMR, 0);
    w_run(w);
    ck_assert_uint_eq(w->messages[0], 1);
    w_shared(w)->devRead.intrConf.intrCtrl = 0;
    w_inject(w, w_frame(w, w_mac, 60));
    ck_assert_uint_eq(w->messages[0], 2);
    w_destroy(w);
}
END_TEST

START_TEST(counts_commands_and_unknown_registers)
{
    struct world *w = w_create(1);
    struct vmxnet3_stats stats;
    vmxnet3_get_stats(w->dev, &stats);
    uint64_t commands = stats.commands;
    w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV);
    w_command_result(w, VMXNET3_CMD_GET_LINK);
    vmxnet3_get_stats(w->dev, &stats);
    ck_assert_uint_eq(stats.commands, commands + 2);
    w_write(w, 1, 0x48, 1);
    w_write(w, 0, VMXNET3_REG_TXPROD, W_RING);
    w_write(w, 0, VMXNET3_REG_TXPROD + 8, 0);
    ck_assert_uint_eq(w_read(w, 1, 0x4c), 0);
    vmxnet3_get_stats(w->dev, &stats);
    ck_assert_uint_eq(stats.bad_registers, 4);
    w_destroy(w);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("vmxnet3 control");
    TCase *t = tcase_create("all");
    SRunner *r;
    int failed;

    tcase_add_test(t, activates_and_runs);
    tcase_add_loop_test(t, refuses_what_is_wrong, 0, 17);
    tcase_add_test(t, asks_its_host);
    tcase_add_test(t, waits_for_its_host);
    tcase_add_test(t, events_reach_memory_and_vector);
    tcase_add_test(t, masks_keep_interrupts);
    tcase_add_test(t, counts_commands_and_unknown_registers);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
