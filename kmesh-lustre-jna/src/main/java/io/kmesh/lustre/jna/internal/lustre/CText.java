// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.lustre.jna.internal.NativeBuffer;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;

/** Texts of C in native memory. */
final class CText {
  private CText() {}

  /**
   * Writes bytes and a NUL; gives their address.
   *
   * @throws ProviderException INVALID, ENAMETOOLONG, when they do not fit
   */
  static long write(NativeBuffer buffer, int at, PathBytes text) throws ProviderException {
    int room = buffer.size() - at - 1;
    if (text.length() > room) {
      throw LustreFailures.of(
          ErrorKind.INVALID,
          "pass to Lustre",
          shortened(text),
          Errno.ENAMETOOLONG.code(),
          "it has " + text.length() + " bytes, and there is room for " + room,
          "Pass a shorter one.");
    }
    buffer.bytes().clear().position(at);
    text.copyTo(buffer.bytes());
    buffer.bytes().put((byte) 0).clear();
    return buffer.address() + at;
  }

  private static String shortened(PathBytes text) {
    String all = text.toString();
    return "\"" + (all.length() > 80 ? all.substring(0, 80) + "..." : all) + "\"";
  }

  /** The bytes up to the first NUL, at most so many. */
  static PathBytes read(NativeBuffer buffer, int at, int most) {
    byte[] bytes = new byte[most];
    buffer.bytes().get(at, bytes);
    int length = 0;
    while (length < most && bytes[length] != 0) {
      length++;
    }
    return PathBytes.of(bytes, 0, length);
  }
}
