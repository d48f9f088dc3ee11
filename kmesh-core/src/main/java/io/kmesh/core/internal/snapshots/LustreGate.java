// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.tree.Attribute;
import io.kmesh.core.internal.repository.tree.Content;
import io.kmesh.engine.ReceiptCodec;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.HsmState;
import io.kmesh.lustre.Layout;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreCapability;
import io.kmesh.spi.posix.FileStat;
import io.kmesh.spi.posix.PosixInode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a Lustre adds to files: a released one is never read, which would restore it; a reference to
 * its archived object stands for its content. HSM state, layout and project id are kept as
 * attributes. Thread-safe.
 */
public final class LustreGate implements ContentGate {
  static final PathBytes HSM = PathBytes.of("kmesh.hsm");
  static final PathBytes LAYOUT = PathBytes.of("kmesh.layout");
  static final PathBytes PROJECT = PathBytes.of("kmesh.project");

  private final LustreBinding lustre;
  private Optional<String> instance = Optional.empty(); // guarded by this
  private boolean isInstanceRead; // guarded by this

  /** The gate of a file system. */
  public LustreGate(LustreBinding lustre) {
    this.lustre = lustre;
  }

  @Override
  public Optional<Content.File> instead(PosixInode file, FileStat stat) throws IOException {
    HsmState state = lustre.hsm().state(file);
    if (!state.flags().contains(HsmFlag.RELEASED)) {
      return Optional.empty();
    }
    byte[] reference =
        ArchiveReference.write(
            lustre.identity().fileSystemName(),
            instance().orElse(null),
            lustre.identity().fid(file),
            state.archiveId().value(),
            file.xattr(ReceiptCodec.XATTR));
    return Optional.of(new Content.Reference(stat.size(), reference));
  }

  private synchronized Optional<String> instance() throws IOException {
    if (!isInstanceRead) {
      instance = FileSystemInstance.find(lustre);
      isInstanceRead = true;
    }
    return instance;
  }

  @Override
  public List<Attribute> more(PosixInode inode, FileStat stat) throws IOException {
    List<Attribute> more = new ArrayList<>();
    if (stat.isRegular()) {
      HsmState state = lustre.hsm().state(inode);
      if (!state.flags().isEmpty()) {
        more.add(Attribute.of(HSM, HsmStateJson.write(state)));
      }
    }
    Fid fid = lustre.identity().fid(inode);
    layout(inode, stat, fid)
        .ifPresent(layout -> more.add(Attribute.of(LAYOUT, LayoutJson.write(layout))));
    long project = lustre.identity().project(fid);
    if (project != 0) {
      byte[] digits = Long.toString(project).getBytes(StandardCharsets.US_ASCII);
      more.add(Attribute.of(PROJECT, digits));
    }
    return more;
  }

  private Optional<Layout> layout(PosixInode inode, FileStat stat, Fid fid) throws IOException {
    if (!lustre.capabilities().contains(LustreCapability.LAYOUTS)) {
      return Optional.empty();
    }
    return stat.isRegular()
        ? Optional.of(lustre.layouts().layout(inode))
        : lustre.layouts().directoryDefault(fid);
  }
}
