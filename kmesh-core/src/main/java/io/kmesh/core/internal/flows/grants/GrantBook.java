// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.grants;

import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * What a site knows of a flow's grants, as one file: docs/format/flow-grants.md.
 *
 * @param revision later ones are newer, also between two sites
 * @param latest the latest time that was seen, in milliseconds
 * @param log how far the audit log was when this was written, or farther back
 * @param grants the oldest first
 */
record GrantBook(long revision, long latest, AuditHead log, List<GrantRecord> grants) {
  /** Nothing is known. */
  static final GrantBook EMPTY = new GrantBook(0, 0, AuditHead.BEGIN, List.of());

  private static final byte[] MAGIC = {'K', 'M', 'F', 'G'};
  private static final int FORMAT = 0;
  private static final int CHECKSUM = 4;
  private static final List<GrantRecord.End> ENDS = List.of(GrantRecord.End.values());
  private static final String WHAT = "the grants of a flow";

  /** Copies. */
  GrantBook {
    grants = List.copyOf(grants);
  }

  byte[] encode() {
    ByteOutput out = new ByteOutput(256);
    out.raw(MAGIC);
    out.u8(FORMAT);
    out.varint(revision);
    out.varint(latest);
    log.write(out);
    out.varint(grants.size());
    for (GrantRecord grant : grants) {
      text(grant.id(), out);
      text(grant.who(), out);
      out.block(grant.path().toBytes());
      out.varint(grant.from());
      out.varint(grant.until());
      out.varint(grant.given());
      out.u8(ENDS.indexOf(grant.end()));
      out.varint(grant.ended());
    }
    out.u32(checksum(out.array(), out.size()));
    return out.toBytes();
  }

  private static void text(String text, ByteOutput out) {
    out.block(text.getBytes(StandardCharsets.UTF_8));
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  /**
   * Reads a file.
   *
   * @throws ProviderException CORRUPT when it is damaged; UNSUPPORTED when a newer build wrote it
   */
  static GrantBook decode(byte[] bytes) throws ProviderException {
    int end = bytes.length - CHECKSUM;
    if (end <= MAGIC.length || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw new ProviderException(
          ErrorKind.CORRUPT, "Cannot read " + WHAT + ": it is no such file");
    }
    if (bytes[MAGIC.length] != FORMAT) {
      throw new ProviderException(
          ErrorKind.UNSUPPORTED,
          "Cannot read "
              + WHAT
              + ": the format is "
              + (bytes[MAGIC.length] & 0xff)
              + ", this build knows "
              + FORMAT
              + ". Use the build that wrote them.");
    }
    ByteInput sum = new ByteInput(bytes, end, CHECKSUM, WHAT);
    ByteInput in = new ByteInput(bytes, MAGIC.length + 1, end - MAGIC.length - 1, WHAT);
    if (sum.u32() != checksum(bytes, end)) {
      throw in.damaged("the checksum differs");
    }
    long revision = in.varint();
    long latest = in.varint();
    AuditHead log = AuditHead.read(in);
    int count = in.count("grants");
    List<GrantRecord> grants = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      grants.add(
          new GrantRecord(
              text(in),
              text(in),
              path(in),
              in.varint(),
              in.varint(),
              in.varint(),
              end(in),
              in.varint()));
    }
    in.end();
    return new GrantBook(revision, latest, log, grants);
  }

  private static GrantRecord.End end(ByteInput in) throws ProviderException {
    int number = in.u8();
    if (number >= ENDS.size()) {
      throw in.damaged("the end " + number + " of a grant is not known");
    }
    return ENDS.get(number);
  }

  private static PathBytes path(ByteInput in) throws ProviderException {
    try {
      return PathBytes.of(in.block());
    } catch (IllegalArgumentException e) {
      throw in.damaged("a path has a zero byte");
    }
  }

  private static String text(ByteInput in) throws ProviderException {
    return new String(in.block(), StandardCharsets.UTF_8);
  }
}
