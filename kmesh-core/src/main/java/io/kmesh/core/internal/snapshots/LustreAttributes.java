// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.snapshots;

import io.kmesh.core.internal.repository.tree.Attribute;
import io.kmesh.core.internal.repository.tree.TreeNode;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.Layout;
import io.kmesh.lustre.StripePattern;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.Errno;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreCapability;
import io.kmesh.spi.posix.FileType;
import io.kmesh.spi.posix.OpenFlag;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixFile;
import io.kmesh.spi.posix.PosixInode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Restores what only a Lustre has: layouts, project ids and the HSM flags that users set. Elsewhere
 * it says once of each kind that it is lost. Thread-safe.
 */
final class LustreAttributes {
  private static final int NEW_MODE = 0600;
  private static final Set<HsmFlag> USERS = EnumSet.of(HsmFlag.NORELEASE, HsmFlag.NOARCHIVE);
  private static final Set<Errno> DENIED =
      Set.of(Errno.EPERM, Errno.EACCES, Errno.EOPNOTSUPP, Errno.EINVAL);

  private final @Nullable LustreBinding lustre;
  private final ScanTally tally;
  private final EnumSet<Kind> lost = EnumSet.noneOf(Kind.class); // guarded by itself

  private enum Kind {
    LAYOUT("layout", LustreCapability.LAYOUTS),
    PROJECT("project id", null),
    FLAGS("HSM flags", LustreCapability.HSM);

    private final String words;
    private final @Nullable LustreCapability needs;

    Kind(String words, @Nullable LustreCapability needs) {
      this.words = words;
      this.needs = needs;
    }
  }

  private interface Step {
    void run(LustreBinding binding) throws IOException;
  }

  LustreAttributes(RestoreTarget target, ScanTally tally) {
    this.lustre = target.lustreOrNull();
    this.tally = tally;
  }

  /**
   * Opens a file to be written; a new one gets its layout, or the directory's when it can't be.
   *
   * @param flags as they would be without a layout: CREATE with EXCLUSIVE or TRUNCATE
   */
  PosixFile open(
      PosixDirectory directory, PathBytes name, Set<OpenFlag> flags, TreeNode node, PathBytes path)
      throws IOException {
    Layout layout = layout(node, path).orElse(null);
    if (layout == null || !isPossible(Kind.LAYOUT, path, isPlain(layout)) || lustre == null) {
      return directory.openFile(name, flags);
    }
    if (flags.contains(OpenFlag.TRUNCATE) && directory.find(name).isPresent()) {
      directory.unlink(name); // Of a run that was cut; it has the layout that it has.
    }
    try {
      lustre.layouts().createFile(directory, name, NEW_MODE, layout);
    } catch (ProviderException e) {
      requireDenied(e);
      tellDefault(path, e);
      return directory.openFile(name, flags);
    }
    return directory.openFile(name, Set.of(OpenFlag.WRITE));
  }

  /** The layout of a stored file or directory. */
  Optional<Layout> layout(TreeNode node, PathBytes path) {
    byte[] value = value(node, LustreGate.LAYOUT);
    try {
      return value == null ? Optional.empty() : Optional.of(LayoutJson.read(value));
    } catch (ProviderException e) {
      tally.problem(path, "is restored with the default layout: " + e.getMessage());
      return Optional.empty();
    }
  }

  /** Says that a file got another layout than it had. */
  void tellDefault(PathBytes path, ProviderException e) {
    tally.problem(path, "is restored with the default layout: " + e.getMessage());
  }

  /** Whether a failure is about what was asked, not about the file system. */
  static boolean isDenied(ProviderException e) {
    return e.kind() == ErrorKind.UNSUPPORTED || e.errno().filter(DENIED::contains).isPresent();
  }

  private static void requireDenied(ProviderException e) throws ProviderException {
    if (!isDenied(e)) {
      throw e;
    }
  }

  /** Sets those of an open file or directory. */
  void set(PosixInode inode, TreeNode node, PathBytes path) throws IOException {
    long project = project(node, path);
    if (project != 0) {
      allowed(Kind.PROJECT, path, lustre -> changeProject(lustre, inode, project));
    }
    if (node.type() == FileType.DIRECTORY) {
      Optional<Layout> layout = layout(node, path);
      if (layout.isPresent()) {
        allowed(Kind.LAYOUT, path, lustre -> directoryDefault(lustre, inode, layout.get()));
      }
    }
    Set<HsmFlag> flags = flags(node, path);
    if (!flags.isEmpty()) {
      allowed(
          Kind.FLAGS,
          path,
          lustre ->
              lustre
                  .hsm()
                  .changeState(lustre.identity().fid(inode), flags, Set.of(), ArchiveId.ANY));
    }
  }

  /** The project id of a stored entry; 0 when it has none. */
  private long project(TreeNode node, PathBytes path) {
    byte[] value = value(node, LustreGate.PROJECT);
    try {
      return value == null ? 0 : project(value);
    } catch (IllegalArgumentException e) {
      tellDamaged(Kind.PROJECT, path);
      return 0;
    }
  }

  /** A project id as it stands in an entry: decimal, 32 bits. */
  static long project(byte[] value) {
    String text = new String(value, StandardCharsets.US_ASCII);
    if (!text.matches("[0-9]{1,10}") || Long.parseLong(text) >= 1L << 32) {
      throw new IllegalArgumentException("it is no project id");
    }
    return Long.parseLong(text);
  }

  private void tellDamaged(Kind kind, PathBytes path) {
    tally.problem(path, "is restored without its " + kind.words + ": that is damaged; run a check");
  }

  private static void changeProject(LustreBinding lustre, PosixInode inode, long project)
      throws IOException {
    Fid fid = lustre.identity().fid(inode);
    if (lustre.identity().project(fid) != project) {
      lustre.identity().changeProject(fid, project);
    }
  }

  private static void directoryDefault(LustreBinding lustre, PosixInode inode, Layout layout)
      throws IOException {
    Fid fid = lustre.identity().fid(inode);
    if (!lustre.layouts().directoryDefault(fid).equals(Optional.of(layout))) {
      lustre.layouts().changeDirectoryDefault(fid, layout);
    }
  }

  /** The flags that users set. A restored file is new; the others say what an archive has of it. */
  private Set<HsmFlag> flags(TreeNode node, PathBytes path) {
    byte[] value = value(node, LustreGate.HSM);
    Set<HsmFlag> flags = EnumSet.noneOf(HsmFlag.class);
    try {
      flags.addAll(value == null ? Set.of() : HsmStateJson.flags(value));
    } catch (IllegalArgumentException e) {
      tellDamaged(Kind.FLAGS, path);
    }
    flags.retainAll(USERS);
    return flags;
  }

  private void allowed(Kind kind, PathBytes path, Step step) throws IOException {
    if (!isPossible(kind, path, false) || lustre == null) {
      return;
    }
    try {
      step.run(lustre);
    } catch (ProviderException e) {
      requireDenied(e);
      tally.problem(path, "is restored without its " + kind.words + ": " + e.getMessage());
    }
  }

  /** Whether one stripe somewhere is all that is asked: what every file system does by itself. */
  private static boolean isPlain(Layout layout) {
    return !layout.isComposite()
        && layout.pool().isEmpty()
        && layout.components().get(0).pattern() == StripePattern.RAID0
        && layout.components().get(0).stripeCount() == 1;
  }

  private boolean isPossible(Kind kind, PathBytes path, boolean isNoLoss) {
    if (lustre != null && (kind.needs == null || lustre.capabilities().contains(kind.needs))) {
      return true;
    }
    boolean isFirst;
    synchronized (lost) {
      isFirst = !isNoLoss && lost.add(kind);
    }
    if (isFirst) {
      String reason =
          lustre == null
              ? "the target is no Lustre, or this program has no binding of it"
              : lustre.description() + " can't";
      tally.problem(
          path, "is restored without its " + kind.words + ", as all others are: " + reason);
    }
    return false;
  }

  private static byte @Nullable [] value(TreeNode node, PathBytes name) {
    for (Attribute attribute : node.attributes()) {
      if (attribute.name().equals(name)) {
        return attribute.value();
      }
    }
    return null;
  }
}
