// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.grants;

import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.spi.ProviderException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Records of an audit log that became durable at once: docs/format/flow-audit.md.
 *
 * @param before where they are in the log
 * @param records one or more
 */
record AuditFrame(AuditHead before, List<AuditRecord> records) {
  /** Bytes before a body: its length, its checksum. */
  static final int HEAD = 8;

  /** The most bytes of a body. */
  static final int MOST = 64 << 10;

  /** A body that has so many bytes gets no more records. */
  private static final int FULL = MOST - AuditRecord.MOST - 64;

  /** Copies. */
  AuditFrame {
    records = List.copyOf(records);
  }

  /**
   * A frame as it is written.
   *
   * @param frame its bytes
   * @param after the place behind it
   * @param count how many records it has
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Written(byte[] frame, AuditHead after, int count) {}

  /** The first of some records behind a place, as many as a frame takes. */
  static Written write(AuditHead before, List<AuditRecord> waiting) {
    ByteOutput records = new ByteOutput(256);
    int count = 0;
    while (count < waiting.size() && records.size() < FULL) {
      waiting.get(count++).write(records);
    }
    ByteOutput body = new ByteOutput(records.size() + 64);
    before.write(body);
    body.varint(count);
    body.raw(records.array(), 0, records.size());
    ByteOutput frame = new ByteOutput(body.size() + HEAD);
    frame.u32(body.size());
    frame.u32(checksum(body.array(), 0, body.size()));
    frame.raw(body.array(), 0, body.size());
    return new Written(frame.toBytes(), after(before, count, body.array(), 0, body.size()), count);
  }

  /** Reads a body. */
  static AuditFrame decode(byte[] body) throws ProviderException {
    ByteInput in = new ByteInput(body, "records of a flow's audit log");
    AuditHead before = AuditHead.read(in);
    int count = in.count("number of records");
    if (count == 0) {
      throw in.damaged("there are none");
    }
    List<AuditRecord> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      records.add(AuditRecord.read(in));
    }
    in.end();
    return new AuditFrame(before, records);
  }

  static int checksum(byte[] bytes, int from, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, length);
    return (int) crc.getValue();
  }

  /** The place behind so many records with this body. */
  static AuditHead after(AuditHead before, int count, byte[] bytes, int from, int length) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(Arrays.copyOfRange(bytes, from, from + length));
      return new AuditHead(before.count() + count, HexFormat.of().formatHex(sha.digest()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256.", e);
    }
  }
}
