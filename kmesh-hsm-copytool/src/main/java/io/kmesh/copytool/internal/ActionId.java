// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.spi.lustre.ActionItem;

/**
 * The identity of an action on one file system.
 *
 * @param mdt the MDT whose coordinator gave it
 * @param cookie its cookie there
 */
public record ActionId(int mdt, long cookie) {
  /** The identity of an item; a CANCEL has its target's. */
  static ActionId of(ActionItem item) {
    return new ActionId(item.mdt(), item.cookie());
  }

  @Override
  public String toString() {
    return String.format("%04x-%016x", mdt, cookie);
  }
}
