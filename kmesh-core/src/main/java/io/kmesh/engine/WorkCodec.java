// SPDX-License-Identifier: Apache-2.0
package io.kmesh.engine;

import io.kmesh.core.internal.transfer.WorkFormat;
import io.kmesh.spi.ProviderException;

/** The stored form of units of work and their results: docs/format/work-unit.md. */
public final class WorkCodec {
  private WorkCodec() {}

  /** The bytes of a unit. */
  public static byte[] encode(WorkUnit unit) {
    return WorkFormat.encode(unit);
  }

  /** The bytes of a result. */
  public static byte[] encode(WorkResult result) {
    return WorkFormat.encode(result);
  }

  /**
   * Reads a unit.
   *
   * @throws ProviderException CORRUPT when the bytes are none, UNSUPPORTED when a newer Kmesh wrote
   *     them
   */
  public static WorkUnit decodeUnit(byte[] bytes) throws ProviderException {
    return WorkFormat.decodeUnit(bytes);
  }

  /**
   * Reads a result.
   *
   * @throws ProviderException CORRUPT when the bytes are none, UNSUPPORTED when a newer Kmesh wrote
   *     them
   */
  public static WorkResult decodeResult(byte[] bytes) throws ProviderException {
    return WorkFormat.decodeResult(bytes);
  }
}
