// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.endpoints;

import io.kmesh.Endpoint;
import java.io.IOException;
import java.nio.file.Path;

/** Which trees contain others. Stateless. */
public final class Overlaps {
  private Overlaps() {}

  /** A tree where symbolic links lead, as far as its directory is there. */
  public static Endpoint real(Endpoint endpoint) {
    if (!(endpoint instanceof Endpoint.LocalDirectory local)) {
      return endpoint;
    }
    for (Path there = local.directory(); there != null; there = there.getParent()) {
      try {
        return Endpoint.directory(
            there.toRealPath().resolve(there.relativize(local.directory()).toString()));
      } catch (IOException e) {
        continue; // it is not there; the one above may be
      }
    }
    return endpoint;
  }

  /** Whether one of two trees is the other one, or in it, wherever symbolic links lead. */
  public static boolean meet(Endpoint one, Endpoint other) {
    Endpoint a = real(one);
    Endpoint b = real(other);
    return isWithin(a, b) || isWithin(b, a);
  }

  /** Whether a tree is another one, or in it, as far as their names tell. */
  public static boolean isWithin(Endpoint inner, Endpoint outer) {
    if (inner instanceof Endpoint.LocalDirectory a && outer instanceof Endpoint.LocalDirectory b) {
      return a.directory().startsWith(b.directory());
    }
    if (inner instanceof Endpoint.SitePath a && outer instanceof Endpoint.SitePath b) {
      return a.site().equals(b.site())
          && a.export().equals(b.export())
          && a.path().isAtOrBelow(b.path());
    }
    if (inner instanceof Endpoint.SnapshotTree || inner instanceof Endpoint.VirtualCopyTree) {
      return inner.equals(outer);
    }
    if (inner instanceof Endpoint.ObjectPrefix a && outer instanceof Endpoint.ObjectPrefix b) {
      return a.store().equals(b.store()) && a.prefix().startsWith(b.prefix());
    }
    return inner instanceof Endpoint.LustrePath a
        && outer instanceof Endpoint.LustrePath b
        && a.cluster().equals(b.cluster())
        && a.path().isAtOrBelow(b.path());
  }
}
