// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.link;

import io.kmesh.core.internal.flows.link.LinkEnd.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The last frame of a session: why it ends. */
final class Goodbye {
  static final int NONE = 0;
  static final int CLOSED = 1;
  static final int REPLACED = 2;
  static final int VIOLATION = 3;
  static final int HANDLER_FAILED = 4;

  private Goodbye() {}

  static void write(FrameOutput out, int cause, String reason) throws IOException {
    byte[] text = reason.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(text.length, LinkStream.LONGEST_REASON);
    out.head(Frame.GOODBYE, 0, 1 + length);
    out.u8(cause);
    out.bytes(Arrays.copyOf(text, length), length);
  }

  static LinkEnd end(int cause, String site, String reason) {
    Kind kind =
        switch (cause) {
          case REPLACED -> Kind.REPLACED;
          case VIOLATION -> Kind.VIOLATION;
          case HANDLER_FAILED -> Kind.HANDLER_FAILED;
          default -> Kind.CLOSED_BY_PEER;
        };
    StringBuilder clean = new StringBuilder();
    reason.codePoints().filter(c -> !Character.isISOControl(c)).forEach(clean::appendCodePoint);
    return new LinkEnd(kind, site + " says: " + clean);
  }
}
