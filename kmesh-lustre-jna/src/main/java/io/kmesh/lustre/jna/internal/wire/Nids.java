// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.wire;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * Network ids of LNet as text, as {@code lfs} prints them: {@code 192.168.1.10@tcp}, {@code
 * 10.0.0.1@o2ib3}, {@code 0@lo}. Source: {@code lnet_nid_t}, {@code struct lnet_nid} and the names
 * of network types.
 */
final class Nids {
  /** Names of network types by number; null where there is none any more. */
  private static final String[] NAMES = {
    null, null, "tcp", null, null, "o2ib", null, null, null, "lo", null, null, null, "gni", "gip",
    "ptlf", "kfi", "efa"
  };

  private static final int LOLND = 9;
  private static final int GNILND = 13;
  private static final int PTL4LND = 15;
  private static final int KFILND = 16;

  private Nids() {}

  /** The text of a 64-bit id: network type, network number, address. */
  static String of(long nid) {
    if (nid == -1) {
      return "<?>";
    }
    int address = (int) nid;
    return text(
        (int) (nid >>> 48),
        (int) (nid >>> 32) & 0xffff,
        new byte[] {
          (byte) (address >>> 24), (byte) (address >>> 16), (byte) (address >>> 8), (byte) address
        });
  }

  /**
   * The text of a {@code struct lnet_nid}, whose numbers are big endian.
   *
   * @param bytes 20 bytes
   */
  static String of(byte[] bytes) {
    int length = Byte.toUnsignedInt(bytes[Abi.LnetNid.NID_SIZE]) + 4;
    int type = Byte.toUnsignedInt(bytes[Abi.LnetNid.NID_TYPE]);
    int number =
        Byte.toUnsignedInt(bytes[Abi.LnetNid.NID_NUM]) << 8
            | Byte.toUnsignedInt(bytes[Abi.LnetNid.NID_NUM + 1]);
    int known = Math.min(length, Abi.LnetNid.NID_ADDR_BYTES);
    return text(
        type,
        number,
        Arrays.copyOfRange(bytes, Abi.LnetNid.NID_ADDR, Abi.LnetNid.NID_ADDR + known));
  }

  private static String text(int type, int number, byte[] address) {
    String name = type < NAMES.length ? NAMES[type] : null;
    if (name == null) {
      return (address.length == 4 ? Integer.toHexString(number(address)) : ip(address))
          + "@<"
          + type
          + ":"
          + number
          + ">";
    }
    return address(type, address) + "@" + name + (number == 0 ? "" : number);
  }

  private static String address(int type, byte[] address) {
    boolean isNumber = type == LOLND || type == GNILND || type == PTL4LND || type == KFILND;
    return isNumber && address.length == 4
        ? Integer.toUnsignedString(number(address))
        : ip(address);
  }

  private static int number(byte[] a) {
    return (a[0] & 0xff) << 24 | (a[1] & 0xff) << 16 | (a[2] & 0xff) << 8 | (a[3] & 0xff);
  }

  /** An address of IPv4 or IPv6; of a length that has no form, its bytes. */
  private static String ip(byte[] address) {
    if (address.length == 4 || address.length == 16) {
      try {
        return InetAddress.getByAddress(address).getHostAddress();
      } catch (UnknownHostException e) {
        throw new IllegalStateException(e);
      }
    }
    return java.util.HexFormat.of().formatHex(address);
  }
}
