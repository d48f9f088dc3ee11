// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.grants;

import io.kmesh.core.internal.repository.bytes.ByteInput;
import io.kmesh.core.internal.repository.bytes.ByteOutput;
import io.kmesh.spi.ProviderException;
import java.util.HexFormat;

/**
 * A place in an audit log.
 *
 * @param count how many records are before it
 * @param hash SHA-256 of the last one's body, in hexadecimal; zeros before the first
 */
record AuditHead(long count, String hash) {
  static final int HASH = 32;

  /** Before the first record. */
  static final AuditHead BEGIN = new AuditHead(0, "00".repeat(HASH));

  void write(ByteOutput out) {
    out.varint(count);
    out.raw(HexFormat.of().parseHex(hash));
  }

  static AuditHead read(ByteInput in) throws ProviderException {
    return new AuditHead(in.varint(), HexFormat.of().formatHex(in.raw(HASH)));
  }
}
