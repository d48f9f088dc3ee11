// SPDX-License-Identifier: Apache-2.0
package io.kmesh;

import io.kmesh.unit.DataSize;

/**
 * How far an operation is. Totals grow while they are being found; -1 items mean not known.
 *
 * @param itemsDone files or objects that are done
 * @param itemsTotal all of them, or -1
 * @param bytesDone bytes that are done
 * @param bytesTotal all of them; {@link DataSize#ZERO} while not known
 */
public record Progress(long itemsDone, long itemsTotal, DataSize bytesDone, DataSize bytesTotal) {
  /** Nothing done, nothing known. */
  public static final Progress NONE = new Progress(0, -1, DataSize.ZERO, DataSize.ZERO);

  /** The done share by bytes, else by items, 0 to 1; 0 while nothing is known. */
  public double fraction() {
    if (bytesTotal.bytes() > 0) {
      return Math.min(1.0, bytesDone.bytes() / (double) bytesTotal.bytes());
    }
    return itemsTotal > 0 ? Math.min(1.0, itemsDone / (double) itemsTotal) : 0;
  }
}
