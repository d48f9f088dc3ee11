// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Network ids as lfs prints them. */
class NidsTest {
  @ParameterizedTest
  @CsvSource({
    "20000c0a8010a, 192.168.1.10@tcp",
    "50003c0a8010a, 192.168.1.10@o2ib3",
    "9000000000000, 0@lo",
    "d000000000007, 7@gni",
    "10000100000005, 5@kfi1",
    "0, 0@<0:0>",
    "63000200000010, 10@<99:2>",
    "ffffffffffffffff, <?>"
  })
  void of_a64BitId(String bits, String text) {
    assertThat(Nids.of(Long.parseUnsignedLong(bits, 16))).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "00020000c0a8010a000000000000000000000000, 192.168.1.10@tcp",
    "0009000000000000000000000000000000000000, 0@lo",
    "0c020001fe800000000000000000000000000001, fe80:0:0:0:0:0:0:1@tcp1",
    "0402000001020304050607080900000000000000, 0102030405060708@tcp",
    "ff02000001020304050607080900000000000000, 102:304:506:708:900:0:0:0@tcp",
    "0463000001020304050607080900000000000000, 0102030405060708@<99:0>"
  })
  void of_aLargeId(String digits, String text) {
    assertThat(Nids.of(HexFormat.of().parseHex(digits))).isEqualTo(text);
  }
}
