// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.lustre;

import io.kmesh.spi.lustre.ForwardingLustreBinding;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreCapability;
import io.kmesh.spi.lustre.LustreChangelogs;
import io.kmesh.spi.lustre.LustreCopytools;
import io.kmesh.spi.lustre.LustreHsm;
import io.kmesh.spi.lustre.LustreIdentity;
import io.kmesh.spi.lustre.LustreLayouts;
import io.kmesh.spi.lustre.LustreServer;
import io.kmesh.spi.lustre.LustreUsage;
import io.kmesh.spi.posix.PosixTree;
import io.kmesh.testkit.internal.lustre.fs.SimFileSystem;
import io.kmesh.testkit.internal.lustre.hsm.HsmSide;
import io.kmesh.testkit.internal.lustre.hsm.SimServer;
import io.kmesh.testkit.nio.PosixTreeFileSystem;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A Lustre file system on an ordinary directory: FIDs, MDTs, OSTs and pools, HSM with its
 * coordinators, changelogs, layouts. What it holds survives the end of the process at any moment,
 * {@code kill -9} included; the bytes of released files are not there, and reading its directory
 * past it fails. One process at a time has it open. Thread-safe.
 *
 * <p>It is never found as a service: {@code SimulatedLustre.at(directory)} names it.
 */
public final class SimulatedLustre implements LustreBinding {
  private static final String PREFIX = "sim:";

  private final SimFileSystem files;
  private final HsmSide hsm;
  private final AtomicBoolean closed = new AtomicBoolean();

  SimulatedLustre(SimFileSystem files, HsmSide hsm) {
    this.files = files;
    this.hsm = hsm;
  }

  /**
   * Opens the one in a directory, or makes one there with two MDTs, four OSTs and the pools {@code
   * fast} (OSTs 0 and 1) and {@code cheap} (2 and 3).
   *
   * @throws IOException EBUSY with the process id when another process has it open
   */
  public static SimulatedLustre at(Path directory) throws IOException {
    return builder(directory).open();
  }

  /**
   * Opens the one that a command line names: {@code sim:DIR}, with DIR relative to the working
   * directory or absolute. As {@link #at(Path)} otherwise.
   *
   * @throws IllegalArgumentException when it does not begin with {@code sim:}, or names no folder
   */
  public static SimulatedLustre named(String name) throws IOException {
    if (!isName(name) || name.length() == PREFIX.length()) {
      throw new IllegalArgumentException(
          "Cannot open the simulated Lustre \""
              + name
              + "\": it is not sim: and a directory. Write it as sim:DIR.");
    }
    return at(Path.of(name.substring(PREFIX.length())));
  }

  /** Whether a command line's word names a simulated Lustre, as {@link #named} takes it. */
  public static boolean isName(String word) {
    return word.startsWith(PREFIX);
  }

  /** Begins one with other choices. */
  public static SimulatedLustreBuilder builder(Path directory) {
    return new SimulatedLustreBuilder(directory);
  }

  @Override
  public String description() {
    return files.tree().description();
  }

  @Override
  public Set<LustreCapability> capabilities() {
    return EnumSet.complementOf(
        EnumSet.of(
            LustreCapability.QUOTA,
            LustreCapability.MIRRORS,
            LustreCapability.GROUP_LOCK,
            LustreCapability.LEASE,
            LustreCapability.ADVICE,
            LustreCapability.HEAT,
            LustreCapability.PCC));
  }

  @Override
  public PosixTree tree() {
    return files.tree();
  }

  @Override
  public LustreIdentity identity() {
    return files.identity();
  }

  @Override
  public LustreHsm hsm() {
    return hsm.hsm();
  }

  @Override
  public LustreCopytools copytools() {
    return hsm.copytools("node-0");
  }

  @Override
  public LustreLayouts layouts() {
    return files.layouts();
  }

  @Override
  public LustreChangelogs changelogs() {
    return files.changelogs();
  }

  @Override
  public LustreUsage usage() {
    return files.usage();
  }

  @Override
  public LustreServer server() {
    return new SimServer(identity().fileSystemName(), coordinator(), changelogAdmin());
  }

  /**
   * The mount of a further client node: the same file system, with a copytool registration of its
   * own. Closing it closes nothing.
   *
   * @param node a name for the node
   */
  public LustreBinding mount(String node) {
    return new ForwardingLustreBinding() {
      @Override
      protected LustreBinding delegate() {
        return SimulatedLustre.this;
      }

      @Override
      public LustreCopytools copytools() {
        return hsm.copytools(node);
      }

      @Override
      public void close() {}
    };
  }

  /**
   * A new view of the mount for Java code that knows nothing of Kmesh: reading a released file
   * through it blocks until it is restored. Closing it closes the view only.
   */
  public FileSystem fileSystem() {
    return PosixTreeFileSystem.over(files.tree());
  }

  /** The coordinators as an administrator sees and sets them. */
  public Coordinator coordinator() {
    return hsm.coordinator();
  }

  /** The changelogs as an administrator of the servers does. */
  public ChangelogAdmin changelogAdmin() {
    return files.changelogAdmin();
  }

  /** The number of inodes with open handles or running calls: 0 when nothing leaks. */
  public int inodesInUse() {
    return files.inodesInUse();
  }

  @Override
  public void close() throws IOException {
    if (closed.compareAndSet(false, true)) {
      try {
        hsm.close();
      } finally {
        files.close();
      }
    }
  }
}
