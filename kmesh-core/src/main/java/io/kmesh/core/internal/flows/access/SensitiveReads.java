// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.access;

import io.kmesh.core.internal.flows.base.Node;
import io.kmesh.core.internal.flows.grants.GrantDesk;
import io.kmesh.core.internal.flows.grants.GrantDesk.Permit;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what is sensitive under grants, from caches of these grants. Thread-safe. */
final class SensitiveReads {
  private final GrantDesk desk;
  private final Vaults vaults;

  SensitiveReads(GrantDesk desk, Vaults vaults) {
    this.desk = desk;
    this.vaults = vaults;
  }

  /** The right to read one open file, and what was done with it. For one file that is open. */
  static final class Reading {
    private final GrantDesk desk;
    private final Permit permit;
    private final PathBytes path;
    private final SealedCache cache;
    private long from = Long.MAX_VALUE;
    private long to;
    private long bytes;

    private Reading(GrantDesk desk, Permit permit, PathBytes path, SealedCache cache) {
      this.desk = desk;
      this.permit = permit;
      this.path = path;
      this.cache = cache;
    }

    SealedCache cache() {
      return cache;
    }

    /**
     * Returns while the grant counts; what was read before is told otherwise.
     *
     * @throws AccessDeniedException from the grant's end on
     */
    void check() throws IOException {
      try {
        desk.check(permit, path);
      } catch (AccessDeniedException e) {
        end();
        throw e;
      }
    }

    /** Bytes were handed out. */
    void handedOut(long offset, int count) {
      from = Math.min(from, offset);
      to = Math.max(to, offset + count);
      bytes += count;
    }

    /** Nothing more is read: tells what was. */
    void end() throws IOException {
      if (bytes > 0) {
        long count = bytes;
        bytes = 0;
        desk.read(permit, path, from, to, count);
        from = Long.MAX_VALUE;
        to = 0;
      }
    }
  }

  /** Whether a path is sensitive, or has something sensitive below or above it. */
  boolean meets(PathBytes path) {
    return desk.sensitive().meet(path);
  }

  /**
   * The right to read a file; null when none is needed.
   *
   * @param who null for nobody
   * @param path by which it is opened
   * @throws AccessDeniedException when there is none
   */
  @Nullable Reading open(@Nullable String who, PathBytes path, Node node, BaseReader base)
      throws IOException {
    List<PathBytes> names = base.paths(node.id());
    if (!desk.guards(names) && !desk.guards(List.of(path))) {
      return null;
    }
    Permit permit = desk.permit(who, path, names);
    SealedCache cache = vaults.of(permit.grant());
    try {
      desk.check(permit, path);
    } catch (IOException e) {
      vaults.ended(permit.grant()); // it ended before its cache was made
      throw e;
    }
    if (cache == null) {
      throw new AccessDeniedException("/" + path, null, "the flow was stopped. Start it.");
    }
    return new Reading(desk, permit, path, cache);
  }
}
