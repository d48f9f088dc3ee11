// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.lustre.Extent;
import io.kmesh.spi.lustre.ActionItem;
import java.util.Locale;

/** Items in words, for messages. */
final class Words {
  private Words() {}

  static String of(ActionItem item) {
    return item.action().name().toLowerCase(Locale.ROOT)
        + " "
        + item.fid()
        + (item.extent().equals(Extent.WHOLE_FILE) ? "" : " " + item.extent());
  }
}
