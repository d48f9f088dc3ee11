// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.engine.MirrorTree;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreProvider;
import io.kmesh.spi.posix.PosixDirectory;
import io.kmesh.spi.posix.PosixTree;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A tree whose files are read. On a Lustre those that are in an archive only are told from the
 * others by its library, and are not read: reading one restores it.
 */
final class MirrorSource implements Closeable {
  /** The type of a Lustre client's file system. */
  private static final long LUSTRE = 0x0BD00BD0L;

  private final PosixTree tree;
  private final PathBytes path;
  private final @Nullable LustreBinding lustre;

  private MirrorSource(PosixTree tree, PathBytes path, @Nullable LustreBinding lustre) {
    this.tree = tree;
    this.path = path;
    this.lustre = lustre;
  }

  /**
   * Opens a directory.
   *
   * @param isReadingReleased reads what is in an archive only, too, and restores it by that
   */
  static MirrorSource open(
      LustreWorld world, String verb, Path directory, boolean isReadingReleased)
      throws IOException {
    if (!isReadingReleased) {
      Optional<MirrorSource> onLustre = onLustre(world, PathBytes.absolute(directory));
      if (onLustre.isPresent()) {
        return onLustre.get();
      }
    }
    PosixTree tree = MirrorWork.open(verb, directory);
    try {
      if (!isReadingReleased && isLustre(tree)) {
        throw new ProviderException(
            ErrorKind.UNSUPPORTED,
            "Cannot "
                + verb
                + " "
                + directory
                + ": it is on a Lustre, and nothing here tells which of its files are in an archive"
                + " only: reading one restores it. Install the Lustre client (kmesh doctor tells more), or"
                + " allow that with --read-released.");
      }
      return new MirrorSource(tree, PathBytes.EMPTY, null);
    } catch (IOException | RuntimeException e) {
      tree.close();
      throw e;
    }
  }

  private static boolean isLustre(PosixTree tree) throws IOException {
    try (PosixDirectory root = tree.openRoot()) {
      return root.fileSystemType().orElse(0) == LUSTRE;
    }
  }

  /** On a mount that a provider opens. */
  private static Optional<MirrorSource> onLustre(LustreWorld world, PathBytes directory)
      throws IOException {
    for (LustreProvider provider : world.providers().get()) {
      Optional<PathBytes> mount =
          provider.whyUnusable().isEmpty()
              ? LustreMounts.mountOf(directory, provider.mountPoints())
              : Optional.empty();
      if (mount.isPresent()) {
        LustreBinding binding = provider.open(BytePaths.path(mount.get()));
        return Optional.of(
            new MirrorSource(binding.tree(), LustreMounts.below(directory, mount.get()), binding));
      }
    }
    return Optional.empty();
  }

  PosixTree tree() {
    return tree;
  }

  /** The directory's path in the tree. */
  PathBytes path() {
    return path;
  }

  /** Has a mirror read nothing that is in an archive only. */
  MirrorTree gate(MirrorTree mirror) {
    LustreBinding binding = lustre;
    return binding == null
        ? mirror
        : mirror.readable(
            (directory, name, stat) ->
                !binding.hsm().state(directory, name).flags().contains(HsmFlag.RELEASED));
  }

  @Override
  public void close() throws IOException {
    if (lustre != null) {
      lustre.close();
    } else {
      tree.close();
    }
  }
}
