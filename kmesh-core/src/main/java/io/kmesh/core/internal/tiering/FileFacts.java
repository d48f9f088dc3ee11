// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.tiering;

import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmState;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.posix.FileStat;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What is known of one file; what costs a call is asked when a condition wants it. One thread. */
final class FileFacts {
  private final LustreBinding lustre;
  private final PathBytes path;
  private final Fid fid;
  private final FileStat stat;
  private @Nullable HsmState state;
  private @Nullable Layout layout;
  private long project = -1;

  FileFacts(LustreBinding lustre, PathBytes path, Fid fid, FileStat stat) {
    this.lustre = lustre;
    this.path = path;
    this.fid = fid;
    this.stat = stat;
  }

  PathBytes path() {
    return path;
  }

  Fid fid() {
    return fid;
  }

  FileStat stat() {
    return stat;
  }

  HsmState state() throws IOException {
    HsmState known = state;
    if (known == null) {
      known = lustre.hsm().state(fid);
      state = known;
    }
    return known;
  }

  Layout layout() throws IOException {
    Layout known = layout;
    if (known == null) {
      known = lustre.layouts().layout(fid);
      layout = known;
    }
    return known;
  }

  String pool() throws IOException {
    return layout().pool().orElse("");
  }

  long project() throws IOException {
    if (project < 0) {
      project = lustre.identity().project(fid);
    }
    return project;
  }

  /** The later of access and modification: Lustre keeps access times lazily. */
  Instant lastUse() {
    Instant access = stat.atime().toInstant();
    Instant modification = stat.mtime().toInstant();
    return access.isAfter(modification) ? access : modification;
  }
}
