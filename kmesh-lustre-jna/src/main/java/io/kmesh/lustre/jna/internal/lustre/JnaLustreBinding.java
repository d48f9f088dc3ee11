// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.internal.lustre;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreCapability;
import io.kmesh.spi.lustre.LustreChangelogs;
import io.kmesh.spi.lustre.LustreCopytools;
import io.kmesh.spi.lustre.LustreHsm;
import io.kmesh.spi.lustre.LustreIdentity;
import io.kmesh.spi.lustre.LustreLayouts;
import io.kmesh.spi.lustre.LustreOpenFiles;
import io.kmesh.spi.lustre.LustreServer;
import io.kmesh.spi.lustre.LustreUsage;
import io.kmesh.spi.posix.PosixTree;
import java.io.IOException;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** A mounted Lustre. Thread-safe. */
public final class JnaLustreBinding implements LustreBinding {
  private final LustreMount mount;
  private final Targets targets;
  private final JnaIdentity identity;
  private final JnaHsm hsm;
  private final JnaCopytools copytools;
  private final JnaLayouts layouts;
  private final JnaChangelogs changelogs;
  private final JnaOpenFiles openFiles;
  private final ServerNode server;
  private final Set<LustreCapability> capabilities;

  private JnaLustreBinding(LustreMount mount) {
    this.mount = mount;
    this.targets = new Targets(mount);
    this.identity = new JnaIdentity(mount, targets);
    this.hsm = new JnaHsm(mount, targets, identity);
    this.copytools = new JnaCopytools(mount, identity);
    this.layouts = new JnaLayouts(mount, targets, identity);
    this.changelogs = new JnaChangelogs(mount);
    this.openFiles = new JnaOpenFiles(mount);
    this.server = ServerNode.ofMachine(mount.fileSystem());
    this.capabilities = Collections.unmodifiableSet(probe());
  }

  /**
   * Opens the Lustre that is mounted at a directory.
   *
   * @param directory the absolute path of its mount point
   * @throws IOException of kind UNSUPPORTED when liblustreapi can't be used or nothing of Lustre is
   *     mounted there, INVALID when the path lies below the mount point
   */
  public static JnaLustreBinding open(PathBytes directory) throws IOException {
    MountPoints.Mount mount = MountPoints.of(directory);
    if (!mount.directory().equals(directory)) {
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot attach "
              + directory
              + ": it lies inside the mount "
              + mount.directory()
              + ", and FIDs, HSM and changelogs are of a whole file system. Attach "
              + mount.directory()
              + ", and name the directory by its path there.");
    }
    return new JnaLustreBinding(LustreMount.open(mount));
  }

  private Set<LustreCapability> probe() {
    LustreLibrary library = mount.library();
    Set<LustreCapability> found = EnumSet.noneOf(LustreCapability.class);
    add(found, LustreCapability.HSM, library.has(HsmCalls.class));
    add(
        found,
        LustreCapability.COPYTOOL,
        library.has(CopytoolCalls.class) && library.has(Ioctl.class) && mount.opensByFid());
    add(
        found,
        LustreCapability.IMPORT,
        library.has(ImportCalls.class) && library.has(HsmCalls.class));
    add(found, LustreCapability.LAYOUTS, true);
    add(
        found,
        LustreCapability.MIGRATE,
        library.has(MigrateCalls.class)
            && library.has(LeaseCalls.class)
            && library.has(HsmCalls.class)
            && mount.opensByFid());
    add(
        found,
        LustreCapability.CHANGELOGS,
        library.has(ChangelogCalls.class) && changelogs.canRead());
    add(found, LustreCapability.OPEN_BY_FID, mount.opensByFid());
    add(found, LustreCapability.USAGE, library.has(UsageCalls.class));
    add(
        found,
        LustreCapability.MIRRORS,
        library.has(MirrorCalls.class)
            && library.has(MigrateCalls.class)
            && library.has(LeaseCalls.class)
            && mount.opensByFid());
    add(found, LustreCapability.QUOTA, library.has(QuotaCalls.class));
    add(found, LustreCapability.GROUP_LOCK, library.has(GroupLockCalls.class));
    add(found, LustreCapability.LEASE, library.has(LeaseCalls.class));
    add(found, LustreCapability.ADVICE, library.has(AdviceCalls.class));
    add(found, LustreCapability.HEAT, library.has(HeatCalls.class));
    add(found, LustreCapability.PCC, library.has(PccCalls.class));
    add(found, LustreCapability.SERVER_CONTROL, !server.mdts().isEmpty());
    return found;
  }

  private static void add(Set<LustreCapability> set, LustreCapability one, boolean isThere) {
    if (isThere) {
      set.add(one);
    }
  }

  @Override
  public String description() {
    return mount.toString();
  }

  @Override
  public Set<LustreCapability> capabilities() {
    return capabilities;
  }

  @Override
  public PosixTree tree() {
    return mount.tree();
  }

  @Override
  public LustreIdentity identity() {
    return identity;
  }

  @Override
  public LustreHsm hsm() {
    return hsm;
  }

  @Override
  public LustreCopytools copytools() {
    return copytools;
  }

  @Override
  public LustreLayouts layouts() {
    return layouts;
  }

  @Override
  public LustreChangelogs changelogs() {
    return changelogs;
  }

  @Override
  public LustreUsage usage() {
    return targets;
  }

  @Override
  public LustreOpenFiles openFiles() {
    return openFiles;
  }

  @Override
  public LustreServer server() {
    return server;
  }

  @Override
  public void close() throws IOException {
    mount.close();
  }

  @Override
  public String toString() {
    return description();
  }
}
