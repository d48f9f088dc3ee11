// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna;

import io.kmesh.lustre.jna.internal.NativeLibc;
import io.kmesh.lustre.jna.internal.host.LustreParameters;
import io.kmesh.lustre.jna.internal.lustre.CopytoolPresence;
import io.kmesh.lustre.jna.internal.lustre.ServerNode;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LustreServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What this node says of itself to whoever looks for the cause of a failure. Changes nothing. */
public final class JnaLustreFacts {
  private JnaLustreFacts() {}

  /** Why libc can't be called by JNA here; empty when it can. */
  public static Optional<String> whyNoLibc() {
    return NativeLibc.whyUnusable();
  }

  /**
   * The processes of this node that look like copytools of others than Kmesh on a mount, in words.
   * Those that this process may not look into are not seen.
   *
   * @throws IOException of kind UNSUPPORTED when liblustreapi can't be used or nothing of Lustre is
   *     mounted there
   */
  public static List<String> foreignCopytools(Path mountPoint) throws IOException {
    return CopytoolPresence.foreign(PathBytes.absolute(mountPoint));
  }

  /**
   * The file that a copytool of Kmesh on a mount holds a lock on; it may not be there.
   *
   * @throws IOException of kind UNSUPPORTED when liblustreapi can't be used or nothing of Lustre is
   *     mounted there
   */
  public static Path copytoolLock(Path mountPoint) throws IOException {
    return Path.of(CopytoolPresence.lockFile(PathBytes.absolute(mountPoint)));
  }

  /**
   * The MDTs of a file system that this node serves, also when no client is mounted here.
   *
   * @param root the folder that /proc and /sys are in
   */
  public static LustreServer server(Path root, String fileSystem) {
    return new ServerNode(new LustreParameters(root), fileSystem);
  }

  /**
   * The release of the kernel's Lustre, such as {@code 2.15.8}; empty where it is not loaded.
   *
   * @param root the folder that /proc and /sys are in
   */
  public static Optional<String> kernelRelease(Path root) {
    return new LustreParameters(root).kernelRelease();
  }

  /**
   * The default stripe size of a file system in bytes, as this client knows it.
   *
   * @param root the folder that /proc and /sys are in
   */
  public static OptionalLong defaultStripeSize(Path root, String fileSystem) {
    return new LustreParameters(root).stripeSize(fileSystem);
  }
}
