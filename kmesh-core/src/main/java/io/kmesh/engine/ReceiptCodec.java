// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import io.kmesh.core.internal.mirror.ReceiptFormat;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ProviderException;

/** The stored form of an {@link ArchiveReceipt}: docs/format/receipt.md. */
public final class ReceiptCodec {
  /** The extended attribute that carries it. */
  public static final PathBytes XATTR = PathBytes.of("trusted.kmesh.receipt");

  private ReceiptCodec() {}

  /** The bytes of a receipt. */
  public static byte[] encode(ArchiveReceipt receipt) {
    return ReceiptFormat.encode(receipt);
  }

  /**
   * Reads a receipt.
   *
   * @throws ProviderException CORRUPT when the bytes are not one, UNSUPPORTED when a newer Kmesh
   *     wrote it
   */
  public static ArchiveReceipt decode(byte[] bytes) throws ProviderException {
    return ReceiptFormat.decode(bytes);
  }
}
