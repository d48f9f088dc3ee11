// SPDX-License-Identifier: Apache-2.0
package io.kmesh;

import io.kmesh.unit.DataSize;
import java.time.Duration;

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

  /**
   * How fast it went between an earlier look and this one.
   *
   * @param earlier what was seen then
   * @param elapsed the time between the two, more than zero
   */
  public ProgressRate since(Progress earlier, Duration elapsed) {
    double seconds = elapsed.toNanos() / 1e9;
    if (seconds <= 0) {
      throw new IllegalArgumentException(
          "Cannot tell a rate of " + elapsed + ". Look again after some time.");
    }
    double items = Math.max(0, itemsDone - earlier.itemsDone) / seconds;
    double bytes = Math.max(0, bytesDone.bytes() - earlier.bytesDone.bytes()) / seconds;
    Duration remaining = null;
    if (bytesTotal.bytes() > 0 && bytes > 0) {
      remaining = span(Math.max(0, bytesTotal.bytes() - bytesDone.bytes()) / bytes);
    } else if (bytesTotal.bytes() == 0 && itemsTotal >= 0 && items > 0) {
      remaining = span(Math.max(0, itemsTotal - itemsDone) / items);
    }
    return new ProgressRate(items, DataSize.ofBytes((long) bytes), remaining);
  }

  private static Duration span(double seconds) {
    return Duration.ofSeconds((long) Math.min(seconds, 1e12));
  }
}
