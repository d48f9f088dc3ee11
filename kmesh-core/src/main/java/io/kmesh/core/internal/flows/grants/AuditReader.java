// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.grants;

import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.posix.PosixFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads an audit log from its beginning, and checks that each frame follows the one before. */
final class AuditReader {
  static final byte[] MAGIC = {'K', 'M', 'F', 'A'};
  static final int FORMAT = 0;

  /** Bytes before the first frame. */
  static final int HEAD = 5;

  private static final int BUFFER = 128 << 10;

  private final PosixFile file;
  private final byte[] buffer = new byte[BUFFER];
  private long place = HEAD; // of the buffer's first byte
  private int at;
  private int have;
  private AuditHead head = AuditHead.BEGIN;

  /**
   * A reader.
   *
   * @throws ProviderException CORRUPT when it is no log; UNSUPPORTED when a newer build wrote it
   */
  AuditReader(PosixFile file) throws IOException {
    this.file = file;
    int length = fill(0, HEAD, 0);
    if (length < HEAD || !Arrays.equals(buffer, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw damaged("it does not begin as one");
    }
    if (buffer[MAGIC.length] != FORMAT) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot read the audit log of a flow: its format is "
              + (buffer[MAGIC.length] & 0xff)
              + ", this build knows "
              + FORMAT
              + ". Use the build that wrote it.");
    }
  }

  static ProviderException damaged(String reason) {
    return new ProviderException(
        ErrorKind.CORRUPT, "Cannot trust the audit log of a flow: " + reason + ".");
  }

  private int fill(int from, int to, long offset) throws IOException {
    ByteBuffer target = ByteBuffer.wrap(buffer, from, to - from);
    while (target.hasRemaining() && file.read(target, offset + target.position() - from) > 0) {
      // until it is full, or the file ends
    }
    return target.position() - from;
  }

  /** How many records were read, and the last one's hash. */
  AuditHead head() {
    return head;
  }

  /** Where the next frame begins. */
  long end() {
    return place + at;
  }

  private void more() throws IOException {
    System.arraycopy(buffer, at, buffer, 0, have - at);
    place += at;
    have -= at;
    at = 0;
    have += fill(have, BUFFER, place + have);
  }

  /**
   * The next frame; null when no whole one follows, whatever does.
   *
   * @throws ProviderException CORRUPT when one does that was not written behind the one before
   */
  @Nullable AuditFrame next() throws IOException {
    int length = bodyAt(at);
    if (length < 0) {
      more();
      length = bodyAt(at);
    }
    if (length < 0) {
      return null;
    }
    int body = at + AuditFrame.HEAD;
    AuditFrame frame = AuditFrame.decode(Arrays.copyOfRange(buffer, body, body + length));
    if (!frame.before().equals(head)) {
      throw damaged(
          "what is behind record "
              + head.count()
              + " was not written there. Records before it were changed or taken out");
    }
    head = AuditFrame.after(head, frame.records().size(), buffer, body, length);
    at = body + length;
    return frame;
  }

  /** The length of the body of a whole frame at a place of the buffer; -1 when there is none. */
  private int bodyAt(int from) {
    if (have - from < AuditFrame.HEAD) {
      return -1;
    }
    int length = int32(from);
    if (length <= 0
        || length > AuditFrame.MOST
        || length > have - from - AuditFrame.HEAD
        || AuditFrame.checksum(buffer, from + AuditFrame.HEAD, length) != int32(from + 4)) {
      return -1;
    }
    return length;
  }

  private int int32(int from) {
    return (buffer[from] & 0xff)
        | (buffer[from + 1] & 0xff) << 8
        | (buffer[from + 2] & 0xff) << 16
        | (buffer[from + 3] & 0xff) << 24;
  }

  /** Whether a whole frame is anywhere behind what was read: then no crash cut the log here. */
  boolean isFollowed() throws IOException {
    boolean isEnd = false;
    for (at = Math.min(at + 1, have); ; at++) {
      if (!isEnd && have - at < AuditFrame.MOST + AuditFrame.HEAD) {
        int left = have - at;
        more();
        isEnd = have == left;
      }
      if (bodyAt(at) >= 0) {
        return true;
      }
      if (at >= have) {
        return false;
      }
    }
  }
}
